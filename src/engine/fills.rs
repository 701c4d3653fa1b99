use crate::model::{
    Bust, ClientOrderId, Correction, ExecutionReport, Fill, Liquidity, MarketId, OrderId, ReportKind, Side, WhichFill,
};
use crate::units::{Money, Price, Quantity, Timestamp};

/// The fills of one account at one market, as they stand. Kept where a script may set one right, and nowhere else: they grow with the run.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Fills(Vec<Made>);

/// One fill.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Made {
    client_order_id: ClientOrderId,
    order_id: OrderId,
    side: Side,
    price: Price,
    quantity: Quantity,
    liquidity: Liquidity,
    fee: Money,
    executed: Quantity,
    open: Quantity,
    sent_at: Timestamp,
    arrived_at: Timestamp,
    matched_at: Timestamp,
    /// It was not busted.
    stands: bool,
}

impl Fills {
    /// The venue has filled something.
    pub(super) fn add(&mut self, report: &ExecutionReport, fill: &Fill) {
        self.0.push(Made {
            client_order_id: report.client_order_id,
            order_id: report.order_id,
            side: report.side,
            price: fill.price,
            quantity: fill.quantity,
            liquidity: fill.liquidity,
            fee: fill.fee,
            executed: report.executed,
            open: report.open,
            sent_at: report.sent_at,
            arrived_at: report.arrived_at,
            matched_at: report.matched_at,
            stands: true,
        });
    }

    /// The fill that a script means at `now`: one of that very instant is too young. `None` where there is none that stands.
    pub(super) fn find(&self, which: WhichFill, now: Timestamp) -> Option<usize> {
        let place = match which {
            WhichFill::Last => self.0.iter().rposition(|made| made.stands && made.matched_at < now),
            WhichFill::Number(number) => number.checked_sub(1).and_then(|place| usize::try_from(place).ok()),
        };
        place.filter(|place| self.0.get(*place).is_some_and(|made| made.stands && made.matched_at < now))
    }

    /// The fill as a report takes it back, for the scenario's event `line`.
    pub(super) fn taken_back(&self, place: usize, line: u32) -> Bust {
        let Made { price, quantity, liquidity, fee, .. } = self.0[place];
        Bust { of: place as u64 + 1, price, quantity, liquidity, fee, line }
    }

    /// The fill counts no more. Returns what the venue reports of it at `now`.
    pub(super) fn bust(&mut self, place: usize, bust: Bust, (market, now): (MarketId, Timestamp)) -> ExecutionReport {
        self.0[place].stands = false;
        self.0[place].report(market, now, ReportKind::Busted(bust))
    }

    /// The fill has another price. Returns what the venue reports of it at `now`.
    pub(super) fn correct(
        &mut self,
        place: usize,
        correction: Correction,
        (market, now): (MarketId, Timestamp),
    ) -> ExecutionReport {
        let made = &mut self.0[place];
        (made.price, made.fee) = (correction.price, correction.fee);
        made.report(market, now, ReportKind::Corrected(correction))
    }
}

impl Made {
    /// What the order had executed and had open is as it was then, and so is when it was sent.
    fn report(&self, market: MarketId, now: Timestamp, kind: ReportKind) -> ExecutionReport {
        ExecutionReport {
            market,
            client_order_id: self.client_order_id,
            order_id: self.order_id,
            side: self.side,
            kind,
            executed: self.executed,
            open: self.open,
            sent_at: self.sent_at,
            arrived_at: self.arrived_at,
            matched_at: now,
            reported_at: now,
        }
    }
}
