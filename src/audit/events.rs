use super::setup::AuditEvent;
use crate::model::{AccountEvent, Charge, MarketId, REINVESTMENT};
use crate::units::{Money, Timestamp};

/// What was to move the account, each with the next instant at which it is due.
///
/// On rows an event comes at its very instant, on bars at the first close at or after it: the first mark after that is too late for it.
#[derive(Debug, Clone)]
pub(super) struct Events {
    rows: Vec<(AuditEvent, Option<Timestamp>)>,
    on_bars: bool,
    /// Money moves between bots, too.
    reinvests: bool,
    /// The first of them that is due.
    soonest: Timestamp,
    /// Instant of the last marks.
    marked: Timestamp,
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

impl Events {
    /// Those of reinvestments are looked at elsewhere, where there are any.
    pub fn new(events: &[AuditEvent], on_bars: bool, reinvests: bool) -> Self {
        let rows = events.iter().map(|event| (*event, Some(event.at))).collect();
        Self { rows, on_bars, reinvests, soonest: Timestamp::MIN, marked: Timestamp::MIN }
    }

    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.reinvests
    }

    /// The run begins: what was due before comes now, or at its next turn.
    pub fn open(&mut self, start: Timestamp) {
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
        self.take_missing(|due| due <= until)
    }

    /// What was due before the run ended.
    pub fn missed_at_end(&mut self, end: Timestamp) -> Option<String> {
        self.take_missing(|due| due < end)
    }

    fn take_missing(&mut self, is_late: impl Fn(Timestamp) -> bool) -> Option<String> {
        let missing = self.rows.iter_mut().filter(|(_, due)| due.is_some_and(&is_late));
        let texts: Vec<String> = missing
            .map(|(event, due)| {
                let at = due.take().unwrap_or_default();
                *due = event.every.map(|every| {
                    let mut next = at.plus(every);
                    while is_late(next) {
                        next = next.plus(every);
                    }
                    next
                });
                format!("event {} was due at {at} and did not come", event.line)
            })
            .collect();
        self.look_ahead();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Something moved the account. `funding` is what a rate comes to here, `free` what can be taken out.
    pub fn moved(&mut self, moved: &Moved, funding: impl Fn(i64) -> Option<i128>, free: Free) -> Option<String> {
        let (line, at) = (moved.line, moved.at);
        if self.reinvests && line == REINVESTMENT {
            return None;
        }
        let Some((event, due)) = self.rows.iter_mut().find(|(event, _)| event.line == line) else {
            return Some(format!("event {line}, of which the scenario has none"));
        };
        let was_due = *due;
        *due = event.every.zip(was_due).map(|(every, due)| due.plus(every));
        let event = *event;
        self.look_ahead();
        let is_in_time = was_due.is_some_and(|due| if self.on_bars { due <= at } else { due == at });
        if !is_in_time {
            let due = was_due.map_or_else(|| "never again".to_owned(), |due| due.to_string());
            return Some(format!("event {line} came, due at {due}"));
        }
        let (what, expected) = match event.what {
            AccountEvent::Charge(charge, amount) => (What::Charge(charge), Some(amount.atto())),
            AccountEvent::Allocate(asked) => {
                (What::Allocation(asked), Some(allocation(asked.atto(), moved.amount.atto(), free)))
            }
            AccountEvent::FundingAt(_) if self.marked != at => {
                return Some(format!("event {line} goes by a mark of its instant, and there is none"));
            }
            AccountEvent::FundingAt(rate) => (What::Charge(Charge::Funding), funding(rate.ppb())),
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
