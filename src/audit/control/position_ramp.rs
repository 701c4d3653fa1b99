//! The position is within a limit that grows with days in which nothing has tripped, however far own orders execute.

use super::position::by_value;
use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::{DAY, Money, Timestamp};

/// Days in which nothing has tripped, 24 hours each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ramp {
    whole_days: u32,
    /// The mark that began the day that is not over.
    since: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Ramp {
    pub fn on_mark(&mut self, at: Timestamp) {
        let was_away = self.last.is_some_and(|last| last.plus(DAY) < at);
        self.last = Some(at);
        match &mut self.since {
            Some(since) if !was_away => {
                while since.plus(DAY) <= at {
                    *since = since.plus(DAY);
                    self.whole_days += 1;
                }
            }
            since => *since = Some(at),
        }
    }

    /// Something has tripped: the day begins anew with the next mark.
    pub const fn tripped(&mut self) {
        self.since = None;
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::PositionRamp { initial, step, days, max } = limits else { return None };
    let steps = i128::from(case.memory.ramp.whole_days / days.max(&1));
    let most = initial.atto().saturating_add(step.atto().saturating_mul(steps)).min(max.atto());
    by_value(Money::from_atto(most), case)
}
