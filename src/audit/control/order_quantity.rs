//! One order is so large at most, in whole steps of what its unit allows.

use super::{Case, Figures};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::OrderQuantity(most) = limits else { return None };
    let limit = most.atto().div_euclid(case.worth.step);
    (limit < case.seen.size).then_some(Figures { value: case.seen.size, limit })
}
