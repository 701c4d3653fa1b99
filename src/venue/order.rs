use crate::model::{ClientOrderId, Intent, OrderId, OrderType, Side, TimeInForce};
use crate::units::{Money, Price, Quantity, Timestamp};

/// Index of an order in the store.
pub(super) type Slot = u32;
/// No order.
pub(super) const NOBODY: Slot = Slot::MAX;

/// Where an accepted order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Stage {
    /// Being matched, in no list.
    Arriving,
    /// Waits for its trigger.
    Waiting,
    /// Waits for the next bar to open (bars only).
    Pending,
    /// Rests at its limit price.
    Resting,
}

/// An accepted order.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Order {
    pub client_order_id: ClientOrderId,
    pub order_id: OrderId,
    pub side: Side,
    pub stage: Stage,
    pub time_in_force: TimeInForce,
    pub post_only: bool,
    pub reduce_only: bool,
    /// A take-profit: its trigger fires in the favourable direction.
    pub takes_profit: bool,
    /// `None` for market orders.
    pub limit: Option<Price>,
    pub trigger: Option<Price>,
    /// Total, executed part included.
    pub quantity: Quantity,
    pub executed: Quantity,
    /// Steps of others ahead in the queue. Below zero only where fills are whole.
    pub ahead: i64,
    /// Steps traded at the price since its last level change: they explain part of the next decrease.
    pub traded: i64,
    /// Steps with which it stands in a shared book.
    pub standing: i64,
    /// Quote reserved for it (spot buys).
    pub reserved: Money,
    pub sent_at: Timestamp,
    pub arrived_at: Timestamp,
    /// Bars seen by the venue when it arrived.
    pub bars_before: u64,
    /// Neighbours in the queue of its price.
    pub previous: Slot,
    pub next: Slot,
}

impl Order {
    #[inline]
    pub(super) fn new(intent: &Intent, order_id: OrderId, sent_at: Timestamp, arrived_at: Timestamp) -> Self {
        Self {
            client_order_id: intent.client_order_id,
            order_id,
            side: intent.side,
            stage: Stage::Arriving,
            time_in_force: intent.time_in_force,
            post_only: intent.post_only,
            reduce_only: intent.reduce_only,
            takes_profit: matches!(intent.order_type, OrderType::TakeProfit { .. }),
            limit: limit_of(intent.order_type),
            trigger: trigger_of(intent.order_type),
            quantity: intent.quantity,
            executed: Quantity::ZERO,
            ahead: 0,
            traded: 0,
            standing: 0,
            reserved: Money::ZERO,
            sent_at,
            arrived_at,
            bars_before: 0,
            previous: NOBODY,
            next: NOBODY,
        }
    }

    #[inline]
    pub(super) fn open(&self) -> Quantity {
        self.quantity - self.executed
    }

    /// The price people know it by: its limit, else its trigger.
    pub(super) fn nominal_price(&self) -> Price {
        self.limit.or(self.trigger).unwrap_or_default()
    }

    /// The side whose limit order the trigger resembles: one that waits for a rise is reached like a sell limit.
    pub(super) const fn waits_like(&self) -> Side {
        if self.takes_profit { self.side } else { self.side.opposite() }
    }

    /// True when it must not rest.
    pub(super) const fn immediate(&self) -> bool {
        self.limit.is_none() || matches!(self.time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill)
    }

    pub(super) const fn expiry(&self) -> Option<Timestamp> {
        match self.time_in_force {
            TimeInForce::GoodTilDate(at) => Some(at),
            _ => None,
        }
    }
}

/// The limit price of an order type.
pub(super) const fn limit_of(order_type: OrderType) -> Option<Price> {
    match order_type {
        OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
        OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
    }
}

/// The trigger price of an order type.
pub(super) const fn trigger_of(order_type: OrderType) -> Option<Price> {
    match order_type {
        OrderType::Stop { trigger } | OrderType::StopLimit { trigger, .. } | OrderType::TakeProfit { trigger } => {
            Some(trigger)
        }
        OrderType::Market | OrderType::Limit { .. } => None,
    }
}
