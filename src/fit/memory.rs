//! How strong the factors of volatility are, from how long the sizes of returns remember each other.
//!
//! The logarithm of an absolute return is that of volatility and noise. Half the mean square of its change over a lag is the
//! noise's variance and, for each factor, its own times what it has forgotten by then: linear in the variances, and free of the
//! mean, which a short tape does not know. What estimation itself does to the figures (the season is estimated too, the
//! noise is skewed) is seen by doing the same to drawn series, and taken off.

use super::parameter::Figure;
use super::season::{DAY, KINDS, WEEKS_LEAST, kind_of, weekday};
use crate::rng::{Rng, Streams};
use crate::score::{Lookback, Series};
use crate::synth::FactorModel;

/// Lags in minutes. Under six minutes orders that bring about orders are a memory of their own.
const LAGS: [i32; 12] = [6, 8, 12, 20, 40, 80, 160, 320, 640, 1_440, 2_880, 4_320];
/// A tape of a factor has so many of its half-lives.
pub(super) const HALF_LIVES: f64 = 10.0;
/// Minutes with a return from which on anything is known.
pub(super) const MINUTES_LEAST: usize = 2_880;
/// Parts of the series that are left out one after another.
const STRETCHES: usize = 16;
const DRAWS_MOST: usize = 200;
/// Minutes drawn in all, and fewest series.
const DRAWN_MINUTES: usize = 4_000_000;
const DRAWS_LEAST: usize = 40;
/// Variance of the logarithm of the absolute value of a standard normal variable: pi^2 / 8; and its mean.
const NOISE: f64 = core::f64::consts::PI * core::f64::consts::PI / 8.0;
const SEED: u64 = 1;

/// Deviations of `factors`, in their order; `slow` are others, too slow to be seen, that are what they are said to be.
pub(super) fn deviations(sizes: &Series, factors: &[FactorModel], slow: &[FactorModel]) -> Option<Vec<Figure>> {
    if sizes.len() < MINUTES_LEAST || factors.is_empty() {
        return None;
    }
    let sums = variogram(&without_season(sizes));
    let found = variances(&sums, factors, slow, None)?;
    // Where chance makes a factor nothing, its error must not be nothing too.
    let supposed: Vec<FactorModel> = factors
        .iter()
        .zip(&found.factors)
        .map(|(factor, found)| FactorModel { deviation: found.max(square(factor.deviation) / 2.0).sqrt(), ..*factor })
        .collect();
    let (mean, error) = drawn(sizes, &supposed, slow, found.noise.max(0.1))?;
    let left_out = left_out(&sums, factors, slow);
    let figure = |place: usize| {
        let bias = mean[place] - square(supposed[place].deviation);
        of_variance(found.factors[place] - bias, error[place].max(left_out[place]))
    };
    Some((0..factors.len()).map(figure).collect())
}

fn square(value: f64) -> f64 {
    value * value
}

/// The deviation with its interval: the root of a variance that chance may have made negative.
fn of_variance(variance: f64, error: f64) -> Figure {
    let root = |value: f64| value.max(0.0).sqrt().min(1.0);
    let (low, high) = (root(variance - 1.96 * error), root(variance + 1.96 * error));
    Figure { estimate: root(variance), standard_error: (high - low) / 3.92, low, high }
}

struct Variances {
    noise: f64,
    factors: Vec<f64>,
}

/// The series less the mean of its hour of the day, of the minute of its hour and, where there are weeks enough to know it by, of its day of the week: a
/// weekend that is calm is no memory, nor are quarters of an hour that are alike.
fn without_season(sizes: &Series) -> Series {
    let rest = without_means(sizes, 24, |minute| (minute.rem_euclid(DAY) / 60) as usize);
    let rest = without_means(&rest, KINDS + 1, |minute| kind_of(minute).unwrap_or(KINDS));
    let spanned = sizes.len().checked_sub(1).map_or(0, |last| sizes.at(last) - sizes.at(0));
    if spanned / (7 * DAY) < WEEKS_LEAST as i32 {
        return rest;
    }
    without_means(&rest, 7, weekday)
}

/// The series less the mean of the one of `count` kinds that each minute is of.
fn without_means(sizes: &Series, count: usize, kind: impl Fn(i32) -> usize) -> Series {
    let mut sums = vec![(0.0, 0.0); count];
    for (minute, value) in sizes.iter() {
        let (sum, count) = &mut sums[kind(minute)];
        (*sum, *count) = (*sum + value, *count + 1.0);
    }
    let mut rest = Series::default();
    for (minute, value) in sizes.iter() {
        let (sum, count) = sums[kind(minute)];
        rest.push(minute, value - sum / count);
    }
    rest
}

/// Sums of squared changes over a lag, and how many, by the stretch of the series that they end in; `None` where there are too few.
fn squares(sizes: &Series, lag: i32) -> Option<[(f64, f64); STRETCHES]> {
    let mut back = Lookback::new(lag);
    let mut sums = [(0.0, 0.0); STRETCHES];
    let mut changes = 0;
    for index in 0..sizes.len() {
        if let Some(before) = back.of(sizes, index) {
            let (sum, count) = &mut sums[index * STRETCHES / sizes.len()];
            (*sum, *count) = (*sum + square(sizes.value(index) - sizes.value(before)), *count + 1.0);
            changes += 1;
        }
    }
    (sizes.len() / 4 <= changes).then_some(sums)
}

type Sums = Vec<(i32, [(f64, f64); STRETCHES])>;

fn variogram(sizes: &Series) -> Sums {
    LAGS.iter().filter_map(|lag| Some((*lag, squares(sizes, *lag)?))).collect()
}

/// Least squares over the lags, all stretches but one of them.
fn variances(sums: &Sums, factors: &[FactorModel], slow: &[FactorModel], without: Option<usize>) -> Option<Variances> {
    let forgotten = |lag: i32, factor: &FactorModel| 1.0 - libm::exp2(-f64::from(lag) / factor.half_life_minutes);
    let said = |lag: i32| slow.iter().map(|factor| square(factor.deviation) * forgotten(lag, factor)).sum::<f64>();
    let half_square = |stretches: &[(f64, f64); STRETCHES]| {
        let kept = stretches.iter().enumerate().filter(|(place, _)| Some(*place) != without);
        let (sum, count) = kept.fold((0.0, 0.0), |all, (_, (sum, count))| (all.0 + sum, all.1 + count));
        sum / 2.0 / count
    };
    let values: Vec<f64> = sums.iter().map(|(lag, stretches)| half_square(stretches) - said(*lag)).collect();
    let rows: Vec<Vec<f64>> = sums
        .iter()
        .map(|(lag, _)| core::iter::once(1.0).chain(factors.iter().map(|factor| forgotten(*lag, factor))).collect())
        .collect();
    let solved = least_squares(&rows, &values)?;
    Some(Variances { noise: solved[0], factors: solved[1..].to_vec() })
}

/// Errors by the jackknife: what leaving out one stretch after another does (Efron 1982). They know of what drawn series do not: regimes, jumps, and
/// noise that is not that of a normal variable.
fn left_out(sums: &Sums, factors: &[FactorModel], slow: &[FactorModel]) -> Vec<f64> {
    let found: Vec<Vec<f64>> = (0..STRETCHES)
        .filter_map(|place| variances(sums, factors, slow, Some(place)))
        .map(|found| found.factors)
        .collect();
    let count = found.len() as f64;
    let error = |place: usize| {
        let mean = found.iter().map(|row| row[place]).sum::<f64>() / count;
        ((count - 1.0) / count * found.iter().map(|row| square(row[place] - mean)).sum::<f64>()).sqrt()
    };
    (0..factors.len()).map(error).collect()
}

/// The solution of the normal equations, by elimination; `None` where the rows do not tell the columns apart.
fn least_squares(rows: &[Vec<f64>], values: &[f64]) -> Option<Vec<f64>> {
    let count = rows.first().map_or(0, Vec::len);
    if rows.len() < count || count == 0 {
        return None;
    }
    let sum = |of: &dyn Fn(usize) -> f64| (0..rows.len()).map(of).sum::<f64>();
    let mut table: Vec<Vec<f64>> = (0..count)
        .map(|line| {
            let own = (0..count).map(|column| sum(&|row| rows[row][line] * rows[row][column]));
            own.chain(core::iter::once(sum(&|row| rows[row][line] * values[row]))).collect()
        })
        .collect();
    for pivot in 0..count {
        let largest = (pivot..count).max_by(|a, b| table[*a][pivot].abs().total_cmp(&table[*b][pivot].abs()))?;
        table.swap(pivot, largest);
        if table[pivot][pivot].abs() < 1e-9 {
            return None;
        }
        for line in (0..count).filter(|line| *line != pivot) {
            let share = table[line][pivot] / table[pivot][pivot];
            let above = table[pivot].clone();
            table[line].iter_mut().zip(above).for_each(|(value, above)| *value -= share * above);
        }
    }
    Some((0..count).map(|line| table[line][count] / table[line][line]).collect())
}

/// Mean and spread of what is found in series drawn with these factors and this noise, at the same minutes.
fn drawn(sizes: &Series, factors: &[FactorModel], slow: &[FactorModel], noise: f64) -> Option<(Vec<f64>, Vec<f64>)> {
    let all: Vec<FactorModel> = factors.iter().chain(slow).copied().collect();
    let draws = (DRAWN_MINUTES / sizes.len()).clamp(DRAWS_LEAST, DRAWS_MOST);
    let mut rng = Streams::new(SEED).stream("fit/memory");
    let found: Vec<Vec<f64>> = (0..draws)
        .filter_map(|_| {
            let drawn = without_season(&draw(sizes, &all, noise, &mut rng));
            variances(&variogram(&drawn), factors, slow, None)
        })
        .map(|found| found.factors)
        .collect();
    let count = found.len() as f64;
    if found.len() < 2 {
        return None;
    }
    let mean: Vec<f64> =
        (0..factors.len()).map(|place| found.iter().map(|row| row[place]).sum::<f64>() / count).collect();
    let spread = |place: usize| {
        let squares = found.iter().map(|row| square(row[place] - mean[place]));
        (squares.sum::<f64>() / (count - 1.0)).sqrt()
    };
    let error = (0..factors.len()).map(spread).collect();
    Some((mean, error))
}

fn normal(rng: &mut Rng) -> f64 {
    rng.gaussian_q16() as f64 / 65_536.0
}

fn draw(sizes: &Series, factors: &[FactorModel], noise: f64, rng: &mut Rng) -> Series {
    let mut states: Vec<f64> = factors.iter().map(|factor| factor.deviation * normal(rng)).collect();
    // What each factor keeps over a time, and what comes anew: nearly always over a minute.
    let (mut passed, mut shares) = (0, vec![(1.0, 0.0); factors.len()]);
    let stretch = (noise / NOISE).sqrt();
    let mut series = Series::default();
    for index in 0..sizes.len() {
        let minute = sizes.at(index);
        let passing = if index == 0 { 0 } else { minute - sizes.at(index - 1) };
        if passing != passed {
            passed = passing;
            shares = factors.iter().map(|factor| over(factor, f64::from(passing))).collect();
        }
        for (state, (kept, fresh)) in states.iter_mut().zip(&shares) {
            *state = kept * *state + fresh * normal(rng);
        }
        let size = normal(rng).abs().max(1e-5);
        series.push(minute, states.iter().sum::<f64>() + stretch * libm::log(size));
    }
    series
}

/// Share of a factor that is kept over so many minutes, and the deviation of what comes anew.
fn over(factor: &FactorModel, minutes: f64) -> (f64, f64) {
    let kept = libm::exp2(-minutes / factor.half_life_minutes);
    (kept, factor.deviation * (1.0 - kept * kept).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_solves_what_has_a_solution() {
        let rows = [vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0]];
        let found = least_squares(&rows, &[1.0, 3.0, 5.0]).unwrap();
        assert!((found[0] - 1.0).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12, "{found:?}");
        assert_eq!(least_squares(&[vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 1.0]), None);
    }

    /// Recovery: of series drawn with known deviations, nine tenths of the intervals and more hold them.
    #[test]
    fn deviations_come_back() {
        let factor = |half_life_minutes, deviation| FactorModel { half_life_minutes, deviation };
        let truth = [factor(10.0, 0.5), factor(120.0, 0.2)];
        let prior = [factor(10.0, 0.4), factor(120.0, 0.3)];
        let mut minutes = Series::default();
        (0..7_200).for_each(|minute| minutes.push(minute, 0.0));
        let mut rng = Streams::new(7).stream("test");
        let (mut held, mut all) = (0, 0);
        for _ in 0..12 {
            let figures = deviations(&draw(&minutes, &truth, NOISE, &mut rng), &prior, &[]).unwrap();
            for (figure, truth) in figures.iter().zip(truth) {
                all += 1;
                held += usize::from(figure.low <= truth.deviation && truth.deviation <= figure.high);
            }
        }
        assert!(held >= 20, "{held} of {all} intervals hold the truth");
    }
}
