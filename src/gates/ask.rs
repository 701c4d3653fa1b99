use super::{AmendedOrder, Effect, RiskView};
use crate::model::{AmendOrder, BestPrices, ClientOrderId, Intent, IntentKey, Level, OrderType, Side, TimeInForce};
use crate::units::{Price, Quantity, Rate};

/// What an order is beside its effect. An amend and a cancel are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ordered {
    pub client_order_id: ClientOrderId,
    pub intent_key: IntentKey,
    /// As asked for, be it negative.
    pub quantity: Quantity,
    pub time_in_force: TimeInForce,
    pub post_only: bool,
    pub edge: Option<Rate>,
    /// It takes the place of an open order, so that there is no more of them.
    pub replaces: bool,
}

/// A request as the gates see it: an order of `quantity`, or an amend seen as the order it leads to, or a cancel (which
/// has no quantity).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    /// What it does to the worst case of the position.
    pub effect: Effect,
    /// The strategy says it protects a position.
    pub protective: bool,
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue.
    pub order_type: OrderType,
    /// Steps it may execute; a negative quantity counts as its size, the venue refuses it anyway.
    pub quantity: i128,
    /// Steps that other own orders of its side may still execute.
    pub open: i128,
    /// Steps of this order and of the others of its side that are reduce-only.
    pub reduce_only: i128,
    /// A new order; `None` for an amend or a cancel.
    pub new: Option<Ordered>,
}

impl Ask {
    pub fn order(intent: &Intent, risk: &RiskView) -> Self {
        let (quantity, open) = (size(intent.quantity), size(risk.open(intent.side)));
        let reduce_only = size(risk.reduce_only(intent.side)) + if intent.reduce_only { quantity } else { 0 };
        Self {
            effect: effect(intent.side, quantity, open, reduce_only, risk),
            protective: intent.protective,
            side: intent.side,
            order_type: intent.order_type,
            quantity,
            open,
            reduce_only,
            new: Some(Ordered {
                client_order_id: intent.client_order_id,
                intent_key: intent.intent_key,
                quantity: intent.quantity,
                time_in_force: intent.time_in_force,
                post_only: intent.post_only,
                edge: intent.expected_edge,
                replaces: intent.replaces.is_some(),
            }),
        }
    }

    /// A smaller quantity at an unchanged price is a partial cancel. Everything else is judged like a new order for what
    /// the amended one would have open, without the old one.
    pub fn amend(amend: &AmendOrder, order: &AmendedOrder, risk: &RiskView) -> Self {
        let executed = i128::from(order.executed.steps());
        let open_now = size(order.open);
        let quantity = amend.quantity.map_or(open_now, |total| (i128::from(total.steps()) - executed).max(0));
        let order_type = amend.price.map_or(order.order_type, |price| with_price(order.order_type, price));
        let open = (size(risk.open(order.side)) - open_now).max(0);
        let shrinks = quantity <= open_now && order_type == order.order_type;
        let others = size(risk.reduce_only(order.side)) - if order.reduce_only { open_now } else { 0 };
        let reduce_only = others.max(0) + if order.reduce_only { quantity } else { 0 };
        let judged = effect(order.side, quantity, open, reduce_only, risk);
        Self {
            effect: if shrinks { Effect::Cancels } else { judged },
            protective: order.protective,
            side: order.side,
            order_type,
            quantity,
            open,
            reduce_only,
            new: None,
        }
    }

    pub const fn cancel() -> Self {
        Self {
            effect: Effect::Cancels,
            protective: false,
            side: Side::Buy,
            order_type: OrderType::Market,
            quantity: 0,
            open: 0,
            reduce_only: 0,
            new: None,
        }
    }

    /// Size of the position if this order and every other open one of its side execute as far as they can: reduce-only
    /// orders first, which end at a flat position, and then the others whole.
    pub fn worst_position(&self, risk: &RiskView) -> i128 {
        let along = i128::from(self.side.sign()) * i128::from(risk.position.steps());
        let reduced = if along < 0 { (along + self.reduce_only).min(0) } else { along };
        (reduced + self.open + self.quantity - self.reduce_only).abs()
    }
}

/// Limit price and trigger.
pub(super) const fn prices(order_type: OrderType) -> (Option<Price>, Option<Price>) {
    match order_type {
        OrderType::Market => (None, None),
        OrderType::Limit { price } => (Some(price), None),
        OrderType::StopLimit { trigger, price } => (Some(price), Some(trigger)),
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => (None, Some(trigger)),
    }
}

/// The higher of the best prices by size, which values a position; `None` while both sides are empty.
pub(super) fn higher(best: &BestPrices) -> Option<i128> {
    let size = |level: Level| level.price.ticks().unsigned_abs();
    best.bid.map(size).max(best.ask.map(size)).map(i128::from)
}

fn size(quantity: Quantity) -> i128 {
    i128::from(quantity.steps().unsigned_abs())
}

/// An order reduces when it is no larger than the position it is against, and no order of its side can then go through
/// zero: all of them together are no larger than the position, or all of them are reduce-only, so that the venue stops
/// them there. Beside an ordinary open order the flag alone adds nothing: both can fill, and the ordinary one then goes
/// through zero.
fn effect(side: Side, quantity: i128, open: i128, reduce_only: i128, risk: &RiskView) -> Effect {
    let held = -i128::from(side.sign()) * i128::from(risk.position.steps());
    let stops = quantity + open <= held || reduce_only == quantity + open;
    if 0 < held && quantity <= held && stops { Effect::Reduces } else { Effect::Increases }
}

/// The order type with its limit price (or, without one, its trigger) moved to `price`.
const fn with_price(order_type: OrderType, price: Price) -> OrderType {
    match order_type {
        OrderType::Market => OrderType::Market,
        OrderType::Limit { .. } => OrderType::Limit { price },
        OrderType::StopLimit { trigger, .. } => OrderType::StopLimit { trigger, price },
        OrderType::Stop { .. } => OrderType::Stop { trigger: price },
        OrderType::TakeProfit { .. } => OrderType::TakeProfit { trigger: price },
    }
}
