//! What can go wrong on the wire: requests, replies and reports that are lost, late, doubled, or answered with an error.
//!
//! Families of faults are armed for a run, and fire call by call. Each has a random stream of its own, so that one family more or less
//! shifts no other; each can be scripted as well, to fire at an instant or at the n-th occasion. From an instant on all are healed.
//! Each firing has a number, its cause id.

mod family;
mod feed;
mod firing;
mod pause;
mod plan;
mod profile;
mod strikes;
mod venues;

pub use family::{FAMILIES, FamilySpec};
pub use feed::{FeedFaults, MessageFate};
pub use firing::{Firing, Firings};
pub use pause::{Pause, awake_at, pauses};
pub use plan::{FaultPlan, Scripted, ScriptedFault};
pub use profile::Profile;
pub use strikes::Where;
pub use venues::{Known, RawReply, Said, VENUES, VenueReplies, VenueReply, VenueSource};

use crate::checkpoint::kept;
use crate::model::{ExecutionReport, ReportKind, WireFault};
use crate::rng::Streams;
use crate::units::{MILLISECOND, SECOND, Span, Timestamp};
use family::{Family, Length};
use strikes::Strikes;

/// The longest that a request is held up on its way. A gateway that believes in "not found" earlier is wrong to.
pub const REQUEST_DELAY_MAX: Span = SECOND.times(8);

/// A query can overlook an order for so long after it came.
pub const QUERY_LAG: Span = SECOND.times(3);

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFate {
    /// Nothing.
    Passes,
    /// It never arrives.
    Lost(u64),
    /// It arrives so much later.
    Delayed(u64, Span),
}

/// What stands in front of the venue answers in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtFront {
    /// Which fault.
    pub fault: WireFault,
    /// Its number; nothing where a ban goes on that was counted when it began.
    pub cause: Option<u64>,
    /// Until when the venue wants to be left alone, where it says so.
    pub until: Timestamp,
}

/// What happens to the reply of a request that was carried out, or was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFate {
    /// Nothing.
    Passes,
    /// It never arrives.
    Lost(u64),
    /// It says that the outcome is unknown.
    Unknown(u64),
}

/// What happens to a report on the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFate {
    /// Nothing.
    Passes,
    /// The stream is gone: it is never sent.
    Missed,
    /// It comes so much later, and others overtake it.
    Late(WireFault, u64, Span),
    /// It comes, and so much later once more.
    Twice(u64, Span),
}

/// What happens to a write to the bot's own disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFate {
    /// Nothing.
    Passes,
    /// It takes so long.
    Slow(u64, Span),
    /// There is no space; with a number where that begins.
    Fails(Option<u64>),
}

/// The faults of one connection.
#[derive(Debug, Clone)]
pub struct WireFaults {
    families: Vec<Family>,
    causes: u64,
    heals_at: Timestamp,
    banned_until: Timestamp,
    /// The bot's own disk is full until then.
    full_until: Timestamp,
    revoked: bool,
    /// The stream is down until then.
    down_until: Option<Timestamp>,
    /// When it goes down next, and for how long where the script says so.
    down_at: (Timestamp, Length),
    /// What strikes at an instant.
    strikes: Strikes,
    /// Who wants to know of every firing.
    firings: Option<Firings>,
}

impl WireFaults {
    /// The faults of the connection called `name`, in a run that starts at `start`.
    #[must_use]
    pub fn new(plan: &FaultPlan, streams: Streams, name: &str, start: Timestamp) -> Self {
        let armed = plan.armed(streams).filter(|(spec, ..)| !spec.fault.is_of_feed());
        let families = armed.map(|(spec, rate, scripted)| Family::new(spec, rate, scripted, streams, name));
        let mut faults = Self {
            families: families.collect(),
            causes: 0,
            heals_at: plan.heals_at,
            banned_until: Timestamp::MIN,
            full_until: Timestamp::MIN,
            revoked: false,
            down_until: None,
            down_at: (Timestamp::MAX, None),
            strikes: Strikes::default(),
            firings: None,
        };
        faults.strikes = Strikes::new(&mut faults.families, start, plan.heals_at);
        faults.plan_outage(start);
        faults
    }

    /// The same faults, which note in `firings` what fires.
    #[must_use]
    pub fn noting(self, firings: Option<Firings>) -> Self {
        Self { firings, ..self }
    }

    fn note(&self, firing: Firing) {
        if let Some(firings) = &self.firings {
            firings.borrow_mut().push(firing);
        }
    }

    /// From then on nothing goes wrong any more.
    #[must_use]
    pub const fn heals_at(&self) -> Timestamp {
        self.heals_at
    }

    fn family(&mut self, fault: WireFault) -> Option<&mut Family> {
        self.families.iter_mut().find(|family| family.spec.fault == fault)
    }

    /// A fault strikes at `at` and lasts so long, whatever the families say: its cause id.
    pub fn strikes(&mut self, fault: WireFault, at: Timestamp, lasts: Span) -> u64 {
        self.causes += 1;
        self.note(Firing { fault, cause: self.causes, at, occasion: 0, lasts });
        self.causes
    }

    /// What comes of something else, and needs no script to come again: its cause id.
    pub const fn follows(&mut self) -> u64 {
        self.causes += 1;
        self.causes
    }

    /// When a fault strikes there next.
    #[must_use]
    pub fn next_strike(&self, place: Where) -> Timestamp {
        self.strikes.next(place)
    }

    /// The first fault that has come there by `now`, its cause id, and how long it lasts.
    pub fn strike(&mut self, place: Where, now: Timestamp) -> Option<(WireFault, u64, Span)> {
        let (fault, lasts) = self.strikes.take(place, &mut self.families, (now, self.heals_at))?;
        Some((fault, self.strikes(fault, now, lasts), lasts))
    }

    /// A replacement comes that the venue would carry out: which half of it alone is done.
    pub fn splits(&mut self, at: Timestamp) -> Option<(WireFault, u64)> {
        let both = [WireFault::ReplaceNotPlaced, WireFault::ReplaceNotCancelled];
        both.into_iter().find_map(|fault| Some((fault, self.fires(fault, at)?.0)))
    }

    /// A new order comes: the venue takes none until then.
    pub fn is_over_budget(&mut self, at: Timestamp) -> Option<(u64, Timestamp)> {
        let (cause, lasts) = self.fires(WireFault::OrderBudget, at)?;
        Some((cause, at.plus(lasts)))
    }

    /// An occasion for a fault: its cause id, and how long it lasts, where it fires.
    #[inline]
    fn fires(&mut self, fault: WireFault, at: Timestamp) -> Option<(u64, Span)> {
        // Most connections have no faults at all.
        if self.families.is_empty() { None } else { self.fires_of(fault, at) }
    }

    fn fires_of(&mut self, fault: WireFault, at: Timestamp) -> Option<(u64, Span)> {
        let is_healed = self.heals_at <= at;
        let family = self.family(fault)?;
        let lasts = family.fires(at).filter(|_| !is_healed)?;
        let occasion = family.occasions;
        self.causes += 1;
        self.note(Firing { fault, cause: self.causes, at, occasion, lasts });
        Some((self.causes, lasts))
    }

    /// A request, or a question, sets out.
    pub fn on_request(&mut self, at: Timestamp) -> RequestFate {
        if let Some((cause, _)) = self.fires(WireFault::RequestLost, at) {
            return RequestFate::Lost(cause);
        }
        match self.fires(WireFault::RequestDelayed, at) {
            Some((cause, by)) => RequestFate::Delayed(cause, by.min(REQUEST_DELAY_MAX)),
            None => RequestFate::Passes,
        }
    }

    /// It comes to the venue's front.
    pub fn at_front(&mut self, at: Timestamp) -> Option<AtFront> {
        let healed = self.heals_at <= at;
        if self.revoked {
            return Some(AtFront { fault: WireFault::KeyRevoked, cause: None, until: Timestamp::MAX });
        }
        if at < self.banned_until && !healed {
            return Some(AtFront { fault: WireFault::Ban, cause: None, until: self.banned_until });
        }
        for fault in [
            WireFault::KeyRevoked,
            WireFault::Firewall,
            WireFault::Ban,
            WireFault::RateLimit,
            WireFault::Overload,
            WireFault::ClockSkew,
            WireFault::InvalidNonce,
        ] {
            let Some((cause, lasts)) = self.fires(fault, at) else { continue };
            let until = at.plus(lasts).min(self.heals_at);
            match fault {
                WireFault::KeyRevoked => self.revoked = true,
                WireFault::Ban => self.banned_until = until,
                _ => {}
            }
            return Some(AtFront { fault, cause: Some(cause), until });
        }
        None
    }

    /// The venue says that it does not know the outcome, and has not carried the request out.
    pub fn is_refused_as_unknown(&mut self, at: Timestamp) -> Option<u64> {
        self.fires(WireFault::UnknownNotExecuted, at).map(|(cause, _)| cause)
    }

    /// The reply of a request that was carried out sets out.
    pub fn on_reply(&mut self, at: Timestamp, is_question: bool) -> ReplyFate {
        if let Some((cause, _)) = self.fires(WireFault::ReplyLost, at) {
            return ReplyFate::Lost(cause);
        }
        let unknown = if is_question { None } else { self.fires(WireFault::UnknownExecuted, at) };
        unknown.map_or(ReplyFate::Passes, |(cause, _)| ReplyFate::Unknown(cause))
    }

    /// Something is written to the bot's own disk.
    pub fn on_write(&mut self, at: Timestamp) -> WriteFate {
        if at < self.full_until {
            return WriteFate::Fails(None);
        }
        if let Some((cause, lasts)) = self.fires(WireFault::FullDisk, at) {
            self.full_until = at.plus(lasts).min(self.heals_at);
            return WriteFate::Fails(Some(cause));
        }
        self.fires(WireFault::SlowDisk, at).map_or(WriteFate::Passes, |(cause, by)| WriteFate::Slow(cause, by))
    }

    /// The bot's process has ended: what it wrote last is half there.
    pub fn tears(&mut self, at: Timestamp) -> Option<u64> {
        self.fires(WireFault::TornWrite, at).map(|(cause, _)| cause)
    }

    /// A query about an order that came at `came_at`: it is overlooked.
    pub fn overlooks(&mut self, came_at: Timestamp, at: Timestamp) -> Option<u64> {
        if came_at.plus(QUERY_LAG) <= at {
            return None;
        }
        self.fires(WireFault::QueryLags, at).map(|(cause, _)| cause)
    }

    /// A report sets out.
    pub fn on_report(&mut self, report: &ExecutionReport, at: Timestamp) -> ReportFate {
        if self.down_until.is_some() {
            return ReportFate::Missed;
        }
        let late = match report.kind {
            // What comes before an acceptance is the fill of the same instant.
            ReportKind::Accepted => Some(WireFault::FillBeforeAck),
            ReportKind::Filled(_) => Some(WireFault::LateFill),
            _ => None,
        };
        if let Some((fault, (cause, by))) = late.and_then(|fault| Some((fault, self.fires(fault, at)?))) {
            return ReportFate::Late(fault, cause, by);
        }
        match self.fires(WireFault::DuplicateReport, at) {
            Some((cause, by)) => ReportFate::Twice(cause, by),
            None => ReportFate::Passes,
        }
    }

    /// When the stream goes down, or is back.
    #[must_use]
    pub fn next_turn(&self) -> Timestamp {
        self.down_until.unwrap_or(self.down_at.0)
    }

    /// Turns the stream, where that is due at `now`: down with a cause id, or back without.
    pub fn turn(&mut self, now: Timestamp) -> Option<Option<u64>> {
        if now < self.next_turn() {
            return None;
        }
        if self.down_until.take().is_some() {
            self.plan_outage(now);
            return Some(None);
        }
        let fault = WireFault::StreamDisconnect;
        let scripted = self.down_at.1;
        let lasts = scripted.unwrap_or_else(|| self.family(fault).map_or(MILLISECOND, Family::lasts));
        let cause = self.strikes(fault, now, lasts);
        self.down_until = Some(now.plus(lasts).min(self.heals_at));
        Some(Some(cause))
    }

    fn plan_outage(&mut self, now: Timestamp) {
        let never = (Timestamp::MAX, None);
        let next = self.family(WireFault::StreamDisconnect).map_or(never, |family| family.next_outage(now));
        self.down_at = if next.0 < self.heals_at { next } else { never };
    }
}

kept!(WireFaults {
    state: causes, heals_at, banned_until, full_until, revoked, down_until, down_at, strikes;
    parts: families;
    left: firings;
});
