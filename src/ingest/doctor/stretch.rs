use super::tally::Spot;
use crate::units::{Span, Timestamp};

/// Stretches that are remembered; the threshold is known only at the end.
const KEPT: usize = 64;

/// Watches the time between marks and keeps the longest stretches, so that those far above the mean can be told at the
/// end of one pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretches {
    first: Option<Timestamp>,
    last: Option<Spot>,
    marks: u64,
    /// Longest first.
    longest: Vec<(Span, Spot)>,
}

/// Stretches above a threshold.
pub(super) struct Beyond {
    pub count: u64,
    pub first: Spot,
    pub longest: Span,
    pub threshold: Span,
}

impl Stretches {
    /// Something happened at `spot`.
    pub fn mark(&mut self, spot: Spot) {
        if let Some(last) = self.last
            && last.venue_at <= spot.venue_at
        {
            self.keep(spot.venue_at.since(last.venue_at), last);
        }
        self.restart(spot);
    }

    /// Something happened, and the time before it does not count as a stretch.
    pub fn restart(&mut self, spot: Spot) {
        self.first.get_or_insert(spot.venue_at);
        self.marks += 1;
        if self.last.is_none_or(|last| last.venue_at <= spot.venue_at) {
            self.last = Some(spot);
        }
    }

    /// Stretches longer than `floor` and than `factor` mean stretches; the first in time, and where it began.
    pub fn beyond(&self, floor: Span, factor: i64) -> Option<Beyond> {
        let total = self.last?.venue_at.since(self.first?);
        let mean = total.nanos() / i64::try_from(self.marks).unwrap_or(i64::MAX).max(1);
        let threshold = floor.max(Span::from_nanos(mean).times(factor));
        let above: Vec<_> = self.longest.iter().filter(|(length, _)| threshold < *length).collect();
        let first = above.iter().map(|(_, spot)| *spot).min_by_key(|spot| spot.venue_at)?;
        Some(Beyond { count: above.len() as u64, first, longest: above[0].0, threshold })
    }

    fn keep(&mut self, length: Span, start: Spot) {
        if self.longest.len() == KEPT && self.longest.last().is_some_and(|(shortest, _)| length <= *shortest) {
            return;
        }
        let place = self.longest.partition_point(|(kept, _)| length <= *kept);
        self.longest.insert(place, (length, start));
        self.longest.truncate(KEPT);
    }
}
