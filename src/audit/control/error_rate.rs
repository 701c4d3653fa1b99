//! So many rejects within a window are too many, but for those that are the market's answer.

use super::latch::Latch;
use super::lately::Lately;
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, TripLimits};
use crate::model::{ExecutionReport, RejectReason, ReportKind};
use crate::units::{Span, Timestamp};

/// The rejects of the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorRate {
    rejects: Lately,
    latch: Latch,
}

impl ErrorRate {
    pub fn on_mark(&mut self, trip: &TripLimits, at: Timestamp) -> Option<Turn> {
        self.latch.reopen(trip.pause, at)
    }

    /// What is rejected while it is tripped is not counted.
    pub fn on_report(&mut self, errors: u32, window: Span, report: &ExecutionReport) -> Option<Turn> {
        let (ReportKind::Rejected(reason) | ReportKind::RequestRejected(reason)) = report.kind else { return None };
        // A post-only order that would have taken, a request that came too late, one that never set out.
        let is_answer = matches!(
            reason,
            RejectReason::PostOnlyWouldTake
                | RejectReason::UnknownOrder
                | RejectReason::NotPlaced
                | RejectReason::HalfDone
        );
        if is_answer || self.latch.tripped().is_some() {
            return None;
        }
        if self.rejects.note(report.reported_at, window) < u64::from(errors) {
            return None;
        }
        self.rejects.forget();
        self.latch.trip(report.reported_at, Figures { value: errors.into(), limit: errors.into() })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.error_rate.latch.tripped()
}
