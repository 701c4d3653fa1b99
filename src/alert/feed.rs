//! What the bot hears of the market: silence, old prices, books that are none.

use crate::model::BestPrices;
use crate::units::{SECOND, Span, Timestamp};
use std::cmp::Ordering;

/// Distance of attempts to reconnect a feed.
const RETRY: Span = SECOND.times(5);

/// A book with two sides.
pub(super) const TWO_SIDES: i128 = 0;

/// What is wrong with a book, in the numbers of [`Unit::Book`](crate::gates::Unit::Book).
pub(super) fn fault(best: &BestPrices) -> i128 {
    match (best.bid, best.ask) {
        (None, None) => 1,
        (Some(_), None) | (None, Some(_)) => 2,
        (Some(bid), Some(ask)) => match bid.price.cmp(&ask.price) {
            Ordering::Less => TWO_SIDES,
            Ordering::Equal => 3,
            Ordering::Greater => 4,
        },
    }
}

/// Attempts to reconnect that have failed at `now`: the first is made when the feed counts as gone.
pub(super) fn failures(gone_at: Timestamp, now: Timestamp) -> i128 {
    i128::from(now.since(gone_at).nanos().max(0) / RETRY.nanos())
}

/// When the attempt failed that makes so many.
pub(super) const fn failed_at(gone_at: Timestamp, failures: i64) -> Timestamp {
    gone_at.plus(RETRY.times(failures))
}
