//! Closes a position that has lost too much, and stops risk for a while.
//!
//! * Loss: what the position was entered for, at average cost, less what it is worth at the mid of the venue's best prices at a mark; of
//!   a short position the other way round. Fees are left out: it is the price that has gone too far. A mark without two sides is not
//!   judged, and a flat account has nothing to lose.
//! * Baseline: what the position was entered for, as the venue's account has it; a percentage is of that. Adding to a position or
//!   closing a part of it moves the average and the amount, not the percentage that is allowed. A position that is turned is another one.
//! * Exactly the limit passes; anything above is over it. A loss that cannot be computed, on a position that was
//!   entered for nothing, is over it.
//! * Confirmation: it trips at the n-th consecutive mark over the limit, so that one wild print closes nothing. A mark less than a second
//!   after the last one counted is not counted, whatever made it; one within the limit starts the count again. No day: a position goes on
//!   over midnight.
//! * Enforcement: a trip cancels what adds risk, like that of any breaker, and unless `closes_position` is off it sells what is held
//!   (buys, if short): everything open in the market is cancelled, then market orders, reduce-only, go out one after the other until
//!   nothing is held, as by the command `flatten`, for as long as it is tripped. No limit on risk or on bursts stops them; the venue's filters
//!   do. The strategy is not called meanwhile, in no market.
//! * Latch: it opens with the first mark at which the pause after the trip is over; with a pause of 0 when a person re-enables it by
//!   name. A position that is still held by then, and still over the limit, trips it again.
//! * An order in unknown state counts once its fills are at the venue. Count, trip and pause survive a restart; what the position was
//!   entered for is the account's to know.
//!
//! Known limit: it is judged at ticks of the risk clock, so that a position is closed at most one of them and the confirmation after the
//! price was there; how far the market has gone by then is what a market order pays.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn, ppb_of, product};
use super::latch::{Latch, Tripped, pause_ms};
use super::spec::{CONFIRM_MARKS, GateSpec, LimitSpec, ONE_PERCENT, Row, UNKNOWN, Unit};
use super::{Percent, RiskView};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{Money, SECOND, Timestamp};

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: false,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "loss of an open position, in per cent of what it was entered for",
};

const PAUSE_MS: LimitSpec = pause_ms(300_000);

/// Limits of the gate `stop_loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "StopLossLimits")]
pub struct Limits {
    /// Largest loss of an open position, in per cent of what it was entered for.
    pub percent: Percent,
    /// Consecutive marks over the limit until it trips.
    pub confirm_marks: u32,
    /// The position is closed when it trips.
    pub closes_position: bool,
    /// Pause after a trip in milliseconds; 0 is until it is re-enabled by name.
    pub pause_ms: u32,
    /// The trip engages the kill switch as well, which stays engaged when the pause is over.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            percent: Percent::from_ppb(PERCENT.default_value() as i64),
            confirm_marks: CONFIRM_MARKS.default_value() as u32,
            closes_position: true,
            pause_ms: PAUSE_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![
            (PERCENT, Some(i128::from(self.percent.ppb()))),
            (CONFIRM_MARKS, Some(i128::from(self.confirm_marks))),
            (PAUSE_MS, Some(i128::from(self.pause_ms))),
        ]
    }
}

/// What must survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    counted_at: Option<Timestamp>,
    over: u32,
    tripped: Option<Tripped>,
}

#[derive(Debug, Clone)]
pub(super) struct StopLoss {
    limit: i128,
    confirm_marks: u32,
    closes_position: bool,
    engages_kill_switch: bool,
    /// Quote of a tick and a step.
    scales: Scales,
    /// Signed: what is held now was entered for this.
    entered_for: Money,
    counted_at: Option<Timestamp>,
    /// Marks over the limit in a row.
    over: u32,
    latch: Latch,
}

impl Gate for StopLoss {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(32),
        name: "stop_loss",
        words: "more risk once an open position lost too much, which it closes",
        reset: "opens when its pause is over; with a pause of 0 latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Percent,
        limits: &[PERCENT, CONFIRM_MARKS, PAUSE_MS],
        armed: false,
        items: &["L1:50"],
        example: "[gates.stop_loss]\npercent = \"5\"\nconfirm_marks = 3\ncloses_position = true\npause_ms = 300000\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self {
            limit: i128::from(limits.percent.ppb()),
            confirm_marks: limits.confirm_marks,
            closes_position: limits.closes_position,
            engages_kill_switch: limits.engages_kill_switch,
            scales: *scales,
            entered_for: Money::ZERO,
            counted_at: None,
            over: 0,
            latch: Latch::new(limits.pause_ms),
        }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.latch.check()
    }

    fn entered_for(&mut self, amount: Money) {
        self.entered_for = amount;
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.latch.is_tripped() {
            return if self.latch.reopen(mark.at) { Turn::Reopened } else { Turn::Steady };
        }
        let loss = if mark.position.is_zero() { Some(0) } else { self.loss(mark) };
        let is_soon = self.counted_at.is_some_and(|counted_at| mark.at.since(counted_at) < SECOND);
        let Some(loss) = loss.filter(|_| !is_soon) else { return Turn::Steady };
        self.counted_at = Some(mark.at);
        self.over = if self.limit < loss { self.over.saturating_add(1) } else { 0 };
        if self.over < self.confirm_marks.max(1) {
            return Turn::Steady;
        }
        self.over = 0;
        self.latch.trip(mark.at, Found { value: loss, limit: self.limit })
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
        State { counted_at: self.counted_at, over: self.over, tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        (self.counted_at, self.over) = (state.counted_at, state.over);
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.counted_at.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        hasher.update(&self.over.to_le_bytes());
        self.latch.digest(hasher);
    }
}

impl StopLoss {
    /// It is tripped, and whatever is held is to be closed.
    pub const fn wants_closed(&self) -> bool {
        self.closes_position && self.latch.is_tripped()
    }

    /// What the position has lost, in parts per billion of what it was entered for, rounded up: above a whole limit exactly when the loss
    /// is; unknown where the cost is none, or of the other sign than the position. `None` without a price.
    fn loss(&self, mark: &Mark) -> Option<i128> {
        let doubled = product(i128::from(mark.position.steps()), i128::from(mark.best.mid_x2()?));
        let worth_x2 = doubled.and_then(|doubled| self.scales.exact_worth(doubled));
        let is_cost = self.entered_for.atto().signum() == i128::from(mark.position.steps().signum());
        let entered_x2 = self.entered_for.atto().checked_mul(2).filter(|_| is_cost);
        let both = entered_x2.and_then(|entered_x2| Some((entered_x2.abs(), entered_x2.checked_sub(worth_x2?)?)));
        Some(both.map_or(UNKNOWN, |(size_x2, lost_x2)| if lost_x2 <= 0 { 0 } else { ppb_of(lost_x2, size_x2) }))
    }
}
