//! How stable the conclusions on a bot are: the same bot over seeds, and with one thing moved at a time.

mod judge;
mod shape;
mod statistics;
#[cfg(test)]
mod tests;

pub use judge::{STABILITY_SEEDS_MIN, judge_stability};
pub use shape::{CLIFF, SLOPE, Shape, ShapeFound};
pub use statistics::{Distribution, PairedChange, rule_of_three, wilson};

use super::criterion::{Comparison, Threshold};
use super::verdict::Verdict;
use crate::metrics::WindowFigures;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Figures of a run that are shown of every one, in this order; criteria can be about any metric of the catalogue beside them.
pub const STABILITY_MEASURES: [&str; 13] = [
    "total_return",
    RETURN_PER_DAY,
    "max_drawdown",
    "daily_sharpe",
    "fills",
    "fill_ratio",
    "trades_closed",
    "order_success_rate",
    "markout_10s_bps",
    "orders_sent",
    "trips",
    AUDIT_FINDINGS,
    CRITERIA_UNMET,
];

/// Controls that the audit of a run found missed, false or late, and broken invariants. The catalogue has it not, nor the next two.
pub const AUDIT_FINDINGS: &str = "audit_findings";
/// Criteria of the scenario's `[readiness]` that a run does not meet.
pub const CRITERIA_UNMET: &str = "criteria_unmet";
/// Total return over the length of the run, or of a part of it, in days.
pub const RETURN_PER_DAY: &str = "return_per_day";

/// What is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AxisKind {
    /// A parameter of the strategy.
    Parameters,
    /// Time between bot and venue, both legs.
    Latency,
    /// How fills are judged.
    Fills,
    /// What the venue charges.
    Fees,
    /// Messages of the feed that are lost.
    DataLoss,
    /// The bot's clock against the venue's.
    ClockSkew,
    /// Parts of the period.
    Halves,
    /// How long the period is.
    Days,
}

impl AxisKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Parameters,
        Self::Latency,
        Self::Fills,
        Self::Fees,
        Self::DataLoss,
        Self::ClockSkew,
        Self::Halves,
        Self::Days,
    ];

    /// As in a scenario.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Latency => "latency",
            Self::Fills => "fills",
            Self::Fees => "fees",
            Self::DataLoss => "data-loss",
            Self::ClockSkew => "clock-skew",
            Self::Halves => "halves",
            Self::Days => "days",
        }
    }

    /// Its points have an order: a shape is named.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Fills | Self::Halves)
    }
}

/// Values of a run by measure; a measure that the run has not is missing.
pub type Figures = BTreeMap<String, f64>;

/// Values as they are kept, by measure: the fewest digits that read back as the same number.
pub type Kept = BTreeMap<String, String>;

/// Values that were kept.
#[must_use]
pub fn figures_of(kept: &Kept) -> Figures {
    kept.iter().filter_map(|(name, text)| Some((name.clone(), text.parse().ok()?))).collect()
}

/// Values of a part of a run, to be kept.
#[must_use]
pub fn kept_of(part: &WindowFigures) -> Kept {
    let sharpe = part.daily_sharpe.map(|sharpe| ("daily_sharpe", sharpe.to_string()));
    let all = [
        ("total_return", part.total_return.to_string()),
        (RETURN_PER_DAY, part.return_per_day.to_string()),
        ("max_drawdown", part.max_drawdown.to_string()),
        ("fills", part.fills.to_string()),
        ("orders_sent", part.orders_sent.to_string()),
    ];
    all.into_iter().chain(sharpe).map(|(name, text)| (name.to_owned(), text)).collect()
}

/// One setting under every seed.
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityPoint {
    /// What it is set to, in words.
    pub label: String,
    /// As it is configured where nothing is moved.
    pub is_base: bool,
    /// What has to be said of it; empty where nothing.
    pub note: String,
    /// Percent by which a parameter was moved.
    pub moved: Option<i64>,
    /// Figures by seed.
    pub seeds: Vec<Figures>,
}

/// One thing that was moved.
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityAxis {
    /// Which kind.
    pub kind: AxisKind,
    /// What was moved, in words: `latency`, `offset_ticks`.
    pub name: String,
    /// What was done, and against what it is held, in a sentence.
    pub about: String,
    /// What its plot and its place in the ranking are of.
    pub measure: String,
    /// Its points, in order.
    pub points: Vec<StabilityPoint>,
    /// The point that the others are held against.
    pub reference: usize,
}

/// Everything that is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityEvidence {
    /// The bot as it is, over the whole period.
    pub base: StabilityPoint,
    /// What was moved.
    pub axes: Vec<StabilityAxis>,
    /// Runs that were made again ended elsewhere; empty where they did not.
    pub unproved: String,
}

/// A conclusion that has to survive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StabilityCriterion {
    /// In words.
    pub name: String,
    /// Which figure of a run: a metric of the catalogue, or `audit_findings`.
    pub measure: String,
    /// How it is held against the threshold.
    pub comparison: Comparison,
    /// The threshold, in the unit of the figure.
    #[schemars(with = "String")]
    pub threshold: Threshold,
    /// Share of the seeds in which it has to hold, at every point.
    #[serde(default = "one")]
    pub share: f64,
    /// What it has to survive; without it everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<AxisKind>,
}

fn one() -> f64 {
    1.0
}

/// In how many seeds a criterion held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Held {
    /// Seeds with the figure.
    pub runs: usize,
    /// Of them those in which it held.
    pub held: usize,
    /// Where the share lies with 95 %: Wilson's interval.
    pub interval: [f64; 2],
    /// What it comes to.
    pub outcome: PointOutcome,
}

/// What a criterion comes to at one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointOutcome {
    /// It held in as large a share of the seeds as it has to.
    Holds,
    /// It did not.
    Breaks,
    /// Too few seeds have the figure.
    Unproved,
}

/// One point at which a criterion breaks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BreakPlace {
    /// Name of the axis; `base` for the bot as it is.
    pub axis: String,
    /// The point.
    pub point: String,
    /// Steps from the reference.
    pub steps: usize,
    /// In how many seeds it held.
    pub held: Held,
}

/// What becomes of a conclusion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conclusion {
    /// The criterion.
    pub criterion: StabilityCriterion,
    /// At the base.
    pub base: Held,
    /// At each point of each axis; nothing where the axis has no such figure, or the criterion need not survive it.
    pub points: Vec<Vec<Option<Held>>>,
    /// What it comes to.
    pub outcome: PointOutcome,
    /// Where it breaks: of each axis the nearest point, the nearest of all first.
    pub breaks: Vec<BreakPlace>,
    /// Settings at which it was looked at, the base among them.
    pub settings: usize,
}

/// One measure at one point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointStatistics {
    /// Over seeds.
    pub distribution: Distribution,
    /// Against the reference, seed by seed; nothing at the reference.
    pub change: Option<PairedChange>,
}

/// What an axis comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisResult {
    /// By point and measure.
    pub points: Vec<BTreeMap<String, PointStatistics>>,
    /// By measure; nothing for an axis without an order.
    pub shapes: BTreeMap<String, ShapeFound>,
    /// How much the measure of the report moves along it.
    pub sensitivity: Option<Sensitivity>,
}

/// How much a figure moves along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Largest median change against the reference.
    pub change: PairedChange,
    /// The point with that.
    pub point: usize,
    /// Its size in widths of the middle half of the reference's seeds; nothing where they do not differ.
    pub effect: Option<f64>,
    /// Of a parameter: percent by which the figure changes when the parameter changes by one, between its nearest points on both sides.
    pub elasticity: Option<f64>,
}

/// What all runs come to.
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityResult {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// One a criterion.
    pub conclusions: Vec<Conclusion>,
    /// Distributions of the base, by measure.
    pub base: BTreeMap<String, Distribution>,
    /// One an axis.
    pub axes: Vec<AxisResult>,
    /// Places of axes, the most sensitive first.
    pub ranking: Vec<usize>,
}

impl StabilityPoint {
    /// Values of a measure by seed.
    #[must_use]
    pub fn values(&self, measure: &str) -> Vec<Option<f64>> {
        self.seeds.iter().map(|figures| figures.get(measure).copied()).collect()
    }

    /// Measures that any seed has.
    fn measures(&self) -> impl Iterator<Item = &String> {
        let all: std::collections::BTreeSet<&String> = self.seeds.iter().flat_map(BTreeMap::keys).collect();
        all.into_iter()
    }
}

impl StabilityCriterion {
    /// Whether a value meets it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        value.partial_cmp(&self.threshold.to_f64()).is_some_and(|order| self.comparison.holds(order))
    }

    /// It has to survive such an axis.
    #[must_use]
    pub fn is_of(&self, kind: AxisKind) -> bool {
        self.axes.is_empty() || self.axes.contains(&kind)
    }
}
