//! Stops risk for good once equity has fallen too far from its peak.
//!
//! * Drawdown: the high-water mark minus equity now, realised and unrealised and fees together.
//! * Baseline: the high-water mark. It begins with the equity that the run opened with (without one, the first mark's) and rises to
//!   the lowest of the last n marks where that is higher, n being the confirmation: one wild print upwards raises nothing.
//!   No day lowers it. A percentage is of the high-water mark, rounded down to an atto. With two limits the smaller one counts.
//! * Exactly the limit passes; one atto more is over it.
//! * Confirmation: it trips at the n-th consecutive mark over the limit, so that one wild print downwards trips nothing. Marks of
//!   one instant count once, at the lowest of them; a mark within the limit starts the count again. A drawdown that cannot be
//!   computed is over it.
//! * Latch: it stays tripped through days and restarts until a person re-enables it by name: a new peak is what a bot that must not
//!   add risk does not reach. The next mark is the high-water mark from then on.
//! * Money that the owner puts in or takes out moves the high-water mark and the last marks with equity: it is no profit and no fall.
//!   What may be lost stays a share of the high-water mark as it was reached, until a higher one is.
//! * Orders in unknown state count through the fills that they turn out to be.
//!
//! Known limit: the peak is seen at ticks of the risk clock; what equity reaches between two of them is not.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn};
use super::loss::{Allowance, Held, LossWatch, moved};
use super::spec::{AMOUNTS, CONFIRM_MARKS, GateSpec, LimitSpec, ONE_PERCENT, Row, Unit};
use super::{Amount, Percent, RiskView, Setting};
use crate::model::{GateId, Instrument, Mark};
use crate::units::{Money, Timestamp};
use std::collections::VecDeque;

const PERCENT: LimitSpec = LimitSpec {
    key: "percent",
    unit: Unit::Percent,
    default: Some(20 * ONE_PERCENT),
    optional: true,
    min: ONE_PERCENT / 10,
    max: 100 * ONE_PERCENT,
    words: "fall from the highest equity seen, in per cent of it",
};

const ABSOLUTE: LimitSpec = LimitSpec {
    key: "absolute",
    unit: Unit::Quote,
    default: None,
    optional: true,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "fall from the highest equity seen",
};

/// Limits of the gate `drawdown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "DrawdownLimits")]
pub struct Limits {
    /// Largest fall in per cent of the highest equity seen, or `"off"`.
    pub percent: Setting<Percent>,
    /// Largest fall in the quote asset, or `"off"`.
    pub absolute: Setting<Amount>,
    /// Consecutive marks over the limit until it trips, and above the peak until it rises.
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

/// What must survive a restart: without it a peak would be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    held: Option<Held>,
    recent: VecDeque<(Timestamp, Money)>,
}

#[derive(Debug, Clone)]
pub(super) struct Drawdown {
    watch: LossWatch,
    /// The last marks, oldest first: as many as confirm a peak.
    recent: VecDeque<(Timestamp, Money)>,
    confirm_marks: usize,
    engages_kill_switch: bool,
}

impl Gate for Drawdown {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(18),
        name: "drawdown",
        words: "more risk once equity fell too far from its peak",
        reset: "latched until re-enabled by name",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[PERCENT, ABSOLUTE, CONFIRM_MARKS],
        armed: false,
        items: &["L4:34"],
        example: "[gates.drawdown]\npercent = \"20\"\nconfirm_marks = 3\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        let allowance = Allowance { percent: limits.percent, absolute: limits.absolute };
        let confirm_marks = limits.confirm_marks.clamp(1, CONFIRM_MARKS.max as u32) as usize;
        Self {
            watch: LossWatch::new(allowance, limits.confirm_marks),
            recent: VecDeque::with_capacity(confirm_marks),
            confirm_marks,
            engages_kill_switch: limits.engages_kill_switch,
        }
    }

    #[inline(always)]
    fn check(&self, _: &Ask, _: &RiskView) -> Result<(), Found> {
        self.watch.check()
    }

    fn open(&mut self, mark: &Mark) {
        self.watch.begin(Some(Held::starting(mark.at, mark.equity)));
    }

    fn on_mark(&mut self, mark: &Mark) -> Turn {
        let Some(held) = self.watch.held() else {
            self.open(mark);
            return Turn::Steady;
        };
        self.remember(mark);
        // The newest mark is not below a peak that it confirmed.
        match self.confirmed().filter(|peak| held.baseline < *peak && !self.watch.tripped()) {
            Some(peak) => {
                self.watch.begin(Some(Held::starting(mark.at, peak)));
                Turn::Steady
            }
            None => self.watch.judge(mark),
        }
    }

    fn allocated(&mut self, amount: Money) {
        self.watch.allocated(amount);
        self.recent.iter_mut().for_each(|(_, equity)| *equity = moved(*equity, amount));
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
            self.recent.clear();
            self.watch.begin(None);
        }
        was_tripped
    }

    fn kills(&self) -> bool {
        self.engages_kill_switch
    }

    fn save(&self) -> State {
        State { held: self.watch.held(), recent: self.recent.clone() }
    }

    fn restore(&mut self, state: State) {
        self.watch.begin(state.held);
        self.recent.clear();
        let surplus = state.recent.len().saturating_sub(self.confirm_marks);
        self.recent.extend(state.recent.into_iter().skip(surplus));
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[u8::from(self.watch.held().is_some())]);
        if let Some(held) = self.watch.held() {
            held.digest(hasher);
        }
        hasher.update(&(self.recent.len() as u64).to_le_bytes());
        for (at, equity) in &self.recent {
            hasher.update(&at.nanos().to_le_bytes());
            hasher.update(&equity.atto().to_le_bytes());
        }
    }
}

impl Drawdown {
    fn remember(&mut self, mark: &Mark) {
        if let Some((at, equity)) = self.recent.back_mut()
            && mark.at <= *at
        {
            *equity = mark.equity.min(*equity);
            return;
        }
        if self.recent.len() == self.confirm_marks {
            self.recent.pop_front();
        }
        self.recent.push_back((mark.at, mark.equity));
    }

    /// Equity that as many marks in a row as it takes have not been below.
    fn confirmed(&self) -> Option<Money> {
        let lowest = self.recent.iter().map(|(_, equity)| *equity).min();
        lowest.filter(|_| self.recent.len() == self.confirm_marks)
    }
}
