use crate::model::row;
use crate::units::{Price, Quantity, Timestamp};

/// One row on its way into a tape, or out of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeRow {
    /// Venue clock; the same for all rows of one message.
    pub venue_at: Timestamp,
    /// Local clock, at or after `venue_at`; the same for all rows of one message.
    pub local_at: Timestamp,
    /// Price in ticks; 0 for a cleared side.
    pub price: Price,
    /// Quantity in steps: what the level now holds, or what was traded; 0 for a cleared side.
    pub quantity: Quantity,
    /// See [`crate::model::row`].
    pub flags: u32,
}

impl TapeRow {
    /// True on the last row of a message.
    #[must_use]
    pub const fn ends_message(&self) -> bool {
        self.flags & row::LAST != 0
    }
}
