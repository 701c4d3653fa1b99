use super::setup::{AuditEvent, AuditMarket};
use crate::model::{AccountEvent, Bust, ExecutionReport, Fill, Liquidity, ReportKind, WhichFill};
use crate::units::{Money, Timestamp};

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
                let price = price.of(fill.price);
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

/// How far a position may have been moved by what was set right, against which no order that was open then was judged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pushed {
    pub steps: i128,
    /// When the bot has heard of all of it.
    heard_at: Timestamp,
}

impl Pushed {
    pub fn by(&mut self, report: &ExecutionReport) {
        let change: i128 = report.kind.bookings(report.side).map(|booking| booking.signed()).sum();
        self.steps += change.abs();
        self.heard_at = self.heard_at.max(report.reported_at);
    }

    /// An order is sent at `at`. Once the bot knows, and where none of its orders is open, this one is judged against the position as it is.
    pub fn sent(&mut self, is_idle: bool, at: Timestamp) {
        if is_idle && self.heard_at < at {
            self.steps = 0;
        }
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
