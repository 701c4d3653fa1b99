//! Stops an order that could make the position larger than the bot has earned yet.
//!
//! * Limit: it begins at `initial` and rises by `step` after every `days` days without a trip, up to `max`. What is held against it is the
//!   worst case of the position, as in `position`: what is held, everything that own orders of the side may still execute (those in unknown
//!   state included) and the order itself, at the higher of the best prices; without one nothing passes. Exactly the limit passes.
//! * Day: 24 hours of marks, from the first mark on; no UTC day begins it. A mark exactly 24 hours after it completes it.
//! * A trip of any breaker of the market, or of its kill switch (a pause and a stop by hand are trips of it), loses the day that it is in: the
//!   next mark begins it anew. So does more than a day without a mark. Days completed before are kept, and the limit never falls.
//! * What reduces risk passes. A position that is above the limit already, by a rise of its price, is not made smaller by this gate.
//! * Days, and the one begun, survive a restart.
//!
//! Source: the daily progress of checklist 2 (5 at first, 7 from the third day on "if stable"); the trips that make a day unstable are ours.
//! Known limits: a day on which the bot has not traded counts like another, also one on which what tripped before is still tripped. Bars that
//! are longer than a day complete none.

use super::ask::Ask;
use super::gate::{Contradiction, Found, Gate, Limits as GateLimits, Scales, Turn};
use super::position::within_value;
use super::spec::{AMOUNTS, GateSpec, LimitSpec, Row, Unit};
use super::{Amount, RiskView};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{DAY, Money, Timestamp};

const INITIAL: LimitSpec = amount("initial", 5, "worst-case position at first, at the higher of the best prices");
const STEP: LimitSpec = amount("step", 2, "what is added to it after so many days");
const MAX: LimitSpec = amount("max", 10, "worst-case position in the end");

const DAYS: LimitSpec = LimitSpec {
    key: "days",
    unit: Unit::Days,
    default: Some(2),
    optional: false,
    min: 1,
    max: 365,
    words: "days without a trip until the next step",
};

const fn amount(key: &'static str, units: i128, words: &'static str) -> LimitSpec {
    let default = Some(units * Money::ONE.atto());
    LimitSpec { key, unit: Unit::Quote, default, optional: false, min: AMOUNTS.0, max: AMOUNTS.1, words }
}

/// Limits of the gate `position_ramp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PositionRampLimits")]
pub struct Limits {
    /// Largest worst-case position at first, in the quote asset.
    pub initial: Amount,
    /// What is added to it, in the quote asset.
    pub step: Amount,
    /// Days without a trip until it is.
    pub days: u32,
    /// Largest worst-case position in the end, in the quote asset.
    pub max: Amount,
}

impl Default for Limits {
    fn default() -> Self {
        let amount = |spec: LimitSpec| Amount::new(Money::from_atto(spec.default_value()));
        Self { initial: amount(INITIAL), step: amount(STEP), days: DAYS.default_value() as u32, max: amount(MAX) }
    }
}

impl Limits {
    /// The limit after so many days without a trip, in the quote asset.
    #[must_use]
    pub fn after(&self, days: u32) -> Money {
        let [initial, step, max] = [self.initial, self.step, self.max].map(|amount| amount.money().atto());
        let steps = i128::from(days / self.days.max(1));
        Money::from_atto(initial.saturating_add(step.saturating_mul(steps)).min(max))
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        let amount = |amount: Amount| Some(amount.money().atto());
        vec![
            (INITIAL, amount(self.initial)),
            (STEP, amount(self.step)),
            (DAYS, Some(i128::from(self.days))),
            (MAX, amount(self.max)),
        ]
    }

    fn contradiction(&self) -> Option<Contradiction> {
        let [initial, max] = [self.initial, self.max].map(|amount| amount.money().atto());
        (max < initial).then(|| Contradiction {
            limit: INITIAL,
            found: initial,
            allowed: format!("at most `max`, {}", Unit::Quote.show_with_unit(max)),
        })
    }
}

/// Days without a trip: what must survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    completed: u32,
    /// The present one began here; `None` before the first mark.
    began_at: Option<Timestamp>,
    marked_at: Option<Timestamp>,
    /// It is lost: the next mark begins it anew.
    lost: bool,
}

impl Days {
    /// True when one or more were completed.
    fn mark(&mut self, at: Timestamp) -> bool {
        let is_gap = self.marked_at.is_some_and(|marked_at| DAY < at.since(marked_at));
        self.marked_at = Some(at);
        let Some(began_at) = self.began_at.filter(|_| !self.lost && !is_gap) else {
            (self.began_at, self.lost) = (Some(at), false);
            return false;
        };
        // A clock that runs backwards completes nothing, and takes nothing back.
        let completed = at.since(began_at).nanos().max(0) / DAY.nanos();
        self.completed = self.completed.saturating_add(u32::try_from(completed).unwrap_or(0));
        self.began_at = Some(began_at.plus(DAY.times(completed)));
        0 < completed
    }
}

#[derive(Debug, Clone)]
pub(super) struct PositionRamp {
    limits: Limits,
    scales: Scales,
    days: Days,
    /// Follows from the days.
    max_tick_steps: i128,
}

impl Gate for PositionRamp {
    type Limits = Limits;
    type State = Days;
    const SPEC: GateSpec = GateSpec {
        id: GateId(33),
        name: "position_ramp",
        words: "an order that could make the position larger than its days without a trip allow",
        reset: "judges every order anew; its limit rises with days without a trip",
        row: Row::RISK_LIMIT,
        unit: Unit::Steps,
        limits: &[INITIAL, STEP, DAYS, MAX],
        armed: false,
        items: &["L2:109", "L2:110"],
        example: "[gates.position_ramp]\ninitial = \"5\"\nstep = \"2\"\ndays = 2\nmax = \"10\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        let max_tick_steps = scales.tick_steps(limits.after(0));
        Self { limits: *limits, scales: *scales, days: Days::default(), max_tick_steps }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        within_value(ask.worst_position(risk), self.max_tick_steps, &risk.best)
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.days.mark(mark.at) {
            self.refresh();
        }
        Turn::Steady
    }

    fn hears_trips(&mut self) {
        self.days.lost = true;
    }

    fn save(&self) -> Days {
        self.days
    }

    fn restore(&mut self, state: Days) {
        self.days = state;
        self.refresh();
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.days.completed.to_le_bytes());
        for at in [self.days.began_at, self.days.marked_at] {
            hasher.update(&at.map_or(i64::MIN, Timestamp::nanos).to_le_bytes());
        }
        hasher.update(&[u8::from(self.days.lost)]);
    }
}

impl PositionRamp {
    fn refresh(&mut self) {
        self.max_tick_steps = self.scales.tick_steps(self.limits.after(self.days.completed));
    }
}
