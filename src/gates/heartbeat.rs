//! A dead man's switch: without a heartbeat no orders.
//!
//! Whoever watches the bot says so again and again: [`Gates::heartbeat`](super::Gates::heartbeat). An order is refused once more than
//! `max_silence_ms` have passed on the bot's clock since the last heartbeat; exactly the limit passes. The first mark at which it is so
//! trips the gate, and every order that was open then is cancelled, but for those that only guard the position. What reduces risk
//! passes. The next heartbeat opens it: nobody has to re-enable it, since whoever watches is back.
//!
//! No baseline but the last heartbeat, no day, and no confirmation: silence is no bad tick. The start of a run is a heartbeat. Saved
//! and restored, it counts the silence from the last heartbeat before the restart; a bot that comes back without its state begins anew.
//!
//! Known limits: in a run whoever watches is a supervisor that beats at every mark until the scenario says `silence`, so that
//! between two marks the silence counts from the first of them; the limit must be longer than the risk clock's distance.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::spec::{GateSpec, LimitSpec, MILLISECONDS, Row, UNKNOWN, Unit};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{MILLISECOND, Span, Timestamp};

const MAX_SILENCE_MS: LimitSpec = LimitSpec {
    key: "max_silence_ms",
    unit: Unit::Milliseconds,
    default: Some(30_000),
    optional: false,
    min: MILLISECONDS.0,
    max: MILLISECONDS.1,
    words: "time without a heartbeat",
};

/// Limits of the gate `heartbeat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "HeartbeatLimits")]
pub struct Limits {
    /// Longest time without a heartbeat, in milliseconds of the bot's clock.
    pub max_silence_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_silence_ms: MAX_SILENCE_MS.default_value() as u32 }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX_SILENCE_MS, Some(i128::from(self.max_silence_ms)))]
    }
}

/// What must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    last: Option<Timestamp>,
    is_tripped: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Heartbeat {
    max_silence: Span,
    /// The last heartbeat; `None` where nobody has said anything yet, when nothing passes.
    last: Option<Timestamp>,
    is_tripped: bool,
}

impl Heartbeat {
    /// Somebody is there. True when the gate was tripped until then.
    pub fn beat(&mut self, at: Timestamp) -> bool {
        self.last = self.last.max(Some(at));
        std::mem::replace(&mut self.is_tripped, false)
    }

    fn silence(&self, now: Timestamp) -> Result<(), Found> {
        match self.last.map(|last| now.since(last)) {
            Some(silence) if silence <= self.max_silence => Ok(()),
            silence => {
                let value = silence.map_or(UNKNOWN, |silence| i128::from(silence.nanos()));
                Err(Found { value, limit: i128::from(self.max_silence.nanos()) })
            }
        }
    }
}

impl Gate for Heartbeat {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(29),
        name: "heartbeat",
        words: "more risk while nobody says that the bot is watched",
        reset: "opens with the next heartbeat",
        row: Row::RISK_LIMIT,
        unit: Unit::Nanoseconds,
        limits: &[MAX_SILENCE_MS],
        armed: false,
        items: &[],
        example: "[gates.heartbeat]\nmax_silence_ms = 30000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max_silence: MILLISECOND.times(i64::from(limits.max_silence_ms)), last: None, is_tripped: false }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        self.silence(risk.now)
    }

    fn open(&mut self, mark: &Mark) {
        self.last = Some(mark.at);
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        match self.silence(mark.at) {
            Err(found) if !self.is_tripped => {
                self.is_tripped = true;
                Turn::Tripped(found)
            }
            _ => Turn::Steady,
        }
    }

    fn engaged(&self) -> bool {
        self.is_tripped
    }

    fn save(&self) -> State {
        State { last: self.last, is_tripped: self.is_tripped }
    }

    fn restore(&mut self, state: State) {
        (self.last, self.is_tripped) = (state.last, state.is_tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.last.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        hasher.update(&[u8::from(self.is_tripped)]);
    }
}
