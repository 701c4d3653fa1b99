use super::family::{Family, Length};
use crate::model::WireFault;
use crate::units::{Span, Timestamp};

/// When the faults that strike at an instant do next, but for a lost stream and a process that pauses.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Strikes {
    next: Vec<(Timestamp, WireFault, Length)>,
}

/// Those of them that happen at the venue: the bot hears of them by reports.
const AT_VENUE: [WireFault; 2] = [WireFault::DeadMansSwitch, WireFault::StopLost];

/// Those that the bot's gateway meets.
const AT_BOT: [WireFault; 1] = [WireFault::TwoInstances];

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// At the venue.
    Venue,
    /// At the bot.
    Bot,
}

impl Where {
    const fn faults(self) -> &'static [WireFault] {
        match self {
            Self::Venue => &AT_VENUE,
            Self::Bot => &AT_BOT,
        }
    }
}

impl Strikes {
    /// Those of `families` from `start` on.
    pub fn new(families: &mut [Family], start: Timestamp, heals_at: Timestamp) -> Self {
        let mut strikes = Self::default();
        let all = AT_VENUE.iter().chain(&AT_BOT);
        all.for_each(|fault| strikes.plan(*fault, families, start, heals_at));
        strikes
    }

    fn plan(&mut self, fault: WireFault, families: &mut [Family], now: Timestamp, heals_at: Timestamp) {
        let family = families.iter_mut().find(|family| family.spec.fault == fault);
        let next = family.map(|family| family.next_outage(now)).filter(|(at, _)| *at < heals_at);
        self.next.extend(next.map(|(at, lasts)| (at, fault, lasts)));
    }

    /// When one strikes there next.
    pub fn next(&self, place: Where) -> Timestamp {
        let there = self.next.iter().filter(|(_, fault, _)| place.faults().contains(fault));
        there.map(|(at, ..)| *at).min().unwrap_or(Timestamp::MAX)
    }

    /// Takes out the first that has come there by `now`, and how long it lasts; its family's next one is planned.
    pub fn take(
        &mut self,
        place: Where,
        families: &mut [Family],
        (now, heals_at): (Timestamp, Timestamp),
    ) -> Option<(WireFault, Span)> {
        let is_due = |(at, fault, _): &(Timestamp, WireFault, Length)| *at <= now && place.faults().contains(fault);
        let place = self.next.iter().position(is_due)?;
        let (_, fault, lasts) = self.next.remove(place);
        let family = families.iter_mut().find(|family| family.spec.fault == fault)?;
        let lasts = lasts.unwrap_or_else(|| family.lasts());
        self.plan(fault, families, now, heals_at);
        Some((fault, lasts))
    }
}
