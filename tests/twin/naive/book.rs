use super::{beats, better_first};
use seatrial::model::{BestPrices, Level, Side};
use seatrial::units::{Price, Quantity};

/// Two sorted vectors and two best prices.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Price and steps, rising by price.
    levels: [Vec<(i64, i64)>; 2],
    best: [Option<i64>; 2],
}

impl Book {
    /// Stores a level and returns what it held before. The newer side wins when sides cross.
    pub fn set(&mut self, side: Side, price: i64, steps: i64) -> i64 {
        let (own, other) = (side.index(), side.opposite().index());
        let before = self.quantity(side, price);
        self.levels[own].retain(|level| level.0 != price);
        if steps == 0 {
            if self.best[own] == Some(price) {
                self.best[own] = self.behind(side, price);
            }
            return before;
        }
        let place = self.levels[own].iter().filter(|level| level.0 < price).count();
        self.levels[own].insert(place, (price, steps));
        if self.best[own].is_none_or(|best| beats(side, price, best)) {
            self.best[own] = Some(price);
            // Not better for this side is at or through for the other one.
            if self.best[other].is_some_and(|best| !beats(side, best, price)) {
                self.best[other] = self.behind(side.opposite(), price);
            }
        }
        before
    }

    pub fn clear(&mut self, side: Side) {
        self.levels[side.index()].clear();
        self.best[side.index()] = None;
    }

    fn behind(&self, side: Side, price: i64) -> Option<i64> {
        let levels = self.levels[side.index()].iter().map(|level| level.0);
        levels.filter(|&level| beats(side, price, level)).min_by_key(|&level| better_first(side, level))
    }

    pub fn best(&self, side: Side) -> Option<i64> {
        self.best[side.index()]
    }

    pub fn quantity(&self, side: Side, price: i64) -> i64 {
        self.levels[side.index()].iter().find(|level| level.0 == price).map_or(0, |level| level.1)
    }

    /// Price and steps from the best price on, best first.
    pub fn shown(&self, side: Side) -> Vec<(i64, i64)> {
        let Some(best) = self.best(side) else { return Vec::new() };
        let all = self.levels[side.index()].iter().copied();
        let mut shown: Vec<(i64, i64)> = all.filter(|level| !beats(side, level.0, best)).collect();
        if side == Side::Buy {
            shown.reverse();
        }
        shown
    }

    pub fn best_prices(&self) -> BestPrices {
        let level = |side| {
            let price = self.best(side)?;
            Some(Level { price: Price::new(price), quantity: Quantity::new(self.quantity(side, price)) })
        };
        BestPrices { bid: level(Side::Buy), ask: level(Side::Sell) }
    }
}
