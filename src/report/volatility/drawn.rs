//! Runs drawn from a small generator, so that every part of the page has something to show.

use super::{MarketFacts, ShockFacts, VolatilityInput};
use crate::metrics::Wait;
use crate::metrics::{Believability, BelievedRun, CLOSED_LOOP, ModeFigures};
use crate::readiness::{
    Comparison, StopFacts, Threshold, Track, TrackPoint, VolatilityCriterion, VolatilityResult, VolatilityRun,
    judge_volatility,
};
use crate::report::{Assumption, BotFacts, OptionRow, OptionSource, ScenarioFacts};
use crate::score::{Precondition, Row, RowVerdict, Score, ScoreVerdict};
use crate::units::{Money, SECOND, Span, Timestamp};

/// Uniform draws by a linear congruence (the constants of Knuth's MMIX): plenty for pictures.
pub struct Draws(u64);

impl Draws {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: of twelve uniform draws.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

pub const SHOCKS: [(&str, &str, &str, &str, f64); 6] = [
    (
        "two-leg-crash",
        "Two legs down with a pause between, depth thinned to a twentieth, slow recovery over the day.",
        "2020-03-12",
        "BitMEX and Coinbase minute bars; exchange post-mortem of 2020-03-13",
        1.6,
    ),
    (
        "liquidation-cascade",
        "Leveraged longs are closed by force at ever lower prices; liquidity providers step back.",
        "2025-10-10",
        "Binance USD-M liquidation feed and mark prices of 2025-10-10",
        2.2,
    ),
    (
        "stablecoin-depeg",
        "The quote asset loses its peg for hours and comes back.",
        "2023-03-11",
        "USDC-USD trades of Kraken and Coinbase",
        0.7,
    ),
    (
        "halt-with-reopening",
        "No price for ten minutes, then an auction far away.",
        "synthetic",
        "no single day; gap of four daily deviations",
        1.3,
    ),
    (
        "flash-rally",
        "A fast spike upwards that is given back within minutes.",
        "2023-10-16",
        "minute bars of BTCUSDT around the false report",
        0.9,
    ),
    (
        "spread-blow-out",
        "Spread times forty for a quarter of an hour while the mid hardly moves.",
        "synthetic",
        "largest spreads of 2022-11-08",
        0.5,
    ),
];

pub const SEVERITIES: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

fn start() -> Timestamp {
    Timestamp::from_nanos(1_767_571_200_000_000_000)
}

/// One run; violence is what its figures grow with.
pub fn run(shock: Option<&str>, severity: f64, regime: (&str, f64), seed: u64, violence: f64) -> VolatilityRun {
    let mut draws = Draws::new(seed.wrapping_mul(7_919) ^ (violence * 1e6) as u64 ^ (regime.1 * 977.0) as u64);
    for _ in 0..8 {
        draws.next();
    }
    let volatility = 0.35 * regime.1 * (1.0 + violence) * libm::exp(0.15 * draws.normal());
    let drawdown = (0.006 * libm::pow(volatility, 1.3) * libm::exp(0.25 * draws.normal())).min(0.9);
    let shock_at = start().plus(SECOND.times(900 + (draws.next() * 600.0) as i64));
    let trips = shock.is_some() && drawdown > 0.006;
    let waits = |draws: &mut Draws, mean: f64| Span::from_nanos((-libm::log(draws.next() + 1e-9) * mean * 1e9) as i64);
    let may = |span: Option<Span>| span.map_or(Wait::Never("not until the run's end"), Wait::Took);
    let stop = trips.then(|| StopFacts {
        gate: "drawdown".to_owned(),
        at: shock_at.plus(waits(&mut draws, 40.0 / (1.0 + violence))),
        from_cause: Wait::Took(SECOND.times(2)),
        to_last_cancel: may((draws.next() > 0.02).then(|| waits(&mut draws, 0.4 * (1.0 + violence)))),
        to_flat: may((draws.next() > 0.03 * violence).then(|| waits(&mut draws, 20.0 * (1.0 + violence)))),
        to_within_limit: Wait::Took(SECOND),
    });
    let profit = 10_000.0 * (0.002 * draws.normal() - 0.4 * drawdown + 0.001);
    let money = |amount: f64| Money::from_atto((amount * 1e6) as i128 * 1_000_000_000_000);
    let excess = if drawdown > 0.05 { (draws.next() * 3.0 - 1.0).max(0.0) } else { 0.0 };
    let findings = u64::from(violence > 5.0 && draws.next() > 0.8);
    VolatilityRun {
        regime: regime.0.to_owned(),
        shock: shock.map(str::to_owned),
        severity,
        seed,
        start: start(),
        end: start().plus(SECOND.times(3 * 3_600)),
        shock_at: shock.map(|_| shock_at),
        realised_volatility: Some(volatility),
        market_low: 1.0 - 0.02 * violence,
        market_high: 1.01,
        opening_equity: Money::from_units(10_000),
        profit: money(profit),
        buy_and_hold: money(10_000.0 * (0.01 * draws.normal() - 0.02 * violence)),
        max_drawdown: drawdown,
        max_position: 0.12 * (1.0 + 0.3 * draws.next()),
        mean_position: 0.03 * libm::pow(volatility, 0.2),
        position_excess_orders: Some(excess),
        orders: 2_000 + (draws.next() * 900.0) as u64,
        refused: (draws.next() * 60.0 * violence) as u64,
        rejected: (draws.next() * 9.0 * violence) as u64,
        fills: 180 + (draws.next() * 200.0) as u64,
        orders_per_second: 4 + (draws.next() * 6.0) as u64,
        rejects_per_second: (draws.next() * violence) as u64,
        worst_markout_bps: Some(-4.0 - 30.0 * violence * draws.next()),
        stop_slippage_bps: trips.then(|| 8.0 * violence * draws.next()),
        stop,
        audit_findings: findings,
        first_finding: if findings > 0 {
            "max-position: let through an order of 0.01 BTC at 0.1302 BTC, limit 0.13 BTC (entry 48,113)".to_owned()
        } else {
            String::new()
        },
        digest: format!("{:016x}", seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    }
}

/// All runs of two regimes and `seeds` seeds.
pub fn runs(seeds: u64) -> Vec<VolatilityRun> {
    let regimes = [("normal", 1.0), ("stressed", 2.0)];
    let mut runs = Vec::new();
    for regime in regimes {
        runs.extend((1..=seeds).map(|seed| run(None, 0.0, regime, seed, 0.0)));
        for (name, _, _, _, force) in SHOCKS {
            for severity in SEVERITIES {
                runs.extend((1..=seeds).map(|seed| run(Some(name), severity, regime, seed, force * severity)));
            }
        }
    }
    runs
}

/// A run by the second.
pub fn track(place: usize, run: &VolatilityRun, force: f64) -> Track {
    let mut draws = Draws::new(place as u64 + 17);
    let seconds = run.end.since(run.start).nanos() / 1_000_000_000;
    let shock_at = run.shock_at.map_or(i64::MAX, |at| at.since(run.start).nanos() / 1_000_000_000);
    let (mut noise, mut position, mut equity) = (0.0, 0.0_f64, 10_000.0);
    let mut points = Vec::new();
    for second in 0..=seconds {
        let since = (second - shock_at) as f64;
        let shape = if since < 0.0 { 0.0 } else { (1.0 - libm::exp(-since / 120.0)) * libm::exp(-since / 4_000.0) };
        noise += draws.normal() * 0.00004 * (1.0 + 4.0 * shape);
        let mid = 62_000.0 * (1.0 + noise - 0.06 * force * shape);
        let stress = 1.0 + 25.0 * force * shape * libm::exp(-since.max(0.0) / 1_500.0);
        if second % 20 == 0 && !(0.0..=1_800.0).contains(&since) {
            position = (position + 0.01 * draws.normal()).clamp(-0.12, 0.12);
        } else if (60.0..1_800.0).contains(&since) {
            position *= 0.97;
        }
        equity += position * 62_000.0 * draws.normal() * 0.00003
            - if since > 0.0 && since < 90.0 { 0.9 * force } else { 0.0 };
        let depth = |draws: &mut Draws| 18.0 / stress * libm::exp(0.3 * draws.normal());
        points.push(TrackPoint {
            at: run.start.plus(SECOND.times(second)),
            mid,
            spread_bps: 0.16 * stress * libm::exp(0.2 * draws.normal()),
            depth: [depth(&mut draws), depth(&mut draws)],
            position,
            equity,
        });
    }
    let at = |seconds: i64| run.start.plus(SECOND.times(seconds));
    let turns = vec![
        (at(shock_at + 31), "drawdown stopped the bot: 0.62 % of the peak, limit 0.60 %".to_owned()),
        (at(shock_at + 33), "stale-price stopped the bot: no price for 2.1 s, limit 2 s".to_owned()),
        (at(shock_at + 95), "stale-price let the bot go on".to_owned()),
        (at(shock_at + 700), "max-position stopped new orders: 0.131 BTC, limit 0.13 BTC".to_owned()),
        (at(shock_at + 1_900), "drawdown let the bot go on after a cooling time of 30 min".to_owned()),
    ];
    let minutes = seconds / 60;
    let refusals = (0..minutes).map(|minute| {
        let since = minute * 60 - shock_at;
        if (0..1_800).contains(&since) { (draws.next() * 40.0) as u64 } else { u64::from(draws.next() > 0.9) }
    });
    Track { run: place, points, turns, refusals: refusals.collect() }
}

/// One a shock: severity 1, the first seed of the first regime.
pub fn tracks(runs: &[VolatilityRun]) -> Vec<Track> {
    let one = |(name, _, _, _, force): &(&str, &str, &str, &str, f64)| {
        let is_it = |run: &VolatilityRun| run.shock.as_deref() == Some(*name) && run.severity == 1.0;
        let place = runs.iter().position(is_it)?;
        Some(track(place, &runs[place], *force))
    };
    SHOCKS.iter().filter_map(one).collect()
}

pub fn criteria() -> Vec<VolatilityCriterion> {
    let criterion = |name: &str, measure: &str, comparison, threshold: &str, share| VolatilityCriterion {
        name: name.to_owned(),
        measure: measure.to_owned(),
        comparison,
        threshold: Threshold::parse(threshold).unwrap(),
        severity_at_most: 1.0,
        share,
    };
    let most = Comparison::AtMost;
    vec![
        criterion("no limit exceeded by more than one order", "position_excess_orders", most, "1", 1.0),
        criterion("drawdown below 2.5 % in 95 % of runs", "max_drawdown", Comparison::Below, "0.025", 0.95),
        criterion("flat in five minutes", "seconds_to_flat", most, "300", 0.95),
        criterion("every cancel confirmed in ten seconds", "seconds_to_last_cancel", most, "10", 0.9),
        criterion("the audit finds nothing", "audit_findings", most, "0", 1.0),
    ]
}

pub fn score() -> Score {
    let row = |number, name, value, low, high, verdict| Row {
        number,
        family: "returns",
        name,
        unit: "",
        estimator: "over 1-minute returns",
        value: Some(value),
        standard_error: Some(0.02),
        reason: None,
        low: Some(low),
        high: Some(high),
        source: "Cont (2001), table 1".to_owned(),
        verdict,
        against: None,
    };
    Score {
        verdict: ScoreVerdict::Real,
        words: "29 of 31 measured rows lie inside their bands, 33 rows count".to_owned(),
        counted: 33,
        measured: 31,
        inside: 29,
        preconditions: vec![Precondition { name: "crossed", words: "no crossed book", violations: 0, first_row: None }],
        rows: vec![
            row(1, "tail exponent of returns", 3.4, 2.0, 5.0, RowVerdict::Inside),
            row(7, "memory of absolute returns, exponent", 0.52, 0.1, 0.4, RowVerdict::Outside),
            row(19, "share of depth on the first level", 0.31, 0.02, 0.2, RowVerdict::Outside),
        ],
    }
}

pub fn shocks() -> Vec<ShockFacts> {
    let shock = |(name, about, anchor, source, _): (&str, &str, &str, &str, f64)| ShockFacts {
        name: name.to_owned(),
        about: about.to_owned(),
        anchor: anchor.to_owned(),
        source: source.to_owned(),
    };
    SHOCKS.map(shock).into()
}

/// Everything but the runs.
pub fn input<'a>(
    runs: &'a [VolatilityRun],
    tracks: &'a [Track],
    result: &'a VolatilityResult,
    score: Option<&'a Score>,
) -> VolatilityInput<'a> {
    let text = str::to_owned;
    VolatilityInput {
        scenario: ScenarioFacts {
            name: text("volatility"),
            description: text("A market maker over six violent markets in two regimes."),
            file: text("scenarios/volatility.toml"),
            hash: text("5d1c77f0a1b24e0f8f0f"),
        },
        run_id: text("volatility-5d1c77f0-s1"),
        digest: text("8c1f0a6e77d24b52a9d1e0b6c3f48a15"),
        program: text("seatrial 0.1.0"),
        build_id: text("4373368"),
        semantics: 24,
        bot: BotFacts {
            name: text("market-maker"),
            parameters: vec![(text("spread"), text("4 bp")), (text("size"), text("0.01"))],
            build_id: text("4373368"),
            is_dirty: false,
        },
        market: MarketFacts {
            model: text("crypto-major"),
            symbol: text("BTCUSDT"),
            base: text("BTC"),
            quote: text("USDT"),
            start: start(),
        },
        regimes: vec![(text("normal"), text("×1")), (text("stressed"), text("×2"))],
        severities: SEVERITIES.to_vec(),
        seeds: runs.iter().map(|run| run.seed).max().unwrap_or(0),
        shocks: shocks(),
        runs,
        tracks,
        believability: &[],
        result,
        score,
        fill_words: text(
            "the bot’s orders stood in the same queues as everybody else’s; nothing about fills was assumed",
        ),
        assumptions: vec![Assumption {
            what: text("Latency to the venue"),
            value: text("12 ms"),
            basis: text("configured; no measurement of the real line"),
        }],
        not_shown: vec![text("outages of the bot’s own machine"), text("more than one venue at once")],
        options: vec![OptionRow { key: text("bot.size"), value: text("0.01"), source: OptionSource::File }],
        rerun: vec![text("seatrial run scenarios/volatility.toml")],
        folder: text("reports/volatility"),
    }
}

/// Some of the runs both ways: the first calm one, and the first of each shock at severity 1.
pub fn believed(runs: &[VolatilityRun]) -> Vec<BelievedRun> {
    let is_first = |place: &usize| {
        let is_such = |run: &VolatilityRun| run.shock.is_none() || run.severity == 1.0;
        let is_same = |run: &VolatilityRun| run.shock == runs[*place].shock && is_such(run);
        is_such(&runs[*place]) && !runs[..*place].iter().any(is_same)
    };
    let mode = |mode: &str, run: &VolatilityRun, draws: &mut Draws, filled: i64| ModeFigures {
        mode: mode.to_owned(),
        orders: run.orders,
        fills: run.fills,
        filled_ppm: Some(filled + (draws.next() * 1e4) as i64),
        markout_10s_millibps: Some((draws.normal() * 900.0) as i64),
        profit: Money::from_atto((draws.normal() * 60.0 * 1e6) as i128 * 1_000_000_000_000),
    };
    let both = |place: usize| {
        let (run, mut draws) = (&runs[place], Draws::new(place as u64 + 5));
        let names = [CLOSED_LOOP, "neutral", "optimistic", "pessimistic"];
        let modes = names.iter().zip([91_000, 88_000, 140_000, 85_000]);
        let modes = modes.map(|(name, filled)| mode(name, run, &mut draws, filled)).collect();
        BelievedRun { run: place, believability: Believability { modes, ..Believability::default() } }
    };
    (0..runs.len()).filter(is_first).map(both).collect()
}

pub fn judged(runs: &[VolatilityRun]) -> VolatilityResult {
    judge_volatility(&criteria(), runs, "")
}
