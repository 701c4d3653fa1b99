//! Bars built from trades, tapes of bars, and a moving average cross computed twice.

use crate::shaker::{Seen, Why};
use crate::support::{Dice, MemoryMarket, TestRow, header};
use crate::world::*;
use seatrial::engine::EngineConfig;
use seatrial::gates::{Amount, GateConfig, Setting, daily_loss};
use seatrial::journal::Entry;
use seatrial::model::{Bar, ReportKind, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::tape::{BATCH_ROWS, BarBatch, Batch, BatchSource, IntColumn, TapeError, TapeHeader, TapeKind};
use seatrial::units::{MINUTE, Money, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::BTreeMap;

const T0: i64 = 1_700_000_040_000_000_000; // a whole minute
const MS: i64 = 1_000_000;
/// Tick 0.1 and step 0.001: a tick of one step is 0.0001, in atto.
const TICK_STEP: i128 = 100_000_000_000_000;

/// A trades tape in memory.
pub struct TradesMarket(MemoryMarket, TapeHeader);

impl TradesMarket {
    pub fn new(rows: &[TestRow]) -> Self {
        Self(MemoryMarket::new(rows), header(rows, TapeKind::Trades))
    }
}

impl BatchSource for TradesMarket {
    fn header(&self) -> &TapeHeader {
        &self.1
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.0.batch(index)
    }
}

/// A bar tape in memory.
pub struct BarMarket {
    pub header: TapeHeader,
    bars: Vec<Bar>,
}

impl BarMarket {
    pub fn new(bars: &[Bar], period: Span) -> Self {
        let mut header = header(&[], TapeKind::Bars);
        header.period = Some(period);
        header.rows = bars.len() as u64;
        header.first_at = bars.first().map_or(Timestamp::default(), |bar| bar.open_at);
        header.last_at = bars.last().map_or(Timestamp::default(), |bar| bar.open_at);
        Self { header, bars: bars.to_vec() }
    }
}

impl BatchSource for BarMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        let Some(bars) = self.bars.chunks(BATCH_ROWS).nth(index) else { return Ok(None) };
        let column = |value: fn(&Bar) -> i64| IntColumn::Wide(bars.iter().map(value).collect());
        Ok(Some(Batch::Bars(BarBatch {
            open_at: bars.iter().map(|bar| bar.open_at.nanos()).collect(),
            open: column(|bar| bar.open.ticks()),
            high: column(|bar| bar.high.ticks()),
            low: column(|bar| bar.low.ticks()),
            close: column(|bar| bar.close.ticks()),
            volume: column(|bar| bar.volume.steps()),
        })))
    }
}

pub fn bar(open_at: i64, period: Span, prices: [i64; 4], volume: i64) -> Bar {
    let [open, high, low, close] = prices.map(Price::new);
    Bar { open_at: Timestamp::from_nanos(open_at), period, open, high, low, close, volume: Quantity::new(volume) }
}

/// Bars of trades by the instant of arrival, or of shorter bars by their start.
fn grouped(pieces: impl Iterator<Item = Bar>, period: Span) -> Vec<Bar> {
    let mut bars: BTreeMap<i64, Bar> = BTreeMap::new();
    for piece in pieces {
        let open_at = piece.open_at.nanos().div_euclid(period.nanos()) * period.nanos();
        let whole = bars.entry(open_at).or_insert(Bar {
            open_at: Timestamp::from_nanos(open_at),
            period,
            volume: Quantity::ZERO,
            ..piece
        });
        whole.high = whole.high.max(piece.high);
        whole.low = whole.low.min(piece.low);
        whole.close = piece.close;
        whole.volume = whole.volume + piece.volume;
    }
    bars.into_values().collect()
}

fn bars_seen(seen: &[Seen]) -> Vec<(Bar, Timestamp)> {
    seen.iter().filter_map(|seen| if let Why::Bar(bar) = seen.why { Some((bar, seen.now)) } else { None }).collect()
}

/// Trades at random, many exactly on a second, with holes of several seconds.
pub fn random_trades(seed: u64) -> Vec<TestRow> {
    let mut dice = Dice::new(seed);
    let (mut at, mut price) = (T0 + 300 * MS, 600_000);
    let rows = (0..600).map(|_| {
        at += [0, 1, 30 * MS, 400 * MS, 3_000 * MS][dice.below(5) as usize];
        if dice.below(5) == 0 {
            at = (at / SECOND.nanos() + 1) * SECOND.nanos();
        }
        price += dice.below(7) - 3;
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        TestRow::trade(at, at, side, price, 1 + dice.below(9))
    });
    let mut rows: Vec<TestRow> = rows.collect();
    if seed.is_multiple_of(2) {
        rows.iter_mut().for_each(|row| row.local_at += 700 * MS);
    }
    rows
}

#[test]
fn bars_are_built_from_trades_by_arrival() {
    for seed in 1..=6 {
        let rows = random_trades(seed);
        let piece = |row: &TestRow| bar(row.local_at, SECOND, [row.price; 4], row.quantity);
        let mut expected = grouped(rows.iter().map(piece), SECOND);
        let end = rows.last().unwrap().local_at;
        expected.retain(|bar| bar.open_at.plus(SECOND).nanos() <= end);
        for (trades, depth) in [(false, false), (true, false), (false, true)] {
            let subscriptions = Subscriptions { bars: Some(SECOND), trades, depth, ..Subscriptions::default() };
            let lane = LaneSpec::new(shaker(subscriptions, seed));
            for market in [&mut TradesMarket::new(&rows) as &mut dyn BatchSource, &mut MemoryMarket::new(&rows)] {
                let (traces, _) = try_play(market, &AUTO, std::slice::from_ref(&lane)).unwrap();
                let found = bars_seen(&traces[0].seen);
                assert_eq!(found.iter().map(|(bar, _)| *bar).collect::<Vec<_>>(), expected, "seed {seed}");
                assert!(found.iter().all(|(bar, now)| bar.open_at.plus(SECOND) == *now), "seed {seed}");
            }
        }
    }
}

fn buys_once(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && view.now.nanos() == T0 + 100 * MS {
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1_000)));
    }
}

/// The first trade after the order reaches no own order: the venue must have heard of it all the same.
#[test]
fn a_market_order_takes_at_the_last_trade_of_a_trades_tape() {
    let rows = [
        TestRow::trade(T0, T0, Side::Buy, 600_000, 1),
        TestRow::trade(T0 + 50 * MS, T0 + 50 * MS, Side::Buy, 600_007, 1),
        TestRow::trade(T0 + 900 * MS, T0 + 900 * MS, Side::Buy, 600_020, 1),
    ];
    let timer = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    let lane = LaneSpec::new(Kind::Script(timer, buys_once));
    let (traces, _) = try_play(&mut TradesMarket::new(&rows), &AUTO, &[lane]).unwrap();
    let prices: Vec<i64> = fill_prices(&traces[0].entries);
    assert_eq!(prices, [600_007]);
}

fn fill_prices(entries: &[Entry]) -> Vec<i64> {
    let price = |entry: &Entry| match entry {
        Entry::Venue(report) => match report.kind {
            ReportKind::Filled(fill) => Some(fill.price.ticks()),
            _ => None,
        },
        _ => None,
    };
    entries.iter().filter_map(price).collect()
}

#[test]
fn a_breaker_watches_trades_where_there_is_no_book() {
    let mut rows = vec![TestRow::trade(T0, T0, Side::Buy, 600_000, 1)];
    for step in 0..40 {
        let at = T0 + 1_020 * MS + step * 20 * MS;
        rows.push(TestRow::trade(at, at, Side::Sell, 600_000 - 50 * step, 1));
    }
    let timer = Subscriptions { timer: Some(Span::from_nanos(100 * MS)), ..Subscriptions::default() };
    let absolute = Setting::On(Amount::new(Money::from_units(100)));
    let limits = daily_loss::Limits { percent: Setting::Off, absolute, confirm_marks: 1, engages_kill_switch: false };
    let gates = GateConfig { daily_loss: Setting::On(limits), ..GateConfig::off() };
    let lane = LaneSpec { gates, ..LaneSpec::new(Kind::Script(timer, buys_once)) };
    let (traces, _) = try_play(&mut TradesMarket::new(&rows), &AUTO, &[lane]).unwrap();
    let tripped = traces[0].entries.iter().find_map(|entry| match entry {
        Entry::Tripped { at, .. } => Some(at.nanos()),
        _ => None,
    });
    // One coin bought at 60,000 for a fee of 30: 70 more are lost 700 ticks lower, at the trade of 15 steps of 50 ticks.
    assert_eq!(tripped, Some(T0 + 1_020 * MS + 15 * 20 * MS));
}

/// Random minute bars with holes, closes that tie now and then.
pub fn random_bars(seed: u64, count: usize) -> Vec<Bar> {
    let mut dice = Dice::new(seed);
    let (mut at, mut close) = (T0, 600_000);
    let bars = (0..count).map(|_| {
        let open = close + dice.below(5) - 2;
        close = open + (dice.below(41) - 20) * dice.below(2);
        let high = open.max(close) + dice.below(9);
        let low = open.min(close) - dice.below(9);
        let bar = bar(at, MINUTE, [open, high, low, close], dice.below(100));
        at += MINUTE.nanos() * if dice.below(20) == 0 { 1 + dice.below(12) } else { 1 };
        bar
    });
    bars.collect()
}

#[test]
fn longer_bars_are_multiples_of_the_tape_s() {
    for seed in 1..=6 {
        let bars = random_bars(seed, 500);
        for minutes in [1, 2, 5, 60] {
            let period = MINUTE.times(minutes);
            let subscriptions = Subscriptions { bars: Some(period), ..Subscriptions::default() };
            let lane = LaneSpec::new(shaker(subscriptions, seed));
            let (traces, _) = try_play(&mut BarMarket::new(&bars, MINUTE), &AUTO, &[lane]).unwrap();
            let mut expected = grouped(bars.iter().copied(), period);
            let end = bars.last().unwrap().open_at.plus(MINUTE);
            expected.retain(|bar| bar.open_at.plus(period) <= end);
            let found: Vec<Bar> = bars_seen(&traces[0].seen).into_iter().map(|(bar, _)| bar).collect();
            assert_eq!(found, expected, "seed {seed}, {minutes} minutes");
        }
    }
}

#[test]
fn bars_that_are_no_multiple_are_refused() {
    for wanted in [SECOND, SECOND.times(90)] {
        let subscriptions = Subscriptions { bars: Some(wanted), ..Subscriptions::default() };
        let lane = LaneSpec::new(shaker(subscriptions, 1));
        let error = try_play(&mut BarMarket::new(&random_bars(1, 5), MINUTE), &AUTO, &[lane]).unwrap_err();
        assert!(error.to_string().contains("ask for a multiple"), "{error}");
    }
    let mut silent = BarMarket::new(&random_bars(1, 5), MINUTE);
    silent.header.period = None;
    let error = try_play(&mut silent, &AUTO, &[LaneSpec::new(Kind::Nothing)]).unwrap_err();
    assert!(error.to_string().contains("no period"), "{error}");
}

/// Long while the mean of two closes is above the mean of five, flat while below, as before on a tie: bought and sold at
/// the next bar's open. Returns the prices, and the profit after fees in atto.
fn naive_cross(bars: &[Bar]) -> (Vec<i64>, i128) {
    let closes: Vec<i64> = bars.iter().map(|bar| bar.close.ticks()).collect();
    let mean = |end: usize, count: usize| closes[end + 1 - count..=end].iter().sum::<i64>();
    let (mut prices, mut profit, mut held, mut target) = (Vec::new(), 0, 0, 0);
    let fee = |price: i64| {
        // 0.05 % of the notional in atto, up to eight decimals.
        let exact = i128::from(price) * TICK_STEP * 5;
        let unit = 10_000 * 10_000_000_000;
        (exact + unit - 1) / unit * 10_000_000_000
    };
    for index in 4..bars.len() - 1 {
        match (mean(index, 2) * 5).cmp(&(mean(index, 5) * 2)) {
            std::cmp::Ordering::Greater => target = 1,
            std::cmp::Ordering::Less => target = 0,
            std::cmp::Ordering::Equal => {}
        }
        if target != held {
            let open = bars[index + 1].open.ticks();
            profit -= i128::from((target - held) * open) * TICK_STEP + fee(open);
            prices.push(open);
            held = target;
        }
    }
    profit += i128::from(held * closes[bars.len() - 1]) * TICK_STEP;
    (prices, profit)
}

#[test]
fn a_moving_average_cross_trades_as_a_plain_loop_does() {
    for seed in 1..=10 {
        let mut bars = random_bars(seed, 400);
        bars.iter_mut().for_each(|bar| bar.period = SECOND);
        for (index, bar) in bars.iter_mut().enumerate() {
            bar.volume = Quantity::new(1);
            bar.open_at = Timestamp::from_nanos(T0 + index as i64 * SECOND.nanos());
        }
        let (prices, profit) = naive_cross(&bars);
        for latency in [constant(0, 0), constant(MS, MS)] {
            let lane = LaneSpec { latency, ..LaneSpec::new(Kind::Cross) };
            let (traces, outcome) = try_play(&mut BarMarket::new(&bars, SECOND), &AUTO, &[lane]).unwrap();
            assert_eq!(fill_prices(&traces[0].entries), prices, "seed {seed}");
            let earned = outcome.lanes[0].equity.atto() - Money::from_units(100_000).atto();
            assert_eq!(earned, profit, "seed {seed}");
        }
        assert!(prices.len() > 20, "{} trades prove little", prices.len());
    }
}

/// A slower risk clock marks less often and changes neither trades nor where the account ends.
#[test]
fn a_slow_risk_clock_marks_less_and_ends_alike() {
    let bars = random_bars(3, 400);
    let lane = LaneSpec::new(shaker(Subscriptions { bars: Some(MINUTE), ..Subscriptions::default() }, 3));
    let runs = [SECOND, MINUTE.times(30)].map(|risk_clock| {
        let config = EngineConfig { risk_clock, ..AUTO };
        try_play(&mut BarMarket::new(&bars, MINUTE), &config, std::slice::from_ref(&lane)).unwrap()
    });
    let marks = |entries: &[Entry]| entries.iter().filter(|entry| matches!(entry, Entry::Mark(_))).count();
    let [(fast, fast_end), (slow, slow_end)] = &runs;
    assert_eq!(fill_prices(&fast[0].entries), fill_prices(&slow[0].entries));
    assert_eq!(fast_end.lanes[0].equity, slow_end.lanes[0].equity);
    let (fast, slow) = (marks(&fast[0].entries), marks(&slow[0].entries));
    assert!(4 * slow < fast, "{slow} marks, expected far fewer than {fast}");
}

/// A price that never moves ties all averages: nothing is ever bought.
#[test]
fn ties_change_nothing() {
    let bars: Vec<Bar> = (0..50).map(|index| bar(T0 + index * SECOND.nanos(), SECOND, [600_000; 4], 1)).collect();
    let (traces, _) = try_play(&mut BarMarket::new(&bars, SECOND), &AUTO, &[LaneSpec::new(Kind::Cross)]).unwrap();
    assert_eq!(fills(&traces[0].entries), 0);
}

#[test]
fn lanes_on_bars_do_not_depend_on_neighbours() {
    for seed in 1..=4 {
        let bars = random_bars(seed, 400);
        let period = Some(MINUTE.times(1 + seed as i64 % 2));
        let all =
            Subscriptions { bars: period, reports: true, timer: Some(MINUTE.times(3)), ..Subscriptions::default() };
        let lanes: Vec<LaneSpec> = PRESETS
            .into_iter()
            .zip(latencies())
            .map(|(preset, latency)| LaneSpec { preset, latency, ..LaneSpec::new(shaker(all, seed)) })
            .collect();
        let (together, _) = try_play(&mut BarMarket::new(&bars, MINUTE), &AUTO, &lanes).unwrap();
        for (lane, shared) in lanes.iter().zip(&together) {
            let alone = try_play(&mut BarMarket::new(&bars, MINUTE), &AUTO, std::slice::from_ref(lane)).unwrap().0;
            assert_same(&alone[0], shared, &format!("seed {seed}, {lane:?}"));
        }
        assert!(together.iter().any(|trace| fills(&trace.entries) > 10), "seed {seed}");
    }
}
