use super::Metric;
use crate::units::{Span, Timestamp};

/// The usual distance between marks, by majority vote: a short last one does not count.
///
/// Source: R. Boyer and J. Moore 1981, "MJRTY: A Fast Majority Vote Algorithm".
#[derive(Debug, Clone, Default)]
pub(super) struct MarkInterval {
    last: Option<Timestamp>,
    candidate: Option<Span>,
    votes: u64,
    marks: u64,
}

impl MarkInterval {
    pub(super) fn mark(&mut self, at: Timestamp) {
        self.marks += 1;
        let Some(last) = self.last.replace(at) else { return };
        let span = at.since(last);
        match self.candidate {
            Some(candidate) if candidate == span => self.votes += 1,
            _ if self.votes == 0 => (self.candidate, self.votes) = (Some(span), 1),
            _ => self.votes -= 1,
        }
    }

    pub(super) const fn marks(&self) -> u64 {
        self.marks
    }

    pub(super) const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    pub(super) fn finish(&self) -> Metric<Span> {
        Metric::from_option(self.candidate, "fewer than two marks")
    }
}
