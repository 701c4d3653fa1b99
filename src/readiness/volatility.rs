//! What many runs over violent markets come to: figures of each, criteria over all of them, and the verdict.

use super::criterion::{Comparison, Threshold};
use super::verdict::Verdict;
use crate::metrics::Wait;
use crate::units::{Money, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Figures of one run that criteria can be about: name, unit, meaning.
pub const MEASURES: [(&str, &str, &str); 14] = [
    ("max_drawdown", "share", "largest fall of equity below its peak, as a share of the peak"),
    ("loss", "share", "what was lost over the run, as a share of the equity at its start; below 0 where it was won"),
    (
        "position_excess_orders",
        "orders",
        "most that a fill took the position beyond its limit, in orders of the size of the one that was filled",
    ),
    ("audit_findings", "", "controls that the audit found missed, false or late, and broken invariants"),
    ("seconds_to_pause", "s", "from the start of the shock to the first control that stopped the bot after it"),
    (
        "seconds_from_cause_to_pause",
        "s",
        "from the first mark at which equity was beyond the limit of the control that stopped the bot, until it did",
    ),
    ("seconds_to_last_cancel", "s", "from the stop until the last open order was known to be cancelled"),
    ("seconds_to_flat", "s", "from the stop until nothing was held"),
    ("seconds_to_within_limit", "s", "from the stop until the position was within its limit, where it has one"),
    ("worst_markout_bps", "bp", "lowest markout of a fill after ten seconds"),
    ("orders_per_second", "1/s", "most orders sent within a second"),
    ("rejects_per_second", "1/s", "most orders rejected by the venue within a second"),
    ("stop_slippage_bps", "bp", "worst distance from the trigger at which a stop was filled"),
    ("fills", "", "fills"),
];

/// A figure of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// The run has none: nothing happened that it is about.
    Nothing,
    /// It should have happened and did not until the run's end.
    Never,
    /// The figure.
    Number(f64),
}

/// What one run over one market came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolatilityRun {
    /// Name of the regime of volatility.
    pub regime: String,
    /// Name of the shock; none for a calm market.
    pub shock: Option<String>,
    /// How strong the shock was; 0 without one.
    pub severity: f64,
    /// Seed of the market.
    pub seed: u64,
    /// First venue time.
    pub start: Timestamp,
    /// Last instant.
    pub end: Timestamp,
    /// When the shock began.
    pub shock_at: Option<Timestamp>,
    /// Realised volatility a year (of 365 days), from the mid by the minute; none for a run without two minutes.
    pub realised_volatility: Option<f64>,
    /// Lowest and highest mid over the first.
    pub market_low: f64,
    /// See `market_low`.
    pub market_high: f64,
    /// Equity at the start.
    pub opening_equity: Money,
    /// What was won or lost, fees included; open positions at the last mid.
    pub profit: Money,
    /// What holding as much as the opening equity buys would have won.
    pub buy_and_hold: Money,
    /// Largest fall below the peak of equity, as a share of it.
    pub max_drawdown: f64,
    /// Largest position, in base.
    pub max_position: f64,
    /// Time-weighted mean of the position without its sign, in base.
    pub mean_position: f64,
    /// See [`MEASURES`].
    pub position_excess_orders: Option<f64>,
    /// Orders sent.
    pub orders: u64,
    /// Intents that a gate refused.
    pub refused: u64,
    /// Orders that the venue rejected.
    pub rejected: u64,
    /// Fills.
    pub fills: u64,
    /// See [`MEASURES`].
    pub orders_per_second: u64,
    /// See [`MEASURES`].
    pub rejects_per_second: u64,
    /// See [`MEASURES`]; none without a fill whose ten seconds were seen.
    pub worst_markout_bps: Option<f64>,
    /// See [`MEASURES`]; none without a stop that was filled.
    pub stop_slippage_bps: Option<f64>,
    /// The first control that stopped the bot, from the shock on.
    pub stop: Option<StopFacts>,
    /// See [`MEASURES`].
    pub audit_findings: u64,
    /// The first of them; empty without.
    pub first_finding: String,
    /// Digest of what happened.
    pub digest: String,
}

/// What followed the first control that stopped the bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopFacts {
    /// Name of the gate.
    pub gate: String,
    /// When it tripped.
    pub at: Timestamp,
    /// From the first mark beyond its limit until then.
    pub from_cause: Wait,
    /// Until the last order that was open was known to be cancelled.
    pub to_last_cancel: Wait,
    /// Until nothing was held.
    pub to_flat: Wait,
    /// Until the position was within its limit.
    pub to_within_limit: Wait,
}

/// A rule over many runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolatilityCriterion {
    /// In words.
    pub name: String,
    /// Which figure of a run: one of those that `seatrial shocks measures` prints.
    pub measure: String,
    /// How it is held against the threshold.
    pub comparison: Comparison,
    /// The threshold, in the unit of the figure.
    #[schemars(with = "String")]
    pub threshold: Threshold,
    /// Runs over shocks up to this severity count; calm ones always do.
    #[serde(default = "one")]
    pub severity_at_most: f64,
    /// Share of those runs in which it has to hold.
    #[serde(default = "one")]
    pub share: f64,
}

fn one() -> f64 {
    1.0
}

/// What became of a criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolatilityFinding {
    /// The rule.
    pub criterion: VolatilityCriterion,
    /// Runs that count and have the figure.
    pub runs: usize,
    /// Of them those in which it held.
    pub held: usize,
    /// The run that was worst, by its place; none where no run has the figure.
    pub worst: Option<usize>,
    /// Whether it is met; none where no run has the figure.
    pub met: Option<bool>,
}

/// Where a bot breaks under one shock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BreakPoint {
    /// The shock.
    pub shock: String,
    /// Lowest severity at which a run broke a criterion; none where none did.
    pub severity: Option<f64>,
    /// Names of the criteria that broke there.
    pub criteria: Vec<String>,
}

/// One moment of a run, for plots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrackPoint {
    /// When.
    pub at: Timestamp,
    /// Middle of the best prices, in quote.
    pub mid: f64,
    /// Spread, in basis points of the mid.
    pub spread_bps: f64,
    /// What rested within ten basis points of the best price of each side, bids first, in base.
    pub depth: [f64; 2],
    /// Position, in base.
    pub position: f64,
    /// Equity, in quote.
    pub equity: f64,
}

/// A run in full: for each shock the first seed, in the first regime, at severity 1 (or the one nearest to it).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Track {
    /// Place of the run.
    pub run: usize,
    /// The run by the second, thinned where it is long.
    pub points: Vec<TrackPoint>,
    /// When a gate stopped the bot or let it go on, in words; the first hundred.
    pub turns: Vec<(Timestamp, String)>,
    /// Requests that gates refused, by the minute from the start.
    pub refusals: Vec<u64>,
}

/// How a figure of the bot goes with the volatility of its market.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scaling {
    /// Which figure.
    pub figure: &'static str,
    /// Slope of its logarithm over that of the realised volatility; none where too few runs have both above 0.
    pub exponent: Option<f64>,
    /// Standard error of the slope.
    pub standard_error: Option<f64>,
    /// Runs.
    pub runs: usize,
}

/// Runs whose market was about as volatile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolatilityBand {
    /// From this realised volatility a year on.
    pub from: f64,
    /// Up to this one; none for the last.
    pub to: Option<f64>,
    /// How many.
    pub runs: usize,
    /// Mean profit as a share of the opening equity, and half of its 95 % interval (Student's t); none with one run.
    pub profit: (f64, Option<f64>),
    /// Mean of the largest drawdowns, and half of its interval.
    pub drawdown: (f64, Option<f64>),
    /// Runs that broke a criterion.
    pub broken: usize,
}

/// All runs of a bot over violent markets, and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolatilityResult {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// One a criterion.
    pub findings: Vec<VolatilityFinding>,
    /// One a shock.
    pub breaks: Vec<BreakPoint>,
    /// Places of runs that broke a criterion, whatever their severity.
    pub broken: BTreeSet<usize>,
    /// By realised volatility.
    pub bands: Vec<VolatilityBand>,
    /// How profit, drawdown and inventory scale.
    pub scaling: Vec<Scaling>,
}

impl VolatilityRun {
    /// A figure by its name in [`MEASURES`]; nothing for another name.
    #[must_use]
    pub fn reading(&self, measure: &str) -> Reading {
        let optional = |figure: Option<f64>| figure.map_or(Reading::Nothing, Reading::Number);
        let seconds = |span: Span| span.nanos() as f64 / 1e9;
        let of_stop = |wait: fn(&StopFacts) -> Wait| match self.stop.as_ref().map(wait) {
            None | Some(Wait::Nothing(_)) => Reading::Nothing,
            Some(Wait::Never(_)) => Reading::Never,
            Some(Wait::Took(span)) => Reading::Number(seconds(span)),
        };
        match measure {
            "max_drawdown" => Reading::Number(self.max_drawdown),
            "loss" => Reading::Number(-self.profit_share()),
            "position_excess_orders" => optional(self.position_excess_orders),
            "audit_findings" => Reading::Number(self.audit_findings as f64),
            "seconds_to_pause" => {
                let since = self.stop.as_ref().zip(self.shock_at).map(|(stop, at)| seconds(stop.at.since(at)));
                optional(since.filter(|seconds| *seconds >= 0.0))
            }
            "seconds_from_cause_to_pause" => of_stop(|stop| stop.from_cause),
            "seconds_to_last_cancel" => of_stop(|stop| stop.to_last_cancel),
            "seconds_to_flat" => of_stop(|stop| stop.to_flat),
            "seconds_to_within_limit" => of_stop(|stop| stop.to_within_limit),
            "worst_markout_bps" => optional(self.worst_markout_bps),
            "orders_per_second" => Reading::Number(self.orders_per_second as f64),
            "rejects_per_second" => Reading::Number(self.rejects_per_second as f64),
            "stop_slippage_bps" => optional(self.stop_slippage_bps),
            "fills" => Reading::Number(self.fills as f64),
            _ => Reading::Nothing,
        }
    }

    /// Profit as a share of the opening equity; 0 without equity.
    #[must_use]
    pub fn profit_share(&self) -> f64 {
        let opening = self.opening_equity.to_f64();
        if opening > 0.0 { self.profit.to_f64() / opening } else { 0.0 }
    }
}

impl VolatilityCriterion {
    /// Whether a run breaks it, whatever its severity; `None` where the run has no such figure.
    #[must_use]
    pub fn is_broken_by(&self, run: &VolatilityRun) -> Option<bool> {
        match run.reading(&self.measure) {
            Reading::Nothing => None,
            Reading::Never => Some(true),
            Reading::Number(value) => {
                Some(value.partial_cmp(&self.threshold.to_f64()).is_none_or(|order| !self.comparison.holds(order)))
            }
        }
    }

    fn counts(&self, run: &VolatilityRun) -> bool {
        run.severity <= self.severity_at_most
    }

    pub(super) fn judge(&self, runs: &[VolatilityRun]) -> VolatilityFinding {
        let judged = runs.iter().enumerate().filter(|(_, run)| self.counts(run));
        let judged: Vec<(usize, bool)> =
            judged.filter_map(|(place, run)| Some((place, self.is_broken_by(run)?))).collect();
        let held = judged.iter().filter(|(_, broken)| !broken).count();
        let worst = judged
            .iter()
            .map(|(place, _)| *place)
            .reduce(|worst, place| if self.is_worse(&runs[place], &runs[worst]) { place } else { worst });
        let met = (!judged.is_empty()).then_some(held as f64 >= self.share * judged.len() as f64 - 1e-9);
        VolatilityFinding { criterion: self.clone(), runs: judged.len(), held, worst, met }
    }

    fn is_worse(&self, run: &VolatilityRun, than: &VolatilityRun) -> bool {
        let number = |run: &VolatilityRun| match run.reading(&self.measure) {
            Reading::Number(value) => Some(value),
            _ => None,
        };
        let (Some(one), Some(other)) = (number(run), number(than)) else { return number(than).is_some() };
        match self.comparison {
            Comparison::AtLeast | Comparison::Above => one < other,
            Comparison::AtMost | Comparison::Below => one > other,
            Comparison::Equals => {
                let away = |value: f64| libm::fabs(value - self.threshold.to_f64());
                away(one) > away(other)
            }
        }
    }
}
