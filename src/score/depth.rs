//! How much stands how far from the mid.

use crate::book::Ladder;
use crate::model::{Level, Side};

/// Distances from the mid, in basis points.
pub(super) const DISTANCES: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
/// Levels of each side that its symmetry is judged by.
const LEVELS: usize = 10;

/// Sums over samples of the book.
#[derive(Debug, Clone, Default)]
pub(super) struct Depth {
    pub samples: f64,
    /// By distance, how many samples have a book that reaches as far on both sides, and what stands up to there in them.
    within: [(f64, f64); DISTANCES.len()],
    /// By side, what stands at its first levels.
    sides: [f64; 2],
    /// Samples with that many levels on both sides.
    full: f64,
}

impl Depth {
    pub fn sample(&mut self, book: &Ladder, touch: [Level; 2], weight: f64) {
        let mid = (touch[0].price.ticks() + touch[1].price.ticks()) as f64 / 2.0;
        if mid <= 0.0 {
            return;
        }
        self.samples += weight;
        let [bids, asks] = Side::BOTH.map(|side| profile(book, side, mid));
        for (place, within) in self.within.iter_mut().enumerate() {
            if let (Some(bid), Some(ask)) = (bids.within[place], asks.within[place]) {
                within.0 += weight;
                within.1 += weight * (bid + ask);
            }
        }
        if let (Some(bid), Some(ask)) = (bids.first, asks.first) {
            self.full += weight;
            self.sides[0] += weight * bid;
            self.sides[1] += weight * ask;
        }
    }

    /// Share of samples whose book reaches that distance on both sides.
    pub fn reach(&self, place: usize) -> f64 {
        self.within[place].0 / self.samples.max(1.0)
    }

    /// Mean quantity up to a distance, over the samples whose book reaches it, in steps.
    pub fn mean_within(&self, place: usize) -> Option<f64> {
        let (count, sum) = self.within[place];
        (count > 0.0).then(|| sum / count)
    }

    /// Share of samples with enough levels for [`Self::symmetry`].
    pub fn full(&self) -> f64 {
        self.full / self.samples.max(1.0)
    }

    /// Mean quantity of the first levels of the bid over that of the ask.
    pub fn symmetry(&self) -> Option<f64> {
        (self.sides[1] > 0.0).then(|| self.sides[0] / self.sides[1])
    }

    /// (basis points, mean quantity in steps), as far as nine in ten samples reach.
    pub fn profile(&self) -> Vec<(f64, f64)> {
        let seen = (0..DISTANCES.len()).filter(|place| self.samples > 0.0 && self.reach(*place) >= 0.9);
        seen.filter_map(|place| Some((DISTANCES[place], self.mean_within(place).filter(|mean| *mean > 0.0)?))).collect()
    }
}

struct Profile {
    within: [Option<f64>; DISTANCES.len()],
    first: Option<f64>,
}

/// Walks one side once. A distance is known when a level stands at it or beyond.
fn profile(book: &Ladder, side: Side, mid: f64) -> Profile {
    let mut profile = Profile { within: [None; DISTANCES.len()], first: None };
    let (mut sum, mut place) = (0.0, 0);
    for (count, level) in book.levels(side).enumerate() {
        if count == LEVELS {
            profile.first = Some(sum);
        }
        let away = (level.price.ticks() as f64 - mid).abs() / mid * 10_000.0;
        while place < DISTANCES.len() && DISTANCES[place] < away {
            profile.within[place] = Some(sum);
            place += 1;
        }
        if place == DISTANCES.len() && LEVELS < count {
            break;
        }
        sum += level.quantity.steps() as f64;
    }
    profile
}
