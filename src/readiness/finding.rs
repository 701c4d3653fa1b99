use super::{Comparison, Criterion, Measured, Measurements, Quality, Unit, Value, Waiver};
use std::fmt;

/// Why a criterion has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The run has no metric of that name.
    NoSuchMetric,
    /// The metric has no value; says why.
    Undefined(String),
    /// The figure was configured or injected; says what was assumed.
    Assumed(String),
    /// The data's fitness forbids a conclusion; says why.
    Forbidden(String),
}

impl Missing {
    /// Stable name for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchMetric => "no-such-metric",
            Self::Undefined(_) => "undefined",
            Self::Assumed(_) => "assumed",
            Self::Forbidden(_) => "forbidden",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchMetric => f.write_str("the run has no such metric"),
            Self::Undefined(reason) => f.write_str(reason),
            Self::Assumed(what) => write!(f, "assumed, not observed: {what}"),
            Self::Forbidden(why) => write!(f, "the data allow no conclusion: {why}"),
        }
    }
}

/// The result of one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Met,
    /// It does not hold.
    NotMet,
    /// Nobody can say.
    NotMeasured(Missing),
}

impl Outcome {
    /// `met`, `not met`, `not measured`.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotMeasured(_) => "not measured",
        }
    }
}

/// One criterion after the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was demanded.
    pub criterion: Criterion,
    /// What was measured; an assumed or forbidden value is shown but decides nothing.
    pub value: Option<Value>,
    /// Unit of value, threshold and margin.
    pub unit: Unit,
    /// Observations behind the value.
    pub n: Option<u64>,
    /// Room left: positive inside the limit, negative beyond it, in the metric's unit. `None` when not measured.
    pub margin: Option<Value>,
    /// The result.
    pub outcome: Outcome,
    /// Who set the criterion aside, and why.
    pub waiver: Option<Waiver>,
}

impl Finding {
    /// True when it forbids GO by not holding.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.outcome == Outcome::NotMet && self.waiver.is_none()
    }

    /// Why it forbids GO by not being measured, if it does.
    #[must_use]
    pub fn gap(&self) -> Option<&Missing> {
        match &self.outcome {
            Outcome::NotMeasured(missing) if self.criterion.mandatory && self.waiver.is_none() => Some(missing),
            _ => None,
        }
    }

    /// True when the waiver makes a difference: the criterion was not met, or mandatory and not measured.
    #[must_use]
    pub fn is_waived(&self) -> bool {
        let needed = match self.outcome {
            Outcome::Met => false,
            Outcome::NotMet => true,
            Outcome::NotMeasured(_) => self.criterion.mandatory,
        };
        needed && self.waiver.is_some()
    }
}

/// Holds one criterion against the measurements.
#[must_use]
pub fn judge(criterion: &Criterion, measurements: &Measurements, waiver: Option<&Waiver>) -> Finding {
    let measured = measurements.get(&criterion.metric);
    let value = measured.and_then(|measured| measured.value.clone().ok());
    let outcome = outcome(criterion, measured);
    let margin = match outcome {
        Outcome::NotMeasured(_) => None,
        Outcome::Met | Outcome::NotMet => value.map(|value| margin(criterion, value)),
    };
    Finding {
        criterion: criterion.clone(),
        value,
        unit: measured.map_or(Unit::Plain, |measured| measured.unit.clone()),
        n: measured.and_then(|measured| measured.n),
        margin,
        outcome,
        waiver: waiver.cloned(),
    }
}

fn outcome(criterion: &Criterion, measured: Option<&Measured>) -> Outcome {
    let Some(measured) = measured else { return Outcome::NotMeasured(Missing::NoSuchMetric) };
    let value = match (&measured.quality, &measured.value) {
        (Quality::Assumed(what), _) => return Outcome::NotMeasured(Missing::Assumed(what.clone())),
        (Quality::Forbidden(why), _) => return Outcome::NotMeasured(Missing::Forbidden(why.clone())),
        (Quality::Observed, Err(reason)) => return Outcome::NotMeasured(Missing::Undefined(reason.clone())),
        (Quality::Observed, Ok(value)) => value,
    };
    match value.compare(criterion.threshold).map(|order| criterion.comparison.holds(order)) {
        Some(true) => Outcome::Met,
        Some(false) => Outcome::NotMet,
        None => Outcome::NotMeasured(Missing::Undefined("the value is not a number".to_owned())),
    }
}

fn margin(criterion: &Criterion, value: Value) -> Value {
    let difference = value.minus(criterion.threshold);
    match criterion.comparison {
        Comparison::AtLeast | Comparison::Above => difference,
        Comparison::AtMost | Comparison::Below => difference.negated(),
        Comparison::Equals if difference.to_f64() > 0.0 => difference.negated(),
        Comparison::Equals => difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::Threshold;
    use crate::units::Money;

    fn check(value: Result<Value, &str>, comparison: Comparison, threshold: &str) -> String {
        let criterion = Criterion {
            name: "c".to_owned(),
            metric: "m".to_owned(),
            comparison,
            threshold: Threshold::parse(threshold).unwrap(),
            mandatory: true,
            evidence: false,
        };
        let mut measurements = Measurements::new();
        let measured = match value {
            Ok(value) => Measured::observed(value, Unit::Plain),
            Err(reason) => Measured::undefined(reason, Unit::Plain),
        };
        measurements.set("m", measured);
        let finding = judge(&criterion, &measurements, None);
        let margin = finding.margin.map_or_else(|| "-".to_owned(), |margin| margin.to_string());
        format!("{} {margin}", finding.outcome.words())
    }

    #[test]
    fn comparisons_at_below_and_above_the_threshold() {
        use Comparison::{Above, AtLeast, AtMost, Below, Equals};
        let money = |text: &str| Ok(Value::Money(Money::parse(text).unwrap()));
        let table = [
            (money("0.149999999999999999"), AtLeast, "not met -0.000000000000000001"),
            (money("0.15"), AtLeast, "met 0"),
            (money("0.2"), AtLeast, "met 0.05"),
            (money("0.15"), AtMost, "met 0"),
            (money("0.150000000000000001"), AtMost, "not met -0.000000000000000001"),
            (money("-5"), AtMost, "met 5.15"),
            (money("0.15"), Above, "not met 0"),
            (money("0.16"), Above, "met 0.01"),
            (money("0.15"), Below, "not met 0"),
            (money("0.14"), Below, "met 0.01"),
            (money("0.15"), Equals, "met 0"),
            (money("0.17"), Equals, "not met -0.02"),
            (money("0.13"), Equals, "not met -0.02"),
            (Ok(Value::Count(1)), AtLeast, "met 0.85"),
            (Ok(Value::Count(0)), Above, "not met -0.15"),
            (Ok(Value::Real(0.15)), AtMost, "met 0"),
            (Ok(Value::Real(0.25)), AtMost, "not met -0.1"),
            (Ok(Value::Real(f64::NAN)), AtMost, "not measured -"),
            (Err("no losses"), AtMost, "not measured -"),
        ];
        for (value, comparison, expected) in table {
            assert_eq!(check(value, comparison, "0.15"), expected, "{value:?} {comparison:?}");
        }
    }

    #[test]
    fn a_figure_nobody_observed_satisfies_nothing() {
        let criterion = Criterion {
            name: "c".to_owned(),
            metric: "m".to_owned(),
            comparison: Comparison::AtLeast,
            threshold: Threshold::parse("0").unwrap(),
            mandatory: true,
            evidence: false,
        };
        let mut measurements = Measurements::new();
        let missing = |measurements: &Measurements| match judge(&criterion, measurements, None).outcome {
            Outcome::NotMeasured(missing) => missing.code(),
            _ => "measured",
        };
        assert_eq!(missing(&measurements), "no-such-metric");
        measurements.assume("m", "not there");
        assert_eq!(missing(&measurements), "no-such-metric");
        measurements.set("m", Measured::observed(Value::Count(7), Unit::Count));
        assert_eq!(missing(&measurements), "measured");
        measurements.assume("m", "latency was configured");
        assert_eq!(missing(&measurements), "assumed");
        measurements.forbid("m", "clock corrected");
        assert_eq!(missing(&measurements), "forbidden");
        assert_eq!(judge(&criterion, &measurements, None).value, Some(Value::Count(7)));
        measurements.set("m", Measured::observed(Value::Count(7), Unit::Count));
        measurements.forbid_all("x", "other");
        assert_eq!(missing(&measurements), "measured");
        measurements.forbid_all("m", "clock corrected");
        assert_eq!(missing(&measurements), "forbidden");
    }
}
