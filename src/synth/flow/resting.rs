use super::draw::{choose, unit};
use super::own::{OWN, OwnOrders};
use crate::book::{OrderKey, QueuedOrder, Queues};
use crate::model::{RowKind, Side, row};
use crate::rng::Rng;
use crate::synth::batches::Row;
use crate::units::{Price, Quantity};

#[cfg(test)]
mod moments_tests;

/// How long an order stays: gone in a moment, ordinary, or long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Fleeting,
    Ordinary,
    Long,
}

const PATIENCES: usize = 3;
/// Highest price of an order in ticks: fits into 32 bits of a tape.
const HIGHEST: i64 = 2_000_000_000;
/// Lists of orders: by side and patience.
pub(super) const LISTS: usize = 2 * PATIENCES;

/// The orders of a market, in a book and in lists of those that are cancelled alike; and the rows that tell of their changes.
#[derive(Debug)]
pub(super) struct RestingOrders {
    pub(super) book: Queues,
    pub(super) lists: [Vec<OrderKey>; LISTS],
    /// By key, which list an order is on and where.
    pub(super) places: Vec<(u8, u32)>,
    /// Cancels a second of one order of each list.
    rates: [f64; LISTS],
    pub(super) trades: Vec<Row>,
    pub(super) depth: Vec<Row>,
    /// Orders of a venue that shares the book: on no list, and in no row.
    pub(super) own: OwnOrders,
}

impl RestingOrders {
    /// An empty book; orders live for `lives` seconds on average, by patience.
    pub(super) fn new(lives: [f64; PATIENCES]) -> Self {
        Self {
            book: Queues::new(),
            lists: Default::default(),
            places: Vec::new(),
            rates: std::array::from_fn(|list| 1.0 / lives[list % PATIENCES]),
            trades: Vec::new(),
            depth: Vec::new(),
            own: OwnOrders::default(),
        }
    }

    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<Price> {
        self.book.best(side)
    }

    /// Steps at the best price; 0 while the side is empty.
    #[inline]
    pub(super) fn best_quantity(&self, side: Side) -> i64 {
        self.best(side).map_or(0, |best| self.book.quantity(side, best).steps())
    }

    /// Ticks between the best prices; `None` while a side is empty.
    #[inline]
    pub(super) fn spread(&self) -> Option<i64> {
        Some(self.best(Side::Sell)?.ticks() - self.best(Side::Buy)?.ticks())
    }

    /// Half way between the best prices, in ticks; `None` while a side is empty.
    #[inline]
    pub(super) fn mid(&self) -> Option<f64> {
        Some((self.best(Side::Sell)?.ticks() + self.best(Side::Buy)?.ticks()) as f64 / 2.0)
    }

    /// The best price for `side` that does not cross, when it wants `price`.
    #[inline]
    pub(super) fn outside(&self, side: Side, price: i64) -> i64 {
        let most = self.best(side.opposite()).map(|other| other.ticks() - side.sign());
        match most {
            Some(most) if (price - most) * side.sign() > 0 => most,
            _ => price,
        }
    }

    /// An order joins the queue at its price. Where it is far better than orders that the price has left, those are cancelled to make
    /// room; where it is far worse than all of them, or has no price on the tape, it does not come.
    #[inline]
    pub(super) fn rest(&mut self, order: QueuedOrder, patience: Patience) {
        let QueuedOrder { side, price, .. } = order;
        let leads = |best: Price| (price.ticks() - best.ticks()) * side.sign() > 0;
        if !(1..=HIGHEST).contains(&price.ticks()) {
            return;
        }
        while !self.book.has_room(side, price) {
            match self.book.worst(side).filter(|_| self.best(side).is_some_and(leads)) {
                Some(worst) => self.make_room(side, worst),
                None => return,
            }
        }
        let key = self.book.add(order);
        let list = side.index() * PATIENCES + patience as usize;
        self.put(key, (list as u8, self.lists[list].len() as u32));
        self.lists[list].push(key);
        self.tell(side, price);
    }

    /// Notes on which list an order is, and where.
    #[inline]
    pub(super) fn put(&mut self, key: OrderKey, place: (u8, u32)) {
        if self.places.len() <= key.index() {
            self.places.resize(key.index() + 1, (0, 0));
        }
        self.places[key.index()] = place;
    }

    /// An aggressor on `side` takes up to `quantity` at `limit` or better.
    #[inline]
    pub(super) fn take(&mut self, side: Side, quantity: Quantity, limit: Price) {
        let resting = side.opposite();
        let Self { book, lists, places, trades, depth, own, .. } = self;
        let flags = row::pack(RowKind::Trade, side);
        let level = row::pack(RowKind::Depth, resting);
        // The price whose level is told already: rows of others alone tell of levels.
        let mut told = trades.last().map(|trade| trade.price);
        book.take(resting, quantity, limit, |taken| {
            let (price, quantity) = (taken.price.ticks(), taken.quantity.steps());
            let is_own = places[taken.key.index()].0 == OWN;
            if is_own {
                own.hit(&taken);
            } else if taken.left.is_zero() {
                forget(lists, places, taken.key);
            }
            match trades.last_mut().filter(|trade| trade.price == price) {
                Some(trade) => trade.quantity += quantity,
                None => trades.push(Row { flags, price, quantity }),
            }
            if !is_own && told != Some(price) {
                told = Some(price);
                depth.push(Row { flags: level, price, quantity: 0 });
            }
        });
        if let Some(last) = depth.last_mut().filter(|_| told.is_some()) {
            let price = Price::new(last.price);
            last.quantity = (book.quantity(resting, price) - own.quantity(resting, price)).steps();
        }
    }

    /// Everybody at the best price of `side` cancels, in one message.
    #[inline]
    pub(super) fn pull_best(&mut self, side: Side) {
        if let Some(price) = self.best(side) {
            self.pull(side, price);
        }
    }

    #[inline]
    pub(super) fn pull(&mut self, side: Side, price: Price) {
        if !self.own.is_empty() {
            return self.pull_others(side, price);
        }
        while let Some(key) = self.book.first_at(side, price) {
            self.book.remove(key);
            forget(&mut self.lists, &mut self.places, key);
        }
        self.tell(side, price);
    }

    /// Cancels a second at pace one.
    #[inline]
    pub(super) fn cancel_rate(&self) -> f64 {
        self.cancel_rates().iter().sum()
    }

    #[inline]
    fn cancel_rates(&self) -> [f64; LISTS] {
        std::array::from_fn(|list| self.lists[list].len() as u32 as f64 * self.rates[list])
    }

    /// One order is cancelled; those of a list are as likely as each other.
    #[inline]
    pub(super) fn cancel(&mut self, rng: &mut Rng) {
        let rates = self.cancel_rates();
        let place = unit(rng) * rates.iter().sum::<f64>();
        let Some(list) = choose(rates, place).filter(|list| !self.lists[*list].is_empty()) else { return };
        let key = self.lists[list][rng.below(self.lists[list].len() as u64) as usize];
        self.withdraw(key);
    }

    /// How many orders rest on a side.
    #[inline]
    pub(super) fn count(&self, side: Side) -> usize {
        self.book.orders(side) - self.own.count(side)
    }

    /// What others have within `ticks` of the best price of a side, in steps.
    pub(super) fn depth_within(&self, side: Side, ticks: i64) -> i64 {
        let best = self.best(side);
        let behind = |price: &Price| self.book.behind(side, *price);
        let near = |price: &Price| best.is_some_and(|best| (best.ticks() - price.ticks()).abs() <= ticks);
        let levels = std::iter::successors(best, behind).take_while(near);
        levels.map(|price| self.others(side, price).steps()).sum()
    }

    /// One order of a side is cancelled, each as likely as another.
    pub(super) fn cancel_of(&mut self, side: Side, rng: &mut Rng) {
        let orders = self.count(side);
        if orders == 0 {
            return;
        }
        let mut place = rng.below(orders as u64) as usize;
        for list in side.index() * PATIENCES..(side.index() + 1) * PATIENCES {
            match self.lists[list].get(place) {
                Some(key) => return self.withdraw(*key),
                None => place -= self.lists[list].len(),
            }
        }
    }

    #[inline]
    fn withdraw(&mut self, key: OrderKey) {
        let order = self.book.remove(key);
        forget(&mut self.lists, &mut self.places, key);
        self.tell(order.side, order.price);
    }

    /// Orders at prices that are no multiples of `grid` ticks are cancelled.
    pub(super) fn leave_grid(&mut self, grid: i64) {
        for side in Side::BOTH {
            let mut next = self.best(side);
            while let Some(price) = next {
                next = self.book.behind(side, price);
                if price.ticks() % grid != 0 {
                    self.pull(side, price);
                }
            }
        }
    }

    /// What has traded since the last time, in steps, and at which price on average.
    pub(super) fn traded(&self) -> (i64, f64) {
        let done: i64 = self.trades.iter().map(|trade| trade.quantity).sum();
        let value: f64 = self.trades.iter().map(|trade| trade.price as f64 * trade.quantity as f64).sum();
        (done, if done > 0 { value / done as f64 } else { 0.0 })
    }

    /// Hands over what has happened since the last time: trades first, then the levels as they are.
    #[inline]
    pub(super) fn hand_over(&mut self, message: &mut Vec<Row>) -> bool {
        let something = !self.depth.is_empty() || !self.trades.is_empty();
        if message.is_empty() && self.trades.is_empty() {
            std::mem::swap(message, &mut self.depth); // most messages
            return something;
        }
        message.append(&mut self.trades);
        message.append(&mut self.depth);
        something
    }

    /// The whole book, best prices first, instead of what has happened.
    pub(super) fn hand_over_all(&mut self, message: &mut Vec<Row>) {
        self.trades.clear();
        self.depth.clear();
        for side in Side::BOTH {
            let mut next = self.best(side);
            while let Some(price) = next {
                self.tell(side, price);
                next = self.book.behind(side, price);
            }
        }
        message.append(&mut self.depth);
    }

    #[inline]
    pub(super) fn tell(&mut self, side: Side, price: Price) {
        let quantity = self.others(side, price).steps();
        self.depth.push(Row { flags: row::pack(RowKind::Depth, side), price: price.ticks(), quantity });
    }
}

/// Takes an order off its list; the last of the list takes its place.
#[inline]
pub(super) fn forget(lists: &mut [Vec<OrderKey>; LISTS], places: &mut [(u8, u32)], key: OrderKey) {
    let (list, place) = places[key.index()];
    let list = &mut lists[usize::from(list)];
    list.swap_remove(place as usize);
    if let Some(moved) = list.get(place as usize) {
        places[moved.index()].1 = place;
    }
}
