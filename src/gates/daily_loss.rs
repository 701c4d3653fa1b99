//! Stops risk for the rest of the UTC day once the day has lost too much.
//!
//! * Loss: equity at the day's start minus equity now, realised and unrealised and fees together.
//! * Baseline: the first mark of a UTC day of venue time; on the first day the opening equity. A percentage is of that
//!   baseline, rounded down to an atto; of a baseline below zero it is nothing. With two limits the smaller one counts.
//! * Exactly the limit passes; one atto more is over it.
//! * Confirmation: it trips at the n-th consecutive mark over the limit, so that one wild print trips nothing. Marks of
//!   one instant count once; a mark within the limit starts the count again. A loss that cannot be computed is over it.
//! * Latch: it stays tripped, whatever equity does, until the first mark of the next UTC day.
//!
//! Known limit: the count of losses starts anew every day, so a slow bleed below the limit never trips it.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn, share};
use super::spec::{AMOUNTS, GateSpec, LimitSpec, ONE_PERCENT, Row, UNKNOWN, Unit};
use super::{Amount, Percent, RiskView, Setting};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{Money, Timestamp};

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

const CONFIRM_MARKS: LimitSpec = LimitSpec {
    key: "confirm_marks",
    unit: Unit::Marks,
    default: Some(3),
    optional: false,
    min: 1,
    max: 60,
    words: "consecutive marks over the limit until it trips",
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

impl Limits {
    /// Loss that a day that began with `baseline` may make; `None` without a limit.
    fn allowed(&self, baseline: Money) -> Option<Money> {
        let percent = self.percent.as_ref().map(|percent| share(baseline, percent.ppb()));
        let absolute = self.absolute.as_ref().map(|amount| amount.money());
        match (percent, absolute) {
            (Some(percent), Some(absolute)) => Some(percent.min(absolute)),
            (one, other) => one.or(other),
        }
    }
}

/// What must survive a restart: without it a day's losses would be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    today: Option<Today>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Today {
    day: i64,
    baseline: Money,
    marked_at: Timestamp,
    over: u32,
    /// The loss it tripped at.
    tripped: Option<Money>,
}

#[derive(Debug, Clone)]
pub(super) struct DailyLoss {
    limits: Limits,
    today: Option<Today>,
    /// Loss that today may make; follows from its baseline.
    allowed: Option<Money>,
    /// The highest equity that is a larger loss, while today has not tripped.
    trip: Option<Money>,
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
        Self { limits: *limits, today: None, allowed: None, trip: None }
    }

    #[inline]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        match self.today.and_then(|today| today.tripped) {
            Some(loss) => Err(self.found(loss)),
            None => Ok(()),
        }
    }

    fn open(&mut self, mark: &Mark) {
        self.begin(Some(Today::starting(mark)));
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        match &mut self.today {
            Some(today) if mark.at.day().number() <= today.day => self.judge(mark),
            today => {
                let was_tripped = today.is_some_and(|today| today.tripped.is_some());
                self.begin(Some(Today::starting(mark)));
                if was_tripped { Turn::Reopened } else { Turn::Steady }
            }
        }
    }

    #[inline]
    fn trip_equity(&self) -> Option<Money> {
        self.trip
    }

    fn engaged(&self) -> bool {
        self.today.is_some_and(|today| today.tripped.is_some())
    }

    fn kills(&self) -> bool {
        self.limits.engages_kill_switch
    }

    fn save(&self) -> State {
        State { today: self.today }
    }

    fn restore(&mut self, state: State) {
        self.begin(state.today);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[u8::from(self.today.is_some())]);
        if let Some(today) = self.today {
            hasher.update(&today.day.to_le_bytes());
            hasher.update(&today.baseline.atto().to_le_bytes());
            hasher.update(&today.marked_at.nanos().to_le_bytes());
            hasher.update(&today.over.to_le_bytes());
            hasher.update(&[u8::from(today.tripped.is_some())]);
            hasher.update(&today.tripped.unwrap_or_default().atto().to_le_bytes());
        }
    }
}

impl DailyLoss {
    fn begin(&mut self, today: Option<Today>) {
        self.today = today;
        self.allowed = today.and_then(|today| self.limits.allowed(today.baseline));
        self.trip = today.filter(|today| today.tripped.is_none()).and_then(|today| {
            let edge = today.baseline.checked_sub(self.allowed?).ok()?;
            edge.checked_sub(Money::from_atto(1)).ok()
        });
    }

    fn judge(&mut self, mark: &Mark) -> Turn {
        let Some(today) = self.today.as_mut().filter(|today| today.tripped.is_none()) else {
            return Turn::Steady;
        };
        let Some(allowed) = self.allowed else {
            return Turn::Steady;
        };
        let loss = today.baseline.checked_sub(mark.equity).unwrap_or(Money::from_atto(UNKNOWN));
        let another = u32::from(today.over == 0 || today.marked_at < mark.at);
        today.over = if allowed < loss { today.over.saturating_add(another) } else { 0 };
        today.marked_at = mark.at;
        if today.over < self.limits.confirm_marks.max(1) {
            return Turn::Steady;
        }
        today.tripped = Some(loss);
        self.trip = None;
        Turn::Tripped(self.found(loss))
    }

    fn found(&self, loss: Money) -> Found {
        Found { value: loss.atto(), limit: self.allowed.unwrap_or_default().atto() }
    }
}

impl Today {
    const fn starting(mark: &Mark) -> Self {
        let day = mark.at.day().number();
        Self { day, baseline: mark.equity, marked_at: mark.at, over: 0, tripped: None }
    }
}
