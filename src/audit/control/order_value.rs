//! One order is worth at most so much, at the worst price it can get as far as is known.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::{OrderType, Side};

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::OrderValue(most) = limits else { return None };
    let worth = worst_ticks(case).and_then(|ticks| {
        let tick_steps = ticks.checked_abs()?.checked_mul(case.seen.size)?;
        tick_steps.checked_mul(case.worth.tick_step)
    });
    let value = worth.unwrap_or(UNKNOWN);
    (most.atto() < value).then_some(Figures { value, limit: most.atto() })
}

/// A buy with a limit pays that at most. Whatever else may trade at its own prices or at what the other side shows.
fn worst_ticks(case: &Case<'_>) -> Option<i128> {
    let own: &[_] = match case.seen.order_type {
        OrderType::Limit { price } | OrderType::StopLimit { price, .. } if case.seen.side == Side::Buy => {
            return Some(i128::from(price.ticks()));
        }
        OrderType::Market => &[],
        OrderType::Limit { price } => &[price],
        OrderType::StopLimit { trigger, price } => &[trigger, price],
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => &[trigger],
    };
    let shown = match case.seen.side {
        Side::Buy => case.heard.best.ask,
        Side::Sell => case.heard.best.bid,
    };
    own.iter().copied().chain(shown.map(|level| level.price)).max().map(|price| i128::from(price.ticks()))
}
