//! Every estimator against a closed form, and tapes that give nothing.

use super::band::Band;
use super::cells::Cells;
use super::days::Days;
use super::figure::Estimate;
use super::minutes::Minutes;
use super::orders::Orders;
use super::series::Series;
use super::signs::Signs;
use super::statistics::{Pairs, gamma_shape, hill_of, log_log_slope, moments};
use super::variance_ratio::variance_ratio;
use super::{CurveKind, Observation, RowVerdict, ScoreVerdict, observe, score};
use crate::model::{RowKind, Side, row};
use crate::rng::{Rng, Streams};
use crate::synth::{SimpleMarket, SimpleMarketConfig};
use crate::tape::{BarBatch, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader, TapeKind};
use crate::units::{MINUTE, SECOND};
use proptest::prelude::*;

fn rng(name: &str) -> Rng {
    Streams::new(7).stream(name)
}

fn normal(rng: &mut Rng) -> f64 {
    rng.gaussian_q16() as f64 / 65_536.0
}

fn near(value: Option<f64>, wanted: f64, room: f64) {
    let value = value.unwrap();
    assert!((value - wanted).abs() <= room, "{value} is not {wanted} +- {room}");
}

/// Closes of a walk whose steps follow `next`.
fn walk(count: i32, mut next: impl FnMut(i32) -> f64) -> Series {
    let (mut closes, mut level) = (Series::default(), 0.0);
    for minute in 0..count {
        level += next(minute);
        closes.push(minute, level);
    }
    closes
}

#[test]
fn an_autoregression_has_its_coefficients_powers() {
    let mut rng = rng("ar");
    let mut last = 0.0;
    let values: Vec<f64> = (0..200_000)
        .map(|_| {
            last = 0.6 * last + normal(&mut rng);
            last
        })
        .collect();
    for lag in [1, 2, 5] {
        let mut pairs = Pairs::default();
        values.iter().zip(&values[lag..]).for_each(|(early, late)| pairs.add(*early, *late));
        near(pairs.correlation(), libm::pow(0.6, lag as f64), 0.01);
    }
}

/// Every other pair of days is missing: what follows a hole is no pair with what was before it.
#[test]
fn days_are_compared_over_the_days_between_them() {
    let mut days = Days::default();
    for day in 0..400 {
        // Alike within a pair, of either sign from one pair to the next.
        let value = if day / 4 % 2 == 0 { 0.01 } else { -0.01 };
        if day % 4 < 2 {
            days.returns.push(day, value + f64::from(day % 4) * 1e-6);
        }
    }
    near(days.memory(1), 1.0, 1e-3);
    near(days.memory(4), -1.0, 1e-3);
    assert_eq!(days.memory(2), None, "no days are two apart");
}

#[test]
fn a_normal_has_neither_skew_nor_excess() {
    let mut rng = rng("normal");
    let values: Vec<f64> = (0..200_000).map(|_| 3.0 + 2.0 * normal(&mut rng)).collect();
    let moments = moments(&values);
    near(moments.variance(), 4.0, 0.05);
    near(moments.skew(), 0.0, 0.02);
    near(moments.excess_kurtosis(), 0.0, 0.05);
    // A coin has the least kurtosis there is.
    near(super::statistics::moments(&[1.0, -1.0, 1.0, -1.0]).excess_kurtosis(), -2.0, 1e-12);
}

#[test]
fn a_pareto_tail_has_its_index() {
    let mut rng = rng("pareto");
    let uniform = |rng: &mut Rng| (rng.below(1 << 40) as f64 + 0.5) / (1_u64 << 40) as f64;
    let values: Vec<f64> = (0..200_000).map(|_| libm::pow(uniform(&mut rng), -1.0 / 2.7)).collect();
    near(hill_of(&values, 0.05), 2.7, 0.1);
    assert_eq!(hill_of(&[1.0; 100], 0.05), None);
    assert_eq!(hill_of(&[0.0; 100], 0.05), None);
    assert_eq!(hill_of(&[], 0.05), None);
}

#[test]
fn an_exponential_queue_has_shape_one() {
    let mut rng = rng("gamma");
    let values: Vec<f64> = (0..200_000).map(|_| 1.0 + rng.exponential(1_000_000) as f64).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mean_log = values.iter().map(|value| libm::log(*value)).sum::<f64>() / values.len() as f64;
    near(gamma_shape(mean, mean_log), 1.0, 0.03);
    assert_eq!(gamma_shape(5.0, libm::log(5.0)), None);
}

#[test]
fn a_power_law_has_its_exponent() {
    let points = [1.0, 10.0, 100.0].map(|lag| (lag, 3.0 * libm::pow(lag, -0.5)));
    near(log_log_slope(points.into_iter(), 0.0), -0.5, 1e-12);
    // What has died counts as the floor.
    near(log_log_slope([(1.0, 1.0), (10.0, -0.3)].into_iter(), 0.1), -1.0, 1e-12);
}

#[test]
fn walks_have_variance_ratio_one_and_trends_more() {
    let mut noise = rng("walk");
    let fair = variance_ratio(&walk(50_000, |_| normal(&mut noise)), 15, 1_440).unwrap();
    let error = fair.error.unwrap();
    assert!((fair.value - 1.0).abs() < 3.0 * error, "{fair:?}");
    // Independent steps: the root of 2 (2q - 1) (q - 1) / 3q over the number of steps.
    assert!((error - (2.0 * 29.0 * 14.0 / 45.0 / 50_000.0_f64).sqrt()).abs() < 0.002, "{fair:?}");
    let (mut noise, mut last) = (rng("trend"), 0.0);
    let trend = |_| {
        last = 0.3 * last + normal(&mut noise);
        last
    };
    let found = variance_ratio(&walk(50_000, trend), 15, 1_440).unwrap();
    // 1 + 2 sum of (1 - k/15) 0.3^k.
    let wanted = 1.0 + 2.0 * (1..15).map(|k| (1.0 - f64::from(k) / 15.0) * libm::pow(0.3, f64::from(k))).sum::<f64>();
    near(Some(found.value), wanted, 0.08);
}

#[test]
fn the_variance_ratio_refuses_what_tells_nothing() {
    assert!(variance_ratio(&Series::default(), 15, 1_440).is_err());
    assert!(variance_ratio(&walk(5_000, |_| 0.0), 15, 1_440).is_err());
}

/// Orders split into parts of Pareto lengths with tail 1.5, one of several at a time: signs with a memory of exponent 0.5.
fn split_signs(count: usize) -> Signs {
    let mut rng = rng("signs");
    let length = |rng: &mut Rng| libm::pow((rng.below(1 << 30) as f64 + 1.0) / (1 << 30) as f64, -1.0 / 1.5) as u64;
    let mut parents: Vec<(u64, i64)> = vec![(0, 1); 6];
    let mut signs = Signs::default();
    for _ in 0..count {
        let chosen = rng.below(parents.len() as u64) as usize;
        if parents[chosen].0 == 0 {
            parents[chosen] = (length(&mut rng).max(1), if rng.ratio(1, 2) { 1 } else { -1 });
        }
        parents[chosen].0 -= 1;
        signs.add(parents[chosen].1);
    }
    signs
}

#[test]
fn split_orders_have_a_long_memory_and_coins_none() {
    let split = split_signs(300_000);
    near(split.exponent(), 0.5, 0.15);
    near(split.hurst(), 0.75, 0.08);
    let (mut coins, mut noise) = (Signs::default(), rng("coins"));
    (0..100_000).for_each(|_| coins.add(if noise.ratio(1, 2) { 1 } else { -1 }));
    near(coins.memory_at(100), 0.0, 0.015);
    near(coins.hurst(), 0.5, 0.06);
}

#[test]
fn one_side_only_has_no_memory_to_measure() {
    let mut signs = Signs::default();
    (0..20_000).for_each(|_| signs.add(1));
    assert_eq!(signs.memory_at(1), None);
    assert_eq!(signs.hurst(), None);
}

#[test]
fn fills_of_one_instant_are_one_order_and_prices_that_bounce_are_seen() {
    let mut orders = Orders::default();
    for number in 0..1_000_i64 {
        let side = if number % 2 == 0 { Side::Buy } else { Side::Sell };
        let price = if number % 2 == 0 { 101 } else { 100 };
        orders.trade(number * 1_000_000_000, side, price, Some(201));
        orders.trade(number * 1_000_000_000, side, price, Some(201));
    }
    orders.finish();
    assert_eq!(orders.signs.count, 1_000);
    near(orders.bounce.correlation(), -1.0, 1e-9);
    near(orders.signs.memory_at(1), -1.0, 0.01);
    assert_eq!(orders.response()[0], (1.0, 0.0));
}

#[test]
fn minutes_without_rows_stand_still_and_holes_stay_holes() {
    let mut minutes = Minutes::default();
    let minute = MINUTE.nanos();
    minutes.trade(5.0);
    minutes.pass(0, 3 * minute, Some(1.0));
    minutes.pass(3 * minute, 60 * minute, Some(2.0));
    minutes.pass(60 * minute, 61 * minute, Some(3.0));
    let closes: Vec<(i32, f64)> = minutes.closes.iter().collect();
    assert_eq!(closes, [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (60, 3.0)]);
    assert_eq!(minutes.volumes, [5.0, 0.0, 0.0, 0.0, 0.0]);
}

/// Sums over stretches, and the same by brute force over all pairs.
#[test]
fn stretches_add_up_to_the_series() {
    let mut noise = rng("cells");
    let mut minutes = Minutes::default();
    let (mut level, mut all) = (0.0, Vec::new());
    for minute in 0..3_000 {
        let change = normal(&mut noise);
        level += change;
        minutes.trade(change.abs());
        minutes.close(minute, Some(level));
        all.push(change);
    }
    let sums = Cells::new(&minutes).whole();
    let sizes: Vec<f64> = all[1..].iter().map(|value| value.abs()).collect();
    let mut pairs = Pairs::default();
    (60..sizes.len()).for_each(|at| pairs.add(sizes[at - 60], sizes[at]));
    near(sums.size_memory[11].correlation(), pairs.correlation().unwrap(), 1e-9);
    near(sums.tail, hill_of(&sizes, 0.05).unwrap(), 1e-9);
    near(sums.volume.correlation(), 1.0, 1e-9);
    assert_eq!(sums.returns_of(60).count, 49.0);
}

/// A tape in memory.
struct Memory(TapeHeader, Vec<Batch>);

impl BatchSource for Memory {
    fn header(&self) -> &TapeHeader {
        &self.0
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.1.get(index).cloned())
    }
}

fn header(kind: TapeKind) -> TapeHeader {
    let market = SimpleMarket::new(&SimpleMarketConfig::default(), 1);
    let period = (kind == TapeKind::Bars).then_some(MINUTE);
    TapeHeader { kind, period, ..market.header().clone() }
}

fn bars(closes: &[i64], volume: i64) -> Memory {
    let column = |values: &[i64]| IntColumn::Wide(values.to_vec().into());
    let prices = || column(closes);
    let opens: Vec<i64> = (0..closes.len() as i64)
        .map(|index| 1_700_000_000 * SECOND.nanos() / 60 * 60 + index * MINUTE.nanos())
        .collect();
    let opens: Vec<i64> = opens.iter().map(|at| at - at.rem_euclid(MINUTE.nanos())).collect();
    let volume = column(&vec![volume; closes.len()]);
    let batch =
        BarBatch { open_at: opens.into(), open: prices(), high: prices(), low: prices(), close: prices(), volume };
    Memory(header(TapeKind::Bars), vec![Batch::Bars(batch)])
}

/// (venue time, flags, price, quantity).
fn rows(kind: TapeKind, rows: &[(i64, u32, i64, i64)]) -> Memory {
    let column = |values: Vec<i64>| IntColumn::Wide(values.into());
    let stamps: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let batch = RowBatch {
        venue_at: stamps.clone().into(),
        local_at: stamps.into(),
        price: column(rows.iter().map(|row| row.2).collect()),
        quantity: column(rows.iter().map(|row| row.3).collect()),
        flags: rows.iter().map(|row| row.1).collect::<Vec<u32>>().into(),
        delivery: None,
    };
    Memory(header(kind), vec![Batch::Rows(batch)])
}

fn seen(mut tape: Memory) -> Observation {
    observe(&mut tape).unwrap()
}

const KINDS: [CurveKind; 9] = [
    CurveKind::Tails,
    CurveKind::Memory,
    CurveKind::SizeMemory,
    CurveKind::Signs,
    CurveKind::Signature,
    CurveKind::Spread,
    CurveKind::Depth,
    CurveKind::Hours,
    CurveKind::Response,
];

/// A row has either a finite value or a reason.
fn is_whole(seen: &Observation) {
    let score = score(seen, Some(seen));
    for row in &score.rows {
        assert!(row.value.is_some() != row.reason.is_some(), "{row:?}");
        assert!(row.value.is_none_or(f64::is_finite), "{row:?}");
        assert_eq!(row.value.is_none(), row.verdict == RowVerdict::NotMeasured, "{row:?}");
    }
    for kind in KINDS {
        assert!(seen.curve(kind).iter().all(|(x, y)| x.is_finite() && y.is_finite()), "{kind:?}");
    }
}

#[test]
fn tapes_that_say_nothing_give_reasons() {
    let depth = |side| row::pack(RowKind::Depth, side) | row::LAST;
    for tape in [
        Memory(header(TapeKind::L2), Vec::new()),
        Memory(header(TapeKind::Bars), Vec::new()),
        rows(TapeKind::L2, &[(0, depth(Side::Buy), 100, 1)]),
        rows(TapeKind::Trades, &[(0, row::TRADE | row::LAST, 100, 1)]),
        bars(&[100], 1),
        bars(&vec![100; 30_000], 0),
        bars(&vec![0; 3_000], 0),
        rows(
            TapeKind::L2,
            &[
                (946_684_800_000_000_000, depth(Side::Buy), 100, 1),
                (7_258_000_000_000_000_000, depth(Side::Sell), 101, 1),
            ],
        ),
    ] {
        let seen = seen(tape);
        is_whole(&seen);
        let score = score(&seen, None);
        assert_eq!(score.verdict, ScoreVerdict::Insufficient, "{}", score.words);
    }
}

#[test]
fn what_is_no_market_is_said_first() {
    let (bid, ask) = (row::pack(RowKind::Depth, Side::Buy), row::pack(RowKind::Depth, Side::Sell));
    let broken = |rows_: &[(i64, u32, i64, i64)]| {
        let score = score(&seen(rows(TapeKind::L2, rows_)), None);
        let counts: Vec<u64> = score.preconditions.iter().map(|held| held.violations).collect();
        (score.verdict, counts)
    };
    // The bid runs over the ask; the ask goes in the same message or it does not, and stays crossed until it does.
    let last = row::LAST;
    let crossed = [(1, ask | last, 101, 1), (2, bid | last, 102, 1), (3, bid | last, 99, 1), (4, ask | last, 101, 0)];
    assert_eq!(broken(&crossed), (ScoreVerdict::Unsound, vec![2, 0, 0]));
    let mended = [(1, ask | last, 101, 1), (2, bid, 102, 1), (2, ask | last, 101, 0)];
    assert_eq!(broken(&mended), (ScoreVerdict::Insufficient, vec![0, 0, 0]));
    assert_eq!(
        broken(&[(2, row::TRADE | last, 100, 0), (1, bid | last, 99, -1)]),
        (ScoreVerdict::Unsound, vec![0, 2, 1])
    );
}

#[test]
fn a_trend_fails_whatever_else_is_right() {
    let (mut noise, mut price, mut last) = (rng("trending"), 1_000_000.0, 0.0);
    let closes: Vec<i64> = (0..20_000)
        .map(|_| {
            last = 0.4 * last + 300.0 * normal(&mut noise);
            price += last;
            price as i64
        })
        .collect();
    let score = score(&seen(bars(&closes, 1)), None);
    assert_eq!(score.verdict, ScoreVerdict::Trend, "{}", score.words);
}

/// A standard error so large that it would excuse anything excuses twice the band's own distance.
#[test]
fn chance_excuses_no_trend_of_any_size() {
    let band = Band::NearOne(0.756, 1.235);
    let at = |value: f64, error: f64| band.holds(&Estimate::with_error(value, error));
    assert_eq!(
        [at(1.3, 0.2), at(1.46, 0.34), at(1.48, 0.34), at(0.52, 5.0), at(0.5, 5.0)],
        [true, true, false, true, false]
    );
    assert!(!at(1.3, 0.01) && at(1.2, 0.0));
}

#[test]
fn a_tape_lies_in_its_own_interval() {
    let (mut noise, mut price) = (rng("own"), 1_000_000.0);
    let closes: Vec<i64> = (0..30_000)
        .map(|_| {
            price += 300.0 * normal(&mut noise);
            price as i64
        })
        .collect();
    let seen = seen(bars(&closes, 1));
    let scored = score(&seen, Some(&seen));
    let drawn: Vec<_> =
        scored.rows.iter().filter(|row| row.against.as_ref().is_some_and(|other| other.is_band)).collect();
    assert!(10 <= drawn.len(), "{}", drawn.len());
    let outside: Vec<_> = drawn.iter().filter(|row| row.verdict == RowVerdict::Outside).map(|row| row.name).collect();
    // A largest over a smallest and a slope with a floor are biased in drawn series; sums are not.
    assert!(outside.len() <= 2, "{outside:?}");
    assert_eq!(scored, score(&seen, Some(&seen)));
}

proptest! {
    #[test]
    fn no_bars_give_a_figure_that_is_none(closes in prop::collection::vec(0_i64..5, 0..3_000), volume in 0_i64..3) {
        is_whole(&seen(bars(&closes, volume)));
    }

    #[test]
    fn no_rows_give_a_figure_that_is_none(
        drawn in prop::collection::vec((0_i64..40_000_000_000, 0_u32..16, 1_i64..50, 0_i64..4), 0..300),
    ) {
        let mut at = 0;
        let mut next = |step: i64| { at += step; at };
        let drawn: Vec<_> = drawn.into_iter().map(|(step, flags, price, quantity)| {
            let kind = if flags & row::KIND == 3 { flags & !1 } else { flags };
            (next(step), kind, price, quantity)
        }).collect();
        is_whole(&seen(rows(TapeKind::L2, &drawn)));
        is_whole(&seen(rows(TapeKind::Trades, &drawn)));
    }

    #[test]
    fn kurtosis_does_not_know_the_scale(values in prop::collection::vec(-100.0_f64..100.0, 10..200), factor in 0.01_f64..50.0) {
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        if let (Some(plain), Some(scaled)) = (moments(&values).excess_kurtosis(), moments(&scaled).excess_kurtosis()) {
            prop_assert!((plain - scaled).abs() < 1e-6 * (1.0 + plain.abs()));
        }
    }
}
