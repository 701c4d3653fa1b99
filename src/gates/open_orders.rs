//! Stops an order that would be one too many at once.
//!
//! Counts what the bot believes open in the market: an order counts from the moment it is sent until its end is reported, so
//! one in unknown state counts. The order asked for is one more, unless it takes the place of an open one (all or nothing:
//! never are both open) or is an amend: those add none and pass. Exactly the limit passes. No state of its own: what is open
//! is asked for at every order, after a restart too.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Orders,
    default: Some(10),
    optional: false,
    min: 1,
    max: 10_000,
    words: "own orders open at once",
};

/// Limits of the gate `open_orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "OpenOrdersLimits")]
pub struct Limits {
    /// Most own orders open at once in one market.
    pub max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: MAX.default_value() as u32 }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(i128::from(self.max)))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct OpenOrders {
    max: u32,
}

impl Gate for OpenOrders {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(8),
        name: "open_orders",
        words: "more orders open at once than allowed",
        reset: "opens when an order ends",
        row: Row::RISK_LIMIT,
        unit: Unit::Orders,
        limits: &[MAX],
        armed: false,
        items: &[],
        example: "[gates.open_orders]\nmax = 10\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max: limits.max }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let adds = ask.new.is_some_and(|order| !order.replaces);
        if !adds || risk.open_orders < self.max {
            return Ok(());
        }
        Err(Found { value: i128::from(risk.open_orders) + 1, limit: i128::from(self.max) })
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
