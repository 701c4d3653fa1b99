//! Stops more risk on a UTC day on which the bot has sent its number of orders.
//!
//! Counts the orders that every gate cleared in one market on a UTC day of the bot's clock, whatever became of them: an order
//! in unknown state counts, and one that never fills does too, so that there are never more trades than this allows. What
//! reduces risk passes, and counts. Amends and cancels are no new orders. Exactly the limit passes. The count starts anew with
//! the first order of the next UTC day; a clock that runs backwards opens nothing. Count and day survive a restart.
//!
//! Known limit: orders, not trades: one order may fill in many parts, and many orders never do.

use super::RiskView;
use super::ask::Ask;
use super::day_count::DayCount;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Orders,
    default: Some(50),
    optional: false,
    min: 1,
    max: 100_000_000,
    words: "orders sent on one UTC day",
};

/// Limits of the gate `daily_orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "DailyOrdersLimits")]
pub struct Limits {
    /// Most orders on one UTC day.
    pub max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max: MAX.default_value() as u32 }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        vec![(MAX, Some(i128::from(self.max)))]
    }
}

/// The count without which a restart would begin the day anew.
#[derive(Debug, Clone)]
pub(super) struct DailyOrders {
    max: u32,
    sent: DayCount,
}

impl Gate for DailyOrders {
    type Limits = Limits;
    type State = DayCount;
    const SPEC: GateSpec = GateSpec {
        id: GateId(14),
        name: "daily_orders",
        words: "more orders on a UTC day than allowed",
        reset: "opens with the next UTC day",
        row: Row::RISK_LIMIT,
        unit: Unit::Orders,
        limits: &[MAX],
        armed: false,
        items: &["L4:28", "L4:145", "L4:187"],
        example: "[gates.daily_orders]\nmax = 50\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max: limits.max, sent: DayCount::default() }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        let orders = self.sent.so_far(risk.now);
        if ask.new.is_none() || orders < self.max {
            return Ok(());
        }
        Err(Found { value: i128::from(orders) + 1, limit: i128::from(self.max) })
    }

    #[inline]
    fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
        if ask.new.is_some() {
            self.sent.add(risk.now);
        }
    }

    fn save(&self) -> DayCount {
        self.sent
    }

    fn restore(&mut self, state: DayCount) {
        self.sent = state;
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.sent.digest(hasher);
    }
}
