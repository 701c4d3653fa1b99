use seatrial::model::{Intent, NewOrder, OrderType, Side, TimeInForce};
use seatrial::units::Timestamp;

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Being matched: its money and its quantity count nowhere.
    Arriving,
    /// Waits for its trigger.
    Waiting,
    /// Waits for the next bar.
    Pending,
    /// Rests at its limit.
    Resting,
}

/// An accepted order.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: u64,
    /// The venue's number.
    pub number: u64,
    pub side: Side,
    pub place: Place,
    pub time_in_force: TimeInForce,
    pub post_only: bool,
    pub reduce_only: bool,
    pub takes_profit: bool,
    pub limit: Option<i64>,
    pub trigger: Option<i64>,
    pub total: i64,
    pub executed: i64,
    /// Steps of others ahead.
    pub ahead: i64,
    /// Steps traded at the price since the level last changed.
    pub traded: i64,
    /// When it went to the end of a queue, as a rising number.
    pub since: u64,
    /// Bars that had passed when it came to rest.
    pub bars_before: u64,
    pub sent_at: Timestamp,
    pub arrived_at: Timestamp,
}

impl Order {
    pub fn new(new: &NewOrder, number: u64, at: Timestamp) -> Self {
        let intent = &new.intent;
        Self {
            id: intent.client_order_id.0,
            number,
            side: intent.side,
            place: Place::Arriving,
            time_in_force: intent.time_in_force,
            post_only: intent.post_only,
            reduce_only: intent.reduce_only,
            takes_profit: takes_profit(intent),
            limit: limit(intent),
            trigger: trigger(intent),
            total: intent.quantity.steps(),
            executed: 0,
            ahead: 0,
            traded: 0,
            since: 0,
            bars_before: 0,
            sent_at: new.sent_at,
            arrived_at: at,
        }
    }

    pub fn open(&self) -> i64 {
        self.total - self.executed
    }

    /// What it is known by: limit, else trigger, else nothing.
    pub fn nominal(&self) -> i64 {
        self.limit.or(self.trigger).unwrap_or(0)
    }

    pub fn may_rest(&self) -> bool {
        self.limit.is_some() && !immediate(self.time_in_force)
    }

    pub fn ends_at(&self) -> Option<Timestamp> {
        match self.time_in_force {
            TimeInForce::GoodTilDate(at) => Some(at),
            _ => None,
        }
    }
}

pub fn limit(intent: &Intent) -> Option<i64> {
    match intent.order_type {
        OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price.ticks()),
        _ => None,
    }
}

pub fn trigger(intent: &Intent) -> Option<i64> {
    match intent.order_type {
        OrderType::Stop { trigger } | OrderType::StopLimit { trigger, .. } | OrderType::TakeProfit { trigger } => {
            Some(trigger.ticks())
        }
        _ => None,
    }
}

pub fn takes_profit(intent: &Intent) -> bool {
    matches!(intent.order_type, OrderType::TakeProfit { .. })
}

pub fn immediate(time_in_force: TimeInForce) -> bool {
    matches!(time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill)
}

/// True when `price` fires a trigger. A stop fires against its order (a buy stop as the price rises), a take-profit in
/// its favour.
pub fn fires(side: Side, takes_profit: bool, trigger: i64, price: i64) -> bool {
    let rises = (side == Side::Buy) != takes_profit;
    if rises { price >= trigger } else { price <= trigger }
}
