use super::account::{Today, exceeds, parts};
use super::desk::{self, Desk, is_answer, nanos, too_long_from, way};
use super::outcome::AlertAudit;
use super::post::{Found, Now, Post, Row, Seen};
use super::rule::{self, Rule};
use super::setup::{AlertSetup, AuditAlert};
use super::trip::Trip;
use crate::audit::fold::Ears;
use crate::audit::hearing::Heard;
use crate::audit::purse::Purse;
use crate::audit::setup::{Armed, AuditSetup, Limits, Worth};
use crate::audit::{Audit, FindingKind};
use crate::journal::Entry;
use crate::model::{
    Alert, AlertId, AlertPhase, BestPrices, ClientOrderId, Command, ExecutionReport, GateId, Mark, MarketId, ReportKind,
};
use crate::tape::TapeError;
use crate::units::{Money, Quantity, Span, Timestamp};
use std::collections::BTreeMap;

/// The kill switch among the gates.
const KILL_SWITCH: GateId = GateId(1);

/// Which alert, of which market, and of which gate where each has its own.
type Key = (AlertId, MarketId, i128);

/// The audit of one lane's alerts while its journal is read.
pub(in crate::audit) struct Alerts {
    setup: AlertSetup,
    rows: BTreeMap<AlertId, Row>,
    posts: BTreeMap<Key, Post>,
    desks: Vec<Desk>,
    purse: Purse,
    today: Today,
    start: Timestamp,
    /// The look before the present one.
    looked_at: Timestamp,
    /// The last tick of the clocks.
    ticked_at: Timestamp,
    /// The value of all positions, as far as the present look has come.
    gross: i128,
    on_bars: bool,
    can_kill: bool,
    /// When all gates were last built anew, by which command, and the last market that said so.
    restarted: Option<(Timestamp, u32, MarketId)>,
    entry: u64,
}

impl Alerts {
    /// `None` where no alert was armed.
    pub fn new(setup: &AuditSetup, worth: &[Worth], has_tapes: bool, bar: Span) -> Option<Self> {
        let on_bars = bar != Span::ZERO;
        let row = |alert: &AuditAlert| (alert.id, row(alert, &setup.alerts, has_tapes, on_bars));
        let start = Timestamp::MIN;
        (!setup.alerts.alerts.is_empty()).then(|| Self {
            rows: setup.alerts.alerts.iter().map(row).collect(),
            posts: BTreeMap::new(),
            desks: worth.iter().map(|worth| Desk::new(worth.tick_step, start, setup.wire.is_some())).collect(),
            purse: Purse::new(setup, worth),
            today: Today::starting(start, 0),
            start,
            looked_at: start,
            ticked_at: start,
            gross: 0,
            on_bars,
            can_kill: setup.gates.iter().any(|gate| gate.armed == Armed::With(Limits::KillSwitch)),
            restarted: None,
            entry: 0,
            setup: setup.alerts.clone(),
        })
    }

    /// The next look before `entry` that the journal does not show.
    pub fn look_before(&self, entry: &Entry, ears: &mut Ears<'_>) -> Result<Option<Timestamp>, TapeError> {
        let at = entry.at();
        let Some(look) = self.next_look(ears)? else { return Ok(None) };
        let is_before = match entry {
            Entry::Start { .. } | Entry::Quote { .. } | Entry::Ambiguous { .. } => false,
            Entry::Venue(_) => look < at || self.on_bars && look == at,
            Entry::Mark(_) => look < at || !self.on_bars && look == at,
            _ => look <= at,
        };
        Ok(is_before.then_some(look))
    }

    fn next_look(&self, ears: &mut Ears<'_>) -> Result<Option<Timestamp>, TapeError> {
        if self.on_bars {
            let mut soonest: Option<Timestamp> = None;
            for ear in ears.iter_mut().flatten() {
                let close = ear.next_close()?;
                soonest = [soonest, close].into_iter().flatten().min();
            }
            return Ok(soonest.filter(|close| self.looked_at < *close));
        }
        let [look, tick] = [self.setup.clock, self.setup.risk_clock].map(|clock| multiple_after(self.ticked_at, clock));
        Ok((self.setup.looks_between() && look < tick).then_some(look))
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        match *entry {
            Entry::Start { at, market, equity, position } => self.starts(at, market, equity, position),
            Entry::OrderSent { at, intent } => self.sent(at, intent.market, intent.client_order_id),
            Entry::CancelSent { at, market, client_order_id }
            | Entry::AmendSent { at, market, client_order_id, .. } => {
                self.sent(at, market, client_order_id);
            }
            Entry::Venue(report) => {
                self.purse.report(&report);
                let index = self.index(report.market);
                self.desks[index].reported(&report);
            }
            Entry::Mark(mark) => self.marked(&mark, ears)?,
            Entry::Tripped { at, market, refusal } => self.gate(at, market, refusal.gate, Some(refusal.value)),
            Entry::Cleared { at, market, gate } => self.gate(at, market, gate, None),
            Entry::Command { at, market, command, line, .. } => self.command((at, market), command, line),
            Entry::Charged { amount, .. } => self.purse.charge(amount),
            Entry::Allocated { amount, .. } => {
                self.purse.charge(amount);
                self.today.allocated(amount.atto());
            }
            Entry::Alert { at, market, alert } => self.said(at, market, &alert),
            Entry::End { at, .. } => self.hear_to(at),
            Entry::OrderRefused { .. }
            | Entry::RequestRefused { .. }
            | Entry::Quote { .. }
            | Entry::Status { .. }
            | Entry::Wire { .. }
            | Entry::Ambiguous { .. } => {}
        }
        self.entry += 1;
        Ok(())
    }

    /// Adds what was found to the audit of the lane.
    pub fn finish(mut self, audit: &mut Audit) {
        for ((id, ..), post) in &mut self.posts {
            if let Some(row) = self.rows.get_mut(id) {
                post.finish(row);
            }
        }
        for AuditAlert { id, .. } in &self.setup.alerts {
            let Some(row) = self.rows.remove(id) else { continue };
            audit.found += row.audit.found();
            audit.findings.extend(row.findings);
            audit.alerts.push(row.audit);
        }
        let unknown = audit.alerts_not_audited();
        audit.unchecked.extend(unknown);
    }

    fn index(&self, market: MarketId) -> usize {
        if market.index() < self.desks.len() { market.index() } else { 0 }
    }

    const fn now(&self, at: Timestamp, market: MarketId) -> Now {
        Now { entry: self.entry, at, market }
    }

    /// Limit of an alert that is audited.
    fn limit(&self, id: AlertId) -> Option<i128> {
        self.rows.get(&id).filter(|row| row.audit.not_audited.is_none()).map(|row| row.limit)
    }

    /// Where an alert stands, if it is audited.
    fn with(&mut self, id: AlertId, market: MarketId, act: impl FnOnce(&mut Post, &mut Row)) {
        self.with_gate((id, market, 0), act);
    }

    fn with_gate(&mut self, key: Key, act: impl FnOnce(&mut Post, &mut Row)) {
        if let Some(row) = self.rows.get_mut(&key.0).filter(|row| row.audit.not_audited.is_none()) {
            act(self.posts.entry(key).or_default(), row);
        }
    }

    fn look(&mut self, id: AlertId, now: Now, seen: &[Seen], is_sure: bool) {
        self.with(id, now.market, |post, row| post.look(now, seen, is_sure, row));
    }

    fn starts(&mut self, at: Timestamp, market: MarketId, equity: Money, position: Quantity) {
        let index = self.index(market);
        (self.start, self.looked_at, self.ticked_at) = (at, at, at);
        self.today = Today::starting(at, equity.atto());
        let price = self.purse.price_x2(market);
        let desk = &mut self.desks[index];
        *desk = desk.afresh(at);
        match price {
            Some(price_x2) => {
                desk.mid_x2 = price_x2;
                desk.trip = Trip::holding(position.steps().into(), i128::from(price_x2 / 2));
            }
            None if position.is_zero() => {}
            None => {
                if let Some(row) = self.rows.get_mut(&rule::TRADE_LOSS) {
                    let why = "it depends on what the opening position was entered for, which is not known here";
                    row.audit.not_audited = Some(why.to_owned());
                }
            }
        }
        self.purse.open(MarketId(index as u8), position.steps().into(), equity);
    }

    fn sent(&mut self, at: Timestamp, market: MarketId, id: ClientOrderId) {
        let index = self.index(market);
        self.desks[index].sent(at, id);
    }

    /// The bot hears of everything that is reported up to and at `until`.
    fn hear_to(&mut self, until: Timestamp) {
        (0..self.desks.len()).for_each(|index| while self.hear_next(index, until, until) {});
    }

    /// The bot hears of the next report, if that comes up to and at `until`; on bars at the close `now`. True when it does.
    fn hear_next(&mut self, index: usize, until: Timestamp, now: Timestamp) -> bool {
        let Some(report) = self.desks[index].hear_next(until) else { return false };
        let at = if self.on_bars { now } else { report.reported_at };
        let now = self.now(at, MarketId(index as u8));
        if !self.on_bars {
            self.travelled(now, &report);
        }
        if let ReportKind::Filled(_) = &report.kind {
            self.desks[index].trades(&report);
            let count = self.desks[index].trade_count(at);
            if let Some(limit) = self.limit(rule::TRADE_RATE).filter(|limit| *limit < count) {
                self.look(rule::TRADE_RATE, now, &[Seen::of(at, count, limit)], true);
            }
        }
        let desk = &mut self.desks[index];
        let lost = desk.trip.report(&report, desk.worth);
        let value = self.limit(rule::TRADE_LOSS).and_then(|limit| lost?.over(limit));
        if let Some(value) = value {
            self.happens(rule::TRADE_LOSS, now, &[Found { cause_at: at, value }], true);
        }
        true
    }

    fn happens(&mut self, id: AlertId, now: Now, found: &[Found], is_sure: bool) {
        self.with(id, now.market, |post, row| post.happens(now, found, is_sure, row));
    }

    /// A report tells how long it and its request took.
    fn travelled(&mut self, now: Now, report: &ExecutionReport) {
        let way = nanos(way(report));
        if self.limit(rule::NETWORK_LATENCY).is_some_and(|limit| limit < way) {
            self.happens(rule::NETWORK_LATENCY, now, &[Found { cause_at: now.at, value: way }], true);
        }
        let reply = nanos(report.reported_at.since(report.sent_at));
        if let Some(limit) = self.limit(rule::VENUE_REPLY).filter(|limit| is_answer(report) && *limit < reply) {
            let found = Found { cause_at: too_long_from(report.sent_at, limit), value: reply };
            self.happens(rule::VENUE_REPLY, now, &[found], true);
        }
    }

    /// A look begins: what the bot has heard by then.
    fn begin_look(&mut self, at: Timestamp, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        self.hear_to(if self.on_bars { at } else { at.plus(Span::from_nanos(-1)) });
        for (place, ear) in ears.iter_mut().flatten().enumerate() {
            let heard = ear.at(at)?;
            let desk = &mut self.desks[place];
            desk.heard.clear();
            desk.heard.extend_from_slice(heard);
            desk.has_book = ear.has_book() && !self.setup.is_deaf;
        }
        Ok(())
    }

    fn marked(&mut self, mark: &Mark, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        let index = self.index(mark.market);
        let is_again = self.on_bars && self.looked_at == mark.at && self.start < mark.at;
        // What is looked at twice at one close is so at the last.
        let is_last = !is_again || self.next_look(ears)?.is_none();
        if index == 0 {
            self.begin_look(mark.at, ears)?;
            self.ticked_at = if is_multiple(mark.at, self.setup.risk_clock) { mark.at } else { self.ticked_at };
        }
        let _ = self.purse.mark(mark);
        self.desks[index].mid_x2 = mark.best.mid_x2().unwrap_or(self.desks[index].mid_x2);
        let is_whole = index + 1 == self.desks.len();
        if is_last {
            self.look_at_market(mark.market, mark.at, (&mark.best, mark.position.steps().into()), !is_again);
            if is_whole {
                self.look_at_account(mark.at, mark.equity.atto(), !is_again);
            }
        }
        Ok(())
    }

    /// A look that the journal does not show.
    pub fn look_at(&mut self, at: Timestamp, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        self.begin_look(at, ears)?;
        self.ticked_at = at;
        let mut mids = Vec::with_capacity(self.desks.len());
        for index in 0..self.desks.len() {
            let market = MarketId(index as u8);
            let best = self.desks[index].heard.last().map_or_else(BestPrices::default, |heard| heard.best);
            mids.push(best.mid_x2());
            self.look_at_market(market, at, (&best, self.purse.position(market)), true);
        }
        match self.purse.equity(|market| mids[market.index()]) {
            Some(equity) => self.look_at_account(at, equity, true),
            None => (self.looked_at, self.gross) = (at, 0),
        }
        Ok(())
    }

    /// The first instant at which what a look finds can have been there.
    const fn since(&self, at: Timestamp) -> Timestamp {
        if self.on_bars { at } else { self.looked_at }
    }

    fn look_at_market(&mut self, market: MarketId, at: Timestamp, (best, steps): (&BestPrices, i128), is_sure: bool) {
        let (index, now, since) = (self.index(market), self.now(at, market), self.since(at));
        let desk = &self.desks[index];
        let value = desk.value(steps, best.mid_x2().unwrap_or(desk.mid_x2));
        self.gross = self.gross.saturating_add(value);
        if let Some(limit) = self.limit(rule::POSITION_VALUE) {
            self.look(rule::POSITION_VALUE, now, &[Seen::of(since, value, limit)], is_sure);
        }
        self.look_at_trades(now, is_sure);
        if !self.on_bars {
            self.look_at_path(now);
            self.look_at_feed(now);
        }
        self.look_at_price(now, best.mid_x2(), is_sure);
        self.remind(now, is_sure);
    }

    fn look_at_trades(&mut self, now: Now, is_sure: bool) {
        let index = self.index(now.market);
        let is_torn = !self.on_bars && self.desks[index].is_torn(now.at);
        if let Some(limit) = self.limit(rule::TRADE_RATE) {
            let counts = self.desks[index].trade_counts(now.at);
            let seen = counts.map(|count| Seen::of(now.at, count, limit));
            // That there are too many is heard with a report; a look tells when there are not any more.
            self.with(rule::TRADE_RATE, now.market, |post, row| {
                if post.stands() || matches!(seen[0], Seen::Within(_)) {
                    post.look(now, if is_torn { &seen } else { &seen[..1] }, is_sure, row);
                }
            });
        }
        let is_sure = is_sure && !is_torn;
        self.with(rule::TRADE_LOSS, now.market, |post, row| post.is_quiet(now, is_sure, row));
    }

    fn look_at_path(&mut self, now: Now) {
        let index = self.index(now.market);
        let (desk, since) = (&self.desks[index], self.since(now.at));
        let is_torn = desk.is_torn(now.at);
        if let Some(limit) = self.limit(rule::NETWORK_LATENCY) {
            let slow: Vec<Option<Found>> =
                desk.heard.iter().map(|heard| desk::slow_feed(heard, since, limit)).collect();
            self.may_happen(rule::NETWORK_LATENCY, now, &slow, is_torn);
        }
        if let Some(limit) = self.limit(rule::VENUE_REPLY) {
            let waits = self.desks[index].waits_since(now.at);
            let slow = waits.map(|sent_at| {
                let (sent_at, waited) = sent_at.map(|sent_at| (sent_at, nanos(now.at.since(sent_at))))?;
                (limit < waited).then(|| Found { cause_at: too_long_from(sent_at, limit), value: waited })
            });
            self.may_happen(rule::VENUE_REPLY, now, if is_torn { &slow } else { &slow[..1] }, is_torn);
        }
    }

    /// What a look may find of events, whichever of these it is.
    fn may_happen(&mut self, id: AlertId, now: Now, slow: &[Option<Found>], is_torn: bool) {
        let found: Vec<Found> = slow.iter().copied().flatten().collect();
        let seen: Vec<Seen> = found.iter().copied().map(Seen::Over).collect();
        // What comes first is what a look of the clock has heard.
        let is_first = slow.first().is_some_and(Option::is_some);
        self.with(id, now.market, |post, row| match (is_first, found.is_empty()) {
            (true, _) => post.happens(now, &found, found.len() == slow.len(), row),
            (false, false) => post.look(now, &seen, false, row),
            (false, true) => post.is_quiet(now, !is_torn, row),
        });
    }

    fn look_at_feed(&mut self, now: Now) {
        let Some(desk) = self.desks.get(self.index(now.market)) else { return };
        let (heard, has_book) = (desk.heard.clone(), desk.has_book);
        let (start, since) = (self.start, self.since(now.at));
        let seen = |see: &dyn Fn(&Heard) -> Option<Seen>| -> Vec<Seen> { heard.iter().filter_map(see).collect() };
        let silent = self.limit(rule::FEED_DISCONNECTED);
        if let Some(limit) = silent {
            let seen = seen(&|heard| Some(desk::disconnected(heard, start, now.at, limit)));
            self.look(rule::FEED_DISCONNECTED, now, &seen, true);
        }
        if let Some(limits) = silent.zip(self.limit(rule::RECONNECT_FAILURES)) {
            let seen = seen(&|heard| Some(desk::unconnected(heard, start, now.at, limits)));
            self.look(rule::RECONNECT_FAILURES, now, &seen, true);
        }
        let is_known = heard.iter().all(|heard| heard.market_at.is_some());
        if let Some(limit) = self.limit(rule::PRICE_AGE) {
            let age = |heard: &Heard| heard.market_at.map(|_| desk::disconnected(heard, start, now.at, limit));
            self.look_if_any(rule::PRICE_AGE, now, &seen(&age), is_known);
        }
        if self.limit(rule::BOOK_ANOMALY).is_some() {
            let book = |heard: &Heard| {
                (heard.market_at.is_some() && has_book).then(|| Seen::of(since, desk::book(&heard.best), 0))
            };
            self.look_if_any(rule::BOOK_ANOMALY, now, &seen(&book), is_known);
        }
    }

    fn look_if_any(&mut self, id: AlertId, now: Now, seen: &[Seen], is_sure: bool) {
        if !seen.is_empty() {
            self.look(id, now, seen, is_sure);
        }
    }

    fn look_at_price(&mut self, now: Now, mid_x2: Option<i64>, is_sure: bool) {
        let (index, clock, on_bars) = (self.index(now.market), self.setup.clock, self.on_bars);
        let Some(limit) = self.limit(rule::EXTREME_MOVE) else { return };
        let prices = &mut self.desks[index].prices;
        let moved = if on_bars { prices.close(now.at, mid_x2) } else { prices.look(now.at, mid_x2, clock) };
        if let Some((moved, since)) = moved {
            self.look(rule::EXTREME_MOVE, now, &[Seen::of(since, moved, limit)], is_sure);
        }
    }

    /// What stands and is not measured at a look.
    fn remind(&mut self, now: Now, is_sure: bool) {
        if self.desks[self.index(now.market)].is_killed {
            self.look(rule::KILL_SWITCH, now, &[Seen::of(now.at, 1, 0)], is_sure);
        }
        let Some(row) = self.rows.get_mut(&rule::GATE_TRIPPED) else { return };
        let of_market = (rule::GATE_TRIPPED, now.market, 0)..=(rule::GATE_TRIPPED, now.market, i128::MAX);
        for ((_, _, gate), post) in self.posts.range_mut(of_market) {
            if post.stands() && !post.owes(AlertPhase::Resolved) {
                let seen = Seen::Over(Found { cause_at: now.at, value: *gate });
                post.look(now, &[seen], is_sure, row);
            }
        }
    }

    fn look_at_account(&mut self, at: Timestamp, equity: i128, is_sure: bool) {
        let (now, since) = (self.now(at, MarketId::FIRST), self.since(at));
        let seen = |part: i128, whole: i128, limit: i128| match exceeds(part, whole, limit) {
            true => Seen::Over(Found { cause_at: since, value: parts(part, whole) }),
            false => Seen::Within(parts(part, whole)),
        };
        let (lost, before) = self.today.look(at, equity);
        if let Some(limit) = self.limit(rule::DAILY_LOSS) {
            self.look(rule::DAILY_LOSS, now, &[seen(lost, before, limit)], is_sure);
        }
        let gross = std::mem::take(&mut self.gross);
        if let Some(limit) = self.limit(rule::LEVERAGE) {
            self.look(rule::LEVERAGE, now, &[seen(gross, equity, limit)], is_sure);
        }
        self.looked_at = at;
    }

    /// A gate has tripped with a value, or opened.
    fn gate(&mut self, at: Timestamp, market: MarketId, gate: GateId, tripped: Option<i128>) {
        let now = self.now(at, market);
        if gate != KILL_SWITCH {
            let value = i128::from(gate.0);
            self.with_gate((rule::GATE_TRIPPED, market, value), |post, row| match tripped {
                Some(_) => post.trips(now, Found { cause_at: at, value }, row),
                None => post.opens(now, value, row),
            });
        } else if tripped == Some(1) {
            self.killed(market, true);
        }
        self.look_at_kill_switch(now);
    }

    fn killed(&mut self, market: MarketId, is_killed: bool) {
        let index = self.index(market);
        self.desks[index].is_killed = is_killed && self.can_kill;
    }

    fn look_at_kill_switch(&mut self, now: Now) {
        let is_killed = i128::from(self.desks[self.index(now.market)].is_killed);
        self.look(rule::KILL_SWITCH, now, &[Seen::of(now.at, is_killed, 0)], true);
    }

    fn command(&mut self, (at, market): (Timestamp, MarketId), command: Command, line: u32) {
        match command {
            Command::Kill => self.killed(market, true),
            Command::Release => self.killed(market, false),
            Command::RestartWithoutState => {
                self.killed(market, false);
                self.restarts(at, market, line);
            }
            _ => {}
        }
        self.look_at_kill_switch(self.now(at, market));
    }

    /// One restart is an entry in each market, in their order, and all gates are new with the first.
    fn restarts(&mut self, at: Timestamp, market: MarketId, line: u32) {
        let is_same = |(then, other, last)| then == at && other == line && last < market;
        if !self.restarted.is_some_and(is_same) {
            self.forget_trips(at);
        }
        self.restarted = Some((at, line, market));
    }

    /// Gates that are built anew are not tripped.
    fn forget_trips(&mut self, at: Timestamp) {
        let entry = self.entry;
        let Some(row) = self.rows.get_mut(&rule::GATE_TRIPPED) else { return };
        for ((id, market, gate), post) in &mut self.posts {
            if *id == rule::GATE_TRIPPED {
                post.opens(Now { entry, at, market: *market }, *gate, row);
            }
        }
    }

    /// The journal says something to a person. What the bot heard at that instant may have come first.
    fn said(&mut self, at: Timestamp, market: MarketId, alert: &Alert) {
        let now = self.now(at, market);
        let gate = if alert.rule == rule::GATE_TRIPPED { alert.value } else { 0 };
        let key = (alert.rule, market, gate);
        self.with_gate(key, |post, row| post.bring_to(at, row));
        let owes = |posts: &BTreeMap<Key, Post>| posts.get(&key).is_some_and(|post| post.owes_word(alert));
        let index = self.index(market);
        while !owes(&self.posts) && self.hear_next(index, at, at) {}
        match self.rows.get_mut(&alert.rule) {
            Some(row) if row.audit.not_audited.is_none() => {
                self.posts.entry(key).or_default().said(now, alert, row);
            }
            Some(row) => row.only_said(now, alert.phase),
            None => self.unarmed(now, alert),
        }
    }

    /// An alert that is off has spoken.
    fn unarmed(&mut self, now: Now, alert: &Alert) {
        let known =
            AuditAlert { id: alert.rule, name: format!("number {}", alert.rule.0), severity: String::new(), limit: 0 };
        let mut row = row(&known, &self.setup, true, false);
        row.note(FindingKind::False, now.place(), format!("{}, and the run does not watch for it", alert.phase));
        self.rows.insert(alert.rule, row);
        self.setup.alerts.push(known);
    }
}

/// The row of an alert before anything has happened.
fn row(alert: &AuditAlert, setup: &AlertSetup, has_tapes: bool, on_bars: bool) -> Row {
    let rule = Rule::of(alert.id);
    let hidden = match &rule {
        Some(rule) => rule.hidden(setup, has_tapes, on_bars),
        None => Some("nobody knows what it had to do"),
    };
    let audit = AlertAudit {
        name: alert.name.clone(),
        severity: alert.severity.clone(),
        limit: rule.map(|rule| rule.limit(alert.limit)).unwrap_or_default(),
        not_audited: hidden.map(str::to_owned),
        ..AlertAudit::default()
    };
    Row::new(audit, alert.limit, rule, setup)
}

/// The first multiple of `clock` after `at`.
fn multiple_after(at: Timestamp, clock: Span) -> Timestamp {
    let clock = clock.nanos().max(1);
    Timestamp::from_nanos((at.nanos().div_euclid(clock) + 1).saturating_mul(clock))
}

fn is_multiple(at: Timestamp, clock: Span) -> bool {
    at.nanos().rem_euclid(clock.nanos().max(1)) == 0
}
