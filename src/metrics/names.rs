use super::{Metric, Summary};
use crate::units::{Money, SECOND, Span};

/// One figure asked for by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricValue {
    /// The figure, or why there is none.
    pub value: Metric<Figure>,
    /// The figure was configured or injected, not observed: it satisfies no criterion.
    pub assumed: bool,
}

/// A figure in its own arithmetic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A ratio or a mean.
    Number(f64),
    /// A number of things, or of nanoseconds.
    Count(u64),
    /// An exact amount.
    Money(Money),
}

impl Figure {
    /// The nearest `f64`.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Count(count) => count as f64,
            Self::Money(money) => money.to_f64(),
        }
    }
}

/// A metric that a criterion can name.
#[derive(Debug, Clone, Copy)]
pub struct MetricName {
    /// Its name.
    pub name: &'static str,
    /// Its unit: `quote` and `base` are the instrument's assets.
    pub unit: &'static str,
    /// What it means, in a line.
    pub meaning: &'static str,
    read: Read,
    source: Source,
}

/// How a metric is found in a summary.
#[derive(Debug, Clone, Copy)]
enum Read {
    Number(fn(&Summary) -> Metric<f64>),
    Known(fn(&Summary) -> f64),
    Money(fn(&Summary) -> Metric<Money>),
    Amount(fn(&Summary) -> Money),
    Count(fn(&Summary) -> u64),
    Nanos(fn(&Summary) -> Metric<u64>),
}

/// Where a metric comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    Observed,
    OrderLatency,
    FeedLatency,
}

impl MetricName {
    fn value(&self, summary: &Summary) -> MetricValue {
        let value = match self.read {
            Read::Number(read) => read(summary).map(Figure::Number),
            Read::Known(read) => Metric::Value(Figure::Number(read(summary))),
            Read::Money(read) => read(summary).map(Figure::Money),
            Read::Amount(read) => Metric::Value(Figure::Money(read(summary))),
            Read::Count(read) => Metric::Value(Figure::Count(read(summary))),
            Read::Nanos(read) => read(summary).map(Figure::Count),
        };
        let assumed = match self.source {
            Source::Observed => false,
            Source::OrderLatency => summary.latency.order_round_trip.assumed,
            Source::FeedLatency => summary.latency.feed.assumed,
        };
        MetricValue { value, assumed }
    }
}

impl Summary {
    /// The metric of that name; `None` when there is no such name (see [`names`]).
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<MetricValue> {
        names().iter().find(|metric| metric.name == name).map(|metric| metric.value(self))
    }

    fn markout(&self, seconds: i64) -> Option<&super::Markout> {
        self.markouts.iter().find(|markout| markout.horizon == SECOND.times(seconds))
    }
}

/// All metrics that a criterion can name, in the order of a report.
#[must_use]
pub fn names() -> &'static [MetricName] {
    NAMES
}

const fn metric(name: &'static str, unit: &'static str, meaning: &'static str, read: Read) -> MetricName {
    MetricName { name, unit, meaning, read, source: Source::Observed }
}

const fn order_latency(name: &'static str, meaning: &'static str, read: fn(&Summary) -> Metric<u64>) -> MetricName {
    MetricName { name, unit: "ns", meaning, read: Read::Nanos(read), source: Source::OrderLatency }
}

const fn feed_latency(name: &'static str, meaning: &'static str, read: fn(&Summary) -> Metric<u64>) -> MetricName {
    MetricName { name, unit: "ns", meaning, read: Read::Nanos(read), source: Source::FeedLatency }
}

fn seconds(span: Span) -> f64 {
    span.nanos() as f64 / SECOND.nanos() as f64
}

fn all_markout(summary: &Summary, seconds: i64) -> Metric<f64> {
    summary.markout(seconds).map_or(NO_HORIZON, |markout| markout.all.basis_points)
}

fn maker_markout(summary: &Summary, seconds: i64) -> Metric<f64> {
    summary.markout(seconds).map_or(NO_HORIZON, |markout| markout.maker.basis_points)
}

fn taker_markout(summary: &Summary, seconds: i64) -> Metric<f64> {
    summary.markout(seconds).map_or(NO_HORIZON, |markout| markout.taker.basis_points)
}

const NO_HORIZON: Metric<f64> = Metric::undefined("this run does not measure that horizon");

/// The table behind [`names`].
const NAMES: &[MetricName] = &[
    metric("days", "days", "venue time from start to end", Read::Known(|s| s.span.days)),
    metric("rows", "rows", "market rows or bars replayed", Read::Count(|s| s.span.rows)),
    metric("messages", "messages", "venue messages replayed", Read::Count(|s| s.span.messages)),
    metric("start_equity", "quote", "equity at the start", Read::Amount(|s| s.returns.start_equity)),
    metric("end_equity", "quote", "cash plus position at mid at the end", Read::Amount(|s| s.returns.end_equity)),
    metric("lowest_equity", "quote", "lowest equity at any mark", Read::Amount(|s| s.returns.lowest_equity)),
    metric("profit", "quote", "end minus start equity", Read::Amount(|s| s.returns.profit)),
    metric("total_return", "fraction", "profit over start equity", Read::Number(|s| s.returns.total_return)),
    metric(
        "volatility",
        "fraction a year",
        "annualised deviation of UTC-day returns",
        Read::Number(|s| s.returns.volatility),
    ),
    metric(
        "sharpe",
        "ratio a year",
        "annualised mean over deviation of UTC-day returns",
        Read::Number(|s| s.returns.sharpe),
    ),
    metric(
        "daily_sharpe",
        "ratio a day",
        "mean over deviation of UTC-day returns",
        Read::Number(|s| s.returns.daily_sharpe),
    ),
    metric(
        "sortino",
        "ratio a year",
        "annualised mean over downside deviation of UTC-day returns",
        Read::Number(|s| s.returns.sortino),
    ),
    metric(
        "max_drawdown",
        "fraction",
        "largest fall of equity below its peak, positive",
        Read::Number(|s| s.drawdown.fraction),
    ),
    metric(
        "max_drawdown_money",
        "quote",
        "largest fall of equity below its peak, positive",
        Read::Amount(|s| s.drawdown.money),
    ),
    metric(
        "longest_under_water",
        "s",
        "longest time from a peak until equity was back",
        Read::Known(|s| seconds(s.drawdown.longest_under_water)),
    ),
    metric("time_under_water", "fraction", "share of time below a peak", Read::Number(|s| s.drawdown.time_under_water)),
    metric("round_trips", "trips", "closed round trips, flat to flat", Read::Count(|s| s.trades.closed)),
    metric("win_rate", "fraction", "winning over winning plus losing round trips", Read::Number(|s| s.trades.win_rate)),
    metric("payoff", "ratio", "mean win over mean loss", Read::Number(|s| s.trades.payoff)),
    metric("profit_factor", "ratio", "sum of wins over sum of losses", Read::Number(|s| s.trades.profit_factor)),
    metric("expectancy", "quote", "mean net result of a round trip", Read::Money(|s| s.trades.expectancy)),
    metric("worst_trip", "quote", "worst round trip", Read::Money(|s| s.trades.worst)),
    metric("orders", "orders", "orders sent", Read::Count(|s| s.orders.sent)),
    metric("orders_accepted", "orders", "orders the venue accepted", Read::Count(|s| s.orders.accepted)),
    metric("orders_rejected", "orders", "orders the venue rejected", Read::Count(|s| s.orders.rejected)),
    metric("orders_refused", "intents", "intents that a gate refused", Read::Count(|s| s.orders.refused)),
    metric("orders_filled", "orders", "orders filled whole", Read::Count(|s| s.orders.filled)),
    metric(
        "orders_cancelled",
        "orders",
        "orders that ended because the bot asked",
        Read::Count(|s| s.orders.cancelled),
    ),
    metric(
        "requests_rejected",
        "requests",
        "cancels and amends the venue rejected",
        Read::Count(|s| s.orders.requests_rejected),
    ),
    metric(
        "requests_refused",
        "requests",
        "cancels and amends a gate refused",
        Read::Count(|s| s.orders.requests_refused),
    ),
    metric("open_orders_max", "orders", "most orders open at a mark", Read::Count(|s| s.orders.open_orders_max as u64)),
    metric("fills", "fills", "executions", Read::Count(|s| s.execution.fills)),
    metric("fill_ratio", "fraction", "executed over sent quantity", Read::Number(|s| s.orders.fill_ratio_quantity)),
    metric(
        "fill_ratio_orders",
        "fraction",
        "orders with a fill over orders sent",
        Read::Number(|s| s.orders.fill_ratio_any),
    ),
    metric(
        "fill_ratio_complete",
        "fraction",
        "orders filled whole over orders sent",
        Read::Number(|s| s.orders.fill_ratio_complete),
    ),
    metric("cancel_to_fill", "ratio", "cancels sent over fills", Read::Number(|s| s.orders.cancel_to_fill)),
    metric(
        "order_to_trade",
        "ratio",
        "orders, amends and cancels sent over fills",
        Read::Number(|s| s.orders.order_to_trade),
    ),
    metric(
        "maker_ratio",
        "fraction",
        "maker share of the executed quantity",
        Read::Number(|s| s.execution.maker_ratio_quantity),
    ),
    metric(
        "maker_ratio_notional",
        "fraction",
        "maker share of the traded notional",
        Read::Number(|s| s.execution.maker_ratio_notional),
    ),
    metric("traded_notional", "quote", "price x quantity of all fills", Read::Amount(|s| s.execution.traded_notional)),
    metric("fees", "quote", "fees paid less rebates", Read::Amount(|s| s.execution.fees)),
    metric(
        "spread_capture",
        "quote",
        "sum of side x (mid at fill - price) x quantity",
        Read::Amount(|s| s.profit.spread_capture),
    ),
    metric("inventory_profit", "quote", "what mid changes did to the position", Read::Amount(|s| s.profit.inventory)),
    metric(
        "markout_1s",
        "basis points",
        "mid 1 s after fills against their price, by quantity",
        Read::Number(|s| all_markout(s, 1)),
    ),
    metric(
        "markout_10s",
        "basis points",
        "mid 10 s after fills against their price, by quantity",
        Read::Number(|s| all_markout(s, 10)),
    ),
    metric(
        "markout_60s",
        "basis points",
        "mid 60 s after fills against their price, by quantity",
        Read::Number(|s| all_markout(s, 60)),
    ),
    metric("maker_markout_1s", "basis points", "the same of maker fills, 1 s", Read::Number(|s| maker_markout(s, 1))),
    metric(
        "maker_markout_10s",
        "basis points",
        "the same of maker fills, 10 s",
        Read::Number(|s| maker_markout(s, 10)),
    ),
    metric(
        "maker_markout_60s",
        "basis points",
        "the same of maker fills, 60 s",
        Read::Number(|s| maker_markout(s, 60)),
    ),
    metric("taker_markout_1s", "basis points", "the same of taker fills, 1 s", Read::Number(|s| taker_markout(s, 1))),
    metric(
        "taker_markout_10s",
        "basis points",
        "the same of taker fills, 10 s",
        Read::Number(|s| taker_markout(s, 10)),
    ),
    metric(
        "taker_markout_60s",
        "basis points",
        "the same of taker fills, 60 s",
        Read::Number(|s| taker_markout(s, 60)),
    ),
    metric("position_end", "base", "position at the end", Read::Money(|s| s.inventory.known(|held| held.end))),
    metric("position_longest", "base", "longest position", Read::Money(|s| s.inventory.known(|held| held.longest))),
    metric(
        "position_shortest",
        "base",
        "shortest position, negative",
        Read::Money(|s| s.inventory.known(|held| held.shortest)),
    ),
    metric(
        "position_max",
        "base",
        "largest absolute position",
        Read::Money(|s| s.inventory.known(|held| held.longest.max(held.shortest.abs()))),
    ),
    metric(
        "position_mean_absolute",
        "base",
        "time-weighted mean of the absolute position",
        Read::Number(|s| s.inventory.figure(|held| held.mean_absolute)),
    ),
    metric(
        "time_in_market",
        "fraction",
        "share of time with a position",
        Read::Number(|s| s.inventory.figure(|held| held.time_in_market)),
    ),
    metric(
        "turnover",
        "1 a day",
        "traded notional over mean equity per day",
        Read::Number(|s| s.exposure.turnover_per_day),
    ),
    metric(
        "gross_exposure",
        "fraction",
        "mean absolute position value over mean equity",
        Read::Number(|s| s.exposure.gross),
    ),
    metric(
        "gross_exposure_max",
        "quote",
        "largest absolute position value at a mark",
        Read::Amount(|s| s.exposure.gross_max),
    ),
    metric(
        "spread_ticks",
        "ticks",
        "time-weighted mean spread of the market",
        Read::Number(|s| s.spread.figure(|spread| spread.mean_ticks)),
    ),
    metric(
        "gate_trips",
        "trips",
        "times a breaker or the kill switch tripped",
        Read::Count(|s| s.gates.iter().map(|gate| gate.tripped).sum()),
    ),
    metric(
        "ambiguous_fills",
        "fills",
        "fills that depended on the assumed path inside a bar",
        Read::Count(|s| s.ambiguous.count),
    ),
    metric("ambiguous_money", "quote", "money at stake in ambiguous fills", Read::Amount(|s| s.ambiguous.at_stake)),
    order_latency("order_latency_p50", "median from sending a request to learning of the answer", |s| {
        s.latency.order_round_trip.p50_ns
    }),
    order_latency("order_latency_p99", "99th percentile of the same", |s| s.latency.order_round_trip.p99_ns),
    order_latency("order_latency_max", "largest of the same", |s| s.latency.order_round_trip.max_ns),
    feed_latency("feed_latency_p50", "median from the venue's stamp to the bot's", |s| s.latency.feed.p50_ns),
    feed_latency("feed_latency_p99", "99th percentile of the same", |s| s.latency.feed.p99_ns),
    feed_latency("feed_latency_max", "largest of the same", |s| s.latency.feed.max_ns),
];
