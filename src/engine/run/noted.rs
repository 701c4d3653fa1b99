//! What happened on supervised feeds, in the journals.

use super::Engine;
use crate::journal::Entry;
use crate::model::ClientOrderId;
use crate::units::Timestamp;

impl Engine<'_> {
    /// What happened on supervised feeds is written down for every bot.
    #[inline]
    pub(super) fn note_feeds(&mut self, now: Timestamp) {
        if self.is_supervised {
            self.note_all(now);
        }
    }

    #[inline(never)]
    fn note_all(&mut self, now: Timestamp) {
        for track in &mut self.tracks {
            while let Some(event) = track.take_note(now) {
                let entry = Entry::Wire { at: now, market: track.id, client_order_id: ClientOrderId(0), event };
                self.lanes.iter_mut().for_each(|lane| lane.record(&entry));
            }
        }
    }
}
