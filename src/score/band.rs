//! What a fact may be in a real market.

use super::figure::Estimate;

/// A z value beyond this is no chance: 95 %, two-sided.
const Z: f64 = 1.96;

/// Where a real market's figure lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Band {
    /// From low to high, both included.
    Within(f64, f64),
    /// Above, and not at.
    Above(f64),
    /// Below, and not at.
    Below(f64),
    /// Zero, give or take this and two standard errors.
    NearZero(f64),
    /// From low to high, or so near to one that chance explains it; but no more than twice as far from one as low and high are.
    NearOne(f64, f64),
}

/// How many times a band's own distance from one chance can excuse: an error that is larger says that the estimator fails, not
/// that anything goes.
const CHANCE_AT_MOST: f64 = 2.0;

impl Band {
    /// Lower and upper end for this estimate; an open end is `None`.
    pub(super) fn limits(self, estimate: Option<&Estimate>) -> (Option<f64>, Option<f64>) {
        let error = estimate.and_then(|estimate| estimate.error).unwrap_or(0.0);
        match self {
            Self::Within(low, high) => (Some(low), Some(high)),
            Self::Above(low) => (Some(low), None),
            Self::Below(high) => (None, Some(high)),
            Self::NearZero(room) => (Some(-room - 2.0 * error), Some(room + 2.0 * error)),
            Self::NearOne(low, high) => {
                let chance = Z * error;
                let [below, above] = [1.0 - low, high - 1.0].map(|own| own.max(chance.min(CHANCE_AT_MOST * own)));
                (Some(1.0 - below), Some(1.0 + above))
            }
        }
    }

    /// True when the estimate lies in the band.
    pub(super) fn holds(self, estimate: &Estimate) -> bool {
        let value = estimate.value;
        match (self, self.limits(Some(estimate))) {
            (Self::Above(low), _) => low < value,
            (Self::Below(high), _) => value < high,
            (_, (low, high)) => low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high),
        }
    }
}
