//! So many own orders are open at once, those in unknown state included. One that takes another's place adds none, an amend neither.

use super::{Case, Figures};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::OpenOrders(most) = limits else { return None };
    let order = case.seen.order?;
    let (value, limit) = (case.seen.open_orders + 1, i128::from(*most));
    (order.replaces.is_none() && limit < value).then_some(Figures { value, limit })
}
