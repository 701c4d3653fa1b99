//! The same figures a second time, from lists and floats, straight from the definitions.

use super::world::{Deal, World, best, usd};
use crate::metrics::{Metric, Summary};
use crate::model::*;
use crate::units::Money;
use proptest::prelude::*;

/// What happens at one step: the mid moves, a fill may happen, a mark or a quote may be written.
#[derive(Debug, Clone, Copy)]
struct Step {
    wait: i64,
    bid: i64,
    spread: i64,
    deal: Option<(bool, i64, i64, bool, i64)>,
    is_mark: bool,
    is_quote: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let deal = proptest::option::of((any::<bool>(), -3_i64..4, 1_i64..40, any::<bool>(), -50_i64..200));
    let drawn = (1_i64..900, 990_i64..1_010, 1_i64..6, deal, any::<bool>(), any::<bool>());
    drawn.prop_map(|(wait, bid, spread, deal, is_mark, is_quote)| Step {
        wait: wait * 1_000,
        bid,
        spread,
        deal,
        is_mark,
        is_quote,
    })
}

/// Plain lists of what happened, seconds and quote in floats.
#[derive(Default)]
struct Lists {
    /// Time, signed quantity in base, price, fee, is maker, mid.
    fills: Vec<(f64, f64, f64, f64, bool, f64)>,
    /// Time, mid.
    mids: Vec<(f64, f64)>,
    /// Time, equity.
    marks: Vec<(f64, f64)>,
    end: f64,
}

fn play(steps: &[Step]) -> (World, Lists) {
    let mut world = World::new(0, usd("1000"));
    let mut lists = Lists::default();
    let mut now = 0;
    for (number, step) in steps.iter().enumerate() {
        now += step.wait;
        let seconds = now as f64 / 1e3;
        let (bid, ask) = (step.bid, step.bid + step.spread);
        let mid = (bid + ask) as f64 / 20.0;
        if let Some((is_buy, offset, quantity, is_maker, fee)) = step.deal {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let liquidity = if is_maker { Liquidity::Maker } else { Liquidity::Taker };
            let price = step.bid + offset;
            let fee = Money::from_atto(i128::from(fee) * 1_000_000_000_000_000 / 3);
            world.fill(now, Deal { side, price, quantity, liquidity, fee, best: best(bid, ask) });
            let signed = (side.sign() * quantity) as f64 / 1e3;
            lists.fills.push((seconds, signed, price as f64 / 10.0, fee.to_f64(), is_maker, mid));
            lists.mids.push((seconds, mid));
        }
        if step.is_quote {
            world.quote(now, bid, ask);
            lists.mids.push((seconds, mid));
        }
        if step.is_mark || number + 1 == steps.len() {
            world.mark(now, bid, ask);
            lists.mids.push((seconds, mid));
            lists.marks.push((seconds, world.equity(bid, ask).to_f64()));
        }
    }
    world.end(now);
    lists.end = now as f64 / 1e3;
    (world, lists)
}

fn same(what: &str, metric: Metric<f64>, expected: Option<f64>) {
    let agree = match (metric.value(), expected) {
        (Some(value), Some(expected)) => (value - expected).abs() <= 1e-8 * expected.abs().max(1.0),
        (None, None) => true,
        _ => false,
    };
    assert!(agree, "{what}: {metric:?} and {expected:?}");
}

fn same_money(what: &str, money: Money, expected: f64) {
    same(what, Metric::Value(money.to_f64()), Some(expected));
}

/// Zero over zero is nothing.
fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

fn check_profit(summary: &Summary, lists: &Lists) {
    let capture: f64 = lists.fills.iter().map(|(_, signed, price, _, _, mid)| signed * (mid - price)).sum();
    let fees: f64 = lists.fills.iter().map(|fill| fill.3).sum();
    let end_mid = lists.mids.last().map_or(0.0, |mid| mid.1);
    let cash: f64 = lists.fills.iter().map(|(_, signed, price, fee, _, _)| -signed * price - fee).sum();
    let position: f64 = lists.fills.iter().map(|fill| fill.1).sum();
    let total = cash + position * end_mid;
    same_money("total", summary.profit.total, total);
    same_money("capture", summary.profit.spread_capture, capture);
    same_money("inventory", summary.profit.inventory, total - capture + fees);
    let parts = summary.profit.spread_capture + summary.profit.inventory - summary.profit.fees;
    assert_eq!(parts, summary.profit.total, "exactly");
    assert_eq!(summary.profit.total, summary.returns.end_equity - summary.returns.start_equity);
    assert_eq!(summary.profit.fees, summary.execution.fees);
}

/// Lots one step at a time: each step of quantity is a fill of its own, so that no fill crosses zero.
fn check_trips(summary: &Summary, lists: &Lists) {
    let (mut position, mut cash, mut results) = (0_i64, 0.0, Vec::new());
    for (_, signed, price, fee, _, _) in &lists.fills {
        let steps = (signed * 1e3).round() as i64;
        for _ in 0..steps.abs() {
            position += steps.signum();
            cash -= steps.signum() as f64 / 1e3 * price + fee / steps.abs() as f64;
            if position == 0 {
                results.push(cash);
                cash = 0.0;
            }
        }
    }
    let trades = &summary.trades;
    assert_eq!(trades.closed, results.len() as u64);
    assert_eq!(trades.is_open, position != 0);
    let is_clear = results.iter().all(|result: &f64| result.abs() > 1e-9);
    if is_clear {
        let (wins, losses): (Vec<f64>, Vec<f64>) = results.iter().partition(|result| **result > 0.0);
        let (won, lost) = (wins.iter().sum::<f64>(), -losses.iter().sum::<f64>());
        assert_eq!((trades.wins, trades.losses), (wins.len() as u64, losses.len() as u64));
        same("win rate", trades.win_rate, ratio(wins.len() as f64, results.len() as f64));
        same("profit factor", trades.profit_factor, ratio(won, lost));
        let means = ratio(won, wins.len() as f64).zip(ratio(lost, losses.len() as f64));
        same("payoff", trades.payoff, means.and_then(|(win, loss)| ratio(win, loss)));
        same_money("gross profit", trades.gross_profit, won);
    }
    let net: f64 = results.iter().sum();
    same("expectancy", trades.expectancy.map(Money::to_f64), ratio(net, results.len() as f64));
}

fn check_drawdown(summary: &Summary, lists: &Lists) {
    let curve: Vec<f64> = std::iter::once(1000.0).chain(lists.marks.iter().map(|mark| mark.1)).collect();
    let falls = (0..curve.len()).flat_map(|to| (0..=to).map(move |from| (from, to)));
    let deepest = falls.map(|(from, to)| 1.0 - curve[to] / curve[from]).fold(0.0, f64::max);
    same("drawdown", summary.drawdown.fraction, Some(deepest));
    let lowest = curve.iter().copied().fold(f64::INFINITY, f64::min);
    same_money("lowest", summary.returns.lowest_equity, lowest);
}

fn check_days(summary: &Summary, lists: &Lists) {
    let mut previous = 1000.0;
    let mut returns = Vec::new();
    for day in 0..=(lists.end / 86_400.0) as i64 {
        let (open, close) = (day as f64 * 86_400.0, (day + 1) as f64 * 86_400.0);
        let last = lists.marks.iter().rfind(|mark| open < mark.0 && mark.0 <= close);
        if let Some((_, equity)) = last {
            if close <= lists.end {
                returns.push(equity / previous - 1.0);
            }
            previous = *equity;
        }
    }
    assert_eq!(summary.returns.periods as usize, returns.len());
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let variance = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if n >= 2.0 && variance > 1e-18 {
        let yearly = |value: f64| (n >= 30.0).then(|| value * 365_f64.sqrt());
        same("daily volatility", summary.returns.daily_volatility, Some(variance.sqrt()));
        same("volatility", summary.returns.volatility, yearly(variance.sqrt()));
        same("sharpe", summary.returns.sharpe, yearly(mean / variance.sqrt()));
        let downside = (returns.iter().map(|value| value.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
        same("sortino", summary.returns.daily_sortino, ratio(mean, downside));
    }
}

fn check_markouts(summary: &Summary, lists: &Lists) {
    for markout in &summary.markouts {
        let horizon = markout.horizon.nanos() as f64 / 1e9;
        let measured = lists.fills.iter().filter(|fill| fill.0 + horizon <= lists.end);
        let row = |fill: &(f64, f64, f64, f64, bool, f64)| {
            let seen = lists.mids.iter().filter(|mid| fill.0 < mid.0).rfind(|mid| mid.0 <= fill.0 + horizon);
            seen.map(|(_, mid)| (fill.1.abs(), fill.1.signum() * (mid - fill.2) / fill.2 * 1e4, fill.4))
        };
        let rows: Vec<(f64, f64, bool)> = measured.filter_map(row).collect();
        assert_eq!(markout.all.fills as usize + markout.dropped as usize, lists.fills.len());
        assert_eq!(markout.all.fills as usize, rows.len());
        let mean = |is_wanted: fn(bool) -> bool| {
            let chosen = || rows.iter().filter(|row| is_wanted(row.2));
            ratio(chosen().map(|row| row.0 * row.1).sum(), chosen().map(|row| row.0).sum())
        };
        same("markout", markout.all.basis_points, mean(|_| true));
        same("maker markout", markout.maker.basis_points, mean(|is_maker| is_maker));
        same("taker markout", markout.taker.basis_points, mean(|is_maker| !is_maker));
    }
}

fn check_inventory(summary: &Summary, lists: &Lists) {
    let (mut position, mut since, mut absolute, mut squared, mut held) = (0.0_f64, 0.0, 0.0, 0.0, 0.0);
    for (at, signed) in lists.fills.iter().map(|fill| (fill.0, fill.1)).chain([(lists.end, 0.0)]) {
        let time = at - since;
        absolute += position.abs() * time;
        squared += position * position * time;
        held += if position.abs() > 1e-9 { time } else { 0.0 };
        position += signed;
        since = at;
    }
    same("mean absolute", summary.inventory.one().unwrap().mean_absolute, ratio(absolute, lists.end));
    same("rms", summary.inventory.one().unwrap().rms, ratio(squared, lists.end).map(f64::sqrt));
    same("time in market", summary.inventory.one().unwrap().time_in_market, ratio(held, lists.end));
    let traded: f64 = lists.fills.iter().map(|fill| fill.1.abs() * fill.2).sum();
    same_money("traded", summary.execution.traded_notional, traded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn naive_figures_agree(steps in proptest::collection::vec(step(), 1..600)) {
        let (world, lists) = play(&steps);
        let summary = world.summary();
        check_profit(&summary, &lists);
        check_trips(&summary, &lists);
        check_drawdown(&summary, &lists);
        check_days(&summary, &lists);
        check_markouts(&summary, &lists);
        check_inventory(&summary, &lists);
    }

    #[test]
    fn quick_marks_give_markouts_that_agree(steps in proptest::collection::vec(step(), 1..200)) {
        let quick: Vec<Step> = steps.iter().map(|step| Step { wait: 1_000, is_mark: true, ..*step }).collect();
        let (world, lists) = play(&quick);
        let summary = world.summary();
        check_markouts(&summary, &lists);
        check_profit(&summary, &lists);
    }
}
