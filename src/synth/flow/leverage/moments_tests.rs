use super::*;
use crate::rng::Streams;
use crate::synth::flow::moments::{Sample, agrees, share_error};

const TICKS: f64 = 1e6;
const HOURLY: f64 = 1e12;

fn model() -> LeverageModel {
    LeverageModel {
        open_interest_hours: 3.0,
        long_share: 0.7,
        leverages: vec![[5.0, 5.0], [10.0, 3.0], [20.0, 2.0]],
        maintenance_percent: 0.5,
        entries_percent: 0.0,
        accounts: 20_000,
        pieces_per_second: 5.0,
        hidden_pieces: 2.0,
        insurance_ppm: 1_000.0,
    }
}

/// All accounts, each with the sign of the order that would close it: -1 for a long.
fn accounts(model: &LeverageModel, severity: f64) -> Vec<(f64, Account)> {
    let leverage = Leverage::new(model, severity, TICKS, HOURLY, 50.0, &mut Streams::new(71).stream("accounts"));
    let of = |side: Side| leverage.waiting[side.index()].iter().map(move |account| (side.sign() as f64, *account));
    Side::BOTH.into_iter().flat_map(of).collect()
}

/// Sizes are exponential parts of what is held: the mean square of one is twice the square of its mean, less what their fixed sum takes,
/// and one of `n` is larger than its mean exp(-1) of the times.
#[test]
fn accounts_have_exponential_sizes_and_hold_the_open_interest() {
    for severity in [1.0, 2.0] {
        let all = accounts(&model(), severity);
        let count = f64::from(model().accounts);
        assert_eq!(all.len() as f64, count);
        let held: i64 = all.iter().map(|(_, account)| account.quantity).sum();
        // Each is rounded down to whole steps.
        let said = 3.0 * HOURLY * severity;
        assert!(held as f64 <= said && said - held as f64 <= count, "{held} held, {said} said");
        let sizes = Sample::of(all.iter().map(|(_, account)| account.quantity as f64 / said * count));
        let squares = sizes.0.iter().map(|size| size * size).sum::<f64>() / count;
        // Dirichlet: the mean square is 2 n / (n + 1); a square less four times its size, which the sum fixes, has a variance of 4.
        agrees("mean square of a size", squares, 2.0 * count / (count + 1.0), (4.0 / count).sqrt());
        let expected = (-1.0_f64).exp();
        agrees("above the mean", sizes.share(|size| size > 1.0), expected, share_error(expected, count));
    }
}

/// Longs and leverages come by their shares. Nothing is left at entry x (1 -/+ 1 / leverage), and where entries are at the price that tells
/// the leverage; the margin is gone before, by the maintenance, to the tick.
#[test]
fn accounts_are_long_and_leveraged_by_their_shares() {
    let all = accounts(&model(), 1.0);
    let count = all.len() as f64;
    let longs = all.iter().filter(|(sign, _)| *sign < 0.0).count() as f64 / count;
    agrees("longs", longs, 0.7, share_error(0.7, count));
    for [leverage, weight] in model().leverages {
        let is_so =
            |(sign, account): &&(f64, Account)| (account.bankrupt - TICKS * (1.0 + sign / leverage)).abs() < 1.0;
        let found: Vec<&(f64, Account)> = all.iter().filter(is_so).collect();
        agrees("accounts of a leverage", found.len() as f64 / count, weight / 10.0, share_error(weight / 10.0, count));
        for (sign, account) in found {
            let expected = TICKS * (1.0 + sign * (1.0 / leverage - 0.005));
            assert!((account.liquidated - expected).abs() < 1e-6, "{account:?}, expected at {expected}");
        }
    }
}

/// Entries lie about the price by a logarithm of the configured deviation; whoever is safe wherever it lies is never left out.
#[test]
fn entries_have_their_deviation_about_the_price() {
    let model = LeverageModel { entries_percent: 1.5, leverages: vec![[5.0, 1.0]], ..model() };
    let all = accounts(&model, 1.0);
    let logs = Sample::of(all.iter().map(|(sign, account)| (account.bankrupt / (1.0 + sign / 5.0) / TICKS).ln()));
    let variance = 0.015 * 0.015;
    assert_eq!(logs.count(), 20_000.0);
    logs.has_mean("mean entry", 0.0, variance);
    agrees("variance of entries", logs.variance(), variance, variance * (2.0 / logs.count()).sqrt());
}

/// Share of standard normal variables below x.
fn normal_below(x: f64) -> f64 {
    libm::erfc(-x / 2.0_f64.sqrt()) / 2.0
}

/// A fall to p liquidates a long of leverage l where its entry is above p / (1 - 1/l + m). Entries are a normal logarithm about the price, of those
/// whose margin is not gone at the start: (N(z) - N(y)) / N(z) of a class go, with z and y the places of both in deviations. What they hold is closed
/// by orders of one piece, so that a cascade begins with the first of them and not before; and shorts likewise, upwards.
#[test]
fn falls_and_rises_liquidate_the_share_that_entries_say() {
    for (leverage, deviation) in [(10.0, 3.0), (20.0, 4.0)] {
        let model = LeverageModel { leverages: vec![[leverage, 1.0]], entries_percent: deviation, ..model() };
        let room = 1.0 / leverage - 0.005;
        for change in [0.98, 0.95, 0.9, 1.02, 1.05, 1.1] {
            let mut all = Leverage::new(&model, 1.0, TICKS, HOURLY, 50.0, &mut Streams::new(72).stream("accounts"));
            let side = if change < 1.0 { Side::Sell } else { Side::Buy };
            let count = all.waiting[side.index()].len() as f64;
            all.see(TICKS * change);
            let gone = all.closing[side.index()].len() as f64;
            let sign = side.sign() as f64;
            // Where the entry of somebody liquidated at `price` lies, in deviations towards those that go first.
            let place = |price: f64| sign * (price / (1.0 + sign * room)).ln() / (deviation / 100.0);
            let (still, safe) = (normal_below(-place(1.0)), normal_below(-place(change)));
            let expected = 1.0 - safe / still;
            agrees("liquidated", gone / count, expected, share_error(expected, count));
            assert!(all.closing[side.opposite().index()].is_empty(), "{side:?}");
            assert_eq!(all.rate(), if gone > 0.0 { model.pieces_per_second } else { 0.0 });
        }
    }
}
