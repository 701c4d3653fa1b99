//! Whether a bot could act, and whether venue and feed were there to act on, as the journal tells it.

use crate::journal::Entry;
use crate::model::{Access, BotStatus, BreakerState, Command, GateId, MarketId, WireEvent};
use crate::units::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What keeps venue, feed or bot from acting.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    halted: BTreeSet<MarketId>,
    stream_lost: BTreeSet<MarketId>,
    book_broken: BTreeSet<MarketId>,
    waits_until: BTreeMap<MarketId, Timestamp>,
    status: BTreeMap<MarketId, BotStatus>,
    tripped: BTreeSet<(MarketId, GateId)>,
    breaker_open: BTreeSet<MarketId>,
    gave_up: bool,
}

impl Standing {
    pub(super) fn is_usable(&self) -> bool {
        self.halted.is_empty() && self.stream_lost.is_empty() && self.book_broken.is_empty()
    }

    pub(super) fn is_able(&self) -> bool {
        let runs = self.status.values().all(|status| *status == BotStatus::Running);
        runs && self.tripped.is_empty() && self.breaker_open.is_empty() && !self.gave_up
    }

    /// Until when the venue has asked to wait.
    pub(super) fn waits_until(&self) -> Timestamp {
        self.waits_until.values().copied().max().unwrap_or(Timestamp::MIN)
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        let set = |set: &mut BTreeSet<MarketId>, market: MarketId, is_in: bool| {
            if is_in {
                set.insert(market)
            } else {
                set.remove(&market)
            };
        };
        match *entry {
            Entry::Status { market, status, .. } => {
                let takes_none = matches!(status.access, Access::Closed | Access::CancelOnly);
                set(&mut self.halted, market, status.is_halted || takes_none);
            }
            Entry::Command { market, status, command, .. } => {
                self.status.insert(market, status);
                // Gates are built anew, and nobody says that they are open: they are.
                if command == Command::RestartWithoutState {
                    self.tripped.clear();
                    self.breaker_open.clear();
                }
            }
            Entry::Tripped { market, refusal, .. } => drop(self.tripped.insert((market, refusal.gate))),
            Entry::Cleared { market, gate, .. } => drop(self.tripped.remove(&(market, gate))),
            Entry::Wire { market, event, .. } => match event {
                WireEvent::Disconnected => set(&mut self.stream_lost, market, true),
                WireEvent::Connected => set(&mut self.stream_lost, market, false),
                WireEvent::Unsynchronised(_) => set(&mut self.book_broken, market, true),
                WireEvent::Synchronised { .. } | WireEvent::FailedOver { .. } => {
                    set(&mut self.book_broken, market, false);
                }
                WireEvent::Waits(until) => drop(self.waits_until.insert(market, until)),
                WireEvent::Breaker(state) => set(&mut self.breaker_open, market, state == BreakerState::Open),
                WireEvent::Halted => self.gave_up = true,
                _ => {}
            },
            _ => {}
        }
    }
}
