use super::leverage::LeverageModel;
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument};
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a market of single orders is like: everything but when it is, and for how long. Presets are files of this shape.
///
/// Rates are per second at pace one; the pace ([`PaceModel`]) is what makes them come and go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowModel {
    /// What is traded.
    pub instrument: InstrumentModel,
    /// The efficient price: what the thing is worth.
    pub price: PriceModel,
    /// How volatile and how busy the market is, and when.
    pub pace: PaceModel,
    /// How many orders come, and how large they are.
    pub orders: OrderModel,
    /// Large orders that are worked piece by piece.
    pub metaorders: MetaorderModel,
    /// Where limit orders are placed and how long they stay.
    pub book: BookModel,
    /// Those who provide liquidity, and what they do when it is dangerous.
    pub providers: ProviderModel,
    /// How the market is heard of.
    pub feed: FeedModel,
    /// Accounts with borrowed money, there from the start; none without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leverage: Option<LeverageModel>,
}

/// The instrument of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentModel {
    /// Its name.
    pub symbol: String,
    /// What it is made of.
    pub base: String,
    /// What it is priced in.
    pub quote: String,
    /// Spot or linear contract.
    pub kind: ContractKind,
    /// Tick in quote per base.
    #[schemars(with = "String")]
    pub tick_size: Fixed,
    /// Quantity step in base.
    #[schemars(with = "String")]
    pub step_size: Fixed,
    /// Price at the start, in ticks.
    pub start_ticks: i64,
    /// Maker fee in basis points of the notional.
    pub maker_bps: i64,
    /// Taker fee in basis points.
    pub taker_bps: i64,
    /// Smallest notional of an order, in quote.
    pub min_notional: i64,
}

/// The efficient price of a model: a martingale that moves by news, by jumps, and by what trades say that nobody foresaw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceModel {
    /// Standard deviation of a day's change in basis points: the root of the mean variance at pace one, jumps left out.
    pub volatility_bps_per_day: f64,
    /// Share of that variance that comes by trades; the rest is news.
    pub flow_share: f64,
    /// Pieces of news a second.
    pub news_per_second: f64,
    /// Standard deviation of the logarithm of the size of news: 0 makes all alike.
    pub news_deviation: f64,
    /// Jumps a day.
    pub jumps_per_day: f64,
    /// Mean jump up in basis points; sizes are exponential (S. Kou, "A jump-diffusion model for option pricing", 2002).
    pub jump_up_bps: f64,
    /// Mean jump down in basis points.
    pub jump_down_bps: f64,
    /// Hours after which half of the way from the starting price is gone back; 0 for never.
    pub reversion_half_life_hours: f64,
    /// Standard deviation in basis points of the move while the market was closed.
    pub overnight_bps: f64,
}

/// How the pace of a model changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaceModel {
    /// Parts of the logarithm of volatility that revert, each with a half-life of its own.
    pub factors: Vec<FactorModel>,
    /// States of the world that last for days.
    pub regimes: Vec<RegimeModel>,
    /// Multiples of volatility by hour of the day, UTC; 0 is a closed market.
    pub hours: Vec<f64>,
    /// Multiples by day of the week, Monday first; 0 is a closed day.
    pub weekdays: Vec<f64>,
    /// Multiples in the first minute of an hour, of its other quarters, and in other minutes that are multiples of five.
    pub minute_bursts: [f64; 3],
    /// How market orders and news grow with volatility: its exponent.
    pub market_exponent: f64,
    /// How limit orders and cancels grow with volatility.
    pub limit_exponent: f64,
    /// How the size of market orders grows with volatility.
    pub size_exponent: f64,
    /// How the size of limit orders shrinks with volatility.
    pub depth_exponent: f64,
}

/// One part of the logarithm of volatility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorModel {
    /// Minutes after which half of it is forgotten.
    pub half_life_minutes: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

/// A state of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeModel {
    /// What it is called.
    pub name: String,
    /// Multiple of volatility.
    pub volatility: f64,
    /// Mean stay in days.
    pub mean_stay_days: f64,
    /// Weight with which it follows another one.
    pub weight: f64,
}

/// The orders of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderModel {
    /// Market orders a second, without those that race for stale quotes.
    pub market_per_second: f64,
    /// Limit orders a second, without those that close a wide spread.
    pub limit_per_second: f64,
    /// Mean number of market orders that a market order brings about directly.
    pub market_by_market: f64,
    /// Mean number of limit orders that a market order brings about directly.
    pub limit_by_market: f64,
    /// Mean number of limit orders that a limit order brings about directly.
    pub limit_by_limit: f64,
    /// Size of market orders: points of probability in parts per million, and steps.
    pub market_sizes: Vec<(u32, i64)>,
    /// Size of limit orders.
    pub limit_sizes: Vec<(u32, i64)>,
    /// How far a market order walks at most, in basis points of the best price.
    pub slippage_bps: f64,
    /// How strongly the side of other orders leans to where the price lies within the spread: 0 to 1.
    pub lean: f64,
    /// How strongly pieces of metaorders, and news, go where the imbalance of the best queues points: 0 (not at all, as without the key) to 0.9.
    #[serde(default)]
    pub imbalance_lean: f64,
}

/// The metaorders of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetaorderModel {
    /// Share of market orders that are pieces of one.
    pub share: f64,
    /// How many are worked at once.
    pub working: u32,
    /// Exponent of the tail of their number of pieces.
    pub tail: f64,
    /// Most pieces of one.
    pub longest: u32,
    /// Pieces after which it begins to be known: after q of them all but (1 + q / this)^-1/2 of it is foreseen, so that it moves the
    /// price by the root of what it has traded.
    pub hidden_pieces: f64,
}

/// The book of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BookModel {
    /// Share of limit orders at the touch.
    pub touch_share: f64,
    /// Share of those that are gone in a moment.
    pub fleeting_share: f64,
    /// Share of the others that stay long.
    pub patient_share: f64,
    /// Mean life in seconds of orders that are fleeting, ordinary, patient.
    pub lives_seconds: [f64; 3],
    /// Scale in ticks of the distance from the touch.
    pub depth_ticks: f64,
    /// Exponent of the tail of that distance.
    pub depth_tail: f64,
    /// Farthest distance in ticks.
    pub deepest_ticks: i64,
    /// How much larger orders are far away: by this times the root of the distance in `depth_ticks`.
    pub depth_growth: f64,
}

/// The liquidity providers of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderModel {
    /// How far from the efficient price they quote at least, in ticks.
    pub edge_ticks: f64,
    /// The spread, in ticks, that they leave as it is.
    pub tight_ticks: i64,
    /// Quotes a second into a wider spread.
    pub refill_per_second: f64,
    /// Share of those quotes that are as good as can be; others are anywhere before the best price.
    pub bold_share: f64,
    /// Microseconds that somebody needs to answer to a message.
    pub round_trip_us: f64,
    /// Answers a second to quotes that the price has left, once that time is over.
    pub races_per_second: f64,
    /// Share of those that the owners of the quotes win, after news; after a trade nearly all.
    pub owners_win: f64,
    /// Seconds after which half of a turmoil is forgotten.
    pub turmoil_half_life_seconds: f64,
    /// Short-run variance, as a multiple of what is expected, from which on they withdraw.
    pub turmoil_from: f64,
    /// How strongly: liquidity is 1 / (1 + this times the root of the excess).
    pub withdrawal: f64,
    /// By how many ticks they quote wider for each such unit.
    pub fright_ticks: f64,
}

/// The feed of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedModel {
    /// Latency from venue to bot: points of probability in parts per million, and microseconds.
    pub latency_us: Vec<(u32, i64)>,
}

/// A figure of a model that makes no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {found}; expected {expected}")]
pub struct FlowModelError {
    /// Which figure.
    pub key: &'static str,
    /// Its value.
    pub found: String,
    /// What is allowed.
    pub expected: String,
}

impl InstrumentModel {
    /// The instrument traded.
    #[must_use]
    pub fn instrument(&self) -> Instrument {
        Instrument {
            symbol: self.symbol.clone(),
            venue: "synthetic".to_owned(),
            kind: self.kind,
            base: self.base.clone(),
            quote: self.quote.clone(),
            tick_size: self.tick_size,
            step_size: self.step_size,
            multiplier: Fixed::new(1, 0),
            fees: FeeSchedule {
                maker: Rate::from_bps(self.maker_bps),
                taker: Rate::from_bps(self.taker_bps),
                rounding: Rounding::TowardVenue,
                decimals: 8,
            },
            filters: Filters {
                lot: Quantity::new(1),
                min_quantity: Some(Quantity::new(1)),
                max_quantity: None,
                min_price: Some(Price::new(1)),
                max_price: None,
                min_notional: Some(Money::from_units(self.min_notional)),
                max_open_orders: Some(200),
            },
            inferred: Vec::new(),
        }
    }
}
