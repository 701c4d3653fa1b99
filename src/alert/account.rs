//! What is held and lost: value of a position, leverage, the day's loss.

use crate::units::{Day, Money, Timestamp};

/// One in parts per billion.
const ONE: i128 = 1_000_000_000;

/// Value of so many steps at a doubled mid, in atto of quote: `worth` is that of a tick times a step. Saturates.
pub(super) fn position_value(steps: i64, mid_x2: i64, worth: i128) -> i128 {
    if steps == 0 {
        return 0;
    }
    let halves = i128::from(steps).abs() * i128::from(mid_x2).abs();
    halves.saturating_mul(worth) / 2
}

/// `part` in parts per billion of `whole`, rounded down. Of nothing or less, anything is all there can be.
pub(super) const fn share(part: i128, whole: i128) -> i128 {
    if part <= 0 {
        return 0;
    }
    if whole <= 0 {
        return i128::MAX;
    }
    match part.checked_mul(ONE) {
        Some(scaled) => scaled / whole,
        None => part / whole * ONE,
    }
}

/// True when `part` is more than `limit` parts per billion of `whole`: exactly the limit is not.
pub(super) const fn is_over(part: i128, whole: i128, limit: i128) -> bool {
    if part <= 0 {
        return false;
    }
    if whole <= 0 {
        return true;
    }
    match (part.checked_mul(ONE), whole.checked_mul(limit)) {
        (Some(part), Some(allowed)) => allowed < part,
        _ => limit < share(part, whole),
    }
}

/// The equity that a UTC day's loss is held against.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct DayOpen {
    day: Day,
    equity: Money,
    /// What it was before the owner moved anything: what may be lost is a share of that.
    first: Money,
    /// Equity at the look before.
    last: Money,
}

impl DayOpen {
    pub(super) const fn starting(at: Timestamp, equity: Money) -> Self {
        Self { day: at.day(), equity, first: equity, last: equity }
    }

    /// The owner put money in, or took it out if negative: no profit, and no loss.
    pub(super) fn allocated(&mut self, amount: Money) {
        let move_by = |equity: Money| Money::from_atto(equity.atto().saturating_add(amount.atto()));
        (self.equity, self.last) = (move_by(self.equity), move_by(self.last));
    }

    /// Loss since the day began, in atto, and what it is a share of.
    pub(super) fn loss(&mut self, at: Timestamp, equity: Money) -> (i128, i128) {
        if self.day != at.day() {
            // What is lost between the last look of a day and the first of the next one belongs to the next.
            *self = Self::starting(at, self.last);
        }
        self.last = equity;
        (self.equity.atto().saturating_sub(equity.atto()), self.first.atto())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::DAY;

    #[test]
    fn the_owners_money_is_no_loss_and_what_may_be_lost_stays_a_share_of_what_there_was() {
        let noon = Timestamp::from_nanos(0).plus(DAY);
        let units = |amount| Money::from_units(amount);
        let mut day = DayOpen::starting(noon, units(1_000));
        let loss = |day: &mut DayOpen, equity: i64| day.loss(noon, units(equity));
        let of = |lost: i64, whole: i64| (units(lost).atto(), units(whole).atto());
        assert_eq!(loss(&mut day, 880), of(120, 1_000));
        // Put in, what was lost is not won back; taken out, nothing more is lost.
        day.allocated(units(1_000));
        assert_eq!(loss(&mut day, 1_880), of(120, 1_000));
        day.allocated(units(-1_880));
        assert_eq!(loss(&mut day, 0), of(120, 1_000));
        day.allocated(units(500));
        // The next day begins with what there is.
        assert_eq!(day.loss(noon.plus(DAY), units(400)), of(100, 500));
    }
}
