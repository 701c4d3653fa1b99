//! No price of an order is farther above the lowest price of a window, or below its highest, than a share of that.

use super::price_collar::own_prices;
use super::prices::{Prices, Settling};
use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;
use crate::model::{Mark, Side};
use crate::units::Rate;

/// What the price has been.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodCollar(Prices);

impl PeriodCollar {
    pub fn on_mark(&mut self, settling: Settling, mark: &Mark) {
        self.0.on_mark(settling, mark);
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::PeriodCollar { percent_ppb, .. } = limits else { return None };
    let limit = i128::from(*percent_ppb);
    let [lowest, highest] = case.memory.breakers.period_collar.0.ends()?;
    let best = &case.heard.best;
    let opposite = if case.seen.side == Side::Buy { best.ask } else { best.bid };
    let taken = opposite.map(|level| i128::from(level.price.ticks()));
    let Some(prices) = own_prices(case.seen.order_type, taken) else {
        return Some(Figures { value: UNKNOWN, limit });
    };
    let far = prices.map(|ticks| share(2 * ticks - lowest, lowest).max(share(highest - 2 * ticks, highest)));
    let value = far[0].max(far[1]);
    (limit < value).then_some(Figures { value, limit })
}

/// In parts per billion, rounded up, so that it is above a limit when the distance is.
fn share(by: i128, of: i128) -> i128 {
    match by.checked_mul(i128::from(Rate::ONE)) {
        Some(scaled) if 0 < of => scaled.max(0).div_euclid(of) + i128::from(0 < scaled && scaled.rem_euclid(of) != 0),
        _ => UNKNOWN,
    }
}
