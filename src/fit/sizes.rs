//! Sizes of orders, each beside how fast the price moved when it came.

use super::histogram::Histogram;
use crate::score::HOLE_NS;
use crate::units::SECOND;
use std::collections::{BTreeMap, VecDeque};

/// The price is looked at this often.
const EVERY: i64 = 10 * SECOND.nanos();
/// Squares of its last changes that make up how fast it moves: ten minutes.
const CHANGES: usize = 60;
/// Bins of speed for each doubling of the variance.
const BINS: f64 = 4.0;

/// Mean square of the last changes of the logarithm of the price.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalVariance {
    last: Option<f64>,
    squares: VecDeque<f64>,
    bin: Option<i32>,
}

impl LocalVariance {
    /// Time passes from one instant to another while the price has this logarithm, if there is one.
    pub fn pass(&mut self, from: i64, to: i64, log_price: Option<f64>) {
        if HOLE_NS < to - from || log_price.is_none() {
            return *self = Self::default();
        }
        for _ in from.div_euclid(EVERY)..to.div_euclid(EVERY) {
            if let Some((before, now)) = self.last.zip(log_price) {
                self.squares.push_back((now - before) * (now - before));
            }
            self.last = log_price;
            if CHANGES < self.squares.len() {
                self.squares.pop_front();
            }
            self.bin = self.binned();
        }
    }

    /// The bin of the variance of the last ten minutes; `None` before there were as many, or where nothing moved.
    pub fn bin(&self) -> Option<i32> {
        self.bin
    }

    fn binned(&self) -> Option<i32> {
        let sum: f64 = self.squares.iter().sum();
        let full = self.squares.len() == CHANGES && sum > 0.0;
        full.then(|| libm::floor(BINS * libm::log2(sum / CHANGES as f64)) as i32)
    }
}

/// Sizes by bin of speed.
#[derive(Debug, Clone, Default)]
pub(super) struct BySpeed {
    bins: BTreeMap<i32, Histogram>,
}

impl BySpeed {
    pub fn add(&mut self, bin: i32, size: u64) {
        self.bins.entry(bin).or_default().add(size);
    }

    pub fn total(&self) -> u64 {
        self.bins.values().map(|sizes| sizes.total).sum()
    }

    /// Values at the shares of `points`, in steps at pace one: see [`Self::quantiles`]. The ends, which chance decides, are those of
    /// straight lines through the middle of the first and the last part.
    pub fn points(&self, points: &[(u32, i64)], exponent: f64, variance: f64) -> Option<Vec<f64>> {
        let share = |place: usize| f64::from(points[place].0) / 1e6;
        let last = points.len() - 1;
        let mut shares: Vec<f64> = (1..last).map(share).collect();
        shares.extend([share(1) / 2.0, f64::midpoint(share(last - 1), 1.0)]);
        let mut found = self.quantiles(&shares, exponent, variance);
        if found.len() < shares.len() || self.total() < 1_000 {
            return None;
        }
        let (above, below) = (found.pop()?, found.pop()?);
        let first = 2.0 * below - found.first().copied().unwrap_or(2.0 * below);
        let end = 2.0 * above - found.last().copied().unwrap_or(above);
        found.insert(0, first.max(1.0));
        found.push(end);
        Some(found)
    }

    /// Quantiles of sizes as they would be at pace one, when they grow with volatility to a power. `variance` is that of the
    /// logarithm of the price in a second at pace one.
    pub fn quantiles(&self, shares: &[f64], exponent: f64, variance: f64) -> Vec<f64> {
        let usual = variance * EVERY as f64 / SECOND.nanos() as f64;
        let mut spread: Vec<(f64, f64, f64)> = Vec::new();
        for (bin, sizes) in &self.bins {
            let middle = libm::exp2((f64::from(*bin) + 0.5) / BINS);
            let scale = libm::pow(middle / usual, exponent / 2.0);
            // A size of n steps was anything from n to n + 1 before it was cut to whole steps.
            spread
                .extend(sizes.bins().map(|(low, high, count)| (low as f64 / scale, high as f64 / scale, count as f64)));
        }
        shares.iter().filter_map(|share| overlapping(&spread, *share)).collect()
    }
}

/// Quantile of bins that overlap: the value up to which the summed shares of all bins reach.
fn overlapping(spread: &[(f64, f64, f64)], share: f64) -> Option<f64> {
    let total: f64 = spread.iter().map(|(.., weight)| weight).sum();
    let below = |value: f64| -> f64 {
        let part = |(low, high, weight): &(f64, f64, f64)| weight * ((value - low) / (high - low)).clamp(0.0, 1.0);
        spread.iter().map(part).sum()
    };
    let (mut low, mut high) = (0.0, spread.iter().map(|(_, high, _)| *high).fold(0.0, f64::max));
    if total <= 0.0 {
        return None;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if below(middle) < share * total { low = middle } else { high = middle }
    }
    Some((low + high) / 2.0)
}
