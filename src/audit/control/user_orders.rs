//! All markets of the bot together get so many new orders on a UTC day at most.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::{Day, Timestamp};

/// Orders sent on the latest day on which any was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentToday(Option<(Day, i128)>);

impl SentToday {
    /// Orders sent on the day of `at`, or on a later one.
    pub fn so_far(&self, at: Timestamp) -> i128 {
        self.0.filter(|(day, _)| at.day() <= *day).map_or(0, |(_, orders)| orders)
    }

    pub fn sent(&mut self, at: Timestamp) {
        let day = self.0.map_or(at.day(), |(day, _)| day.max(at.day()));
        self.0 = Some((day, self.so_far(at) + 1));
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::UserOrders(most) = limits else { return None };
    let (value, limit) = (case.sent_today + 1, i128::from(*most));
    (case.seen.is_new && limit < value).then_some(Figures { value, limit })
}
