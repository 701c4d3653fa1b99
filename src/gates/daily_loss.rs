//! Stops risk for the rest of the UTC day once the day has lost too much.
//!
//! * Loss: equity at the day's start minus equity now, realised and unrealised and fees together.
//! * Baseline: the first mark of a UTC day of venue time; on the first day the opening equity. A percentage is of that
//!   baseline, rounded down to an atto; of a baseline below zero it is nothing. With two limits the smaller one counts.
//! * Exactly the limit passes; one atto more is over it.
//! * Confirmation: it trips at the n-th consecutive mark over the limit, so that one wild print trips nothing. Marks of
//!   one instant count once; a mark within the limit starts the count again. A loss that cannot be computed is over it.
//! * Money that the owner puts in or takes out moves the baseline with equity: it is no profit and no loss. What may be lost stays a
//!   share of what the day began with.
//! * Latch: it stays tripped, whatever equity does, until the first mark of the next UTC day.
//!
//! Known limit: the count of losses starts anew every day, so a slow bleed below the limit never trips it.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::loss::{Allowance, Held, LossWatch};
use super::spec::{AMOUNTS, CONFIRM_MARKS, GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Amount, Percent, RiskView, Setting};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{Day, Money};

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(5 * ONE_PERCENT),
    optional: true,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "loss since the start of the UTC day, in per cent of equity then",
};

const ABSOLUTE: LimitSpec = LimitSpec {
    key: "absolute",
    unit: Unit::Quote,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "loss since the start of the UTC day",
};

/// Limits of the gate `daily_loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "DailyLossLimits")]
pub struct Limits {
    /// Largest loss in per cent of the equity at the day's start, or `"off"`.
    pub percent: Setting<Percent>,
    /// Largest loss in the quote asset, or `"off"`.
    pub absolute: Setting<Amount>,
    /// Consecutive marks over the limit until it trips.
    pub confirm_marks: u32,
    /// The trip engages the kill switch as well, which stays engaged when the day is over.
    pub engages_kill_switch: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            percent: Setting::On(Percent::from_ppb(PERCENT.default_value() as i64)),
            absolute: Setting::Off,
            confirm_marks: CONFIRM_MARKS.default_value() as u32,
            engages_kill_switch: false,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![
            (PERCENT, self.percent.as_ref().map(|percent| i128::from(percent.ppb()))),
            (ABSOLUTE, self.absolute.as_ref().map(|amount| amount.money().atto())),
            (CONFIRM_MARKS, Some(i128::from(self.confirm_marks))),
        ]
    }
}

/// What must survive a restart: without it a day's losses would be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// Counted from 1970.
    day: Option<i64>,
    held: Option<Held>,
}

#[derive(Debug, Clone)]
pub(super) struct DailyLoss {
    watch: LossWatch,
    day: Option<i64>,
    engages_kill_switch: bool,
}

impl Gate for DailyLoss {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(3),
        name: "daily_loss",
        words: "more risk on a UTC day that lost too much",
        reset: "latched until the first mark of the next UTC day",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[PERCENT, ABSOLUTE, CONFIRM_MARKS],
        armed: true,
        items: &["L1:51", "L2:148", "L2:158", "L4:35"],
        example: "[gates.daily_loss]\npercent = \"5\"\nabsolute = \"500\"\nconfirm_marks = 3\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let allowance = Allowance { percent: limits.percent, absolute: limits.absolute };
        let watch = LossWatch::new(allowance, limits.confirm_marks);
        Self { watch, day: None, engages_kill_switch: limits.engages_kill_switch }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.watch.check()
    }

    fn open(&mut self, mark: &Mark) {
        self.day = Some(mark.at.day().number());
        self.watch.begin(Some(Held::starting(mark.at, mark.equity)));
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.day.is_some_and(|day| !Day::of_number(day).is_over(mark.at)) {
            return self.watch.judge(mark);
        }
        let was_tripped = self.watch.tripped();
        self.open(mark);
        if was_tripped { Turn::Reopened } else { Turn::Steady }
    }

    fn allocated(&mut self, amount: Money) {
        self.watch.allocated(amount);
    }

    #[inline]
    fn trip_equity(&self) -> Option<Money> {
        self.watch.trip_equity()
    }

    fn engaged(&self) -> bool {
        self.watch.tripped()
    }

    fn kills(&self) -> bool {
        self.engages_kill_switch
    }

    fn save(&self) -> State {
        State { day: self.day, held: self.watch.held() }
    }

    fn restore(&mut self, state: State) {
        self.day = state.day;
        self.watch.begin(state.held);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[u8::from(self.day.is_some())]);
        if let (Some(day), Some(held)) = (self.day, self.watch.held()) {
            hasher.update(&day.to_le_bytes());
            held.digest(hasher);
        }
    }
}
