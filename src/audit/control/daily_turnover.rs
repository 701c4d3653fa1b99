//! A UTC day trades at most so much: its fills, everything that own orders may still execute, and the order itself.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::OrderType;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::DailyTurnover(most) = limits else { return None };
    let tick_steps = open(case).and_then(|open| open.checked_add(case.seen.traded.on(case.now.day())));
    let value = tick_steps.and_then(|tick_steps| tick_steps.checked_mul(case.worth.tick_step)).unwrap_or(UNKNOWN);
    (most.atto() < value).then_some(Figures { value, limit: most.atto() })
}

/// In ticks x steps: the order at its own price where that is above the best prices, the others at the higher of these.
fn open(case: &Case<'_>) -> Option<i128> {
    let shown = [case.heard.best.bid, case.heard.best.ask].into_iter().flatten();
    let best = shown.map(|level| i128::from(level.price.ticks()).abs()).max()?;
    let own = match case.seen.order_type {
        OrderType::Market => best,
        OrderType::Limit { price } => best.max(i128::from(price.ticks()).abs()),
        OrderType::StopLimit { trigger, price } => best.max(i128::from(trigger.max(price).ticks()).abs()),
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => best.max(i128::from(trigger.ticks()).abs()),
    };
    own.checked_mul(case.seen.size)?.checked_add(best.checked_mul(case.seen.others)?)
}
