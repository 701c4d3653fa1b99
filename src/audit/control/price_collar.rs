//! No price of an order is farther from the mid than a share of it; an order without a price has the one at which it would trade.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::{OrderType, Side};
use crate::units::Rate;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::PriceCollar(ppb) = limits else { return None };
    let (limit, one) = (i128::from(*ppb), i128::from(Rate::ONE));
    let best = &case.heard.best;
    let [Some(bid), Some(ask)] = [best.bid, best.ask].map(|level| level.map(|level| i128::from(level.price.ticks())))
    else {
        return Some(Figures { value: UNKNOWN, limit });
    };
    let mid_x2 = bid + ask;
    if mid_x2 <= 0 {
        return Some(Figures { value: UNKNOWN, limit });
    }
    let taken = if case.seen.side == Side::Buy { ask } else { bid };
    let prices = own_prices(case.seen.order_type, Some(taken))?;
    let farthest = prices.map(|ticks| (2 * ticks - mid_x2).abs()).into_iter().max()?;
    // Whole half ticks from the mid: the share is rounded down, so that what is beyond is over it.
    let allowed = mid_x2 * limit / one;
    let share = (farthest * one + mid_x2 - 1) / mid_x2;
    (allowed < farthest).then_some(Figures { value: share, limit })
}

/// Its limit and its trigger, in ticks; where there is one alone, that twice, and without any the price at which it would trade, if
/// there is one.
pub fn own_prices(order_type: OrderType, taken: Option<i128>) -> Option<[i128; 2]> {
    match order_type {
        OrderType::Market => taken.map(|taken| [taken; 2]),
        OrderType::Limit { price } => Some([price.ticks().into(); 2]),
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => Some([trigger.ticks().into(); 2]),
        OrderType::StopLimit { trigger, price } => Some([trigger.ticks().into(), price.ticks().into()]),
    }
}
