use super::{Count, Metric, OrderStatistics};
use crate::model::{CancelReason, ExecutionReport, Fill, RejectReason, ReportKind};
use crate::units::{Overflow, Quantity};

const NOTHING_SENT: &str = "no order was sent";
const NO_FILL: &str = "no fill";
const AMENDED: &str = "orders were amended in quantity: there is no one quantity sent";

/// Counts what was asked of the venue and what became of it.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderCounts {
    sent: u64,
    sent_steps: i128,
    refused: u64,
    accepted: u64,
    rejected: [u64; RejectReason::ALL.len()],
    cancels_sent: u64,
    amends_sent: u64,
    amended: u64,
    resized: bool,
    requests_refused: u64,
    requests_rejected: [u64; RejectReason::ALL.len()],
    ended: [u64; CancelReason::ALL.len()],
    triggered: u64,
    busted: u64,
    corrected: u64,
    touched: u64,
    filled: u64,
    fills: u64,
    filled_steps: i128,
    open_orders_max: u32,
}

impl OrderCounts {
    #[inline]
    pub(super) fn sent(&mut self, quantity: Quantity) -> Result<(), Overflow> {
        self.sent += 1;
        self.sent_steps = add(self.sent_steps, quantity.steps())?;
        Ok(())
    }

    pub(super) const fn refused(&mut self) {
        self.refused += 1;
    }

    pub(super) const fn cancel_sent(&mut self) {
        self.cancels_sent += 1;
    }

    /// `quantity` is the new one, where the amend asks for one.
    pub(super) const fn amend_sent(&mut self, quantity: Option<Quantity>) {
        self.amends_sent += 1;
        self.resized |= quantity.is_some();
    }

    pub(super) const fn request_refused(&mut self) {
        self.requests_refused += 1;
    }

    pub(super) fn open_orders(&mut self, count: u32) {
        self.open_orders_max = self.open_orders_max.max(count);
    }

    /// Takes what a report says happened. A fill goes to [`fill`](Self::fill) instead.
    #[inline]
    pub(super) fn report(&mut self, kind: &ReportKind) {
        match *kind {
            ReportKind::Accepted => self.accepted += 1,
            ReportKind::Rejected(reason) => self.rejected[place(reason)] += 1,
            ReportKind::RequestRejected(reason) => self.requests_rejected[place(reason)] += 1,
            ReportKind::Triggered => self.triggered += 1,
            ReportKind::Amended { .. } => self.amended += 1,
            ReportKind::Ended(reason) => self.ended[reason as usize - 1] += 1,
            ReportKind::Busted(_) => self.busted += 1,
            ReportKind::Corrected(_) => self.corrected += 1,
            ReportKind::Filled(_) => unreachable!("a fill is counted by `fill`, which wants more of its report"),
        }
    }

    pub(super) fn fill(&mut self, report: &ExecutionReport, fill: &Fill) -> Result<(), Overflow> {
        self.fills += 1;
        self.touched += u64::from(report.executed == fill.quantity);
        self.filled += u64::from(report.open.is_zero());
        self.filled_steps = add(self.filled_steps, fill.quantity.steps())?;
        Ok(())
    }

    pub(super) fn finish(&self) -> OrderStatistics {
        let of_sent = |count: u64| Metric::ratio(count as f64, self.sent as f64, NOTHING_SENT);
        let per_fill = |count: u64| Metric::ratio(count as f64, self.fills as f64, NO_FILL);
        OrderStatistics {
            sent: self.sent,
            refused: self.refused,
            accepted: self.accepted,
            rejected: self.rejected.iter().sum(),
            rejected_by_reason: by_reason(&self.rejected),
            cancels_sent: self.cancels_sent,
            amends_sent: self.amends_sent,
            amended: self.amended,
            requests_refused: self.requests_refused,
            requests_rejected: self.requests_rejected.iter().sum(),
            requests_rejected_by_reason: by_reason(&self.requests_rejected),
            ended: self.ended.iter().sum(),
            ended_by_reason: named(CancelReason::ALL.into_iter().map(cancel_words), &self.ended),
            cancelled: self.ended[CancelReason::Requested as usize - 1],
            triggered: self.triggered,
            busted: self.busted,
            corrected: self.corrected,
            touched: self.touched,
            filled: self.filled,
            fill_ratio_quantity: match self.resized {
                true => Metric::undefined(AMENDED),
                false => Metric::ratio(self.filled_steps as f64, self.sent_steps as f64, NOTHING_SENT),
            },
            fill_ratio_any: of_sent(self.touched),
            fill_ratio_complete: of_sent(self.filled),
            cancel_to_fill: per_fill(self.cancels_sent),
            order_to_trade: per_fill(self.sent + self.amends_sent + self.cancels_sent),
            open_orders_max: self.open_orders_max,
        }
    }
}

#[inline]
fn add(sum: i128, steps: i64) -> Result<i128, Overflow> {
    sum.checked_add(i128::from(steps)).ok_or_else(|| Overflow::new("sum of quantities", sum, steps))
}

/// Reasons are numbered from 1.
const fn place(reason: RejectReason) -> usize {
    reason.code() as usize - 1
}

fn by_reason(counts: &[u64]) -> Vec<Count> {
    named(RejectReason::ALL.into_iter().map(RejectReason::words), counts)
}

fn named(names: impl Iterator<Item = &'static str>, counts: &[u64]) -> Vec<Count> {
    let occurred = names.zip(counts).filter(|(_, count)| **count > 0);
    occurred.map(|(name, &count)| Count { name, count }).collect()
}

const fn cancel_words(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Requested => "requested",
        CancelReason::Unfilled => "unfilled",
        CancelReason::Expired => "expired",
        CancelReason::SelfTrade => "self-trade prevention",
        CancelReason::ReduceOnly => "reduce-only with nothing left to reduce",
        CancelReason::AmendedAway => "amended away",
        CancelReason::Replaced => "replaced",
        CancelReason::ByVenue => "ended by the venue itself",
    }
}
