use super::order::{NOBODY, Slot};
use super::orders::Orders;
use crate::model::Side;
use crate::units::Price;

/// Own orders at one price, oldest first: a list threaded through the store.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct OwnLevel {
    pub price: Price,
    pub first: Slot,
    last: Slot,
}

/// Own resting orders of one side by priority: best price, then age.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Resting {
    side: Side,
    /// Best price last, so that orders near the market move nothing.
    levels: Vec<OwnLevel>,
}

impl Resting {
    pub(super) const fn new(side: Side) -> Self {
        Self { side, levels: Vec::new() }
    }

    /// Number of levels with a worse price.
    fn rank(&self, price: Price) -> usize {
        match self.levels.last() {
            None => 0,
            Some(best) if price == best.price => self.levels.len() - 1,
            Some(best) if self.side.improves(price, best.price) => self.levels.len(),
            Some(_) => self.levels.partition_point(|level| self.side.improves(price, level.price)),
        }
    }

    #[inline]
    pub(super) fn best(&self) -> Option<&OwnLevel> {
        self.levels.last()
    }

    /// Best price of the orders other than `leaving`.
    pub(super) fn best_price_without(&self, leaving: Slot) -> Option<Price> {
        self.levels().find(|level| (level.first, level.last) != (leaving, leaving)).map(|level| level.price)
    }

    #[inline]
    pub(super) fn level(&self, price: Price) -> Option<&OwnLevel> {
        let best = self.levels.last()?;
        if best.price == price { Some(best) } else { self.level_behind(price) }
    }

    fn level_behind(&self, price: Price) -> Option<&OwnLevel> {
        self.levels.get(self.rank(price)).filter(|level| level.price == price)
    }

    /// Levels, best first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &OwnLevel> {
        self.levels.iter().rev()
    }

    /// Orders by priority.
    pub(super) fn queue<'a>(&'a self, orders: &'a Orders) -> impl Iterator<Item = Slot> + 'a {
        let live = |slot: Slot| (slot != NOBODY).then_some(slot);
        self.levels()
            .flat_map(move |level| std::iter::successors(live(level.first), move |&slot| live(orders[slot].next)))
    }

    /// Puts an order behind all others of its price; true when the price is new.
    pub(super) fn push(&mut self, price: Price, slot: Slot, orders: &mut Orders) -> bool {
        let rank = self.rank(price);
        match self.levels.get_mut(rank).filter(|level| level.price == price) {
            Some(level) => {
                let last = std::mem::replace(&mut level.last, slot);
                orders[last].next = slot;
                (orders[slot].previous, orders[slot].next) = (last, NOBODY);
                false
            }
            None => {
                self.levels.insert(rank, OwnLevel { price, first: slot, last: slot });
                (orders[slot].previous, orders[slot].next) = (NOBODY, NOBODY);
                true
            }
        }
    }

    /// Takes an order out; true when its price is empty now.
    pub(super) fn remove(&mut self, price: Price, slot: Slot, orders: &mut Orders) -> bool {
        let rank = self.rank(price);
        let (previous, next) = (orders[slot].previous, orders[slot].next);
        let level = &mut self.levels[rank];
        assert_eq!(level.price, price, "own level of the order in slot {slot}");
        if previous == NOBODY {
            level.first = next;
        } else {
            orders[previous].next = next;
        }
        if next == NOBODY {
            level.last = previous;
        } else {
            orders[next].previous = previous;
        }
        let gone = level.first == NOBODY;
        // The best level goes most often, and moves no other.
        if gone && rank + 1 == self.levels.len() {
            self.levels.pop();
        } else if gone {
            self.levels.remove(rank);
        }
        gone
    }
}
