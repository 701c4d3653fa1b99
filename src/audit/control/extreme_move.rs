//! The price moves at most so far within a window, a price being the median of the last marks; over it, it trips for a while.

use super::latch::Latch;
use super::prices::{Prices, Settling};
use super::{Case, Figures, Turn, UNKNOWN};
use crate::audit::setup::{Limits, TripLimits};
use crate::model::Mark;
use crate::units::Rate;

/// What the price has been.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExtremeMove {
    prices: Prices,
    latch: Latch,
}

impl ExtremeMove {
    pub fn on_mark(&mut self, ppb: i64, settling: Settling, trip: &TripLimits, mark: &Mark) -> Option<Turn> {
        if self.latch.tripped().is_some() {
            return self.latch.reopen(trip.pause, mark.at);
        }
        let settled = self.prices.on_mark(settling, mark)?;
        let (value, limit) = (self.moved(settled), i128::from(ppb));
        if value <= limit {
            return None;
        }
        *self = Self::default();
        self.latch.trip(mark.at, Figures { value, limit })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }

    /// The larger move to `price`, up from the lowest or down from the highest, in parts per billion of that.
    fn moved(&self, price: i64) -> i128 {
        let ends = self.prices.ends().into_iter().flatten();
        ends.map(|from| share(i128::from(price) - from, from)).max().unwrap_or(0)
    }
}

/// Rounded up, so that it is above a limit when the move is.
fn share(by: i128, of: i128) -> i128 {
    match by.abs().checked_mul(i128::from(Rate::ONE)) {
        _ if by == 0 => 0,
        Some(scaled) if 0 < of => scaled.div_euclid(of) + i128::from(scaled.rem_euclid(of) != 0),
        _ => UNKNOWN,
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.extreme_move.latch.tripped()
}
