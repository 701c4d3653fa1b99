//! What the bot does not hear of the market: a feed that is silent, and attempts to get it back.

use crate::units::{SECOND, Span, Timestamp};

/// Distance of attempts to reconnect a feed.
const RETRY: Span = SECOND.times(5);

/// Attempts to reconnect that have failed at `now`: the first is made when the feed counts as gone.
pub(super) fn failures(gone_at: Timestamp, now: Timestamp) -> i128 {
    i128::from(now.since(gone_at).nanos().max(0) / RETRY.nanos())
}

/// When the attempt failed that makes so many.
pub(super) const fn failed_at(gone_at: Timestamp, failures: i64) -> Timestamp {
    gone_at.plus(RETRY.times(failures))
}
