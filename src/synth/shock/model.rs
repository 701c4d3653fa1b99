use super::multiple::Multiple;
use crate::model::Side;
use crate::units::{MINUTE, Rate, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A violent market: phases of price, liquidity, pace and rules, with times in minutes after its start. Those that come with
/// seatrial are files of this shape.
///
/// Severity scales what it does and not how long it takes: moves by the logarithm of the price, depth by its power, other
/// multiples by their distance from one. Only a halt lasts longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShockModel {
    /// Its name, as `two-leg-crash`.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// The day it is modelled on; empty for none.
    #[serde(default)]
    pub anchor: String,
    /// Where the figures come from.
    pub source: String,
    /// Minutes until its last phase has begun to fade: how long a run has to be to have seen it.
    pub lasts_minutes: f64,
    /// Moves of the price.
    #[serde(default)]
    pub moves: Vec<MovePhase>,
    /// Depth and spread.
    #[serde(default)]
    pub liquidity: Vec<LiquidityPhase>,
    /// Volatility and the number of market orders.
    #[serde(default)]
    pub pace: Vec<PacePhase>,
    /// Times without trading.
    #[serde(default)]
    pub halts: Vec<HaltPhase>,
    /// Single orders through the book.
    #[serde(default)]
    pub sweeps: Vec<SweepPhase>,
    /// Coarser ticks.
    #[serde(default)]
    pub ticks: Vec<GridPhase>,
    /// Funding charged on top.
    #[serde(default)]
    pub funding: Vec<FundingPhase>,
    /// Accounts with borrowed money that are there when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leverage: Option<crate::synth::LeverageModel>,
}

/// How a move is spread over its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Curve {
    /// The same in every minute.
    #[default]
    Steady,
    /// Slow first.
    Accelerating,
    /// Fast first.
    Slowing,
}

/// A move of the efficient price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePhase {
    /// When it begins.
    pub at_minutes: f64,
    /// How long it takes; 0 is a gap.
    pub over_minutes: f64,
    /// How far, in percent of the price before it.
    pub percent: f64,
    /// How it is spread over its time.
    #[serde(default)]
    pub curve: Curve,
    /// Share of its logarithm that is gone back afterwards, 0 to 1.
    #[serde(default)]
    pub back: f64,
    /// How long it stays before it goes back.
    #[serde(default)]
    pub stay_minutes: f64,
    /// Half of the way back takes so long.
    #[serde(default)]
    pub half_life_minutes: f64,
}

/// Which side of the book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ShockSides {
    /// Both.
    #[default]
    Both,
    /// Buyers.
    Bids,
    /// Sellers.
    Asks,
}

impl ShockSides {
    /// Whether `side` is meant.
    #[must_use]
    pub fn holds(self, side: Side) -> bool {
        match self {
            Self::Both => true,
            Self::Bids => side == Side::Buy,
            Self::Asks => side == Side::Sell,
        }
    }
}

/// Providers withdraw and come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidityPhase {
    /// When it begins.
    pub at_minutes: f64,
    /// How long they take to go.
    pub over_minutes: f64,
    /// How long they stay away.
    pub stay_minutes: f64,
    /// Half of them are back after so long; 0 for at once.
    pub half_life_minutes: f64,
    /// What is left of the depth, as a multiple of what it was.
    #[serde(default = "one")]
    pub depth: f64,
    /// The spread, as a multiple of what it was.
    #[serde(default = "one")]
    pub spread: f64,
    /// Whose depth.
    #[serde(default)]
    pub side: ShockSides,
}

/// A market that is wilder, or calmer, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacePhase {
    /// When it begins.
    pub at_minutes: f64,
    /// How long it takes to be so.
    #[serde(default)]
    pub over_minutes: f64,
    /// How long it stays so.
    pub stay_minutes: f64,
    /// Half of the way back takes so long; 0 for at once.
    #[serde(default)]
    pub half_life_minutes: f64,
    /// Volatility, as a multiple.
    #[serde(default = "one")]
    pub volatility: f64,
    /// Market orders, as a multiple.
    #[serde(default = "one")]
    pub orders: f64,
}

/// No order trades or rests, none is cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltPhase {
    /// When it begins.
    pub at_minutes: f64,
    /// How long it lasts at severity 1.
    pub for_minutes: f64,
}

/// One order that takes everything down (or up) to a price; a quote of somebody who never thought to trade there takes the last of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepPhase {
    /// When it comes.
    pub at_minutes: f64,
    /// Where the last of it trades, in percent from the best price: below 0 for a sell.
    pub percent: f64,
}

/// The venue's tick is coarser from a time on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPhase {
    /// When it begins.
    pub at_minutes: f64,
    /// How many old ticks make a new one.
    pub multiple: f64,
}

/// Funding at one instant, besides what the scenario charges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundingPhase {
    /// When it is charged.
    pub at_minutes: f64,
    /// Basis points of the position's value: above 0 longs pay.
    pub rate_bps: f64,
}

fn one() -> f64 {
    1.0
}

/// When a shock begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShockStart {
    /// So long after the market's start.
    At(Span),
    /// Drawn by the seed, between two spans after the market's start.
    Between(Span, Span),
}

/// A shock with its severity and its start.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedShock {
    /// What happens.
    pub shock: ShockModel,
    /// How strongly: 0.01 to 10.
    pub severity: Multiple,
    /// When.
    pub start: ShockStart,
}

impl ShockModel {
    /// Until its last phase has begun to fade.
    #[must_use]
    pub fn lasts(&self) -> Span {
        minutes(self.lasts_minutes)
    }
}

impl PlacedShock {
    /// The last instant at which it can begin, after the start of its market.
    #[must_use]
    pub const fn latest_start(&self) -> Span {
        match self.start {
            ShockStart::At(at) | ShockStart::Between(_, at) => at,
        }
    }

    /// Funding that it charges: when, after its start, and at which rate.
    pub fn funding(&self) -> impl Iterator<Item = (Span, Rate)> + '_ {
        // A basis point is 100,000 parts per billion.
        let rate = |bps: f64| Rate::from_ppb(libm::round(bps * self.severity.0 * 1e5) as i64);
        self.shock.funding.iter().map(move |phase| (minutes(phase.at_minutes), rate(phase.rate_bps)))
    }
}

fn minutes(count: f64) -> Span {
    Span::from_nanos((count * MINUTE.nanos() as f64) as i64)
}
