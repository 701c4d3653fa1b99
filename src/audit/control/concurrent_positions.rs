//! The bot is in so many markets at most, the one of the request included.

use super::{Case, Figures};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::ConcurrentPositions(most) = limits else { return None };
    let (value, limit) = (case.elsewhere + 1, i128::from(*most));
    (limit < value).then_some(Figures { value, limit })
}
