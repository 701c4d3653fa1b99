//! Stops every order while the session is not known to be a paper one.
//!
//! Whoever connects the bot says what it is connected to: [`Gates::connect`](super::Gates::connect). Until somebody has, and while it
//! is a live venue, no order and no amend passes, whatever it does to the position, be it called protective or not: what was meant for
//! paper has no business at a real venue. Cancels pass. No limit, no baseline, no day. What was said is not saved: after a restart the
//! session is unknown until it is said again.
//!
//! In a refusal the value says what the session is: 1 live, 2 unknown.
//!
//! Known limits: the gate believes what it is told. Here every venue is simulated and every session a paper one, but where a scenario
//! says `connect` to see what the bot would do.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument, Session};

/// The gate `paper_mode` has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PaperModeLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

#[derive(Debug, Clone)]
pub(super) struct PaperMode {
    session: Session,
}

impl PaperMode {
    /// What the bot is connected to.
    pub const fn session(&self) -> Session {
        self.session
    }

    /// Somebody says what the bot is connected to.
    pub const fn connect(&mut self, session: Session) {
        self.session = session;
    }
}

impl Gate for PaperMode {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(28),
        name: "paper_mode",
        words: "every order while the session is not known to be a paper one",
        reset: "opens when the bot is connected to a paper venue",
        row: Row::EVERY_ORDER,
        unit: Unit::Session,
        limits: &[],
        armed: false,
        items: &["L2:15", "L2:166", "L3:143", "L5:14", "L5:23"],
        example: "[gates.paper_mode]\n",
    };

    fn new(_: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { session: Session::Unknown }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        match self.session {
            Session::Paper => Ok(()),
            other => Err(Found { value: i128::from(other as u8), limit: i128::from(Session::Paper as u8) }),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[self.session as u8]);
    }
}
