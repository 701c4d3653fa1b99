//! Stops an order that would open a position in one market too many.
//!
//! Counted are the other markets of the bot in which it holds anything, long or short, or in which an own order that is not
//! reduce-only may still execute, orders in unknown state included; and one for the market of the order. Exactly the limit passes.
//! Markets count, not orders: a second order beside an open position is not one more. What reduces risk passes. Judges every order
//! anew: no baseline, no day, no latch, no state to restore. After a restart without saved state it counts what the account shows.
//!
//! In a refusal the value is the number of markets that there would be.
//!
//! Known limits: markets of one bot, and for spot what is held of the base asset counts as a position.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Positions,
    default: Some(3),
    optional: false,
    min: 1,
    max: 256,
    words: "markets with a position, or with an order that can open one, at once",
};

/// Limits of the gate `concurrent_positions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ConcurrentPositionsLimits")]
pub struct Limits {
    /// Most markets in which the bot may be at once.
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
pub(super) struct ConcurrentPositions {
    max: u32,
}

impl Gate for ConcurrentPositions {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(27),
        name: "concurrent_positions",
        words: "an order that would open a position in one market too many",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Positions,
        limits: &[MAX],
        armed: false,
        items: &["L1:52", "L2:159"],
        example: "[gates.concurrent_positions]\nmax = 3\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max: limits.max }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        let value = i128::from(risk.other_positions) + 1;
        let limit = i128::from(self.max);
        if value <= limit { Ok(()) } else { Err(Found { value, limit }) }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
