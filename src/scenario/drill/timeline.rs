use super::rig::Rig;
use super::scene::Impossible;
use super::stage::{Moment, Stage};
use crate::units::{Price, Quantity, Span, Timestamp};

/// Where stages begin that do not care for the time of day: 2 January 2023, 12:00 UTC.
pub(super) const START: Timestamp = Timestamp::from_nanos(1_672_660_800_000_000_000);

/// The smallest span there is.
pub(super) const INSTANT: Span = Span::from_nanos(1);

/// Tick `tick` of a timer.
pub(super) fn tick(start: Timestamp, period: Span, tick: u32) -> Timestamp {
    start.plus(period.times(i64::from(tick)))
}

/// A market that stands still at `ask` and says so at every tick, up to one after the last: no order of the script is based on
/// an old market. It shows many times `quantity`.
pub(super) fn standing(ask: Price, quantity: i128, period: Span, ticks: u32) -> Stage {
    let moments = (0..=ticks + 1).map(|number| Moment::new(tick(START, period, number), ask));
    Stage { moments: moments.collect(), depth: depth(quantity) }
}

/// What a stage shows where `quantity` is traded.
pub(super) fn depth(quantity: i128) -> Quantity {
    Quantity::new(i64::try_from(quantity.saturating_mul(4)).unwrap_or(i64::MAX / 2))
}

/// The stage's price: the market's own, with a bid below it.
pub(super) fn near(rig: &Rig) -> Result<Price, Impossible> {
    rig.price_at(i128::from(rig.price.ticks()) - 1)?;
    rig.price_at(i128::from(rig.price.ticks()))
}
