//! Stops an order that was sent before.
//!
//! Client order ids and intent keys count up, each in one market of the bot. So two high-water marks know every one that was
//! ever cleared, in two numbers however many there were: an id or a key at or below its mark was used, or was passed over and
//! may not be used any more. A wish that is repeated under a new id has its old key and is refused, whatever became of the
//! first order: rejected, ended or never answered. Exactly one above the mark passes. A refused order uses up neither. Amends
//! and cancels are no new orders. What reduces risk is stopped like the rest, protective or not, for an order sent twice sells
//! twice. The marks never fall, on no new day, and survive a restart.
//!
//! In a refusal the value is the id or key, the limit the mark it had to be above.
//!
//! Known limits: a strategy with intent keys of its own has to count them up; a wish sent to two markets is two.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument};

/// The gate `idempotency` has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "IdempotencyLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

/// The highest of each that was cleared; `None` before the first order. Survives a restart as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Idempotency {
    client_order_id: Option<u64>,
    intent_key: Option<u64>,
}

impl Gate for Idempotency {
    type Limits = Limits;
    type State = Self;
    const SPEC: GateSpec = GateSpec {
        id: GateId(10),
        name: "idempotency",
        words: "an order that was sent before",
        reset: "judges every order anew; a number once used stays used",
        row: Row::EVERY_ORDER,
        unit: Unit::Number,
        limits: &[],
        armed: false,
        items: &["L3:108", "L4:143", "L4:190"],
        example: "[gates.idempotency]\n",
    };

    fn new(_: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self::default()
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, _: &RiskView) -> Result<(), Found> {
        let Some(order) = ask.new else { return Ok(()) };
        above(order.client_order_id.0, self.client_order_id)?;
        above(order.intent_key.0, self.intent_key)
    }

    #[inline]
    fn cleared(&mut self, ask: &Ask, _: &RiskView) {
        if let Some(order) = ask.new {
            self.client_order_id = Some(order.client_order_id.0);
            self.intent_key = Some(order.intent_key.0);
        }
    }

    fn save(&self) -> Self {
        self.clone()
    }

    fn restore(&mut self, state: Self) {
        *self = state;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        for mark in [self.client_order_id, self.intent_key] {
            hasher.update(&[u8::from(mark.is_some())]);
            hasher.update(&mark.unwrap_or(0).to_le_bytes());
        }
    }
}

fn above(number: u64, mark: Option<u64>) -> Result<(), Found> {
    match mark {
        Some(mark) if number <= mark => Err(Found { value: i128::from(number), limit: i128::from(mark) }),
        _ => Ok(()),
    }
}
