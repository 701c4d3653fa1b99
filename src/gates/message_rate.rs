//! Stops orders that would use up the venue's budget of messages.
//!
//! Counts every request that every gate cleared, cancels and amends too. In no half-open stretch of the bot's clock as long as
//! the window may there be more than the budget, and its last part, the reserve, is for cancels and for protective orders that
//! reduce: any other order is refused when the messages of the window have reached the budget less the reserve. A cancel is
//! never stopped, even past the budget: the venue may refuse it, this gate does not. Opens when the message that fills the
//! budget leaves the window; exactly a window old it has left. A clock that runs backwards opens nothing. The messages of the
//! window survive a restart.
//!
//! Known limit: one budget for one market's requests; a venue that counts weights, or over several markets, needs a smaller one.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Contradiction, Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, MILLISECONDS, Row, Unit};
use super::window::Window;
use crate::model::{GateId, Instrument};
use crate::units::{MILLISECOND, Timestamp};

const MESSAGES: LimitSpec = LimitSpec {
    key: "messages",
    unit: Unit::Messages,
    default: Some(100),
    optional: false,
    min: 1,
    max: 10_000,
    words: "messages to the venue within the window",
};

const RESERVE: LimitSpec = LimitSpec {
    key: "reserve",
    unit: Unit::Messages,
    default: Some(20),
    optional: false,
    min: 0,
    max: 9_999,
    words: "part of the messages that is kept for cancels",
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

/// Limits of the gate `message_rate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "MessageRateLimits")]
pub struct Limits {
    /// Most messages in any window.
    pub messages: u32,
    /// How many of them are kept for cancels; fewer than `messages`.
    pub reserve: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: MESSAGES.default_value() as u32,
            reserve: RESERVE.default_value() as u32,
            window_ms: WINDOW_MS.default_value() as u32,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        let value = |limit: u32| Some(i128::from(limit));
        vec![(MESSAGES, value(self.messages)), (RESERVE, value(self.reserve)), (WINDOW_MS, value(self.window_ms))]
    }

    fn contradiction(&self) -> Option<Contradiction> {
        (self.messages <= self.reserve).then(|| Contradiction {
            limit: RESERVE,
            found: i128::from(self.reserve),
            allowed: format!("less than `messages`, which is {}", self.messages),
        })
    }
}

/// The last requests, as many as an order may use.
#[derive(Debug, Clone)]
pub(super) struct MessageRate(Window);

impl Gate for MessageRate {
    type Limits = Limits;
    type State = Vec<Timestamp>;
    const SPEC: GateSpec = GateSpec {
        id: GateId(15),
        name: "message_rate",
        words: "orders that would use up the venue's budget of messages",
        reset: "opens when messages leave the window",
        row: Row::ALL_ORDERS,
        unit: Unit::Messages,
        limits: &[MESSAGES, RESERVE, WINDOW_MS],
        armed: false,
        items: &["L1:59"],
        example: "[gates.message_rate]\nmessages = 100\nreserve = 20\nwindow_ms = 10000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let usable = limits.messages.saturating_sub(limits.reserve).clamp(1, MESSAGES.max as u32) as usize;
        Self(Window::new(MILLISECOND.times(i64::from(limits.window_ms)), usable))
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
    fn cleared(&mut self, _: &Ask, risk: &RiskView) {
        self.0.count(risk.now);
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
