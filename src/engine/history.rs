use crate::model::{BestPrices, Level};
use crate::units::{Price, Quantity};

/// Best prices and quantities, in plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Best {
    /// `i64::MIN` when there is no bid.
    pub(super) bid: i64,
    /// `i64::MAX` when there is no ask.
    pub(super) ask: i64,
    pub(super) bid_quantity: i64,
    pub(super) ask_quantity: i64,
}

/// Best prices as they stood after one message, with the local time at which the bot learns of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct BestAt {
    pub(super) local_at: i64,
    /// Number of the message, counted from 1.
    pub(super) message: u64,
    pub(super) best: Best,
}

impl BestAt {
    const NONE: Self = Self { local_at: i64::MIN, message: 0, best: Best::NONE };
}

impl Best {
    pub(super) const NONE: Self = Self { bid: i64::MIN, ask: i64::MAX, bid_quantity: 0, ask_quantity: 0 };

    pub(super) fn prices(&self) -> BestPrices {
        let level = |price, quantity, none| {
            (price != none).then_some(Level { price: Price::new(price), quantity: Quantity::new(quantity) })
        };
        BestPrices {
            bid: level(self.bid, self.bid_quantity, i64::MIN),
            ask: level(self.ask, self.ask_quantity, i64::MAX),
        }
    }
}

/// The best prices that the venue has shown and the bot has not seen yet, oldest first. Grows to the longest backlog
/// there is and then stays.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct History {
    ring: Vec<BestAt>,
    head: usize,
    tail: usize,
    /// What was shown last.
    last: Best,
    /// What the bot sees now.
    seen: Best,
}

impl History {
    pub(super) fn new() -> Self {
        Self { ring: vec![BestAt::NONE; 1024], head: 0, tail: 0, last: Best::NONE, seen: Best::NONE }
    }

    /// Takes the best prices after a message; the same as after the one before are no news.
    #[inline]
    pub(super) fn push(&mut self, best: BestAt) {
        if best.best == self.last {
            return;
        }
        self.last = best.best;
        if self.tail - self.head == self.ring.len() {
            self.grow();
        }
        let mask = self.ring.len() - 1;
        self.ring[self.tail & mask] = best;
        self.tail += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let length = self.ring.len();
        let grown: Vec<BestAt> = (self.head..self.tail).map(|index| self.ring[index & (length - 1)]).collect();
        self.tail -= self.head;
        self.head = 0;
        self.ring = grown;
        self.ring.resize(length * 2, BestAt::NONE);
    }

    /// Lets the bot see everything that arrived up to and at `local_at`; true when its best prices are others now.
    #[inline]
    pub(super) fn see(&mut self, local_at: i64) -> bool {
        self.see_while(|best| best.local_at <= local_at)
    }

    /// Lets the bot see the messages up to and including the one with this number, whatever else arrived with it; true
    /// when its best prices are others now.
    #[inline]
    pub(super) fn see_message(&mut self, message: u64) -> bool {
        self.see_while(|best| best.message <= message)
    }

    #[inline]
    fn see_while(&mut self, arrived: impl Fn(&BestAt) -> bool) -> bool {
        let before = self.seen;
        let mask = self.ring.len() - 1;
        while self.head < self.tail && arrived(&self.ring[self.head & mask]) {
            self.seen = self.ring[self.head & mask].best;
            self.head += 1;
        }
        self.seen != before
    }

    pub(super) const fn seen(&self) -> &Best {
        &self.seen
    }
}
