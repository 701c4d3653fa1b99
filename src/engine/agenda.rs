use super::lane::Lane;
use super::track::Track;
use crate::units::Timestamp;

/// When each kind of event happens next, looked up when it can have changed: what an instant has nothing of costs it one
/// comparison.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Agenda {
    /// At the venues: a request arrives, an order expires, a markout's horizon ends.
    pub(super) venues: Timestamp,
    /// A report arrives at a bot.
    pub(super) reports: Timestamp,
    /// A bot hears of its market, a bar is complete, or a timer rings.
    pub(super) bots: Timestamp,
}

impl Agenda {
    #[inline]
    pub(super) fn of(lanes: &[Lane], tracks: &[Track<'_>]) -> Self {
        let (venues, reports) = (Self::next_at_venues(lanes), Self::next_report(lanes));
        Self { venues, reports, bots: Self::next_at_bots(lanes, tracks) }
    }

    /// When the next event at a venue is due. Asked again when bots have sent something, or a venue or a quote was due.
    #[inline]
    pub(super) fn next_at_venues(lanes: &[Lane]) -> Timestamp {
        let mut next = Timestamp::MAX;
        for lane in lanes {
            lane.sites.iter().for_each(|site| next = next.min(site.next_at_venue()));
        }
        next
    }

    /// When the next report arrives. Asked again when a venue has reported something, or a bot has learned of it.
    #[inline]
    pub(super) fn next_report(lanes: &[Lane]) -> Timestamp {
        lanes.iter().map(Lane::next_report).fold(Timestamp::MAX, Timestamp::min)
    }

    /// When the next event at a bot is due. Asked again when one was woken by anything but a report.
    #[inline]
    pub(super) fn next_at_bots(lanes: &[Lane], tracks: &[Track<'_>]) -> Timestamp {
        let rings = lanes.iter().fold(Timestamp::MAX, |next, lane| next.min(lane.next_timer));
        tracks.iter().fold(rings, |next, track| next.min(track.next_feed).min(track.next_bar).min(track.next_note()))
    }

    /// The soonest of all.
    #[inline]
    pub(super) fn soonest(&self) -> Timestamp {
        self.venues.min(self.reports).min(self.bots)
    }
}
