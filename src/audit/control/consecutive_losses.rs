//! So many round trips in a row that lose are too many, each from flat to flat with all its fees.

use super::latch::Latch;
use super::trade::Traded;
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, TripLimits};
use crate::model::ExecutionReport;
use crate::units::Timestamp;
use std::cmp::Ordering;

/// The present round trip, and those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsecutiveLosses {
    result: i128,
    lost: u32,
    latch: Latch,
}

impl ConsecutiveLosses {
    pub fn on_mark(&mut self, trip: &TripLimits, at: Timestamp) -> Option<Turn> {
        self.latch.reopen(trip.pause, at)
    }

    /// What ends while it is tripped counts for nothing; what breaks even neither counts nor starts the count again.
    pub fn on_report(&mut self, losses: u32, report: &ExecutionReport, traded: Traded) -> Option<Turn> {
        self.result = self.result.saturating_add(traded.result);
        if !traded.ends {
            return None;
        }
        let result = std::mem::take(&mut self.result);
        if self.latch.tripped().is_some() {
            return None;
        }
        match result.cmp(&0) {
            Ordering::Less => self.lost += 1,
            Ordering::Equal => {}
            Ordering::Greater => self.lost = 0,
        }
        if self.lost < losses {
            return None;
        }
        let value = i128::from(std::mem::take(&mut self.lost));
        self.latch.trip(report.reported_at, Figures { value, limit: losses.into() })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.consecutive_losses.latch.tripped()
}
