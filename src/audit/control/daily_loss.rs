//! A UTC day loses at most so much of what it began with; over it, it trips until the next day's first mark.

use super::loss::Watch;
use super::{Case, Figures, Turn};
use crate::audit::setup::{Limits, LossLimits};
use crate::model::Mark;
use crate::units::{Day, Money};

/// Today, and what it has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyLoss(Option<(Day, Watch)>);

impl DailyLoss {
    pub const fn open(&mut self, mark: &Mark) {
        self.0 = Some((mark.at.day(), Watch::from(mark.equity)));
    }

    pub fn allocated(&mut self, amount: Money) {
        self.0.iter_mut().for_each(|(_, watch)| watch.allocated(amount));
    }

    pub fn on_mark(&mut self, limits: &LossLimits, mark: &Mark) -> Option<Turn> {
        match &mut self.0 {
            Some((day, watch)) if mark.at.day() <= *day => watch.judge(limits, mark),
            before => {
                let opens = before.is_some_and(|(_, watch)| watch.tripped().is_some());
                self.open(mark);
                opens.then_some(Turn::Opens)
            }
        }
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.breakers.daily_loss.0?.1.tripped()
}
