use super::batches::Row;
use crate::model::{RowKind, Side, row};
use crate::rng::{Quantiles, Rng};
use crate::units::Price;

/// Every tick within this distance of the touch has a level.
const DENSE: i64 = 4;
/// Levels between the dense ones and this distance go away only by and by.
const DENSE_KEPT: i64 = 8;
/// Beyond the dense ticks, prices that are a multiple of this have a level ...
const GRID: i64 = 5;
/// ... up to this distance; they go away beyond the second.
const DEPTH: i64 = 105;
const DEPTH_KEPT: i64 = 160;
/// Steps at the touch for a draw of 1000, and ticks after which a level is that much larger again.
const TOUCH_STEPS: i64 = 700;
const GROWTH_TICKS: i64 = 15;

/// The levels of one side, best first.
#[derive(Debug)]
pub(super) struct Levels {
    side: Side,
    levels: Vec<Level>,
    /// The other half of a double buffer.
    scratch: Vec<Level>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    price: i64,
    quantity: i64,
}

impl Levels {
    pub(super) fn new(side: Side) -> Self {
        Self { side, levels: Vec::with_capacity(128), scratch: Vec::with_capacity(128) }
    }

    /// Ticks from `touch` to `price` away from the market; negative for a better price.
    fn distance(&self, touch: i64, price: i64) -> i64 {
        (touch - price) * self.side.sign()
    }

    fn price(&self, touch: i64, distance: i64) -> i64 {
        self.side.away(Price::new(touch), distance).ticks()
    }

    /// Removes the levels that have no place when the best price is `touch`.
    pub(super) fn prune(&mut self, touch: i64, message: &mut Vec<Row>) {
        let sign = self.side.sign();
        let flags = row::pack(RowKind::Depth, self.side);
        self.levels.retain(|level| {
            let distance = (touch - level.price) * sign;
            let stays = match distance {
                ..0 => false,
                0..=DENSE_KEPT => true,
                _ if distance <= DEPTH_KEPT => level.price % GRID == 0,
                _ => false,
            };
            if !stays {
                message.push(Row { flags, price: level.price, quantity: 0 });
            }
            stays
        });
    }

    /// Adds the levels that are missing when the best price is `touch`. Better ones must have been pruned.
    pub(super) fn fill(&mut self, touch: i64, sizes: &Quantiles, rng: &mut Rng, message: &mut Vec<Row>) {
        let flags = row::pack(RowKind::Depth, self.side);
        std::mem::swap(&mut self.levels, &mut self.scratch);
        self.levels.clear();
        let mut known = 0;
        let mut distance = 0;
        while distance <= DEPTH {
            let price = self.price(touch, distance);
            while let Some(level) = self.scratch.get(known).filter(|level| self.distance(touch, level.price) < distance)
            {
                self.levels.push(*level);
                known += 1;
            }
            if self.scratch.get(known).is_none_or(|level| level.price != price) {
                let quantity = size(distance, sizes, rng);
                message.push(Row { flags, price, quantity });
                self.levels.push(Level { price, quantity });
            }
            distance = self.next_wanted(touch, distance);
        }
        self.levels.extend_from_slice(&self.scratch[known..]);
    }

    /// The next distance at which there is a level.
    fn next_wanted(&self, touch: i64, distance: i64) -> i64 {
        if distance + 1 < DENSE {
            return distance + 1;
        }
        let next = self.price(touch, distance + 1);
        distance + 1 + (next * self.side.sign()).rem_euclid(GRID)
    }

    /// Draws a new quantity for a random level, mostly near the touch.
    pub(super) fn refresh(&mut self, sizes: &Quantiles, rng: &mut Rng, message: &mut Vec<Row>) {
        let index = (rng.geometric(1, 5) as usize).min(self.levels.len() - 1);
        let distance = self.distance(self.levels[0].price, self.levels[index].price);
        let quantity = size(distance, sizes, rng);
        let level = &mut self.levels[index];
        if quantity != level.quantity {
            level.quantity = quantity;
            message.push(Row { flags: row::pack(RowKind::Depth, self.side), price: level.price, quantity });
        }
    }

    /// Trades `quantity` against the best levels that `until` accepts, at most `deepest` of them; writes the trades, and the
    /// levels' new quantities for the message after.
    pub(super) fn take(
        &mut self,
        mut quantity: i64,
        deepest: usize,
        until: i64,
        trades: &mut Vec<Row>,
        depth: &mut Vec<Row>,
    ) {
        let flags = row::pack(RowKind::Trade, self.side.opposite());
        let depth_flags = row::pack(RowKind::Depth, self.side);
        let mut emptied = 0;
        for index in 0..deepest.min(self.levels.len()) {
            let within = self.distance(self.levels[index].price, until) > 0;
            if quantity == 0 || !within {
                break;
            }
            let level = &mut self.levels[index];
            let taken = quantity.min(level.quantity);
            quantity -= taken;
            level.quantity -= taken;
            trades.push(Row { flags, price: level.price, quantity: taken });
            depth.push(Row { flags: depth_flags, price: level.price, quantity: level.quantity });
            emptied += usize::from(level.quantity == 0);
        }
        self.levels.drain(..emptied);
    }
}

/// A quantity for a level: a draw in thousandths, growing away from the touch.
fn size(distance: i64, sizes: &Quantiles, rng: &mut Rng) -> i64 {
    let mean = TOUCH_STEPS + TOUCH_STEPS * distance / GROWTH_TICKS;
    (mean * sizes.sample(rng) / 1_000).max(1)
}
