use super::gate::{Found, Turn, share};
use super::spec::UNKNOWN;
use super::streak::Streak;
use super::{Amount, Percent, Setting};
use crate::model::Mark;
use crate::units::{Money, Timestamp};

/// Most that may be lost of a baseline: a share of it (rounded down to an atto, nothing of one below zero), an amount, or the
/// smaller of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    pub percent: Setting<Percent>,
    pub absolute: Setting<Amount>,
}

impl Allowance {
    /// `None` without a limit.
    pub fn of(&self, baseline: Money) -> Option<Money> {
        let percent = self.percent.as_ref().map(|percent| share(baseline, percent.ppb()));
        let absolute = self.absolute.as_ref().map(|amount| amount.money());
        match (percent, absolute) {
            (Some(percent), Some(absolute)) => Some(percent.min(absolute)),
            (one, other) => one.or(other),
        }
    }
}

/// A baseline and what became of it: what must survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    pub baseline: Money,
    streak: Streak,
    /// The loss it tripped at.
    tripped: Option<Money>,
    /// What of the baseline the owner put in since it was taken; taken out, negative. It allows no loss.
    #[serde(default, skip_serializing_if = "is_zero")]
    moved: Money,
}

fn is_zero(amount: &Money) -> bool {
    *amount == Money::ZERO
}

/// A baseline after the owner put in `amount`. At the edge of the range, where no equity can follow, it stays there.
pub(super) fn moved(baseline: Money, amount: Money) -> Money {
    Money::from_atto(baseline.atto().saturating_add(amount.atto()))
}

impl Held {
    pub const fn starting(at: Timestamp, baseline: Money) -> Self {
        Self { baseline, streak: Streak::starting(at), tripped: None, moved: Money::ZERO }
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.baseline.atto().to_le_bytes());
        self.streak.digest(hasher);
        hasher.update(&[u8::from(self.tripped.is_some())]);
        hasher.update(&self.tripped.unwrap_or_default().atto().to_le_bytes());
        if self.moved != Money::ZERO {
            hasher.update(b"moved");
            hasher.update(&self.moved.atto().to_le_bytes());
        }
    }
}

/// The judgement that the breakers on equity share: a baseline, confirmation, a latch. Which baseline, and what ends the latch, is
/// theirs.
#[derive(Debug, Clone)]
pub(super) struct LossWatch {
    allowance: Allowance,
    confirm_marks: u32,
    held: Option<Held>,
    /// Loss that may be made; follows from the baseline.
    allowed: Option<Money>,
    /// The highest equity that is a larger loss, until it has tripped.
    trip: Option<Money>,
}

impl LossWatch {
    pub const fn new(allowance: Allowance, confirm_marks: u32) -> Self {
        Self { allowance, confirm_marks, held: None, allowed: None, trip: None }
    }

    pub const fn held(&self) -> Option<Held> {
        self.held
    }

    /// A new baseline, one that a restart brings back, or none until the next one.
    pub fn begin(&mut self, held: Option<Held>) {
        self.held = held;
        self.allowed = held.and_then(|held| {
            let taken = held.baseline.atto().saturating_sub(held.moved.atto());
            self.allowance.of(Money::from_atto(taken))
        });
        self.trip = held.filter(|held| held.tripped.is_none()).and_then(|held| {
            let edge = held.baseline.checked_sub(self.allowed?).ok()?;
            edge.checked_sub(Money::from_atto(1)).ok()
        });
    }

    /// The owner put `amount` in: the baseline moves, the loss that may be made does not, nor what has tripped.
    pub fn allocated(&mut self, amount: Money) {
        if let Some(held) = self.held {
            let (baseline, moved) = (moved(held.baseline, amount), moved(held.moved, amount));
            self.begin(Some(Held { baseline, moved, ..held }));
        }
    }

    /// Holds a mark's equity against the baseline. A loss that cannot be computed is over every limit.
    pub fn judge(&mut self, mark: &Mark) -> Turn {
        let Some(held) = self.held.as_mut().filter(|held| held.tripped.is_none()) else {
            return Turn::Steady;
        };
        let Some(allowed) = self.allowed else {
            return Turn::Steady;
        };
        let loss = held.baseline.checked_sub(mark.equity).unwrap_or(Money::from_atto(UNKNOWN));
        if !held.streak.mark(mark.at, allowed < loss, self.confirm_marks) {
            return Turn::Steady;
        }
        held.tripped = Some(loss);
        self.trip = None;
        Turn::Tripped(self.found(loss))
    }

    #[inline(always)]
    pub fn check(&self) -> Result<(), Found> {
        match self.held.and_then(|held| held.tripped) {
            Some(loss) => Err(self.found(loss)),
            None => Ok(()),
        }
    }

    pub fn tripped(&self) -> bool {
        self.held.is_some_and(|held| held.tripped.is_some())
    }

    #[inline]
    pub const fn trip_equity(&self) -> Option<Money> {
        self.trip
    }

    fn found(&self, loss: Money) -> Found {
        Found { value: loss.atto(), limit: self.allowed.unwrap_or_default().atto() }
    }
}
