use super::out::Out;
use super::venue_end::{LIMITED, SetOut, VenueEnd};
use super::way::{Arrives, ONE_WAY, OldBook, Way};
use super::{FeedSetup, Notes};
use crate::bot::feed::{Body, FeedDeed, FeedMessage, Supervisor, Update};
use crate::fault::wire::{FeedFaults, MessageFate};
use crate::model::{Side, Trade, WireEvent, WireFault};
use crate::rng::Streams;
use crate::tape::{BatchSource, RowBatch, TapeError};
use crate::units::{MILLISECOND, Price, Quantity, SECOND, Span, Timestamp};

/// How often the second source sends its book, and how long that is on its way.
const SECOND_EVERY: Span = MILLISECOND.times(500);
const SECOND_WAY: Span = MILLISECOND.times(150);

/// Seconds between two books of which one may come in place of a snapshot.
const OLD_BOOKS: i64 = 5;

/// What happens next on a feed.
#[derive(Debug, Clone, Copy)]
enum Next {
    Message,
    Heartbeat,
    Snapshot,
    Second,
    Unlimited,
    Closes,
    Arrives,
    Time,
}

/// A feed from end to end.
pub(super) struct Line {
    venue: VenueEnd,
    faults: FeedFaults,
    way: Way,
    supervisor: Supervisor,
    out: Out,
    pub notes: Option<Notes>,
    heartbeat_at: Timestamp,
    /// Latency of the last message.
    latency: Span,
    /// When the question for a snapshot arrives at the venue.
    asked_at: Timestamp,
    second_at: Timestamp,
    /// Until when depth is limited.
    limited_until: Timestamp,
    /// A message that the next one overtakes, and by how much.
    overtaken: Option<(FeedMessage, Span)>,
    old: Option<OldBook>,
    is_over: bool,
    deeds: Vec<FeedDeed>,
}

impl Line {
    pub fn new(source: Box<dyn BatchSource>, setup: &FeedSetup) -> Self {
        let (start, is_ordered) = (source.header().first_at, !source.header().reordered);
        let streams = Streams::new(setup.seed);
        Self {
            venue: VenueEnd::new(source),
            faults: FeedFaults::new(&setup.plan, streams, &setup.name, setup.firings.clone()),
            way: Way::new(&setup.stalls, is_ordered),
            supervisor: Supervisor::new(setup.policy, streams, &setup.name, start),
            out: Out::default(),
            notes: None,
            heartbeat_at: super::super::run::aligned_after(start, SECOND),
            latency: Span::ZERO,
            asked_at: Timestamp::MAX,
            second_at: Timestamp::MAX,
            limited_until: Timestamp::MAX,
            overtaken: None,
            old: None,
            is_over: false,
            deeds: Vec::new(),
        }
    }

    /// The next batch of what the bots are shown; `None` after the last.
    pub fn batch(&mut self) -> Result<Option<RowBatch>, TapeError> {
        while !self.is_over && !self.out.is_full() {
            self.step()?;
        }
        Ok(self.out.take())
    }

    /// The next thing that happens.
    fn step(&mut self) -> Result<(), TapeError> {
        let message_at = self.venue.next_at()?;
        if message_at.is_none() && self.way.is_empty() {
            self.is_over = true;
            return Ok(());
        }
        let while_open = |at: Timestamp| if message_at.is_some() { at } else { Timestamp::MAX };
        let times = [
            (message_at.unwrap_or(Timestamp::MAX), Next::Message),
            (while_open(self.heartbeat_at), Next::Heartbeat),
            (while_open(self.asked_at), Next::Snapshot),
            (while_open(self.second_at), Next::Second),
            (while_open(self.limited_until), Next::Unlimited),
            (while_open(self.way.closes_at()), Next::Closes),
            (self.way.next(), Next::Arrives),
            (self.supervisor.next(), Next::Time),
        ];
        let mut soonest = times[0];
        for other in &times[1..] {
            if other.0 < soonest.0 {
                soonest = *other;
            }
        }
        let (now, next) = soonest;
        match next {
            Next::Message => self.message()?,
            Next::Heartbeat => self.heartbeat(now),
            Next::Snapshot => self.snapshot(now),
            Next::Second => self.second(now),
            Next::Unlimited => {
                self.venue.limit(false);
                self.limited_until = Timestamp::MAX;
            }
            Next::Closes => {
                let was_open = self.way.connection.is_some();
                self.way.close_by_plan();
                self.closed(was_open, now);
            }
            Next::Arrives => self.arrives(now),
            Next::Time => self.supervisor.on_time(now, &mut self.deeds),
        }
        self.carry_out(now);
        Ok(())
    }

    fn note(&self, at: Timestamp, event: WireEvent) {
        if let Some(notes) = &self.notes {
            notes.borrow_mut().push_back((at, event));
        }
    }

    fn note_fate(&self, at: Timestamp, fate: MessageFate, message: u64) {
        self.note(at, WireEvent::Fault { fault: fate.fault, cause: fate.cause });
        self.note(at, WireEvent::Struck { message, by: fate.by });
    }

    /// A message sets out.
    fn message(&mut self) -> Result<(), TapeError> {
        let mut message = self.venue.next()?;
        self.latency = message.local_at.since(message.venue_at);
        if self.way.connection.is_none() {
            return Ok(());
        }
        let (at, number) = (message.venue_at, message.number);
        if let Some(trade) = message.trades.last().copied()
            && let Some(fate) = self.faults.fires(WireFault::BadTick, at)
        {
            message.trades.push(bad_tick(trade, fate.cause));
            self.note_fate(at, fate, number);
        }
        // What is told of a crossed or a damaged book can be told where there is one.
        let best = self.venue.best_levels().filter(|_| !message.updates.is_empty());
        let fate = best.and_then(|_| self.faults.on_message(at, self.overtaken.is_some()));
        if let Some(fate) = fate {
            self.note_fate(at, fate, number);
        }
        self.send(message, fate);
        Ok(())
    }

    fn send(&mut self, message: SetOut, fate: Option<MessageFate>) {
        let SetOut { number, venue_at, local_at, mut updates, trades, is_whole } = message;
        let mut checksum = None;
        match (fate.map(|fate| fate.fault), self.venue.best_levels()) {
            (Some(WireFault::ChecksumMismatch), Some((bid, _))) => {
                let quantity = Quantity::new(bid.quantity.steps() + 1);
                updates.push(Update { side: Side::Buy, price: bid.price, quantity });
                checksum = Some(self.venue.checksum());
            }
            (Some(WireFault::CrossedBook), Some((_, ask))) => {
                updates.push(Update { side: Side::Buy, price: ask.price, quantity: Quantity::new(1) });
            }
            _ => {}
        }
        let depth = self.venue.depth();
        let body = Body::Difference { number, is_whole, updates, trades, depth, checksum };
        let sent = FeedMessage { venue_at, body };
        match fate {
            Some(fate) if fate.fault == WireFault::SequenceGap => {}
            Some(fate) if fate.fault == WireFault::OutOfOrder => {
                self.overtaken = Some((sent, fate.by));
                return;
            }
            Some(fate) if fate.fault == WireFault::DuplicateMessage => {
                if let Some(at) = self.way.send(sent.clone(), local_at) {
                    self.way.send_at(sent, at.plus(fate.by));
                }
            }
            _ => drop(self.way.send(sent, local_at)),
        }
        if let Some((behind, by)) = self.overtaken.take() {
            self.way.send_at(behind, local_at.max(self.way.last()).plus(by));
        }
    }

    /// Each second the venue says that it is there; and each is an occasion for what lasts.
    fn heartbeat(&mut self, now: Timestamp) {
        self.heartbeat_at = self.heartbeat_at.plus(SECOND);
        if self.faults.has(WireFault::StaleSnapshot) && now.nanos() / SECOND.nanos() % OLD_BOOKS == 0 {
            self.old = Some(self.book());
        }
        if let Some(fate) = self.faults.on_second(now) {
            // What is left of it when everything heals.
            let fate = MessageFate { by: fate.by.min(self.faults.heals_at().since(now)), ..fate };
            self.note_fate(now, fate, self.venue.number());
            self.begin(fate, now);
        }
        let body = Body::Heartbeat { number: self.venue.number(), checksum: self.venue.checksum() };
        self.way.send(FeedMessage { venue_at: now, body }, now.plus(self.latency));
    }

    /// Something begins that lasts.
    fn begin(&mut self, fate: MessageFate, now: Timestamp) {
        let until = now.plus(fate.by);
        match fate.fault {
            WireFault::SlowFeed => self.way.begin_slow(now, until),
            WireFault::SlowConsumer => self.way.begin_unread(now, until),
            WireFault::DepthLimit => {
                self.venue.limit(true);
                let longer = Some(self.limited_until).filter(|limited_until| *limited_until < Timestamp::MAX);
                self.limited_until = longer.map_or(until, |longer| longer.max(until));
            }
            _ => {
                let was_open = self.way.connection.is_some();
                self.way.close(until);
                self.closed(was_open, now);
            }
        }
    }

    /// What was overtaken goes down with its connection; who was trying to have one back learns it by the answer.
    fn closed(&mut self, was_open: bool, now: Timestamp) {
        self.overtaken = None;
        if was_open {
            self.supervisor.on_closed(now, &mut self.deeds);
        }
    }

    fn book(&self) -> OldBook {
        OldBook { number: self.venue.number(), levels: self.venue.levels(), depth: self.venue.depth() }
    }

    /// The question for a snapshot has arrived.
    fn snapshot(&mut self, now: Timestamp) {
        self.asked_at = Timestamp::MAX;
        let old = self.old.as_ref().filter(|old| old.number < self.venue.number()).cloned();
        let fate = old.as_ref().and_then(|_| self.faults.fires(WireFault::StaleSnapshot, now));
        let book = match (fate, old) {
            (Some(fate), Some(old)) => {
                self.note_fate(now, fate, old.number);
                old
            }
            _ => self.book(),
        };
        let body = Body::Snapshot { number: book.number, levels: book.levels, depth: book.depth };
        self.way.send_aside(FeedMessage { venue_at: now, body }, now.plus(ONE_WAY));
    }

    fn second(&mut self, now: Timestamp) {
        self.second_at = now.plus(SECOND_EVERY);
        let body = Body::Second { number: self.venue.number(), levels: self.venue.first_levels(LIMITED) };
        self.way.send_aside(FeedMessage { venue_at: now, body }, now.plus(SECOND_WAY));
    }

    fn arrives(&mut self, now: Timestamp) {
        match self.way.take() {
            None => {}
            Some(Arrives::Message(_, message) | Arrives::Aside(message)) => {
                self.supervisor.on_message(message, now, &mut self.deeds);
            }
            Some(Arrives::Opened) if self.way.open(now) => {
                self.supervisor.on_opened(now, &mut self.deeds);
            }
            Some(Arrives::Opened | Arrives::Refused) => self.supervisor.on_refused(now),
        }
    }

    fn carry_out(&mut self, now: Timestamp) {
        if self.deeds.is_empty() {
            return;
        }
        let mut deeds = std::mem::take(&mut self.deeds);
        for deed in deeds.drain(..) {
            match deed {
                FeedDeed::Clear => self.out.clear(),
                FeedDeed::Set(update) => self.out.set(update),
                FeedDeed::Trade(trade) => self.out.trade(&trade),
                FeedDeed::End { venue_at, is_sound } => self.out.end(venue_at, now, is_sound),
                FeedDeed::AskSnapshot => self.asked_at = now.plus(ONE_WAY),
                FeedDeed::Connect => self.way.connect(now, self.faults.heals_at()),
                FeedDeed::Second(true) => self.second_at = now,
                FeedDeed::Second(false) => self.second_at = Timestamp::MAX,
                FeedDeed::Note(event) => self.note(now, event),
            }
        }
        self.deeds = deeds;
    }
}

/// A print ten times the price, or a tenth of it.
fn bad_tick(trade: Trade, cause: u64) -> Trade {
    let ticks = trade.price.ticks();
    let price = if cause.is_multiple_of(2) { ticks / 10 } else { ticks.saturating_mul(10) };
    Trade { price: Price::new(price.max(1)), ..trade }
}
