//! So many orders of one side that begin to execute within a window are too many.

use super::latch::Latch;
use super::lately::Lately;
use super::{Case, Figures, Turn};
use crate::audit::setup::Limits;
use crate::model::{ExecutionReport, ReportKind};
use crate::units::Span;

/// First fills of the window, by side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepeatedExecutions {
    begun: [Lately; 2],
    latch: Latch,
}

impl RepeatedExecutions {
    /// What executes while it is tripped is not counted.
    pub fn on_report(&mut self, executions: u32, window: Span, report: &ExecutionReport) -> Option<Turn> {
        let ReportKind::Filled(fill) = &report.kind else { return None };
        let was_executed_before = report.executed.steps() - fill.quantity.steps() != 0;
        if was_executed_before || self.latch.tripped().is_some() {
            return None;
        }
        let count = self.begun[report.side.index()].note(report.reported_at, window);
        if count < u64::from(executions) {
            return None;
        }
        self.begun.iter_mut().for_each(Lately::forget);
        self.latch.trip(report.reported_at, Figures { value: executions.into(), limit: executions.into() })
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.latch.release()
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.repeated_executions.latch.tripped()
}
