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

/// A market that says its price at each of `ticks` and moves between them: from a doubled mid to others, each from its instant on.
pub(super) fn moving(
    ticks: impl Iterator<Item = Timestamp>,
    from_x2: i128,
    moves: &[(Timestamp, i128)],
    quantity: i128,
) -> Stage {
    let mut instants: Vec<Timestamp> = ticks.chain(moves.iter().map(|(at, _)| *at)).collect();
    instants.sort_unstable();
    instants.dedup();
    let moment = |at: &Timestamp| {
        let latest = moves.iter().rfind(|(from, _)| from <= at);
        let (bid, ask) = best(latest.map_or(from_x2, |(_, mid_x2)| *mid_x2));
        Moment { at: *at, bid: Price::new(bid as i64), ask: Price::new(ask as i64) }
    };
    Stage { moments: instants.iter().map(moment).collect(), depth: depth(quantity) }
}

/// Lowest mid, doubled, that has a bid of one tick below it.
pub(super) const LOWEST_X2: i128 = 3;

/// Bid and ask, one or two ticks apart, whose sum is `mid_x2`.
pub(super) const fn best(mid_x2: i128) -> (i128, i128) {
    let bid = (mid_x2 - 1) / 2;
    (bid, mid_x2 - bid)
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
