//! Stops risk for good once the account has lost too much since the start.
//!
//! * Loss: opening equity minus equity now, realised and unrealised and fees together.
//! * Baseline: the equity that the run opened with, without one the first mark's; profits made since do not raise it, and no day
//!   changes it. A percentage is of that baseline, rounded down to an atto. With two limits the smaller one counts.
//! * Exactly the limit passes; one atto more is over it.
//! * Confirmation: it trips at the n-th consecutive mark over the limit, so that one wild print trips nothing. Marks of one
//!   instant count once; a mark within the limit starts the count again. A loss that cannot be computed is over it.
//! * Latch: it stays tripped through days and restarts until a person re-enables it by name. Who does accepts the loss: the next
//!   mark is the baseline from then on.
//! * Orders in unknown state count through the fills that they turn out to be.
//! * Money that the owner puts in or takes out moves the baseline with equity: it is no profit and no loss. What may be lost stays a
//!   share of what the run opened with.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::loss::{Allowance, Held, LossWatch};
use super::spec::{AMOUNTS, CONFIRM_MARKS, GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Amount, Percent, RiskView, Setting};
use crate::model::{GateId, Instrument, Mark};
use crate::units::Money;

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(20 * ONE_PERCENT),
    optional: true,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "loss since the start, in per cent of equity then",
};

const ABSOLUTE: LimitSpec = LimitSpec {
    key: "absolute",
    unit: Unit::Quote,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "loss since the start",
};

/// Limits of the gate `total_loss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "TotalLossLimits")]
pub struct Limits {
    /// Largest loss in per cent of the opening equity, or `"off"`.
    pub percent: Setting<Percent>,
    /// Largest loss in the quote asset, or `"off"`.
    pub absolute: Setting<Amount>,
    /// Consecutive marks over the limit until it trips.
    pub confirm_marks: u32,
    /// The trip engages the kill switch as well.
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

#[derive(Debug, Clone)]
pub(super) struct TotalLoss {
    watch: LossWatch,
    engages_kill_switch: bool,
}

impl Gate for TotalLoss {
    type Limits = Limits;
    /// Without it a restart would begin a new account.
    type State = Option<Held>;
    const SPEC: GateSpec = GateSpec {
        id: GateId(19),
        name: "total_loss",
        words: "more risk once the account lost too much since the start",
        reset: "latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[PERCENT, ABSOLUTE, CONFIRM_MARKS],
        armed: false,
        items: &["L2:160"],
        example: "[gates.total_loss]\npercent = \"off\"\nabsolute = \"30\"\nconfirm_marks = 3\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let allowance = Allowance { percent: limits.percent, absolute: limits.absolute };
        let watch = LossWatch::new(allowance, limits.confirm_marks);
        Self { watch, engages_kill_switch: limits.engages_kill_switch }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.watch.check()
    }

    fn open(&mut self, mark: &Mark) {
        self.watch.begin(Some(Held::starting(mark.at, mark.equity)));
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        if self.watch.held().is_none() {
            self.open(mark);
        }
        self.watch.judge(mark)
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

    fn reenable(&mut self) -> bool {
        let was_tripped = self.watch.tripped();
        if was_tripped {
            self.watch.begin(None);
        }
        was_tripped
    }

    fn kills(&self) -> bool {
        self.engages_kill_switch
    }

    fn save(&self) -> Option<Held> {
        self.watch.held()
    }

    fn restore(&mut self, state: Option<Held>) {
        self.watch.begin(state);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[u8::from(self.watch.held().is_some())]);
        if let Some(held) = self.watch.held() {
            held.digest(hasher);
        }
    }
}
