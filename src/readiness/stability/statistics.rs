//! Distributions over seeds, differences of pairs of seeds, and shares, each with an interval that asks nothing of how values are distributed.
//!
//! Quantiles are those of the inverse of the empirical distribution: of two middle values the lower (Hyndman and Fan, Sample Quantiles in
//! Statistical Packages, 1996, definition 1). Intervals of medians: order statistics (Conover 1999, 3.2). Intervals of shares: Wilson's score interval
//! (Wilson 1927; recommended by Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, 2001). All at 95 %.

use crate::readiness::compared::{median_interval, sign_test};
use serde::Serialize;

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// One figure over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    /// Seeds that have the figure.
    pub n: usize,
    /// Lowest value.
    pub lowest: f64,
    /// First quartile.
    pub quarter: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub three_quarters: f64,
    /// Highest value.
    pub highest: f64,
    /// Where the median lies with 95 % or more; nothing below six values.
    pub interval: Option<[f64; 2]>,
}

impl Distribution {
    /// That of finite values; nothing without one.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let quantile = |quarters: usize| values[(quarters * n).div_ceil(4).max(1) - 1];
        (n > 0).then(|| Self {
            n,
            lowest: values[0],
            quarter: quantile(1),
            median: quantile(2),
            three_quarters: quantile(3),
            highest: values[n - 1],
            interval: median_interval(n).map(|(low, high)| [values[low], values[high]]),
        })
    }

    /// How wide the middle half of the seeds is.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.three_quarters - self.quarter
    }

    /// What changes are held against: the size of the median, or the spread where that is more.
    #[must_use]
    pub fn scale(&self) -> f64 {
        libm::fabs(self.median).max(self.spread())
    }
}

/// What became of a figure from one setting to another, seed by seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedChange {
    /// Seeds that have the figure in both.
    pub pairs: usize,
    /// Median of the differences.
    pub median: f64,
    /// Where that median lies with 95 % or more; nothing below six pairs.
    pub interval: Option<[f64; 2]>,
    /// Pairs in which the figure rose.
    pub rose: u64,
    /// Pairs in which it fell.
    pub fell: u64,
    /// Sign test over the pairs that differ, both sides.
    pub p: Option<f64>,
}

impl PairedChange {
    /// That from `before` to `after`, whose values are by the same seeds; nothing without a pair.
    #[must_use]
    pub fn of(before: &[Option<f64>], after: &[Option<f64>]) -> Option<Self> {
        let pairs = before.iter().zip(after).filter_map(|(before, after)| Some((*after)? - (*before)?));
        let changes: Vec<f64> = pairs.filter(|change| change.is_finite()).collect();
        let of = Distribution::of(changes.iter().copied())?;
        let rose = changes.iter().filter(|change| **change > 0.0).count() as u64;
        let fell = changes.iter().filter(|change| **change < 0.0).count() as u64;
        Some(Self { pairs: of.n, median: of.median, interval: of.interval, rose, fell, p: sign_test(rose, fell) })
    }

    /// The interval does not reach nothing.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.interval.is_some_and(|[low, high]| low > 0.0 || high < 0.0)
    }

    /// The interval lies within `bound` on both sides of nothing.
    #[must_use]
    pub fn is_within(&self, bound: f64) -> bool {
        self.interval.is_some_and(|[low, high]| -bound <= low && high <= bound)
    }
}

/// Wilson's interval of a share of `runs`; everything without one.
#[must_use]
pub fn wilson(held: usize, runs: usize) -> [f64; 2] {
    if runs == 0 {
        return [0.0, 1.0];
    }
    let n = runs as f64;
    let (share, square) = (held as f64 / n, Z * Z);
    let middle = (share + square / (2.0 * n)) / (1.0 + square / n);
    let half = Z / (1.0 + square / n) * libm::sqrt(share * (1.0 - share) / n + square / (4.0 * n * n));
    // At the ends rounding would leave a rest.
    let low = if held == 0 { 0.0 } else { middle - half };
    let high = if held == runs { 1.0 } else { middle + half };
    [low.max(0.0), high.min(1.0)]
}

/// Of further runs at most this share breaks, with 95 %, where none of `runs` did: three by their number (Hanley and Lippman-Hand, JAMA 1983).
/// Nothing where that says nothing.
#[must_use]
pub fn rule_of_three(runs: usize) -> Option<f64> {
    (runs > 3).then(|| 3.0 / runs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let ten = Distribution::of((1..=10).rev().map(f64::from)).unwrap();
        assert_eq!([ten.lowest, ten.quarter, ten.median, ten.three_quarters, ten.highest], [1.0, 3.0, 5.0, 8.0, 10.0]);
        assert_eq!((ten.n, ten.interval, ten.spread(), ten.scale()), (10, Some([2.0, 9.0]), 5.0, 5.0));
        let one = Distribution::of([f64::NAN, -4.0, f64::INFINITY].into_iter()).unwrap();
        assert_eq!((one.n, one.median, one.quarter, one.interval, one.scale()), (1, -4.0, -4.0, None, 4.0));
        assert_eq!(Distribution::of(std::iter::empty()), None);
        // Thirty values: from the tenth to the twenty-first, as in the tables of the sign test.
        let thirty = Distribution::of((1..=30).map(f64::from)).unwrap();
        assert_eq!(thirty.interval, Some([10.0, 21.0]));
    }

    /// Newcombe, Statistics in Medicine 1998, table I, method 3: 81 of 263 is 0.2553 to 0.3662, 15 of 148 0.0624 to 0.1605, 0 of 20 0 to 0.1611.
    #[test]
    fn shares_have_the_intervals_of_the_table() {
        let table = [
            (81, 263, [0.2553, 0.3662]),
            (15, 148, [0.0624, 0.1605]),
            (0, 20, [0.0, 0.1611]),
            (1, 29, [0.0061, 0.1718]),
        ];
        for (held, runs, [low, high]) in table {
            let found = wilson(held, runs);
            assert!((found[0] - low).abs() < 6e-5 && (found[1] - high).abs() < 6e-5, "{held} of {runs}: {found:?}");
        }
        assert_eq!((wilson(0, 0), wilson(29, 29)[1]), ([0.0, 1.0], 1.0));
        assert_eq!((rule_of_three(30), rule_of_three(3)), (Some(0.1), None));
    }

    #[test]
    fn pairs_that_lack_a_figure_are_left_out() {
        let before = [Some(1.0), None, Some(3.0), Some(f64::NAN)];
        let after = [Some(0.0), Some(1.0), Some(7.0), Some(1.0)];
        let change = PairedChange::of(&before, &after).unwrap();
        assert_eq!((change.pairs, change.median, change.rose, change.fell), (2, -1.0, 1, 1));
        assert_eq!((change.interval, change.is_told(), change.is_within(9.0)), (None, false, false));
        assert_eq!(PairedChange::of(&before[1..2], &after[1..2]), None);
    }
}
