//! The memory of the signs of orders over the next few.

use crate::synth::{MetaorderModel, draw_signs};
use std::collections::VecDeque;

/// Orders looked back.
const LAGS: usize = 10;
/// Orders of a block at first; when there are many blocks, two become one.
const BLOCK: u64 = 1 << 12;
const BLOCKS_MOST: usize = 512;
const BLOCKS_LEAST: usize = 8;
/// Orders over which blocks may still depend on each other: metaorders are worked that long.
const DEPENDS: u64 = 1 << 17;
/// Blocks remember each other for longer than is allowed for: by as much is the error of a share larger, on tapes of known shares.
const WIDER: f64 = 1.7;
/// Orders drawn to know what a share of metaorders gives.
const DRAWN: u64 = 6_000_000;

/// Mean product of a sign with those of the orders before it, block by block.
#[derive(Debug, Clone)]
pub(super) struct SignMemory {
    pub orders: u64,
    recent: VecDeque<i64>,
    products: i64,
    block: u64,
    means: Vec<f64>,
}

impl Default for SignMemory {
    fn default() -> Self {
        Self { orders: 0, recent: VecDeque::new(), products: 0, block: BLOCK, means: Vec::new() }
    }
}

impl SignMemory {
    pub fn add(&mut self, sign: i64) {
        self.products += self.recent.iter().sum::<i64>() * sign;
        self.recent.push_front(sign);
        self.recent.truncate(LAGS);
        self.orders += 1;
        if self.orders.is_multiple_of(self.block) {
            let pairs = self.block * LAGS as u64;
            self.means.push(std::mem::take(&mut self.products) as f64 / pairs as f64);
            if self.means.len() == BLOCKS_MOST {
                self.means = self.means.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
                self.block *= 2;
            }
        }
    }

    /// Mean product and its standard error, which allows for blocks that depend on each other (W. Newey, K. West, 1987).
    pub fn mean(&self) -> Option<(f64, f64)> {
        let count = self.means.len();
        if count < BLOCKS_LEAST {
            return None;
        }
        let mean = self.means.iter().sum::<f64>() / count as f64;
        let apart = |lag: usize| -> f64 {
            let pairs = self.means.iter().zip(&self.means[lag..]);
            pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / count as f64
        };
        let lags = ((DEPENDS / self.block) as usize).clamp(1, count / 4);
        let weight = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
        let variance = apart(0) + 2.0 * (1..=lags).map(|lag| weight(lag) * apart(lag)).sum::<f64>();
        let degrees = (count as f64 / lags as f64 - 1.0).max(1.0);
        Some((mean, (variance.max(apart(0)) / degrees / lags as f64).sqrt()))
    }
}

/// The share of orders that are pieces of metaorders which gives this memory, and its standard error.
///
/// What is remembered grows with the square of the share, nearly; it is drawn twice, the second time with what came of the first.
pub(super) fn share((memory, error): (f64, f64), model: &MetaorderModel) -> Option<(f64, f64)> {
    let mut share = model.share.max(0.3);
    let mut relative = 0.0;
    for seed in 1..=2 {
        let mut drawn = SignMemory::default();
        draw_signs(&MetaorderModel { share, ..*model }, DRAWN, seed, &mut |side| drawn.add(side.sign()));
        let (expected, chance) = drawn.mean()?;
        if memory <= 0.0 || expected <= 0.0 {
            return None;
        }
        share = (share * (memory / expected).sqrt()).min(1.0);
        let [own, other] = [error / memory, chance / expected];
        relative = WIDER * (own * own + other * other).sqrt() / 2.0;
    }
    Some((share, share * relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recovery: the share that signs were drawn with comes back within its interval, nine times of ten or more.
    #[test]
    fn a_share_comes_back() {
        let model = MetaorderModel { share: 0.6, working: 3, tail: 1.4, longest: 20_000, hidden_pieces: 0.4 };
        let mut held = 0;
        for seed in 101..111 {
            let mut signs = SignMemory::default();
            draw_signs(&model, 1_000_000, seed, &mut |side| signs.add(side.sign()));
            let (found, error) = share(signs.mean().unwrap(), &MetaorderModel { share: 0.9, ..model }).unwrap();
            held += i32::from((found - 0.6).abs() < 1.96 * error);
            assert!(error < 0.1, "seed {seed}: {found} with an error of {error}");
        }
        assert!(held >= 9, "{held} of 10 intervals hold the truth");
    }
}
