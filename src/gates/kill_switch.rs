//! Stops everything that adds risk, at once, until a person says otherwise.
//!
//! Engaged by hand, by a script or by a breaker. While engaged it demands that every order sent before be cancelled,
//! blocks what adds risk, keeps what reduces it, and never stops a cancel. Latched: no time and no market releases it,
//! and a restart does not either. Engaging it twice is engaging it once. Switched `off` in the configuration it does
//! nothing when engaged, and reports say that it is not armed.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument};
use crate::units::Timestamp;

/// The kill switch has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "KillSwitchLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

/// Survives a restart as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KillSwitch {
    engaged_at: Option<Timestamp>,
}

/// What a refusal of an engaged switch says.
pub(super) const ENGAGED: Found = Found { value: 1, limit: 0 };

impl KillSwitch {
    /// True when it was not engaged before.
    pub fn engage(&mut self, at: Timestamp) -> bool {
        let first = self.engaged_at.is_none();
        self.engaged_at.get_or_insert(at);
        first
    }

    /// True when it was engaged before.
    pub fn release(&mut self) -> bool {
        self.engaged_at.take().is_some()
    }
}

impl Gate for KillSwitch {
    type Limits = Limits;
    type State = Self;
    const SPEC: GateSpec = GateSpec {
        id: GateId(1),
        name: "kill_switch",
        words: "everything that adds risk, once somebody said stop",
        reset: "latched until released by hand",
        row: Row::RISK_LIMIT,
        unit: Unit::Switch,
        limits: &[],
        armed: true,
        items: &["L1:144", "L2:105", "L2:130"],
        example: "[gates.kill_switch]\n",
    };

    fn new(_: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self::default()
    }

    #[inline]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        if self.engaged_at.is_some() { Err(ENGAGED) } else { Ok(()) }
    }

    fn engaged(&self) -> bool {
        self.engaged_at.is_some()
    }

    fn save(&self) -> Self {
        self.clone()
    }

    fn restore(&mut self, state: Self) {
        *self = state;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.engaged_at.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
    }
}
