//! Stops risk once the venue has rejected too much in a while.
//!
//! * Error: an order, amend or cancel that the venue rejects. Two rejects are the market's answer and no error: a post-only order that
//!   would take, and a request for an order that has ended meanwhile.
//! * The limit is the error that is one too many: with 10, the tenth within the window trips. An error exactly a window old has left
//!   it. Instants are those at which the bot hears of the reject.
//! * No baseline and no day: the window slides over midnight. No confirmation: every reject is the venue's word.
//! * Latch: it opens with the first mark at which the pause after the trip is over; with a pause of 0 when a person re-enables it by
//!   name. Either way the errors from before are forgotten; those that come while it is tripped are not counted.
//! * An order in unknown state is no error until the venue says so. Errors of the window and trip survive a restart.
//!
//! Known limit: rejects alone; an answer that never comes is not one.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::latch::{Latch, Tripped, pause_ms};
use super::spec::{GateSpec, LimitSpec, MILLISECONDS, Row, Unit};
use super::window::Window;
use super::{Execution, RiskView};
use crate::model::{ExecutionReport, GateId, Instrument, Mark, RejectReason, ReportKind};
use crate::units::{MILLISECOND, Timestamp};

const ERRORS: LimitSpec = LimitSpec {
    key: "errors",
    unit: Unit::Errors,
    default: Some(10),
    optional: false,
    min: 1,
    max: 10_000,
    words: "rejects by the venue within the window, the last of which is one too many",
};

const WINDOW_MS: LimitSpec = LimitSpec {
    key: "window_ms",
    unit: Unit::Milliseconds,
    default: Some(3_600_000),
    optional: false,
    min: MILLISECONDS.0,
    max: MILLISECONDS.1,
    words: "length of the window",
};

const PAUSE_MS: LimitSpec = pause_ms(3_600_000);

/// Limits of the gate `error_rate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ErrorRateLimits")]
pub struct Limits {
    /// Rejects within a window at which it trips.
    pub errors: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
    /// Pause after a trip in milliseconds; 0 is until it is re-enabled by name.
    pub pause_ms: u32,
    /// The trip engages the kill switch as well, which stays engaged when the pause is over.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            errors: ERRORS.default_value() as u32,
            window_ms: WINDOW_MS.default_value() as u32,
            pause_ms: PAUSE_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        let value = |limit: u32| Some(i128::from(limit));
        vec![(ERRORS, value(self.errors)), (WINDOW_MS, value(self.window_ms)), (PAUSE_MS, value(self.pause_ms))]
    }
}

/// What must survive a restart: without it errors would be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    errors: Vec<Timestamp>,
    tripped: Option<Tripped>,
}

/// The last errors, as many as trip.
#[derive(Debug, Clone)]
pub(super) struct ErrorRate {
    errors: Window,
    engages_kill_switch: bool,
    latch: Latch,
}

impl Gate for ErrorRate {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(23),
        name: "error_rate",
        words: "more risk once the venue rejected too much in a while",
        reset: "opens when its pause is over; with a pause of 0 latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Errors,
        limits: &[ERRORS, WINDOW_MS, PAUSE_MS],
        armed: false,
        items: &["L4:37"],
        example: "[gates.error_rate]\nerrors = 10\nwindow_ms = 3600000\npause_ms = 3600000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let most = limits.errors.clamp(1, ERRORS.max as u32) as usize;
        Self {
            errors: Window::new(MILLISECOND.times(i64::from(limits.window_ms)), most),
            engages_kill_switch: limits.engages_kill_switch,
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

    fn on_report(&mut self, report: &ExecutionReport, _: Option<&Execution>) -> Turn {
        if !is_error(&report.kind) || self.latch.is_tripped() {
            return Turn::Steady;
        }
        self.errors.count(report.reported_at);
        if !self.errors.is_full(report.reported_at) {
            return Turn::Steady;
        }
        self.errors.clear();
        let limit = self.errors.most() as i128;
        self.latch.trip(report.reported_at, Found { value: limit, limit })
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
        State { errors: self.errors.save(), tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        self.errors.restore(&state.errors);
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.errors.digest(hasher);
        self.latch.digest(hasher);
    }
}

fn is_error(kind: &ReportKind) -> bool {
    match kind {
        ReportKind::Rejected(reason) | ReportKind::RequestRejected(reason) => {
            // What the bot's own gateway held back is no error of its orders.
            !matches!(
                reason,
                RejectReason::PostOnlyWouldTake
                    | RejectReason::UnknownOrder
                    | RejectReason::NotPlaced
                    | RejectReason::HalfDone
            )
        }
        ReportKind::Accepted
        | ReportKind::Triggered
        | ReportKind::Amended { .. }
        | ReportKind::Filled(_)
        | ReportKind::Busted(_)
        | ReportKind::Corrected(_)
        | ReportKind::Ended(_) => false,
    }
}
