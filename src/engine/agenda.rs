use super::lane::Lane;
use super::track::Track;
use crate::units::Timestamp;

/// When each kind of event happens next, looked up once: what an instant has nothing of costs it one comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agenda {
    /// At the venues: a request arrives, an order expires, a markout's horizon ends.
    pub(super) venues: Timestamp,
    /// A report arrives at a bot.
    pub(super) reports: Timestamp,
    /// A bot hears of its market, a bar is complete, or a timer rings.
    pub(super) bots: Timestamp,
}

impl Agenda {
    pub(super) const EMPTY: Self = Self { venues: Timestamp::MAX, reports: Timestamp::MAX, bots: Timestamp::MAX };

    #[inline]
    pub(super) fn of(lanes: &[Lane], tracks: &[Track<'_>]) -> Self {
        let mut next = Self::EMPTY;
        for lane in lanes {
            next.bots = next.bots.min(lane.next_timer);
            for site in &lane.sites {
                next.venues = next.venues.min(site.next_at_venue());
                next.reports = next.reports.min(site.reports.next());
            }
        }
        for track in tracks {
            next.bots = next.bots.min(track.next_feed).min(track.next_bar);
        }
        next
    }

    /// The soonest of all.
    #[inline]
    pub(super) fn soonest(&self) -> Timestamp {
        self.venues.min(self.reports).min(self.bots)
    }
}
