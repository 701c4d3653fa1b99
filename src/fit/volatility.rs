//! How far the price went, and how well a stretch of a market tells what the market does on average.

use crate::score::{Minutes, Series};
use crate::synth::{FactorModel, PaceModel, PriceModel, Season};

/// Lengths of returns in minutes, shortest first: a longer one is less the noise of quotes and more a matter of chance.
const STEPS: [i32; 3] = [5, 15, 60];
/// Root mean square of returns, in ticks, from which on the noise of quotes is nothing beside them.
const TICKS_LEAST: f64 = 10.0;
/// Returns of one minute from which on longer ones are taken.
const LONG: usize = 60;

/// Realised variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Realised {
    /// Of the logarithm of the price, in a minute of season one.
    pub variance: f64,
    /// Standard error of its logarithm by the sizes of returns alone.
    pub error: f64,
    /// Returns, and minutes of each.
    pub returns: u64,
    pub step: i32,
}

/// Realised variance of overlapping returns; `tick` is a tick's share of the price.
pub(super) fn realised(minutes: &Minutes, season: &Season, tick: f64) -> Option<Realised> {
    if minutes.closes.len() <= LONG {
        return of_step(&minutes.closes, season, 1);
    }
    let mut found = None;
    for step in STEPS {
        let next = of_step(&minutes.closes, season, step).filter(|next| 100 <= next.returns || found.is_none());
        let Some(next) = next else { break };
        found = Some(next);
        if TICKS_LEAST * tick <= (next.variance * f64::from(step)).sqrt() {
            break;
        }
    }
    found
}

fn of_step(closes: &Series, season: &Season, step: i32) -> Option<Realised> {
    let (mut squares, mut fourths, mut time, mut count) = (0.0, 0.0, 0.0, 0_u64);
    for (minute, change) in closes.differences(step).iter() {
        let open: f64 = (minute - step + 1..=minute).map(|minute| square(season.at(i64::from(minute)))).sum();
        let moved = change * change;
        (squares, fourths, time, count) = (squares + moved, fourths + moved * moved, time + open, count + 1);
    }
    // Of fourth powers two thirds are variance of the sum; returns overlap, so that there are as many as fit side by side.
    let error = (fourths * 2.0 / 3.0 * f64::from(step)).sqrt() / squares;
    let held = 0 < count && squares > 0.0 && time > 0.0 && error.is_finite();
    held.then(|| Realised { variance: squares / time, error, returns: count, step })
}

fn square(value: f64) -> f64 {
    value * value
}

/// Variance of the sum of all factors.
pub(super) fn total(factors: &[FactorModel]) -> f64 {
    factors.iter().map(|factor| square(factor.deviation)).sum()
}

/// Mean over the factors of the multiple of volatility to this power.
pub(super) fn mean_power(factors: &[FactorModel], exponent: f64) -> f64 {
    let variance = total(factors);
    libm::exp(square(exponent) * variance / 2.0 - exponent * variance)
}

/// Mean over the minutes covered of the season to this power; closed minutes count as 0.
pub(super) fn mean_season(minutes: &Minutes, season: &Season, exponent: f64) -> f64 {
    let power = |(minute, _): (i32, f64)| {
        let multiple = season.at(i64::from(minute));
        if multiple > 0.0 { libm::pow(multiple, exponent) } else { 0.0 }
    };
    let count = minutes.closes.len().max(1);
    minutes.closes.iter().map(power).sum::<f64>() / count as f64
}

/// Standard error of the logarithm of the mean, over so many minutes, of volatility to a power: what a stretch of the market
/// tells of all of it. Closed form: volatility is lognormal, with the covariance of its factors.
pub(super) fn stretch_error(factors: &[FactorModel], exponent: f64, minutes: f64) -> f64 {
    const PARTS: usize = 2_000;
    let covariance = |apart: f64| -> f64 {
        let part = |factor: &FactorModel| square(factor.deviation) * libm::exp2(-apart / factor.half_life_minutes);
        factors.iter().map(part).sum()
    };
    // Parts are short where factors are quick: the k-th ends at the square of its share of the whole.
    let edge = |part: usize| minutes * square(part as f64 / PARTS as f64);
    let area = |part: usize| {
        let middle = (edge(part) + edge(part + 1)) / 2.0;
        let height = (1.0 - middle / minutes) * libm::expm1(square(exponent) * covariance(middle));
        (edge(part + 1) - edge(part)) * height
    };
    let relative = (0..PARTS).map(area).sum::<f64>() * 2.0 / minutes;
    libm::sqrt(libm::log1p(relative))
}

/// Share of the variance of a day that jumps are, and the standard error of the logarithm of the rest of what was realised over so
/// many days, when their number is a matter of chance.
pub(super) fn jumps(price: &PriceModel, pace: &PaceModel, days: f64) -> (f64, f64) {
    let [up, down] = [square(price.jump_up_bps), square(price.jump_down_bps)];
    let rate = price.jumps_per_day * mean_power(&pace.factors, 1.0);
    // An exponential size has a mean square of 2 and a mean fourth power of 24 times its mean's.
    let variance = rate * (up + down);
    let whole = square(price.volatility_bps_per_day) + variance;
    let spread = (rate * 12.0 * (square(up) + square(down)) / days).sqrt();
    (variance / whole, spread / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed form for one factor that hardly moves: nothing but the deviation itself is left.
    #[test]
    fn a_stretch_much_shorter_than_a_factor_tells_as_much_as_a_moment() {
        let slow = [FactorModel { half_life_minutes: 1e6, deviation: 0.3 }];
        let error = stretch_error(&slow, 2.0, 10.0);
        assert!((error - 0.6).abs() < 0.001, "{error}");
    }

    /// Closed form for many half-lives and small deviations: the variance of a mean is twice the time of correlation over the length.
    #[test]
    fn a_stretch_much_longer_than_a_factor_tells_by_its_length() {
        let quick = [FactorModel { half_life_minutes: 10.0, deviation: 0.01 }];
        let length = 1e5;
        let expected = 0.01 * (2.0 * 10.0 / core::f64::consts::LN_2 / length).sqrt();
        let error = stretch_error(&quick, 1.0, length);
        assert!((error / expected - 1.0).abs() < 0.01, "{error} against {expected}");
    }

    #[test]
    fn powers_of_a_lognormal_have_their_closed_form() {
        let factors = [FactorModel { half_life_minutes: 10.0, deviation: 0.4 }];
        assert!((mean_power(&factors, 2.0) - 1.0).abs() < 1e-12, "the mean square is one");
        assert!((mean_power(&factors, 1.0) - (-0.08_f64).exp()).abs() < 1e-12);
    }
}
