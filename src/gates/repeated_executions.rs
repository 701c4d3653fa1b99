//! Stops a bot that executes on one side over and over.
//!
//! * Counts the orders of each side that began to execute: one that fills in many parts counts once, at its first fill, when the bot
//!   hears of it. Orders of the other side neither count nor start the count again.
//! * The limit is the execution that is one too many: with 20, the twentieth on a side within the window trips. One exactly a window old
//!   has left it. Buys and sells are counted alike.
//! * No baseline and no day: the window slides over midnight. No confirmation: the venue has booked every fill.
//! * Latch: it stays tripped, whatever the clock says, through days and restarts, until a person re-enables it by name: a bot that does
//!   the same thing again and again is for a person to look at. The executions from before are forgotten then.
//! * An order in unknown state counts once its first fill is heard of. What reduces risk counts, and is not stopped. Executions of the
//!   windows and trip survive a restart.
//!
//! Known limit: the executions of one market.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::latch::{Latch, Tripped};
use super::spec::{GateSpec, LimitSpec, MILLISECONDS, Row, Unit};
use super::window::Window;
use super::{Execution, RiskView};
use crate::model::{ExecutionReport, GateId, Instrument, ReportKind};
use crate::units::{MILLISECOND, Timestamp};

const EXECUTIONS: LimitSpec = LimitSpec {
    key: "executions",
    unit: Unit::Executions,
    default: Some(20),
    optional: false,
    min: 1,
    max: 10_000,
    words: "orders of one side executed within the window, the last of which is one too many",
};

const WINDOW_MS: LimitSpec = LimitSpec {
    key: "window_ms",
    unit: Unit::Milliseconds,
    default: Some(60_000),
    optional: false,
    min: MILLISECONDS.0,
    max: MILLISECONDS.1,
    words: "length of the window",
};

/// Limits of the gate `repeated_executions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "RepeatedExecutionsLimits")]
pub struct Limits {
    /// Orders of one side executed within a window at which it trips.
    pub executions: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
    /// The trip engages the kill switch as well.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            executions: EXECUTIONS.default_value() as u32,
            window_ms: WINDOW_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(EXECUTIONS, Some(i128::from(self.executions))), (WINDOW_MS, Some(i128::from(self.window_ms)))]
    }
}

/// What must survive a restart. By side, buys first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    executions: [Vec<Timestamp>; 2],
    tripped: Option<Tripped>,
}

/// The last executions of each side, as many as trip.
#[derive(Debug, Clone)]
pub(super) struct RepeatedExecutions {
    executions: [Window; 2],
    engages_kill_switch: bool,
    latch: Latch,
}

impl Gate for RepeatedExecutions {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(24),
        name: "repeated_executions",
        words: "more risk once the bot executed on one side over and over",
        reset: "latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Executions,
        limits: &[EXECUTIONS, WINDOW_MS],
        armed: false,
        items: &[],
        example: "[gates.repeated_executions]\nexecutions = 20\nwindow_ms = 60000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let most = limits.executions.clamp(1, EXECUTIONS.max as u32) as usize;
        let window = || Window::new(MILLISECOND.times(i64::from(limits.window_ms)), most);
        Self { executions: [window(), window()], engages_kill_switch: limits.engages_kill_switch, latch: Latch::new(0) }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.latch.check()
    }

    const HEARS_REPORTS: bool = true;

    fn on_report(&mut self, report: &ExecutionReport, _: Option<&Execution>) -> Turn {
        let ReportKind::Filled(fill) = &report.kind else { return Turn::Steady };
        if fill.quantity != report.executed || self.latch.is_tripped() {
            return Turn::Steady;
        }
        let window = &mut self.executions[report.side.index()];
        window.count(report.reported_at);
        if !window.is_full(report.reported_at) {
            return Turn::Steady;
        }
        let limit = window.most() as i128;
        self.executions.iter_mut().for_each(Window::clear);
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
        State { executions: self.executions.each_ref().map(Window::save), tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        for (window, executions) in self.executions.iter_mut().zip(&state.executions) {
            window.restore(executions);
        }
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.executions.iter().for_each(|window| window.digest(hasher));
        self.latch.digest(hasher);
    }
}
