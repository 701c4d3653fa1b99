use super::corrections::{self, Corrections};
use super::setup::{AuditEvent, AuditMarket, AuditSetup};
use crate::model::{AccountEvent, Charge, ExecutionReport, MarketId, REINVESTMENT, ReportKind};
use crate::units::{Money, Span, Timestamp};
use std::collections::BTreeMap;

/// What was to move the account, each with the next instant at which it is due.
///
/// On rows an event comes at its very instant, on bars at the first close at or after it: the first mark after that is too late for it.
#[derive(Debug, Clone)]
pub(super) struct Events {
    rows: Vec<(AuditEvent, Option<Timestamp>)>,
    /// Length of a bar; nothing on rows.
    bar: Span,
    start: Timestamp,
    /// Money moves between bots, too.
    reinvests: bool,
    /// The first of them that is due.
    soonest: Timestamp,
    /// Instant of the last marks.
    marked: Timestamp,
    /// What an event can set right.
    fills: Corrections,
    /// When each event that sets a fill right last came, by its number.
    came_at: BTreeMap<u32, Timestamp>,
}

/// An entry that says that it moved the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub at: Timestamp,
    pub market: MarketId,
    pub what: What,
    pub amount: Money,
    pub line: u32,
}

/// Why the account was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Charge(Charge),
    /// The owner's money, and how much was to be moved.
    Allocation(Money),
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Charge(charge) => charge.fmt(f),
            Self::Allocation(asked) => write!(f, "allocation ({asked} asked)"),
        }
    }
}

/// How much the owner can take out, as far as it is known here: at least, at most.
pub(super) type Free = (Option<i128>, Option<i128>);

/// What had to be moved of what was asked: all of it where that much is free, nothing where it is not, and where that is not known
/// here the one or the other.
fn allocation(asked: i128, found: i128, (least, most): Free) -> i128 {
    let taken = asked.saturating_neg();
    if taken <= 0 || least.is_some_and(|least| taken <= least) {
        return asked;
    }
    if most.is_some_and(|most| most < taken) || found == 0 { 0 } else { asked }
}

/// When something due at `due` comes: on bars at the soonest close, where none is missing.
fn closes_at(due: Timestamp, start: Timestamp, bar: Span) -> Timestamp {
    if bar == Span::ZERO {
        return due;
    }
    let late = due.since(start).nanos().max(0);
    start.plus(bar.times(late / bar.nanos() + i64::from(late % bar.nanos() != 0)))
}

impl Events {
    /// Those of reinvestments are looked at elsewhere, where there are any.
    pub fn new(setup: &AuditSetup, bar: Span) -> Self {
        let rows = setup.events.iter().map(|event| (*event, Some(event.at))).collect();
        let (fills, reinvests) = (Corrections::new(&setup.events, setup.markets.len()), setup.reinvest.is_some());
        let (start, soonest, marked) = (Timestamp::MIN, Timestamp::MIN, Timestamp::MIN);
        Self { rows, bar, start, reinvests, soonest, marked, fills, came_at: BTreeMap::new() }
    }

    /// The run begins: what was due before comes now, or at its next turn.
    pub fn open(&mut self, start: Timestamp) {
        self.start = start;
        for (event, due) in &mut self.rows {
            while let Some(at) = due.filter(|at| *at < start) {
                *due = Some(event.every.map_or(start, |every| at.plus(every)));
            }
        }
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        self.soonest = self.rows.iter().filter_map(|(_, due)| *due).min().unwrap_or(Timestamp::MAX);
    }

    /// What was due before the last marks and did not come until `now`.
    pub fn missed(&mut self, now: Timestamp) -> Option<String> {
        let until = self.marked;
        self.marked = now;
        if now <= until || until < self.soonest {
            return None;
        }
        self.take_missing(|_, due| due <= until)
    }

    /// What was due before the run ended.
    pub fn missed_at_end(&mut self, end: Timestamp) -> Option<String> {
        self.take_missing(|_, due| due < end)
    }

    fn on_bars(&self) -> bool {
        self.bar != Span::ZERO
    }

    fn take_missing(&mut self, is_late: impl Fn(&AuditEvent, Timestamp) -> bool) -> Option<String> {
        let Self { rows, bar, start, fills, came_at, .. } = self;
        let texts: Vec<String> = rows
            .iter_mut()
            .filter_map(|(event, due)| {
                let mut first = None;
                while let Some(at) = due.filter(|at| is_late(event, *at)) {
                    // Where there was nothing to set right nothing had to come.
                    let is_over = *bar != Span::ZERO && came_at.get(&event.line).is_some_and(|came_at| at <= *came_at);
                    let can_come = !is_over && fills.can_come(event, closes_at(at, *start, *bar));
                    first = first.or_else(|| can_come.then_some(at));
                    *due = event.every.map(|every| at.plus(every));
                }
                Some(format!("event {} was due at {} and did not come", event.line, first?))
            })
            .collect();
        self.look_ahead();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Takes the event `line`, which has come at `at`: what it is, or why it should not have come then.
    fn came(&mut self, line: u32, at: Timestamp) -> Result<AuditEvent, String> {
        let on_bars = self.on_bars();
        let Some((event, due)) = self.rows.iter_mut().find(|(event, _)| event.line == line) else {
            return Err(format!("event {line}, of which the scenario has none"));
        };
        // On bars the turns of one bar come together: which of them found something to set right nobody says, and the others are over with it.
        let closed_at = self.came_at.get(&line).copied().filter(|came_at| on_bars && *came_at < at);
        while let Some((every, turn)) = event.every.zip(*due)
            && turn.plus(every) <= at
            && closed_at.is_some_and(|closed_at| turn <= closed_at)
        {
            *due = Some(turn.plus(every));
        }
        if corrections::sets_right(event) {
            self.came_at.insert(line, at);
        }
        let was_due = *due;
        *due = event.every.zip(was_due).map(|(every, due)| due.plus(every));
        let event = *event;
        self.look_ahead();
        let is_in_time = was_due.is_some_and(|due| if on_bars { due <= at } else { due == at });
        match is_in_time {
            true => Ok(event),
            false => {
                let due = was_due.map_or_else(|| "never again".to_owned(), |due| due.to_string());
                Err(format!("event {line} came, due at {due}"))
            }
        }
    }

    /// The venue has filled something.
    pub fn filled(&mut self, report: &ExecutionReport) {
        if let ReportKind::Filled(fill) = &report.kind {
            self.fills.filled(report, fill);
        }
    }

    /// The venue has set a fill right: holds that against the event that it names, and against the fill.
    pub fn set_right(&mut self, report: &ExecutionReport, market: &AuditMarket) -> Option<String> {
        let was = match &report.kind {
            ReportKind::Busted(bust) => *bust,
            ReportKind::Corrected(correction) => correction.was,
            _ => return None,
        };
        // What was due before it was due for the fills as they were.
        let (at, line) = (report.matched_at, was.line);
        let is_before = |event: &AuditEvent, due| corrections::sets_right(event) && (due, event.line) < (at, line);
        let missed = if self.on_bars() { None } else { self.take_missing(is_before) };
        let wrong = match self.came(line, at) {
            Err(text) => Some(text),
            Ok(event) => self.fills.wrong(&event, report, &was, market),
        };
        self.fills.set_right(report, &was);
        let early = (self.on_bars() && report.reported_at <= at)
            .then(|| format!("event {line} was told at the close at which it came, expected a later one"));
        let texts: Vec<String> = [missed, wrong, early].into_iter().flatten().collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Something moved the account. `funding` is what a rate comes to here, `free` what can be taken out.
    pub fn moved(&mut self, moved: &Moved, funding: impl Fn(i64) -> Option<i128>, free: Free) -> Option<String> {
        let (line, at) = (moved.line, moved.at);
        if self.reinvests && line == REINVESTMENT && matches!(moved.what, What::Allocation(_)) {
            return None;
        }
        let event = match self.came(line, at) {
            Ok(event) => event,
            Err(text) => return Some(text),
        };
        let (what, expected) = match event.what {
            AccountEvent::Charge(charge, amount) => (What::Charge(charge), Some(amount.atto())),
            AccountEvent::Allocate(asked) => {
                (What::Allocation(asked), Some(allocation(asked.atto(), moved.amount.atto(), free)))
            }
            AccountEvent::FundingAt(_) if self.marked != at => {
                return Some(format!("event {line} goes by a mark of its instant, and there is none"));
            }
            AccountEvent::FundingAt(rate) => (What::Charge(Charge::Funding), funding(rate.ppb())),
            AccountEvent::Bust(_) | AccountEvent::Correct(..) => {
                return Some(format!("event {line} sets a fill right, and moved {} of {}", moved.what, moved.amount));
            }
        };
        let found = (moved.market, moved.what, moved.amount);
        let expected = (event.market, what, Money::from_atto(expected?));
        (found != expected).then(|| {
            let text =
                |(market, what, amount): (MarketId, What, Money)| format!("{what} of {amount} at market {}", market.0);
            format!("event {line} was {}, expected {}", text(found), text(expected))
        })
    }
}
