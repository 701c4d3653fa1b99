//! What has to hold of supervised feeds, whatever went wrong on them: from the journal, and from the market as it was at its venue. Of how a
//! bot supervises its feed nothing is known here but what it wrote down.

use super::finding::{FindingKind, Place};
use super::outcome::{Audit, InvariantAudit};
use super::setup::{AuditFeed, AuditLine, AuditSetup, AuditStall};
use super::truth::{Behind, Truth};
use crate::journal::Entry;
use crate::model::{FeedTrouble, Intent, MarketId, WireEvent, WireFault};
use crate::tape::TapeError;
use crate::units::{MINUTE, SECOND, Span, Timestamp};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A bot that looks has to know of what is wrong with its book after so long: the next heartbeat tells, or that none comes.
const KNOWN_AFTER: Span = SECOND.times(5);

/// A feed that falls behind does so by a quarter of the time: by then it is more than a second behind, and that has arrived.
const SLOW_KNOWN_AFTER: Span = SECOND.times(8);

/// A second source that has sent no book for so long is as good as none: it sends two a second.
const SECOND_SILENT: Span = SECOND.times(3);

/// A book that was newer than this says that what held up the feed does so no more: a snapshot that comes late is five seconds old.
const IN_TIME: Span = SECOND.times(6);

/// Attempts to connect within [`CONNECTS_IN`] that venues suffer.
const CONNECTS_MAX: usize = 300;
const CONNECTS_IN: Span = MINUTE.times(5);

/// The invariants, in the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    SoundBook,
    TrueBook,
    ConnectsSlowly,
    FeedRecovers,
}

impl Holds {
    pub(super) const ALL: [Self; 4] = [Self::SoundBook, Self::TrueBook, Self::ConnectsSlowly, Self::FeedRecovers];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SoundBook => "sound-book",
            Self::TrueBook => "true-book",
            Self::ConnectsSlowly => "connects-slowly",
            Self::FeedRecovers => "feed-recovers",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::SoundBook => "no new risk is sent on a book that the bot knew, or had to know, to be broken",
            Self::TrueBook => "the book that it takes for sound is the venue's, by checksum",
            Self::ConnectsSlowly => "it does not try to connect more than 300 times in five minutes",
            Self::FeedRecovers => "in time after the faults have healed its book is that of its feed",
        }
    }
}

/// What the bot says that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    #[default]
    First,
    Nothing(Timestamp, FeedTrouble),
    /// The last book of the second source came then.
    Second(Timestamp),
}

/// Something that leaves a book broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Break {
    what: &'static str,
    at: Timestamp,
    /// The message that it struck; a disturbance strikes none.
    message: Option<u64>,
    known_at: Timestamp,
    /// It mends by itself then.
    until: Timestamp,
    /// Nothing, or nothing new, arrives: a book in time alone says that it is over.
    holds_up: bool,
}

impl Break {
    /// What a fault leaves behind that struck at `at`; nothing where it is over before the bot had to know.
    fn of(fault: WireFault, (at, message, by): (Timestamp, u64, Span), setup: &AuditFeed) -> Option<Self> {
        let silent = at.plus(KNOWN_AFTER).plus(setup.allowed);
        let (known_at, until, holds_up) = match fault {
            WireFault::SequenceGap | WireFault::OutOfOrder | WireFault::ChecksumMismatch | WireFault::CrossedBook => {
                (silent, Timestamp::MAX, false)
            }
            WireFault::ReconnectStorm => (at.plus(KNOWN_AFTER), Timestamp::MAX, true),
            WireFault::SlowConsumer => (silent, at.plus(by), true),
            WireFault::SlowFeed if setup.judges_delay => (at.plus(SLOW_KNOWN_AFTER), at.plus(by), true),
            _ => return None,
        };
        let what = fault.as_str();
        (known_at < until).then_some(Self { what, at, message: Some(message), known_at, until, holds_up })
    }

    /// What a disturbance leaves behind; nothing where it is over before the bot had to know.
    fn of_stall(AuditStall { from, until, loses }: AuditStall, setup: &AuditFeed) -> Option<Self> {
        let (what, after) = if loses { ("feed-disconnect", Span::ZERO) } else { ("feed-stall", setup.allowed) };
        let known_at = from.plus(KNOWN_AFTER).plus(after);
        let mends_at = if loses { Timestamp::MAX } else { until };
        (known_at < until).then_some(Self { what, at: from, message: None, known_at, until: mends_at, holds_up: true })
    }

    /// A true book behind `message` makes it good.
    fn is_mended_by(&self, message: u64, is_in_time: bool) -> bool {
        self.message.is_none_or(|own| own <= message) && (is_in_time || !self.holds_up)
    }
}

/// One market's feed.
#[derive(Debug, Clone, Default)]
struct Line {
    shown: Shown,
    /// The fault that the next entry tells more of.
    fired: Option<WireFault>,
    /// What disturbances will break, the last one first.
    planned: Vec<Break>,
    /// What nothing but a sound book mends, as it broke.
    lasting: Vec<Break>,
    /// What mends by itself, as it broke.
    passing: VecDeque<Break>,
    connects: VecDeque<Timestamp>,
}

impl Line {
    fn new(setup: &AuditFeed, line: Option<&AuditLine>) -> Self {
        let stalls = line.map_or(&[][..], |line| &line.stalls);
        let mut planned: Vec<Break> = stalls.iter().filter_map(|stall| Break::of_stall(*stall, setup)).collect();
        planned.sort_by_key(|broken| std::cmp::Reverse(broken.at));
        Self { planned, ..Self::default() }
    }

    fn begin(&mut self, broken: Break) {
        if broken.until == Timestamp::MAX {
            self.lasting.push(broken);
        } else {
            self.passing.push_back(broken);
        }
    }

    /// Disturbances that have begun by `now` break what they break, and what has mended by itself is forgotten.
    fn pass(&mut self, now: Timestamp) {
        while let Some(broken) = self.planned.pop_if(|broken| broken.at <= now) {
            self.begin(broken);
        }
        while self.passing.front().is_some_and(|broken| broken.until <= now) {
            self.passing.pop_front();
        }
    }

    /// What is broken at `now`, and had to be known.
    fn known(&self, now: Timestamp) -> Option<&Break> {
        let is_known = |broken: &&Break| broken.known_at <= now && now < broken.until;
        self.lasting.iter().find(is_known).or_else(|| self.passing.iter().find(is_known))
    }

    /// The book is true behind `message`.
    fn mend(&mut self, message: u64, is_in_time: bool) {
        self.lasting.retain(|broken| !broken.is_mended_by(message, is_in_time));
        self.passing.retain(|broken| !broken.is_mended_by(message, is_in_time));
    }

    /// Why its book is not that of its feed.
    fn is_not_back(&mut self, at: Timestamp) -> Option<String> {
        self.pass(at);
        let broken = self.lasting.first().or_else(|| self.passing.iter().find(|broken| at < broken.until));
        match (self.shown, broken) {
            (Shown::Nothing(since, trouble), _) => {
                Some(format!("it shows no book since {since}: {}", trouble.as_str()))
            }
            (Shown::Second(_), _) => Some("it still lives by its second source".to_owned()),
            (Shown::First, Some(Break { what, at, .. })) => {
                Some(format!("what {what} broke at {at} was never made good"))
            }
            (Shown::First, None) => None,
        }
    }
}

/// The markets as they were at their venues, shared by all lanes; nothing where none is at hand.
pub(super) type Truths<'s> = Rc<RefCell<Vec<Option<Truth<'s>>>>>;

/// The fold.
pub(super) struct FeedFold<'s> {
    setup: AuditFeed,
    truths: Truths<'s>,
    lines: Vec<Line>,
    rows: Vec<InvariantAudit>,
    found: Vec<(Holds, Place, String)>,
    entry: u64,
    is_judged: bool,
    /// Feeds whose market was over before they were judged.
    ended: usize,
}

impl<'s> FeedFold<'s> {
    /// Nothing where no feed is supervised.
    pub fn new(setup: &AuditSetup, truths: &Truths<'s>) -> Option<Self> {
        let row = |holds: &Holds| InvariantAudit {
            name: holds.name().to_owned(),
            words: holds.words().to_owned(),
            checked: 0,
            broken: 0,
            not_audited: None,
        };
        let feed = setup.feed.as_ref()?;
        Some(Self {
            setup: feed.clone(),
            truths: Rc::clone(truths),
            lines: feed.supervised.iter().map(|line| Line::new(feed, line.as_ref())).collect(),
            rows: Holds::ALL.iter().map(row).collect(),
            found: Vec::new(),
            entry: 0,
            is_judged: false,
            ended: 0,
        })
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) -> Result<(), TapeError> {
        self.judge_by(entry.at());
        match *entry {
            Entry::OrderSent { at, intent } => self.sent(at, &intent),
            Entry::Wire { at, market, event, .. } => self.event((at, market), event)?,
            _ => {}
        }
        self.entry += 1;
        Ok(())
    }

    fn checked(&mut self, holds: Holds) {
        self.rows[holds as usize].checked += 1;
    }

    fn breaks(&mut self, holds: Holds, (at, market): (Timestamp, MarketId), intent: Option<&Intent>, text: String) {
        let id = intent.map(|intent| intent.client_order_id);
        self.found.push((holds, Place { entry: self.entry, at, market, id }, text));
    }

    /// The supervised feed of a market.
    fn feed_of(&self, market: MarketId) -> Option<&AuditLine> {
        self.setup.supervised.get(market.index())?.as_ref()
    }

    /// An order was sent: what it can have been based on has to be sound. What the bot knew in the very instant in which it was sent it may
    /// have learned behind it. Behind the last message of a market nobody tells its supervision the time.
    fn sent(&mut self, at: Timestamp, intent: &Intent) {
        let Some(ends_at) = self.feed_of(intent.market).map(|line| line.ends_at) else { return };
        if intent.protective && intent.reduce_only {
            return;
        }
        self.checked(Holds::SoundBook);
        let line = &mut self.lines[intent.market.index()];
        line.pass(at);
        let text = match line.shown {
            Shown::Nothing(since, trouble) if since < at => {
                Some(format!("its book was broken since {since}, and it knew: {}", trouble.as_str()))
            }
            Shown::Second(last) if at <= ends_at && last.plus(SECOND_SILENT) < at => {
                Some(format!("its second source has sent no book since {last}, and it had to know"))
            }
            Shown::First if at <= ends_at => line.known(at).map(|Break { what, at, message, .. }| {
                let message = message.map_or_else(String::new, |message| format!(" at message {message}"));
                format!("its book was broken since {at}, by {what}{message}, and it had to know")
            }),
            _ => None,
        };
        if let Some(text) = text {
            self.breaks(Holds::SoundBook, (at, intent.market), Some(intent), text);
        }
    }

    fn event(&mut self, (at, market): (Timestamp, MarketId), event: WireEvent) -> Result<(), TapeError> {
        let Some(line) = self.lines.get_mut(market.index()) else { return Ok(()) };
        line.pass(at);
        match event {
            WireEvent::Fault { fault, .. } => line.fired = Some(fault).filter(|fault| fault.is_of_feed()),
            WireEvent::Struck { message, by } => {
                let broken = line.fired.take().and_then(|fault| Break::of(fault, (at, message, by), &self.setup));
                broken.into_iter().for_each(|broken| line.begin(broken));
            }
            WireEvent::Unsynchronised(trouble) => line.shown = Shown::Nothing(at, trouble),
            WireEvent::Synchronised { message, checksum } => {
                line.shown = Shown::First;
                self.synchronised((at, market), message, checksum)?;
            }
            WireEvent::FailedOver { message, checksum } => {
                let before = std::mem::replace(&mut line.shown, Shown::Second(at));
                // Those that follow the first are newer than what comes next of the first source, which would be passed by.
                if !matches!(before, Shown::Second(_)) {
                    self.compare((at, market), message, checksum)?;
                }
            }
            WireEvent::Connecting(_) => self.connects((at, market)),
            _ => {}
        }
        Ok(())
    }

    /// The bot takes the book of its first source for sound: what was broken is made good where it is the venue's. Its word is taken where
    /// no book is at hand to compare it with.
    fn synchronised(&mut self, place: (Timestamp, MarketId), message: u64, checksum: u32) -> Result<(), TapeError> {
        let (is_true, is_in_time) = self.compare(place, message, checksum)?.unwrap_or((true, true));
        if is_true {
            self.lines[place.1.index()].mend(message, is_in_time);
        }
        Ok(())
    }

    /// The bot takes its book for sound, behind this message: it has to be the venue's. Returns whether it is, and whether it is in time.
    fn compare(
        &mut self,
        place: (Timestamp, MarketId),
        message: u64,
        checksum: u32,
    ) -> Result<Option<(bool, bool)>, TapeError> {
        let truth = match self.truths.borrow_mut().get_mut(place.1.index()) {
            Some(Some(truth)) => truth.behind(message)?,
            _ => None,
        };
        let Some(Behind { checksum: truth, next_at }) = truth else { return Ok(None) };
        self.checked(Holds::TrueBook);
        if truth != checksum {
            let text =
                format!("its book behind message {message} has the checksum {checksum}, the venue's had {truth}");
            self.breaks(Holds::TrueBook, place, None, text);
        }
        Ok(Some((truth == checksum, place.0.since(next_at) <= IN_TIME)))
    }

    fn connects(&mut self, (at, market): (Timestamp, MarketId)) {
        let connects = &mut self.lines[market.index()].connects;
        connects.push_back(at);
        while connects.front().is_some_and(|first| first.plus(CONNECTS_IN) <= at) {
            connects.pop_front();
        }
        let count = connects.len();
        self.checked(Holds::ConnectsSlowly);
        if CONNECTS_MAX < count {
            let text = format!("it tried to connect {count} times in five minutes");
            self.breaks(Holds::ConnectsSlowly, (at, market), None, text);
        }
    }

    /// By then after the healing every book has to be that of its feed, where messages still come.
    fn judge_by(&mut self, now: Timestamp) {
        let Some((heals_at, within)) = self.setup.recovery.filter(|_| !self.is_judged) else { return };
        let at = heals_at.plus(within);
        if now < at {
            return;
        }
        self.is_judged = true;
        for place in 0..self.lines.len() {
            let market = MarketId(place as u8);
            let Some(ends_at) = self.feed_of(market).map(|line| line.ends_at) else { continue };
            if ends_at < at {
                self.ended += 1;
                continue;
            }
            self.checked(Holds::FeedRecovers);
            if let Some(text) = self.lines[place].is_not_back(at) {
                self.breaks(Holds::FeedRecovers, (at, market), None, text);
            }
        }
    }

    /// What of the recovery could not be judged, and why.
    fn unjudged(&self) -> Option<String> {
        self.setup.recovery?;
        if !self.is_judged {
            return Some("the run ended before the feed had the time to recover in".to_owned());
        }
        let feeds = self.setup.supervised.iter().flatten().count();
        let ended = self.ended;
        (0 < ended).then(|| format!("{ended} of {feeds} feeds ended before they had the time to recover in"))
    }

    /// Adds what was found to the audit of the lane.
    pub fn finish(mut self, audit: &mut Audit) {
        self.rows[Holds::FeedRecovers as usize].not_audited = self.unjudged();
        audit.invariants.append(&mut self.rows);
        for (holds, place, text) in self.found {
            audit.note(place.finding(holds.name(), FindingKind::Broken, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientOrderId, IntentKey, OrderType, Side, TimeInForce};
    use crate::units::{Price, Quantity};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(seconds))
    }

    fn one_feed(stalls: Vec<AuditStall>) -> AuditFeed {
        let supervised = vec![Some(AuditLine { ends_at: at(1_000), stalls })];
        AuditFeed { supervised, judges_delay: true, ..AuditFeed::default() }
    }

    /// A fault, how many seconds it lasts, what is allowed for, and from when until when it has to be known; until nothing: a sound book ends it.
    #[test]
    fn a_stretch_that_is_over_before_it_has_to_be_known_breaks_nothing() {
        let lasting = |known| Some((known, None));
        let passing = |known, until| Some((known, Some(until)));
        let table = [
            (WireFault::SequenceGap, 0, 0, lasting(5)),
            (WireFault::OutOfOrder, 0, 0, lasting(5)),
            (WireFault::CrossedBook, 0, 7, lasting(12)),
            (WireFault::ReconnectStorm, 1, 7, lasting(5)),
            (WireFault::SlowConsumer, 1, 0, None),
            (WireFault::SlowConsumer, 5, 0, None),
            (WireFault::SlowConsumer, 6, 0, passing(5, 6)),
            (WireFault::SlowConsumer, 9, 7, None),
            (WireFault::SlowConsumer, 40, 7, passing(12, 40)),
            (WireFault::SlowFeed, 3, 0, None),
            (WireFault::SlowFeed, 8, 0, None),
            (WireFault::SlowFeed, 20, 7, passing(8, 20)),
            (WireFault::DuplicateMessage, 1, 0, None),
            (WireFault::DepthLimit, 60, 0, None),
        ];
        for (fault, lasts, allowed, expected) in table {
            let setup = AuditFeed { allowed: SECOND.times(allowed), ..one_feed(Vec::new()) };
            let found = Break::of(fault, (at(100), 7, SECOND.times(lasts)), &setup);
            let until = |broken: Break| Some(broken.until).filter(|until| *until < Timestamp::MAX);
            let found = found.map(|broken| (broken.known_at, until(broken)));
            let expected = expected.map(|(known, until)| (at(100 + known), until.map(|until: i64| at(100 + until))));
            assert_eq!(found, expected, "{fault} of {lasts} s, {allowed} s allowed");
        }
        let deaf = AuditFeed { judges_delay: false, ..one_feed(Vec::new()) };
        assert_eq!(Break::of(WireFault::SlowFeed, (at(0), 7, SECOND.times(60)), &deaf), None);
    }

    fn order(at: Timestamp) -> Entry {
        let intent = Intent {
            intent_key: IntentKey(1),
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(1),
            side: Side::Buy,
            order_type: OrderType::Limit { price: Price::new(100) },
            quantity: Quantity::new(1),
            time_in_force: TimeInForce::GoodTilCancel,
            post_only: false,
            reduce_only: false,
            protective: false,
            replaces: None,
            expected_edge: None,
            reason: 0,
        };
        Entry::OrderSent { at, intent }
    }

    /// What a journal with these events and an order at that second breaks.
    fn broken(setup: AuditFeed, events: &[(i64, WireEvent)], order_at: i64) -> Vec<&'static str> {
        let setup = AuditSetup { feed: Some(setup), ..AuditSetup::default() };
        let mut fold = FeedFold::new(&setup, &Truths::default()).expect("a feed");
        for (second, event) in events {
            let (at, market, client_order_id) = (at(*second), MarketId::FIRST, ClientOrderId(0));
            fold.take(&Entry::Wire { at, market, client_order_id, event: *event }).expect("taken");
        }
        fold.take(&order(at(order_at))).expect("taken");
        fold.found.iter().map(|(holds, ..)| holds.name()).collect()
    }

    const SECOND_BOOK: WireEvent = WireEvent::FailedOver { message: 5, checksum: 0 };
    const SOUND: WireEvent = WireEvent::Synchronised { message: 7, checksum: 0 };

    #[test]
    fn an_order_on_a_second_source_that_has_fallen_silent_is_found() {
        let table = [(13, true), (14, false), (60, false)];
        for (second, is_sound) in table {
            let found = broken(one_feed(Vec::new()), &[(10, SECOND_BOOK)], second);
            assert_eq!(found.is_empty(), is_sound, "an order at {second} s: {found:?}");
        }
        assert_eq!(broken(one_feed(Vec::new()), &[(10, SECOND_BOOK), (59, SECOND_BOOK)], 60), [""; 0]);
    }

    /// Disturbances break a book like faults, where they last; behind the last message of a market nobody has to know.
    #[test]
    fn an_order_in_a_disturbance_that_nobody_noticed_is_found() {
        let stall = |until, loses| AuditStall { from: at(100), until: at(until), loses };
        let table = [
            (stall(104, false), 104, 0, true),
            (stall(130, false), 104, 0, true),
            (stall(130, false), 105, 0, false),
            (stall(130, false), 129, 0, false),
            (stall(130, false), 130, 0, true),
            (stall(130, true), 131, 0, false),
            (stall(130, true), 131, 1, true),
            (stall(104, true), 131, 0, true),
            (stall(9_000, false), 1_001, 0, true),
        ];
        for (stall, second, sound, is_sound) in table {
            let events = [(1, SOUND), (131, SOUND)];
            let found = broken(one_feed(vec![stall]), &events[..1 + sound], second);
            assert_eq!(found.is_empty(), is_sound, "an order at {second} s in {stall:?}: {found:?}");
        }
    }

    /// A gap that may be noticed late does not hide a storm behind it that has to be noticed at once.
    #[test]
    fn what_had_to_be_known_is_found_behind_what_had_not_to_be_yet() {
        let setup = AuditFeed { allowed: SECOND.times(7), ..one_feed(Vec::new()) };
        let breaks = [(WireFault::SequenceGap, 100), (WireFault::ReconnectStorm, 101)];
        let lasting =
            breaks.map(|(fault, second)| Break::of(fault, (at(second), 7, SECOND.times(60)), &setup).expect("a break"));
        let line = Line { lasting: lasting.to_vec(), ..Line::default() };
        assert_eq!(line.known(at(105)), None);
        assert_eq!(line.known(at(106)).map(|broken| broken.what), Some("reconnect-storm"));
        assert_eq!(line.known(at(112)).map(|broken| broken.what), Some("sequence-gap"));
    }

    #[test]
    fn a_feed_whose_market_is_over_is_not_said_to_have_recovered() {
        for (ends_at, expected) in [(1_000, None), (100, Some("1 of 1 feeds ended"))] {
            let line = AuditLine { ends_at: at(ends_at), stalls: Vec::new() };
            let recovery = Some((at(200), SECOND.times(60)));
            let feed = AuditFeed { supervised: vec![Some(line)], recovery, ..AuditFeed::default() };
            let setup = AuditSetup { feed: Some(feed), ..AuditSetup::default() };
            let mut fold = FeedFold::new(&setup, &Truths::default()).expect("a feed");
            fold.take(&order(at(260))).expect("taken");
            let found = fold.unjudged();
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(expected.is_none_or(|text| found.is_some_and(|found| found.starts_with(text))));
        }
    }
}
