//! What has to hold of supervised feeds, whatever went wrong on them: from the journal, and from the market as it was at its venue. Of how a
//! bot supervises its feed nothing is known here but what it wrote down.

use super::finding::{FindingKind, Place};
use super::outcome::{Audit, InvariantAudit};
use super::setup::{AuditFeed, AuditSetup};
use super::truth::Truth;
use crate::journal::Entry;
use crate::model::{FeedTrouble, Intent, MarketId, WireEvent, WireFault};
use crate::tape::TapeError;
use crate::units::{MINUTE, SECOND, Span, Timestamp};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// A bot that looks has to know of what is wrong with its book after so long: the next heartbeat tells, or that none comes.
const KNOWN_AFTER: Span = SECOND.times(5);

/// A feed that falls behind does so by a quarter of the time: by then it is more than a second behind, and that has arrived.
const SLOW_KNOWN_AFTER: Span = SECOND.times(8);

/// What was held up has arrived so long after it is not any more.
const CATCHES_UP: Span = SECOND.times(10);

/// Attempts to connect within [`CONNECTS_IN`] that venues suffer.
const CONNECTS_MAX: usize = 300;
const CONNECTS_IN: Span = MINUTE.times(5);

/// The invariants, in the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    SoundBook,
    TrueBook,
    ConnectsSlowly,
    FeedRecovers,
}

impl Holds {
    const ALL: [Self; 4] = [Self::SoundBook, Self::TrueBook, Self::ConnectsSlowly, Self::FeedRecovers];

    const fn name(self) -> &'static str {
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
    Second,
}

/// Something that leaves a book broken.
#[derive(Debug, Clone, Copy)]
struct Break {
    fault: WireFault,
    at: Timestamp,
    message: u64,
    known_at: Timestamp,
    /// It mends by itself then.
    until: Timestamp,
}

impl Break {
    /// What a fault leaves behind that struck at `at`.
    fn of(fault: WireFault, (at, message, by): (Timestamp, u64, Span), judges_delay: bool) -> Option<Self> {
        let ends = at.plus(by).plus(CATCHES_UP);
        let (after, until) = match fault {
            WireFault::SequenceGap
            | WireFault::OutOfOrder
            | WireFault::ChecksumMismatch
            | WireFault::CrossedBook
            | WireFault::ReconnectStorm => (KNOWN_AFTER, Timestamp::MAX),
            WireFault::SlowConsumer => (KNOWN_AFTER, ends),
            WireFault::SlowFeed if judges_delay => (SLOW_KNOWN_AFTER, ends),
            _ => return None,
        };
        Some(Self { fault, at, message, known_at: at.plus(after), until })
    }
}

/// One market's feed.
#[derive(Debug, Clone, Default)]
struct Line {
    shown: Shown,
    /// The fault that the next entry tells more of, and its number.
    fired: Option<(WireFault, u64)>,
    /// What is broken, by number of the fault.
    broken: BTreeMap<u64, Break>,
    connects: VecDeque<Timestamp>,
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
        Some(Self {
            setup: setup.feed.clone()?,
            truths: Rc::clone(truths),
            lines: vec![Line::default(); setup.markets.len()],
            rows: Holds::ALL.iter().map(row).collect(),
            found: Vec::new(),
            entry: 0,
            is_judged: false,
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

    fn is_supervised(&self, market: MarketId) -> bool {
        self.setup.supervised.get(market.index()).copied().unwrap_or_default()
    }

    /// An order was sent: what it can have been based on has to be sound. What the bot knew in the very instant in which it was sent it may
    /// have learned behind it.
    fn sent(&mut self, at: Timestamp, intent: &Intent) {
        if !self.is_supervised(intent.market) || (intent.protective && intent.reduce_only) {
            return;
        }
        self.checked(Holds::SoundBook);
        let line = &mut self.lines[intent.market.index()];
        line.broken.retain(|_, broken| at < broken.until);
        let text = match line.shown {
            Shown::Nothing(since, trouble) if since < at => {
                Some(format!("its book was broken since {since}, and it knew: {}", trouble.as_str()))
            }
            Shown::First => line.broken.values().find(|broken| broken.known_at <= at).map(|broken| {
                let Break { fault, at, message, .. } = broken;
                format!("its book was broken since {at}, by {fault} at message {message}, and it had to know")
            }),
            _ => None,
        };
        if let Some(text) = text {
            self.breaks(Holds::SoundBook, (at, intent.market), Some(intent), text);
        }
    }

    fn event(&mut self, (at, market): (Timestamp, MarketId), event: WireEvent) -> Result<(), TapeError> {
        let judges_delay = self.setup.judges_delay;
        let Some(line) = self.lines.get_mut(market.index()) else { return Ok(()) };
        match event {
            WireEvent::Fault { fault, cause } => line.fired = Some((fault, cause)).filter(|_| fault.is_of_feed()),
            WireEvent::Struck { message, by } => {
                let fired = line.fired.take();
                let broken = |(fault, cause)| Some((cause, Break::of(fault, (at, message, by), judges_delay)?));
                line.broken.extend(fired.and_then(broken));
            }
            WireEvent::Unsynchronised(trouble) => line.shown = Shown::Nothing(at, trouble),
            WireEvent::Synchronised { message, checksum } => {
                line.shown = Shown::First;
                line.broken.retain(|_, broken| message < broken.message);
                self.compare((at, market), message, checksum)?;
            }
            WireEvent::FailedOver { message, checksum } => {
                line.shown = Shown::Second;
                self.compare((at, market), message, checksum)?;
            }
            WireEvent::Connecting(_) => self.connects((at, market)),
            _ => {}
        }
        Ok(())
    }

    /// The bot takes its book for sound, behind this message: it has to be the venue's.
    fn compare(&mut self, place: (Timestamp, MarketId), message: u64, checksum: u32) -> Result<(), TapeError> {
        let truth = match self.truths.borrow_mut().get_mut(place.1.index()) {
            Some(Some(truth)) => truth.checksum_behind(message)?,
            _ => None,
        };
        let Some(truth) = truth else { return Ok(()) };
        self.checked(Holds::TrueBook);
        if truth != checksum {
            let text =
                format!("its book behind message {message} has the checksum {checksum}, the venue's had {truth}");
            self.breaks(Holds::TrueBook, place, None, text);
        }
        Ok(())
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

    /// By then after the healing every book has to be that of its feed.
    fn judge_by(&mut self, now: Timestamp) {
        let Some((heals_at, within)) = self.setup.recovery.filter(|_| !self.is_judged) else { return };
        let at = heals_at.plus(within);
        if now < at {
            return;
        }
        self.is_judged = true;
        for place in 0..self.lines.len() {
            let market = MarketId(place as u8);
            if !self.is_supervised(market) {
                continue;
            }
            self.checked(Holds::FeedRecovers);
            let line = &self.lines[place];
            let broken = line.broken.values().find(|broken| at < broken.until);
            let text = match (line.shown, broken) {
                (Shown::Nothing(since, trouble), _) => {
                    Some(format!("it shows no book since {since}: {}", trouble.as_str()))
                }
                (Shown::Second, _) => Some("it still lives by its second source".to_owned()),
                (Shown::First, Some(Break { fault, at, .. })) => {
                    Some(format!("what {fault} broke at {at} was never made good"))
                }
                (Shown::First, None) => None,
            };
            if let Some(text) = text {
                self.breaks(Holds::FeedRecovers, (at, market), None, text);
            }
        }
    }

    /// Adds what was found to the audit of the lane.
    pub fn finish(mut self, audit: &mut Audit) {
        if self.setup.recovery.is_some() && !self.is_judged {
            let text = "the run ended before the feed had the time to recover in";
            self.rows[Holds::FeedRecovers as usize].not_audited = Some(text.to_owned());
        }
        audit.invariants.append(&mut self.rows);
        for (holds, place, text) in self.found {
            audit.note(place.finding(holds.name(), FindingKind::Broken, text));
        }
    }
}
