use crate::readiness::{AUDIT_FINDINGS, AxisKind, CRITERIA_UNMET, RETURN_PER_DAY, StabilityCriterion, metric_names};
use crate::scenario::document::closest;
use crate::scenario::file::ScenarioFile;
use crate::scenario::problem::Problem;
use crate::scenario::text::{Decimal, SpanText};
use crate::units::{DAY, Fixed, MINUTE, SECOND, Span};
use crate::venue::FillPreset;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// Most runs.
const RUNS_MAX: usize = 100_000;
/// Most seeds, and most values of an axis.
const EACH_MAX: usize = 1_000;
/// Shortest period of a variant.
const SHORTEST: Span = Span::from_nanos(MINUTE.nanos() * 10);

/// A span with a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkewText(pub i64);

/// The same bot over many seeds, and with one thing moved at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StabilityFile {
    /// Seeds of every setting: they count up from the scenario's, and are the same for all.
    pub seeds: u64,
    /// How long a run is in which something was moved, and the one it is held against; the bot as it is runs over the whole market as well.
    pub period: SpanText,
    /// What plots and ranking are of: a metric of the catalogue.
    pub measure: String,
    /// Percent by which each number among the strategy's parameters is moved.
    pub parameters: Vec<i64>,
    /// The parameters that are moved; without any every one that is a number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Time from the bot to the venue, and as long back.
    pub latency: Vec<SpanText>,
    /// Fill presets, each on the market as a tape.
    pub fills: Vec<FillPreset>,
    /// Multiples of the venue's fees.
    pub fees: Vec<Decimal>,
    /// Percent of the feed's messages that are lost.
    pub data_loss: Vec<Decimal>,
    /// How far the bot's clock is ahead of the venue's.
    pub clock_skew: Vec<SkewText>,
    /// Days after which the run is looked at.
    pub days: Vec<u32>,
    /// What is not moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<AxisKind>,
    /// Conclusions that have to survive.
    pub criteria: Vec<StabilityCriterion>,
}

impl Default for StabilityFile {
    fn default() -> Self {
        let micros = |micros: i64| SpanText(Span::from_nanos(micros * 1_000));
        let decimal = |mantissa, scale| Decimal(Fixed::new(mantissa, scale));
        Self {
            seeds: 30,
            period: SpanText(DAY.times(2)),
            measure: "total_return".to_owned(),
            parameters: vec![-20, -10, 10, 20],
            only: Vec::new(),
            latency: [100, 1_000, 5_000, 20_000, 100_000, 500_000].map(micros).to_vec(),
            fills: vec![FillPreset::Optimistic, FillPreset::Neutral, FillPreset::Pessimistic],
            fees: vec![decimal(0, 0), decimal(5, 1), decimal(15, 1), decimal(2, 0)],
            data_loss: vec![decimal(1, 2), decimal(1, 1), decimal(1, 0), decimal(5, 0)],
            clock_skew: [-10_000, -1_000, -100, 100, 500, 2_000].map(|ms| SkewText(ms * 1_000_000)).to_vec(),
            days: vec![1, 5, 7],
            skip: Vec::new(),
            criteria: Vec::new(),
        }
    }
}

impl StabilityFile {
    /// A short cut: two seeds, periods of minutes, two values an axis.
    pub fn cut(&mut self) {
        self.seeds = 2;
        self.period = SpanText(MINUTE.times(20));
        let [first, last] = [self.parameters.first().copied(), self.parameters.last().copied()];
        self.parameters = first.into_iter().chain(last).collect();
        self.parameters.dedup();
        (self.latency, self.fees) = (ends(&self.latency), ends(&self.fees));
        (self.data_loss, self.clock_skew) = (ends(&self.data_loss), ends(&self.clock_skew));
        self.fills.truncate(2);
        // No day is in it.
        self.skip.retain(|kind| *kind != AxisKind::Days);
        self.skip.push(AxisKind::Days);
        self.criteria.iter_mut().for_each(|criterion| criterion.axes.retain(|kind| *kind != AxisKind::Days));
    }

    /// It is moved.
    #[must_use]
    pub fn moves(&self, kind: AxisKind) -> bool {
        !self.skip.contains(&kind)
    }

    /// Measures that are kept of every run.
    #[must_use]
    pub fn measures(&self) -> Vec<&str> {
        let own = self.criteria.iter().map(|criterion| criterion.measure.as_str()).chain([self.measure.as_str()]);
        let mut all: Vec<&str> = crate::readiness::STABILITY_MEASURES.to_vec();
        own.for_each(|name| {
            if !all.contains(&name) {
                all.push(name);
            }
        });
        all
    }
}

/// The first and the last of several.
fn ends<T: Clone + PartialEq>(values: &[T]) -> Vec<T> {
    let mut both: Vec<T> = values.first().into_iter().chain(values.last()).cloned().collect();
    both.dedup();
    both
}

/// Length of the market in a short cut.
const CUT: Span = Span::from_nanos(MINUTE.nanos() * 40);

/// A short cut of a scenario, where it has a report on stability; true where it has.
pub fn cut(file: &mut ScenarioFile) -> bool {
    let Some(stability) = &mut file.stability else { return false };
    stability.cut();
    match &mut file.market.flow {
        Some(flow) => flow.duration.0 = flow.duration.0.min(CUT),
        None => {
            let market = file.market.synthetic.get_or_insert_default();
            market.duration.0 = market.duration.0.min(CUT);
        }
    }
    true
}

/// How long the market of a scenario is; nothing where it is not one that is generated.
pub(super) fn market_length(file: &ScenarioFile) -> Option<Span> {
    let market = &file.market;
    let generated = market.flow.as_ref().filter(|flow| flow.bars.is_none()).map(|flow| flow.duration.0);
    let is_simple = market.tape.is_none() && market.remix.is_none() && market.flow.is_none();
    let simple = || market.synthetic.clone().unwrap_or_default().duration.0;
    generated.or_else(|| is_simple.then(simple))
}

/// What is wrong with it.
pub fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(stability) = &file.stability else { return Vec::new() };
    let mut found = place_problems(file);
    found.extend(stability.count_problems());
    found.extend(stability.value_problems());
    found.extend(stability.period_problems(file));
    found.extend(stability.name_problems());
    if found.is_empty() {
        found.extend(stability.too_many());
    }
    found
}

fn wrong(key: &str, found: impl fmt::Display, allowed: impl Into<String>) -> Problem {
    let key = if key.is_empty() { "stability".to_owned() } else { format!("stability.{key}") };
    Problem::new(key, found.to_string(), allowed)
}

/// One market that seeds make, and one bot.
fn place_problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found = Vec::new();
    if market_length(file).is_none() || !file.markets.is_empty() || file.family.is_some() {
        let problem = wrong(
            "",
            "found another market",
            "one generated market: `[market.flow]` without bars, or `[market.synthetic]`",
        );
        found.push(problem.hint("seeds make markets; a recording is one market whatever the seed"));
    }
    if !file.bots.is_empty() {
        found.push(wrong("", "found several bots", "one bot").hint("give each a scenario of its own"));
    }
    if file.volatility.is_some() {
        found.push(wrong("", "found `[volatility]` beside it", "one of the two"));
    }
    if file.run.max_rows.is_some() || file.run.duration.is_some() {
        let problem = wrong("period", "found a run that is cut by `run.max_rows` or `run.duration`", "neither of them");
        found.push(
            problem.hint("the market's own duration is the whole period; `stability.period` that of what is moved"),
        );
    }
    found
}

impl StabilityFile {
    fn count_problems(&self) -> Vec<Problem> {
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let lists = [
            ("parameters", self.parameters.len(), Some(AxisKind::Parameters)),
            ("latency", self.latency.len(), Some(AxisKind::Latency)),
            ("fills", self.fills.len(), Some(AxisKind::Fills)),
            ("fees", self.fees.len(), Some(AxisKind::Fees)),
            ("data_loss", self.data_loss.len(), Some(AxisKind::DataLoss)),
            ("clock_skew", self.clock_skew.len(), Some(AxisKind::ClockSkew)),
            ("days", self.days.len(), Some(AxisKind::Days)),
            ("seeds", seeds, None),
        ];
        let odd = lists
            .into_iter()
            .filter(|(_, count, kind)| !(1..=EACH_MAX).contains(count) && kind.is_none_or(|kind| self.moves(kind)));
        odd.map(|(key, count, kind)| {
            let problem = wrong(key, format!("found {count}"), format!("1 to {EACH_MAX} of them"));
            match kind {
                Some(kind) => problem.hint(format!("to leave it out write `skip = [\"{}\"]`", kind.as_str())),
                None => problem,
            }
        })
        .collect()
    }

    fn value_problems(&self) -> Vec<Problem> {
        let mut found = doubles("parameters", &self.parameters);
        found.extend(doubles("latency", &self.latency));
        found.extend(doubles("fills", &self.fills));
        found.extend(doubles("fees", &self.fees));
        found.extend(doubles("data_loss", &self.data_loss));
        found.extend(doubles("clock_skew", &self.clock_skew));
        found.extend(doubles("days", &self.days));
        found.extend(odd(
            "parameters",
            &self.parameters,
            |percent| *percent != 0 && (-90..=500).contains(percent),
            "-90 to 500 percent, and not 0",
        ));
        found.extend(odd("latency", &self.latency, |span| (Span::ZERO..=MINUTE).contains(&span.0), "0s to 1min"));
        found.extend(odd("fees", &self.fees, |fee| within(*fee, 10), "0 to 10, with three decimals at most"));
        found.extend(odd(
            "data_loss",
            &self.data_loss,
            |loss| loss.0.mantissa > 0 && loss_ppm(*loss).is_some(),
            "more than 0 to 50 percent, in steps of 0.0001",
        ));
        found.extend(odd(
            "clock_skew",
            &self.clock_skew,
            |skew| skew.0 != 0 && skew.0.unsigned_abs() <= DAY.nanos().unsigned_abs(),
            "-1d to 1d, and not 0s",
        ));
        found.extend(odd("days", &self.days, |days| (1..=366).contains(days), "1 to 366"));
        found.extend(odd(
            "fills",
            &self.fills,
            |preset| *preset != FillPreset::Hftbacktest,
            "`optimistic`, `neutral` and `pessimistic`",
        ));
        found
    }

    fn period_problems(&self, file: &ScenarioFile) -> Vec<Problem> {
        let Some(length) = market_length(file) else { return Vec::new() };
        let mut found = Vec::new();
        if self.period.0 < SHORTEST || length < self.period.0 {
            let allowed = format!("{SHORTEST} to the market's own duration, {length}");
            found.push(wrong("period", format!("found {}", self.period.0), allowed));
        }
        if self.moves(AxisKind::Days) && !self.days.iter().any(|days| DAY.times(i64::from(*days)) <= length) {
            let problem = wrong("days", format!("found none within the market's duration, {length}"), "at least one");
            found.push(problem.hint("make the market longer, or write `skip = [\"days\"]`"));
        }
        found
    }

    fn name_problems(&self) -> Vec<Problem> {
        let names: Vec<String> = metric_names()
            .into_iter()
            .chain([AUDIT_FINDINGS, CRITERIA_UNMET, RETURN_PER_DAY])
            .map(str::to_owned)
            .collect();
        let measures = self
            .criteria
            .iter()
            .enumerate()
            .map(|(place, criterion)| (format!("criteria[{place}].measure"), &criterion.measure));
        let measures = measures.chain([("measure".to_owned(), &self.measure)]);
        let unknown = measures.filter(|(_, name)| !names.contains(name)).map(|(key, name)| {
            let problem = wrong(&key, format!("found `{name}`"), "a metric that `seatrial scenario metrics` prints, `audit_findings`, `criteria_unmet` or `return_per_day`");
            match closest(name, &names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem,
            }
        });
        let mut found: Vec<Problem> = unknown.collect();
        for (place, criterion) in self.criteria.iter().enumerate() {
            let key = |name: &str| format!("criteria[{place}].{name}");
            if !(0.01..=1.0).contains(&criterion.share) {
                found.push(wrong(&key("share"), format!("found {}", criterion.share), "0.01 to 1"));
            }
            if criterion.name.trim().is_empty()
                || self.criteria[..place].iter().any(|other| other.name == criterion.name)
            {
                found.push(wrong(&key("name"), format!("found `{}`", criterion.name), "a name that no other has"));
            }
            let idle = criterion.axes.iter().find(|kind| !self.moves(**kind));
            found.extend(
                idle.map(|kind| wrong(&key("axes"), format!("found `{}`", kind.as_str()), "what is not under `skip`")),
            );
        }
        found
    }

    fn too_many(&self) -> Option<Problem> {
        // Of parameters nobody knows yet how many there are: as many as a strategy of this size has.
        let settings = 8 * self.parameters.len()
            + self.latency.len()
            + self.fills.len()
            + self.fees.len()
            + self.data_loss.len()
            + self.clock_skew.len()
            + 4;
        let runs = settings.saturating_mul(usize::try_from(self.seeds).unwrap_or(usize::MAX));
        let allowed = format!("at most {RUNS_MAX} runs: fewer seeds or values");
        (runs > RUNS_MAX).then(|| wrong("", format!("found about {runs} runs"), allowed))
    }
}

/// A value that stands in a list twice.
fn doubles<T: PartialEq + fmt::Debug>(key: &str, values: &[T]) -> Vec<Problem> {
    let again = values.iter().enumerate().filter(|(place, value)| values[..*place].contains(value));
    again.map(|(place, _)| wrong(&format!("{key}[{place}]"), "found a value again", "each one once")).collect()
}

fn odd<T: Serialize>(key: &str, values: &[T], is_right: impl Fn(&T) -> bool, allowed: &str) -> Vec<Problem> {
    let odd = values.iter().enumerate().filter(|(_, value)| !is_right(value));
    let shown =
        |value: &T| toml::Value::try_from(value).map_or_else(|error| error.to_string(), |value| value.to_string());
    odd.map(|(place, value)| wrong(&format!("{key}[{place}]"), format!("found {}", shown(value)), allowed)).collect()
}

/// From nothing to `most`, in thousandths.
fn within(value: Decimal, most: i64) -> bool {
    value.multiple_of(Fixed::new(1, 3)).is_ok_and(|thousandths| (0..=most * 1_000).contains(&thousandths))
}

/// A percentage of messages as parts of a million.
pub(super) fn loss_ppm(percent: Decimal) -> Option<u32> {
    let ppm = percent.multiple_of(Fixed::new(1, 4)).ok()?;
    u32::try_from(ppm).ok().filter(|ppm| *ppm <= 500_000)
}

impl fmt::Display for SkewText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", Span::from_nanos(self.0.saturating_abs()))
    }
}

impl Serialize for SkewText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SkewText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (sign, span) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.as_str()),
        };
        let span: Span = span.parse().map_err(de::Error::custom)?;
        Ok(Self(sign * span.nanos()))
    }
}

impl JsonSchema for SkewText {
    fn schema_name() -> Cow<'static, str> {
        "SignedSpan".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A span of time that may be below nothing: a whole number and ns, us, ms, s, min (or m), h or d.",
            "type": "string",
            "pattern": "^-?[0-9]+ ?(ns|us|ms|s|min|m|h|d)$"
        })
    }
}

/// Shortest time that a proof of going on needs between two checkpoints.
pub(super) const CHECKPOINTS_APART_MIN: Span = SECOND;
