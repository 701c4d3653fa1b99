//! Stops everything that adds risk, at once, until a person says otherwise.
//!
//! Engaged by hand, by a script or by a breaker. While engaged it demands that every order sent before be cancelled,
//! blocks what adds risk, keeps what reduces it, and never stops a cancel. Latched: no time and no market releases it,
//! and a restart does not either. Engaging it twice is engaging it once. Switched `off` in the configuration it does
//! nothing when engaged, and reports say that it is not armed.
//!
//! A bot that is paused or stopped is held by this gate too, in the same way; the three differ in what ends them: a pause ends
//! with a resume, a stop with a start, a kill with its release, and none of these ends another. The gate opens when the last
//! one has ended. A refusal's value says what held, the strongest if several: 1 killed, 2 paused, 3 stopped.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{BotStatus, GateId, Instrument};
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
    /// The strongest of what holds the bot; `Running` while nothing does.
    status: BotStatus,
    /// Since when it is paused, stopped, killed.
    since: [Option<Timestamp>; 3],
}

/// What holds a bot, from the weakest.
const HOLDS: [BotStatus; 3] = [BotStatus::Paused, BotStatus::Stopped, BotStatus::Killed];

/// What a refusal says while `status` holds.
pub(super) const fn held(status: BotStatus) -> Found {
    let value = match status {
        BotStatus::Running => 0,
        BotStatus::Killed => 1,
        BotStatus::Paused => 2,
        BotStatus::Stopped => 3,
    };
    Found { value, limit: 0 }
}

impl KillSwitch {
    /// True when `status` did not hold the bot before.
    pub fn engage(&mut self, status: BotStatus, at: Timestamp) -> bool {
        let first = !self.holds(status);
        if let Some(since) = self.since_mut(status) {
            since.get_or_insert(at);
        }
        self.refresh();
        first
    }

    /// True when `status` was the last that held the bot.
    pub fn release(&mut self, status: BotStatus) -> bool {
        let held = self.holds(status);
        if let Some(since) = self.since_mut(status) {
            *since = None;
        }
        self.refresh();
        held && self.status == BotStatus::Running
    }

    pub fn holds(&self, status: BotStatus) -> bool {
        HOLDS.iter().zip(self.since).any(|(hold, since)| *hold == status && since.is_some())
    }

    pub const fn status(&self) -> BotStatus {
        self.status
    }

    fn since_mut(&mut self, status: BotStatus) -> Option<&mut Option<Timestamp>> {
        HOLDS.iter().zip(&mut self.since).find(|(hold, _)| **hold == status).map(|(_, since)| since)
    }

    fn refresh(&mut self) {
        let holds = HOLDS.iter().filter(|hold| self.holds(**hold)).max();
        self.status = holds.copied().unwrap_or_default();
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

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        match self.status {
            BotStatus::Running => Ok(()),
            status => Err(held(status)),
        }
    }

    fn engaged(&self) -> bool {
        self.status != BotStatus::Running
    }

    fn save(&self) -> Self {
        self.clone()
    }

    fn restore(&mut self, state: Self) {
        *self = state;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        let [paused, stopped, killed] = self.since;
        hasher.update(&killed.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        for since in [paused, stopped].into_iter().flatten() {
            hasher.update(&since.nanos().to_le_bytes());
        }
        if self.status != BotStatus::Running && paused.is_some() != stopped.is_some() {
            hasher.update(&[u8::from(paused.is_some())]);
        }
    }
}
