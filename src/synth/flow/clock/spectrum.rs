//! What counts of a self-exciting clock vary by in windows of any length, exactly, by another way than events.

use super::{KINDS, LIMIT, MARKET, SCALES, SHARES, rate};
use core::f64::consts::PI;

type Complex = [f64; 2];

fn times(a: Complex, b: Complex) -> Complex {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// 1 / (1 - a).
fn inverse_of_rest(a: Complex) -> Complex {
    let (real, imaginary) = (1.0 - a[0], -a[1]);
    let square = real * real + imaginary * imaginary;
    [real / square, -imaginary / square]
}

/// Variances of both counts in a window of `seconds`, and their covariance, where market orders bring about both kinds and limit orders their own.
///
/// A. Hawkes, "Spectra of some self-exciting and mutually exciting point processes", 1971: with K(w) the transform of the kernels and M the inverse of
/// 1 - K, the spectrum is M diag(rates) M*, and a window's covariance its integral with (2 sin(w T / 2) / w)^2 over 2 pi. What is left of the spectrum
/// at high frequencies is that of a Poisson process, whose part is the rate times T.
pub(in crate::synth::flow) fn covariances(
    offspring: [[f64; KINDS]; KINDS],
    rates: [f64; KINDS],
    seconds: f64,
) -> ([f64; KINDS], f64) {
    assert!(offspring[LIMIT][MARKET] == 0.0, "limit orders bring about no market orders");
    let kernel = |mean: f64, frequency: f64| -> Complex {
        let part = |scale: usize| {
            let (decay, share) = (rate(scale), mean * SHARES[scale]);
            let square = decay * decay + frequency * frequency;
            [share * decay * decay / square, -share * decay * frequency / square]
        };
        (0..SCALES).map(part).fold([0.0; 2], |sum, part| [sum[0] + part[0], sum[1] + part[1]])
    };
    let beyond_poisson = |frequency: f64| -> [f64; 3] {
        let market = inverse_of_rest(kernel(offspring[MARKET][MARKET], frequency));
        let limit = inverse_of_rest(kernel(offspring[LIMIT][LIMIT], frequency));
        let across = times(times(market, kernel(offspring[MARKET][LIMIT], frequency)), limit);
        let size = |a: Complex| a[0] * a[0] + a[1] * a[1];
        let both = market[0] * across[0] + market[1] * across[1];
        [
            rates[MARKET] * (size(market) - 1.0),
            rates[MARKET] * size(across) + rates[LIMIT] * (size(limit) - 1.0),
            rates[MARKET] * both,
        ]
    };
    let mut sums = [0.0; 3];
    let mut add = |frequency: f64, width: f64, weight: f64| {
        let here = beyond_poisson(frequency);
        sums.iter_mut().zip(here).for_each(|(sum, here)| *sum += here * weight * width / PI);
    };
    // Forty points a swing of the sine for two thousand swings; beyond them its square is a half on average.
    let step = 2.0 * PI / seconds / 40.0;
    for place in 0..80_000 {
        let frequency = (f64::from(place) + 0.5) * step;
        let sine = libm::sin(frequency * seconds / 2.0) * 2.0 / frequency;
        add(frequency, step, sine * sine);
    }
    let mut frequency = 80_000.0 * step;
    while frequency < 1e6 {
        let width = frequency * 0.002;
        let middle = frequency + width / 2.0;
        add(middle, width, 2.0 / (middle * middle));
        frequency += width;
    }
    ([rates[MARKET] * seconds + sums[0], rates[LIMIT] * seconds + sums[1]], sums[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Poisson process varies by its rate; a clock in long windows by its branching, and in short ones by its rate again.
    #[test]
    fn windows_have_the_variance_of_their_limits() {
        let near = |found: f64, expected: f64, what: &str| {
            assert!((found / expected - 1.0).abs() < 0.003, "{what}: {found}, expected {expected}");
        };
        let poisson = covariances([[0.0; KINDS]; KINDS], [0.4, 2.0], 50.0).0;
        near(poisson[MARKET], 20.0, "no offspring");
        let offspring = [[0.5, 0.7], [0.0, 0.4]];
        let ([market, limit], both) = covariances(offspring, [0.8, 2.3], 1e5);
        let (own, other) = (2.0, 1.0 / 0.6);
        let across = own * 0.7 * other;
        near(market, own * own * 0.8 * 1e5, "market, long");
        near(limit, (across * across * 0.8 + other * other * 2.3) * 1e5, "limit, long");
        near(both, own * across * 0.8 * 1e5, "both, long");
        near(covariances(offspring, [0.8, 2.3], 1e-6).0[MARKET], 0.8e-6, "market, short");
    }
}
