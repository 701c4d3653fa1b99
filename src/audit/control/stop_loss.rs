//! An open position loses at most a share of what it was entered for; over it for so many marks in a row, it is to be closed.

use super::latch::Latch;
use super::trade::Trades;
use super::{Case, Figures, Turn, UNKNOWN};
use crate::audit::setup::{Limits, TripLimits, Worth};
use crate::model::{ExecutionReport, Mark};
use crate::units::{Rate, SECOND, Timestamp};

/// The account as the venue has it, and how often in a row its position had lost too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StopLoss {
    trades: Trades,
    /// Quote of a tick and a step, in atto.
    tick_step: i128,
    /// Marks over the limit in a row, of those that count.
    over: u32,
    counted_at: Option<Timestamp>,
    latch: Latch,
}

impl StopLoss {
    /// A position was entered at `price` ticks.
    pub fn open(&mut self, mark: &Mark, price: i128, worth: &Worth) {
        self.trades = Trades::opened(mark.position.steps().into(), price, worth);
        self.tick_step = worth.tick_step;
    }

    pub fn matched(&mut self, report: &ExecutionReport, worth: &Worth) {
        self.trades.book(report, worth);
    }

    pub fn on_mark(&mut self, (ppb, marks): (i64, u32), trip: &TripLimits, mark: &Mark) -> Option<Turn> {
        if self.latch.tripped().is_some() {
            return self.latch.reopen(trip.pause, mark.at);
        }
        let (held, cost) = self.trades.held();
        let (value, limit) = (if held == 0 { 0 } else { self.lost(held, cost, mark)? }, i128::from(ppb));
        if self.counted_at.is_some_and(|counted_at| mark.at < counted_at.plus(SECOND)) {
            return None;
        }
        self.counted_at = Some(mark.at);
        self.over = if limit < value { self.over + 1 } else { 0 };
        if self.over < marks.max(1) {
            return None;
        }
        self.over = 0;
        self.latch.trip(mark.at, Figures { value, limit })
    }

    /// Cost less worth in parts per billion of the cost, rounded up; nothing of a gain. `None` without a price.
    fn lost(&self, held: i128, cost: i128, mark: &Mark) -> Option<i128> {
        let mid_x2 = i128::from(mark.best.mid_x2()?);
        let worth_x2 = held.checked_mul(mid_x2).and_then(|ticks| ticks.checked_mul(self.tick_step));
        let Some(lost_x2) = worth_x2.and_then(|worth_x2| (2 * cost).checked_sub(worth_x2)) else {
            return Some(UNKNOWN);
        };
        let of_x2 = 2 * cost.abs();
        match lost_x2.max(0).checked_mul(i128::from(Rate::ONE)) {
            _ if lost_x2 <= 0 => Some(0),
            Some(scaled) if 0 < of_x2 => Some(scaled / of_x2 + i128::from(scaled % of_x2 != 0)),
            _ => Some(UNKNOWN),
        }
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.stop_loss.latch.tripped()
}
