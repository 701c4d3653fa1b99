//! What moves money between the bots of a user, once a day: when it had to, how much, and that nothing was lost on the way.
//!
//! Each bot's audit reads its own journal and those of the others beside it, and works out from all of them what each had realised and what
//! each had to receive or give. What happened before a reinvestment is what stands before it in each journal. Whether what a bot had to
//! give was free is known within bounds ([`Purse::free`](super::purse::Purse::free)): where that is open either outcome is believed, but
//! it has to be the same for all.

mod account;
mod rule;
mod setup;

use self::account::{Account, Told};
use self::rule::nets;
use super::finding::{FindingKind, Place};
use super::invariant::Invariant;
use super::outcome::Audit;
use super::replay::{AuditError, Entries};
use super::setup::{AuditSetup, Worth};
use crate::journal::Entry;
use crate::model::{MarketId, REINVESTMENT};
use crate::units::{DAY, Money, Span, Timestamp};

pub use setup::{AuditBot, AuditReinvest};

/// The audit of one bot's reinvestments while its journal is read.
pub(super) struct Reinvestments<'a> {
    rule: AuditReinvest,
    own: Account,
    /// All bots but the own one, in order.
    others: Vec<Other<'a>>,
    /// What each bot had realised at the last reinvestment, in order.
    before: Vec<i128>,
    /// When the next is due.
    due: Timestamp,
    /// The first instant at or after that at which anything was seen: on bars the close at which it has to come.
    close: Option<Timestamp>,
    on_bars: bool,
    entry: u64,
    /// One was due, or came.
    was_due: bool,
    /// When the last one came.
    came_at: Option<Timestamp>,
    /// When the bot was told something last.
    commanded_at: Option<Timestamp>,
    found: Vec<(Place, String)>,
    /// Why amounts are not known, if they are not.
    unknown: Option<String>,
}

/// Another bot, as far as its journal has been read.
struct Other<'a> {
    entries: Entries<'a>,
    account: Account,
    /// Read, and later than what was asked for.
    next: Option<Told>,
}

impl Other<'_> {
    /// What its journal says of a reinvestment at `at`; one before that is passed over.
    fn told(&mut self, at: Timestamp) -> Result<Option<Told>, AuditError> {
        loop {
            match self.next {
                Some(told) if told.at == at => return Ok(self.next.take()),
                Some(told) if at < told.at => return Ok(None),
                _ => self.next = None,
            }
            while self.next.is_none() {
                let Some(entry) = self.entries.next().transpose()? else { return Ok(None) };
                self.next = self.account.take(&entry);
            }
        }
    }
}

impl<'a> Reinvestments<'a> {
    /// `None` where nothing is reinvested. `others` are the journals of all bots but the own one, in order.
    pub fn new(setup: &AuditSetup, worth: &[Worth], others: Vec<Entries<'a>>, bar: Span) -> Option<Self> {
        let rule = setup.reinvest.clone()?;
        let account = |bot: &AuditBot| Account::new(setup, worth, bot);
        let own = account(rule.bots.get(rule.own)?);
        let beside = rule.bots.iter().enumerate().filter(|(place, _)| *place != rule.own).map(|(_, bot)| bot);
        let missing = (others.len() + 1 != rule.bots.len()).then_some("the journals of the others are not at hand");
        let others = beside.zip(others).map(|(bot, entries)| Other { entries, account: account(bot), next: None });
        Some(Self {
            own,
            others: others.collect(),
            before: vec![0; rule.bots.len()],
            due: Timestamp::MAX,
            close: None,
            on_bars: bar != Span::ZERO,
            entry: 0,
            was_due: false,
            came_at: None,
            commanded_at: None,
            found: Vec::new(),
            unknown: rule.unknown.clone().or(missing.map(str::to_owned)),
            rule,
        })
    }

    /// Takes the next entry of the own journal; what is wrong goes to the audit of the lane.
    pub fn take(&mut self, entry: &Entry, audit: &mut Audit) -> Result<(), AuditError> {
        match *entry {
            Entry::Start { at, .. } => self.due = daily_after(at, self.rule.at),
            // What is due at the last instant comes at it, and on bars at its close.
            Entry::End { at, .. } => {
                self.pass(at)?;
                while self.due <= at {
                    self.miss(self.close.unwrap_or(self.due))?;
                }
            }
            Entry::Allocated { line: REINVESTMENT, .. } => {}
            _ => instant(entry).map_or(Ok(()), |at| self.pass(at))?,
        }
        self.look_at_order(entry);
        if let Some(told) = self.own.take(entry) {
            self.reinvested(&told)?;
        }
        for (place, text) in self.found.drain(..) {
            audit.note(place.finding(Invariant::Events.name(), FindingKind::Broken, text));
        }
        self.entry += 1;
        Ok(())
    }

    /// Something happened at `at`: what was due before it had to have come.
    fn pass(&mut self, at: Timestamp) -> Result<(), AuditError> {
        while self.due < at {
            let close = if self.on_bars { *self.close.get_or_insert(at) } else { self.due };
            if at <= close {
                return Ok(());
            }
            self.miss(close)?;
        }
        if self.on_bars && self.due == at {
            self.close.get_or_insert(at);
        }
        Ok(())
    }

    /// What was due did not come until `close`.
    fn miss(&mut self, close: Timestamp) -> Result<(), AuditError> {
        self.was_due = true;
        let text = format!("the reinvestment due at {} did not come", self.due);
        self.note(close, MarketId::FIRST, text);
        let others = self.ask_others(close)?;
        self.remember(self.own.realised(), &others);
        self.go_on(close);
        Ok(())
    }

    /// Of one instant, what the scenario has happen to the account comes before a reinvestment and what the bot is told behind it; and behind
    /// it stands nothing that was before.
    fn look_at_order(&mut self, entry: &Entry) {
        let is_event = match entry {
            Entry::Charged { .. } => true,
            Entry::Allocated { line, .. } => *line != REINVESTMENT,
            Entry::Venue(report) => report.kind.sets_right(),
            Entry::Command { at, .. } => {
                self.commanded_at = Some(*at);
                false
            }
            _ => false,
        };
        let Some(came_at) = self.came_at else { return };
        let (at, market) = (entry.at(), entry.market());
        if is_event && at == came_at {
            self.note(at, market, "it stands behind the reinvestment of its instant, expected before it".to_owned());
        }
        if instant(entry).is_some_and(|at| at < came_at) {
            self.note(at, market, format!("it stands behind the reinvestment of {came_at}, which came later"));
        }
    }

    fn go_on(&mut self, at: Timestamp) {
        self.due = daily_after(at, self.rule.at);
        self.close = None;
    }

    fn note(&mut self, at: Timestamp, market: MarketId, text: String) {
        self.found.push((Place { entry: self.entry, at, market, id: None }, text));
    }

    fn ask_others(&mut self, at: Timestamp) -> Result<Vec<Option<Told>>, AuditError> {
        self.others.iter_mut().map(|other| other.told(at)).collect()
    }

    /// The own journal says that money was moved, or would have been.
    fn reinvested(&mut self, told: &Told) -> Result<(), AuditError> {
        self.was_due = true;
        self.came_at = Some(told.at);
        if self.commanded_at == Some(told.at) {
            self.note(told.at, told.market, "a command of its instant stands before it, expected behind it".to_owned());
        }
        if !self.in_time(told.at) {
            let text = format!("a reinvestment came, the next was due at {}", self.due);
            self.note(told.at, told.market, text);
            return Ok(());
        }
        let others = self.ask_others(told.at)?;
        let texts = self.judge(told, &others);
        texts.into_iter().for_each(|text| self.note(told.at, told.market, text));
        self.remember(told.realised, &others);
        self.go_on(told.at);
        Ok(())
    }

    fn in_time(&self, at: Timestamp) -> bool {
        match self.on_bars {
            true => self.due <= at && self.close.is_none_or(|close| close == at),
            false => self.due == at,
        }
    }

    fn remember(&mut self, own: i128, others: &[Option<Told>]) {
        let mut others = others.iter();
        for (place, before) in self.before.iter_mut().enumerate() {
            let realised = if place == self.rule.own { Some(own) } else { realised(others.next()) };
            *before = realised.unwrap_or(*before);
        }
    }

    /// What is wrong with a reinvestment that came in time.
    fn judge(&mut self, own: &Told, others: &[Option<Told>]) -> Vec<String> {
        let mut texts = Vec::new();
        if own.market != MarketId::FIRST {
            texts.push(format!("it was at market {}, expected the first", own.market.0));
        }
        if own.amount != own.asked && own.amount != Money::ZERO {
            texts.push(format!("{} of {} was moved, expected all or nothing", own.amount, own.asked));
        }
        if self.own.has_unknown_cost || self.others.iter().any(|other| other.account.has_unknown_cost) {
            self.unknown.get_or_insert_with(|| "what an opening position was entered for is not known".to_owned());
        }
        // Where a journal is not at hand nothing is known of the others.
        if self.others.len() + 1 < self.rule.bots.len() {
            return texts;
        }
        let Some(all) = self.all(own, others, &mut texts) else { return texts };
        let sum = all.iter().fold(0_i128, |sum, told| sum.saturating_add(told.amount.atto()));
        if sum != 0 {
            texts.push(format!("all bots together receive {}, expected 0", Money::from_atto(sum)));
        }
        if all.iter().filter_map(Told::outcome).any(|moved| Some(moved) != own.outcome()) && own.outcome().is_some() {
            texts.push("it was moved for some bots and refused for others, expected one outcome for all".to_owned());
        }
        if self.unknown.is_some() {
            return texts;
        }
        let results: Vec<i128> = all.iter().zip(&self.before).map(|(told, before)| told.realised - before).collect();
        let Some(nets) = nets(&self.rule, &results) else {
            self.unknown = Some("what all bots made together leaves its range".to_owned());
            return texts;
        };
        let expected = Money::from_atto(nets[self.rule.own]);
        if own.asked != expected {
            let made = Money::from_atto(results[self.rule.own]);
            texts.push(format!("asks for {}, expected {expected}: it had realised {made}", own.asked));
        }
        texts.extend(outcome(&all, &nets, self.rule.own));
        texts
    }

    /// What all journals say of one reinvestment, in the order of the bots; `None`, and a sentence, where one says nothing.
    fn all(&self, own: &Told, others: &[Option<Told>], texts: &mut Vec<String>) -> Option<Vec<Told>> {
        let mut others = others.iter();
        let mut all = Vec::with_capacity(self.rule.bots.len());
        for (place, bot) in self.rule.bots.iter().enumerate() {
            match if place == self.rule.own { Some(*own) } else { others.next().copied().flatten() } {
                Some(told) => all.push(told),
                None => texts.push(format!("the journal of bot `{}` has none at that instant", bot.name)),
            }
        }
        (all.len() == self.rule.bots.len()).then_some(all)
    }

    /// Adds what was looked at to the audit of the lane.
    pub fn finish(self, audit: &mut Audit) {
        let name = Invariant::Events.name();
        // Where none was due nothing was left unaudited.
        let unknown = self.unknown.filter(|_| self.was_due);
        if let Some(row) = audit.invariants.iter_mut().find(|row| row.name == name) {
            row.not_audited.clone_from(&unknown);
        }
        audit.unchecked.extend(unknown.map(|why| format!("what reinvestments had to move: {why}")));
    }
}

fn realised(told: Option<&Option<Told>>) -> Option<i128> {
    told.copied().flatten().map(|told| told.realised)
}

/// What is wrong with whether it was moved: it is for all of them, where what each had to give was free, and else for none.
fn outcome(all: &[Told], nets: &[i128], own: usize) -> Option<String> {
    let was_moved = all[own].outcome()?;
    let givers = || all.iter().zip(nets).filter(|(_, net)| **net < 0).map(|(told, net)| (told.free, -net));
    let cannot = givers().any(|((_, most), taken)| most.is_some_and(|most| most < taken));
    let can = givers().all(|((least, _), taken)| least.is_some_and(|least| taken <= least));
    match was_moved {
        true => cannot.then(|| "it was moved, and what a bot had to give was not free".to_owned()),
        false => can.then(|| "it was refused, and what every bot had to give was free".to_owned()),
    }
}

/// The first instant after `at` at a time of day.
fn daily_after(at: Timestamp, time: Span) -> Timestamp {
    let midnight = Timestamp::from_nanos(at.nanos().div_euclid(DAY.nanos()).saturating_mul(DAY.nanos()));
    let today = midnight.plus(time);
    if at < today { today } else { today.plus(DAY) }
}

/// When an entry was made that cannot be told early or late.
const fn instant(entry: &Entry) -> Option<Timestamp> {
    match entry {
        Entry::Mark(mark) => Some(mark.at),
        Entry::OrderSent { at, .. }
        | Entry::OrderRefused { at, .. }
        | Entry::AmendSent { at, .. }
        | Entry::CancelSent { at, .. }
        | Entry::RequestRefused { at, .. }
        | Entry::Command { at, .. }
        | Entry::Charged { at, .. }
        | Entry::Allocated { at, .. }
        | Entry::Tripped { at, .. }
        | Entry::Cleared { at, .. } => Some(*at),
        _ => None,
    }
}
