//! Stops an order that could make the bot trade more on a UTC day than allowed.
//!
//! * Counts the value of the day's fills, at their prices, buys and sells together, plus everything that own orders of both sides may
//!   still execute, orders in unknown state included, plus the order itself. What is open is valued at the higher of the best prices,
//!   the order at its own price where that is higher; where there is no price, nothing passes.
//! * Exactly the limit passes; one atto more is refused. What reduces risk passes, and counts when it fills.
//! * Day: UTC. The first fill of a later day by the venue's clock starts the sum anew, and an order on one by the bot's finds nothing
//!   traded; orders that are open over midnight count on the new day, and so does a fill of the day before that the bot hears of after
//!   the first of the new one. A clock that runs backwards opens nothing.
//! * No baseline, no confirmation, no latch: it judges every order anew. Sum and day survive a restart.
//!
//! Known limits: one market's orders. An open order counts at today's price, not its own: one that rests far above trades for more.

use super::ask::{Ask, higher, prices};
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Turn, product};
use super::spec::{AMOUNTS, GateSpec, LimitSpec, Row, UNKNOWN, Unit};
use super::{Amount, Execution, RiskView};
use crate::model::{ExecutionReport, GateId, Instrument, ReportKind};
use crate::units::{Day, Money};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Quote,
    default: Some(50_000 * Money::ONE.atto()),
    optional: false,
    min: AMOUNTS.0,
    max: AMOUNTS.1,
    words: "price x quantity traded on one UTC day, open orders included",
};

/// Limits of the gate `daily_turnover`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "DailyTurnoverLimits")]
pub struct Limits {
    /// Most that is traded on one UTC day, in the quote asset.
    pub max: Amount,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: Amount::new(Money::from_atto(MAX.default_value())) }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(self.max.money().atto()))]
    }
}

/// The day of the last fill, counted from 1970, and what was traded on it; `None` before the first. Without it a restart would begin
/// the day anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    day: Option<i64>,
    traded: Money,
}

#[derive(Debug, Clone)]
pub(super) struct DailyTurnover {
    max: Money,
    scales: Scales,
    state: State,
}

impl Gate for DailyTurnover {
    type Limits = Limits;
    type State = State;
    const SPEC: GateSpec = GateSpec {
        id: GateId(25),
        name: "daily_turnover",
        words: "an order that could make the bot trade more on a UTC day than allowed",
        reset: "opens with the next UTC day",
        row: Row::RISK_LIMIT,
        unit: Unit::Quote,
        limits: &[MAX],
        armed: false,
        items: &["L1:199"],
        example: "[gates.daily_turnover]\nmax = \"50000\"\n",
    };

    fn new(limits: &Limits, scales: &Scales, _: &Instrument) -> Self {
        Self { max: limits.max.money(), scales: *scales, state: State::default() }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let today = self.state.day.is_some_and(|day| !Day::of_number(day).is_over(risk.now));
        let traded = if today { self.state.traded.atto() } else { 0 };
        let open = open_tick_steps(ask, risk).and_then(|tick_steps| self.scales.exact_worth(tick_steps));
        match open.and_then(|open| traded.checked_add(open)) {
            Some(total) if total <= self.max.atto() => Ok(()),
            total => Err(Found { value: total.unwrap_or(UNKNOWN), limit: self.max.atto() }),
        }
    }

    const HEARS_REPORTS: bool = true;

    fn on_report(&mut self, report: &ExecutionReport, _: Option<&Execution>) -> Turn {
        if let ReportKind::Filled(fill) = &report.kind {
            let tick_steps = i128::from(fill.price.ticks()).abs() * i128::from(fill.quantity.steps()).abs();
            let day = Some(report.matched_at.day().number());
            let before = if self.state.day < day { 0 } else { self.state.traded.atto() };
            let traded = Money::from_atto(before.saturating_add(self.scales.worth(tick_steps)));
            self.state = State { day: self.state.day.max(day), traded };
        }
        Turn::Steady
    }

    fn save(&self) -> State {
        self.state
    }

    fn restore(&mut self, state: State) {
        self.state = state;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.state.day.unwrap_or(i64::MIN).to_le_bytes());
        hasher.update(&self.state.traded.atto().to_le_bytes());
    }
}

/// The order at its worst price, and what else is open of either side at the higher of the best prices.
#[inline(always)]
fn open_tick_steps(ask: &Ask, risk: &RiskView) -> Option<i128> {
    let best = higher(&risk.best)?;
    let (limit, trigger) = prices(ask.order_type);
    let own = limit.max(trigger).map_or(best, |price| i128::from(price.ticks()).abs().max(best));
    let others = ask.open + i128::from(risk.open(ask.side.opposite()).steps()).abs();
    product(own, ask.quantity)?.checked_add(product(best, others)?)
}
