//! The last market message is at most so old on the bot's clock.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::StaleData(oldest) = limits else { return None };
    // What is known of a market whose book is broken counts for nothing.
    let market_at = case.heard.market_at.filter(|_| !case.heard.is_broken);
    let age = market_at.map_or(UNKNOWN, |at| i128::from(case.now.nanos()) - i128::from(at.nanos()));
    let limit = i128::from(oldest.nanos());
    (limit < age).then_some(Figures { value: age, limit })
}
