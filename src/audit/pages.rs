use crate::model::{BestPrices, Level, Side};
use crate::units::{Price, Quantity};

/// Levels on a page.
const LEVELS: i64 = 256;

/// The audit's own book: pages of levels, in order of price.
///
/// The newer side wins: a new best price at or through the other side's pushes that one behind it.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages([Half; 2]);

/// One side. A level's key grows as its price gets better: a bid's is its price, an ask's its price times -1.
#[derive(Debug, Clone, Default)]
struct Half {
    /// In order of their number.
    pages: Vec<Page>,
    /// The page used last.
    last: usize,
    /// Key of the best price.
    best: Option<i64>,
}

#[derive(Debug, Clone)]
struct Page {
    number: i64,
    levels: Box<[i64; LEVELS as usize]>,
}

impl Pages {
    /// The level holds so much from now on; nothing, at zero.
    #[inline]
    pub fn set(&mut self, side: Side, price: i64, quantity: i64) {
        let key = side.sign() * price;
        let half = &mut self.0[side.index()];
        half.store(key, quantity);
        if quantity == 0 {
            if half.best == Some(key) {
                half.best = half.below(key);
            }
        } else if half.best < Some(key) {
            half.best = Some(key);
            let other = &mut self.0[side.opposite().index()];
            if Some(-key) <= other.best {
                other.best = other.below(-key);
            }
        }
    }

    /// All levels of a side are gone.
    pub fn clear(&mut self, side: Side) {
        self.0[side.index()] = Half::default();
    }

    /// Highest bid and lowest ask.
    pub fn best(&self) -> BestPrices {
        let [bid, ask] = Side::BOTH.map(|side| {
            let half = &self.0[side.index()];
            let level =
                |key| Level { price: Price::new(side.sign() * key), quantity: Quantity::new(half.quantity(key)) };
            half.best.map(level)
        });
        BestPrices { bid, ask }
    }
}

impl Half {
    #[inline]
    fn store(&mut self, key: i64, quantity: i64) {
        let number = key.div_euclid(LEVELS);
        if self.pages.get(self.last).is_none_or(|page| page.number != number) {
            self.last = match self.find(number) {
                Ok(place) => place,
                Err(_) if quantity == 0 => return,
                Err(place) => {
                    self.pages.insert(place, Page { number, levels: Box::new([0; LEVELS as usize]) });
                    place
                }
            };
        }
        self.pages[self.last].levels[key.rem_euclid(LEVELS) as usize] = quantity;
    }

    fn find(&self, number: i64) -> Result<usize, usize> {
        self.pages.binary_search_by_key(&number, |page| page.number)
    }

    fn quantity(&self, key: i64) -> i64 {
        let page = self.find(key.div_euclid(LEVELS)).ok().map(|place| &self.pages[place]);
        page.map_or(0, |page| page.levels[key.rem_euclid(LEVELS) as usize])
    }

    /// The best level worse than `key`.
    fn below(&self, key: i64) -> Option<i64> {
        let (number, within) = (key.div_euclid(LEVELS), key.rem_euclid(LEVELS) as usize);
        let (place, mut until) = match self.find(number) {
            Ok(place) => (place + 1, within),
            Err(place) => (place, LEVELS as usize),
        };
        for page in self.pages[..place].iter().rev() {
            if let Some(offset) = page.levels[..until].iter().rposition(|level| *level != 0) {
                return Some(page.number * LEVELS + offset as i64);
            }
            until = LEVELS as usize;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The rule in plain words.
    #[derive(Default)]
    struct Plain {
        levels: [BTreeMap<i64, i64>; 2],
        best: [Option<i64>; 2],
    }

    impl Plain {
        fn worse(&self, side: Side, price: i64) -> Option<i64> {
            let levels = &self.levels[side.index()];
            match side {
                Side::Buy => levels.range(..price).next_back().map(|(price, _)| *price),
                Side::Sell => levels.range(price + 1..).next().map(|(price, _)| *price),
            }
        }

        fn set(&mut self, side: Side, price: i64, quantity: i64) {
            let better = |a: i64, b: i64| side.improves(Price::new(a), Price::new(b));
            let (here, there) = (side.index(), side.opposite().index());
            if quantity == 0 {
                self.levels[here].remove(&price);
                if self.best[here] == Some(price) {
                    self.best[here] = self.worse(side, price);
                }
                return;
            }
            self.levels[here].insert(price, quantity);
            if self.best[here].is_none_or(|best| better(price, best)) {
                self.best[here] = Some(price);
                if self.best[there].is_some_and(|other| !better(other, price)) {
                    self.best[there] = self.worse(side.opposite(), price);
                }
            }
        }

        fn clear(&mut self, side: Side) {
            self.levels[side.index()].clear();
            self.best[side.index()] = None;
        }
    }

    proptest! {
        #[test]
        fn pages_show_what_ordered_maps_show(
            steps in proptest::collection::vec((any::<bool>(), -700_i64..700, 0_i64..3, 0_u8..60), 0..400),
        ) {
            let (mut pages, mut plain) = (Pages::default(), Plain::default());
            for (buy, price, quantity, other) in steps {
                let side = if buy { Side::Buy } else { Side::Sell };
                match other {
                    0 => {
                        pages.clear(side);
                        plain.clear(side);
                    }
                    _ => {
                        pages.set(side, price, quantity);
                        plain.set(side, price, quantity);
                    }
                }
                let best = pages.best();
                let shown = [best.bid, best.ask].map(|level| level.map(|level| (level.price.ticks(), level.quantity.steps())));
                let expected = Side::BOTH.map(|side| {
                    plain.best[side.index()].map(|price| (price, plain.levels[side.index()][&price]))
                });
                prop_assert_eq!(shown, expected);
            }
        }
    }
}
