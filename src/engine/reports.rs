use super::site::OpenBar;
use crate::model::ExecutionReport;
use crate::units::{Span, Timestamp};
use crate::venue::Latency;

/// Learned reports that lie before the others before these are moved to the front.
const LEARNED_MAX: usize = 1024;

/// A venue's execution reports on their way to the bot, oldest first. The venue writes behind the last one, and there a report
/// stays until the bot has learned of it: it is large, and copying it costs more than most of what is done with it.
#[derive(Debug)]
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
            heard_at = bar.heard_at(heard_at);
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

    /// Nothing is on its way.
    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
