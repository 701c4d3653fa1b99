use super::window::Window;
use crate::model::{BestPrices, Level, Side};
use crate::units::{Price, Quantity};

/// What one stored level did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelChange {
    /// The quantity before, doubled, and the bit of those who want to hear of the change. Taken apart only when asked for.
    cell: i64,
}

impl LevelChange {
    /// Quantity at the level before.
    #[inline]
    #[must_use]
    pub const fn previous(self) -> Quantity {
        Quantity::new(self.cell >> 1)
    }

    /// Somebody wants to hear of it: the tick is [marked](Ladder::mark), or the level is within [reach](Ladder::set_reach).
    #[inline]
    #[must_use]
    pub const fn is_watched(self) -> bool {
        self.cell & 1 != 0
    }
}

/// A level change as somebody who watches the level hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepthChange {
    /// Side of the level.
    pub side: Side,
    /// Price of the level.
    pub price: Price,
    /// Quantity before.
    pub previous: Quantity,
    /// Quantity now.
    pub quantity: Quantity,
}

/// The level-2 book of one instrument.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Ladder {
    window: Window,
    /// By side, the rank of the best price (see [`Side::rank`]); [`NOBODY`] when the side is empty.
    best: [i64; 2],
    /// By side, the rank from which on somebody wants to hear of a level.
    reach: [i64; 2],
    /// By side, the worse of the two ranks above: of no level behind it is there anything to say, which is most of them.
    front: [i64; 2],
    /// By side, the bits in which a price and its rank differ: beside the best ranks it is had in one load, which is less for
    /// every row than working it out.
    turn: [i64; 2],
    /// A level at a best price or before it was stored since somebody asked.
    touched: bool,
}

/// The rank of the best price of an empty side: behind any price.
const NOBODY: i64 = i64::MIN;

impl Default for Ladder {
    fn default() -> Self {
        Self::new()
    }
}

impl Ladder {
    /// An empty book. Takes a few megabytes of address space, backed only where levels are.
    #[must_use]
    pub fn new() -> Self {
        Self {
            window: Window::new(),
            best: [NOBODY; 2],
            reach: [i64::MAX; 2],
            front: [NOBODY; 2],
            turn: Side::BOTH.map(|side| side.rank(Price::new(0))),
            touched: false,
        }
    }

    /// Stores the absolute `quantity` of a level; zero deletes it, and deleting an unknown level does nothing.
    ///
    /// # Panics
    /// Beyond 2^62 - 1 steps. No tape holds more than 2^60.
    #[inline(always)]
    pub fn set(&mut self, side: Side, price: Price, quantity: Quantity) -> LevelChange {
        let mut cell = self.window.replace(side, price.ticks(), quantity.steps());
        let rank = price.ticks() ^ self.turn[side.index()];
        if rank >= self.front[side.index()] {
            cell |= i64::from(self.at_front(side, rank, quantity.is_zero()));
        }
        LevelChange { cell }
    }

    /// A level at the front or before it, of this rank, has changed or is `gone`. True when somebody waits there.
    #[inline]
    fn at_front(&mut self, side: Side, rank: i64, gone: bool) -> bool {
        let best = self.best[side.index()];
        self.touched |= rank >= best;
        if gone && rank == best {
            self.retreat(side, side.price_at(rank));
        } else if !gone && rank > best {
            self.improve(side, side.price_at(rank));
        }
        rank >= self.reach[side.index()]
    }

    /// Says from which [`Side::rank`] on somebody wants to hear of a level, by side. `i64::MAX` is none.
    pub fn set_reach(&mut self, reach: [i64; 2]) {
        self.reach = reach;
        Side::BOTH.into_iter().for_each(|side| self.set_best(side, self.best[side.index()]));
    }

    #[inline]
    fn set_best(&mut self, side: Side, rank: i64) {
        self.best[side.index()] = rank;
        self.front[side.index()] = rank.min(self.reach[side.index()]);
    }

    /// The newer side wins: a new best at or through the other best pushes that one behind it.
    #[inline]
    fn improve(&mut self, side: Side, price: Price) {
        self.set_best(side, side.rank(price));
        self.follow(price.ticks());
        let other = side.opposite();
        // A best price of the other side that ranks no worse there than this one would is at it or through it.
        if self.best[other.index()] >= other.rank(price) {
            self.retreat(other, price);
        }
    }

    /// Moves the best price of a side to the next level behind `price`.
    #[inline(never)]
    fn retreat(&mut self, side: Side, price: Price) {
        match self.window.settle_behind(side, price.ticks()) {
            Some(tick) => {
                self.set_best(side, side.rank(Price::new(tick)));
                self.follow(tick);
            }
            None => self.set_best(side, NOBODY),
        }
    }

    /// Keeps a new best price well inside the window.
    #[inline]
    fn follow(&mut self, tick: i64) {
        if !self.window.surrounds(tick) {
            self.window.center(self.middle(tick));
        }
    }

    /// The tick between the best prices; `tick` when a side is empty.
    #[cold]
    fn middle(&self, tick: i64) -> i64 {
        match (self.best_price(Side::Buy), self.best_price(Side::Sell)) {
            (Some(bid), Some(ask)) => bid.ticks().midpoint(ask.ticks()),
            _ => tick,
        }
    }

    /// True when a best price, or its quantity, can be another than when this was last asked.
    #[inline]
    pub const fn take_touched(&mut self) -> bool {
        std::mem::replace(&mut self.touched, false)
    }

    /// Forgets all levels of a side; marks stay.
    pub fn clear(&mut self, side: Side) {
        self.touched = true;
        self.window.clear(side);
        self.set_best(side, NOBODY);
    }

    /// Best price of `side`.
    #[inline]
    #[must_use]
    pub fn best_price(&self, side: Side) -> Option<Price> {
        let rank = self.best[side.index()];
        (rank != NOBODY).then_some(side.price_at(rank))
    }

    /// Best bid in ticks; `i64::MIN` when there is none.
    #[inline]
    #[must_use]
    pub const fn bid_tick(&self) -> i64 {
        Side::Buy.price_at(self.best[0]).ticks()
    }

    /// Best ask in ticks; `i64::MAX` when there is none.
    #[inline]
    #[must_use]
    pub const fn ask_tick(&self) -> i64 {
        Side::Sell.price_at(self.best[1]).ticks()
    }

    /// Quantity in steps at the best price of `side`; zero when there is none.
    #[inline]
    #[must_use]
    pub fn best_quantity(&self, side: Side) -> i64 {
        self.window.quantity(side, side.price_at(self.best[side.index()]).ticks())
    }

    /// Best level of both sides.
    #[must_use]
    #[inline]
    pub fn best(&self) -> BestPrices {
        let level = |side| self.best_price(side).map(|price| Level { price, quantity: self.quantity(side, price) });
        BestPrices { bid: level(Side::Buy), ask: level(Side::Sell) }
    }

    /// Quantity of a level; zero when there is none.
    #[inline]
    #[must_use]
    pub fn quantity(&self, side: Side, price: Price) -> Quantity {
        Quantity::new(self.window.quantity(side, price.ticks()))
    }

    /// The levels of `side`, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let behind = move |price: &Price| self.window.behind(side, price.ticks()).map(Price::new);
        std::iter::successors(self.best_price(side), behind)
            .map(move |price| Level { price, quantity: self.quantity(side, price) })
    }

    /// Says that somebody wants to hear of changes at `price`, of either side. Counted: as many [`unmark`](Self::unmark) end it.
    pub fn mark(&mut self, price: Price) {
        self.window.add_marks(price.ticks(), 1);
    }

    /// Takes one [`mark`](Self::mark) back.
    ///
    /// # Panics
    /// When there is none: that is a bug of the caller.
    pub fn unmark(&mut self, price: Price) {
        self.window.remove_mark(price.ticks());
    }

    /// True while somebody wants to hear of changes at `price`.
    #[inline]
    #[must_use]
    pub fn is_marked(&self, price: Price) -> bool {
        self.window.is_marked(price.ticks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The rules in plain words: sorted maps, and best prices found by search.
    #[derive(Default)]
    struct Naive {
        levels: [BTreeMap<i64, i64>; 2],
        best: [Option<i64>; 2],
    }

    impl Naive {
        fn better(side: Side, a: i64, b: i64) -> bool {
            side.improves(Price::new(a), Price::new(b))
        }

        fn behind(&self, side: Side, tick: i64) -> Option<i64> {
            let levels = self.levels[side.index()].keys().copied();
            let behind = levels.filter(|&level| Self::better(side, tick, level));
            behind.reduce(|a, b| if Self::better(side, a, b) { a } else { b })
        }

        fn set(&mut self, side: Side, tick: i64, quantity: i64) {
            let (own, other) = (side.index(), side.opposite().index());
            if quantity == 0 {
                let known = self.levels[own].remove(&tick).is_some();
                if known && self.best[own] == Some(tick) {
                    self.best[own] = self.behind(side, tick);
                }
                return;
            }
            self.levels[own].insert(tick, quantity);
            if self.best[own].is_none_or(|best| Self::better(side, tick, best)) {
                self.best[own] = Some(tick);
                let crossed = self.best[other].is_some_and(|best| !Self::better(side, best, tick));
                // A better price for this side means further out for the other, so "not better" is at or through.
                if crossed {
                    self.best[other] = self.behind(side.opposite(), tick);
                }
            }
        }
    }

    /// A level stored, a side cleared, a mark set or taken back, or somebody waiting for a side at a price.
    fn step() -> impl Strategy<Value = (u8, bool, i64, i64)> {
        let tick = prop_oneof![6 => 95_i64..105, 2 => -5_i64..300, 1 => -400_000_i64..400_000, 1 => Just(i64::MAX / 2)];
        let kind = prop_oneof![12 => Just(0_u8), 1 => Just(1_u8), 3 => Just(2_u8), 2 => Just(3_u8), 1 => Just(4_u8)];
        (kind, any::<bool>(), tick, prop_oneof![2 => Just(0_i64), 3 => 1_i64..9])
    }

    proptest! {
        #[test]
        fn agrees_with_sorted_maps(steps in prop::collection::vec(step(), 1..200)) {
            let (mut ladder, mut naive) = (Ladder::new(), Naive::default());
            let mut marks: BTreeMap<i64, u32> = BTreeMap::new();
            let mut waits: [Option<i64>; 2] = [None; 2];
            for (kind, sell, tick, quantity) in steps {
                let side = if sell { Side::Sell } else { Side::Buy };
                let shown = ladder.best();
                match kind {
                    0 => {
                        let before = naive.levels[side.index()].get(&tick).copied().unwrap_or(0);
                        let change = ladder.set(side, Price::new(tick), Quantity::new(quantity));
                        naive.set(side, tick, quantity);
                        prop_assert_eq!(change.previous().steps(), before);
                        let reached = waits[side.index()].is_some_and(|wait| !Naive::better(side, wait, tick));
                        let watched = reached || marks.contains_key(&tick);
                        prop_assert_eq!(change.is_watched(), watched, "{:?} at {}", side, tick);
                    }
                    1 => {
                        ladder.clear(side);
                        naive.levels[side.index()].clear();
                        naive.best[side.index()] = None;
                    }
                    2 => {
                        ladder.mark(Price::new(tick));
                        *marks.entry(tick).or_insert(0) += 1;
                    }
                    4 => {
                        waits[side.index()] = (quantity > 0).then_some(tick);
                        let reach = |side: Side| waits[side.index()].map_or(i64::MAX, |tick| side.rank(Price::new(tick)));
                        ladder.set_reach(Side::BOTH.map(reach));
                    }
                    _ => {
                        if let Some((&tick, _)) = marks.range(tick..).next() {
                            ladder.unmark(Price::new(tick));
                            marks.entry(tick).and_modify(|count| *count -= 1);
                            marks.retain(|_, count| *count > 0);
                        }
                    }
                }
                prop_assert!(ladder.take_touched() || ladder.best() == shown);
                for side in Side::BOTH {
                    let best = naive.best[side.index()];
                    prop_assert_eq!(ladder.best_price(side).map(Price::ticks), best);
                    let quantity = best.map_or(0, |best| naive.levels[side.index()][&best]);
                    prop_assert_eq!(ladder.best_quantity(side), quantity);
                    let shown: Vec<i64> = ladder.levels(side).map(|level| level.price.ticks()).collect();
                    let expected: Vec<i64> = std::iter::successors(best, |&t| naive.behind(side, t)).collect();
                    prop_assert_eq!(shown, expected);
                }
                prop_assert!(marks.keys().all(|&tick| ladder.is_marked(Price::new(tick))));
            }
        }
    }

    proptest! {
        /// A book that was written and read again is the same, marks, far levels and what levels have left behind included.
        #[test]
        fn a_book_survives_as_bytes(steps in prop::collection::vec(step(), 1..200)) {
            let mut ladder = Ladder::new();
            for (kind, sell, tick, quantity) in steps {
                let side = if sell { Side::Sell } else { Side::Buy };
                match kind {
                    1 => ladder.clear(side),
                    2 => ladder.mark(Price::new(tick)),
                    _ => {
                        ladder.set(side, Price::new(tick), Quantity::new(quantity));
                    }
                }
            }
            let bytes = postcard::to_extend(&ladder, Vec::new()).unwrap();
            let read: Ladder = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(format!("{:?}", read.window.fingerprint()), format!("{:?}", ladder.window.fingerprint()));
            prop_assert_eq!((read.best, read.reach, read.front, read.turn, read.touched), (ladder.best, ladder.reach, ladder.front, ladder.turn, ladder.touched));
        }
    }

    #[test]
    fn marks_are_counted_and_follow_the_window() {
        let mut ladder = Ladder::new();
        ladder.set(Side::Buy, Price::new(1_000_000), Quantity::new(1));
        ladder.mark(Price::new(999_999));
        ladder.mark(Price::new(999_999));
        ladder.mark(Price::new(5));
        ladder.set(Side::Buy, Price::new(2_000_000), Quantity::new(1));
        ladder.unmark(Price::new(999_999));
        assert!(ladder.is_marked(Price::new(999_999)));
        ladder.unmark(Price::new(999_999));
        assert!(!ladder.is_marked(Price::new(999_999)));
        assert!(ladder.is_marked(Price::new(5)));
    }

    fn stored(tick: i64, quantity: i64) -> i64 {
        let mut ladder = Ladder::new();
        ladder.set(Side::Buy, Price::new(1_000), Quantity::new(1));
        ladder.set(Side::Buy, Price::new(tick), Quantity::new(quantity));
        ladder.quantity(Side::Buy, Price::new(tick)).steps()
    }

    #[test]
    fn the_largest_level_is_stored_whole() {
        for tick in [999, -400_000_000] {
            assert_eq!(stored(tick, i64::MAX / 2), i64::MAX / 2, "{tick}");
        }
    }

    #[test]
    #[should_panic(
        expected = "quantity 4611686018427387904 at tick 999 does not fit a level; expected at most 4611686018427387903"
    )]
    fn a_larger_one_near_the_best_is_a_bug() {
        stored(999, i64::MAX / 2 + 1);
    }

    #[test]
    #[should_panic(expected = "quantity 9223372036854775807 at tick -400000000 does not fit a level")]
    fn a_larger_one_far_away_is_a_bug() {
        stored(-400_000_000, i64::MAX);
    }
}
