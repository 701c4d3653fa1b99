//! The random trader: what it wishes is a pure function of its seed, the step, the best prices it sees and which of its
//! orders it knows to be free for a cancel or amend. Both sides run one each; equal knowledge leads to equal wishes.

use seatrial::model::Side;
use seatrial::rng::{Rng, Streams};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Orders it works at most at a time; above that it only cancels and amends.
const LIVE_MAX: usize = 24;

/// What an order does when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Market,
    GoodTilCancel,
    PostOnly,
    ImmediateOrCancel,
    FillOrKill,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::GoodTilCancel, Self::PostOnly, Self::ImmediateOrCancel, Self::FillOrKill, Self::Market];
}

/// One wish. Prices in ticks, quantities in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Submit { id: u64, side: Side, kind: Kind, price: i64, quantity: i64 },
    Cancel { id: u64 },
    Amend { id: u64, price: i64, quantity: i64 },
}

impl Wish {
    pub const fn id(&self) -> u64 {
        match *self {
            Self::Submit { id, .. } | Self::Cancel { id } | Self::Amend { id, .. } => id,
        }
    }
}

/// What the trader last asked an order to be.
#[derive(Debug, Clone, Copy)]
struct Asked {
    side: Side,
    price: i64,
    quantity: i64,
    /// What the peer would execute: an amend that loses its place there keeps the quantity from before.
    stale: i64,
    /// The same if the last amend comes too late.
    stale_before: i64,
}

/// What the trader did at one instant of its own clock, in milliseconds from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    pub at: i64,
    /// Best bid and ask seen.
    pub best: (i64, i64),
    pub wish: Wish,
}

/// Everything a trader wished, in order; shared, because an engine keeps its strategy.
pub type Log = Rc<RefCell<Vec<Logged>>>;

pub struct Trader {
    rng: Rng,
    lot: i64,
    /// Sends market orders.
    markets: bool,
    /// Milliseconds from the start of the next step, and after which there is none.
    next: i64,
    last: i64,
    asked: BTreeMap<u64, Asked>,
    orders: u64,
    log: Log,
}

impl Trader {
    /// A trader that acts up to `last` milliseconds from the start, in multiples of `lot` steps, with market orders or without.
    pub fn new(seed: u64, lot: i64, last: i64, markets: bool) -> Self {
        let rng = Streams::new(seed).stream("random-trader");
        let mut trader =
            Self { rng, lot, markets, next: 0, last, asked: BTreeMap::new(), orders: 0, log: Log::default() };
        trader.advance();
        trader
    }

    pub fn log(&self) -> Log {
        Rc::clone(&self.log)
    }

    /// Milliseconds from the start at which it wants to be called next.
    pub fn next(&self) -> Option<i64> {
        (self.next <= self.last).then_some(self.next)
    }

    /// Often in quick succession, so that requests overtake what the venue reports.
    fn advance(&mut self) {
        let most = if self.rng.ratio(1, 3) { 4 } else { 200 };
        self.next += self.rng.range(1..=most);
    }

    /// What it wishes now, in order. `free` are the orders it knows to rest with no request on its way, by rising id.
    pub fn act(&mut self, best: Option<(i64, i64)>, free: &[u64]) -> Vec<Wish> {
        let at = self.next;
        self.advance();
        let mut free = free.to_vec();
        // A gate here refuses orders while a side is empty.
        let Some(best) = best else { return Vec::new() };
        let mut wishes = Vec::new();
        for _ in 0..self.rng.range(1..=3) {
            if let Some(wish) = self.wish(best, &mut free) {
                self.log.borrow_mut().push(Logged { at, best, wish });
                wishes.push(wish);
            }
        }
        wishes
    }

    fn wish(&mut self, best: (i64, i64), free: &mut Vec<u64>) -> Option<Wish> {
        let draw = self.rng.range(0..=99);
        let crowded = free.len() >= LIVE_MAX;
        match draw {
            0..=9 => None,
            10..=54 if !crowded => Some(self.submit(best)),
            55..=74 => self.pick(free).map(|id| self.amend(id, best)),
            _ => self.pick(free).map(|id| Wish::Cancel { id }),
        }
    }

    /// One of the free orders, which is not free any more.
    fn pick(&mut self, free: &mut Vec<u64>) -> Option<u64> {
        let count = free.len() as i64;
        (count > 0).then(|| free.remove(self.rng.range(0..=count - 1) as usize))
    }

    fn submit(&mut self, best: (i64, i64)) -> Wish {
        self.orders += 1;
        let side = if self.rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
        let kind = match self.rng.range(0..=19) {
            0..=8 => Kind::GoodTilCancel,
            9..=14 => Kind::PostOnly,
            15..=16 => Kind::ImmediateOrCancel,
            17..=18 => Kind::FillOrKill,
            _ if self.markets => Kind::Market,
            _ => Kind::ImmediateOrCancel,
        };
        let (price, quantity) = (self.price(side, best), self.quantity());
        self.asked.insert(self.orders, Asked { side, price, quantity, stale: quantity, stale_before: quantity });
        Wish::Submit { id: self.orders, side, kind, price, quantity }
    }

    /// From six ticks through one of the best prices to twelve away from it.
    fn price(&mut self, side: Side, best: (i64, i64)) -> i64 {
        let from = if self.rng.ratio(1, 2) { best.0 } else { best.1 };
        from - side.sign() * self.rng.range(-6..=12)
    }

    fn quantity(&mut self) -> i64 {
        self.rng.range(1..=20) * self.lot
    }

    fn amend(&mut self, id: u64, best: (i64, i64)) -> Wish {
        let asked = self.asked[&id];
        let moved = self.rng.ratio(3, 5).then(|| self.price(asked.side, best));
        let price = moved.unwrap_or(asked.price);
        let mut quantity = if self.rng.ratio(3, 5) { self.quantity() } else { asked.quantity };
        // Known difference: the peer takes a quantity for more or less by what it would execute. Only where both mean the
        // same by it can the place in the queue be compared.
        if price == asked.price && (quantity > asked.quantity) != (quantity > asked.stale) {
            quantity = asked.quantity.min(asked.stale);
        }
        let keeps = price == asked.price && quantity <= asked.quantity;
        let stale = if keeps { quantity } else { asked.stale };
        self.asked.insert(id, Asked { price, quantity, stale, stale_before: asked.stale, ..asked });
        Wish::Amend { id, price, quantity }
    }

    /// The quantities that the peer may execute of an order: with its last amend, and without it.
    pub fn stale(&self, id: u64) -> [i64; 2] {
        [self.asked[&id].stale, self.asked[&id].stale_before]
    }
}
