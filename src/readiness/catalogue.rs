use super::{Measured, Measurements, Quality, Unit, Value};
use crate::metrics::{DaySummary, Endpoint, Metric, Percentiles, Summary, Trouble};
use crate::units::{DAY, Money, Span};

/// One metric that criteria can name.
pub struct MetricRow {
    /// Stable name, as written in a criterion.
    pub name: &'static str,
    /// For people, a few words.
    pub label: &'static str,
    unit: Kind,
    read: fn(&Summary) -> Reading,
}

/// Units before the assets are known.
#[derive(Clone, Copy)]
enum Kind {
    Quote,
    Base,
    Fraction,
    Plain,
    Count,
    BasisPoints,
    Ticks,
    Milliseconds,
    Seconds,
    Days,
}

struct Reading {
    value: Metric<Value>,
    n: Option<u64>,
    /// What was configured; `None` for what was observed.
    assumed: Option<&'static str>,
}

impl Reading {
    fn new(value: Metric<Value>) -> Self {
        Self { value, n: None, assumed: None }
    }

    fn of(mut self, n: u64) -> Self {
        self.n = Some(n);
        self
    }

    /// A figure that whoever wrote the scenario or the tape's schedule chose.
    fn configured(mut self, what: &'static str) -> Self {
        self.assumed = Some(what);
        self
    }
}

const OPENING: &str = "the opening balances are configured";
const LENGTH: &str = "how much is replayed is configured";
/// Subject of the figures that only runs on a wire have.
pub const WIRE_SUBJECT: &str = "On the wire";
const INJECTED: &str = "faults are injected";
const SCHEDULE: &str = "the fee schedule is configured";

fn money(amount: Money) -> Reading {
    Reading::new(Metric::Value(Value::Money(amount)))
}

fn amount(metric: &Metric<Money>) -> Reading {
    Reading::new(metric.map(Value::Money))
}

fn count(count: u64) -> Reading {
    Reading::new(Metric::Value(Value::Count(count)))
}

fn counted(metric: &Metric<u64>) -> Reading {
    Reading::new(metric.map(Value::Count))
}

fn real(metric: &Metric<f64>) -> Reading {
    Reading::new(metric.map(Value::Real))
}

fn seconds(span: Span) -> Value {
    Value::Real(span.nanos() as f64 / 1e9)
}

fn delay(percentiles: &Percentiles, nanos: &Metric<u64>) -> Reading {
    Reading {
        value: nanos.map(|nanos| Value::Real(nanos as f64 / 1e6)),
        n: Some(percentiles.count),
        assumed: percentiles.assumed.then_some("the delay was configured"),
    }
}

fn markout(summary: &Summary, horizon_s: i64) -> Reading {
    let horizon = Span::from_nanos(horizon_s * 1_000_000_000);
    match summary.markouts.iter().find(|markout| markout.horizon == horizon) {
        Some(markout) => real(&markout.all.basis_points).of(markout.all.fills),
        None => Reading::new(Metric::undefined("this horizon was not measured")),
    }
}

const fn row(name: &'static str, label: &'static str, unit: Kind, read: fn(&Summary) -> Reading) -> MetricRow {
    MetricRow { name, label, unit, read }
}

/// Every metric a criterion can name, by subject.
const CATALOGUE: &[(&str, &[MetricRow])] = &[
    ("Result", RESULT),
    ("Risk", RISK),
    ("Round trips", TRADES),
    ("Orders", ORDERS),
    ("Operation", OPERATION),
    ("Fills", FILLS),
    ("Position", POSITION),
    ("Market", MARKET),
    ("Delays", DELAYS),
    (WIRE_SUBJECT, WIRE),
];

const RESULT: &[MetricRow] = &[
    row("profit", "Profit", Kind::Quote, |s| money(s.returns.profit)),
    row("total_return", "Total return", Kind::Fraction, |s| real(&s.returns.total_return)),
    row("start_equity", "Equity at the start", Kind::Quote, |s| money(s.returns.start_equity).configured(OPENING)),
    row("end_equity", "Equity at the end", Kind::Quote, |s| money(s.returns.end_equity)),
    row("lowest_equity", "Lowest equity", Kind::Quote, |s| money(s.returns.lowest_equity)),
    row("spread_capture", "Spread captured", Kind::Quote, |s| money(s.profit.spread_capture)),
    row("inventory_profit", "Profit on inventory", Kind::Quote, |s| money(s.profit.inventory)),
    row("fees", "Fees paid", Kind::Quote, |s| money(s.profit.fees)),
    row("run_days", "Days replayed", Kind::Days, |s| {
        Reading::new(Metric::Value(Value::Real(s.span.days))).configured(LENGTH)
    }),
    row("rows", "Market rows replayed", Kind::Count, |s| count(s.span.rows).configured(LENGTH)),
];

const RISK: &[MetricRow] = &[
    row("max_drawdown", "Largest drawdown", Kind::Fraction, |s| real(&s.drawdown.fraction).of(s.span.marks)),
    row("max_drawdown_money", "Largest drawdown in money", Kind::Quote, |s| money(s.drawdown.money).of(s.span.marks)),
    row("longest_under_water_s", "Longest time under water", Kind::Seconds, |s| {
        Reading::new(Metric::Value(seconds(s.drawdown.longest_under_water)))
    }),
    row("time_under_water", "Time under water", Kind::Fraction, |s| real(&s.drawdown.time_under_water)),
    row("daily_volatility", "Volatility per day", Kind::Fraction, |s| daily(s, &s.returns.daily_volatility)),
    row("volatility", "Volatility per year", Kind::Fraction, |s| daily(s, &s.returns.volatility)),
    row("daily_sharpe", "Sharpe ratio per day", Kind::Plain, |s| daily(s, &s.returns.daily_sharpe)),
    row("sharpe", "Sharpe ratio per year", Kind::Plain, |s| daily(s, &s.returns.sharpe)),
    row("daily_sortino", "Sortino ratio per day", Kind::Plain, |s| daily(s, &s.returns.daily_sortino)),
    row("sortino", "Sortino ratio per year", Kind::Plain, |s| daily(s, &s.returns.sortino)),
    row("return_days", "Daily returns", Kind::Count, |s| count(u64::from(s.returns.periods)).configured(LENGTH)),
];

fn daily(summary: &Summary, metric: &Metric<f64>) -> Reading {
    real(metric).of(u64::from(summary.returns.periods))
}

const TRADES: &[MetricRow] = &[
    row("trades_closed", "Round trips closed", Kind::Count, |s| count(s.trades.closed)),
    row("win_rate", "Win rate", Kind::Fraction, |s| real(&s.trades.win_rate).of(s.trades.wins + s.trades.losses)),
    row("payoff", "Payoff (mean win / mean loss)", Kind::Plain, |s| real(&s.trades.payoff).of(s.trades.closed)),
    row("profit_factor", "Profit factor", Kind::Plain, |s| real(&s.trades.profit_factor).of(s.trades.closed)),
    row("expectancy", "Mean result of a round trip", Kind::Quote, |s| amount(&s.trades.expectancy).of(s.trades.closed)),
    row("best_trade", "Best round trip", Kind::Quote, |s| amount(&s.trades.best).of(s.trades.closed)),
    row("worst_trade", "Worst round trip", Kind::Quote, |s| amount(&s.trades.worst).of(s.trades.closed)),
    row("mean_holding_s", "Mean holding time", Kind::Seconds, |s| {
        Reading::new(s.trades.mean_holding.map(seconds)).of(s.trades.closed)
    }),
];

const ORDERS: &[MetricRow] = &[
    row("orders_sent", "Orders sent", Kind::Count, |s| count(s.orders.sent)),
    row("orders_refused", "Intents refused by gates", Kind::Count, |s| count(s.orders.refused)),
    row("orders_accepted", "Orders accepted", Kind::Count, |s| count(s.orders.accepted)),
    row("orders_rejected", "Orders rejected by the venue", Kind::Count, |s| count(s.orders.rejected)),
    row("requests_rejected", "Cancels and amends rejected", Kind::Count, |s| count(s.orders.requests_rejected)),
    row("orders_filled", "Orders filled whole", Kind::Count, |s| count(s.orders.filled)),
    row("fill_ratio", "Fill ratio by quantity", Kind::Fraction, |s| sent(s, &s.orders.fill_ratio_quantity)),
    row("fill_ratio_any", "Orders with any fill", Kind::Fraction, |s| sent(s, &s.orders.fill_ratio_any)),
    row("fill_ratio_complete", "Orders filled whole", Kind::Fraction, |s| sent(s, &s.orders.fill_ratio_complete)),
    row("cancel_to_fill", "Cancels per fill", Kind::Plain, |s| real(&s.orders.cancel_to_fill)),
    row("order_to_trade", "Requests per fill", Kind::Plain, |s| real(&s.orders.order_to_trade)),
    row("open_orders_max", "Most open orders", Kind::Count, |s| count(u64::from(s.orders.open_orders_max))),
];

fn sent(summary: &Summary, metric: &Metric<f64>) -> Reading {
    real(metric).of(summary.orders.sent)
}

const FILLS: &[MetricRow] = &[
    row("fills", "Fills", Kind::Count, |s| count(s.execution.fills)),
    row("maker_fills", "Maker fills", Kind::Count, |s| count(s.execution.maker_fills)),
    row("taker_fills", "Taker fills", Kind::Count, |s| count(s.execution.taker_fills)),
    row("traded_notional", "Traded notional", Kind::Quote, |s| money(s.execution.traded_notional)),
    row("maker_ratio", "Maker share by quantity", Kind::Fraction, |s| filled(s, &s.execution.maker_ratio_quantity)),
    row("fee_rate", "Fees per notional", Kind::Fraction, |s| filled(s, &s.execution.fee_rate).configured(SCHEDULE)),
    row("markout_1s_bps", "Markout after 1 s", Kind::BasisPoints, |s| markout(s, 1)),
    row("markout_10s_bps", "Markout after 10 s", Kind::BasisPoints, |s| markout(s, 10)),
    row("markout_60s_bps", "Markout after 60 s", Kind::BasisPoints, |s| markout(s, 60)),
    row("ambiguous_fills", "Fills that depend on the bar path", Kind::Count, |s| count(s.ambiguous.count)),
    row("ambiguous_at_stake", "Money that depends on the bar path", Kind::Quote, |s| money(s.ambiguous.at_stake)),
];

fn filled(summary: &Summary, metric: &Metric<f64>) -> Reading {
    real(metric).of(summary.execution.fills)
}

const POSITION: &[MetricRow] = &[
    row("position_longest", "Longest position", Kind::Base, |s| amount(&s.inventory.known(|held| held.longest))),
    row("position_shortest", "Shortest position", Kind::Base, |s| amount(&s.inventory.known(|held| held.shortest))),
    row("position_mean_abs", "Mean absolute position", Kind::Base, |s| {
        real(&s.inventory.figure(|held| held.mean_absolute))
    }),
    row("position_rms", "Position rms", Kind::Base, |s| real(&s.inventory.figure(|held| held.rms))),
    row("time_in_market", "Time in the market", Kind::Fraction, |s| {
        real(&s.inventory.figure(|held| held.time_in_market))
    }),
    row("turnover_per_day", "Turnover per day (equities)", Kind::Plain, |s| real(&s.exposure.turnover_per_day)),
    row("exposure_gross", "Mean gross exposure", Kind::Fraction, |s| real(&s.exposure.gross)),
    row("exposure_net", "Mean net exposure", Kind::Fraction, |s| real(&s.exposure.net)),
    row("exposure_max", "Largest position value", Kind::Quote, |s| money(s.exposure.gross_max)),
];

const MARKET: &[MetricRow] = &[
    row("spread_mean_ticks", "Mean market spread", Kind::Ticks, |s| real(&s.spread.figure(|spread| spread.mean_ticks))),
    row("spread_p95_ticks", "Market spread, 95th percentile", Kind::Ticks, |s| {
        counted(&s.spread.figure(|spread| spread.p95_ticks))
    }),
    row("spread_mean_bps", "Mean market spread", Kind::BasisPoints, |s| {
        real(&s.spread.figure(|spread| spread.mean_basis_points))
    }),
    row("crossed_marks", "Marks with a crossed book", Kind::Count, |s| {
        counted(&s.spread.figure(|spread| spread.mean_ticks.map(|_| spread.crossed)))
    }),
];

const DELAYS: &[MetricRow] = &[
    row("order_round_trip_p50_ms", "Order round trip, median", Kind::Milliseconds, |s| {
        delay(&s.latency.order_round_trip, &s.latency.order_round_trip.p50_ns)
    }),
    row("order_round_trip_p99_ms", "Order round trip, 99th percentile", Kind::Milliseconds, |s| {
        delay(&s.latency.order_round_trip, &s.latency.order_round_trip.p99_ns)
    }),
    row("order_round_trip_max_ms", "Order round trip, longest", Kind::Milliseconds, |s| {
        delay(&s.latency.order_round_trip, &s.latency.order_round_trip.max_ns)
    }),
    row("order_entry_p99_ms", "Order entry, 99th percentile", Kind::Milliseconds, |s| {
        delay(&s.latency.order_entry, &s.latency.order_entry.p99_ns)
    }),
    row("order_response_p99_ms", "Order response, 99th percentile", Kind::Milliseconds, |s| {
        delay(&s.latency.order_response, &s.latency.order_response.p99_ns)
    }),
    row("feed_latency_p50_ms", "Feed latency, median", Kind::Milliseconds, |s| {
        delay(&s.latency.feed, &s.latency.feed.p50_ns)
    }),
    row("feed_latency_p99_ms", "Feed latency, 99th percentile", Kind::Milliseconds, |s| {
        delay(&s.latency.feed, &s.latency.feed.p99_ns)
    }),
    row("feed_latency_max_ms", "Feed latency, longest", Kind::Milliseconds, |s| {
        delay(&s.latency.feed, &s.latency.feed.max_ns)
    }),
];

const OPERATION: &[MetricRow] = &[
    row("uptime", "Time able to act, of that in which venue and feed could be used", Kind::Fraction, |s| {
        in_all(s, |all| Reading::new(all.uptime().map(Value::Real)))
    }),
    row("order_success_rate", "Orders accepted of those sent, without refusals by injection", Kind::Fraction, |s| {
        in_all(s, |all| Reading::new(all.success().map(Value::Real)).of(all.sent.saturating_sub(all.injected)))
    }),
    row("own_errors", "Orders, cancels and amends that the venue refused for what they were", Kind::Count, |s| {
        in_all(s, |all| count(all.rejected + all.requests_rejected))
    }),
    row("days_run", "Days (of 24 hours) that the run covers", Kind::Days, |s| {
        in_all(s, |all| Reading::new(Metric::Value(Value::Real(all.covered.nanos() as f64 / DAY.nanos() as f64))))
    }),
    row("stream_uptime", "Time with a stream of reports, injected losses counted", Kind::Fraction, |s| {
        in_all(s, |all| {
            let lost = s.operation.recovery(Trouble::StreamLost).map_or(0, |row| row.total.nanos());
            let there = (all.covered.nanos() - lost) as f64;
            Reading::new(Metric::ratio(there, all.covered.nanos() as f64, NO_DAYS).map(Value::Real))
        })
    }),
    row(
        "own_error_rate",
        "Orders, cancels and amends that the venue refused for what they were, of all",
        Kind::Fraction,
        |s| {
            let (errors, calls) = (s.operation.own_errors(), s.operation.calls());
            Reading::new(Metric::ratio(errors as f64, calls as f64, NO_CALLS).map(Value::Real)).of(calls)
        },
    ),
    row("order_errors", "Orders that the venue refused for what they were", Kind::Count, |s| {
        let place = s.operation.endpoints.iter().find(|row| row.endpoint == Endpoint::PlaceOrder);
        Reading::new(Metric::Value(Value::Count(place.map_or(0, |row| row.own_errors))))
            .of(place.map_or(0, |row| row.calls))
    }),
    row("calls", "Orders, cancels and amends asked for", Kind::Count, |s| count(s.operation.calls())),
    row("trips", "Times a control tripped", Kind::Count, |s| in_all(s, |all| count(all.trips))),
    row("idle_s", "Time in which venue and feed could be used and the bot could not act", Kind::Seconds, |s| {
        in_all(s, |all| {
            let idle = Span::from_nanos(all.usable.nanos() - all.able.nanos());
            Reading::new(Metric::Value(seconds(idle)))
        })
    }),
    row("days_traded", "Days (UTC) with a fill", Kind::Count, |s| {
        in_all(s, |_| count(s.days.iter().filter(|day| 0 < day.fills).count() as u64))
    }),
    row("worst_day_profit", "Profit of the worst day (UTC)", Kind::Quote, |s| {
        let worst = s.days.iter().map(|day| day.profit).min();
        Reading::new(Metric::from_option(worst, NO_DAYS).map(Value::Money)).of(s.days.len() as u64)
    }),
];

const NO_CALLS: &str = "nothing was asked of the venue";
const NO_DAYS: &str = "no day has passed";

/// A figure of all days together.
fn in_all(summary: &Summary, read: impl FnOnce(&DaySummary) -> Reading) -> Reading {
    match DaySummary::total(&summary.days) {
        Ok(all) if !summary.days.is_empty() => read(&all),
        _ => Reading::new(Metric::undefined(NO_DAYS)),
    }
}

const WIRE: &[MetricRow] = &[
    row("wire_faults", "Faults that fired on the wire", Kind::Count, |s| count(s.wire.fired()).configured(INJECTED)),
    row("wire_unknown", "Requests whose fate was unknown", Kind::Count, |s| count(s.wire.unknown)),
    row("wire_unknown_longest_s", "Longest time that one was", Kind::Seconds, |s| {
        Reading::new(Metric::Value(seconds(s.wire.unknown_longest))).of(s.wire.unknown)
    }),
    row("wire_given_up", "Requests given up by the gateway", Kind::Count, |s| count(s.wire.given_up)),
    row("wire_disconnects", "Times the stream of reports was lost", Kind::Count, |s| {
        count(s.wire.disconnects).configured(INJECTED)
    }),
    row("wire_reconciled", "Times everything missed was asked for, and came", Kind::Count, |s| {
        count(s.wire.reconciled)
    }),
    row("wire_states_reached", "Rare states of the wire that were reached", Kind::Count, |s| {
        count(s.wire.reached.iter().filter(|reached| reached.count > 0).count() as u64)
    }),
];

/// Every name a criterion can use, by subject.
#[must_use]
pub fn metric_names() -> Vec<&'static str> {
    rows().map(|row| row.name).collect()
}

/// The metrics that each of several markets has for itself, in its instrument's own scale.
const OF_A_MARKET: [&str; 21] = [
    "spread_capture",
    "inventory_profit",
    "fees",
    "fills",
    "maker_fills",
    "taker_fills",
    "traded_notional",
    "maker_ratio",
    "fee_rate",
    "markout_1s_bps",
    "markout_10s_bps",
    "markout_60s_bps",
    "position_longest",
    "position_shortest",
    "position_mean_abs",
    "position_rms",
    "time_in_market",
    "spread_mean_ticks",
    "spread_p95_ticks",
    "spread_mean_bps",
    "crossed_marks",
];

/// The names a criterion can use beside [`metric_names`] in a run of so many markets: `market_1_position_longest` is that of
/// the second. A run of one market has none.
#[must_use]
pub fn market_metric_names(markets: usize) -> Vec<String> {
    let several = if markets > 1 { markets } else { 0 };
    (0..several).flat_map(|market| OF_A_MARKET.map(|name| market_metric_name(market, name))).collect()
}

/// The name that a metric of [`metric_names`] has for one of several markets, counted from 0.
#[must_use]
pub fn market_metric_name(market: usize, name: &str) -> String {
    format!("market_{market}_{name}")
}

/// The metrics of each market, when there are several.
fn measure_markets(summary: &Summary, all: &mut Measurements) {
    for market in &summary.markets {
        let alone = market.in_place_of(summary);
        for row in rows().filter(|row| OF_A_MARKET.contains(&row.name)) {
            all.set(&market_metric_name(market.market.index(), row.name), measured(row, &alone));
        }
    }
}

/// The same names under their subjects.
pub fn metric_subjects() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    CATALOGUE.iter().map(|(subject, rows)| (*subject, rows.iter().map(|row| row.name).collect()))
}

/// The catalogue's row of that name.
#[must_use]
pub fn metric_row(name: &str) -> Option<&'static MetricRow> {
    rows().find(|row| row.name == name)
}

/// Every metric of the catalogue, read from a run's summary. What was configured, and delays that the summary
/// marks as assumed, are assumed;
/// conclusions that the data's fitness forbids are the caller's to mark ([`Measurements::forbid`]).
#[must_use]
pub fn measurements(summary: &Summary) -> Measurements {
    let mut all = Measurements::new();
    rows().for_each(|row| all.set(row.name, measured(row, summary)));
    measure_markets(summary, &mut all);
    all
}

fn rows() -> impl Iterator<Item = &'static MetricRow> {
    CATALOGUE.iter().flat_map(|(_, rows)| rows.iter())
}

fn measured(row: &MetricRow, summary: &Summary) -> Measured {
    let Reading { value, n, assumed } = (row.read)(summary);
    let value = match value {
        Metric::Value(value) => Ok(value),
        Metric::Undefined { reason } => Err(reason.to_owned()),
    };
    let quality = assumed.map_or(Quality::Observed, |what| Quality::Assumed(what.to_owned()));
    Measured { value, unit: unit(row.unit, summary), n, quality }
}

fn unit(kind: Kind, summary: &Summary) -> Unit {
    // Without a figure the unit does not matter either.
    let base = summary.conventions.base.one().map_or("", String::as_str);
    unit_in(kind, &summary.conventions.quote, base)
}

/// The unit of a metric in a run of one instrument; nothing for a name that is none.
#[must_use]
pub fn metric_unit(name: &str, quote: &str, base: &str) -> Option<Unit> {
    metric_row(name).map(|row| unit_in(row.unit, quote, base))
}

fn unit_in(kind: Kind, quote: &str, base: &str) -> Unit {
    match kind {
        Kind::Quote => Unit::Asset(quote.to_owned()),
        Kind::Base => Unit::Asset(base.to_owned()),
        Kind::Fraction => Unit::Fraction,
        Kind::Plain => Unit::Plain,
        Kind::Count => Unit::Count,
        Kind::BasisPoints => Unit::BasisPoints,
        Kind::Ticks => Unit::Ticks,
        Kind::Milliseconds => Unit::Milliseconds,
        Kind::Seconds => Unit::Seconds,
        Kind::Days => Unit::Days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_of_a_market_is_in_the_catalogue() {
        let unknown: Vec<&str> = OF_A_MARKET.into_iter().filter(|name| metric_row(name).is_none()).collect();
        assert_eq!(unknown, [] as [&str; 0]);
        assert_eq!(market_metric_names(1), [] as [String; 0]);
        assert_eq!(market_metric_names(3).len(), 3 * OF_A_MARKET.len());
        assert!(market_metric_names(2).contains(&"market_1_position_longest".to_owned()));
    }

    #[test]
    fn names_are_unique_and_plain() {
        let mut names = metric_names();
        assert!(names.iter().all(|name| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
