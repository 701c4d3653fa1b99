//! Stops an order whose price is far from the market.
//!
//! The distance of each of the order's own prices, limit and trigger, from the mid of the best prices as last heard, in per cent
//! of the mid, above or below; a market order has none and is judged by the opposite best price, where it would trade. Exactly
//! the limit passes. Without a mid, or with one at or below zero, nothing passes. A wild price is a mistake whatever it does to
//! the position, so what reduces risk is stopped as well; only a protective order that reduces passes, since a stop may be far
//! away on purpose. Of an amend the prices it would leave. Judges every order anew: no day, no latch, no state to restore.
//!
//! Known limits: the mid moves with the market, so a slow slide is within the collar; a far passive order is stopped too.

use super::ask::{Ask, prices};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless, ppb_of, product};
use super::spec::{GateSpec, LimitSpec, ONE_PERCENT, Row, UNKNOWN, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument};
use crate::units::{Price, Rate};

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 100,
    max: 100 * ONE_PERCENT,
    words: "distance of an order's price from the mid, in per cent of the mid",
};

/// Limits of the gate `price_collar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PriceCollarLimits")]
pub struct Limits {
    /// Largest distance of an order's price from the mid, in per cent of the mid.
    pub percent: Percent,
}

impl Default for Limits {
    fn default() -> Self {
        Self { percent: Percent::from_ppb(PERCENT.default_value() as i64) }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(PERCENT, Some(i128::from(self.percent.ppb())))]
    }
}

#[derive(Debug, Clone)]
pub(super) struct PriceCollar {
    limit: i128,
}

impl Gate for PriceCollar {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(17),
        name: "price_collar",
        words: "an order whose price is far from the market",
        reset: "judges every order anew",
        row: Row::ALL_ORDERS,
        unit: Unit::Percent,
        limits: &[PERCENT],
        armed: false,
        items: &["L3:140"],
        example: "[gates.price_collar]\npercent = \"5\"\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { limit: i128::from(limits.percent.ppb()) }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let Some(mid_x2) = mid_x2(risk) else {
            return Err(Found { value: UNKNOWN, limit: self.limit });
        };
        let (limit, trigger) = prices(ask.order_type);
        let distance = |price: Price| (2 * i128::from(price.ticks()) - mid_x2).abs();
        let own = limit.map(distance).max(trigger.map(distance));
        let opposite = || risk.best.side(ask.side.opposite()).map(|level| distance(level.price));
        // The mid has two sides, so that one of these is there.
        let farthest = own.or_else(opposite).unwrap_or(i128::MAX);
        let allowed = product(self.limit, mid_x2).unwrap_or(0);
        match product(farthest, i128::from(Rate::ONE)) {
            Some(found) if found <= allowed => Ok(()),
            _ => Err(Found { value: ppb_of(farthest, mid_x2), limit: self.limit }),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

/// Twice the mid in ticks, where it is above zero.
fn mid_x2(risk: &RiskView) -> Option<i128> {
    let ticks = |level: crate::model::Level| i128::from(level.price.ticks());
    let sum = ticks(risk.best.bid?) + ticks(risk.best.ask?);
    (0 < sum).then_some(sum)
}
