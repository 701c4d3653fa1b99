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
use crate::model::{GateId, Instrument};
use crate::units::{MILLISECOND, Span, Timestamp};

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

/// The last orders, in a ring as long as the limit: its oldest decides alone.
#[derive(Debug, Clone)]
pub(super) struct OrderBurst {
    window: Span,
    limit: usize,
    sent: Vec<Timestamp>,
    oldest: usize,
}

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
        let limit = (limits.orders.max(1) as usize).min(ORDERS.max as usize);
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        Self { window, limit, sent: Vec::with_capacity(limit), oldest: 0 }
    }

    #[inline]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        let full = self.sent.len() == self.limit;
        if full && risk.now.since(self.sent[self.oldest]) < self.window {
            let limit = self.limit as i128;
            return Err(Found { value: limit + 1, limit });
        }
        Ok(())
    }

    #[inline]
    fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
        match ask.effect {
            Effect::Cancels => {}
            _ if self.sent.len() < self.limit => self.sent.push(risk.now),
            _ => {
                self.sent[self.oldest] = risk.now;
                self.oldest = (self.oldest + 1) % self.limit;
            }
        }
    }

    fn save(&self) -> Vec<Timestamp> {
        self.in_order().collect()
    }

    fn restore(&mut self, state: Vec<Timestamp>) {
        let surplus = state.len().saturating_sub(self.limit);
        self.sent.clear();
        self.sent.extend_from_slice(&state[surplus..]);
        self.oldest = 0;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&(self.sent.len() as u64).to_le_bytes());
        for sent in self.in_order() {
            hasher.update(&sent.nanos().to_le_bytes());
        }
    }
}

impl OrderBurst {
    fn in_order(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let (newer, older) = self.sent.split_at(self.oldest);
        older.iter().chain(newer).copied()
    }
}
