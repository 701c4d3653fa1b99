use super::book::LevelBook;
use super::message::{Body, FeedDeed, FeedMessage, Update};
use super::policy::FeedPolicy;
use super::ticks::Ticks;
use crate::model::{FeedTrouble, Trade, WireEvent};
use crate::rng::{Rng, Streams};
use crate::units::{MILLISECOND, SECOND, Span, Timestamp};
use std::collections::BTreeMap;

/// Messages kept until a snapshot comes; more mean that it is asked for anew.
const BUFFER_MAX: usize = 100_000;

/// A snapshot that was refused is asked for again after so long.
const ASKS_AGAIN: Span = MILLISECOND.times(200);

/// A book of the second source that is older than this is not shown any more: several that should have followed it have not come.
const SECOND_LIVES: Span = SECOND.times(2);

/// What the bot is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// The book of the first source.
    First,
    /// Nothing, since then.
    Nothing(Timestamp),
    /// The book of the second source, for want of the first since then.
    Second(Timestamp),
}

/// A change of the book that was heard of.
#[derive(Debug, Clone)]
struct Difference {
    venue_at: Timestamp,
    is_whole: bool,
    updates: Vec<Update>,
    depth: Option<usize>,
    checksum: Option<u32>,
}

/// What a bot makes of its feed of market data.
#[derive(Debug, Clone)]
pub struct Supervisor {
    policy: FeedPolicy,
    rng: Rng,
    book: LevelBook,
    ticks: Ticks,
    /// Number of the last message in the book, and the newest that was heard of.
    applied: u64,
    known: u64,
    /// When the last message in the book set out.
    venue_at: Timestamp,
    /// Messages behind one that is missing, or behind a snapshot that is to come.
    kept: BTreeMap<u64, Difference>,
    view: View,
    /// A snapshot has to come first, and why.
    resync: Option<FeedTrouble>,
    /// When it is asked for, the next time.
    ask_at: Timestamp,
    /// Until when what is missing may still come.
    gap_until: Timestamp,
    /// Until when the book may uncross by itself.
    crossed_until: Timestamp,
    heard_at: Timestamp,
    is_stale: bool,
    is_late: bool,
    /// The book was crossed, and no checksum has said since that it is the venue's: it may have uncrossed over a level that is not there.
    is_suspect: bool,
    is_closed: bool,
    /// Attempts to connect so far, and when the next one is made.
    attempt: u64,
    connect_at: Timestamp,
    listens_to_second: bool,
    /// Until when the last book of the second source can be shown.
    second_until: Timestamp,
    /// Something of the view has changed that was not yet shown.
    is_touched: bool,
}

impl Supervisor {
    /// A feed called `name` that is connected since `start`, before its first message.
    #[must_use]
    pub fn new(policy: FeedPolicy, streams: Streams, name: &str, start: Timestamp) -> Self {
        Self {
            policy,
            rng: streams.stream(&format!("feed/backoff/{name}")),
            book: LevelBook::default(),
            ticks: Ticks::default(),
            applied: 0,
            known: 0,
            venue_at: start,
            kept: BTreeMap::new(),
            view: View::First,
            resync: None,
            ask_at: Timestamp::MAX,
            gap_until: Timestamp::MAX,
            crossed_until: Timestamp::MAX,
            heard_at: start,
            is_stale: false,
            is_late: false,
            is_suspect: false,
            is_closed: false,
            attempt: 0,
            connect_at: Timestamp::MAX,
            listens_to_second: false,
            second_until: Timestamp::MAX,
            is_touched: false,
        }
    }

    /// When it wants to be told the time.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        let stale_at = if self.is_stale || self.is_closed { Timestamp::MAX } else { self.stale_at() };
        let second = self.fails_over_at().min(self.second_ends_at());
        let times = [self.ask_at, self.gap_until, self.crossed_until, self.connect_at, second, stale_at];
        times.into_iter().fold(Timestamp::MAX, Timestamp::min)
    }

    fn stale_at(&self) -> Timestamp {
        let after = self.policy.stale_after;
        let nanos = self.heard_at.nanos().saturating_add(after.nanos());
        Timestamp::from_nanos(nanos)
    }

    fn fails_over_at(&self) -> Timestamp {
        match (self.view, self.policy.fails_over_after) {
            (View::Nothing(since), Some(after)) if !self.listens_to_second => since.plus(after),
            _ => Timestamp::MAX,
        }
    }

    fn second_ends_at(&self) -> Timestamp {
        if matches!(self.view, View::Second(_)) { self.second_until } else { Timestamp::MAX }
    }

    /// A message arrives.
    pub fn on_message(&mut self, message: FeedMessage, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        let venue_at = message.venue_at;
        if let Body::Second { number, levels } = message.body {
            return self.on_second((number, levels), venue_at, deeds);
        }
        match message.body {
            Body::Difference { number, is_whole, updates, trades, depth, checksum } => {
                let is_known = number <= self.applied || self.kept.contains_key(&number);
                if self.policy.checks_sequence && is_known {
                    // One that comes late says nothing of what comes behind it.
                    if now.since(venue_at) <= self.policy.max_delay {
                        (self.heard_at, self.is_stale) = (now, false);
                    }
                    deeds.push(FeedDeed::Note(WireEvent::MessageDropped(number)));
                    return self.settle(now, deeds);
                }
                self.is_alive(venue_at, now);
                let difference = Difference { venue_at, is_whole, updates, depth, checksum };
                self.on_difference(number, difference, trades, deeds);
            }
            Body::Heartbeat { number, checksum } => {
                self.is_alive(venue_at, now);
                self.on_heartbeat(number, checksum);
            }
            Body::Snapshot { number, levels, depth } => {
                let snapshot = Difference { venue_at, is_whole: true, updates: levels, depth, checksum: None };
                self.on_snapshot(number, snapshot, now, deeds);
            }
            Body::Second { .. } => {}
        }
        self.settle(now, deeds);
    }

    /// Something came, be it only to say that the connection is alive.
    fn is_alive(&mut self, venue_at: Timestamp, now: Timestamp) {
        (self.heard_at, self.is_stale) = (now, false);
        self.is_late = self.policy.max_delay < now.since(venue_at);
    }

    /// The connection was closed.
    pub fn on_closed(&mut self, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        self.is_closed = true;
        self.attempt = 0;
        self.connect_at = now.plus(self.pause());
        self.settle(now, deeds);
    }

    /// An attempt to connect was refused.
    pub fn on_refused(&mut self, now: Timestamp) {
        self.connect_at = now.plus(self.pause());
    }

    /// The feed is connected again; what was sent meanwhile never comes.
    pub fn on_opened(&mut self, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        (self.is_closed, self.attempt, self.connect_at) = (false, 0, Timestamp::MAX);
        (self.heard_at, self.is_stale, self.is_late) = (now, false, false);
        if self.policy.checks_sequence {
            self.begin_resync(FeedTrouble::Closed, now);
        }
        self.settle(now, deeds);
    }

    /// The pause before the next attempt to connect.
    fn pause(&mut self) -> Span {
        let (first, most) = (self.policy.backoff.nanos(), self.policy.backoff_max.nanos());
        if most <= first {
            return Span::from_nanos(first);
        }
        let doubled = first.saturating_mul(1 << self.attempt.min(30)).min(most);
        Span::from_nanos(doubled - self.rng.range(0..=doubled / 2))
    }

    /// Time has passed.
    pub fn on_time(&mut self, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        self.is_stale |= !self.is_closed && self.stale_at() <= now;
        if self.gap_until <= now {
            self.begin_resync(FeedTrouble::Gap, now);
        }
        if self.crossed_until <= now {
            self.begin_resync(FeedTrouble::Crossed, now);
        }
        if self.connect_at <= now {
            self.attempt += 1;
            self.connect_at = Timestamp::MAX;
            deeds.push(FeedDeed::Note(WireEvent::Connecting(self.attempt)));
            deeds.push(FeedDeed::Connect);
        }
        if self.second_ends_at() <= now {
            self.lose_second(now, deeds);
        }
        if self.fails_over_at() <= now {
            self.listens_to_second = true;
            deeds.push(FeedDeed::Second(true));
        }
        self.settle(now, deeds);
    }

    fn begin_resync(&mut self, why: FeedTrouble, now: Timestamp) {
        (self.gap_until, self.crossed_until) = (Timestamp::MAX, Timestamp::MAX);
        self.resync = Some(why);
        self.ask_at = now;
    }

    fn on_difference(&mut self, number: u64, new: Difference, trades: Vec<Trade>, deeds: &mut Vec<FeedDeed>) {
        trades.into_iter().for_each(|trade| self.on_trade(trade, deeds));
        self.known = self.known.max(number);
        if !self.policy.checks_sequence {
            return self.apply(number, new, deeds);
        }
        if BUFFER_MAX <= self.kept.len() {
            self.kept.clear();
            self.resync = Some(FeedTrouble::Gap);
        }
        self.kept.insert(number, new);
        self.take_kept(deeds);
    }

    fn on_trade(&mut self, trade: Trade, deeds: &mut Vec<FeedDeed>) {
        if self.policy.confirms_ticks && !self.ticks.believe(trade.price, self.book.best()) {
            return deeds.push(FeedDeed::Note(WireEvent::TickHeld(trade.price.ticks().cast_unsigned())));
        }
        self.is_touched = true;
        deeds.push(FeedDeed::Trade(trade));
    }

    /// Applies what follows the last message that was, one by one.
    fn take_kept(&mut self, deeds: &mut Vec<FeedDeed>) {
        while self.resync.is_none()
            && let Some(next) = self.kept.remove(&(self.applied + 1))
        {
            self.apply(self.applied + 1, next, deeds);
        }
    }

    fn apply(&mut self, number: u64, new: Difference, deeds: &mut Vec<FeedDeed>) {
        let is_shown = self.view == View::First;
        self.applied = number;
        self.venue_at = new.venue_at;
        if new.is_whole {
            self.book.clear();
            self.is_suspect = false;
            deeds.extend(is_shown.then_some(FeedDeed::Clear));
        }
        let trimmed = |book: &mut LevelBook| match new.depth.filter(|_| self.policy.trims_depth) {
            Some(depth) => book.trim(depth),
            None => Vec::new(),
        };
        new.updates.iter().for_each(|update| self.book.set(*update));
        let gone = trimmed(&mut self.book);
        if is_shown {
            deeds.extend(new.updates.iter().chain(&gone).map(|update| FeedDeed::Set(*update)));
            self.is_touched = true;
        }
        self.is_suspect |= self.policy.checks_checksum && self.book.is_crossed();
        let differs = |checksum: u32| checksum != self.book.checksum();
        if self.policy.checks_checksum && new.checksum.is_some_and(differs) {
            self.resync = Some(FeedTrouble::Checksum);
            self.ask_at = Timestamp::MIN;
        }
    }

    fn on_heartbeat(&mut self, number: u64, checksum: u32) {
        self.known = self.known.max(number);
        let is_same = number == self.applied && self.resync.is_none();
        if !self.policy.checks_checksum || !is_same {
            return;
        }
        if checksum == self.book.checksum() {
            self.is_suspect = false;
        } else {
            self.resync = Some(FeedTrouble::Checksum);
            self.ask_at = Timestamp::MIN;
        }
    }

    fn on_snapshot(&mut self, number: u64, snapshot: Difference, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        if self.resync.is_none() {
            return;
        }
        let is_old = self.kept.first_key_value().is_some_and(|(first, _)| number + 1 < *first) || number < self.applied;
        if is_old && self.policy.refuses_old_snapshots {
            deeds.push(FeedDeed::Note(WireEvent::SnapshotRefused(number)));
            self.ask_at = now.plus(ASKS_AGAIN);
            return;
        }
        (self.resync, self.ask_at) = (None, Timestamp::MAX);
        self.apply(number, snapshot, deeds);
        self.kept = self.kept.split_off(&(number + 1));
        if is_old {
            // Spliced all the same: what lies between is not missed.
            self.applied = self.kept.first_key_value().map_or(number, |(first, _)| first - 1);
        }
        self.take_kept(deeds);
    }

    fn on_second(&mut self, (number, levels): (u64, Vec<Update>), venue_at: Timestamp, deeds: &mut Vec<FeedDeed>) {
        // One that was on its way when it was told to stop has none to follow it.
        if !self.listens_to_second {
            return;
        }
        let since = match self.view {
            View::First => return,
            View::Nothing(since) | View::Second(since) => since,
        };
        self.view = View::Second(since);
        self.second_until = venue_at.plus(SECOND_LIVES);
        deeds.push(FeedDeed::Clear);
        deeds.extend(levels.iter().map(|update| FeedDeed::Set(*update)));
        deeds.push(FeedDeed::End { venue_at, is_sound: true });
        let mut book = LevelBook::default();
        levels.iter().for_each(|update| book.set(*update));
        deeds.push(FeedDeed::Note(WireEvent::FailedOver { message: number, checksum: book.checksum() }));
    }

    /// The second source has fallen silent as well: nothing is shown, and it is asked for anew.
    fn lose_second(&mut self, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        self.view = View::Nothing(now);
        self.listens_to_second = false;
        deeds.push(FeedDeed::Clear);
        self.end(false, deeds);
        deeds.push(FeedDeed::Note(WireEvent::Unsynchronised(self.trouble().unwrap_or(FeedTrouble::Stale))));
        deeds.push(FeedDeed::Second(false));
    }

    /// What is wrong now.
    fn trouble(&self) -> Option<FeedTrouble> {
        let is_missing = self.policy.checks_sequence && self.applied < self.known;
        let is_crossed = self.policy.checks_crossed && (self.is_suspect || self.book.is_crossed());
        let first = |(is_it, trouble): (bool, FeedTrouble)| is_it.then_some(trouble);
        // A naive one does not even take notice of a closed connection.
        let is_closed = self.is_closed && self.policy.checks_sequence;
        first((is_closed, FeedTrouble::Closed))
            .or(self.resync)
            .or(first((self.is_stale, FeedTrouble::Stale)))
            .or(first((is_missing, FeedTrouble::Gap)))
            .or(first((is_crossed, FeedTrouble::Crossed)))
            .or(first((self.is_late, FeedTrouble::Late)))
    }

    /// Shows what can be shown now, hides what cannot, and asks for what is wanting.
    fn settle(&mut self, now: Timestamp, deeds: &mut Vec<FeedDeed>) {
        let trouble = self.trouble();
        self.watch(trouble, now);
        match (trouble, self.view) {
            (Some(trouble), View::First) => {
                self.view = View::Nothing(now);
                deeds.push(FeedDeed::Clear);
                self.end(false, deeds);
                deeds.push(FeedDeed::Note(WireEvent::Unsynchronised(trouble)));
            }
            (None, View::Nothing(_) | View::Second(_)) => self.show(deeds),
            (_, view) if self.is_touched => self.end(!matches!(view, View::Nothing(_)), deeds),
            _ => {}
        }
        if self.ask_at <= now && self.resync.is_some() {
            self.ask_at = now.plus(self.policy.snapshot_timeout);
            deeds.push(FeedDeed::AskSnapshot);
            deeds.push(FeedDeed::Note(WireEvent::SnapshotAsked));
        }
    }

    /// Gives what may mend itself the time to.
    fn watch(&mut self, trouble: Option<FeedTrouble>, now: Timestamp) {
        let is = |which: FeedTrouble| self.resync.is_none() && trouble == Some(which);
        let until = |before: Timestamp, grace: Span| if before < Timestamp::MAX { before } else { now.plus(grace) };
        let gap = is(FeedTrouble::Gap).then(|| until(self.gap_until, self.policy.gap_grace));
        let crossed = is(FeedTrouble::Crossed).then(|| until(self.crossed_until, self.policy.crossed_grace));
        self.gap_until = gap.unwrap_or(Timestamp::MAX);
        self.crossed_until = crossed.unwrap_or(Timestamp::MAX);
    }

    /// The whole book of the first source is shown.
    fn show(&mut self, deeds: &mut Vec<FeedDeed>) {
        self.view = View::First;
        deeds.push(FeedDeed::Clear);
        deeds.extend(self.book.all().map(FeedDeed::Set));
        self.end(true, deeds);
        let (message, checksum) = (self.applied, self.book.checksum());
        deeds.push(FeedDeed::Note(WireEvent::Synchronised { message, checksum }));
        if std::mem::take(&mut self.listens_to_second) {
            deeds.push(FeedDeed::Second(false));
        }
    }

    fn end(&mut self, is_sound: bool, deeds: &mut Vec<FeedDeed>) {
        self.is_touched = false;
        deeds.push(FeedDeed::End { venue_at: self.venue_at, is_sound });
    }
}
