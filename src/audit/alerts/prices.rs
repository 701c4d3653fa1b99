use super::account::parts;
use crate::units::{MINUTE, Span, Timestamp};
use std::collections::VecDeque;

/// Prices of the last minute of one market: doubled mids.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    /// The last three, oldest first. On bars the last close alone.
    last: VecDeque<i64>,
    /// Each with the instant from which it counts.
    settled: VecDeque<(Timestamp, i64)>,
    /// The last two looks that counted, oldest first; both are the last one at which nobody knew the price.
    counted: [Timestamp; 2],
}

/// The move that ends at a look, in parts per billion, and the first instant at which it can have begun.
pub(super) type Move = (i128, Timestamp);

impl Prices {
    pub const fn starting(at: Timestamp) -> Self {
        Self { last: VecDeque::new(), settled: VecDeque::new(), counted: [at; 2] }
    }

    /// The price at a look; `None` where nothing can be told of a move. A look that follows the one before too soon is none.
    pub fn look(&mut self, at: Timestamp, mid_x2: Option<i64>, clock: Span) -> Option<Move> {
        if at < self.counted[1].plus(clock) {
            return None;
        }
        let Some(mid_x2) = mid_x2 else {
            self.counted = [at; 2];
            return None;
        };
        self.last.push_back(mid_x2);
        let surplus = self.last.len().saturating_sub(3);
        self.last.drain(..surplus);
        // A median moves with the second of two prints: the first of them came after the look before it.
        let begins = self.counted[0];
        self.counted = [self.counted[1], at];
        let mut sorted: Vec<i64> = self.last.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() == 3).then(|| (self.settle(at, sorted[1]), begins))
    }

    /// The close of a bar, held against the one before as well, however long the bar.
    pub fn close(&mut self, at: Timestamp, mid_x2: Option<i64>) -> Option<Move> {
        let mid_x2 = mid_x2?;
        let before = self.last.pop_front().unwrap_or(mid_x2);
        self.last.push_back(mid_x2);
        Some((self.settle(at, mid_x2).max(between(before, mid_x2)), at))
    }

    /// The largest move from any price of the last minute to this one.
    fn settle(&mut self, at: Timestamp, price: i64) -> i128 {
        // Oldest first: looks are in order of time.
        while self.settled.pop_front_if(|(from, _)| from.plus(MINUTE) <= at).is_some() {}
        self.settled.push_back((at, price));
        let prices = || self.settled.iter().map(|(_, price)| *price);
        let (lowest, highest) = (prices().min().unwrap_or(price), prices().max().unwrap_or(price));
        between(lowest, price).max(between(highest, price))
    }
}

/// A move in parts per billion of where it began, whichever way.
fn between(from: i64, to: i64) -> i128 {
    let [from, to] = [from, to].map(i128::from);
    parts((to - from).abs(), from)
}
