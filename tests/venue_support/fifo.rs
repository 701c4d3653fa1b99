//! A book of single orders as plain as can be, shared with a venue: lists by price, searched from the front.

use super::Sim;
use super::script::Others;
use seatrial::book::{QueuedOrder, SharedBook, SharedEvent};
use seatrial::model::{OrderId, Side};
use seatrial::units::{Price, Quantity, Timestamp};

/// Ticks between two prices of one side beyond which there is no room.
const REACH: i64 = 1_000;

/// Everybody's orders, oldest first; those of the venue have an id.
#[derive(Debug, Default)]
pub struct Fifo {
    orders: Vec<(Option<OrderId>, QueuedOrder)>,
    /// Aggressors of the venue, as they ended: side and quantity.
    pub taken: Vec<(Side, i64)>,
}

impl Fifo {
    pub fn others(&self, side: Side, price: Price) -> i64 {
        let here =
            |(id, order): &&(Option<OrderId>, QueuedOrder)| id.is_none() && (order.side, order.price) == (side, price);
        self.orders.iter().filter(here).map(|(_, order)| order.quantity.steps()).sum()
    }

    /// The order with the best price of a side, of equals the oldest, of those that `counts`.
    fn first(&self, side: Side, counts: impl Fn(Option<OrderId>) -> bool) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (place, (id, order)) in self.orders.iter().enumerate() {
            let better = |best: usize| side.improves(order.price, self.orders[best].1.price);
            if order.side == side && counts(*id) && best.is_none_or(better) {
                best = Some(place);
            }
        }
        best
    }

    fn take_from(&mut self, place: usize, wanted: i64) -> i64 {
        let order = &mut self.orders[place].1;
        let given = wanted.min(order.quantity.steps());
        order.quantity = Quantity::new(order.quantity.steps() - given);
        if order.quantity.is_zero() {
            self.orders.remove(place);
        }
        given
    }

    /// An aggressor takes; what that did to the venue's orders.
    fn hit(&mut self, side: Side, mut wanted: i64, limit: Price) -> Vec<SharedEvent> {
        let mut events = Vec::new();
        while let Some(place) = self.first(side.opposite(), |_| true).filter(|_| wanted > 0) {
            let (id, QueuedOrder { price, .. }) = self.orders[place];
            if !side.accepts(limit, price) {
                break;
            }
            let given = self.take_from(place, wanted);
            wanted -= given;
            events.extend(id.map(|id| SharedEvent::Taken { id, price, quantity: Quantity::new(given) }));
        }
        events
    }
}

impl SharedBook for Fifo {
    fn has_room(&self, order: QueuedOrder) -> bool {
        let far = |other: &QueuedOrder| other.price.ticks().abs_diff(order.price.ticks()) >= REACH as u64;
        !self.orders.iter().any(|(_, other)| other.side == order.side && far(other))
    }

    fn rest(&mut self, _: Timestamp, id: OrderId, order: QueuedOrder) -> bool {
        let best = self.first(order.side.opposite(), |_| true).map(|place| self.orders[place].1.price);
        assert!(best.is_none_or(|best| !order.side.accepts(order.price, best)), "{order:?} crosses {best:?}");
        self.orders.push((Some(id), order));
        true
    }

    fn ahead_of(&self, id: OrderId) -> Quantity {
        let Some(place) = self.orders.iter().position(|(own, _)| *own == Some(id)) else { return Quantity::ZERO };
        let QueuedOrder { side, price, .. } = self.orders[place].1;
        let ahead = self.orders[..place]
            .iter()
            .filter(|(id, order)| id.is_none() && (order.side, order.price) == (side, price));
        Quantity::new(ahead.map(|(_, order)| order.quantity.steps()).sum())
    }

    fn shrink(&mut self, _: Timestamp, id: OrderId, left: Quantity) {
        let found = self.orders.iter().position(|(own, _)| *own == Some(id));
        let place = found.unwrap_or_else(|| panic!("{id:?} is to shrink and does not rest"));
        assert!(left < self.orders[place].1.quantity, "{id:?} is to shrink to {left:?}");
        self.orders[place].1.quantity = left;
        self.orders.retain(|(_, order)| !order.quantity.is_zero());
    }

    fn withdraw(&mut self, _: Timestamp, id: OrderId) {
        let before = self.orders.len();
        self.orders.retain(|(own, _)| *own != Some(id));
        assert_eq!(self.orders.len(), before - 1, "{id:?} is to leave and does not rest");
    }

    fn take(&mut self, _: Timestamp, side: Side, price: Price, quantity: Quantity) {
        let mut wanted = quantity.steps();
        while wanted > 0 {
            let place = self.first(side.opposite(), |id| id.is_none()).unwrap_or_else(|| panic!("{wanted} too many"));
            assert_eq!(self.orders[place].1.price, price, "an aggressor passes over the best price");
            wanted -= self.take_from(place, wanted);
        }
    }

    fn taken(&mut self, _: Timestamp, side: Side, quantity: Quantity) {
        self.taken.push((side, quantity.steps()));
    }
}

impl Sim {
    /// Others act in the shared book.
    pub fn others(&mut self, what: Others) {
        match what {
            Others::Join(side, price, quantity) => self.join(side, price, quantity),
            Others::Pull(side, price) => self.pull(side, price),
            Others::Hit(side, quantity, limit) => self.hit(side, quantity, limit),
            Others::Drop(id) => self.drop_behind(id),
        }
    }

    /// What the venue has taken since this was asked last: side and quantity, one an order.
    pub fn took(&self) -> Vec<(Side, i64)> {
        self.fifo.iter().flat_map(|fifo| std::mem::take(&mut fifo.borrow_mut().taken)).collect()
    }

    /// Somebody's order joins a queue.
    fn join(&mut self, side: Side, price: i64, quantity: i64) {
        let order = QueuedOrder { side, price: Price::new(price), quantity: Quantity::new(quantity) };
        self.fifo().borrow_mut().orders.push((None, order));
        self.show_others(side, price);
    }

    /// Whoever of the others is first at a price cancels.
    fn pull(&mut self, side: Side, price: i64) {
        let fifo = self.fifo();
        let here = |(id, order): &(Option<OrderId>, QueuedOrder)| {
            id.is_none() && (order.side, order.price.ticks()) == (side, price)
        };
        let place = fifo.borrow().orders.iter().position(here).expect("somebody at the price");
        fifo.borrow_mut().orders.remove(place);
        self.show_others(side, price);
    }

    /// Somebody takes: the venue hears what was done to its orders, then the rows.
    fn hit(&mut self, side: Side, quantity: i64, limit: i64) {
        let events = self.fifo().borrow_mut().hit(side, quantity, Price::new(limit));
        self.tell(&events);
        (0..=400).for_each(|price| self.show_others(side.opposite(), price));
    }

    /// The market leaves an order of the venue far behind.
    fn drop_behind(&mut self, id: u64) {
        let fifo = self.fifo();
        let place = fifo.borrow().orders.iter().position(|(own, _)| *own == Some(OrderId(id))).expect("the order");
        fifo.borrow_mut().orders.remove(place);
        self.tell(&[SharedEvent::Dropped(OrderId(id))]);
    }

    fn tell(&mut self, events: &[SharedEvent]) {
        let at = self.at();
        for event in events {
            self.venue.on_shared(*event, at, &mut self.book, &mut self.reports).unwrap();
        }
    }

    fn show_others(&mut self, side: Side, price: i64) {
        let others = self.fifo().borrow().others(side, Price::new(price));
        if self.book.quantity(side, Price::new(price)).steps() != others {
            self.row(side, price, others);
            self.end_of_message();
        }
    }

    fn fifo(&self) -> std::rc::Rc<std::cell::RefCell<Fifo>> {
        self.fifo.clone().expect("a shared book: `config loop=on`")
    }

    /// The rows tell what others have, and no more.
    pub fn check_others(&self) {
        let Some(fifo) = &self.fifo else { return };
        for side in Side::BOTH {
            for price in (0..=400).map(Price::new) {
                assert_eq!(
                    self.book.quantity(side, price).steps(),
                    fifo.borrow().others(side, price),
                    "{side:?} {price:?}"
                );
            }
        }
    }
}
