//! A UTC day sees so many orders at most, whatever becomes of them and whatever happens to the process.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::{Day, Timestamp};

/// Orders sent on the latest day that there was, in one market or in all. A clock that runs backwards counts there as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyOrders(Option<(Day, u64)>);

impl DailyOrders {
    /// An order was sent.
    pub fn note(&mut self, at: Timestamp) {
        let sent = self.sent(at) + 1;
        let day = self.0.map_or(at.day(), |(day, _)| day.max(at.day()));
        self.0 = Some((day, sent));
    }

    pub fn sent(&self, at: Timestamp) -> u64 {
        self.0.filter(|(day, _)| at.day() <= *day).map_or(0, |(_, sent)| sent)
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::DailyOrders(most) = limits else { return None };
    case.seen.order?;
    let (value, limit) = (i128::from(case.memory.daily_orders.sent(case.now)) + 1, i128::from(*most));
    (limit < value).then_some(Figures { value, limit })
}
