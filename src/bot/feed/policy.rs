use crate::units::{MILLISECOND, SECOND, Span};

/// How a bot supervises its feed. The default is a careful one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPolicy {
    /// Messages are applied in the order of their numbers, once each, and none may be missing; what is missing is made good by a snapshot.
    pub checks_sequence: bool,
    /// The venue's checksums are compared.
    pub checks_checksum: bool,
    /// A book whose bid is at or above its ask is not shown.
    pub checks_crossed: bool,
    /// A snapshot that is older than the differences at hand is not taken.
    pub refuses_old_snapshots: bool,
    /// Levels that the venue does not serve are forgotten.
    pub trims_depth: bool,
    /// A print far from the market is believed when the next one confirms it.
    pub confirms_ticks: bool,
    /// Nothing is shown while it is told later than this.
    pub max_delay: Span,
    /// Nothing is shown after so long without a message, heartbeats included.
    pub stale_after: Span,
    /// A message that others have overtaken is waited for so long.
    pub gap_grace: Span,
    /// A crossed book may mend itself for so long.
    pub crossed_grace: Span,
    /// A snapshot that does not come is asked for again after so long.
    pub snapshot_timeout: Span,
    /// The first pause between two attempts to connect.
    pub backoff: Span,
    /// No pause is longer; each is twice the one before up to this, and a random half is taken off. Equal to the first: no jitter, no growth.
    pub backoff_max: Span,
    /// With nothing to show for so long the second source is listened to; never where there is none.
    pub fails_over_after: Option<Span>,
}

impl FeedPolicy {
    /// How far from the market a print has to be to need another to be believed, in percent.
    pub const FAR_PERCENT: i64 = 10;

    /// Shows what can be traded on.
    pub const CAREFUL: Self = Self {
        checks_sequence: true,
        checks_checksum: true,
        checks_crossed: true,
        refuses_old_snapshots: true,
        trims_depth: true,
        confirms_ticks: true,
        max_delay: SECOND.times(1),
        stale_after: SECOND.times(3),
        gap_grace: MILLISECOND.times(100),
        crossed_grace: MILLISECOND.times(500),
        snapshot_timeout: SECOND.times(2),
        backoff: MILLISECOND.times(200),
        backoff_max: SECOND.times(5),
        fails_over_after: Some(SECOND.times(1)),
    };

    /// Shows whatever arrives.
    pub const NAIVE: Self = Self {
        checks_sequence: false,
        checks_checksum: false,
        checks_crossed: false,
        refuses_old_snapshots: false,
        trims_depth: false,
        confirms_ticks: false,
        max_delay: Span::from_nanos(i64::MAX),
        stale_after: Span::from_nanos(i64::MAX),
        backoff: MILLISECOND.times(100),
        backoff_max: MILLISECOND.times(100),
        fails_over_after: None,
        ..Self::CAREFUL
    };
}

impl Default for FeedPolicy {
    fn default() -> Self {
        Self::CAREFUL
    }
}
