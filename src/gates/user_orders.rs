//! Stops more risk on a UTC day on which all bots of a user together have sent their number of orders.
//!
//! Counts as `daily_orders` does, over every market and every bot that has joined the same [`User`]: orders that all gates
//! cleared, whatever became of them; amends and cancels are none. What reduces risk passes, and counts. Exactly the limit passes: of
//! several bots that ask at once for the last order one gets it, on however many threads they are. The day is the latest UTC day on
//! which any of them sent one; an order of an earlier day counts on that one. Latched until then. A bot that has joined nobody is a user of
//! its own, over all its markets.
//!
//! Judges last, and counts as it judges: what it lets pass no other gate can refuse. Saved with each bot; a restored count never makes that
//! of the user smaller, since the other bots went on.
//!
//! Known limits: orders, not trades; bots in several processes need one place to count in, which is theirs to provide. The audit of one
//! bot's run reads the journals of the others that lie beside it; where they do not, the gate is not audited.

use super::RiskView;
use super::ask::Ask;
use super::day_count::DayCount;
use super::gate::{Found, Gate, Limits as GateLimits, Scales};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use super::user::User;
use crate::model::{GateId, Instrument};

const MAX: LimitSpec = LimitSpec {
    key: "max",
    unit: Unit::Orders,
    default: Some(500),
    optional: false,
    min: 1,
    max: 100_000_000,
    words: "orders sent on one UTC day by all bots of a user",
};

/// Limits of the gate `user_orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "UserOrdersLimits")]
pub struct Limits {
    /// Most orders of all bots together on one UTC day.
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

#[derive(Debug)]
pub(super) struct UserOrders {
    max: u32,
    user: User,
}

/// A copy of a gate is another user's: it counts for itself from then on.
impl Clone for UserOrders {
    fn clone(&self) -> Self {
        Self { max: self.max, user: self.user.apart() }
    }
}

impl UserOrders {
    pub fn user(&self) -> User {
        self.user.clone()
    }

    /// Counts with all others that have joined `user`.
    pub fn join(&mut self, user: &User) {
        self.user = user.clone();
    }
}

impl Gate for UserOrders {
    type Limits = Limits;
    type State = DayCount;
    const SPEC: GateSpec = GateSpec {
        id: GateId(30),
        name: "user_orders",
        words: "more orders of all bots of a user on a UTC day than allowed",
        reset: "opens with the next UTC day",
        row: Row::RISK_LIMIT,
        unit: Unit::Orders,
        limits: &[MAX],
        armed: false,
        items: &["L4:29", "L4:187"],
        example: "[gates.user_orders]\nmax = 500\n",
    };

    fn new(limits: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self { max: limits.max, user: User::default() }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, risk: &RiskView) -> Result<(), Found> {
        if ask.new.is_none() {
            return Ok(());
        }
        let reserved = self.user.reserve(risk.now, self.max);
        reserved.map_err(|orders| Found { value: i128::from(orders) + 1, limit: i128::from(self.max) })
    }

    /// What was held against the limit is counted by then.
    #[inline]
    fn cleared(&mut self, ask: &Ask, risk: &RiskView) {
        if ask.new.is_some() && !Self::SPEC.row.checks(ask.effect, ask.protective) {
            self.user.count(risk.now);
        }
    }

    fn save(&self) -> DayCount {
        self.user.counted()
    }

    fn restore(&mut self, state: DayCount) {
        self.user.restore(state);
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        self.user.counted().digest(hasher);
    }
}
