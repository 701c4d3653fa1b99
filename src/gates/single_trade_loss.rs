//! Stops risk once one round trip has lost too much.
//!
//! * Round trip: from a flat position until it is zero again or crosses it, as in `consecutive_losses`. Its loss is what the bot's
//!   ledger realised at average cost, fees of all its fills taken off, and is judged after every fill: many small closes count
//!   together, and the breaker does not wait for the last of them.
//! * Baseline: the account's equity at the last mark before the round trip began, the opening equity before the first mark. A
//!   percentage is of that, rounded down to an atto; of one of nothing or less it is nothing. With two limits the smaller one counts.
//! * Exactly the limit passes; one atto more is over it.
//! * No confirmation: fills are no prints, the venue has booked them. No day: a round trip goes on over midnight.
//! * Latch: it stays tripped until a person re-enables it by name, or, with a pause, until the first mark at which that is over. What the
//!   round trip lost until then is forgotten.
//! * An order in unknown state counts once its fills are heard of. Round trip, baseline and trip survive a restart.
//!
//! Known limit: what a position loses while it is held is not a trade's loss until it is closed: that is for `drawdown`.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::latch::{Latch, Tripped, pause_ms};
use super::loss::Allowance;
use super::round_trip::RoundTrip;
use super::spec::{AMOUNTS, GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Amount, Execution, Percent, RiskView, Setting};
use crate::model::{ExecutionReport, GateId, Instrument, Mark};
use crate::units::Money;

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: true,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "loss of one round trip, in per cent of equity before it",
};

const ABSOLUTE: LimitSpec = LimitSpec {
    key: "absolute",
    unit: Unit::Quote,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "loss of one round trip",
};

const PAUSE_MS: LimitSpec = pause_ms(0);

/// Limits of the gate `single_trade_loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "SingleTradeLossLimits")]
pub struct Limits {
    /// Largest loss in per cent of the equity before the round trip, or `"off"`.
    pub percent: Setting<Percent>,
    /// Largest loss in the quote asset, or `"off"`.
    pub absolute: Setting<Amount>,
    /// Pause after a trip in milliseconds; 0 is until it is re-enabled by name.
    pub pause_ms: u32,
    /// The trip engages the kill switch as well.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            percent: Setting::On(Percent::from_ppb(PERCENT.default_value() as i64)),
            absolute: Setting::Off,
            pause_ms: PAUSE_MS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![
            (PERCENT, self.percent.as_ref().map(|percent| i128::from(percent.ppb()))),
            (ABSOLUTE, self.absolute.as_ref().map(|amount| amount.money().atto())),
            (PAUSE_MS, Some(i128::from(self.pause_ms))),
        ]
    }
}

/// What must survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// As of the last mark.
    equity: Money,
    /// As of the last mark before the round trip began.
    baseline: Money,
    round_trip: RoundTrip,
    tripped: Option<Tripped>,
}

#[derive(Debug, Clone)]
pub(super) struct SingleTradeLoss {
    allowance: Allowance,
    engages_kill_switch: bool,
    equity: Money,
    baseline: Money,
    round_trip: RoundTrip,
    latch: Latch,
}

impl Gate for SingleTradeLoss {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(22),
        name: "single_trade_loss",
        words: "more risk once one round trip lost too much",
        reset: "latched until re-enabled by name; with a pause until that is over",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[PERCENT, ABSOLUTE, PAUSE_MS],
        armed: false,
        items: &[],
        example: "[gates.single_trade_loss]\npercent = \"5\"\nabsolute = \"500\"\npause_ms = 0\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self {
            allowance: Allowance { percent: limits.percent, absolute: limits.absolute },
            engages_kill_switch: limits.engages_kill_switch,
            equity: Money::ZERO,
            baseline: Money::ZERO,
            round_trip: RoundTrip::default(),
            latch: Latch::new(limits.pause_ms),
        }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.latch.check()
    }

    fn open(&mut self, mark: &Mark) {
        (self.equity, self.baseline) = (mark.equity, mark.equity);
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        self.equity = mark.equity;
        let reopened = self.latch.reopen(mark.at);
        if reopened {
            self.round_trip = RoundTrip::default();
        }
        if reopened { Turn::Reopened } else { Turn::Steady }
    }

    const HEARS_REPORTS: bool = true;

    fn on_report(&mut self, report: &ExecutionReport, execution: Option<&Execution>) -> Turn {
        let Some(execution) = execution else { return Turn::Steady };
        if execution.before.is_zero() {
            self.baseline = self.equity;
        }
        let allowed = self.allowance.of(self.baseline);
        let booked = self.round_trip.book(execution);
        if booked.ended {
            self.baseline = self.equity;
        }
        let loss = booked.result.atto().saturating_neg();
        match allowed.filter(|allowed| allowed.atto() < loss && !self.latch.is_tripped()) {
            Some(allowed) => self.latch.trip(report.reported_at, Found { value: loss, limit: allowed.atto() }),
            None => Turn::Steady,
        }
    }

    fn engaged(&self) -> bool {
        self.latch.is_tripped()
    }

    fn reenable(&mut self) -> bool {
        let was_tripped = self.latch.release();
        if was_tripped {
            self.round_trip = RoundTrip::default();
        }
        was_tripped
    }

    fn kills(&self) -> bool {
        self.engages_kill_switch
    }

    fn save(&self) -> State {
        let (equity, baseline, round_trip) = (self.equity, self.baseline, self.round_trip);
        State { equity, baseline, round_trip, tripped: self.latch.save() }
    }

    fn restore(&mut self, state: State) {
        (self.equity, self.baseline, self.round_trip) = (state.equity, state.baseline, state.round_trip);
        self.latch.restore(state.tripped);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.equity.atto().to_le_bytes());
        hasher.update(&self.baseline.atto().to_le_bytes());
        self.round_trip.digest(hasher);
        self.latch.digest(hasher);
    }
}
