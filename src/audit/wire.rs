//! What has to hold between a bot and its venue where messages can be lost, whatever went wrong: read from the journal alone.

use super::diary::LogLine;
use super::finding::{FindingKind, Place};
use super::outcome::{Audit, InvariantAudit};
use super::risky::{Risky, Wrong};
use super::setup::{AuditSetup, AuditWire};
use super::weight::Weights;
use crate::journal::Entry;
use crate::model::{
    BotStatus, ClientOrderId, Command, ExecutionReport, GateId, Intent, MarketId, RejectReason, ReportKind, WireEvent,
};
use crate::units::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The invariants, in the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    OneOrder,
    Terminal,
    HeardOnce,
    WaitsHonoured,
    Reconciled,
    Recovers,
    Adopts,
    BoundedState,
    FreshBalance,
    LoggedFirst,
}

impl Holds {
    pub(super) const ALL: [Self; 10] = [
        Self::OneOrder,
        Self::Terminal,
        Self::HeardOnce,
        Self::WaitsHonoured,
        Self::Reconciled,
        Self::Recovers,
        Self::Adopts,
        Self::BoundedState,
        Self::FreshBalance,
        Self::LoggedFirst,
    ];

    /// It is looked at in a run like this.
    const fn is_asked(self, setup: &AuditWire) -> bool {
        match self {
            Self::Adopts => setup.loses_memory,
            Self::BoundedState => setup.weighs,
            Self::FreshBalance => setup.balance_stale_after.is_some(),
            Self::LoggedFirst => setup.logs,
            _ => true,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OneOrder => "one-order",
            Self::Terminal => "terminal",
            Self::HeardOnce => "heard-once",
            Self::WaitsHonoured => "waits-honoured",
            Self::Reconciled => "reconciled",
            Self::Recovers => "recovers",
            Self::Adopts => "adopts",
            Self::BoundedState => "bounded-state",
            Self::FreshBalance => "fresh-balance",
            Self::LoggedFirst => "logged-first",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::OneOrder => {
                "every order at the venue is one that the gates cleared, under its own client order id, once"
            }
            Self::Terminal => "an order that has ended, or was given up, does not come to life again",
            Self::HeardOnce => "the bot takes no report into account twice",
            Self::WaitsHonoured => "nothing is sent before the instant until which the venue has asked to wait",
            Self::Reconciled => {
                "after it has asked for what it missed, the bot has heard of all that was reported before"
            }
            Self::Recovers => {
                "in time after the faults have healed the bot knows of every order, has reconciled and trades, or has declared a halt"
            }
            Self::Adopts => {
                "a bot that has lost its memory has heard of all its orders before it sends what adds risk to the venue"
            }
            Self::BoundedState => "what the bot keeps does not grow with the length of the run",
            Self::FreshBalance => {
                "nothing that adds risk is sent to the venue when that has not said for too long what it holds"
            }
            Self::LoggedFirst => {
                "no order leaves before its record is whole in the bot's own log, nor, if it adds risk, while that cannot be written"
            }
        }
    }
}

/// Reports of which it is remembered when they were told: one that comes again does so within seconds.
const REMEMBERED: usize = 65_536;

/// One market's wire.
#[derive(Debug, Clone, Default)]
struct Line {
    /// Reports so far.
    made: u64,
    /// Reports that the bot does not know of by now: number, when made, when told.
    unheard: BTreeMap<u64, (Timestamp, ClientOrderId)>,
    /// Reports whose telling is still to come: when, number.
    due: BTreeSet<(Timestamp, u64)>,
    /// When the newest reports were told, by number, and those of them whose telling was noted.
    told: BTreeMap<u64, Timestamp>,
    noted: BTreeSet<u64>,
    /// Orders the gates cleared that have not ended.
    sent: BTreeSet<ClientOrderId>,
    /// Those of them that the venue has accepted.
    alive: BTreeSet<ClientOrderId>,
    /// The newest orders that have ended, or were given up.
    over: BTreeSet<ClientOrderId>,
    /// Orders whose fate the gateway does not know, and since when.
    unknown: BTreeMap<ClientOrderId, Timestamp>,
    asked_at: Option<Timestamp>,
    reconciled_at: Option<Timestamp>,
    halted: bool,
    /// When it sent its last order, and the longest that it took to send the next, up to the healing.
    sent_at: Option<Timestamp>,
    pause: Span,
    traded_before: bool,
    /// It has sent an order since the healing.
    tried: bool,
    traded_at: Option<Timestamp>,
    is_shut: bool,
    /// The bot has lost its memory and has not heard of its orders since; whether it has asked.
    lost: Option<bool>,
    weights: Weights,
    /// When the bot last had a balance from the venue.
    balanced_at: Timestamp,
    /// Orders and amends that add risk.
    risky: Risky,
    log: LogLine,
}

impl Line {
    /// What is wrong with sending something that adds risk at `at`.
    fn wrong(&self, at: Timestamp, setup: &AuditWire) -> Wrong {
        let is_stale = |stale_after| stale_after < at.since(self.balanced_at);
        Wrong { blind: self.lost.is_some(), unbalanced: setup.balance_stale_after.is_some_and(is_stale) }
    }

    /// The bot sends an order.
    fn sends(&mut self, intent: &Intent, at: Timestamp, setup: &AuditWire) {
        self.sent.insert(intent.client_order_id);
        self.risky.sends(intent, self.wrong(at, setup));
    }

    /// It asks for what it missed (false), or has heard of it. True where with that a lost memory is back.
    fn asks(&mut self, is_answered: bool) -> bool {
        match (self.lost, is_answered) {
            (Some(true), true) => self.lost = None,
            (Some(_), false) => self.lost = Some(true),
            _ => return false,
        }
        self.lost.is_none()
    }

    /// The venue has done what an order or an amend asked for: what was wrong when that set out.
    fn done(&mut self, report: &ExecutionReport) -> Option<Wrong> {
        let (id, sent_at) = (report.client_order_id, report.sent_at);
        match report.kind {
            ReportKind::Accepted => Some(self.risky.accepted(id)),
            ReportKind::Amended { price, quantity } => Some(self.risky.amended((id, sent_at), price, quantity)),
            ReportKind::RequestRejected(_) => {
                self.risky.refused(id, sent_at);
                None
            }
            _ => None,
        }
    }

    fn ends(&mut self, id: ClientOrderId) {
        self.sent.remove(&id);
        self.alive.remove(&id);
        self.risky.ends(id);
        self.log.ends(id);
        self.over.insert(id);
        if self.over.len() > REMEMBERED {
            self.over.pop_first();
        }
    }
}

/// The fold.
#[derive(Debug, Clone)]
pub(super) struct WireFold {
    setup: AuditWire,
    lines: Vec<Line>,
    rows: Vec<InvariantAudit>,
    broken: Vec<(Holds, Place, String)>,
    /// Gates that are tripped, and bots that are held: a halt that was declared.
    tripped: BTreeSet<(MarketId, GateId)>,
    held: BTreeSet<MarketId>,
    entry: u64,
    is_judged: bool,
    /// A memory was lost.
    has_lost: bool,
}

impl WireFold {
    /// Nothing where no message could be lost.
    pub fn new(setup: &AuditSetup) -> Option<Self> {
        let row = |holds: &Holds| InvariantAudit {
            name: holds.name().to_owned(),
            words: holds.words().to_owned(),
            checked: 0,
            broken: 0,
            not_audited: None,
        };
        Some(Self {
            setup: setup.wire?,
            lines: vec![Line::default(); setup.markets.len()],
            rows: Holds::ALL.iter().map(row).collect(),
            broken: Vec::new(),
            tripped: BTreeSet::new(),
            held: BTreeSet::new(),
            entry: 0,
            is_judged: false,
            has_lost: false,
        })
    }

    /// Takes the next entry; reports say when the bot learned of them.
    pub fn take(&mut self, entry: &Entry) {
        self.judge_by(entry.at());
        self.tell(entry.at());
        match *entry {
            Entry::OrderSent { at, intent } => {
                let heals_at = self.setup.recovery.map(|(heals_at, _)| heals_at);
                if let Some(line) = self.lines.get_mut(intent.market.index()) {
                    line.sends(&intent, at, &self.setup);
                    let is_before = heals_at.is_none_or(|heals_at| at < heals_at);
                    line.traded_before |= is_before;
                    line.tried |= !is_before;
                    let pause = line.sent_at.replace(at).map_or(Span::ZERO, |last| at.since(last));
                    line.pause = if is_before { line.pause.max(pause) } else { line.pause };
                }
            }
            Entry::AmendSent { at, market, client_order_id, price, quantity } => {
                if let Some(line) = self.lines.get_mut(market.index()) {
                    let wrong = line.wrong(at, &self.setup);
                    line.risky.amends((client_order_id, at), (price, quantity), wrong);
                }
            }
            Entry::CancelSent { market, client_order_id, .. } => {
                self.lines.get_mut(market.index()).into_iter().for_each(|line| line.risky.cancels(client_order_id));
            }
            Entry::Start { at, .. } => self.lines.iter_mut().for_each(|line| line.balanced_at = at),
            Entry::Venue(report) => self.report(&report),
            Entry::Wire { at, market, client_order_id, event } => self.event((at, market), client_order_id, event),
            Entry::Status { market, status, .. } => {
                self.lines.get_mut(market.index()).into_iter().for_each(|line| line.is_shut = status.is_halted);
            }
            Entry::Tripped { market, refusal, .. } => drop(self.tripped.insert((market, refusal.gate))),
            Entry::Cleared { market, gate, .. } => drop(self.tripped.remove(&(market, gate))),
            Entry::Command { market, status, command, .. } => {
                if command == Command::RestartWithoutState && self.setup.loses_memory {
                    self.lines.get_mut(market.index()).into_iter().for_each(|line| line.lost = Some(false));
                    self.has_lost = true;
                }
                if status == BotStatus::Running {
                    self.held.remove(&market);
                } else {
                    self.held.insert(market);
                }
            }
            _ => {}
        }
        self.entry += 1;
    }

    fn checked(&mut self, holds: Holds) {
        self.rows[holds as usize].checked += 1;
    }

    fn breaks(&mut self, holds: Holds, (at, market): (Timestamp, MarketId), id: Option<ClientOrderId>, text: String) {
        self.broken.push((holds, Place { entry: self.entry, at, market, id }, text));
    }

    /// Reports that have arrived by `now` are heard.
    fn tell(&mut self, now: Timestamp) {
        for line in &mut self.lines {
            while let Some((at, number)) = line.due.first().copied().filter(|(at, _)| *at <= now) {
                line.due.remove(&(at, number));
                line.unheard.remove(&number);
            }
        }
    }

    fn report(&mut self, report: &ExecutionReport) {
        let (id, at, market) = (report.client_order_id, report.matched_at, report.market);
        let Some(line) = self.lines.get_mut(market.index()) else { return };
        line.made += 1;
        line.unheard.insert(line.made, (at, id));
        line.due.extend(report.told_at().map(|told_at| (told_at, line.made)));
        line.told.extend(report.told_at().map(|told_at| (line.made, told_at)));
        if line.told.len() > REMEMBERED
            && let Some((oldest, _)) = line.told.pop_first()
        {
            line.noted.remove(&oldest);
        }
        let was_sent = line.sent.contains(&id);
        let mut broken = None;
        if let Some(wrong) = line.done(report) {
            self.rows[Holds::Adopts as usize].checked += u64::from(line.lost.is_some() || wrong.blind);
            self.rows[Holds::FreshBalance as usize].checked += 1;
            if wrong.unbalanced {
                broken = Some((Holds::FreshBalance, "the venue had not said for too long what it holds"));
            }
            if wrong.blind {
                broken = Some((Holds::Adopts, "it was sent before the bot had heard of its orders again"));
            }
        }
        match report.kind {
            ReportKind::Accepted => {
                line.traded_at = Some(at);
                let is_first = line.alive.insert(id);
                if line.over.contains(&id) {
                    broken = Some((Holds::Terminal, "the venue took an order that had ended, or was given up"));
                } else if !was_sent {
                    let text = "the venue took an order that no gate has cleared under this number";
                    broken = Some((Holds::OneOrder, text));
                } else if !is_first {
                    broken = Some((Holds::OneOrder, "the venue took it twice"));
                }
            }
            ReportKind::Filled(_) if line.over.contains(&id) => {
                broken = Some((Holds::Terminal, "a fill of an order that had ended, or was given up"));
            }
            ReportKind::Rejected(reason) => {
                if reason == RejectReason::NotPlaced && line.alive.contains(&id) {
                    broken = Some((Holds::Terminal, "it was given up, and is at the venue"));
                }
                line.ends(id);
            }
            ReportKind::Ended(_) => line.ends(id),
            _ => {}
        }
        if matches!(report.kind, ReportKind::Filled(_)) && report.open.is_zero() {
            line.ends(id);
        }
        self.checked(Holds::OneOrder);
        self.checked(Holds::Terminal);
        if let Some((holds, text)) = broken {
            self.breaks(holds, (at, market), Some(id), text.to_owned());
        }
    }

    fn event(&mut self, (at, market): (Timestamp, MarketId), id: ClientOrderId, event: WireEvent) {
        let Some(line) = self.lines.get_mut(market.index()) else { return };
        match event {
            WireEvent::Unknown => drop(line.unknown.entry(id).or_insert(at)),
            WireEvent::Found | WireEvent::Absent => drop(line.unknown.remove(&id)),
            WireEvent::Halted => line.halted = true,
            // A question that was given up may be the one that is answered.
            WireEvent::Reconciling => {
                line.asked_at.get_or_insert(at);
                line.asks(false);
            }
            WireEvent::Reconciled(_) => {
                line.reconciled_at = Some(at);
                let is_back = line.asks(true);
                let asked_at = line.asked_at.take().unwrap_or(at);
                let missing = line.unheard.iter().find(|(_, (made_at, _))| *made_at < asked_at);
                let missing = missing.map(|(number, (made_at, id))| (*number, *made_at, *id));
                self.rows[Holds::Adopts as usize].checked += u64::from(is_back);
                self.checked(Holds::Reconciled);
                if let Some((number, made_at, id)) = missing {
                    let text = format!("report {number}, of {made_at}, is still unknown to it, asked at {asked_at}");
                    self.breaks(Holds::Reconciled, (at, market), Some(id), text);
                }
            }
            WireEvent::Heard(number) => {
                // The first hearing is at the instant at which the report says that it was told.
                // What is long past is not remembered, and nobody is accused of it.
                let is_past = line.told.first_key_value().is_some_and(|(oldest, _)| number < *oldest);
                let is_first = is_past || line.told.get(&number) == Some(&at) && line.noted.insert(number);
                self.checked(Holds::HeardOnce);
                if !is_first {
                    self.breaks(Holds::HeardOnce, (at, market), Some(id), format!("report {number} was heard before"));
                }
            }
            WireEvent::Impatient(by) => {
                self.checked(Holds::WaitsHonoured);
                let text = format!("it was sent {by} before the venue wanted to be asked again");
                self.breaks(Holds::WaitsHonoured, (at, market), Some(id), text);
            }
            WireEvent::Waits(_) => self.checked(Holds::WaitsHonoured),
            WireEvent::Resent(_) => {
                let wrong = line.wrong(at, &self.setup);
                line.risky.sends_again(id, wrong);
            }
            WireEvent::Balanced => line.balanced_at = at,
            WireEvent::Left(_) if line.sent.contains(&id) => {
                let wrong = line.log.leaves(id, line.risky.contains(id));
                self.checked(Holds::LoggedFirst);
                if let Some(text) = wrong {
                    self.breaks(Holds::LoggedFirst, (at, market), Some(id), text.to_owned());
                }
            }
            // What is of no order that goes on is noted of the log alone: it would never end.
            WireEvent::Logged(_) | WireEvent::LogFailed(_) | WireEvent::LogUp => {
                line.log.note(if line.sent.contains(&id) { id } else { ClientOrderId(0) }, event);
            }
            WireEvent::Weighs(bytes) => line.weights.note(at, bytes),
            _ => {}
        }
    }

    /// By then after the healing everything has to be well again.
    fn judge_by(&mut self, now: Timestamp) {
        let Some((heals_at, within)) = self.setup.recovery.filter(|_| !self.is_judged) else { return };
        if now < heals_at.plus(within) {
            return;
        }
        self.is_judged = true;
        for index in 0..self.lines.len() {
            let market = MarketId(index as u8);
            let text = self.unwell(index, (heals_at, within));
            self.checked(Holds::Recovers);
            if let Some(text) = text {
                self.breaks(Holds::Recovers, (heals_at.plus(within), market), None, text);
            }
        }
    }

    /// What is not well of a market's wire, long enough after the healing.
    fn unwell(&self, index: usize, (heals_at, within): (Timestamp, Span)) -> Option<String> {
        let (line, market) = (&self.lines[index], MarketId(index as u8));
        if line.halted {
            return None;
        }
        if let Some((id, since)) = line.unknown.first_key_value() {
            return Some(format!("the fate of order {} is unknown to it since {since}", id.0));
        }
        let lost = line.unheard.values().find(|(made_at, _)| *made_at < heals_at);
        if let Some((made_at, id)) = lost {
            return Some(format!("it has not heard of a report of {made_at} about order {}", id.0));
        }
        if line.reconciled_at.is_none_or(|at| at < heals_at) {
            return Some("it has not asked for what it missed since the faults healed".to_owned());
        }
        let is_held = self.held.contains(&market) || self.tripped.iter().any(|(tripped, _)| *tripped == market);
        let trades = line.traded_at.is_some_and(|at| heals_at <= at);
        // A bot that was silent for as long before, or whose orders stand, is no other than it was.
        let is_slow = !line.tried && (within <= line.pause || !line.alive.is_empty());
        let trades = trades || !line.traded_before || is_held || is_slow || line.is_shut;
        (!trades).then(|| "it has traded before and does not any more, and has declared no halt".to_owned())
    }

    /// What the bot keeps has to be bounded.
    fn weigh(&mut self) {
        for index in 0..self.lines.len() {
            let market = MarketId(index as u8);
            match self.lines[index].weights.judge() {
                Ok(found) => {
                    self.checked(Holds::BoundedState);
                    if let Some((at, text)) = found {
                        self.breaks(Holds::BoundedState, (at, market), None, text);
                    }
                }
                Err(why) => self.rows[Holds::BoundedState as usize].not_audited = Some(why.to_owned()),
            }
        }
    }

    /// Adds what was found to the audit of the lane.
    pub fn finish(mut self, audit: &mut Audit) {
        if self.setup.recovery.is_some() && !self.is_judged {
            let text = "the run ended before the bot had the time to recover in";
            self.rows[Holds::Recovers as usize].not_audited = Some(text.to_owned());
        }
        self.weigh();
        let asked = self.rows.drain(..).zip(Holds::ALL).filter(|(_, holds)| holds.is_asked(&self.setup));
        // Where no memory was lost there is nothing to say of it.
        let asked = asked.filter(|(_, holds)| *holds != Holds::Adopts || self.has_lost);
        audit.invariants.extend(asked.map(|(row, _)| row));
        for (holds, place, text) in self.broken {
            audit.note(place.finding(holds.name(), FindingKind::Broken, text));
        }
    }
}
