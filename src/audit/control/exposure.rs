//! The worst case of the position is worth a share of equity at most, as the bot knows both.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::units::Rate;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::Exposure(ppb) = limits else { return None };
    of_equity(i128::from(*ppb), case)
}

/// The worst case at the higher of the best prices, against so many parts per billion of equity. Without a price nothing passes,
/// nor does anything with an equity of nothing or less. Where the equity cannot be told the journal is taken at its word.
pub fn of_equity(ppb: i128, case: &Case<'_>) -> Option<Figures> {
    let one = i128::from(Rate::ONE);
    let best = [case.heard.best.bid, case.heard.best.ask].into_iter().flatten();
    let ticks = best.map(|level| i128::from(level.price.ticks()).abs()).max();
    let worth = ticks.and_then(|ticks| ticks.checked_mul(case.seen.worst)?.checked_mul(case.worth.tick_step));
    let Some(worth) = worth else { return Some(Figures { value: UNKNOWN, limit: ppb }) };
    let Some(equity) = case.equity else { return case.said.filter(|said| said.limit == ppb) };
    let whole = equity.max(0);
    let allowed = (whole / one).saturating_mul(ppb).saturating_add(whole % one * ppb / one);
    if worth <= allowed {
        return None;
    }
    let share = worth.checked_mul(one).filter(|_| 0 < equity).map(|parts| (parts - 1).div_euclid(equity) + 1);
    Some(Figures { value: share.unwrap_or(UNKNOWN), limit: ppb })
}
