//! No order may meet an own resting order of the other side, at whatever price that may have by now.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::{OrderType, Side};

/// How far an order goes, in ticks; `None` where nothing stops it.
type Reach = Option<i128>;

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    let own = i128::from(case.seen.meets?.ticks());
    let reach = reach(case)?;
    let limit = match (reach, case.seen.side) {
        (None, _) => UNKNOWN,
        (Some(most), Side::Buy) if own <= most => most,
        (Some(least), Side::Sell) if least <= own => least,
        _ => return None,
    };
    Some(Figures { value: own, limit })
}

/// Nothing for an order that takes nothing, or not yet.
fn reach(case: &Case<'_>) -> Option<Reach> {
    match case.seen.order_type {
        OrderType::Limit { price } => (!case.seen.post_only).then(|| Some(i128::from(price.ticks()))),
        OrderType::Market => Some(as_far_as_shown(case)),
        OrderType::Stop { .. } | OrderType::StopLimit { .. } | OrderType::TakeProfit { .. } => None,
    }
}

/// What the other side shows may not be enough for it.
fn as_far_as_shown(case: &Case<'_>) -> Reach {
    let shown = match case.seen.side {
        Side::Buy => case.heard.best.ask,
        Side::Sell => case.heard.best.bid,
    };
    let enough = shown.filter(|level| case.seen.size <= i128::from(level.quantity.steps()));
    enough.map(|level| i128::from(level.price.ticks()))
}
