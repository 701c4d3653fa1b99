use super::{Figures, Turn, UNKNOWN};
use crate::audit::setup::LossLimits;
use crate::model::Mark;
use crate::units::{Money, Rate, Timestamp};

/// What there was, and how often in a row too much of it was gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    pub baseline: Money,
    /// As it was first: what may be lost is a share of that.
    first: Money,
    /// Consecutive marks over the limit, of different instants.
    over: u32,
    last_over_at: Option<Timestamp>,
    tripped: Option<Figures>,
}

impl Watch {
    pub const fn from(baseline: Money) -> Self {
        Self { baseline, first: baseline, over: 0, last_over_at: None, tripped: None }
    }

    pub const fn tripped(&self) -> Option<Figures> {
        self.tripped
    }

    /// The owner put money in, or took it out if negative.
    pub fn allocated(&mut self, amount: Money) {
        self.baseline = shifted(self.baseline, amount);
    }

    /// Once it has tripped it says nothing more.
    pub fn judge(&mut self, limits: &LossLimits, mark: &Mark) -> Option<Turn> {
        if self.tripped.is_some() {
            return None;
        }
        let limit = allowed(limits.percent_ppb, limits.absolute, self.first)?;
        let value = self.baseline.atto().checked_sub(mark.equity.atto()).unwrap_or(UNKNOWN);
        if value <= limit {
            (self.over, self.last_over_at) = (0, None);
            return None;
        }
        self.over += u32::from(self.last_over_at != Some(mark.at));
        self.last_over_at = Some(mark.at);
        if self.over < limits.confirm_marks.max(1) {
            return None;
        }
        self.tripped = Some(Figures { value, limit });
        self.tripped.map(Turn::Trips)
    }
}

/// An equity with as much more of the owner's money.
pub fn shifted(equity: Money, amount: Money) -> Money {
    Money::from_atto(equity.atto().saturating_add(amount.atto()))
}

/// What may be lost of `baseline`: the smaller limit.
pub fn allowed(percent_ppb: Option<i64>, absolute: Option<Money>, baseline: Money) -> Option<i128> {
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
