use super::message::{Update, update};
use crate::model::{Level, Side, book_checksum};
use crate::units::{Price, Quantity};
use std::collections::BTreeMap;

/// The book as a feed tells it, level by level.
#[derive(Debug, Clone, Default)]
pub(super) struct LevelBook {
    bids: BTreeMap<Price, Quantity>,
    asks: BTreeMap<Price, Quantity>,
}

impl LevelBook {
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, Quantity> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    pub fn set(&mut self, Update { side, price, quantity }: Update) {
        let levels = self.side_mut(side);
        if quantity.is_zero() {
            levels.remove(&price);
        } else {
            levels.insert(price, quantity);
        }
    }

    pub fn bids(&self) -> impl Iterator<Item = Level> + '_ {
        self.bids.iter().rev().map(|(price, quantity)| Level { price: *price, quantity: *quantity })
    }

    pub fn asks(&self) -> impl Iterator<Item = Level> + '_ {
        self.asks.iter().map(|(price, quantity)| Level { price: *price, quantity: *quantity })
    }

    /// All levels.
    pub fn all(&self) -> impl Iterator<Item = Update> + '_ {
        let bids = self.bids().map(|level| (Side::Buy, level));
        bids.chain(self.asks().map(|level| (Side::Sell, level))).map(update)
    }

    pub fn best(&self) -> (Option<Price>, Option<Price>) {
        (self.bids.last_key_value().map(|(price, _)| *price), self.asks.first_key_value().map(|(price, _)| *price))
    }

    /// The bid is at or above the ask.
    pub fn is_crossed(&self) -> bool {
        matches!(self.best(), (Some(bid), Some(ask)) if ask <= bid)
    }

    pub fn checksum(&self) -> u32 {
        book_checksum(self.asks(), self.bids())
    }

    /// Forgets what is behind the `depth` best levels of each side; hands out what is gone.
    pub fn trim(&mut self, depth: usize) -> Vec<Update> {
        let mut gone = Vec::new();
        while depth < self.bids.len() {
            gone.extend(self.bids.pop_first().map(|(price, _)| (Side::Buy, price)));
        }
        while depth < self.asks.len() {
            gone.extend(self.asks.pop_last().map(|(price, _)| (Side::Sell, price)));
        }
        gone.into_iter().map(|(side, price)| Update { side, price, quantity: Quantity::ZERO }).collect()
    }
}
