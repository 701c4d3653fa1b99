use super::posted::Posted;
use super::setup::{AuditEvent, AuditMarket};
use crate::model::{
    AccountEvent, Bust, ClientOrderId, ExecutionReport, Fill, Liquidity, NewPrice, ReportKind, WhichFill,
};
use crate::units::{Money, Price, Timestamp};

/// The fills of every market as they stand, kept where the scenario has one of them set right.
#[derive(Debug, Clone)]
pub(super) struct Corrections {
    /// By market.
    fills: Vec<Vec<Made>>,
    is_asked: bool,
}

#[derive(Debug, Clone, Copy)]
struct Made {
    /// As the venue reported it; a price that it was given since stands in its place.
    report: ExecutionReport,
    fill: Fill,
    stands: bool,
}

/// It is about a fill that was made before.
pub(super) const fn sets_right(event: &AuditEvent) -> bool {
    matches!(event.what, AccountEvent::Bust(_) | AccountEvent::Correct(..))
}

impl Corrections {
    pub fn new(events: &[AuditEvent], markets: usize) -> Self {
        Self { fills: vec![Vec::new(); markets], is_asked: events.iter().any(sets_right) }
    }

    /// The venue has filled something.
    pub fn filled(&mut self, report: &ExecutionReport, fill: &Fill) {
        if let Some(fills) = self.fills.get_mut(report.market.index()).filter(|_| self.is_asked) {
            fills.push(Made { report: *report, fill: *fill, stands: true });
        }
    }

    /// Place of the fill that an event means at `now`: none of that very instant, and none that was busted.
    fn find(&self, event: &AuditEvent, now: Timestamp) -> Option<usize> {
        let fills = self.fills.get(event.market.index())?;
        let (AccountEvent::Bust(which) | AccountEvent::Correct(which, _)) = event.what else { return None };
        let is_meant = |place: &usize| fills[*place].stands && fills[*place].report.matched_at < now;
        match which {
            WhichFill::Last => (0..fills.len()).rev().find(is_meant),
            WhichFill::Number(number) => (0..fills.len()).find(|place| *place as u64 + 1 == number).filter(is_meant),
        }
    }

    /// The event has something to set right at `now`.
    pub fn can_come(&self, event: &AuditEvent, now: Timestamp) -> bool {
        !sets_right(event) || self.find(event, now).is_some()
    }

    /// What is wrong with a report that says it is what `event` wants.
    pub fn wrong(
        &self,
        event: &AuditEvent,
        report: &ExecutionReport,
        was: &Bust,
        market: &AuditMarket,
    ) -> Option<String> {
        let line = event.line;
        if event.market != report.market {
            return Some(format!("event {line} came at market {}, expected {}", report.market, event.market));
        }
        let place = self.find(event, report.matched_at);
        let Some((place, made)) = place.map(|place| (place, &self.fills[report.market.index()][place])) else {
            return Some(format!("event {line} set fill {} right, expected none: there is no such fill", was.of));
        };
        let (number, fill) = (place as u64 + 1, &made.fill);
        let expected = Bust {
            of: number,
            price: fill.price,
            quantity: fill.quantity,
            liquidity: fill.liquidity,
            fee: fill.fee,
            line,
        };
        if (*was, order_of(report)) != (expected, order_of(&made.report)) {
            let order = report.client_order_id.0;
            return Some(format!("event {line} took back {was:?} of order {order}, expected {expected:?}"));
        }
        let (price, fee) = match (&report.kind, event.what) {
            (ReportKind::Busted(_), AccountEvent::Bust(_)) => return None,
            (ReportKind::Corrected(correction), AccountEvent::Correct(_, price)) => {
                let price = match price {
                    NewPrice::At(price) => price,
                    // At least one tick is left.
                    NewPrice::Moved(ticks) => {
                        let moved = i128::from(fill.price.ticks()) + i128::from(ticks);
                        Price::new(i64::try_from(moved.max(1)).unwrap_or(i64::MAX))
                    }
                };
                let fee = fee(market, price.ticks().into(), fill);
                if (correction.price, Some(correction.fee)) == (price, fee) {
                    return None;
                }
                (price, fee.unwrap_or_default())
            }
            _ => return Some(format!("event {line} is another than was reported")),
        };
        Some(format!("event {line} corrected fill {number}, expected {} ticks and a fee of {fee}", price.ticks()))
    }

    /// From now on the fill is as the report says.
    pub fn set_right(&mut self, report: &ExecutionReport, was: &Bust) {
        let fills = self.fills.get_mut(report.market.index());
        let place = was.of.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let made = fills.zip(place).and_then(|(fills, place)| fills.get_mut(place));
        let Some(made) = made else { return };
        match &report.kind {
            ReportKind::Corrected(correction) => (made.fill.price, made.fill.fee) = (correction.price, correction.fee),
            _ => made.stands = false,
        }
    }
}

/// How far what was set right has moved a position, against which no order was judged that the bot sent before it knew.
#[derive(Debug, Clone, Default)]
pub(super) struct Pushed {
    list: Vec<Push>,
    last_sent: ClientOrderId,
}

#[derive(Debug, Clone, Copy)]
struct Push {
    /// Signed.
    steps: i128,
    heard_at: Timestamp,
    /// The last order sent before the bot knew, once one was sent that it sent knowing.
    up_to: Option<ClientOrderId>,
}

impl Pushed {
    pub fn by(&mut self, report: &ExecutionReport) {
        let steps = Posted::of(report).map_or(0, |posted| posted.steps);
        if steps != 0 {
            self.list.push(Push { steps, heard_at: report.reported_at, up_to: None });
        }
    }

    /// An order is sent at `at`. With none open but this, what the bot knows is over.
    pub fn sent(&mut self, id: ClientOrderId, is_idle: bool, at: Timestamp) {
        self.list.retain(|push| !(is_idle && push.heard_at < at));
        let known = self.list.iter_mut().filter(|push| push.up_to.is_none() && push.heard_at < at);
        known.for_each(|push| push.up_to = Some(self.last_sent));
        self.last_sent = id;
    }

    /// By how much a fill may have taken the position past a limit.
    pub fn beyond(&self, report: &ExecutionReport) -> i128 {
        let (id, sign) = (report.client_order_id, i128::from(report.side.sign()));
        let counts = |push: &&Push| push.steps.signum() == sign && push.up_to.is_none_or(|up_to| id <= up_to);
        self.list.iter().filter(counts).map(|push| push.steps.abs()).sum()
    }
}

/// Whose fill a report says it was, and all that it repeats of the report of the fill.
fn order_of(report: &ExecutionReport) -> impl PartialEq + use<> {
    let ExecutionReport { client_order_id, order_id, side, executed, open, sent_at, arrived_at, .. } = *report;
    (client_order_id, order_id, side, executed, open, sent_at, arrived_at)
}

/// What a fill costs at `ticks`, by the instrument's schedule.
fn fee(market: &AuditMarket, ticks: i128, fill: &Fill) -> Option<Money> {
    let fees = market.instrument.fees;
    let rate = match fill.liquidity {
        Liquidity::Maker => fees.maker,
        Liquidity::Taker => fees.taker,
    };
    let worth = market.instrument.tick_step_value().ok()?.atto();
    let notional = worth.checked_mul(ticks.checked_mul(fill.quantity.steps().into())?)?;
    rate.of(Money::from_atto(notional), fees.decimals, fees.rounding).ok()
}
