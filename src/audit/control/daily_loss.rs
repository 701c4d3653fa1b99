//! A UTC day loses at most so much of what it began with; over it, it trips until the next day's first mark.

use super::{Case, Figures, Turn, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::Mark;
use crate::units::{Day, Money, Rate, Timestamp};

/// What today has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyLoss(Option<Today>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Today {
    day: Day,
    baseline: Money,
    /// Consecutive marks over the limit, of different instants.
    over: u32,
    last_over_at: Option<Timestamp>,
    tripped: Option<Figures>,
}

impl DailyLoss {
    pub const fn open(&mut self, mark: &Mark) {
        self.0 = Some(Today { day: mark.at.day(), baseline: mark.equity, over: 0, last_over_at: None, tripped: None });
    }

    pub fn on_mark(&mut self, limits: &Limits, mark: &Mark) -> Option<Turn> {
        match &mut self.0 {
            Some(today) if mark.at.day() <= today.day => today.judge(limits, mark),
            before => {
                let opens = before.is_some_and(|today| today.tripped.is_some());
                self.open(mark);
                opens.then_some(Turn::Opens)
            }
        }
    }
}

impl Today {
    fn judge(&mut self, limits: &Limits, mark: &Mark) -> Option<Turn> {
        let Limits::DailyLoss { confirm_marks, .. } = limits else { return None };
        if self.tripped.is_some() {
            return None;
        }
        let limit = allowed(limits, self.baseline)?;
        let value = self.baseline.atto().checked_sub(mark.equity.atto()).unwrap_or(UNKNOWN);
        if value <= limit {
            (self.over, self.last_over_at) = (0, None);
            return None;
        }
        self.over += u32::from(self.last_over_at != Some(mark.at));
        self.last_over_at = Some(mark.at);
        if self.over < (*confirm_marks).max(1) {
            return None;
        }
        self.tripped = Some(Figures { value, limit });
        self.tripped.map(Turn::Trips)
    }
}

/// What a day that began with `baseline` may lose: the smaller limit.
fn allowed(limits: &Limits, baseline: Money) -> Option<i128> {
    let Limits::DailyLoss { percent_ppb, absolute, .. } = limits else { return None };
    let share = percent_ppb.map(|ppb| share(baseline.atto(), i128::from(ppb)));
    [share, absolute.map(Money::atto)].into_iter().flatten().min()
}

/// Parts per billion of what there was, rounded down; nothing of a debt.
fn share(baseline: i128, ppb: i128) -> i128 {
    let (baseline, one) = (baseline.max(0), i128::from(Rate::ONE));
    let ppb = ppb.clamp(0, one);
    match baseline.checked_mul(ppb) {
        Some(product) => product / one,
        None => baseline / one * ppb + baseline % one * ppb / one,
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.daily_loss.0?.tripped
}
