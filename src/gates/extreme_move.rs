//! Stops risk for a while once the price has moved too far too fast.
//!
//! * Price: the mid of the venue's best prices at a mark, settled: the median of the last 2n-1 of them, n being the confirmation.
//!   Fewer than n wild prints in a row change nothing, neither as the price that is judged nor as the one it is judged by; n may.
//!   A mark without two sides, or less than a second after the last one counted, is not counted.
//! * Move: from the lowest settled price within the window up to the present one, in per cent of the lowest, or from the highest down,
//!   in per cent of the highest. A price exactly a window old has left it. No day: a window goes on over midnight.
//! * Exactly the limit passes; anything above is over it. A move that cannot be computed, from a price of nothing or less, is over it.
//! * Confirmation is the median's. Nothing is judged until 2n-1 marks have been counted.
//! * Latch: it opens with the first mark at which the pause after the trip is over; with a pause of 0 when a person re-enables it by
//!   name. Either way prices from before are forgotten: what moved has been answered.
//! * Prices, trip and pause survive a restart. Orders, in whatever state, play no part.
//!
//! Known limit: one market's price; at ticks of the risk clock, so that a move and its way back between two of them are not seen.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn, ppb_of};
use super::latch::{Latch, Tripped, pause_ms};
use super::settled::{CONFIRM_MARKS, Reach, Settled, SettledState, WINDOW_MS};
use super::spec::{GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument, Mark};

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "move of the price within the window",
};

const PAUSE_MS: LimitSpec = pause_ms(300_000);

/// Limits of the gate `extreme_move`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ExtremeMoveLimits")]
pub struct Limits {
    /// Largest move within the window, in per cent of the price that it began at.
    pub percent: Percent,
    /// Length of the window in milliseconds.
    pub window_ms: u32,
    /// Marks at the new price until it counts.
    pub confirm_marks: u32,
    /// Pause after a trip in milliseconds; 0 is until it is re-enabled by name.
    pub pause_ms: u32,
    /// The trip engages the kill switch as well, which stays engaged when the pause is over.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            percent: Percent::from_ppb(PERCENT.default_value() as i64),
            window_ms: WINDOW_MS.default_value() as u32,
            confirm_marks: CONFIRM_MARKS.default_value() as u32,
            pause_ms: PAUSE_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![
            (PERCENT, Some(i128::from(self.percent.ppb()))),
            (WINDOW_MS, Some(i128::from(self.window_ms))),
            (CONFIRM_MARKS, Some(i128::from(self.confirm_marks))),
            (PAUSE_MS, Some(i128::from(self.pause_ms))),
        ]
    }
}

/// What must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    prices: SettledState,
    tripped: Option<Tripped>,
}

#[derive(Debug, Clone)]
pub(super) struct ExtremeMove {
    limit: i128,
    engages_kill_switch: bool,
    prices: Settled,
    latch: Latch,
}

impl Gate for ExtremeMove {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(20),
        name: "extreme_move",
        words: "more risk once the price moved too far too fast",
        reset: "opens when its pause is over; with a pause of 0 latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Percent,
        limits: &[PERCENT, WINDOW_MS, CONFIRM_MARKS, PAUSE_MS],
        armed: false,
        items: &["L1:110"],
        example: "[gates.extreme_move]\npercent = \"5\"\nwindow_ms = 60000\nconfirm_marks = 3\npause_ms = 300000\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self {
            limit: i128::from(limits.percent.ppb()),
            engages_kill_switch: limits.engages_kill_switch,
            prices: Settled::new(limits.window_ms, limits.confirm_marks),
            latch: Latch::new(limits.pause_ms),
        }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.latch.check()
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.latch.is_tripped() {
            return if self.latch.reopen(mark.at) { Turn::Reopened } else { Turn::Steady };
        }
        let Some(reach) = self.prices.mark(mark) else { return Turn::Steady };
        let moved = farther(&reach);
        if moved <= self.limit {
            return Turn::Steady;
        }
        self.prices.forget();
        self.latch.trip(mark.at, Found { value: moved, limit: self.limit })
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
        State { prices: self.prices.save(), tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        self.prices.restore(state.prices);
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.prices.digest(hasher);
        self.latch.digest(hasher);
    }
}

/// The larger move to the present price, up from the lowest or down from the highest.
fn farther(reach: &Reach) -> i128 {
    let [last, lowest, highest] = [reach.last, reach.range.lowest, reach.range.highest].map(i128::from);
    moved(last - lowest, lowest).max(moved(highest - last, highest))
}

/// A move in parts per billion, rounded up: above a whole limit exactly when the move is.
fn moved(by: i128, from: i128) -> i128 {
    if by == 0 { 0 } else { ppb_of(by, from) }
}
