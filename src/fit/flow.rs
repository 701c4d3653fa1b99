//! Who came with which order, as far as level changes and trades tell.
//!
//! A message with a trade is somebody who takes. Whoever leaves something at the last price had a quantity in mind: a market order.
//! Whoever leaves nothing took all that was there, as those do who race for quotes that the price has left; a market order that
//! happens to end with a level is counted by those that leave one step, of which there are as many. A level that grows is
//! a limit order: into the spread it is one that closes it, at the best price or behind it an ordinary one.

use super::histogram::Histogram;
use super::signs::SignMemory;
use super::sizes::BySpeed;
use crate::book::Ladder;
use crate::model::{Side, row};
use crate::synth::BookModel;
use crate::units::Price;

/// Counts of orders of each kind.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    /// Messages with trades and levels; with trades alone; with levels alone.
    pub whole: u64,
    pub bare: u64,
    /// Takers that left something at the last price; of those, that left one step alone; takers that left nothing.
    pub partial: u64,
    pub left_one: u64,
    pub swept: u64,
    /// Limit orders at the best price, by distance behind it in ticks, and into the spread.
    pub at_touch: u64,
    pub behind: Histogram,
    pub inside: u64,
    /// Narrowest spread in ticks into which somebody quoted.
    pub narrowest: Option<i64>,
    pub signs: SignMemory,
    pub market_sizes: BySpeed,
    pub limit_sizes: BySpeed,
    depth_ticks: f64,
    depth_growth: f64,
    /// Best prices before the message, by side.
    best: [Option<i64>; 2],
    /// Of the message: the taker's side and quantity, the quantity left at the level touched last, whether levels changed.
    taker: Option<(Side, i64)>,
    left: Option<i64>,
    between: bool,
    speed: Option<i32>,
}

impl Flow {
    pub fn new(book: &BookModel) -> Self {
        Self {
            whole: 0,
            bare: 0,
            partial: 0,
            left_one: 0,
            swept: 0,
            at_touch: 0,
            behind: Histogram::default(),
            inside: 0,
            narrowest: None,
            signs: SignMemory::default(),
            market_sizes: BySpeed::default(),
            limit_sizes: BySpeed::default(),
            depth_ticks: book.depth_ticks,
            depth_growth: book.depth_growth,
            best: [None; 2],
            taker: None,
            left: None,
            between: true,
            speed: None,
        }
    }

    pub fn is_between_messages(&self) -> bool {
        self.between
    }

    /// A message comes into this book; `speed` is how fast the price has moved lately.
    pub fn message_begins(&mut self, book: &Ladder, speed: Option<i32>) {
        self.best = Side::BOTH.map(|side| book.best_price(side).map(Price::ticks));
        (self.taker, self.left, self.between, self.speed) = (None, None, false, speed);
    }

    pub fn trade(&mut self, side: Side, quantity: i64) {
        let before = self.taker.map_or(0, |(_, before)| before);
        self.taker = Some((side, before.saturating_add(quantity)));
    }

    pub fn level(&mut self, flags: u32, side: Side, price: i64, before: i64, now: i64) {
        if flags & row::SNAPSHOT != 0 {
            return;
        }
        self.left = Some(now);
        if self.taker.is_none() && before < now {
            self.limit(side, price, now - before);
        }
    }

    fn limit(&mut self, side: Side, price: i64, quantity: i64) {
        let [own, other] = [self.best[side.index()], self.best[side.opposite().index()]];
        let (Some(own), Some(other)) = (own, other) else { return };
        let behind = (own - price) * side.sign();
        if behind < 0 {
            self.inside += 1;
            let spread = (other - own).abs();
            self.narrowest = Some(self.narrowest.map_or(spread, |narrowest| narrowest.min(spread)));
        } else if behind == 0 {
            self.at_touch += 1;
            if let Some(speed) = self.speed {
                let far = (other - own).abs() as f64 / 2.0 / self.depth_ticks;
                let growth = 1.0 + self.depth_growth * far.sqrt();
                self.limit_sizes.add(speed, (quantity as f64 / growth) as u64);
            }
        } else {
            self.behind.add(behind.unsigned_abs());
        }
    }

    pub fn message_ends(&mut self) {
        self.between = true;
        let Some((side, quantity)) = self.taker.take() else { return };
        let Some(left) = self.left else {
            self.bare += 1;
            self.signs.add(side.sign());
            return self.size(quantity);
        };
        self.whole += 1;
        if left == 0 {
            self.swept += 1;
            return;
        }
        self.partial += 1;
        self.left_one += u64::from(left == 1);
        self.signs.add(side.sign());
        self.size(quantity);
    }

    fn size(&mut self, quantity: i64) {
        if let Some(speed) = self.speed {
            self.market_sizes.add(speed, quantity.unsigned_abs());
        }
    }

    /// Market orders: those that left something, and those that happened to end with a level.
    pub fn market_orders(&self) -> f64 {
        (self.partial + self.left_one) as f64
    }

    /// Whether trades and levels come in one message, so that they tell who took what.
    pub fn is_told(&self) -> bool {
        1_000 <= self.whole && self.bare * 100 <= self.whole
    }
}
