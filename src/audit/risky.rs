//! Requests on their way that add risk, and which of them set out when nothing that does was to.

use crate::model::{ClientOrderId, Intent, OrderType, Side};
use crate::units::{Price, Quantity, Timestamp};
use std::collections::BTreeMap;

/// What was wrong at the instant at which a request set out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wrong {
    /// The bot had lost its memory, and had not heard of its orders since.
    pub blind: bool,
    /// The venue had not said for too long what it holds.
    pub unbalanced: bool,
}

impl Wrong {
    const fn or(self, other: Self) -> Self {
        Self { blind: self.blind || other.blind, unbalanced: self.unbalanced || other.unbalanced }
    }
}

/// An order that is no guard, as it was sent, and as the venue says that it is once it has said so.
#[derive(Debug, Clone)]
struct Order {
    side: Side,
    price: Option<Price>,
    quantity: Quantity,
    is_there: bool,
    /// Its end was asked for: what is sent again of it is that.
    is_cancelled: bool,
    wrong: Wrong,
    /// Amends without an answer, by when they were sent: whether each adds risk, and what was wrong.
    amends: BTreeMap<Timestamp, (bool, Wrong)>,
}

impl Order {
    /// More of it, or nearer to the market.
    fn adds(&self, price: Option<Price>, quantity: Option<Quantity>) -> bool {
        let is_nearer = price.zip(self.price).is_some_and(|(to, from)| self.side.improves(to, from));
        is_nearer || quantity.is_some_and(|quantity| self.quantity < quantity)
    }
}

/// The orders of one market that have not ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Risky(BTreeMap<ClientOrderId, Order>);

impl Risky {
    /// An order that adds risk, and has not ended.
    pub fn contains(&self, id: ClientOrderId) -> bool {
        self.0.contains_key(&id)
    }

    pub fn sends(&mut self, intent: &Intent, wrong: Wrong) {
        if intent.protective || intent.reduce_only {
            return;
        }
        let price = match intent.order_type {
            OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
            OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
        };
        let (side, quantity, amends) = (intent.side, intent.quantity, BTreeMap::new());
        let order = Order { side, price, quantity, is_there: false, is_cancelled: false, wrong, amends };
        self.0.insert(intent.client_order_id, order);
    }

    pub fn amends(
        &mut self,
        (id, at): (ClientOrderId, Timestamp),
        (price, quantity): (Option<Price>, Option<Quantity>),
        wrong: Wrong,
    ) {
        let Some(order) = self.0.get_mut(&id) else { return };
        let adds = order.adds(price, quantity);
        order.amends.insert(at, (adds, if adds { wrong } else { Wrong::default() }));
    }

    pub fn cancels(&mut self, id: ClientOrderId) {
        self.0.get_mut(&id).into_iter().for_each(|order| order.is_cancelled = true);
    }

    /// The last request of an order is sent again.
    pub fn sends_again(&mut self, id: ClientOrderId, wrong: Wrong) {
        let Some(order) = self.0.get_mut(&id).filter(|order| !order.is_cancelled) else { return };
        match order.amends.last_entry() {
            Some(mut amend) if amend.get().0 => amend.get_mut().1 = amend.get().1.or(wrong),
            None if !order.is_there => order.wrong = order.wrong.or(wrong),
            _ => {}
        }
    }

    /// The venue has taken an order: what was wrong when it set out.
    pub fn accepted(&mut self, id: ClientOrderId) -> Wrong {
        let Some(order) = self.0.get_mut(&id) else { return Wrong::default() };
        order.is_there = true;
        std::mem::take(&mut order.wrong)
    }

    /// The venue has carried out the amend that was sent at `sent_at`: what was wrong when it set out.
    pub fn amended(&mut self, (id, sent_at): (ClientOrderId, Timestamp), price: Price, quantity: Quantity) -> Wrong {
        let Some(order) = self.0.get_mut(&id) else { return Wrong::default() };
        order.quantity = quantity;
        order.price = order.price.map(|_| price);
        order.amends.remove(&sent_at).map_or(Wrong::default(), |(_, wrong)| wrong)
    }

    /// The request that was sent at `sent_at` has come to nothing: an amend, or the cancel.
    pub fn refused(&mut self, id: ClientOrderId, sent_at: Timestamp) {
        let Some(order) = self.0.get_mut(&id) else { return };
        if order.amends.remove(&sent_at).is_none() {
            order.is_cancelled = false;
        }
    }

    pub fn ends(&mut self, id: ClientOrderId) {
        self.0.remove(&id);
    }
}
