//! The venue's own filters, judged before an order leaves: what it would reject is refused, with the first reason the venue would have.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::model::{Filters, Intent, OrderType, RejectReason, Side, TimeInForce};
use crate::units::Price;

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    let filters = &case.instrument.filters;
    let outside = prices(case.seen.order_type).into_iter().flatten().any(|price| !is_within(filters, price));
    let misplaced = || outside.then_some(RejectReason::PriceOutOfRange);
    let reason = match &case.seen.order {
        None => misplaced(),
        Some(order) => quantity(filters, order.quantity.steps())
            .or_else(misplaced)
            .or_else(|| is_too_cheap(case, order).then_some(RejectReason::MinNotional))
            .or_else(|| has_no_room(case, order).then_some(RejectReason::TooManyOrders)),
    };
    reason.map(|reason| Figures { value: reason.code().into(), limit: 0 })
}

fn quantity(filters: &Filters, steps: i64) -> Option<RejectReason> {
    let lot = filters.lot.steps().max(1);
    let faults = [
        (steps < 1, RejectReason::InvalidQuantity),
        (steps % lot != 0, RejectReason::LotSize),
        (filters.min_quantity.is_some_and(|least| steps < least.steps()), RejectReason::QuantityTooSmall),
        (filters.max_quantity.is_some_and(|most| most.steps() < steps), RejectReason::QuantityTooLarge),
    ];
    faults.into_iter().find(|(is_broken, _)| *is_broken).map(|(_, reason)| reason)
}

/// Limit and trigger.
const fn prices(order_type: OrderType) -> [Option<Price>; 2] {
    match order_type {
        OrderType::Market => [None; 2],
        OrderType::Limit { price } => [Some(price), None],
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => [None, Some(trigger)],
        OrderType::StopLimit { trigger, price } => [Some(price), Some(trigger)],
    }
}

fn is_within(filters: &Filters, price: Price) -> bool {
    let (least, most) = (filters.min_price.unwrap_or(Price::new(1)), filters.max_price.unwrap_or(price));
    0 < price.ticks() && least <= price && price <= most
}

/// At its limit, else its trigger, else the other side's best price. Without one only the venue can tell.
fn is_too_cheap(case: &Case<'_>, order: &Intent) -> bool {
    let shown = if case.seen.side == Side::Buy { case.heard.best.ask } else { case.heard.best.bid };
    let own = prices(case.seen.order_type).into_iter().flatten().next();
    let (Some(least), Some(price)) = (case.instrument.filters.min_notional, own.or(shown.map(|level| level.price)))
    else {
        return false;
    };
    let steps = i128::from(order.quantity.steps());
    let worth = i128::from(price.ticks()).checked_mul(steps).and_then(|ticks| ticks.checked_mul(case.worth.tick_step));
    worth.is_some_and(|worth| worth < least.atto())
}

/// As many orders may be open as the venue has room for, and this one may rest and takes no other one's place.
fn has_no_room(case: &Case<'_>, order: &Intent) -> bool {
    let Some(most) = case.instrument.filters.max_open_orders else { return false };
    let ends_at_once = matches!(order.time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
    let may_rest = match order.order_type {
        OrderType::Market => false,
        OrderType::Limit { .. } => !ends_at_once,
        OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TakeProfit { .. } => true,
    };
    may_rest && order.replaces.is_none() && i128::from(most) <= case.seen.open_orders
}
