use super::alerts::AlertStatistics;
use super::commands::Told;
use super::days::DaySummary;
use super::moved::MovedStatistics;
use super::operation::Operation;
use super::wire::WireStatistics;
use super::{Metric, PerMarket};
use crate::model::{Liquidity, MarketId, Side};
use crate::units::{Fixed, Money, Span, Timestamp};
use serde::Serialize;

/// All figures of one run. Money is exact text, ratios are numbers, what cannot be said is `null` with a reason.
///
/// Quantities are exact amounts of `base` (of contracts, where one step is a part of a contract): steps x step size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// What the figures were computed with.
    pub conventions: Conventions,
    /// How much was replayed.
    pub span: SpanSummary,
    /// Equity and returns.
    pub returns: Returns,
    /// The deepest fall of equity below its peak.
    pub drawdown: Drawdown,
    /// Closed round trips.
    pub trades: TradeStatistics,
    /// What was asked of the venue and what became of it.
    pub orders: OrderStatistics,
    /// Executions.
    pub execution: ExecutionStatistics,
    /// What the market did after fills; one row per horizon, shortest first.
    pub markouts: Vec<Markout>,
    /// Position held.
    pub inventory: PerMarket<InventoryStatistics>,
    /// Turnover and exposure.
    pub exposure: ExposureStatistics,
    /// Where the profit came from; the parts add up to the total exactly.
    pub profit: ProfitSplit,
    /// The market's spread, sampled by the risk clock.
    pub spread: PerMarket<SpreadStatistics>,
    /// Delays.
    pub latency: LatencyStatistics,
    /// Gates that refused or tripped, by gate number.
    pub gates: Vec<GateStatistics>,
    /// What the bot was told, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Told>,
    /// What moved the account without a fill.
    #[serde(skip_serializing_if = "MovedStatistics::is_empty")]
    pub moved: MovedStatistics,
    /// What a person heard of.
    #[serde(skip_serializing_if = "AlertStatistics::is_empty")]
    pub alerts: AlertStatistics,
    /// What went wrong on wires that can lose messages.
    #[serde(skip_serializing_if = "WireStatistics::is_empty")]
    pub wire: WireStatistics,
    /// Fills inside bars whose outcome depended on the assumed path.
    pub ambiguous: AmbiguousFills,
    /// Day by day, UTC; only of a whole run ([`RunFold`](super::RunFold)).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DaySummary>,
    /// What was asked of venues, and how long it took to be well again; only of a whole run.
    #[serde(skip_serializing_if = "Operation::is_empty")]
    pub operation: Operation,
    /// What is plotted; decimated, extremes kept. Prices, positions, spreads and feed latency of several markets are with
    /// each of them.
    pub series: PlotSeries,
    /// Each market apart, when there are several; empty when there is one.
    pub markets: Vec<MarketSummary>,
}

/// The figures of one of several markets. Their profits add up to the account's (but for what an opening position did
/// before its first mid).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarketSummary {
    /// Which market: the place of its tape.
    pub market: MarketId,
    /// Symbol of its instrument, scales, and the distance of marks.
    pub conventions: Conventions,
    /// Closed round trips.
    pub trades: TradeStatistics,
    /// What was asked of its venue and what became of it.
    pub orders: OrderStatistics,
    /// Executions.
    pub execution: ExecutionStatistics,
    /// What the market did after fills.
    pub markouts: Vec<Markout>,
    /// Position held.
    pub inventory: PerMarket<InventoryStatistics>,
    /// Where the profit made in this market came from; an opening position counts from its first mid on.
    pub profit: ProfitSplit,
    /// The market's spread.
    pub spread: PerMarket<SpreadStatistics>,
    /// Delays.
    pub latency: LatencyStatistics,
    /// What is plotted; the equity is the profit made in this market.
    #[serde(skip)]
    pub series: PlotSeries,
}

impl MarketSummary {
    /// The whole run's summary with this market's figures in place of those of all: for whoever reads both alike. What
    /// compares with the account's equity stays the account's.
    #[must_use]
    pub fn in_place_of(&self, whole: &Summary) -> Summary {
        Summary {
            conventions: self.conventions.clone(),
            trades: self.trades.clone(),
            orders: self.orders.clone(),
            execution: self.execution.clone(),
            markouts: self.markouts.clone(),
            inventory: self.inventory.clone(),
            profit: self.profit.clone(),
            spread: self.spread.clone(),
            latency: self.latency.clone(),
            series: self.series.clone(),
            markets: Vec::new(),
            ..whole.clone()
        }
    }

    /// The figures of a market that was folded as if it were the only one, from an equity of zero: what compares with an
    /// equity is left out.
    pub(super) fn of(market: MarketId, alone: Summary) -> Self {
        Self {
            market,
            conventions: alone.conventions,
            trades: alone.trades,
            orders: alone.orders,
            execution: alone.execution,
            markouts: alone.markouts,
            inventory: alone.inventory,
            profit: alone.profit,
            spread: alone.spread,
            latency: alone.latency,
            series: alone.series,
        }
    }
}

/// What the figures were computed with: printed on every report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conventions {
    /// Symbol of the instrument; of several, all of them.
    pub symbol: String,
    /// Asset that quantities are in.
    pub base: PerMarket<String>,
    /// Asset that money is in.
    pub quote: String,
    /// Size of one tick in quote per base.
    pub tick_size: PerMarket<Fixed>,
    /// Size of one quantity step.
    pub step_size: PerMarket<Fixed>,
    /// Return periods in a year: 365 for a market that never closes.
    pub periods_per_year: u32,
    /// Days from which on an annualised figure may be a headline.
    pub headline_days: u32,
    /// The usual distance between two marks of the risk clock: the resolution of equity and spread.
    pub mark_interval: Metric<Span>,
}

/// How much was replayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanSummary {
    /// Venue time the run starts at.
    pub start: Timestamp,
    /// Venue time the run ended at.
    pub end: Timestamp,
    /// Days of venue time between them.
    pub days: f64,
    /// Market rows (or bars) replayed.
    pub rows: u64,
    /// Venue messages replayed.
    pub messages: u64,
    /// Journal entries.
    pub entries: u64,
    /// Ticks of the risk clock.
    pub marks: u64,
    /// The journal has an end: the run was not cut off.
    pub complete: bool,
}

/// Equity and returns. A UTC day closes with its last mark; a mark at midnight closes the day before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Returns {
    /// Equity at the start.
    pub start_equity: Money,
    /// Equity at the end: cash plus position at mid.
    pub end_equity: Money,
    /// Lowest equity at any mark, and just before the owner moved any.
    pub lowest_equity: Money,
    /// End minus start, and minus what the owner put in.
    pub profit: Money,
    /// What the owner put in since the start, less what was taken out; `None` where nothing was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocations: Option<Money>,
    /// Profit as a fraction of the start equity; where the owner moved money, the returns before and after each time, linked.
    pub total_return: Metric<f64>,
    /// One row per UTC day with marks; first and last may be partial days, which are no daily returns.
    pub days: Vec<DayReturn>,
    /// Number of daily returns behind the ratios: whole UTC days.
    pub periods: u32,
    /// True when there are enough days for annualised figures to be a headline.
    pub annualised_is_headline: bool,
    /// Sample standard deviation (n - 1) of daily returns.
    pub daily_volatility: Metric<f64>,
    /// The same times the root of the periods in a year; like every figure per year undefined below `headline_days` days.
    pub volatility: Metric<f64>,
    /// Mean daily return over its standard deviation; risk-free rate 0.
    pub daily_sharpe: Metric<f64>,
    /// The same, annualised.
    pub sharpe: Metric<f64>,
    /// Standard error of the daily Sharpe ratio, from skew and raw kurtosis of the days.
    pub daily_sharpe_error: Metric<f64>,
    /// Mean daily return over the downside deviation about 0; all days in the denominator.
    pub daily_sortino: Metric<f64>,
    /// The same, annualised.
    pub sortino: Metric<f64>,
}

/// One UTC day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayReturn {
    /// The day: `2024-08-08`.
    pub day: String,
    /// Equity at its last mark.
    pub close: Money,
    /// Change of equity since the previous close (or the start), without what the owner moved.
    pub profit: Money,
    /// The same as a fraction.
    pub fraction: Metric<f64>,
    /// The run covers only a part of this day.
    pub partial: bool,
}

/// Falls of equity below its peak, seen at marks. The first peak is the start equity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawdown {
    /// Largest fall as a fraction of its peak, as a positive number; 0 when equity never fell.
    pub fraction: Metric<f64>,
    /// Largest fall in money, which can be another one.
    pub money: Money,
    /// The episode with the largest fraction; `None` when equity never fell.
    pub deepest: Option<DrawdownEpisode>,
    /// Longest time from a peak until equity was back at it (or the end).
    pub longest_under_water: Span,
    /// Time under water as a fraction of the run.
    pub time_under_water: Metric<f64>,
    /// Equity ends below its peak.
    pub is_open: bool,
}

/// One fall from a peak and the way back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawdownEpisode {
    /// Equity at the peak, moved by what the owner has put in or taken out since.
    pub peak: Money,
    /// Equity at the lowest point.
    pub trough: Money,
    /// Last mark at the peak.
    pub peak_at: Timestamp,
    /// First mark at the lowest point.
    pub trough_at: Timestamp,
    /// First mark at or above the peak again; `None` while open.
    pub recovered_at: Option<Timestamp>,
    /// Peak to trough.
    pub fall: Span,
    /// Trough to recovery; undefined while open.
    pub recovery: Metric<Span>,
}

/// Closed round trips: from flat to flat, net of fees. A fill that turns the position closes one trip and opens the
/// next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeStatistics {
    /// Closed round trips, scratches included.
    pub closed: u64,
    /// Of these with a profit.
    pub wins: u64,
    /// Of these with a loss.
    pub losses: u64,
    /// Of these with exactly nothing.
    pub scratches: u64,
    /// A position is open at the end; it is in no figure here.
    pub is_open: bool,
    /// The run began with a position, whose cost is unknown: its trip is in no figure here.
    pub began_open: bool,
    /// Wins over wins plus losses.
    pub win_rate: Metric<f64>,
    /// Mean win over mean loss.
    pub payoff: Metric<f64>,
    /// Sum of wins over sum of losses.
    pub profit_factor: Metric<f64>,
    /// Mean net result of a round trip, scratches included; rounded toward zero at 10^-18.
    pub expectancy: Metric<Money>,
    /// Sum of wins.
    pub gross_profit: Money,
    /// Sum of losses, as a positive amount.
    pub gross_loss: Money,
    /// Best round trip.
    pub best: Metric<Money>,
    /// Worst round trip.
    pub worst: Metric<Money>,
    /// Mean time from first to last fill of a round trip.
    pub mean_holding: Metric<Span>,
}

/// A number of things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The kind, in words.
    pub name: &'static str,
    /// How many.
    pub count: u64,
}

/// What was asked of the venue and what became of it. Ratios compare with quantities as first sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OrderStatistics {
    /// Orders sent.
    pub sent: u64,
    /// Intents a gate refused: no order exists.
    pub refused: u64,
    /// Orders the venue accepted.
    pub accepted: u64,
    /// Orders the venue rejected.
    pub rejected: u64,
    /// Rejected orders by reason; reasons that did not occur are left out.
    pub rejected_by_reason: Vec<Count>,
    /// Cancels sent.
    pub cancels_sent: u64,
    /// Amends sent.
    pub amends_sent: u64,
    /// Amends done.
    pub amended: u64,
    /// Cancels and amends that a gate refused.
    pub requests_refused: u64,
    /// Cancels and amends that the venue rejected.
    pub requests_rejected: u64,
    /// Rejected cancels and amends by reason.
    pub requests_rejected_by_reason: Vec<Count>,
    /// Orders whose open rest ended.
    pub ended: u64,
    /// The same by reason.
    pub ended_by_reason: Vec<Count>,
    /// Orders that ended because the bot asked.
    pub cancelled: u64,
    /// Stops that fired.
    pub triggered: u64,
    /// Fills that the venue took back. They count among the fills all the same: they were executed.
    #[serde(skip_serializing_if = "is_nothing")]
    pub busted: u64,
    /// Fills that the venue gave another price, each time.
    #[serde(skip_serializing_if = "is_nothing")]
    pub corrected: u64,
    /// Orders with at least one fill.
    pub touched: u64,
    /// Orders filled whole.
    pub filled: u64,
    /// Executed quantity over sent quantity; undefined when an amend asked for another quantity.
    pub fill_ratio_quantity: Metric<f64>,
    /// Orders with at least one fill over orders sent.
    pub fill_ratio_any: Metric<f64>,
    /// Orders filled whole over orders sent.
    pub fill_ratio_complete: Metric<f64>,
    /// Cancels sent over fills.
    pub cancel_to_fill: Metric<f64>,
    /// Orders, amends and cancels sent over fills.
    pub order_to_trade: Metric<f64>,
    /// Most orders open at a mark.
    pub open_orders_max: u32,
}

/// Executions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExecutionStatistics {
    /// Fills.
    pub fills: u64,
    /// Of these resting.
    pub maker_fills: u64,
    /// Of these taking.
    pub taker_fills: u64,
    /// Quantity bought.
    pub bought: PerMarket<Money>,
    /// Quantity sold.
    pub sold: PerMarket<Money>,
    /// Price x quantity of all fills.
    pub traded_notional: Money,
    /// Maker share of the executed quantity.
    pub maker_ratio_quantity: Metric<f64>,
    /// Maker share of the traded notional.
    pub maker_ratio_notional: Metric<f64>,
    /// Fees paid, rebates deducted; negative when rebates prevail.
    pub fees: Money,
    /// Fees of maker fills.
    pub maker_fees: Money,
    /// Fees of taker fills.
    pub taker_fees: Money,
    /// Fees over traded notional.
    pub fee_rate: Metric<f64>,
}

/// What the mid did within one horizon after fills. Positive is good for the bot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Markout {
    /// Time after the fill.
    pub horizon: Span,
    /// All fills.
    pub all: MarkoutFigures,
    /// Fills of resting orders.
    pub maker: MarkoutFigures,
    /// Fills that took.
    pub taker: MarkoutFigures,
    /// Fills left out because the data end before the horizon does, or hold no mid between the two (a horizon shorter than a bar).
    pub dropped: u64,
}

/// Markouts of one kind of fill: side x (mid at or before fill time + horizon - price).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkoutFigures {
    /// Fills measured.
    pub fills: u64,
    /// Quantity-weighted mean, in basis points of the fill price.
    pub basis_points: Metric<f64>,
    /// Sum over all quantity, exact.
    pub money: Metric<Money>,
}

/// Position held, weighted with venue time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InventoryStatistics {
    /// Position at the start.
    pub start: Money,
    /// Position at the end.
    pub end: Money,
    /// Longest position; 0 when never long.
    pub longest: Money,
    /// Shortest position, as a negative amount; 0 when never short.
    pub shortest: Money,
    /// Mean of the absolute position.
    pub mean_absolute: Metric<f64>,
    /// Root of the mean squared position.
    pub rms: Metric<f64>,
    /// Share of the time with a position.
    pub time_in_market: Metric<f64>,
}

/// Turnover and exposure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExposureStatistics {
    /// Time-weighted mean equity.
    pub mean_equity: Metric<f64>,
    /// Traded notional over mean equity per day; undefined for less than a day.
    pub turnover_per_day: Metric<f64>,
    /// Mean absolute position value at mid over mean equity.
    pub gross: Metric<f64>,
    /// Mean signed position value at mid over mean equity.
    pub net: Metric<f64>,
    /// Largest absolute position value at mid, at a mark.
    pub gross_max: Money,
}

/// Where the profit came from: `total = spread_capture + inventory - fees + funding + adjustments + set_right`, exactly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProfitSplit {
    /// End equity minus start equity, and minus what the owner put in.
    pub total: Money,
    /// Sum of side x (mid at the fill - price) x quantity.
    pub spread_capture: Money,
    /// What mid changes did to the position held.
    pub inventory: Money,
    /// Fees paid, rebates deducted.
    pub fees: Money,
    /// Funding received (negative: paid), a part of the total; undefined where a run has none.
    pub funding: Metric<Money>,
    /// Corrections by hand, a part of the total; `None` where a run has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustments: Option<Money>,
    /// What busts and corrections brought (negative: took away), a part of the total; `None` where a run has none. Each is worth side x (last
    /// mid - price) x quantity of what it posts, the mid being that of the last mark or fill: it takes back the spread that the fill had captured and what the mid has done to it
    /// since. The fee given back is among the fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_right: Option<Money>,
    /// Marks at which journalled equity was compared with an independent sum of the parts and found equal.
    pub marks_checked: u64,
    /// Marks with a one-sided or empty book, at which equity could not be compared.
    pub marks_unchecked: u64,
    /// Fills without a mid at that moment: the last known mid was used, or else the fill's own price.
    pub fills_without_mid: u64,
}

/// The market's spread at the ticks of the risk clock, weighted with the time to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpreadStatistics {
    /// Mean, in ticks.
    pub mean_ticks: Metric<f64>,
    /// Median, in ticks.
    pub median_ticks: Metric<u64>,
    /// 95th percentile, in ticks.
    pub p95_ticks: Metric<u64>,
    /// Widest, in ticks.
    pub max_ticks: Metric<u64>,
    /// Mean, in basis points of the mid.
    pub mean_basis_points: Metric<f64>,
    /// Share of time at one tick.
    pub one_tick_share: Metric<f64>,
    /// Marks at which a side was empty, or no book was known.
    pub one_sided: u64,
    /// Marks at which bid was at or above ask.
    pub crossed: u64,
}

/// Delays. Percentiles are within 0.1 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LatencyStatistics {
    /// From sending a request to learning of the answer.
    pub order_round_trip: Percentiles,
    /// From sending a request to its arrival at the venue.
    pub order_entry: Percentiles,
    /// From a match to learning of it.
    pub order_response: Percentiles,
    /// From the venue's stamp to the bot's, of the market message last seen at a mark.
    pub feed: Percentiles,
}

/// Percentiles of a delay in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Percentiles {
    /// The delay was configured or injected, not observed: it satisfies no criterion.
    pub assumed: bool,
    /// Measurements.
    pub count: u64,
    /// Negative ones, counted as zero: the clocks disagree.
    pub negative: u64,
    /// Smallest.
    pub min_ns: Metric<u64>,
    /// Mean.
    pub mean_ns: Metric<f64>,
    /// 50th percentile.
    pub p50_ns: Metric<u64>,
    /// 90th percentile.
    pub p90_ns: Metric<u64>,
    /// 99th percentile.
    pub p99_ns: Metric<u64>,
    /// 99.9th percentile.
    pub p999_ns: Metric<u64>,
    /// Largest.
    pub max_ns: Metric<u64>,
}

/// What one gate did. Its name is in the run's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateStatistics {
    /// The gate's number.
    pub gate: u8,
    /// Orders refused.
    pub refused_orders: u64,
    /// Cancels and amends refused.
    pub refused_requests: u64,
    /// Times it tripped.
    pub tripped: u64,
    /// Times it opened again.
    pub cleared: u64,
}

/// Fills inside bars whose outcome depended on the assumed path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmbiguousFills {
    /// How many.
    pub count: u64,
    /// Money between the outcomes taken and the worst ones for the bot.
    pub at_stake: Money,
}

/// One plotted point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Venue time.
    pub at: Timestamp,
    /// Value in the series' unit.
    pub value: f64,
}

/// Some samples that follow each other, plotted as one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandPoint {
    /// Venue time of the first of them.
    pub at: Timestamp,
    /// The lowest, in the series' unit.
    pub low: f64,
    /// Their mean.
    pub mean: f64,
    /// The highest.
    pub high: f64,
}

/// One plotted fill.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FillPoint {
    /// Venue time.
    pub at: Timestamp,
    /// Price in quote per base.
    pub price: f64,
    /// Buy or sell.
    pub side: Side,
    /// Maker or taker.
    pub liquidity: Liquidity,
}

/// A breaker or the kill switch changed its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GateTurn {
    /// When.
    pub at: Timestamp,
    /// Number of the gate.
    pub gate: u8,
    /// It tripped; else it opened again.
    pub tripped: bool,
}

/// What is plotted: at most 4,000 points each, minimum and maximum of every stretch of time kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlotSeries {
    /// Equity in quote.
    pub equity: Vec<Point>,
    /// Fall below the peak as a fraction, 0 or negative.
    pub drawdown: Vec<Point>,
    /// Mid in quote per base.
    pub mid: Vec<Point>,
    /// Fills; about one in `fills_stride`, evenly chosen, where there are more than 4,000.
    pub fills: Vec<FillPoint>,
    /// Of about how many fills one is in `fills`; a power of two.
    pub fills_stride: u64,
    /// Position in base.
    pub inventory: Vec<Point>,
    /// Spread in ticks.
    pub spread: Vec<BandPoint>,
    /// Order round trip in nanoseconds, at the time of the match.
    pub order_round_trip: Vec<BandPoint>,
    /// Feed latency in nanoseconds.
    pub feed_latency: Vec<BandPoint>,
    /// Requests that gates refused, counted in bins of equal length, at the start of each; none where nothing was refused.
    pub refusals: Vec<Point>,
    /// When gates tripped and opened; the first 200 times.
    pub turns: Vec<GateTurn>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_nothing(count: &u64) -> bool {
    *count == 0
}
