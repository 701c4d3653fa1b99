use super::site::OpenBar;
use crate::model::ExecutionReport;
use crate::units::{Span, Timestamp};
use crate::venue::Latency;

/// Learned reports that lie before the others before these are moved to the front.
const LEARNED_MAX: usize = 1024;

/// A venue's execution reports on their way to the bot, oldest first. The venue writes behind the last one, and there a report
/// stays until the bot has learned of it: it is large, and copying it costs more than most of what is done with it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Reports {
    list: Vec<ExecutionReport>,
    /// Of those, reports that the bot knows.
    learned: usize,
    /// Of those, reports that say when the bot learns of them.
    stamped: usize,
    next: Timestamp,
}

impl Reports {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(64), learned: 0, stamped: 0, next: Timestamp::MAX }
    }

    /// Reports of which the bot has not learned.
    pub(super) const fn under_way(&self) -> usize {
        self.list.len() - self.learned
    }

    /// Where the venue writes.
    #[inline]
    pub(super) const fn out(&mut self) -> &mut Vec<ExecutionReport> {
        &mut self.list
    }

    /// The venue has written something that is not stamped.
    #[inline]
    pub(super) const fn has_fresh(&self) -> bool {
        self.stamped < self.list.len()
    }

    /// Notes in the next report that the venue has written when the bot learns of it: reports do not overtake each other.
    #[inline]
    pub(super) fn stamp(
        &mut self,
        latency: &mut Latency,
        bar: Option<OpenBar>,
        feed_latency: Span,
    ) -> Option<&ExecutionReport> {
        let place = self.stamped;
        let report = self.list.get_mut(place)?;
        let mut heard_at = report.matched_at.plus(latency.response(report.matched_at, feed_latency));
        if let Some(bar) = bar {
            // What is set right at a close comes after what the bot hears there: it hears of it at the next.
            let behind = if report.kind.sets_right() { Span::from_nanos(1) } else { Span::ZERO };
            heard_at = bar.heard_at(heard_at.plus(behind));
        }
        if self.learned < place {
            heard_at = heard_at.max(self.list[place - 1].reported_at);
        } else {
            self.next = heard_at;
        }
        self.stamped += 1;
        let report = &mut self.list[place];
        report.reported_at = heard_at;
        Some(report)
    }

    /// The next report that the venue has written, for whoever says when the bot learns of it.
    pub(super) fn take_fresh(&mut self) -> Option<ExecutionReport> {
        (self.stamped < self.list.len()).then(|| self.list.remove(self.stamped))
    }

    /// The bot learns of a report at `now`, behind those that it learns of then.
    pub(super) fn learns(&mut self, report: ExecutionReport, now: Timestamp) {
        self.list.insert(self.stamped, ExecutionReport { reported_at: now, ..report });
        self.stamped += 1;
        self.next = self.next.min(now);
    }

    /// When the next report arrives at the bot; the end of time when none is on its way.
    #[inline]
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// The report that arrives next.
    #[inline]
    pub(super) fn first(&self) -> Option<&ExecutionReport> {
        self.list[..self.stamped].get(self.learned)
    }

    /// The bot has learned of the report that arrived next.
    #[inline]
    pub(super) fn forget_first(&mut self) {
        self.learned += 1;
        if self.learned == self.list.len() {
            self.list.clear();
            (self.learned, self.stamped) = (0, 0);
        } else if self.learned == LEARNED_MAX {
            self.list.drain(..LEARNED_MAX);
            (self.learned, self.stamped) = (0, self.stamped - LEARNED_MAX);
        }
        self.next = self.first().map_or(Timestamp::MAX, |report| report.reported_at);
    }

    /// Of what is on its way, what happened to requests as they arrived.
    pub(super) fn answers(&self) -> impl Iterator<Item = &ExecutionReport> {
        self.list[self.learned..].iter().filter(|report| report.matched_at == report.arrived_at)
    }

    /// Nothing is on its way.
    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientOrderId, MarketId, OrderId, ReportKind, Side};
    use crate::units::Quantity;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    fn report(number: u64, at: i64) -> ExecutionReport {
        let at = Timestamp::from_nanos(at);
        ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(number),
            order_id: OrderId(number),
            side: Side::Buy,
            kind: ReportKind::Accepted,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: at,
            arrived_at: at,
            matched_at: at,
            reported_at: at,
        }
    }

    /// Holds what is on its way against a plain queue.
    fn same(reports: &Reports, plain: &VecDeque<(u64, i64)>) -> Result<(), TestCaseError> {
        let first = reports.first().map(|report| (report.client_order_id.0, report.reported_at.nanos()));
        prop_assert_eq!(first, plain.front().copied());
        prop_assert_eq!(reports.next().nanos(), plain.front().map_or(i64::MAX, |first| first.1));
        prop_assert_eq!((reports.is_empty(), reports.has_fresh()), (plain.is_empty(), false));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Long enough, and with enough on their way, that learned reports are moved out several times.
        #[test]
        fn reports_are_a_queue(steps in proptest::collection::vec((0_usize..4, 0_usize..4), 3_000)) {
            let mut latency = Latency::constant(Span::ZERO, Span::from_nanos(5));
            let (mut reports, mut plain, mut number) = (Reports::new(), VecDeque::new(), 0_u64);
            for (step, (come, go)) in steps.into_iter().enumerate() {
                for _ in 0..come {
                    number += 1;
                    reports.out().push(report(number, step as i64));
                    plain.push_back((number, step as i64 + 5));
                }
                while reports.stamp(&mut latency, None, Span::ZERO).is_some() {}
                same(&reports, &plain)?;
                // The last one stays for long stretches.
                for _ in 0..go.min(plain.len().saturating_sub(usize::from(step % 1_500 != 0))) {
                    plain.pop_front();
                    reports.forget_first();
                    same(&reports, &plain)?;
                }
            }
            prop_assert!(number > 2 * LEARNED_MAX as u64, "{} reports", number);
        }
    }
}
