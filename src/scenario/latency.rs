use super::document::Document;
use super::problem::Problem;
use super::text::{Decimal, SpanText};
use crate::units::{MILLISECOND, Rate, SECOND, Span};
use crate::venue::{Latency, LatencyConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Time between bot and venue. Which figures count depends on the model; one that does not belong to it is an error.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LatencyFile {
    /// How it behaves.
    pub model: LatencyModel,
    /// `constant`: from the bot to the venue; 1ms by default.
    pub order: Option<SpanText>,
    /// `constant`: from the venue to the bot; 1ms by default.
    pub report: Option<SpanText>,
    /// `recorded`: order latency as a multiple of the tape's feed latency; "1" by default.
    pub factor: Option<Decimal>,
    /// `recorded`: never less than this; 100us by default.
    pub floor: Option<SpanText>,
    /// `heavy-tailed`: half of all messages take at most this long; 1ms by default.
    pub median: Option<SpanText>,
    /// `heavy-tailed`: 99 of 100 messages take at most this long; 10ms by default.
    pub tail: Option<SpanText>,
    /// `heavy-tailed`: chance that a message starts a burst; "0.0001" by default.
    pub burst_probability: Option<Decimal>,
    /// `heavy-tailed`: how long a burst lasts; 1s by default.
    pub burst_length: Option<SpanText>,
    /// `heavy-tailed`: what a burst multiplies latencies with; 10 by default.
    pub burst_factor: Option<u32>,
}

/// How the time between bot and venue behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LatencyModel {
    /// Always the same.
    #[default]
    Constant,
    /// Follows the feed latency that the tape recorded at that moment.
    Recorded,
    /// Random around a median, with a heavy tail and bursts.
    HeavyTailed,
}

/// Every figure, and the model that it belongs to.
const FIGURES: [(&str, LatencyModel); 9] = [
    ("order", LatencyModel::Constant),
    ("report", LatencyModel::Constant),
    ("factor", LatencyModel::Recorded),
    ("floor", LatencyModel::Recorded),
    ("median", LatencyModel::HeavyTailed),
    ("tail", LatencyModel::HeavyTailed),
    ("burst_probability", LatencyModel::HeavyTailed),
    ("burst_length", LatencyModel::HeavyTailed),
    ("burst_factor", LatencyModel::HeavyTailed),
];

/// A model that an argument names takes the place of the file's, and of its figures.
pub(super) fn forget_other_models(document: &mut Document) {
    let is_argument = |document: &Document, key: &str| document.source_of(key).is_some_and(|at| at.starts_with("--"));
    let model = document.text_at("venue.latency.model").map(str::to_owned);
    let Some(model) = model.filter(|_| is_argument(document, "venue.latency.model")) else { return };
    for (figure, _) in FIGURES.into_iter().filter(|(_, owner)| owner.as_str() != model) {
        let key = format!("venue.latency.{figure}");
        if !is_argument(document, &key) {
            document.forget(&key);
        }
    }
}

const MINUTE: Span = SECOND.times(60);

impl LatencyFile {
    /// The same with every figure of its model filled in.
    pub(super) fn resolved(mut self) -> Self {
        let span = |span: Span| SpanText(span);
        match self.model {
            LatencyModel::Constant => {
                self.order.get_or_insert(span(MILLISECOND));
                self.report.get_or_insert(span(MILLISECOND));
            }
            LatencyModel::Recorded => {
                self.factor.get_or_insert(Decimal::whole(1));
                self.floor.get_or_insert(span(Span::from_nanos(100_000)));
            }
            LatencyModel::HeavyTailed => {
                self.median.get_or_insert(span(MILLISECOND));
                self.tail.get_or_insert(span(MILLISECOND.times(10)));
                self.burst_probability.get_or_insert(Decimal(crate::units::Fixed::new(1, 4)));
                self.burst_length.get_or_insert(span(SECOND));
                self.burst_factor.get_or_insert(10);
            }
        }
        self
    }

    /// Figures out of range, and figures of other models.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = self.strangers();
        for (key, value) in self.spans() {
            let inside = value.0 <= MINUTE;
            found.extend((!inside).then(|| problem(key, value, "0s to 1min")));
        }
        if let Some(factor) = self.factor {
            found.extend(rate(factor, 1_000).is_none().then(|| problem("factor", factor, "0 to 1000")));
        }
        if let Some(chance) = self.burst_probability {
            found.extend(rate(chance, 1).is_none().then(|| problem("burst_probability", chance, "0 to 1")));
        }
        if let Some(factor) = self.burst_factor {
            found.extend((!(1..=1_000).contains(&factor)).then(|| problem("burst_factor", factor, "1 to 1000")));
        }
        let resolved = self.clone().resolved();
        if let (Some(median), Some(tail)) = (resolved.median, resolved.tail) {
            found.extend((tail < median).then(|| problem("tail", tail, format!("at least the median, {median}"))));
        }
        found
    }

    fn spans(&self) -> impl Iterator<Item = (&'static str, SpanText)> {
        let all = [
            ("order", self.order),
            ("report", self.report),
            ("floor", self.floor),
            ("median", self.median),
            ("tail", self.tail),
            ("burst_length", self.burst_length),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }

    fn strangers(&self) -> Vec<Problem> {
        let given = [
            self.order.is_some(),
            self.report.is_some(),
            self.factor.is_some(),
            self.floor.is_some(),
            self.median.is_some(),
            self.tail.is_some(),
            self.burst_probability.is_some(),
            self.burst_length.is_some(),
            self.burst_factor.is_some(),
        ];
        let strangers = FIGURES.into_iter().zip(given).filter(|((_, model), given)| *given && *model != self.model);
        strangers
            .map(|((key, model), _)| {
                let allowed = format!("only figures of model `{}`", self.model.as_str());
                let problem = Problem::new(format!("venue.latency.{key}"), "does not belong to the model", allowed);
                problem.hint(format!("add `model = \"{}\"`, or remove the figure", model.as_str()))
            })
            .collect()
    }

    /// The venue's model. Call with [`resolved`](Self::resolved) and checked figures.
    ///
    /// # Errors
    /// A sentence, when the venue refuses the figures all the same.
    pub(super) fn build(&self, seed: u64) -> Result<Latency, String> {
        let span = |given: Option<SpanText>| given.map_or(Span::ZERO, |span| span.0);
        let share = |given: Option<Decimal>| given.and_then(|given| given.rate().ok()).unwrap_or(Rate::ZERO);
        let config = match self.model {
            LatencyModel::Constant => LatencyConfig::Constant { entry: span(self.order), response: span(self.report) },
            LatencyModel::Recorded => LatencyConfig::Recorded { factor: share(self.factor), floor: span(self.floor) },
            LatencyModel::HeavyTailed => LatencyConfig::HeavyTailed {
                median: span(self.median),
                tail: span(self.tail),
                burst_probability: share(self.burst_probability),
                burst_length: span(self.burst_length),
                burst_factor: self.burst_factor.unwrap_or(1),
            },
        };
        Latency::new(&config, seed).map_err(|error| error.to_string())
    }
}

impl LatencyModel {
    /// As in a scenario.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Recorded => "recorded",
            Self::HeavyTailed => "heavy-tailed",
        }
    }
}

fn problem(key: &str, found: impl std::fmt::Display, allowed: impl Into<String>) -> Problem {
    Problem::new(format!("venue.latency.{key}"), format!("found {found}"), allowed)
}

/// The rate, if it lies between 0 and `high`.
fn rate(value: Decimal, high: i64) -> Option<Rate> {
    value.rate().ok().filter(|rate| (0..=high * Rate::ONE).contains(&rate.ppb()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let file: LatencyFile = toml::from_str(text).unwrap();
        let problems: Vec<String> = file.problems().iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected, "{text}");
        if expected.is_empty() {
            file.resolved().build(1).unwrap();
        }
    }

    #[test]
    fn each_model_has_its_own_figures() {
        check("", &[]);
        check("order = \"5ms\"\nreport = \"0s\"", &[]);
        check("model = \"recorded\"\nfactor = \"1.5\"", &[]);
        check("model = \"heavy-tailed\"\nmedian = \"2ms\"\ntail = \"2ms\"", &[]);
        let stranger = "venue.latency.tail: does not belong to the model; expected only figures of model `constant`";
        check("tail = \"20ms\"", &[stranger]);
    }

    #[test]
    fn figures_have_ranges() {
        check("order = \"2min\"", &["venue.latency.order: found 2min; expected 0s to 1min"]);
        let slow = "model = \"heavy-tailed\"\nmedian = \"20ms\"\nburst_probability = \"2\"\nburst_factor = 0";
        check(
            slow,
            &[
                "venue.latency.burst_probability: found 2; expected 0 to 1",
                "venue.latency.burst_factor: found 0; expected 1 to 1000",
                "venue.latency.tail: found 10ms; expected at least the median, 20ms",
            ],
        );
    }
}
