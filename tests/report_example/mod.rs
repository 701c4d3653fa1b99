//! Builds reports to look at and to compare: figures are drawn from a formula, so they are the same everywhere.

mod audit;
mod days;

use seatrial::metrics::{
    AlertStatistics, AmbiguousFills, BandPoint, Conventions, Count, DayReturn, Drawdown, DrawdownEpisode,
    ExecutionStatistics, ExposureStatistics, FillPoint, InventoryStatistics, LatencyStatistics, Markout,
    MarkoutFigures, Metric, MovedStatistics, Operation, OrderStatistics, PerMarket, Percentiles, PlotSeries, Point,
    ProfitSplit, Returns, SpanSummary, SpreadStatistics, Summary, TradeStatistics,
};
use seatrial::model::{AlertPhase, Liquidity, Side};
use seatrial::readiness::{
    Bounds, Comparison, ControlEvidence, Criterion, DataEvidence, Evidence, LaneEvidence, Readiness, Threshold, Waiver,
    assess,
};
use seatrial::report::{
    Accounts, AlertFacts, AlertItem, AlertRow, Assumption, BandRow, BotFacts, ClockFacts, DataFinding, DataGrade,
    Determinism, DrillResult, FindingSeverity, GateRow, OptionRow, OptionSource, ReportInput, RunFacts, ScenarioFacts,
    SourceFacts, TapeFacts,
};
use seatrial::units::{Fixed, MINUTE, Money, SECOND, Span, Timestamp};
use std::collections::BTreeMap;

/// 2024-08-08 00:00:00 UTC.
const START: i64 = 1_723_075_200_000_000_000;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// One change of the example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// A week of trading, all criteria met.
    Go,
    /// The same with a loss limit passed, and a waiver.
    NoGo,
    /// The same with a gate never exercised and a band that disagrees.
    Insufficient,
    /// Nothing happened.
    Empty,
    /// Every name is an attack.
    Hostile,
}

/// The report input of an example.
pub fn example(kind: Example) -> ReportInput {
    let summary = if kind == Example::Empty { empty_summary() } else { rich_summary(kind) };
    let readiness = readiness(kind);
    let assessment = assess(&readiness, &evidence(kind, &summary));
    let mut input = ReportInput {
        scenario: scenario(),
        run: run(kind),
        bot: bot(),
        tapes: vec![tape(kind)],
        assessment,
        band: band(kind, &summary),
        no_band_because: text("the band was switched off with --no-band"),
        gates: gates(kind),
        audit: audit::audit(kind, &gates(kind)),
        kill_drill: audit::kill_drill(kind),
        peak_load: None,
        venue_answers: None,
        believability: None,
        user: None,
        alerts: alerts(kind),
        assumptions: assumptions(),
        event_reasons: BTreeMap::new(),
        not_tested: vec![
            text("feed gaps and duplicates: no feed fault was armed"),
            text("rejects by the venue for rate limits"),
            text("orders of other participants reacting to the bot"),
        ],
        options: options(),
        rerun: vec![
            text("seatrial run scenarios/maker.toml --seed 42 --tape data/btcusdt.tape"),
            text("seatrial verify reports/7f3a"),
        ],
        summary,
    };
    if kind == Example::Hostile {
        make_hostile(&mut input);
    }
    input
}

/// One alert that came, and ended; nothing watched where nothing is.
fn alerts(kind: Example) -> AlertFacts {
    let at = |seconds: i64| Timestamp::from_nanos(START + seconds * 1_000_000_000);
    let row = |name: &str, limit: &str, raised: u64| AlertRow {
        name: text(name),
        severity: text("warning"),
        limit: text(limit),
        is_watched: kind != Example::Empty,
        raised,
        reminders: 2 * raised,
        resolved: raised,
        longest_delay: Span::from_nanos(raised as i64 * 1_000_000_000),
        first_at: at(3_601),
        last_at: at(3_601),
    };
    let item = |phase, seconds, value: &str| AlertItem {
        at: at(seconds),
        rule: text("position_value"),
        market: text("BTCUSDT"),
        phase,
        cause_at: at(3_600),
        value: text(value),
        limit: text("10000 quote"),
    };
    let first = vec![
        item(AlertPhase::Raised, 3_601, "10250.75 quote"),
        item(AlertPhase::Reminder, 3_901, "11000 quote"),
        item(AlertPhase::Reminder, 4_201, "10100 quote"),
        item(AlertPhase::Resolved, 4_300, "9900 quote"),
    ];
    let rows = vec![row("position_value", "10000 quote", 1), row("trade_rate", "10 orders", 0)];
    match kind {
        Example::Empty => AlertFacts { within: Span::from_nanos(5_000_000_000), rules: vec![], said: 0, first: vec![] },
        _ => AlertFacts { within: Span::from_nanos(5_000_000_000), rules: rows, said: 4, first },
    }
}

fn scenario() -> ScenarioFacts {
    ScenarioFacts {
        name: text("maker-week"),
        description: text("A market maker two ticks outside the best prices over one week of BTCUSDT."),
        file: text("scenarios/maker.toml"),
        hash: text("9c1185a5c5e9fc54612808977ee8f548b2258d31d0c1c9c0d3d1a0a2ee1f6f04"),
    }
}

fn run(kind: Example) -> RunFacts {
    RunFacts {
        run_id: text("7f3a9be0c1d2e3f4"),
        digest: text("2f7c5a30b9a64d1e8f0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5"),
        seed: 42,
        mode: text("paper"),
        preset: text("neutral"),
        program: text("seatrial 0.1.0"),
        build_id: text("5e421ce"),
        semantics: 1,
        journal_detail: text("full"),
        gateway: text("careful, by default"),
        determinism: if kind == Example::Go { Determinism::Repeated } else { Determinism::NotChecked },
        accounts: if kind == Example::Go { Accounts::Agree { fills: 5_213 } } else { Accounts::NotCompared },
    }
}

fn bot() -> BotFacts {
    BotFacts {
        name: text("market-maker"),
        parameters: vec![
            (text("quote_ticks"), text("2")),
            (text("lots"), text("10")),
            (text("requote"), text("100ms")),
        ],
        build_id: text("a91f03c"),
        is_dirty: true,
    }
}

fn tape(kind: Example) -> TapeFacts {
    let findings = vec![
        DataFinding {
            code: text("clock-behind"),
            severity: FindingSeverity::Finding,
            count: 6_551,
            first: text("btcusdt_20240808.gz line 1, 2024-08-08T00:00:00.030Z"),
            detail: text("the local clock is behind the venue's on 6,551 of 94,017 messages, by up to 4.1 ms"),
            forbids: text("any conclusion about feed latency"),
        },
        DataFinding {
            code: text("stale-stretch"),
            severity: FindingSeverity::Note,
            count: 2,
            first: text("line 40,112, 2024-08-10T07:12:44.120Z"),
            detail: text("no message for more than 5 s, twice"),
            forbids: String::new(),
        },
    ];
    TapeFacts {
        name: text("btcusdt.tape"),
        symbol: text("BTCUSDT"),
        venue: text("binance-usdm"),
        kind: text("L2"),
        format: text("binance-ws"),
        rows: 48_217_334,
        first_at: Timestamp::from_nanos(START),
        last_at: Timestamp::from_nanos(START).plus(MINUTE.times(6 * 24 * 60 + 23 * 60)),
        content_hash: text("b3f0a1c2d4e5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff"),
        grade: if kind == Example::Empty { DataGrade::Unfit } else { DataGrade::FitWithFindings },
        findings,
        clock: Some(ClockFacts {
            rule: text("shift-to-minimum-latency"),
            shift: Span::from_nanos(4_100_000),
            latency_min_before: Span::from_nanos(-4_100_000),
            negative: 6_551,
        }),
        sources: vec![SourceFacts {
            name: text("btcusdt_20240808.gz"),
            bytes: 3_637_062,
            sha256: text("0ad7b3a0f5cff220761ea890cfd6e3c15f6899edc7f94637ec915043d7a72251"),
        }],
        inferred: vec![text("tick_size")],
    }
}

fn assumptions() -> Vec<Assumption> {
    let row =
        |what: &str, value: &str, basis: &str| Assumption { what: text(what), value: text(value), basis: text(basis) };
    vec![
        row("Order latency", "1 ms out, 1 ms back", "configured; the recording holds no orders"),
        row("Queue position", "risk-averse", "fill preset neutral"),
        row("Fees", "0.02 % maker, 0.05 % taker", "venue profile of 2024-08-01"),
    ]
}

fn options() -> Vec<OptionRow> {
    let row = |key: &str, value: &str, source: OptionSource| OptionRow { key: text(key), value: text(value), source };
    vec![
        row("market.tape", "\"data/btcusdt.tape\"", OptionSource::File),
        row("bot.strategy", "\"market-maker\"", OptionSource::File),
        row("bot.requote", "\"100ms\"", OptionSource::Default),
        row("gates.daily_loss", "\"2500\"", OptionSource::Argument),
        row("seed", "42", OptionSource::Argument),
    ]
}

fn gates(kind: Example) -> Vec<GateRow> {
    if kind == Example::Empty {
        return vec![];
    }
    let row = |name: &str, limit: &str, is_armed: bool, refused: u64, tripped: u64| GateRow {
        name: text(name),
        is_armed,
        is_mandatory: matches!(name, "position" | "kill"),
        limit: text(limit),
        evaluated: if is_armed { 482_113 } else { 0 },
        refused,
        tripped,
        drill: (name == "daily-loss").then_some(DrillResult::Passed),
    };
    let kills = u64::from(kind != Example::Insufficient);
    vec![
        row("order-value", "at most 50,000 USDT", true, 0, 0),
        row("position", "at most 0.500 BTC", true, 1_204, 0),
        row("daily-loss", "2,500 USDT from the day's start", true, 0, 0),
        row("order-burst", "at most 300 in 10 s", true, 17, 0),
        row("stale-data", "5 s without a market message", true, 31, 2),
        row("price-collar", "", false, 0, 0),
        row("kill", "", true, 0, kills),
    ]
}

fn readiness(kind: Example) -> Readiness {
    use Comparison::{AtLeast, AtMost, Below};
    let row = |name: &str, metric: &str, comparison: Comparison, threshold: &str, mandatory: bool| Criterion {
        name: text(name),
        metric: text(metric),
        comparison,
        threshold: Threshold::parse(threshold).unwrap(),
        mandatory,
        evidence: metric == "fills",
    };
    let drawdown = if kind == Example::NoGo { "0.01" } else { "0.05" };
    let factor = if kind == Example::NoGo { "2.5" } else { "1.2" };
    let mut readiness = Readiness {
        checklists: vec![],
        criteria: vec![
            row("no loss over the week", "profit", AtLeast, "0", true),
            row("drawdown stays small", "max_drawdown", AtMost, drawdown, true),
            row("enough fills to judge", "fills", AtLeast, "1000", true),
            row("wins outweigh losses", "profit_factor", AtLeast, factor, true),
            row("no adverse selection", "markout_10s_bps", AtLeast, "-0.5", true),
            row("few rejects", "orders_rejected", Below, "500", true),
            row("fast round trip", "order_round_trip_p99_ms", AtMost, "5", false),
        ],
        mandatory_controls: vec![text("position"), text("kill")],
        waivers: vec![],
    };
    if kind == Example::NoGo {
        readiness.waivers.push(Waiver {
            criterion: text("wins outweigh losses"),
            name: text("Ada Lovelace"),
            reason: text("new fee tier from Monday; agreed with risk on 20 November"),
        });
    }
    readiness
}

fn evidence(kind: Example, summary: &Summary) -> Evidence {
    let lane = LaneEvidence::from_summary;
    let mut low = summary.clone();
    if kind == Example::Insufficient {
        low.returns.profit = money("-310.55");
    }
    let band =
        if kind == Example::Empty { vec![] } else { vec![lane("pessimistic", &low), lane("optimistic", summary)] };
    let data = match kind {
        Example::Empty => DataEvidence::Unfit(text("prices off the tick on every row")),
        _ => DataEvidence::Usable,
    };
    let controls = gates(kind).into_iter().map(|gate| ControlEvidence {
        name: gate.name,
        armed: gate.is_armed,
        evaluated: gate.evaluated,
        refused: gate.refused,
        tripped: gate.tripped,
    });
    let controls = controls.collect();
    let no_band_because = if band.is_empty() { text("switched off") } else { String::new() };
    let bounds = Bounds { no_band_because, replayed_permille: 1_000 };
    Evidence {
        primary: lane("neutral", summary),
        band,
        data,
        controls,
        audit: audit::audit(kind, &gates(kind)),
        drills: vec![],
        config_hash: text("c0ffee"),
        diverged: None,
        unreconciled: None,
        kill_failed: audit::kill_drill(kind).and_then(|drill| drill.failure()),
        kill_open: audit::kill_drill(kind).and_then(|drill| drill.left_open()),
        peak_failed: None,
        peak_short: None,
        late_alert: None,
        bounds,
    }
}

fn band(kind: Example, summary: &Summary) -> Vec<BandRow> {
    if kind == Example::Empty {
        return vec![];
    }
    let row = |preset: &str, profit: &str, fills: u64, ratio: f64| BandRow {
        profit: money(profit),
        fills,
        fill_ratio: Metric::Value(ratio),
        ..BandRow::from_summary(preset, summary)
    };
    let low = if kind == Example::Insufficient { "-310.55" } else { "604.12" };
    vec![
        BandRow::from_summary("neutral", summary),
        row("pessimistic", low, 4_011, 0.021),
        row("optimistic", "3127.9", 7_344, 0.0385),
    ]
}

/// A smooth wander with bumps, between about -1 and 1.
fn wave(step: i64, period: f64) -> f64 {
    let x = step as f64 / period;
    let triangle = |x: f64| (x - (x + 0.5).floor()).abs() * 4.0 - 1.0;
    0.55 * triangle(x) + 0.3 * triangle(x * 3.7 + 0.2) + 0.15 * triangle(x * 17.3 + 0.6)
}

fn rich_series() -> PlotSeries {
    let at = |step: i64| Timestamp::from_nanos(START).plus(MINUTE.times(5 * step));
    let steps = 0..2_004_i64;
    let series = |value: &dyn Fn(i64) -> f64| -> Vec<Point> {
        steps.clone().map(|step| Point { at: at(step), value: value(step) }).collect()
    };
    let banded = |value: &dyn Fn(i64) -> f64| -> Vec<BandPoint> {
        let stretch = |first: i64| {
            let values: Vec<f64> = (first..first + 4).map(value).collect();
            let (low, high) =
                (values.iter().copied().fold(f64::MAX, f64::min), values.iter().copied().fold(0.0, f64::max));
            BandPoint { at: at(first), low, mean: values.iter().sum::<f64>() / 4.0, high }
        };
        steps.clone().step_by(4).map(stretch).collect()
    };
    let equity = series(&|step| 100_000.0 + step as f64 * 0.92 + 1_400.0 * (wave(step, 700.0) + 0.73));
    let mut peak = f64::MIN;
    let drawdown = equity.iter().map(|point| {
        peak = peak.max(point.value);
        Point { at: point.at, value: (point.value - peak) / peak }
    });
    let drawdown = drawdown.collect();
    let mid = |step: i64| 61_500.0 + 2_200.0 * wave(step, 900.0);
    let fill = |index: i64| {
        let step = index * 5 + index % 3;
        let side = if (index / 4) % 2 == 0 { Side::Buy } else { Side::Sell };
        FillPoint {
            at: at(step),
            price: mid(step) - side.sign() as f64 * 45.0,
            side,
            liquidity: if index % 5 == 0 { Liquidity::Taker } else { Liquidity::Maker },
        }
    };
    PlotSeries {
        drawdown,
        mid: series(&mid),
        fills: (0..400).map(fill).collect(),
        fills_stride: 13,
        inventory: series(&|step| (wave(step, 160.0) * 10.0).round() / 20.0),
        spread: banded(&|step| 1.0 + (wave(step, 90.0).max(0.3) * 10.0 - 3.0).round()),
        order_round_trip: banded(&|step| 2_000_000.0 + 300_000.0 * wave(step, 31.0)),
        feed_latency: banded(&|step| 3_000_000.0 + 2_500_000.0 * wave(step, 57.0).abs()),
        refusals: audit::refusals(),
        turns: audit::turns(),
        equity,
    }
}

fn rich_summary(kind: Example) -> Summary {
    let days = ["2024-08-08", "2024-08-09", "2024-08-10", "2024-08-11", "2024-08-12", "2024-08-13", "2024-08-14"];
    let profits = ["412.88", "-120.4", "655.03", "890.11", "-301.27", "77.9", "230.17"];
    let mut close = money("100000");
    let rows = days.iter().zip(profits).map(|(day, profit)| {
        close += money(profit);
        let fraction = Metric::Value(money(profit).to_f64() / close.to_f64());
        DayReturn { day: text(day), close, profit: money(profit), fraction, partial: *day == "2024-08-14" }
    });
    let rows: Vec<DayReturn> = rows.collect();
    let mut summary = empty_summary();
    summary.span = SpanSummary {
        start: Timestamp::from_nanos(START),
        end: Timestamp::from_nanos(START).plus(MINUTE.times(6 * 1440 + 23 * 60)),
        days: 6.958_333_333,
        rows: 48_217_334,
        messages: 9_120_551,
        entries: 1_930_222,
        marks: 601_200,
        complete: true,
    };
    summary.returns = Returns {
        start_equity: money("100000"),
        end_equity: money("101844.42"),
        lowest_equity: money("99871.13"),
        profit: money("1844.42"),
        allocations: None,
        total_return: Metric::Value(0.018_444_2),
        days: rows,
        periods: 7,
        annualised_is_headline: false,
        daily_volatility: Metric::Value(0.004_31),
        volatility: Metric::Value(0.0823),
        daily_sharpe: Metric::Value(0.611),
        sharpe: Metric::Value(11.67),
        daily_sharpe_error: Metric::Value(0.44),
        daily_sortino: Metric::Value(1.93),
        sortino: Metric::Value(36.9),
    };
    summary.drawdown = Drawdown {
        fraction: Metric::Value(0.0213),
        money: money("2170.55"),
        deepest: Some(DrawdownEpisode {
            peak: money("102101.2"),
            trough: money("99930.65"),
            peak_at: Timestamp::from_nanos(START).plus(MINUTE.times(3000)),
            trough_at: Timestamp::from_nanos(START).plus(MINUTE.times(4000)),
            recovered_at: None,
            fall: MINUTE.times(1000),
            recovery: Metric::undefined("still under water at the end"),
        }),
        longest_under_water: MINUTE.times(3222),
        time_under_water: Metric::Value(0.612),
        is_open: true,
    };
    trading(&mut summary);
    if kind == Example::NoGo
        && let PerMarket::One(spread) = &mut summary.spread
    {
        spread.one_sided = 3;
    }
    summary.series = rich_series();
    summary
}

fn trading(summary: &mut Summary) {
    summary.trades = rich_trades();
    summary.orders = rich_orders();
    summary.execution = rich_execution();
    let figures = |fills: u64, bps: f64| MarkoutFigures {
        fills,
        basis_points: Metric::Value(bps),
        money: Metric::Value(money("120.5")),
    };
    let none = || MarkoutFigures {
        fills: 0,
        basis_points: Metric::undefined("no taker fill before the end"),
        money: Metric::undefined("no taker fill before the end"),
    };
    let row = |span: Span, bps: f64| Markout {
        horizon: span,
        all: figures(5_270, bps),
        maker: figures(5_111, bps + 0.02),
        taker: none(),
        dropped: 12,
    };
    summary.markouts = vec![row(SECOND, 0.41), row(SECOND.times(10), -0.22), row(MINUTE, -0.35)];
    summary.inventory = PerMarket::One(InventoryStatistics {
        start: Money::ZERO,
        end: money("0.2"),
        longest: money("0.5"),
        shortest: money("-0.45"),
        mean_absolute: Metric::Value(0.171),
        rms: Metric::Value(0.221),
        time_in_market: Metric::Value(0.94),
    });
    summary.exposure = ExposureStatistics {
        mean_equity: Metric::Value(100_911.0),
        turnover_per_day: Metric::Value(23.13),
        gross: Metric::Value(0.104),
        net: Metric::Value(0.011),
        gross_max: money("31204.5"),
    };
    summary.profit = ProfitSplit {
        total: money("1844.42"),
        spread_capture: money("7411.206"),
        inventory: money("-2156.366"),
        fees: money("3410.42"),
        funding: Metric::undefined("funding is not simulated"),
        adjustments: None,
        set_right: None,
        marks_checked: 601_197,
        marks_unchecked: 3,
        fills_without_mid: 0,
    };
    summary.days = days::seven();
    market(summary);
}

fn market(summary: &mut Summary) {
    summary.spread = PerMarket::One(SpreadStatistics {
        mean_ticks: Metric::Value(1.31),
        median_ticks: Metric::Value(1),
        p95_ticks: Metric::Value(4),
        max_ticks: Metric::Value(87),
        mean_basis_points: Metric::Value(0.0214),
        one_tick_share: Metric::Value(0.91),
        one_sided: 0,
        crossed: 0,
    });
    let delay = |assumed: bool, median: u64| Percentiles {
        assumed,
        count: 961_000,
        negative: 0,
        min_ns: Metric::Value(median / 2),
        mean_ns: Metric::Value(median as f64),
        p50_ns: Metric::Value(median),
        p90_ns: Metric::Value(median * 2),
        p99_ns: Metric::Value(median * 4),
        p999_ns: Metric::Value(median * 9),
        max_ns: Metric::Value(median * 31),
    };
    summary.latency = LatencyStatistics {
        order_round_trip: delay(true, 2_000_000),
        order_entry: delay(true, 1_000_000),
        order_response: delay(true, 1_000_000),
        feed: delay(false, 3_104_000),
    };
}

fn empty_summary() -> Summary {
    let start = Timestamp::from_nanos(START);
    Summary {
        alerts: AlertStatistics::default(),
        commands: Vec::new(),
        moved: MovedStatistics::default(),
        conventions: Conventions {
            symbol: text("BTCUSDT"),
            base: PerMarket::One(text("BTC")),
            quote: text("USDT"),
            tick_size: PerMarket::One(Fixed::new(1, 1)),
            step_size: PerMarket::One(Fixed::new(1, 3)),
            periods_per_year: 365,
            headline_days: 30,
            mark_interval: Metric::Value(SECOND),
        },
        span: SpanSummary { start, end: start, days: 0.0, rows: 0, messages: 0, entries: 2, marks: 0, complete: false },
        returns: empty_returns(),
        drawdown: empty_drawdown(),
        trades: empty_trades(),
        orders: empty_orders(),
        execution: empty_execution(),
        markouts: vec![],
        inventory: PerMarket::One(empty_inventory()),
        exposure: empty_exposure(),
        profit: empty_profit(),
        spread: PerMarket::One(empty_spread()),
        latency: LatencyStatistics {
            order_round_trip: no_delays(true),
            order_entry: no_delays(true),
            order_response: no_delays(true),
            feed: no_delays(false),
        },
        gates: vec![],
        wire: Default::default(),
        ambiguous: AmbiguousFills { count: 0, at_stake: Money::ZERO },
        days: vec![],
        operation: Operation::default(),
        series: empty_series(),
        markets: vec![],
    }
}

fn empty_orders() -> OrderStatistics {
    OrderStatistics {
        sent: 0,
        refused: 0,
        accepted: 0,
        rejected: 0,
        rejected_by_reason: vec![],
        cancels_sent: 0,
        amends_sent: 0,
        amended: 0,
        requests_refused: 0,
        requests_rejected: 0,
        requests_rejected_by_reason: vec![],
        ended: 0,
        ended_by_reason: vec![],
        cancelled: 0,
        triggered: 0,
        busted: 0,
        corrected: 0,
        touched: 0,
        filled: 0,
        fill_ratio_quantity: Metric::undefined("no orders sent"),
        fill_ratio_any: Metric::undefined("no orders sent"),
        fill_ratio_complete: Metric::undefined("no orders sent"),
        cancel_to_fill: Metric::undefined("no fills"),
        order_to_trade: Metric::undefined("no fills"),
        open_orders_max: 0,
    }
}

fn no_delays(assumed: bool) -> Percentiles {
    let none = || Metric::undefined("nothing measured");
    Percentiles {
        assumed,
        count: 0,
        negative: 0,
        min_ns: none(),
        mean_ns: Metric::undefined("nothing measured"),
        p50_ns: none(),
        p90_ns: none(),
        p99_ns: none(),
        p999_ns: none(),
        max_ns: none(),
    }
}

fn rich_trades() -> TradeStatistics {
    TradeStatistics {
        closed: 1_311,
        wins: 760,
        losses: 540,
        scratches: 11,
        is_open: true,
        began_open: false,
        win_rate: Metric::Value(0.584_6),
        payoff: Metric::Value(1.12),
        profit_factor: Metric::Value(1.576),
        expectancy: Metric::Value(money("1.4068")),
        gross_profit: money("5046.31"),
        gross_loss: money("3201.89"),
        best: Metric::Value(money("48.11")),
        worst: Metric::Value(money("-61.4")),
        mean_holding: Metric::Value(SECOND.times(214)),
    }
}

fn rich_orders() -> OrderStatistics {
    OrderStatistics {
        sent: 480_861,
        refused: 1_252,
        accepted: 480_722,
        rejected: 139,
        rejected_by_reason: vec![Count { name: "post-only would take", count: 139 }],
        cancels_sent: 474_900,
        amends_sent: 0,
        amended: 0,
        requests_refused: 0,
        requests_rejected: 611,
        requests_rejected_by_reason: vec![Count { name: "unknown order", count: 611 }],
        ended: 474_289,
        ended_by_reason: vec![Count { name: "requested", count: 474_289 }],
        cancelled: 474_289,
        triggered: 0,
        busted: 0,
        corrected: 0,
        touched: 5_213,
        filled: 5_108,
        fill_ratio_quantity: Metric::Value(0.0271),
        fill_ratio_any: Metric::Value(0.010_84),
        fill_ratio_complete: Metric::Value(0.010_62),
        cancel_to_fill: Metric::Value(89.9),
        order_to_trade: Metric::Value(180.9),
        open_orders_max: 2,
    }
}

fn rich_execution() -> ExecutionStatistics {
    ExecutionStatistics {
        fills: 5_282,
        maker_fills: 5_111,
        taker_fills: 171,
        bought: PerMarket::One(money("132.05")),
        sold: PerMarket::One(money("131.85")),
        traded_notional: money("16240118.35"),
        maker_ratio_quantity: Metric::Value(0.9676),
        maker_ratio_notional: Metric::Value(0.9675),
        fees: money("3410.42"),
        maker_fees: money("3142.46"),
        taker_fees: money("267.96"),
        fee_rate: Metric::Value(0.000_21),
    }
}

fn empty_returns() -> Returns {
    Returns {
        start_equity: money("100000"),
        end_equity: money("100000"),
        lowest_equity: money("100000"),
        profit: Money::ZERO,
        allocations: None,
        total_return: Metric::Value(0.0),
        days: vec![],
        periods: 0,
        annualised_is_headline: false,
        daily_volatility: Metric::undefined("fewer than two days"),
        volatility: Metric::undefined("fewer than two days"),
        daily_sharpe: Metric::undefined("fewer than two days"),
        sharpe: Metric::undefined("fewer than two days"),
        daily_sharpe_error: Metric::undefined("fewer than two days"),
        daily_sortino: Metric::undefined("fewer than two days"),
        sortino: Metric::undefined("fewer than two days"),
    }
}

fn empty_drawdown() -> Drawdown {
    Drawdown {
        fraction: Metric::undefined("no marks"),
        money: Money::ZERO,
        deepest: None,
        longest_under_water: Span::ZERO,
        time_under_water: Metric::undefined("no marks"),
        is_open: false,
    }
}

fn empty_trades() -> TradeStatistics {
    TradeStatistics {
        closed: 0,
        wins: 0,
        losses: 0,
        scratches: 0,
        is_open: false,
        began_open: false,
        win_rate: Metric::undefined("no closed round trip"),
        payoff: Metric::undefined("no closed round trip"),
        profit_factor: Metric::undefined("no closed round trip"),
        expectancy: Metric::undefined("no closed round trip"),
        gross_profit: Money::ZERO,
        gross_loss: Money::ZERO,
        best: Metric::undefined("no closed round trip"),
        worst: Metric::undefined("no closed round trip"),
        mean_holding: Metric::undefined("no closed round trip"),
    }
}

fn empty_execution() -> ExecutionStatistics {
    let none = || Metric::undefined("no fills");
    ExecutionStatistics {
        fills: 0,
        maker_fills: 0,
        taker_fills: 0,
        bought: PerMarket::One(Money::ZERO),
        sold: PerMarket::One(Money::ZERO),
        traded_notional: Money::ZERO,
        maker_ratio_quantity: none(),
        maker_ratio_notional: none(),
        fees: Money::ZERO,
        maker_fees: Money::ZERO,
        taker_fees: Money::ZERO,
        fee_rate: none(),
    }
}

fn empty_inventory() -> InventoryStatistics {
    InventoryStatistics {
        start: Money::ZERO,
        end: Money::ZERO,
        longest: Money::ZERO,
        shortest: Money::ZERO,
        mean_absolute: Metric::undefined("no time passed"),
        rms: Metric::undefined("no time passed"),
        time_in_market: Metric::undefined("no time passed"),
    }
}

fn empty_exposure() -> ExposureStatistics {
    ExposureStatistics {
        mean_equity: Metric::undefined("no marks"),
        turnover_per_day: Metric::undefined("no time passed"),
        gross: Metric::undefined("no marks"),
        net: Metric::undefined("no marks"),
        gross_max: Money::ZERO,
    }
}

fn empty_profit() -> ProfitSplit {
    ProfitSplit {
        total: Money::ZERO,
        spread_capture: Money::ZERO,
        inventory: Money::ZERO,
        fees: Money::ZERO,
        funding: Metric::undefined("funding is not simulated"),
        adjustments: None,
        set_right: None,
        marks_checked: 0,
        marks_unchecked: 0,
        fills_without_mid: 0,
    }
}

fn empty_spread() -> SpreadStatistics {
    SpreadStatistics {
        mean_ticks: Metric::undefined("no marks"),
        median_ticks: Metric::undefined("no marks"),
        p95_ticks: Metric::undefined("no marks"),
        max_ticks: Metric::undefined("no marks"),
        mean_basis_points: Metric::undefined("no marks"),
        one_tick_share: Metric::undefined("no marks"),
        one_sided: 0,
        crossed: 0,
    }
}

fn empty_series() -> PlotSeries {
    PlotSeries {
        equity: vec![],
        drawdown: vec![],
        mid: vec![],
        fills: vec![],
        fills_stride: 1,
        inventory: vec![],
        spread: vec![],
        order_round_trip: vec![],
        feed_latency: vec![],
        refusals: vec![],
        turns: vec![],
    }
}

/// Every text that a file or a scenario can set.
fn make_hostile(input: &mut ReportInput) {
    let evil = || {
        text(
            "<script>alert(1)</script>\"'>&amp;<img src=x onerror=alert(2)>|`@all`\u{202e}\u{1b}[31m]]> https://evil.example/x",
        )
    };
    let long = || "LongNameWithoutAnySpace".repeat(12);
    input.scenario = ScenarioFacts { name: evil(), description: evil(), file: evil(), hash: evil() };
    input.bot = BotFacts { name: evil(), parameters: vec![(evil(), long())], build_id: long(), is_dirty: true };
    input.run.run_id = evil();
    input.run.mode = evil();
    input.run.preset = evil();
    input.summary.conventions.symbol = evil();
    input.summary.conventions.base = PerMarket::One(text("<b>&"));
    input.summary.conventions.quote = text("<i>\"");
    input.band[0].preset = evil();
    input.not_tested.push(evil());
    if let Some(drill) = &mut input.kill_drill {
        drill.first = Some(evil());
    }
    input.no_band_because = evil();
    input.rerun.push(format!("```\n{}", evil()));
    input.options.push(OptionRow { key: evil(), value: long(), source: OptionSource::File });
    input.assumptions.push(Assumption { what: evil(), value: long(), basis: evil() });
    input.gates[0].name = long();
    input.gates[1].limit = evil();
    let tape = &mut input.tapes[0];
    (tape.name, tape.symbol, tape.venue, tape.format) = (evil(), evil(), evil(), long());
    tape.inferred = vec![evil()];
    tape.sources[0].name = evil();
    tape.findings[0].code = evil();
    tape.findings[0].detail = evil();
    tape.findings[0].forbids = evil();
    let finding = &mut input.assessment.findings[0];
    finding.criterion.name = evil();
    finding.waiver = Some(Waiver { criterion: evil(), name: long(), reason: evil() });
    input.assessment.findings[1].criterion.name = long();
}
