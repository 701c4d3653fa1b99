//! The account loses at most so much of what the run opened with; over it, it trips until somebody re-enables it, and the next mark
//! is what there was from then on.

use super::loss::Watch;
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, LossLimits};
use crate::model::Mark;
use crate::units::Money;

/// What there was at the start. No day ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TotalLoss(Option<Watch>);

impl TotalLoss {
    pub const fn open(&mut self, mark: &Mark) {
        self.0 = Some(Watch::from(mark.equity));
    }

    pub fn allocated(&mut self, amount: Money) {
        self.0.iter_mut().for_each(|watch| watch.allocated(amount));
    }

    pub fn on_mark(&mut self, limits: &LossLimits, mark: &Mark) -> Option<Turn> {
        self.0.get_or_insert(Watch::from(mark.equity)).judge(limits, mark)
    }

    pub fn reenable(&mut self) -> Option<Turn> {
        self.0?.tripped()?;
        self.0 = None;
        Some(Turn::Opens)
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.total_loss.0?.tripped()
}
