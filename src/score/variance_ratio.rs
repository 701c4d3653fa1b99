//! Lo and MacKinlay's variance ratio (1988), with the standard error that holds under changing volatility.

use super::figure::{Estimate, Figure, figure, needs};
use super::series::{Lookback, Series};

/// Variance of returns over `length` steps against `length` times that of one step, over all overlapping stretches. One
/// is a walk without memory; more is a trend.
pub(super) fn variance_ratio(closes: &Series, length: i32, least: u64) -> Figure {
    let returns = closes.differences(1);
    let long = closes.differences(length);
    needs(least, returns.len().min(long.len()) as u64, "returns of 1 min")?;
    let mean = returns.mean();
    let squares: Vec<f64> = returns.values().iter().map(|value| (value - mean) * (value - mean)).collect();
    let total: f64 = squares.iter().sum();
    let count = returns.len() as f64;
    let steps = f64::from(length);
    let excess = |value: &f64| (value - steps * mean) * (value - steps * mean);
    let mean_long = long.values().iter().map(excess).sum::<f64>() / long.len() as f64;
    // The mean is estimated too: without it the ratio of a short series lies below one.
    let unbiased = mean_long / (1.0 - steps / count) / (total / (count - 1.0)) / steps;
    let value = figure((total > 0.0).then_some(unbiased))?.value;
    Ok(Estimate::with_error(value, robust_error(&returns, &squares, length) / total))
}

/// The root of the weighted sum of products of squared returns, not yet divided by the sum of squares.
fn robust_error(returns: &Series, squares: &[f64], length: i32) -> f64 {
    let mut sum = 0.0;
    for lag in 1..length {
        let weight = 2.0 * f64::from(length - lag) / f64::from(length);
        let mut back = Lookback::new(lag);
        let products: f64 = (0..returns.len())
            .filter_map(|index| back.of(returns, index).map(|before| squares[before] * squares[index]))
            .sum();
        sum += weight * weight * products;
    }
    sum.sqrt()
}
