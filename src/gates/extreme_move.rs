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
use super::spec::{GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{MILLISECOND, SECOND, Span, Timestamp};
use std::collections::VecDeque;

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "move of the price within the window",
};

const WINDOW_MS: LimitSpec = LimitSpec {
    key: "window_ms",
    unit: Unit::Milliseconds,
    default: Some(60_000),
    optional: false,
    min: 1_000,
    max: 3_600_000,
    words: "length of the window",
};

const CONFIRM_MARKS: LimitSpec = LimitSpec {
    key: "confirm_marks",
    unit: Unit::Marks,
    default: Some(3),
    optional: false,
    min: 1,
    max: MOST as i128,
    words: "marks at the new price until it counts",
};

const PAUSE_MS: LimitSpec = pause_ms(300_000);

/// Most marks that a price may be asked to be confirmed by.
const MOST: usize = 10;

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

/// The highest of the last prices, if they are seen with a sign: those that a later one is as high as are left out, so that the
/// highest within the window is the first. As many as the window has seconds at most.
type Ridge = VecDeque<(Timestamp, i64)>;

/// Everything that must survive a restart. Prices are doubled mids in ticks.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    counted_at: Option<Timestamp>,
    recent: VecDeque<i64>,
    highest: Ridge,
    /// Of prices with their sign turned.
    lowest: Ridge,
    tripped: Option<Tripped>,
}

#[derive(Debug, Clone)]
pub(super) struct ExtremeMove {
    limit: i128,
    window: Span,
    /// How many marks the median is of: an odd number.
    sample: usize,
    engages_kill_switch: bool,
    counted_at: Option<Timestamp>,
    recent: VecDeque<i64>,
    highest: Ridge,
    lowest: Ridge,
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
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        let sample = 2 * (limits.confirm_marks as usize).clamp(1, MOST) - 1;
        let seconds = (limits.window_ms.min(WINDOW_MS.max as u32) / 1_000) as usize + 2;
        Self {
            limit: i128::from(limits.percent.ppb()),
            window,
            sample,
            engages_kill_switch: limits.engages_kill_switch,
            counted_at: None,
            recent: VecDeque::with_capacity(sample),
            highest: Ridge::with_capacity(seconds),
            lowest: Ridge::with_capacity(seconds),
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
        let is_soon = self.counted_at.is_some_and(|counted_at| mark.at.since(counted_at) < SECOND);
        match mark.best.mid_x2().filter(|_| !is_soon) {
            Some(mid_x2) => self.count(mark.at, mid_x2),
            None => Turn::Steady,
        }
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
        State {
            counted_at: self.counted_at,
            recent: self.recent.clone(),
            highest: self.highest.clone(),
            lowest: self.lowest.clone(),
            tripped: self.latch.save(),
        }
    }

    fn restore(&mut self, state: State) {
        self.forget();
        self.counted_at = state.counted_at;
        let surplus = state.recent.len().saturating_sub(self.sample);
        self.recent.extend(state.recent.into_iter().skip(surplus));
        self.highest.extend(state.highest);
        self.lowest.extend(state.lowest);
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.counted_at.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        hasher.update(&(self.recent.len() as u64).to_le_bytes());
        for mid in &self.recent {
            hasher.update(&mid.to_le_bytes());
        }
        for ridge in [&self.highest, &self.lowest] {
            hasher.update(&(ridge.len() as u64).to_le_bytes());
            for (at, mid) in ridge {
                hasher.update(&at.nanos().to_le_bytes());
                hasher.update(&mid.to_le_bytes());
            }
        }
        self.latch.digest(hasher);
    }
}

impl ExtremeMove {
    fn count(&mut self, at: Timestamp, mid_x2: i64) -> Turn {
        self.counted_at = Some(at);
        if self.recent.len() == self.sample {
            self.recent.pop_front();
        }
        self.recent.push_back(mid_x2);
        if self.recent.len() < self.sample {
            return Turn::Steady;
        }
        let settled = median(&self.recent);
        let highest = i128::from(reach(&mut self.highest, at, settled, self.window));
        let lowest = -i128::from(reach(&mut self.lowest, at, settled.saturating_neg(), self.window));
        let moved = moved(i128::from(settled) - lowest, lowest).max(moved(highest - i128::from(settled), highest));
        if moved <= self.limit {
            return Turn::Steady;
        }
        self.forget();
        self.latch.trip(at, Found { value: moved, limit: self.limit })
    }

    fn forget(&mut self) {
        self.counted_at = None;
        self.recent.clear();
        self.highest.clear();
        self.lowest.clear();
    }
}

/// A move in parts per billion, rounded up: above a whole limit exactly when the move is.
fn moved(by: i128, from: i128) -> i128 {
    if by == 0 { 0 } else { ppb_of(by, from) }
}

/// Takes in a price and returns the highest within the window.
fn reach(ridge: &mut Ridge, at: Timestamp, price: i64, window: Span) -> i64 {
    while ridge.front().is_some_and(|(seen_at, _)| window <= at.since(*seen_at)) {
        ridge.pop_front();
    }
    while ridge.back().is_some_and(|(_, lower)| *lower <= price) {
        ridge.pop_back();
    }
    ridge.push_back((at, price));
    ridge[0].1
}

/// The middle one of an odd number of prices, of which there is at least one.
fn median(prices: &VecDeque<i64>) -> i64 {
    let mut sorted = [0; 2 * MOST - 1];
    let sorted = &mut sorted[..prices.len()];
    for (place, price) in sorted.iter_mut().zip(prices) {
        *place = *price;
    }
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
