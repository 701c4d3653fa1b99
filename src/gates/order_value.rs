//! Stops a single order that is worth too much.
//!
//! An order is valued at the worst price it can get as far as is known: a buy with a limit at its limit, any other order
//! at the highest of its own prices and the opposite best price (a sell limit below the best bid trades at the bid). An
//! order without any price to value it at is refused. Exactly the limit passes.

use super::ask::{Ask, prices};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, product};
use super::spec::{AMOUNTS, GateSpec, LimitSpec, Row, UNKNOWN, Unit};
use super::{Amount, RiskView};
use crate::model::{BestPrices, GateId, Instrument, OrderType, Side};
use crate::units::{Money, Price};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Quote,
    default: Some(10_000 * Money::ONE.atto()),
    optional: false,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "price x quantity of one order",
};

/// Limits of the gate `order_value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "OrderValueLimits")]
pub struct Limits {
    /// Largest price x quantity of one order, in the quote asset.
    pub max: Amount,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: Amount::new(Money::from_atto(MAX.default_value())) }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(self.max.money().atto()))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct OrderValue {
    limit: Money,
    max_tick_steps: i128,
    scales: Scales,
}

impl Gate for OrderValue {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(4),
        name: "order_value",
        words: "an order that is worth too much",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[MAX],
        armed: true,
        items: &["L1:200", "L2:157"],
        example: "[gates.order_value]\nmax = \"10000\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        let limit = limits.max.money();
        Self { limit, max_tick_steps: scales.tick_steps(limit), scales: *scales }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let price = worst_price(ask.side, ask.order_type, &risk.best);
        let tick_steps = price.and_then(|price| product(i128::from(price.ticks()).abs(), ask.quantity));
        match tick_steps {
            Some(tick_steps) if tick_steps <= self.max_tick_steps => Ok(()),
            found => {
                let value = found.map_or(UNKNOWN, |tick_steps| self.scales.worth(tick_steps));
                Err(Found { value, limit: self.limit.atto() })
            }
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

fn worst_price(side: Side, order_type: OrderType, best: &BestPrices) -> Option<Price> {
    let (limit, trigger) = prices(order_type);
    match (side, limit) {
        (Side::Buy, Some(price)) => Some(price),
        _ => limit.max(trigger).max(best.side(side.opposite()).map(|level| level.price)),
    }
}
