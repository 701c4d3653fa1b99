//! The price moves at most so far within a window, a price being the median of the last marks; over it, it trips for a while.

use super::latch::Latch;
use super::{Case, Figures, Turn, UNKNOWN};
use crate::audit::setup::{Limits, TripLimits};
use crate::model::Mark;
use crate::units::{Rate, SECOND, Span, Timestamp};
use std::collections::VecDeque;

/// What the price has been. Prices are doubled mids, in ticks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExtremeMove {
    /// The last mark that counted.
    counted_at: Option<Timestamp>,
    /// The last marks that a median is of, oldest first.
    marked: VecDeque<i64>,
    /// Every median within the window, with its instant.
    settled: VecDeque<(Timestamp, i64)>,
    latch: Latch,
}

/// How far, within which time, confirmed by how many marks.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub ppb: i64,
    pub window: Span,
    pub confirm_marks: u32,
}

impl ExtremeMove {
    pub fn on_mark(&mut self, most: Most, trip: &TripLimits, mark: &Mark) -> Option<Turn> {
        if self.latch.tripped().is_some() {
            return self.latch.reopen(trip.pause, mark.at);
        }
        let mid_x2 = mark.best.mid_x2()?;
        if self.counted_at.is_some_and(|at| mark.at < at.plus(SECOND)) {
            return None;
        }
        self.counted_at = Some(mark.at);
        let settled = self.settle(mid_x2, 2 * most.confirm_marks.max(1) as usize - 1)?;
        self.settled.retain(|(at, _)| mark.at < at.plus(most.window));
        self.settled.push_back((mark.at, settled));
        let (value, limit) = (self.moved(settled), i128::from(most.ppb));
        if value <= limit {
            return None;
        }
        *self = Self::default();
        self.latch.trip(mark.at, Figures { value, limit })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }

    /// The median of the last marks, once there are enough.
    fn settle(&mut self, mid_x2: i64, marks: usize) -> Option<i64> {
        self.marked.push_back(mid_x2);
        let surplus = self.marked.len().saturating_sub(marks);
        self.marked.drain(..surplus);
        let mut sorted: Vec<i64> = self.marked.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() == marks).then(|| sorted[marks / 2])
    }

    /// The larger move to `price`, up from the lowest or down from the highest, in parts per billion of that.
    fn moved(&self, price: i64) -> i128 {
        let prices = || self.settled.iter().map(|(_, settled)| *settled);
        let from = [prices().min(), prices().max()].into_iter().flatten();
        from.map(|from| share(i128::from(price) - i128::from(from), i128::from(from))).max().unwrap_or(0)
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
