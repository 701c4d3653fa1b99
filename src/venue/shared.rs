//! A venue whose orders stand in one book with those of others: nothing is estimated there. What others do to them is told, what they
//! take is really taken.

use super::order::Slot;
use super::state::Venue;
use super::step::Step;
use crate::book::{Ladder, QueuedOrder, SharedBook, SharedEvent};
use crate::model::{CancelReason, ExecutionReport, Liquidity, OrderId, RejectReason, Side};
use crate::units::{Overflow, Price, Quantity, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// A book that a venue shares with its owner.
pub type Shared = Rc<RefCell<dyn SharedBook>>;

/// Most steps of one order in a shared book: sums of them are numbers still.
const LARGEST: Quantity = Quantity::new(1 << 60);

impl Venue {
    /// From now on orders stand in `book`. There must be none yet.
    ///
    /// # Panics
    /// When orders are open, or the rules let own orders pass through each other: a book cannot cross itself.
    pub fn share(&mut self, book: Shared) {
        assert!(self.config.fills.own_orders_meet, "own orders that pass through each other cannot stand in one book");
        assert_eq!(self.open_orders(), 0, "open orders of a venue that has no shared book yet");
        self.shared = Some(book);
    }

    /// Something was done to an order in the shared book.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn on_shared(
        &mut self,
        event: SharedEvent,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let mut step = self.step(at, book, out);
        match event {
            SharedEvent::Dropped(id) => {
                let slot = self.resting_slot(id);
                self.orders[slot].standing = 0;
                self.end(slot, CancelReason::Expired, &mut step);
                Ok(())
            }
            SharedEvent::Taken { id, price, quantity } => {
                let slot = self.resting_slot(id);
                self.orders[slot].standing -= quantity.steps();
                self.fill(slot, price, quantity.steps(), Liquidity::Maker, &mut step)?;
                self.settle_reduce_only(&mut step);
                Ok(())
            }
        }
    }

    fn resting_slot(&self, id: OrderId) -> Slot {
        let mut resting = self.resting.iter().flat_map(|resting| resting.queue(&self.orders));
        let found = resting.find(|slot| self.orders[*slot].order_id == id);
        found
            .unwrap_or_else(|| panic!("order {id:?} stands in the shared book, and is not among {}", self.orders.len()))
    }

    /// Why an order that may rest at its limit price cannot stand in the shared book.
    pub(super) fn room_refusal(&self, side: Side, limit: Option<Price>, quantity: Quantity) -> Option<RejectReason> {
        let (Some(shared), Some(price)) = (&self.shared, limit) else { return None };
        if LARGEST < quantity {
            return Some(RejectReason::QuantityTooLarge);
        }
        let has_room = shared.borrow().has_room(QueuedOrder { side, price, quantity });
        (!has_room).then_some(RejectReason::PriceOutOfRange)
    }

    /// An order joins its queue in the shared book, if there is one. False where it cannot.
    pub(super) fn join(&mut self, slot: Slot, price: Price, at: Timestamp) -> bool {
        let Some(shared) = self.shared.clone() else { return true };
        let order = &self.orders[slot];
        let (id, side) = (order.order_id, order.side);
        let quantity = if order.reduce_only { order.open().min(self.reducible_left(side)) } else { order.open() };
        self.orders[slot].standing = quantity.steps();
        // What the position does not let it trade now does not stand: see the known limits.
        quantity.is_zero() || shared.borrow_mut().rest(at, id, QueuedOrder { side, price, quantity })
    }

    /// What the position lets reduce-only orders of a side trade beside those that stand already.
    fn reducible_left(&self, side: Side) -> Quantity {
        let standing = self.resting[side.index()].queue(&self.orders).map(|slot| &self.orders[slot]);
        let standing: i64 = standing.filter(|order| order.reduce_only).map(|order| order.standing).sum();
        Quantity::new((self.account.reducible(side) - standing).max(0))
    }

    /// An order leaves its queue in the shared book, if it stands there.
    pub(super) fn leave(&mut self, slot: Slot, at: Timestamp) {
        let order = &mut self.orders[slot];
        let standing = std::mem::take(&mut order.standing);
        if let Some(shared) = self.shared.as_ref().filter(|_| standing > 0) {
            shared.borrow_mut().withdraw(at, order.order_id);
        }
    }

    /// An order that keeps its place stands with no more than is open of it.
    pub(super) fn stand_with_less(&mut self, slot: Slot, most: Quantity, at: Timestamp) {
        let Some(shared) = &self.shared else { return };
        let order = &mut self.orders[slot];
        let left = Quantity::new(order.standing).min(most);
        if left.steps() < order.standing {
            order.standing = left.steps();
            shared.borrow_mut().shrink(at, order.order_id, left);
        }
    }

    /// Reduce-only orders stand with no more than the position lets them trade, the first in the queue first.
    pub(super) fn settle_reduce_only(&mut self, step: &mut Step<'_>) {
        if self.shared.is_none() || !self.orders.iter().any(|order| order.reduce_only && order.standing > 0) {
            return;
        }
        for side in Side::BOTH {
            let queue: Vec<Slot> = self.resting[side.index()].queue(&self.orders).collect();
            let mut left = Quantity::new(self.account.reducible(side));
            for slot in queue {
                if !self.orders[slot].reduce_only {
                    continue;
                }
                self.stand_with_less(slot, left, step.at);
                left = left - Quantity::new(self.orders[slot].standing);
            }
        }
    }

    /// Takes from others in the shared book what an arriving order has had of a level of theirs, `side`. False without such a book.
    pub(super) fn take_shared(&mut self, side: Side, price: Price, steps: i64, step: &mut Step<'_>) -> bool {
        let Some(shared) = &self.shared else { return false };
        if steps > 0 {
            shared.borrow_mut().take(step.at, side.opposite(), price, Quantity::new(steps));
            self.taking += steps;
            if let Some(book) = &mut step.book {
                let left = book.quantity(side, price) - Quantity::new(steps);
                book.set(side, price, left);
            }
        }
        true
    }

    /// An arriving order on `side` takes no more: others may answer.
    pub(super) fn end_taking(&mut self, side: Side, step: &mut Step<'_>) {
        let steps = std::mem::take(&mut self.taking);
        if let Some(shared) = self.shared.as_ref().filter(|_| steps > 0) {
            shared.borrow_mut().taken(step.at, side, Quantity::new(steps));
            self.settle_reduce_only(step);
        }
    }

    /// Looks up how many of others are in front of the own orders that an arriving order can meet.
    pub(super) fn look_ahead(&mut self, meeting: Side, limit: Option<Price>) {
        let Some(shared) = self.shared.clone() else { return };
        let reached = self
            .front(meeting)
            .is_some_and(|(_, own)| limit.is_none_or(|limit| meeting.opposite().accepts(limit, own)));
        if reached {
            let queue: Vec<Slot> = self.resting[meeting.index()].queue(&self.orders).collect();
            for slot in queue {
                self.orders[slot].ahead = shared.borrow().ahead_of(self.orders[slot].order_id).steps();
            }
        }
    }
}
