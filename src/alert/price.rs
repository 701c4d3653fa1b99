//! How far the price moves within a minute.

use super::account::share;
use crate::units::{MINUTE, Timestamp};
use std::collections::VecDeque;

/// Prices that one is settled by: its median.
const SAMPLE: usize = 3;

/// The highest of the last prices, if they are seen with a sign: those that a later one is as high as are left out, so that the highest
/// within the window is the first.
type Ridge = VecDeque<(Timestamp, i64)>;

/// Doubled mids of the last minute, settled.
#[derive(Debug, Clone, Default)]
pub(super) struct Moves {
    recent: [i64; SAMPLE],
    seen: usize,
    highest: Ridge,
    /// Of prices with their sign turned.
    lowest: Ridge,
}

impl Moves {
    /// Takes the mid of a tick. Returns the larger move that ends here, in parts per billion of where it began, rounded down; `None` until
    /// there are enough prices.
    pub(super) fn price(&mut self, at: Timestamp, mid_x2: i64) -> Option<i128> {
        self.recent[self.seen % SAMPLE] = mid_x2;
        self.seen += 1;
        if self.seen < SAMPLE {
            return None;
        }
        let settled = median(self.recent);
        let highest = reach(&mut self.highest, at, settled);
        let lowest = -reach(&mut self.lowest, at, -settled);
        let [settled, highest, lowest] = [settled, highest, lowest].map(i128::from);
        Some(share(settled - lowest, lowest).max(share(highest - settled, highest)))
    }
}

fn median([a, b, c]: [i64; SAMPLE]) -> i64 {
    a.max(b).min(a.min(b).max(c))
}

/// Adds a price; returns the highest that is not a minute old.
fn reach(ridge: &mut Ridge, at: Timestamp, price: i64) -> i64 {
    while ridge.back().is_some_and(|(_, last)| *last <= price) {
        ridge.pop_back();
    }
    ridge.push_back((at, price));
    while ridge.front().is_some_and(|(first, _)| MINUTE <= at.since(*first)) {
        ridge.pop_front();
    }
    ridge.front().map_or(price, |(_, highest)| *highest)
}
