use crate::units::{Fixed, FixedError};
use std::borrow::Cow;
use std::fmt;

/// How a measured value is held against its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// value >= threshold
    AtLeast,
    /// value <= threshold
    AtMost,
    /// value > threshold
    Above,
    /// value < threshold
    Below,
    /// value = threshold
    Equals,
}

impl Comparison {
    /// As written in a scenario: `at-least`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "at-least",
            Self::AtMost => "at-most",
            Self::Above => "above",
            Self::Below => "below",
            Self::Equals => "equals",
        }
    }

    /// In words, between a metric and a threshold: `at least`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Above => "above",
            Self::Below => "below",
            Self::Equals => "equal to",
        }
    }

    /// The mathematical sign.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => "≥",
            Self::AtMost => "≤",
            Self::Above => ">",
            Self::Below => "<",
            Self::Equals => "=",
        }
    }

    /// Whether a value that stands in `order` to its threshold meets the criterion.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
            Self::Above => order.is_gt(),
            Self::Below => order.is_lt(),
            Self::Equals => order.is_eq(),
        }
    }
}

/// An exact decimal limit. In a scenario a text (`"0.15"`) or an integer; never a floating-point literal, whose digits
/// would not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Threshold(Fixed);

impl Threshold {
    /// Reads a decimal such as `-0.15`.
    ///
    /// # Errors
    /// [`FixedError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, FixedError> {
        Fixed::parse(text).map(Self)
    }

    /// In units of 10^-18. Exact.
    #[must_use]
    pub fn atto(self) -> i128 {
        i128::from(self.0.mantissa) * 10_i128.pow(u32::from(18 - self.0.scale))
    }

    /// The nearest `f64`, for comparing with statistics.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0.mantissa as f64 / 10_f64.powi(i32::from(self.0.scale))
    }
}

/// The exact decimal without trailing zeros.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for Threshold {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Threshold {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ThresholdVisitor)
    }
}

struct ThresholdVisitor;

impl serde::de::Visitor<'_> for ThresholdVisitor {
    type Value = Threshold;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes such as \"0.15\", or a whole number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Threshold, E> {
        Threshold::parse(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Threshold, E> {
        Ok(Threshold(Fixed::new(value, 0)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Threshold, E> {
        Threshold::parse(&value.to_string()).map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Threshold, E> {
        Err(E::custom(format_args!("expected a decimal in quotes, found the number {value}; write \"{value}\"")))
    }
}

impl schemars::JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact decimal limit: a text such as \"0.15\", or a whole number.",
            "anyOf": [{ "type": "string", "pattern": r"^[+-]?(\d+\.?\d*|\.\d+)$" }, { "type": "integer" }]
        })
    }
}

/// One condition of readiness: a metric, a comparison, a limit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What people call it; unique within the scenario. Waivers name it.
    pub name: String,
    /// Name of the metric in the catalogue, as in `max_drawdown`.
    pub metric: String,
    /// How the value is held against the threshold.
    pub comparison: Comparison,
    /// The limit, in the metric's unit.
    pub threshold: Threshold,
    /// A mandatory criterion that cannot be measured forbids GO; an optional one is only shown. Both forbid GO when unmet.
    #[serde(default = "yes")]
    pub mandatory: bool,
    /// A demand on how much was seen and not on the bot, such as a least number of fills: unmet, it makes the verdict
    /// INSUFFICIENT EVIDENCE instead of NO-GO.
    #[serde(default)]
    pub evidence: bool,
}

fn yes() -> bool {
    true
}

impl Criterion {
    /// `max_drawdown <= 0.15` with the mathematical sign.
    #[must_use]
    pub fn rule(&self) -> String {
        format!("{} {} {}", self.metric, self.comparison.sign(), self.threshold)
    }
}

/// A criterion that a named person sets aside, and why. Printed before everything else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Name of the criterion.
    pub criterion: String,
    /// Who set it aside.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// The `[readiness]` part of a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Readiness {
    /// Checklists (`seatrial scenario checklists`) whose demands stand behind the scenario's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checklists: Vec<String>,
    /// What has to hold.
    pub criteria: Vec<Criterion>,
    /// Names of the gates that must have acted at least once, in this run or in a drill of the same configuration.
    pub mandatory_controls: Vec<String>,
    /// Criteria set aside.
    pub waivers: Vec<Waiver>,
}

/// What is wrong with a `[readiness]` part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadinessError {
    /// A name or reason that must say something is blank.
    #[error("readiness.{place}: expected a text, found nothing")]
    Blank {
        /// Key path, as in `criteria[0].name`.
        place: String,
    },
    /// Two criteria with one name.
    #[error("readiness.criteria[{index}].name: `{name}` is used twice; expected unique names")]
    Duplicate {
        /// Position of the second one, from 0.
        index: usize,
        /// The name.
        name: String,
    },
    /// A name that does not exist.
    #[error("readiness.{place}: unknown {what} `{found}`{hint}")]
    Unknown {
        /// Key path.
        place: String,
        /// `metric`, `gate` or `criterion`.
        what: &'static str,
        /// The name found.
        found: String,
        /// `; did you mean ...?`, or what is allowed.
        hint: String,
    },
    /// Two waivers for one criterion.
    #[error("readiness.waivers[{index}].criterion: `{criterion}` is waived twice; keep one waiver")]
    WaivedTwice {
        /// Position of the second one, from 0.
        index: usize,
        /// The criterion.
        criterion: String,
    },
}

impl Readiness {
    /// Every mistake in it, in file order; empty when it is sound. `metrics` and `gates` are the names that exist.
    #[must_use]
    pub fn check(&self, metrics: &[&str], gates: &[&str]) -> Vec<ReadinessError> {
        let criteria: Vec<&str> = self.criteria.iter().map(|criterion| criterion.name.as_str()).collect();
        let mut errors = Vec::new();
        for (index, criterion) in self.criteria.iter().enumerate() {
            blank(&criterion.name, || format!("criteria[{index}].name"), &mut errors);
            known("metric", &criterion.metric, metrics, || format!("criteria[{index}].metric"), &mut errors);
            if criteria[..index].contains(&criterion.name.as_str()) {
                errors.push(ReadinessError::Duplicate { index, name: criterion.name.clone() });
            }
        }
        for (index, control) in self.mandatory_controls.iter().enumerate() {
            known("gate", control, gates, || format!("mandatory_controls[{index}]"), &mut errors);
        }
        for (index, waiver) in self.waivers.iter().enumerate() {
            known("criterion", &waiver.criterion, &criteria, || format!("waivers[{index}].criterion"), &mut errors);
            blank(&waiver.name, || format!("waivers[{index}].name"), &mut errors);
            blank(&waiver.reason, || format!("waivers[{index}].reason"), &mut errors);
            if self.waivers[..index].iter().any(|earlier| earlier.criterion == waiver.criterion) {
                errors.push(ReadinessError::WaivedTwice { index, criterion: waiver.criterion.clone() });
            }
        }
        errors
    }

    /// What was demanded, one line each, in the order written; the text that is hashed. Waivers are not part of it: they
    /// may come later and are shown by themselves.
    #[must_use]
    pub fn canonical(&self) -> String {
        let criteria = self.criteria.iter().map(|criterion| {
            let Criterion { name, metric, comparison, threshold, mandatory, evidence } = criterion;
            let weight = if *mandatory { "mandatory" } else { "optional" };
            let about = if *evidence { " evidence" } else { "" };
            format!("criterion {name:?} {metric:?} {} {threshold} {weight}{about}\n", comparison.as_str())
        });
        let controls = self.mandatory_controls.iter().map(|control| format!("control {control:?}\n"));
        std::iter::once("seatrial-criteria 1\n".to_owned()).chain(criteria).chain(controls).collect()
    }

    /// BLAKE3 of [`Self::canonical`] in hex: written to the manifest before the run.
    #[must_use]
    pub fn hash(&self) -> String {
        blake3::hash(self.canonical().as_bytes()).to_hex().to_string()
    }

    /// The waiver of a criterion, if there is one.
    #[must_use]
    pub fn waiver(&self, criterion: &str) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| waiver.criterion == criterion)
    }
}

fn blank(text: &str, place: impl Fn() -> String, errors: &mut Vec<ReadinessError>) {
    if text.trim().is_empty() {
        errors.push(ReadinessError::Blank { place: place() });
    }
}

fn known(what: &'static str, name: &str, names: &[&str], place: impl Fn() -> String, errors: &mut Vec<ReadinessError>) {
    if !names.contains(&name) {
        errors.push(ReadinessError::Unknown { place: place(), what, found: name.to_owned(), hint: hint(name, names) });
    }
}

fn hint(name: &str, names: &[&str]) -> String {
    let nearest = names.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    match nearest {
        Some((distance, known)) if distance <= 3 => format!("; did you mean `{known}`?"),
        Some(_) => format!("; expected one of {}", names.join(", ")),
        None => "; there is none to name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn criterion(name: &str, metric: &str, threshold: &str) -> Criterion {
        Criterion {
            name: name.to_owned(),
            metric: metric.to_owned(),
            comparison: Comparison::AtMost,
            threshold: Threshold::parse(threshold).unwrap(),
            mandatory: true,
            evidence: false,
        }
    }

    #[test]
    fn reads_thresholds_exactly_and_refuses_floats() {
        let read = |value: &str| {
            toml::from_str::<Readiness>(&format!(
                "criteria = [{{ name = 'a', metric = 'm', comparison = 'at-most', threshold = {value} }}]"
            ))
            .map(|readiness| readiness.criteria[0].threshold.to_string())
        };
        assert_eq!(read("'0.150'").unwrap(), "0.15");
        assert_eq!(read("-3").unwrap(), "-3");
        assert!(read("0.15").unwrap_err().to_string().contains("write \"0.15\""));
        for bad in ["'NaN'", "'1e3'", "''", "'0.1234567890123456789'", "true"] {
            assert!(read(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<Readiness>("criterias = []").is_err());
        assert!(
            toml::from_str::<Readiness>(
                "criteria = [{ name = 'a', metric = 'm', comparison = 'at-most', threshold = 1, mandatry = true }]"
            )
            .is_err()
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let waiver = |criterion: &str, name: &str| Waiver {
            criterion: criterion.to_owned(),
            name: name.to_owned(),
            reason: "r".to_owned(),
        };
        let readiness = Readiness {
            criteria: vec![criterion("a", "max_drawdwn", "1"), criterion("a", "fees", "1")],
            mandatory_controls: vec!["loss".to_owned()],
            waivers: vec![waiver("b", " "), waiver("a", "x"), waiver("a", "x")],
            ..Readiness::default()
        };
        let errors: Vec<String> =
            readiness.check(&["max_drawdown", "fees"], &["daily-loss"]).iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            [
                "readiness.criteria[0].metric: unknown metric `max_drawdwn`; did you mean `max_drawdown`?",
                "readiness.criteria[1].name: `a` is used twice; expected unique names",
                "readiness.mandatory_controls[0]: unknown gate `loss`; expected one of daily-loss",
                "readiness.waivers[0].criterion: unknown criterion `b`; did you mean `a`?",
                "readiness.waivers[0].name: expected a text, found nothing",
                "readiness.waivers[2].criterion: `a` is waived twice; keep one waiver",
            ]
        );
    }

    #[test]
    fn the_hash_covers_what_is_demanded_and_not_how_it_is_spelled_or_waived() {
        let base = Readiness { criteria: vec![criterion("a", "m", "0.10")], ..Readiness::default() };
        let same = Readiness {
            criteria: vec![criterion("a", "m", "0.1")],
            waivers: vec![Waiver { criterion: "a".to_owned(), name: "n".to_owned(), reason: "r".to_owned() }],
            ..Readiness::default()
        };
        assert_eq!(base.hash(), same.hash());
        let mut other = base.clone();
        other.criteria[0].threshold = Threshold::parse("0.11").unwrap();
        assert_ne!(base.hash(), other.hash());
        let controls = Readiness { mandatory_controls: vec!["kill".to_owned()], ..base.clone() };
        assert_ne!(base.hash(), controls.hash());
    }

    #[test]
    fn names_cannot_forge_the_canonical_text() {
        let honest =
            Readiness { criteria: vec![criterion("a", "m", "1"), criterion("b", "m", "1")], ..Readiness::default() };
        let forged = Readiness {
            criteria: vec![criterion("a\" \"m\" at-most 1 mandatory\ncriterion \"b", "m", "1")],
            ..Readiness::default()
        };
        assert_ne!(honest.canonical(), forged.canonical());
    }
}
