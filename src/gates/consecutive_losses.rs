//! Stops risk once too many round trips in a row have lost.
//!
//! * Round trip: from a flat position until it is zero again or crosses it. Its result is what the bot's ledger realised at average
//!   cost, fees of all its fills taken off; a fill that crosses zero belongs, fee and all, to the round trip that it ends. A position
//!   that the run opened with is one, from its opening price on.
//! * A losing one counts, a winning one starts the count again, and one that breaks even to the atto does neither.
//! * The limit is the loss that is one too many: with 5, the fifth in a row trips.
//! * No day and no baseline: the count goes on over midnight. No confirmation: fills are no prints, the venue has booked them.
//! * Latch: it stays tripped until a person re-enables it by name, or, with a pause, until the first mark at which that is over. Round
//!   trips that end meanwhile are not counted, and the count starts again.
//! * An order in unknown state counts once its fills are heard of. Count, present round trip and trip survive a restart.
//!
//! Known limit: the round trips of one market.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::latch::{Latch, Tripped, pause_ms};
use super::round_trip::RoundTrip;
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use super::{Execution, RiskView};
use crate::model::{ExecutionReport, GateId, Instrument, Mark};
use crate::units::Money;
use std::cmp::Ordering;

const LOSSES: LimitSpec = LimitSpec {
    key: "losses",
    unit: Unit::Losses,
    default: Some(5),
    optional: false,
    min: 1,
    max: 1_000,
    words: "losing round trips in a row, the last of which is one too many",
};

const PAUSE_MS: LimitSpec = pause_ms(0);

/// Limits of the gate `consecutive_losses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ConsecutiveLossesLimits")]
pub struct Limits {
    /// Losing round trips in a row at which it trips.
    pub losses: u32,
    /// Pause after a trip in milliseconds; 0 is until it is re-enabled by name.
    pub pause_ms: u32,
    /// The trip engages the kill switch as well.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            losses: LOSSES.default_value() as u32,
            pause_ms: PAUSE_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(LOSSES, Some(i128::from(self.losses))), (PAUSE_MS, Some(i128::from(self.pause_ms)))]
    }
}

/// What must survive a restart: without it a bad run would be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    round_trip: RoundTrip,
    in_a_row: u32,
    tripped: Option<Tripped>,
}

#[derive(Debug, Clone)]
pub(super) struct ConsecutiveLosses {
    losses: u32,
    engages_kill_switch: bool,
    round_trip: RoundTrip,
    in_a_row: u32,
    latch: Latch,
}

impl Gate for ConsecutiveLosses {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(21),
        name: "consecutive_losses",
        words: "more risk once too many round trips in a row lost",
        reset: "latched until re-enabled by name; with a pause until that is over",
        row: Row::RISK_LIMIT,
        unit: Unit::Losses,
        limits: &[LOSSES, PAUSE_MS],
        armed: false,
        items: &["L4:36"],
        example: "[gates.consecutive_losses]\nlosses = 5\npause_ms = 0\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self {
            losses: limits.losses,
            engages_kill_switch: limits.engages_kill_switch,
            round_trip: RoundTrip::default(),
            in_a_row: 0,
            latch: Latch::new(limits.pause_ms),
        }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.latch.check()
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.latch.reopen(mark.at) { Turn::Reopened } else { Turn::Steady }
    }

    const HEARS_REPORTS: bool = true;

    fn on_report(&mut self, report: &ExecutionReport, execution: Option<&Execution>) -> Turn {
        let Some(booked) = execution.map(|execution| self.round_trip.book(execution)) else { return Turn::Steady };
        if !booked.ended || self.latch.is_tripped() {
            return Turn::Steady;
        }
        self.in_a_row = match booked.result.cmp(&Money::ZERO) {
            Ordering::Less => self.in_a_row.saturating_add(1),
            Ordering::Equal => self.in_a_row,
            Ordering::Greater => 0,
        };
        if self.in_a_row < self.losses {
            return Turn::Steady;
        }
        let value = i128::from(std::mem::take(&mut self.in_a_row));
        self.latch.trip(report.reported_at, Found { value, limit: i128::from(self.losses) })
    }

    fn engaged(&self) -> bool {
        self.latch.is_tripped()
    }

    fn reenable(&mut self) -> bool {
        self.latch.release()
    }

    fn kills(&self) -> bool {
        self.engages_kill_switch
    }

    fn save(&self) -> State {
        State { round_trip: self.round_trip, in_a_row: self.in_a_row, tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        self.round_trip = state.round_trip;
        self.in_a_row = state.in_a_row;
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.round_trip.digest(hasher);
        hasher.update(&self.in_a_row.to_le_bytes());
        self.latch.digest(hasher);
    }
}
