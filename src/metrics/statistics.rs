//! Textbook statistics of a list of returns. Every function names what it divides by.

use super::Metric;

/// Dispersion at or below this fraction of the largest value is rounding noise, not dispersion.
const NOISE: f64 = 1e-12;

const TOO_FEW: &str = "fewer than two daily returns";
const NO_DISPERSION: &str = "daily returns do not differ";
const NO_LOSS: &str = "no day with a loss";

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean of the `power`-th powers of the distances to the mean; divisor n.
fn moment(values: &[f64], power: usize) -> f64 {
    let mean = mean(values);
    let raised = |value: &f64| std::iter::repeat_n(value - mean, power).product::<f64>();
    values.iter().map(raised).sum::<f64>() / values.len() as f64
}

/// Sample standard deviation, divisor n - 1.
pub(super) fn deviation(returns: &[f64]) -> Metric<f64> {
    if returns.len() < 2 {
        return Metric::undefined(TOO_FEW);
    }
    let n = returns.len() as f64;
    Metric::Value(libm::sqrt(moment(returns, 2) * n / (n - 1.0)))
}

/// Mean over sample standard deviation, per period; risk-free rate 0.
pub(super) fn sharpe(returns: &[f64]) -> Metric<f64> {
    match deviation(returns) {
        Metric::Value(deviation) if deviation <= NOISE * largest(returns) => Metric::undefined(NO_DISPERSION),
        Metric::Value(deviation) => Metric::Value(mean(returns) / deviation),
        undefined => undefined,
    }
}

/// Standard error of the per-period Sharpe ratio: sqrt((1 - g3 SR + (g4 - 1)/4 SR^2) / (n - 1)), with population skew
/// g3 and raw population kurtosis g4 (3 for a normal distribution).
///
/// Source: E. Mertens 2002; D. Bailey and M. Lopez de Prado 2012, "The Sharpe Ratio Efficient Frontier".
pub(super) fn sharpe_error(returns: &[f64]) -> Metric<f64> {
    let Metric::Value(sharpe) = sharpe(returns) else { return sharpe(returns) };
    let variance = moment(returns, 2);
    let skew = moment(returns, 3) / (variance * libm::sqrt(variance));
    let kurtosis = moment(returns, 4) / (variance * variance);
    let squared = (1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe) / (returns.len() as f64 - 1.0);
    Metric::Value(libm::sqrt(squared))
}

/// Mean over downside deviation about 0, per period; all returns in the denominator.
pub(super) fn sortino(returns: &[f64]) -> Metric<f64> {
    if returns.len() < 2 {
        return Metric::undefined(TOO_FEW);
    }
    let squares: f64 = returns.iter().map(|value| value.min(0.0) * value.min(0.0)).sum();
    Metric::ratio(mean(returns), libm::sqrt(squares / returns.len() as f64), NO_LOSS)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// A per-period ratio or deviation scaled to a year of `periods` periods: times their root.
pub(super) fn annualised(per_period: Metric<f64>, periods: u32) -> Metric<f64> {
    per_period.map(|value| value * libm::sqrt(f64::from(periods)))
}
