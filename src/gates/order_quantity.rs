//! Stops a single order of too large a volume.
//!
//! The quantity of the order, whatever of it may be shown or executed at once; of an amend what it would leave open. Held
//! against a limit in the unit of the instrument's step size, rounded down to whole steps. Exactly the limit passes. There
//! is no figure that suits every instrument, so the limit has to be given. No state: a restart changes nothing.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{AMOUNTS, GateSpec, LimitSpec, Row, Unit};
use super::{Amount, RiskView, Setting};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Base,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "quantity of one order, in the unit of the instrument's step size",
};

/// Limits of the gate `order_quantity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "OrderQuantityLimits")]
pub struct Limits {
    /// Largest quantity of one order in the unit of the instrument's step size. Has to be given.
    pub max: Setting<Amount>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: Setting::Off }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, self.max.as_ref().map(|amount| amount.money().atto()))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct OrderQuantity {
    max_steps: i128,
}

impl Gate for OrderQuantity {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(7),
        name: "order_quantity",
        words: "an order of too large a volume",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::Steps,
        limits: &[MAX],
        armed: false,
        items: &[],
        example: "[gates.order_quantity]\nmax = \"0.5\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self { max_steps: limits.max.as_ref().map_or(i128::MAX, |amount| scales.steps(amount.money())) }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, _: &RiskView) -> Result<(), Found> {
        if ask.quantity <= self.max_steps {
            return Ok(());
        }
        Err(Found { value: ask.quantity, limit: self.max_steps })
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
