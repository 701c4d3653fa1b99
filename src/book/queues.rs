use super::bits::{Bits, SLOTS, zeroed};
use crate::model::Side;
use crate::units::{Price, Quantity};

/// No order: the end of a queue, and of the list of free places.
const NONE: u32 = u32::MAX;

/// An order in [`Queues`]: its place, which is used again once the order is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey(u32);

impl OrderKey {
    /// A number below the most orders there have been at once: for tables beside the book.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One resting order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QueuedOrder {
    /// Whether it buys or sells.
    pub side: Side,
    /// At which price it rests.
    pub price: Price,
    /// What is left of it, in steps.
    pub quantity: Quantity,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    order: QueuedOrder,
    previous: u32,
    next: u32,
}

/// One price of one side. The queue's ends mean something only while it has orders.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    quantity: i64,
    orders: u32,
    first: u32,
    last: u32,
}

/// What one resting order gave to an aggressor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Which order. Its key is free again when nothing is left of it.
    pub key: OrderKey,
    /// Its price.
    pub price: Price,
    /// How much was taken.
    pub quantity: Quantity,
    /// What is left of the order.
    pub left: Quantity,
}

/// A book of single orders: at each price the first come is the first served.
///
/// Prices of a side lie in a ring of slots, one a tick, so that every operation but [`ahead_of`](Self::ahead_of) takes the same
/// time however many orders there are. Who adds asks [`has_room`](Self::has_room) first: best and worst price of a side lie
/// less than 100,000 ticks apart.
#[derive(Debug, Clone)]
pub struct Queues {
    levels: Box<[[Level; 2]; SLOTS]>,
    occupied: Bits,
    /// Best and worst price by side; meaningless while the side is empty.
    best: [i64; 2],
    worst: [i64; 2],
    orders: [u32; 2],
    nodes: Vec<Node>,
    free: u32,
}

impl Default for Queues {
    fn default() -> Self {
        Self::new()
    }
}

/// Most ticks between two prices of one side.
const REACH: i64 = 100_000;

impl Queues {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self {
            levels: zeroed(),
            occupied: Bits::new(),
            best: [0; 2],
            worst: [0; 2],
            orders: [0; 2],
            nodes: Vec::new(),
            free: NONE,
        }
    }

    /// Best price of a side.
    #[inline]
    #[must_use]
    pub fn best(&self, side: Side) -> Option<Price> {
        (self.orders[side.index()] > 0).then(|| Price::new(self.best[side.index()]))
    }

    /// Worst price of a side.
    #[inline]
    #[must_use]
    pub fn worst(&self, side: Side) -> Option<Price> {
        (self.orders[side.index()] > 0).then(|| Price::new(self.worst[side.index()]))
    }

    /// How many orders rest on a side.
    #[inline]
    #[must_use]
    pub const fn orders(&self, side: Side) -> usize {
        self.orders[side.index()] as usize
    }

    /// Quantity at a price, in steps; 0 where nothing rests.
    #[inline]
    #[must_use]
    pub fn quantity(&self, side: Side, price: Price) -> Quantity {
        Quantity::new(self.level(side, price).map_or(0, |level| level.quantity))
    }

    /// How many orders rest at a price.
    #[inline]
    #[must_use]
    pub fn orders_at(&self, side: Side, price: Price) -> usize {
        self.level(side, price).map_or(0, |level| level.orders as usize)
    }

    /// The order called `key`.
    ///
    /// # Panics
    /// When there was never an order of that key.
    #[inline]
    #[must_use]
    pub fn order(&self, key: OrderKey) -> QueuedOrder {
        self.nodes[key.index()].order
    }

    /// The order at the head of a price's queue.
    #[inline]
    #[must_use]
    pub fn first_at(&self, side: Side, price: Price) -> Option<OrderKey> {
        self.level(side, price).filter(|level| level.orders > 0).map(|level| OrderKey(level.first))
    }

    /// The order behind another one in its queue.
    #[inline]
    #[must_use]
    pub fn next_in_queue(&self, key: OrderKey) -> Option<OrderKey> {
        let next = self.nodes[key.index()].next;
        (next != NONE).then_some(OrderKey(next))
    }

    /// The next price behind `price` at which something rests.
    #[must_use]
    #[inline]
    pub fn behind(&self, side: Side, price: Price) -> Option<Price> {
        let worst = self.worst(side)?;
        let from = price.ticks();
        if (worst.ticks() - from) * side.sign() >= 0 {
            return None;
        }
        Some(Price::new(self.next_worse(side, from)))
    }

    /// Whether an order may rest at `price`: near enough to all others of its side.
    #[inline]
    #[must_use]
    pub fn has_room(&self, side: Side, price: Price) -> bool {
        let near = |other: i64| price.ticks().abs_diff(other) < REACH as u64;
        self.orders[side.index()] == 0 || (near(self.best[side.index()]) && near(self.worst[side.index()]))
    }

    /// An order joins the end of the queue at its price.
    ///
    /// # Panics
    /// Where [`has_room`](Self::has_room) says no, when its quantity is not above zero, or when the other side's best price is at
    /// or beyond it: who crosses takes first.
    #[inline]
    pub fn add(&mut self, order: QueuedOrder) -> OrderKey {
        let QueuedOrder { side, price, quantity } = order;
        assert!(quantity.steps() > 0, "an order rests with {} steps", quantity.steps());
        assert!(self.has_room(side, price), "no room for {order:?} beside {:?}", (self.best(side), self.worst(side)));
        let opposite = self.best(side.opposite());
        let crossed = opposite.is_some_and(|best| (price.ticks() - best.ticks()) * side.sign() >= 0);
        assert!(!crossed, "{order:?} rests through {opposite:?}");
        self.widen(side, price.ticks());
        let key = self.place(order);
        let slot = slot(price.ticks());
        let level = &mut self.levels[slot][side.index()];
        if level.orders == 0 {
            level.first = key;
            self.occupied.insert(side, slot);
        } else {
            self.nodes[key as usize].previous = level.last;
            self.nodes[level.last as usize].next = key;
        }
        level.last = key;
        level.orders += 1;
        level.quantity += quantity.steps();
        OrderKey(key)
    }

    /// Takes an order away. Returns it as it was.
    ///
    /// # Panics
    /// When there is no such order.
    #[inline]
    pub fn remove(&mut self, key: OrderKey) -> QueuedOrder {
        let order = self.nodes[key.index()].order;
        assert!(order.quantity.steps() > 0, "order {key:?} rests no more");
        self.shrink(key, order.quantity.steps());
        order
    }

    /// An order gives up `quantity` and keeps its place; with all of it gone it rests no more.
    ///
    /// # Panics
    /// When it has less, or `quantity` is not above zero.
    #[inline]
    pub fn reduce(&mut self, key: OrderKey, quantity: Quantity) {
        let left = self.nodes[key.index()].order.quantity.steps();
        let less = quantity.steps();
        assert!(0 < less && less <= left, "order {key:?} of {left} steps reduced by {less}");
        self.shrink(key, less);
    }

    /// An aggressor takes from the orders of `resting` at `limit` or better, in order of price and arrival, until it has
    /// `quantity`. Returns what it did not get.
    #[inline]
    pub fn take(&mut self, resting: Side, quantity: Quantity, limit: Price, mut taken: impl FnMut(Taken)) -> Quantity {
        let mut wanted = quantity.steps();
        while wanted > 0 && self.orders[resting.index()] > 0 {
            let price = self.best[resting.index()];
            if (price - limit.ticks()) * resting.sign() < 0 {
                break;
            }
            let key = OrderKey(self.levels[slot(price)][resting.index()].first);
            let there = self.nodes[key.index()].order.quantity.steps();
            let given = there.min(wanted);
            wanted -= given;
            self.shrink(key, given);
            let [quantity, left] = [given, there - given].map(Quantity::new);
            taken(Taken { key, price: Price::new(price), quantity, left });
        }
        Quantity::new(wanted)
    }

    /// Quantity in front of an order in its queue, in steps. Takes as long as there are orders in front.
    #[must_use]
    pub fn ahead_of(&self, key: OrderKey) -> Quantity {
        let mut ahead = 0;
        let mut at = self.nodes[key.index()].previous;
        while at != NONE {
            let node = &self.nodes[at as usize];
            ahead += node.order.quantity.steps();
            at = node.previous;
        }
        Quantity::new(ahead)
    }

    #[inline]
    fn level(&self, side: Side, price: Price) -> Option<&Level> {
        let within = self.orders[side.index()] > 0
            && (self.best[side.index()] - price.ticks()) * side.sign() >= 0
            && (price.ticks() - self.worst[side.index()]) * side.sign() >= 0;
        within.then(|| &self.levels[slot(price.ticks())][side.index()])
    }

    #[inline]
    fn widen(&mut self, side: Side, price: i64) {
        let index = side.index();
        self.orders[index] += 1;
        if self.orders[index] == 1 {
            (self.best[index], self.worst[index]) = (price, price);
        } else if (price - self.best[index]) * side.sign() > 0 {
            self.best[index] = price;
        } else if (self.worst[index] - price) * side.sign() > 0 {
            self.worst[index] = price;
        }
    }

    #[inline]
    fn place(&mut self, order: QueuedOrder) -> u32 {
        let node = Node { order, previous: NONE, next: NONE };
        if self.free == NONE {
            assert!(self.nodes.len() < NONE as usize, "{} orders rest", self.nodes.len());
            self.nodes.push(node);
            return (self.nodes.len() - 1) as u32;
        }
        let key = self.free;
        self.free = std::mem::replace(&mut self.nodes[key as usize], node).next;
        key
    }

    #[inline]
    fn shrink(&mut self, key: OrderKey, quantity: i64) {
        let node = &mut self.nodes[key.index()];
        let (side, price) = (node.order.side, node.order.price.ticks());
        node.order.quantity = Quantity::new(node.order.quantity.steps() - quantity);
        self.levels[slot(price)][side.index()].quantity -= quantity;
        if node.order.quantity.steps() == 0 {
            self.unlink(key, side, price);
        }
    }

    #[inline]
    fn unlink(&mut self, key: OrderKey, side: Side, price: i64) {
        let Node { previous, next, .. } = self.nodes[key.index()];
        let slot = slot(price);
        let level = &mut self.levels[slot][side.index()];
        match previous {
            NONE => level.first = next,
            previous => self.nodes[previous as usize].next = next,
        }
        match next {
            NONE => level.last = previous,
            next => self.nodes[next as usize].previous = previous,
        }
        level.orders -= 1;
        if level.orders == 0 {
            self.occupied.remove(side, slot);
        }
        self.orders[side.index()] -= 1;
        let emptied = self.levels[slot][side.index()].orders == 0;
        if emptied && self.orders[side.index()] > 0 {
            self.narrow(side, price);
        }
        self.nodes[key.index()].next = std::mem::replace(&mut self.free, key.0);
    }

    /// A price of a side that has others holds nothing any more.
    #[inline]
    fn narrow(&mut self, side: Side, price: i64) {
        if price == self.best[side.index()] {
            self.best[side.index()] = self.next_worse(side, price);
        } else if price == self.worst[side.index()] {
            self.worst[side.index()] = self.next_better(side, price);
        }
    }

    #[inline]
    fn next_worse(&self, side: Side, price: i64) -> i64 {
        match side {
            Side::Buy => self.next_below(side, price),
            Side::Sell => self.next_above(side, price),
        }
    }

    #[inline]
    fn next_better(&self, side: Side, price: i64) -> i64 {
        match side {
            Side::Buy => self.next_above(side, price),
            Side::Sell => self.next_below(side, price),
        }
    }

    /// The next price above at which something rests. There must be one.
    #[inline]
    fn next_above(&self, side: Side, price: i64) -> i64 {
        let from = slot(price);
        let found = self.occupied.above(side, from).or_else(|| self.occupied.first(side));
        price + found.map_or(0, |found| ring(found as i64 - from as i64))
    }

    #[inline]
    fn next_below(&self, side: Side, price: i64) -> i64 {
        let from = slot(price);
        let found = self.occupied.below(side, from).or_else(|| self.occupied.last(side));
        price - found.map_or(0, |found| ring(from as i64 - found as i64))
    }
}

const fn slot(price: i64) -> usize {
    ring(price) as usize
}

const fn ring(ticks: i64) -> i64 {
    ticks.rem_euclid(SLOTS as i64)
}
