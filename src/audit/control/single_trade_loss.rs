//! One round trip loses at most so much, judged after each of its fills, of what the account was worth at the last mark before it.

use super::latch::Latch;
use super::loss::allowed;
use super::trade::Traded;
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, TripLimits};
use crate::model::{ExecutionReport, Mark};
use crate::units::Money;

/// The present round trip, and what the account was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SingleTradeLoss {
    /// At the last mark.
    equity: Money,
    /// At the last mark before the round trip.
    baseline: Money,
    result: i128,
    latch: Latch,
}

impl SingleTradeLoss {
    pub const fn open(&mut self, mark: &Mark) {
        (self.equity, self.baseline) = (mark.equity, mark.equity);
    }

    /// What a round trip has lost until it opens again is forgotten.
    pub fn on_mark(&mut self, trip: &TripLimits, mark: &Mark) -> Option<Turn> {
        self.equity = mark.equity;
        let turn = self.latch.reopen(trip.pause, mark.at)?;
        self.result = 0;
        Some(turn)
    }

    pub fn on_report(
        &mut self,
        (percent_ppb, absolute): (Option<i64>, Option<Money>),
        report: &ExecutionReport,
        traded: Traded,
    ) -> Option<Turn> {
        if traded.begins {
            self.baseline = self.equity;
        }
        let limit = allowed(percent_ppb, absolute, self.baseline);
        self.result = self.result.saturating_add(traded.result);
        let value = self.result.saturating_neg();
        if traded.ends {
            (self.baseline, self.result) = (self.equity, 0);
        }
        let limit = limit.filter(|limit| *limit < value && self.latch.tripped().is_none())?;
        self.latch.trip(report.reported_at, Figures { value, limit })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        let turn = self.latch.release()?;
        self.result = 0;
        Some(turn)
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.single_trade_loss.latch.tripped()
}
