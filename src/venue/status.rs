use crate::model::{StatusChange, TradingStatus};
use crate::units::Timestamp;

/// A market's status by a calendar: what it is, and when it is another. Every call but those of most levels compares one instant.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Calendar {
    /// By rising instants.
    changes: Vec<StatusChange>,
    /// How many of them have come.
    come: usize,
    /// When the next comes; the end of time after the last.
    next: Timestamp,
    pub(super) now: TradingStatus,
}

impl Calendar {
    /// Open for good.
    pub(super) const fn open() -> Self {
        Self { changes: Vec::new(), come: 0, next: Timestamp::MAX, now: TradingStatus::OPEN }
    }

    pub(super) fn new(changes: Vec<StatusChange>) -> Self {
        let rises = changes.windows(2).all(|pair| pair[0].at < pair[1].at);
        assert!(rises, "changes of status in another order than that of time: {changes:?}");
        let next = changes.first().map_or(Timestamp::MAX, |change| change.at);
        Self { changes, next, ..Self::open() }
    }

    /// Brings the status up to `at`, which does not go back.
    #[inline]
    pub(super) fn turn_to(&mut self, at: Timestamp) {
        if self.next <= at {
            self.turn(at);
        }
    }

    #[cold]
    #[inline(never)]
    fn turn(&mut self, at: Timestamp) {
        while let Some(change) = self.changes.get(self.come).filter(|change| change.at <= at) {
            self.now = change.status;
            self.come += 1;
        }
        self.next = self.changes.get(self.come).map_or(Timestamp::MAX, |change| change.at);
    }
}
