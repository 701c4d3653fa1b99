use super::{Bot, Decision, MarketKnowledge};
use crate::model::{ClientOrderId, ExecutionReport, IntentKey, MarketId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Money, Overflow, Quantity, SECOND, Span, Timestamp};

/// Orders in a row that may change nothing before the bot gives up, where no gate wants the position closed: what is left may be too
/// small for the venue.
const TRIES: u32 = 20;

/// How long after an order that changed nothing the next one waits.
const PATIENCE: Span = SECOND;

/// Reason that the intents of a flattening carry.
pub const FLATTEN_REASON: u32 = u32::MAX;

/// A market on its way to nothing: first everything open is cancelled, and the end of it waited for; then market orders,
/// reduce-only and protective, one at a time, until nothing is held. They pass the gates like any other; no limit on risk or on
/// bursts stops them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Flatten {
    /// The order that was sent last.
    order: Option<ClientOrderId>,
    /// When, and the position then.
    sent_at: Timestamp,
    position: Quantity,
    /// Orders in a row that have not changed it.
    in_vain: u32,
    /// The venue was down, or the market halted, when the last one arrived: that says nothing of the market.
    is_excused: bool,
    /// The venue was down when a cancel arrived, as was heard here: whoever answered that at once would do nothing else.
    refused_at: Option<Timestamp>,
}

/// What is to be done with nothing open.
enum Next {
    Nothing,
    Wait,
    Send(Flatten),
}

impl Flatten {
    /// `for_good` while a gate wants it: orders in vain do not end it then.
    fn next(self, position: Quantity, now: Timestamp, for_good: bool) -> Next {
        let is_vain = self.order.is_some() && position == self.position;
        let in_vain = if is_vain { self.in_vain.saturating_add(u32::from(!self.is_excused)) } else { 0 };
        if position.is_zero() || TRIES <= in_vain && !for_good {
            Next::Nothing
        } else if is_vain && now < self.sent_at.plus(PATIENCE) {
            Next::Wait
        } else {
            Next::Send(Self { sent_at: now, position, in_vain, is_excused: false, ..self })
        }
    }
}

impl Bot {
    /// The venue was down, or the market halted, when this arrived: an order of a flattening is not in vain for that.
    pub(super) fn excuse(&mut self, report: &ExecutionReport) {
        let Some(desk) = self.desks.get_mut(report.market.index()) else { return };
        let own = desk.flatten.iter_mut().filter(|flatten| flatten.order == Some(report.client_order_id));
        own.for_each(|flatten| flatten.is_excused = true);
    }

    /// The venue was down when a cancel arrived there: the next one waits.
    pub(super) fn put_off(&mut self, report: &ExecutionReport) {
        let Some(desk) = self.desks.get_mut(report.market.index()) else { return };
        desk.flatten.iter_mut().for_each(|flatten| flatten.refused_at = Some(report.reported_at));
    }

    /// True while any market is being flattened.
    #[must_use]
    pub fn is_flattening(&self) -> bool {
        self.desks.iter().any(|desk| desk.flatten.is_some())
    }

    /// What a market that is being flattened takes next: cancels, an order, or nothing but time. To be asked for when reports have
    /// been learned of and at every tick of the risk clock.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its range.
    pub fn flatten(
        &mut self,
        id: MarketId,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        mut out: impl FnMut(Decision),
    ) -> Result<(), Overflow> {
        let Some(flatten) = self.desks[id.index()].flatten else { return Ok(()) };
        let risk = self.risk(id, now, market, Money::ZERO);
        for client_order_id in self.in_the_way(id, flatten, now) {
            out(self.cancel(id, client_order_id, &risk));
        }
        if self.account.open_orders(id) > 0 {
            return Ok(());
        }
        let desk = &mut self.desks[id.index()];
        match flatten.next(risk.position, now, desk.gates.wants_closed()) {
            Next::Nothing => {
                desk.flatten = None;
                self.refresh_silence();
            }
            Next::Wait => {}
            Next::Send(next) => {
                let order = against(risk.position, desk.instrument.filters.max_quantity).on(id);
                let intent = self.actions.intent(IntentKey(self.actions.last_id() + 1), order);
                desk.flatten = Some(Flatten { order: Some(intent.client_order_id), ..next });
                out(self.submit(id, &intent, &risk)?);
            }
        }
        Ok(())
    }

    /// Orders that are to be cancelled before anything else, and may be now.
    fn in_the_way(&self, id: MarketId, flatten: Flatten, now: Timestamp) -> Vec<ClientOrderId> {
        if flatten.refused_at.is_some_and(|refused_at| now < refused_at.plus(PATIENCE)) {
            return Vec::new();
        }
        let orders = self.account.orders().iter().filter(|order| order.market == id && !order.cancelling);
        let ids = orders.map(|order| order.client_order_id);
        ids.filter(|client_order_id| Some(*client_order_id) != flatten.order).collect()
    }
}

/// A market order against `position`, or as much of it as one order may be.
fn against(position: Quantity, most: Option<Quantity>) -> OrderSpec {
    let size = Quantity::new(position.steps().saturating_abs());
    let side = if position.steps() > 0 { Side::Sell } else { Side::Buy };
    let quantity = most.map_or(size, |most| size.min(most));
    OrderSpec::market(side, quantity).reduce_only().protective().because(FLATTEN_REASON)
}
