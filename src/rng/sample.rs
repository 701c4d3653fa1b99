use super::Rng;
use super::log2::negative_log2_q32;
use std::ops::RangeInclusive;

/// ln 2 x 2^32.
const LN2_Q32: u128 = 2_977_044_472;
/// 2^32 / sqrt(16 + 1/12): scales a dithered count of 64 coin tosses to a standard deviation of one.
const COINS_TO_SIGMA_Q32: i64 = 1_070_956_497;

impl Rng {
    /// A number in `0..n`, every one equally likely.
    ///
    /// Source: D. Lemire, "Fast Random Integer Generation in an Interval", 2019.
    ///
    /// # Panics
    /// When `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "cannot draw below {n}");
        let mut product = u128::from(self.bits()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.bits()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// A number of `range`, every one equally likely.
    ///
    /// # Panics
    /// When the range is empty.
    #[inline]
    pub fn range(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (low, high) = (*range.start(), *range.end());
        assert!(low <= high, "cannot draw from the empty range {low}..={high}");
        match high.abs_diff(low).checked_add(1) {
            Some(count) => low.wrapping_add(self.below(count) as i64),
            None => self.bits() as i64,
        }
    }

    /// True `num` times in `den`.
    ///
    /// # Panics
    /// When `den` is 0 or `num` is above `den`.
    #[inline]
    pub fn ratio(&mut self, num: u32, den: u32) -> bool {
        assert!(num <= den && den > 0, "cannot draw with probability {num}/{den}");
        self.below(u64::from(den)) < u64::from(num)
    }

    /// A waiting time with mean `mean`, exponentially distributed, rounded down. Never above 45 times the mean.
    #[inline]
    pub fn exponential(&mut self, mean: u64) -> u64 {
        ((u128::from(mean) * u128::from(self.exponential_q32())) >> 32) as u64
    }

    /// An exponential variable of mean 1, x 2^32. Never above 45.
    #[inline]
    pub fn exponential_q32(&mut self) -> u64 {
        // Below 2^39 times below 2^32.
        ((u128::from(negative_log2_q32(self.bits() | 1)) * LN2_Q32) >> 32) as u64
    }

    /// How often something with probability `num`/`den` fails before it happens. Exact to about 1e-5.
    ///
    /// # Panics
    /// When `num` is 0 or above `den`.
    #[inline]
    pub fn geometric(&mut self, num: u32, den: u32) -> u64 {
        assert!(0 < num && num <= den, "cannot wait for probability {num}/{den}");
        if num == den {
            return 0;
        }
        let failure = ((u128::from(den - num)) << 64) / u128::from(den);
        negative_log2_q32(self.bits() | 1) / negative_log2_q32(failure as u64).max(1)
    }

    /// A standard normal variable x 2^16: 64 coin tosses and a dither. Mean 0, standard deviation 1, kurtosis 2.97.
    #[inline]
    pub fn gaussian_q16(&mut self) -> i64 {
        let coins = i64::from(self.bits().count_ones()) - 32;
        let dither = i64::from(self.bits_32() >> 16) - 0x8000;
        (((coins << 16) + dither) * COINS_TO_SIGMA_Q32) >> 32
    }
}

#[cfg(test)]
mod tests {
    use crate::rng::{Rng, Streams};

    fn rng() -> Rng {
        Streams::new(42).stream("samplers")
    }

    /// Mean and variance of 200,000 draws.
    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let draws: Vec<f64> = (0..200_000).map(|_| draw()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64)
    }

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
    }

    #[test]
    fn frozen_vectors() {
        let mut rng = rng();
        let mut draw = |sampler: fn(&mut Rng) -> i64| -> [i64; 6] { std::array::from_fn(|_| sampler(&mut rng)) };
        assert_eq!(draw(|rng| rng.below(1000) as i64), [305, 797, 819, 287, 306, 944]);
        assert_eq!(draw(|rng| rng.range(-50..=50)), [32, 12, 35, -3, -41, 31]);
        assert_eq!(draw(|rng| i64::from(rng.ratio(1, 3))), [0, 1, 0, 0, 1, 1]);
        assert_eq!(draw(|rng| rng.exponential(1_000_000) as i64), [102306, 832606, 422129, 1049588, 412836, 299787]);
        assert_eq!(draw(|rng| rng.geometric(1, 10) as i64), [1, 7, 12, 3, 48, 1]);
        assert_eq!(draw(|rng| rng.gaussian_q16()), [83569, 109564, 82630, 14598, -9126, 7449]);
    }

    #[test]
    fn below_is_flat() {
        let mut rng = rng();
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 450), "{counts:?}");
    }

    #[test]
    fn below_rejects_at_the_edge() {
        let mut rng = rng();
        let n = (1 << 63) + 1; // half of all first draws are rejected
        let (mean, _) = moments(|| rng.below(n) as f64 / n as f64);
        near(mean, 0.5, 0.005);
    }

    #[test]
    fn range_covers_both_ends() {
        let mut rng = rng();
        let draws: Vec<i64> = (0..1000).map(|_| rng.range(-3..=3)).collect();
        assert_eq!((draws.iter().min(), draws.iter().max()), (Some(&-3), Some(&3)));
        assert_eq!(rng.range(i64::MAX..=i64::MAX), i64::MAX);
        rng.range(i64::MIN..=i64::MAX);
    }

    #[test]
    fn exponential_has_the_asked_mean() {
        let mut rng = rng();
        let (mean, variance) = moments(|| rng.exponential(1_000_000) as f64 / 1e6);
        near(mean, 1.0, 0.01);
        near(variance, 1.0, 0.03);
        assert!(rng.exponential(u64::MAX / 64) < u64::MAX);
        assert_eq!(rng.exponential(0), 0);
    }

    #[test]
    fn geometric_has_the_asked_mean() {
        let mut rng = rng();
        let (mean, variance) = moments(|| rng.geometric(1, 10) as f64);
        near(mean, 9.0, 0.1);
        near(variance, 90.0, 2.0);
        assert_eq!(rng.geometric(5, 5), 0);
        assert!(rng.geometric(1, u32::MAX) > 0);
    }

    #[test]
    fn gaussian_is_normal_enough() {
        let mut rng = rng();
        let (mean, variance) = moments(|| rng.gaussian_q16() as f64 / 65_536.0);
        near(mean, 0.0, 0.01);
        near(variance, 1.0, 0.01);
        let (beyond_two, _) = moments(|| f64::from(u8::from(rng.gaussian_q16().abs() > 2 << 16)));
        near(beyond_two, 0.0455, 0.002);
    }

    #[test]
    fn ratio_at_the_ends() {
        let mut rng = rng();
        assert!((0..100).all(|_| rng.ratio(1, 1) && !rng.ratio(0, 1)));
    }
}
