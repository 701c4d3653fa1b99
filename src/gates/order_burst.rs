//! Stops a bot that sends orders too fast.
//!
//! Counts the orders (and amends, unless they only shrink an order) that every gate cleared. No half-open stretch of the
//! bot's clock as long as the window holds more than the limit: the order after a full window waits until the oldest is
//! exactly a window old. Cancels count nothing and always pass. What reduces risk counts and is stopped like the rest,
//! since the limit protects the venue and the bot's connection, not the position; only a protective order passes, and
//! counts. A clock that runs backwards opens nothing.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{Effect, GateSpec, LimitSpec, MILLISECONDS, Row, Unit};
use super::window::Window;
use crate::model::{GateId, Instrument};
use crate::units::{MILLISECOND, Timestamp};

const ORDERS: LimitSpec = LimitSpec {
    key: "orders",
    unit: Unit::Orders,
    default: Some(10),
    optional: false,
    min: 1,
    max: 10_000,
    words: "orders sent within the window",
};

const WINDOW_MS: LimitSpec = LimitSpec {
    key: "window_ms",
    unit: Unit::Milliseconds,
    default: Some(10_000),
    optional: false,
    min: MILLISECONDS.0,
    max: MILLISECONDS.1,
    words: "length of the window",
};

/// Limits of the gate `order_burst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "OrderBurstLimits")]
pub struct Limits {
    /// Most orders in any window.
    pub orders: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { orders: ORDERS.default_value() as u32, window_ms: WINDOW_MS.default_value() as u32 }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(ORDERS, Some(i128::from(self.orders))), (WINDOW_MS, Some(i128::from(self.window_ms)))]
    }
}

/// The last orders.
#[derive(Debug, Clone)]
pub(super) struct OrderBurst(Window);

impl Gate for OrderBurst {
    type Limits = Limits;
    type State = Vec<Timestamp>;
    const SPEC: GateSpec = GateSpec {
        id: GateId(6),
        name: "order_burst",
        words: "more orders than the window allows",
        reset: "opens when the oldest order leaves the window",
        row: Row::ALL_ORDERS,
        unit: Unit::Orders,
        limits: &[ORDERS, WINDOW_MS],
        armed: true,
        items: &["L4:186"],
        example: "[gates.order_burst]\norders = 10\nwindow_ms = 10000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let most = (limits.orders.max(1) as usize).min(ORDERS.max as usize);
        Self(Window::new(MILLISECOND.times(i64::from(limits.window_ms)), most))
    }

    #[inline(always)]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        if self.0.is_full(risk.now) {
            let limit = self.0.most() as i128;
            return Err(Found { value: limit + 1, limit });
        }
        Ok(())
    }

    #[inline]
    fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
        if ask.effect != Effect::Cancels {
            self.0.count(risk.now);
        }
    }

    fn save(&self) -> Vec<Timestamp> {
        self.0.save()
    }

    fn restore(&mut self, state: Vec<Timestamp>) {
        self.0.restore(&state);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.0.digest(hasher);
    }
}
