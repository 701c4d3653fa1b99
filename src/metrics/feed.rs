//! What went wrong on feeds of market data, and what their supervision did about it.

use crate::model::{MarketId, WireEvent};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What happened on supervised feeds, of all markets together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FeedStatistics {
    /// Times the bot took its book for broken.
    pub unsynchronised: u64,
    /// The longest until it was sound again, at its first source.
    pub unsynchronised_longest: Span,
    /// Times it lived by its second source.
    pub failed_over: u64,
    /// Snapshots it asked for.
    pub snapshots: u64,
    /// Of those, refused as too old.
    pub snapshots_refused: u64,
    /// Messages that it knew, and dropped.
    pub messages_dropped: u64,
    /// Prints that it did not believe.
    pub ticks_held: u64,
    /// Attempts to connect.
    pub connects: u64,
}

impl FeedStatistics {
    /// Nothing was noted on any feed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Counts while entries are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct FeedCounts {
    sums: FeedStatistics,
    broken_since: BTreeMap<MarketId, Timestamp>,
    /// Markets that are shown by their second source: each book of it is noted.
    on_second: BTreeSet<MarketId>,
}

impl FeedCounts {
    /// Takes an event of a feed.
    pub fn take(&mut self, at: Timestamp, market: MarketId, event: WireEvent) {
        let sums = &mut self.sums;
        match event {
            WireEvent::Unsynchronised(_) => {
                self.on_second.remove(&market);
                // Told again when its second source is lost: the same outage still.
                sums.unsynchronised += u64::from(!self.broken_since.contains_key(&market));
                self.broken_since.entry(market).or_insert(at);
            }
            WireEvent::Synchronised { .. } => {
                self.on_second.remove(&market);
                let lasted = self.broken_since.remove(&market).map_or(Span::ZERO, |since| at.since(since));
                sums.unsynchronised_longest = sums.unsynchronised_longest.max(lasted);
            }
            WireEvent::FailedOver { .. } => sums.failed_over += u64::from(self.on_second.insert(market)),
            WireEvent::SnapshotAsked => sums.snapshots += 1,
            WireEvent::SnapshotRefused(_) => sums.snapshots_refused += 1,
            WireEvent::MessageDropped(_) => sums.messages_dropped += 1,
            WireEvent::TickHeld(_) => sums.ticks_held += 1,
            WireEvent::Connecting(_) => sums.connects += 1,
            _ => {}
        }
    }

    /// What is broken at the `end` was so until then at least.
    pub fn finish(mut self, end: Timestamp) -> FeedStatistics {
        let open = self.broken_since.values().map(|since| end.since(*since));
        self.sums.unsynchronised_longest = open.fold(self.sums.unsynchronised_longest, Span::max);
        self.sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeedTrouble;
    use crate::units::SECOND;

    /// Broken, shown by the second source, that one lost too, and never mended: one outage, as long as to the end.
    #[test]
    fn an_outage_that_never_ends_lasts_to_the_end_and_is_one() {
        let (start, market) = (Timestamp::from_nanos(0), MarketId(0));
        let mut counts = FeedCounts::default();
        counts.take(start.plus(SECOND), market, WireEvent::Unsynchronised(FeedTrouble::Stale));
        counts.take(start.plus(SECOND.times(9)), market, WireEvent::Unsynchronised(FeedTrouble::Stale));
        let figures = counts.finish(start.plus(SECOND.times(41)));
        assert_eq!((figures.unsynchronised, figures.unsynchronised_longest), (1, SECOND.times(40)));
    }
}
