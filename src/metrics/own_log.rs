use crate::model::{MarketId, WireEvent};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of the logs that a bot keeps of its own, of all markets together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OwnLogStatistics {
    /// Requests whose record was written.
    pub written: u64,
    /// Writes that failed: a request each, or what else there was to write.
    pub failed: u64,
    /// Times it could not be written any more.
    pub down: u64,
    /// The longest that it could not.
    pub down_longest: Span,
    /// Times it was read again after a memory was lost.
    pub read: u64,
    /// Bytes of it that were torn then.
    pub torn_bytes: u64,
}

impl OwnLogStatistics {
    /// No bot has kept a log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Counts while entries are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnLogCounts {
    sums: OwnLogStatistics,
    down_since: BTreeMap<MarketId, Timestamp>,
}

impl OwnLogCounts {
    pub fn take(&mut self, at: Timestamp, market: MarketId, event: WireEvent) {
        match event {
            WireEvent::Logged(_) => self.sums.written += 1,
            WireEvent::LogFailed(_) => self.sums.failed += 1,
            WireEvent::LogDown => {
                self.sums.down += 1;
                self.down_since.insert(market, at);
            }
            WireEvent::LogUp => self.is_up(market, at),
            WireEvent::LogRead { torn, .. } => {
                self.sums.read += 1;
                self.sums.torn_bytes += torn;
                // Who could not write is no more; whether the new process can it finds out by itself.
                self.is_up(market, at);
            }
            _ => {}
        }
    }

    fn is_up(&mut self, market: MarketId, at: Timestamp) {
        let lasted = self.down_since.remove(&market).map_or(Span::ZERO, |since| at.since(since));
        self.sums.down_longest = self.sums.down_longest.max(lasted);
    }

    /// `end` is that of the run.
    pub fn finish(mut self, end: Timestamp) -> OwnLogStatistics {
        let down: Vec<MarketId> = self.down_since.keys().copied().collect();
        down.into_iter().for_each(|market| self.is_up(market, end));
        self.sums
    }
}
