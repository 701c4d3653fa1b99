//! Stops an order that the venue's filters would reject.
//!
//! The instrument's own filters, before the order travels: quantity positive, a multiple of the lot, within least and most;
//! limit price and trigger positive and within the venue's range; price x quantity at least the venue's minimum (valued like
//! the venue does, at the limit, else the trigger, else the opposite best price as last heard; where there is none, the venue
//! decides); and room for one more open order, those in unknown state counted, for an order that may rest and takes no other
//! one's place. Edges pass. Of several broken filters the first in the venue's precedence is named. What reduces risk is stopped
//! as well, protective or not, since the venue would reject it. Amends pass unless they name a price outside the range. No
//! limits of its own, no state, nothing to restore.
//!
//! Known limit: the venue judges when the order arrives, this gate when it is sent: prices and open orders may have changed.

use super::RiskView;
use super::ask::{Ask, Ordered, prices};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, product};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{Filters, GateId, Instrument, OrderType, RejectReason, TimeInForce};
use crate::units::Price;

/// The gate `venue_filters` has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "VenueFiltersLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

#[derive(Debug, Clone)]
pub(super) struct VenueFilters {
    filters: Filters,
    /// Least product of ticks and steps that is worth the minimum.
    min_tick_steps: Option<i128>,
}

impl Gate for VenueFilters {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(16),
        name: "venue_filters",
        words: "an order that the venue's filters would reject",
        reset: "judges every order anew",
        row: Row::EVERY_ORDER,
        unit: Unit::Filter,
        limits: &[],
        armed: false,
        items: &["L3:140"],
        example: "[gates.venue_filters]\n",
    };

    fn new(_: &Limits, scales: &Scales, instrument: &Instrument) -> Self {
        let filters = instrument.filters.clone();
        let min_tick_steps = filters.min_notional.map(|min| scales.tick_steps_up(min));
        Self { filters, min_tick_steps }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let (limit, trigger) = prices(ask.order_type);
        let outside = [trigger, limit].into_iter().flatten().any(|price| self.excludes(price));
        let broken = match &ask.new {
            Some(order) => self
                .quantity(order)
                .or(outside.then_some(RejectReason::PriceOutOfRange))
                .or_else(|| self.notional(ask, order, limit.or(trigger), risk))
                .or_else(|| self.room(ask, order, risk)),
            None => outside.then_some(RejectReason::PriceOutOfRange),
        };
        match broken {
            None => Ok(()),
            Some(reason) => Err(Found { value: i128::from(reason.code()), limit: 0 }),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

impl VenueFilters {
    fn quantity(&self, order: &Ordered) -> Option<RejectReason> {
        let (filters, quantity) = (&self.filters, order.quantity);
        let lot = filters.lot.steps();
        if quantity.steps() <= 0 {
            Some(RejectReason::InvalidQuantity)
        } else if 1 < lot && quantity.steps() % lot != 0 {
            Some(RejectReason::LotSize)
        } else if filters.min_quantity.is_some_and(|min| quantity < min) {
            Some(RejectReason::QuantityTooSmall)
        } else if filters.max_quantity.is_some_and(|max| max < quantity) {
            Some(RejectReason::QuantityTooLarge)
        } else {
            None
        }
    }

    fn excludes(&self, price: Price) -> bool {
        let filters = &self.filters;
        let low = filters.min_price.is_some_and(|min| price < min);
        price.ticks() <= 0 || low || filters.max_price.is_some_and(|max| max < price)
    }

    fn notional(&self, ask: &Ask, order: &Ordered, own: Option<Price>, risk: &RiskView) -> Option<RejectReason> {
        let least = self.min_tick_steps?;
        let opposite = || risk.best.side(ask.side.opposite()).map(|level| level.price);
        let price = own.or_else(opposite)?;
        // A product that is no number of 128 bits is above every minimum.
        let worth = product(i128::from(price.ticks()), i128::from(order.quantity.steps())).unwrap_or(i128::MAX);
        (worth < least).then_some(RejectReason::MinNotional)
    }

    fn room(&self, ask: &Ask, order: &Ordered, risk: &RiskView) -> Option<RejectReason> {
        let full = self.filters.max_open_orders.is_some_and(|max| max <= risk.open_orders);
        (full && !order.replaces && may_rest(ask.order_type, order.time_in_force))
            .then_some(RejectReason::TooManyOrders)
    }
}

/// True when the order can be open after it arrived: a trigger waits, a limit rests unless it has to end at once.
const fn may_rest(order_type: OrderType, time_in_force: TimeInForce) -> bool {
    let immediate = matches!(time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
    match order_type {
        OrderType::Market => false,
        OrderType::Limit { .. } => !immediate,
        OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TakeProfit { .. } => true,
    }
}
