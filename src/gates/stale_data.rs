//! Stops orders that would be based on an old market.
//!
//! The age is the time on the bot's clock since the last market message arrived, whatever it said: a feed that is
//! connected and silent is stale. Exactly the limit passes; before the first message nothing does. What reduces risk is
//! stopped as well, since on an old market nobody knows what an order does; only a protective order that reduces passes.
//! Opens with the next message.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, MILLISECONDS, Row, UNKNOWN, Unit};
use crate::model::{GateId, Instrument};
use crate::units::{MILLISECOND, Span};

const MAX_AGE_MS: LimitSpec = LimitSpec {
    key: "max_age_ms",
    unit: Unit::Milliseconds,
    default: Some(60_000),
    optional: false,
    min: MILLISECONDS.0,
    max: MILLISECONDS.1,
    words: "age of the last market message",
};

/// Limits of the gate `stale_data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "StaleDataLimits")]
pub struct Limits {
    /// Oldest market message an order may be based on, in milliseconds of the bot's clock.
    pub max_age_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_age_ms: MAX_AGE_MS.default_value() as u32 }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX_AGE_MS, Some(i128::from(self.max_age_ms)))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct StaleData {
    max_age: Span,
}

impl Gate for StaleData {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(2),
        name: "stale_data",
        words: "an order on an old market, or on none",
        reset: "opens with the next market message",
        row: Row::ALL_ORDERS,
        unit: Unit::Nanoseconds,
        limits: &[MAX_AGE_MS],
        armed: true,
        items: &["L1:109", "L3:134"],
        example: "[gates.stale_data]\nmax_age_ms = 60000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max_age: MILLISECOND.times(i64::from(limits.max_age_ms)) }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        let age = risk.market_at.map(|market_at| risk.now.since(market_at));
        match age {
            Some(age) if age <= self.max_age => Ok(()),
            _ => {
                let value = age.map_or(UNKNOWN, |age| i128::from(age.nanos()));
                Err(Found { value, limit: i128::from(self.max_age.nanos()) })
            }
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
