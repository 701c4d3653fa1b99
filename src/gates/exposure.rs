//! Stops an order that could leave too much of the account in the market.
//!
//! The worst case of the order's side: the position plus everything that own orders of that side may still execute, orders in
//! unknown state included, plus the order itself; valued at the higher of the best prices and held against the equity that
//! the bot knows, realised and unrealised together. Exactly the share passes (the limit is rounded down to an atto); with no
//! price, or with an equity of nothing or less, nothing passes. No day, no latch, no state: a restart changes nothing.
//!
//! Known limit: one market's exposure, while the equity is the whole account's.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, within_equity};
use super::spec::{GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(50 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "worst-case gross exposure, in per cent of equity",
};

/// Limits of the gate `exposure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ExposureLimits")]
pub struct Limits {
    /// Largest gross exposure in per cent of equity.
    pub percent: Percent,
}

impl Default for Limits {
    fn default() -> Self {
        Self { percent: Percent::from_ppb(MAX.default_value() as i64) }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(i128::from(self.percent.ppb())))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct Exposure {
    limit: Percent,
    scales: Scales,
}

impl Gate for Exposure {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(11),
        name: "exposure",
        words: "an order that could leave too much of the account in the market",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Percent,
        limits: &[MAX],
        armed: false,
        items: &["L1:198"],
        example: "[gates.exposure]\npercent = \"50\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self { limit: limits.percent, scales: *scales }
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
