//! Stops an order that would trade with an own resting order.
//!
//! Own orders of the other side count as resting at their limit price from the moment they are sent until their end is
//! reported: those in unknown state, those being cancelled, and stop-limits that may have triggered. One with an amend on its
//! way counts at whichever of its prices is nearer to the market. A limit order meets them when its price reaches theirs;
//! equality meets. A market order meets what is at or before the opposite best price as last heard, and, when it is for more
//! than that level shows, any. A post-only order cannot take and passes; so do stops, whose market is not there yet. Trading
//! with oneself is wrong whatever it does to the position, so what reduces risk is stopped as well; only a protective order
//! that reduces passes. Judges every order anew: no limit, no latch, no state to restore.
//!
//! In a refusal the value is the own resting price, the limit the price the order would go to.
//!
//! Known limits: own orders of one market of one bot; a stop that triggers later is the business of the venue's own prevention.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, Row, UNKNOWN, Unit};
use crate::model::{GateId, Instrument, OrderType, Side};
use crate::units::Price;

/// The gate `self_trade` has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "SelfTradeLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

#[derive(Debug, Clone)]
pub(super) struct SelfTrade;

/// How far an order goes.
enum Reach {
    Nowhere,
    To(Price),
    Anywhere,
}

impl Gate for SelfTrade {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(26),
        name: "self_trade",
        words: "an order that would trade with an own resting order",
        reset: "judges every order anew",
        row: Row::ALL_ORDERS,
        unit: Unit::Ticks,
        limits: &[],
        armed: false,
        items: &[],
        example: "[gates.self_trade]\n",
    };

    fn new(_: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let Some(own) = risk.own(ask.side.opposite()) else { return Ok(()) };
        let value = i128::from(own.ticks());
        match reach(ask, risk) {
            Reach::Anywhere => Err(Found { value, limit: UNKNOWN }),
            Reach::To(price) if ask.side.accepts(price, own) => Err(Found { value, limit: i128::from(price.ticks()) }),
            Reach::To(_) | Reach::Nowhere => Ok(()),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

fn reach(ask: &Ask, risk: &RiskView) -> Reach {
    match ask.order_type {
        OrderType::Limit { .. } if ask.new.is_some_and(|order| order.post_only) => Reach::Nowhere,
        OrderType::Limit { price } => Reach::To(price),
        OrderType::Market => market_reach(ask.side, ask.quantity, risk),
        OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TakeProfit { .. } => Reach::Nowhere,
    }
}

fn market_reach(side: Side, quantity: i128, risk: &RiskView) -> Reach {
    match risk.best.side(side.opposite()) {
        Some(level) if quantity <= i128::from(level.quantity.steps()) => Reach::To(level.price),
        _ => Reach::Anywhere,
    }
}
