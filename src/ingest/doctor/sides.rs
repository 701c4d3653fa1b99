use crate::model::{Level, Side};
use crate::units::{Price, Quantity};
use std::collections::BTreeMap;

/// The plainest book: two sorted maps. Keeps a crossed state as it is, so that it can be reported.
#[derive(Debug, Clone, Default)]
pub(crate) struct SideBooks {
    sides: [BTreeMap<Price, Quantity>; 2],
}

impl SideBooks {
    /// Sets a level; zero deletes it. Returns what was there.
    pub fn set(&mut self, side: Side, price: Price, quantity: Quantity) -> Option<Quantity> {
        let levels = &mut self.sides[side.index()];
        if quantity.is_zero() { levels.remove(&price) } else { levels.insert(price, quantity) }
    }

    /// Removes every level of a side.
    pub fn clear(&mut self, side: Side) {
        self.sides[side.index()].clear();
    }

    /// True when there is a level at `price`.
    pub fn has(&self, side: Side, price: Price) -> bool {
        self.sides[side.index()].contains_key(&price)
    }

    /// True when neither side has a level.
    pub fn is_empty(&self) -> bool {
        self.sides.iter().all(BTreeMap::is_empty)
    }

    /// Highest bid or lowest ask.
    pub fn best(&self, side: Side) -> Option<Level> {
        let levels = &self.sides[side.index()];
        let (price, quantity) = match side {
            Side::Buy => levels.last_key_value(),
            Side::Sell => levels.first_key_value(),
        }?;
        Some(Level { price: *price, quantity: *quantity })
    }
}
