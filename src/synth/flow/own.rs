//! Orders of a venue among those of the generator: in the same queues, on no list of those that are cancelled, and in no row.

use super::resting::{LISTS, RestingOrders, forget};
use crate::book::{OrderKey, QueuedOrder, SharedEvent, Taken};
use crate::model::{OrderId, RowKind, Side, row};
use crate::synth::batches::Row;
use crate::units::{Price, Quantity};

/// In place of a list's number: an order of a venue.
pub(super) const OWN: u8 = LISTS as u8;
/// Most steps of all orders of a venue together: with those of others their sum is a number still.
const MOST: i64 = 1 << 60;

/// What is known of the venue's orders beside the book.
#[derive(Debug, Default)]
pub(super) struct OwnOrders {
    orders: Vec<Own>,
    /// What others did to them.
    events: Vec<SharedEvent>,
}

#[derive(Debug, Clone, Copy)]
struct Own {
    id: OrderId,
    key: OrderKey,
    /// As it rests now.
    order: QueuedOrder,
}

impl OwnOrders {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// How many rest on a side.
    #[inline]
    pub(super) fn count(&self, side: Side) -> usize {
        self.orders.iter().filter(|own| own.order.side == side).count()
    }

    /// Their quantity at a price.
    #[inline]
    pub(super) fn quantity(&self, side: Side, price: Price) -> Quantity {
        let here = self.orders.iter().filter(|own| own.order.side == side && own.order.price == price);
        here.fold(Quantity::ZERO, |sum, own| sum + own.order.quantity)
    }

    /// An aggressor has taken from one of them.
    pub(super) fn hit(&mut self, taken: &Taken) {
        let Taken { key, price, quantity, left } = *taken;
        let place = self.orders.iter().position(|own| own.key == key);
        assert!(place.is_some(), "order {key:?} is the venue's and is not among its {}", self.orders.len());
        let Some(place) = place else { return };
        self.events.push(SharedEvent::Taken { id: self.orders[place].id, price, quantity });
        self.orders[place].order.quantity = left;
        if left.is_zero() {
            self.orders.remove(place);
        }
    }

    /// What has happened since this was asked last, oldest first.
    pub(super) fn hand_over(&mut self, events: &mut Vec<SharedEvent>) {
        events.append(&mut self.events);
    }

    #[inline]
    pub(super) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    fn place(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|own| own.id == id)
    }
}

impl RestingOrders {
    /// Quantity of others at a price.
    #[inline]
    pub(super) fn others(&self, side: Side, price: Price) -> Quantity {
        let all = self.book.quantity(side, price);
        if self.own.is_empty() { all } else { all - self.own.quantity(side, price) }
    }

    /// The best price of a side at which others have something.
    pub(super) fn best_of_others(&self, side: Side) -> Option<Price> {
        let mut best = self.best(side);
        while let Some(price) = best.filter(|price| self.others(side, *price).is_zero()) {
            best = self.book.behind(side, price);
        }
        best
    }

    /// Whether an order of the venue may rest.
    pub(super) fn has_room_for(&self, order: QueuedOrder) -> bool {
        let own: i64 = self.own.orders.iter().map(|own| own.order.quantity.steps()).sum();
        self.book.has_room(order.side, order.price) && order.quantity.steps() <= MOST - own
    }

    /// An order of the venue joins the end of its queue. False where it cannot.
    pub(super) fn rest_own(&mut self, id: OrderId, order: QueuedOrder) -> bool {
        let QueuedOrder { side, price, quantity } = order;
        let crosses = self.best(side.opposite()).is_some_and(|best| side.accepts(price, best));
        if crosses || quantity <= Quantity::ZERO || !self.has_room_for(order) {
            return false;
        }
        let key = self.book.add(order);
        self.put(key, (OWN, 0));
        self.own.orders.push(Own { id, key, order });
        true
    }

    /// Quantity of others in front of an order of the venue.
    pub(super) fn ahead_of_own(&self, id: OrderId) -> Quantity {
        let Some(place) = self.own.place(id) else { return Quantity::ZERO };
        let Own { key, order, .. } = self.own.orders[place];
        let mut ahead = Quantity::ZERO;
        let mut next = self.book.first_at(order.side, order.price);
        while let Some(other) = next.filter(|other| *other != key) {
            if self.places[other.index()].0 != OWN {
                ahead = ahead + self.book.order(other).quantity;
            }
            next = self.book.next_in_queue(other);
        }
        ahead
    }

    /// An order of the venue is to have `left` and keeps its place.
    pub(super) fn shrink_own(&mut self, id: OrderId, left: Quantity) {
        let Some(place) = self.own.place(id) else { return };
        let own = &mut self.own.orders[place];
        let less = own.order.quantity - left;
        if left <= Quantity::ZERO {
            return self.withdraw_own(id);
        }
        if Quantity::ZERO < less {
            own.order.quantity = left;
            self.book.reduce(own.key, less);
        }
    }

    /// An order of the venue leaves.
    pub(super) fn withdraw_own(&mut self, id: OrderId) {
        if let Some(place) = self.own.place(id) {
            let own = self.own.orders.remove(place);
            self.book.remove(own.key);
        }
    }

    /// The venue takes from others at one price, first come first served; the rows of that wait to be handed over.
    pub(super) fn take_others(&mut self, side: Side, price: Price, quantity: Quantity) {
        let resting = side.opposite();
        let mut wanted = quantity;
        let mut next = self.book.first_at(resting, price);
        while let Some(key) = next.filter(|_| Quantity::ZERO < wanted) {
            next = self.book.next_in_queue(key);
            if self.places[key.index()].0 != OWN {
                let there = self.book.order(key).quantity;
                let given = there.min(wanted);
                wanted = wanted - given;
                if given == there {
                    forget(&mut self.lists, &mut self.places, key);
                }
                self.book.reduce(key, given);
            }
        }
        assert!(wanted.is_zero(), "{quantity:?} to be taken at {price:?}, {wanted:?} of it are not there");
        self.trades.push(Row {
            flags: row::pack(RowKind::Trade, side),
            price: price.ticks(),
            quantity: quantity.steps(),
        });
        self.tell(resting, price);
    }

    /// Everybody but the venue at a price cancels.
    pub(super) fn pull_others(&mut self, side: Side, price: Price) {
        let before = self.others(side, price);
        let mut next = self.book.first_at(side, price);
        while let Some(key) = next {
            next = self.book.next_in_queue(key);
            if self.places[key.index()].0 != OWN {
                self.book.remove(key);
                forget(&mut self.lists, &mut self.places, key);
            }
        }
        if Quantity::ZERO < before {
            self.tell(side, price);
        }
    }

    /// Everybody at the worst price of a side leaves: others cancel, and the venue is told that its orders are dropped.
    pub(super) fn make_room(&mut self, side: Side, price: Price) {
        self.pull(side, price);
        while let Some(place) =
            self.own.orders.iter().position(|own| own.order.side == side && own.order.price == price)
        {
            let own = self.own.orders.remove(place);
            self.book.remove(own.key);
            self.own.events.push(SharedEvent::Dropped(own.id));
        }
    }
}
