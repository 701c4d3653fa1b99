//! Stops an order that could make the position too large.
//!
//! The worst case of a side is the position plus everything that own orders of that side may still execute plus the order
//! itself. Its size is held against a quantity, a value, or both; it is valued at the higher of the best prices, and
//! refused when there is none. Since fills only bring both worst cases closer together, no sequence of fills can push the
//! position past a quantity that was respected when every order was sent. A value moves with the price: it is a limit on
//! orders, not on what the market does to a position. Exactly the limit passes.

use super::ask::{Ask, higher};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, product};
use super::spec::{AMOUNTS, GateSpec, LimitSpec, Row, Unit};
use super::{Amount, RiskView, Setting};
use crate::model::{BestPrices, GateId, Instrument};
use crate::units::Money;

const MAX_VALUE: LimitSpec = LimitSpec {
    key: "max_value",
    unit: Unit::Quote,
    default: Some(50_000 * Money::ONE.atto()),
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "worst-case position at the higher of the best prices",
};

const MAX_QUANTITY: LimitSpec = LimitSpec {
    key: "max_quantity",
    unit: Unit::Base,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "worst-case position, in the unit of the instrument's step size",
};

/// Limits of the gate `position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PositionLimits")]
pub struct Limits {
    /// Largest worst-case position in the quote asset, or `"off"`.
    pub max_value: Setting<Amount>,
    /// Largest worst-case position in the unit of the instrument's step size (rounded down to whole steps), or `"off"`.
    pub max_quantity: Setting<Amount>,
}

impl Default for Limits {
    fn default() -> Self {
        let value = Amount::new(Money::from_atto(MAX_VALUE.default_value()));
        Self { max_value: Setting::On(value), max_quantity: Setting::Off }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        let value = |setting: &Setting<Amount>| setting.as_ref().map(|amount| amount.money().atto());
        vec![(MAX_VALUE, value(&self.max_value)), (MAX_QUANTITY, value(&self.max_quantity))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct Position {
    max_steps: Option<i128>,
    max_tick_steps: Option<i128>,
}

impl Gate for Position {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(5),
        name: "position",
        words: "an order that could make the position too large",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Steps,
        limits: &[MAX_VALUE, MAX_QUANTITY],
        armed: true,
        items: &["L1:48", "L3:141"],
        example: "[gates.position]\nmax_value = \"50000\"\nmax_quantity = \"2.5\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self {
            max_steps: limits.max_quantity.as_ref().map(|amount| scales.steps(amount.money())),
            max_tick_steps: limits.max_value.as_ref().map(|amount| scales.tick_steps(amount.money())),
        }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let worst = ask.worst_position(risk);
        if let Some(limit) = self.max_steps.filter(|&limit| limit < worst) {
            return Err(Found { value: worst, limit });
        }
        match self.max_tick_steps {
            Some(limit) => within_value(worst, limit, &risk.best),
            None => Ok(()),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

/// Refuses with the steps that would still have been worth the limit; with none when there is no price.
pub(super) fn within_value(worst: i128, max_tick_steps: i128, best: &BestPrices) -> Result<(), Found> {
    let Some(price) = higher(best) else {
        return Err(Found { value: worst, limit: 0 });
    };
    match product(worst, price) {
        Some(tick_steps) if tick_steps <= max_tick_steps => Ok(()),
        _ => Err(Found { value: worst, limit: max_tick_steps / price }),
    }
}
