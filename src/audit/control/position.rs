//! The position is within its limits however far own orders execute, those in unknown state included.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::Money;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::Position { value, quantity } = limits else { return None };
    let worst = case.seen.worst;
    let steps = quantity.map(|most| most.atto() / case.worth.step).filter(|steps| *steps < worst);
    match (steps, value) {
        (Some(limit), _) => Some(Figures { value: worst, limit }),
        (None, Some(most)) => by_value(*most, case),
        (None, None) => None,
    }
}

/// Valued at the higher of the best prices. Without one nothing passes; at a price of zero everything does.
pub fn by_value(most: Money, case: &Case<'_>) -> Option<Figures> {
    let (worst, best) = (case.seen.worst, [case.heard.best.bid, case.heard.best.ask]);
    let highest = best.into_iter().flatten().map(|level| i128::from(level.price.ticks()).abs()).max();
    let limit = match highest {
        None => return Some(Figures { value: worst, limit: 0 }),
        Some(0) => return None,
        Some(ticks) => most.atto() / case.worth.tick_step / ticks,
    };
    (limit < worst).then_some(Figures { value: worst, limit })
}
