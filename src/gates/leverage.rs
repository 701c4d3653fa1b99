//! Stops an order that could make the position a larger multiple of equity than allowed.
//!
//! The worst case of the order's side: the position plus everything that own orders of that side may still execute, orders in
//! unknown state included, plus the order itself; valued at the higher of the best prices and held against the equity that
//! the bot knows, realised and unrealised together. Exactly the multiple passes (the limit is rounded down to an atto); with
//! no price, or with an equity of nothing or less, nothing passes. No day, no latch, no state: a restart changes nothing.
//! The market can push leverage over the limit without an order; then nothing passes but what reduces it.
//!
//! Known limit: one market's position, while the equity is the whole account's.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, within_equity};
use super::spec::{GateSpec, LimitSpec, ONE_TIME, Row, Unit};
use super::{Multiple, RiskView};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Multiple,
    default: Some(ONE_TIME),
    optional: false,
    min: ONE_TIME / 100,
    max: 1_000 * ONE_TIME,
    words: "worst-case position, as a multiple of equity",
};

/// Limits of the gate `leverage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "LeverageLimits")]
pub struct Limits {
    /// Largest worst-case position as a multiple of equity.
    pub max: Multiple,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: Multiple::from_ppb(MAX.default_value() as i64) }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(i128::from(self.max.ppb())))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct Leverage {
    limit: Multiple,
    scales: Scales,
}

impl Gate for Leverage {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(12),
        name: "leverage",
        words: "an order that could make the position too large a multiple of equity",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Multiple,
        limits: &[MAX],
        armed: false,
        items: &["L1:49"],
        example: "[gates.leverage]\nmax = \"3\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self { limit: limits.max, scales: *scales }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        within_equity(ask, risk, &self.scales, self.limit.ppb())
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
