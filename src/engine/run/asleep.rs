//! While the bots' process does not run.

use super::Engine;
use crate::units::Timestamp;

impl Engine<'_> {
    /// A bar that closes while the process does not run is seen when it does: true where that is later than `now`. All lanes are one process.
    pub(super) fn holds_bar(&mut self, place: usize, now: Timestamp) -> bool {
        let until = self.lanes.first().and_then(|lane| lane.sleeps_until(now));
        until.into_iter().for_each(|until| self.tracks[place].next_bar = until);
        until.is_some()
    }
}
