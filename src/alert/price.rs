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
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
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
        Some(self.settled(at, median(self.recent)))
    }

    /// Takes the close of a bar, which is no tick that could be wild. The close before counts, however long the bar.
    pub(super) fn close(&mut self, at: Timestamp, mid_x2: i64) -> i128 {
        let before = if self.seen == 0 { mid_x2 } else { self.recent[0] };
        (self.recent[0], self.seen) = (mid_x2, 1);
        self.settled(at, mid_x2).max(moved(mid_x2, before, before))
    }

    fn settled(&mut self, at: Timestamp, price: i64) -> i128 {
        let highest = reach(&mut self.highest, at, price);
        let lowest = -reach(&mut self.lowest, at, -price);
        moved(price, lowest, highest)
    }
}

/// The larger of the moves up from the lowest and down from the highest price.
fn moved(price: i64, lowest: i64, highest: i64) -> i128 {
    let [price, lowest, highest] = [price, lowest, highest].map(i128::from);
    share(price - lowest, lowest).max(share(highest - price, highest))
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
