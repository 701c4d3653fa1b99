use super::Threshold;
use crate::units::Money;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A value of a metric. Money and counts are exact; statistics are binary fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// An exact amount of the quote asset.
    Money(Money),
    /// An exact number of things.
    Count(u64),
    /// A statistic: a ratio, a mean, a number of seconds.
    Real(f64),
}

impl Value {
    /// How it stands to a threshold; `None` when it is not a number.
    #[must_use]
    pub fn compare(self, threshold: Threshold) -> Option<Ordering> {
        match self.atto() {
            Some(atto) => Some(atto.cmp(&threshold.atto())),
            None => self.to_f64().partial_cmp(&threshold.to_f64()),
        }
    }

    /// Value minus threshold, exact where the value is.
    #[must_use]
    pub fn minus(self, threshold: Threshold) -> Self {
        match self.atto() {
            Some(atto) => Self::Money(Money::from_atto(atto.saturating_sub(threshold.atto()))),
            None => Self::Real(self.to_f64() - threshold.to_f64()),
        }
    }

    /// How much more it is than another; exact where both are.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        match (self.atto(), other.atto()) {
            (Some(left), Some(right)) => Self::Money(Money::from_atto(left.saturating_sub(right))),
            _ => Self::Real(self.to_f64() - other.to_f64()),
        }
    }

    /// The same with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Real(value) => Self::Real(0.0 - value),
            exact => Self::Money(Money::from_atto(-exact.atto().unwrap_or(0))),
        }
    }

    /// The nearest `f64`, for pictures.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Money(money) => money.to_f64(),
            Self::Count(count) => count as f64,
            Self::Real(value) => value,
        }
    }

    /// In units of 10^-18; nothing for a statistic.
    pub(super) fn atto(self) -> Option<i128> {
        match self {
            Self::Money(money) => Some(money.atto()),
            Self::Count(count) => Some(i128::from(count) * Money::ONE.atto()),
            Self::Real(_) => None,
        }
    }
}

/// The exact decimal; a statistic with the fewest digits that read back as the same number.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Money(money) => money.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Real(value) => value.fmt(f),
        }
    }
}

/// What a value counts. Criteria state their thresholds in the same unit; fractions stay fractions (`0.15`, not 15 %).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// An amount of this asset.
    Asset(String),
    /// Parts of one; people read it in percent.
    Fraction,
    /// A plain number: a ratio that is no share.
    Plain,
    /// A number of things.
    Count,
    /// Hundredths of a percent.
    BasisPoints,
    /// Price ticks.
    Ticks,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
}

impl Unit {
    /// The unit of that name; a name that is none is an asset.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let known = [
            Self::Fraction,
            Self::Plain,
            Self::Count,
            Self::BasisPoints,
            Self::Ticks,
            Self::Milliseconds,
            Self::Seconds,
            Self::Days,
        ];
        known.into_iter().find(|unit| unit.as_str() == text).unwrap_or_else(|| Self::Asset(text.to_owned()))
    }

    /// As in the JSON report: `USDT`, `fraction`, `ms`, ...
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Asset(asset) => asset,
            Self::Fraction => "fraction",
            Self::Plain => "number",
            Self::Count => "count",
            Self::BasisPoints => "bps",
            Self::Ticks => "ticks",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Days => "days",
        }
    }
}

/// How far a figure can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quality {
    /// Observed in the run.
    Observed,
    /// Configured or injected, not observed; says what was assumed.
    Assumed(String),
    /// The data's fitness forbids a conclusion about it; says why.
    Forbidden(String),
}

impl Quality {
    /// How much it takes away from a figure.
    const fn strength(&self) -> u8 {
        match self {
            Self::Observed => 0,
            Self::Assumed(_) => 1,
            Self::Forbidden(_) => 2,
        }
    }
}

/// One metric after a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The value, or why there is none.
    pub value: Result<Value, String>,
    /// What the value counts.
    pub unit: Unit,
    /// Observations behind it, where that is known.
    pub n: Option<u64>,
    /// How far it can be trusted.
    pub quality: Quality,
}

impl Measured {
    /// An observed value.
    #[must_use]
    pub fn observed(value: Value, unit: Unit) -> Self {
        Self { value: Ok(value), unit, n: None, quality: Quality::Observed }
    }

    /// A metric without a value.
    #[must_use]
    pub fn undefined(reason: &str, unit: Unit) -> Self {
        Self { value: Err(reason.to_owned()), unit, n: None, quality: Quality::Observed }
    }

    /// The same with its number of observations.
    #[must_use]
    pub fn with_n(mut self, n: u64) -> Self {
        self.n = Some(n);
        self
    }
}

/// All metrics of one lane by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measurements(BTreeMap<String, Measured>);

impl Measurements {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a metric.
    pub fn set(&mut self, name: &str, measured: Measured) {
        self.0.insert(name.to_owned(), measured);
    }

    /// Marks a metric as assumed; one that the data forbid stays forbidden. A metric that is not there stays away.
    pub fn assume(&mut self, name: &str, why: &str) {
        self.requalify(name, Quality::Assumed(why.to_owned()));
    }

    /// Marks a metric as one the data allow no conclusion about. A metric that is not there stays away.
    pub fn forbid(&mut self, name: &str, why: &str) {
        self.requalify(name, Quality::Forbidden(why.to_owned()));
    }

    /// Marks every metric whose name begins with `prefix`, as in `feed_latency`, as one the data allow no conclusion about.
    pub fn forbid_all(&mut self, prefix: &str, why: &str) {
        let matching = self.0.iter_mut().filter(|(name, _)| name.starts_with(prefix));
        matching.for_each(|(_, measured)| measured.quality = Quality::Forbidden(why.to_owned()));
    }

    /// Never takes back what was said before and weighs more.
    fn requalify(&mut self, name: &str, quality: Quality) {
        let weighs_less = |measured: &&mut Measured| measured.quality.strength() <= quality.strength();
        if let Some(measured) = self.0.get_mut(name).filter(weighs_less) {
            measured.quality = quality;
        }
    }

    /// The metric of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Measured> {
        self.0.get(name)
    }

    /// All of them in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Measured)> {
        self.0.iter().map(|(name, measured)| (name.as_str(), measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualification_is_never_weakened() {
        let mut all = Measurements::new();
        all.set("fees", Measured::observed(Value::Count(1), Unit::Count));
        let mut check = |mark: fn(&mut Measurements), expected: Quality| {
            mark(&mut all);
            assert_eq!(all.get("fees").map(|measured| &measured.quality), Some(&expected));
        };
        check(|all| all.assume("fees", "configured"), Quality::Assumed("configured".to_owned()));
        check(|all| all.forbid("fees", "a gap"), Quality::Forbidden("a gap".to_owned()));
        check(|all| all.assume("fees", "configured"), Quality::Forbidden("a gap".to_owned()));
    }
}
