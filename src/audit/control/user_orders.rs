//! All markets of the bot together get so many new orders on a UTC day at most, counted as those of one market are.

use super::{Case, Figures};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::UserOrders(most) = limits else { return None };
    case.seen.order?;
    let (value, limit) = (i128::from(case.sent_today) + 1, i128::from(*most));
    (limit < value).then_some(Figures { value, limit })
}
