//! What the tests of closed-form moments share: samples, and the standard errors that decide.

/// Standard errors within which a figure has to lie: a fault of chance once in sixteen thousand figures, and seeds are fixed.
const ERRORS: f64 = 4.0;

/// `found` is what was expected, within four standard errors.
#[track_caller]
pub(super) fn agrees(what: &str, found: f64, expected: f64, error: f64) {
    let off = (found - expected) / error;
    assert!(error > 0.0 && error.is_finite(), "{what}: a standard error of {error}");
    assert!(off.abs() < ERRORS, "{what}: {found}, expected {expected}: {off:.1} standard errors of {error} away");
}

/// Standard error of a share of `count` independent cases.
pub(super) fn share_error(share: f64, count: f64) -> f64 {
    (share * (1.0 - share) / count).sqrt()
}

/// Draws that are independent of each other.
#[derive(Default)]
pub(super) struct Sample(pub Vec<f64>);

impl Sample {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        Self(values.collect())
    }

    pub(super) fn count(&self) -> f64 {
        self.0.len() as f64
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.count()
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        self.0.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (self.count() - 1.0)
    }

    /// Mean product of values `lag` apart, of a series whose mean is 0.
    pub(super) fn product(&self, lag: usize) -> f64 {
        let pairs = self.0.iter().zip(&self.0[lag..]);
        pairs.map(|(a, b)| a * b).sum::<f64>() / (self.0.len() - lag) as f64
    }

    /// Share of the values of which something is so.
    pub(super) fn share(&self, is_so: impl Fn(f64) -> bool) -> f64 {
        self.0.iter().filter(|value| is_so(**value)).count() as f64 / self.count()
    }

    /// The mean is `expected`, where the values have this variance.
    #[track_caller]
    pub(super) fn has_mean(&self, what: &str, expected: f64, variance: f64) {
        agrees(what, self.mean(), expected, (variance / self.count()).sqrt());
    }
}

/// Standard errors of an autoregression's mean, variance and product at `lag`, which keeps `kept` a step; Bartlett's formula for a normal
/// one: the variance of a product at lag L is the sum over all k of g(k)^2 + g(k + L) g(k - L), over the number of steps.
pub(super) struct Autoregression {
    pub variance: f64,
    pub kept: f64,
    pub steps: f64,
}

impl Autoregression {
    pub(super) fn mean_error(&self) -> f64 {
        (self.variance * (1.0 + self.kept) / (1.0 - self.kept) / self.steps).sqrt()
    }

    pub(super) fn product_error(&self, lag: i32) -> f64 {
        let at = |k: i32| self.variance * self.kept.powi(k.abs());
        let far = (40.0 / (1.0 - self.kept)) as i32 + lag;
        let sum: f64 = (-far..=far).map(|k| at(k) * at(k) + at(k + lag) * at(k - lag)).sum();
        (sum / self.steps).sqrt()
    }
}
