use crate::audit::control::UNKNOWN;
use crate::units::{Day, Timestamp};

/// One, in parts per billion.
const WHOLE: i128 = 1_000_000_000;

/// `part` in parts per billion of `whole`, rounded down: none where there is no part, unknown of nothing or less.
pub(super) fn parts(part: i128, whole: i128) -> i128 {
    match (part, whole) {
        (..=0, _) => 0,
        (_, ..=0) => UNKNOWN,
        _ => part.checked_mul(WHOLE).map_or_else(|| part / whole * WHOLE, |scaled| scaled / whole),
    }
}

/// True when `part` is more than so many parts per billion of `whole`. Of nothing or less every part is.
pub(super) fn exceeds(part: i128, whole: i128, limit: i128) -> bool {
    match (part, whole) {
        (..=0, _) => false,
        (_, ..=0) => true,
        _ => part
            .checked_mul(WHOLE)
            .zip(whole.checked_mul(limit))
            .map_or_else(|| limit < parts(part, whole), |(part, most)| most < part),
    }
}

/// What the whole account had at the last look before the present UTC day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Today {
    day: Day,
    before: i128,
    /// As it was, whatever the owner has moved since.
    first: i128,
    last: i128,
}

impl Today {
    pub const fn starting(at: Timestamp, equity: i128) -> Self {
        Self { day: at.day(), before: equity, first: equity, last: equity }
    }

    /// The owner's money: neither won nor lost.
    pub fn allocated(&mut self, amount: i128) {
        (self.before, self.last) = (self.before.saturating_add(amount), self.last.saturating_add(amount));
    }

    /// What the account has lost since the day began, and what that is a share of: what it had then.
    pub fn look(&mut self, at: Timestamp, equity: i128) -> (i128, i128) {
        if at.day() != self.day {
            *self = Self::starting(at, self.last);
        }
        self.last = equity;
        (self.before.saturating_sub(equity), self.first)
    }
}
