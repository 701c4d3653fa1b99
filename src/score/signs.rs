//! The memory of order signs: buy is +1, sell is -1.

use super::statistics::log_log_slope;
use std::collections::VecDeque;

/// Lags of the autocorrelation, in orders.
pub(super) const SIGN_LAGS: [usize; 19] =
    [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000];
/// Block lengths of the aggregated variance, in orders.
const BLOCKS: [u64; 8] = [8, 16, 32, 64, 128, 256, 512, 1_024];
/// Blocks from which on a length has a variance.
const BLOCKS_LEAST: f64 = 8.0;

/// Sums over signs.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    pub count: u64,
    sum: i64,
    recent: VecDeque<i64>,
    products: [i64; SIGN_LAGS.len()],
    blocks: [Block; BLOCKS.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct Block {
    running: i64,
    count: f64,
    squares: f64,
}

impl Signs {
    pub fn add(&mut self, sign: i64) {
        for (product, lag) in self.products.iter_mut().zip(SIGN_LAGS) {
            *product += self.recent.get(lag - 1).map_or(0, |before| before * sign);
        }
        self.recent.push_front(sign);
        self.recent.truncate(SIGN_LAGS[SIGN_LAGS.len() - 1]);
        self.count += 1;
        self.sum += sign;
        for (block, length) in self.blocks.iter_mut().zip(BLOCKS) {
            block.running += sign;
            if self.count.is_multiple_of(length) {
                let sum = std::mem::take(&mut block.running) as f64;
                block.count += 1.0;
                block.squares += sum * sum;
            }
        }
    }

    fn mean(&self) -> f64 {
        self.sum as f64 / (self.count as f64).max(1.0)
    }

    /// Autocorrelation at the lag of that place in [`SIGN_LAGS`].
    pub fn memory(&self, place: usize) -> Option<f64> {
        let pairs = self.count.checked_sub(SIGN_LAGS[place] as u64).filter(|pairs| 0 < *pairs)?;
        let mean = self.mean();
        let variance = 1.0 - mean * mean;
        (variance > 0.0).then(|| (self.products[place] as f64 / pairs as f64 - mean * mean) / variance)
    }

    /// Autocorrelation at `lag`, one of [`SIGN_LAGS`].
    pub fn memory_at(&self, lag: usize) -> Option<f64> {
        SIGN_LAGS.iter().position(|known| *known == lag).and_then(|place| self.memory(place))
    }

    /// (lag, autocorrelation).
    pub fn memories(&self) -> Vec<(f64, f64)> {
        let found = |(place, lag): (usize, &usize)| Some((*lag as f64, self.memory(place)?));
        SIGN_LAGS.iter().enumerate().filter_map(found).collect()
    }

    /// Exponent of the decay of the autocorrelation with the lag.
    pub fn exponent(&self) -> Option<f64> {
        let floor = 1.0 / (self.count as f64).sqrt();
        log_log_slope(self.memories().into_iter(), floor).map(|slope| -slope)
    }

    /// Hurst's exponent by aggregated variance: half the growth of the variance of sums over blocks.
    pub fn hurst(&self) -> Option<f64> {
        let mean = self.mean();
        let variance = |(block, length): (&Block, u64)| {
            let centre = mean * length as f64;
            let variance = block.squares / block.count - centre * centre;
            (BLOCKS_LEAST <= block.count && 0.0 < variance).then_some((length as f64, variance))
        };
        let points: Vec<_> = self.blocks.iter().zip(BLOCKS).filter_map(variance).collect();
        log_log_slope(points.into_iter(), 0.0).map(|slope| slope / 2.0)
    }
}
