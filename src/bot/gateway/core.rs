//! The gateway itself: what goes out, what comes in, and what is due. What it makes of answers is in `unknown.rs`.

use super::backoff::Backoff;
use super::balancing::Balancing;
use super::breaker::Breaker;
use super::budget::Budget;
use super::call::{Answer, Ask, Call, CallId, Deed, Numbered, Reply};
use super::heard::Heard;
use super::job::{Job, Stage};
use super::log::GatewayLog;
use super::policy::{OnLostMemory, OnUnknown, Policy};
use crate::bot::Request;
use crate::checkpoint::kept;
use crate::model::{BreakerState, ClientOrderId, ExecutionReport, NewOrder, ReportKind, Side, WireEvent};
use crate::rng::Streams;
use crate::units::{Span, Timestamp};
use std::collections::BTreeMap;

/// A question for everything that was missed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Catching {
    /// The question that is out, and when it is given up.
    pub out: Option<(CallId, Timestamp)>,
    /// When the next one is due.
    pub due: Timestamp,
    /// Such questions in a row without an answer.
    pub failed: u32,
    /// Questions that were given up: an answer that is late is one all the same.
    pub late: Vec<CallId>,
    /// Something more was missed while a question was out: another one follows it.
    pub again: bool,
}

/// The bot's end of one connection to one market's venue: see the module.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub(super) policy: Policy,
    pub(super) jobs: Vec<Job>,
    pub(super) heard: Heard,
    pub(super) catching: Catching,
    /// Since when later reports than some that are missing are known.
    gap_since: Option<Timestamp>,
    pub(super) orders: Breaker,
    pub(super) budget: Budget,
    pub(super) backoff: Backoff,
    last_call: u64,
    /// Nothing goes out before.
    pub(super) waits_until: Timestamp,
    /// Reports cannot be heard.
    is_blind: bool,
    /// The key is gone.
    pub(super) is_halted: bool,
    /// When the venue is to hear that it is alive.
    alive_at: Timestamp,
    /// Ids that a naive gateway has made up, and whose they stand for.
    pub(super) aliases: BTreeMap<ClientOrderId, ClientOrderId>,
    /// What it knows of balances, where it asks for them.
    pub(super) balancing: Option<Balancing>,
    /// It has no memory of what its bot sent before, and has not asked yet: nothing that adds risk goes out.
    is_recovering: bool,
    /// What it writes down, where it keeps a log.
    pub(super) log: Option<GatewayLog>,
    /// When it tries again to write it: it cannot now.
    pub(super) probes_at: Option<Timestamp>,
    /// Something of the log was torn: by then an order whose record is gone has come up, and everything missed is asked for once more.
    pub(super) torn_until: Option<Timestamp>,
    /// One that stops after the first failure has seen it.
    has_failed: bool,
    /// What one that keeps everything has heard.
    kept: Vec<Numbered>,
}

/// A connection made up client order ids from here on, where no bot's own count will come.
const ALIASES_FROM: u64 = 1 << 48;

impl Gateway {
    /// A gateway of the connection called `name`, which begins at `start`.
    #[must_use]
    pub fn new(policy: Policy, streams: Streams, name: &str, start: Timestamp) -> Self {
        let due = if policy.reconciles { start.plus(policy.reconcile_every) } else { Timestamp::MAX };
        Self {
            jobs: Vec::new(),
            heard: Heard::default(),
            catching: Catching { out: None, due, failed: 0, late: Vec::new(), again: false },
            gap_since: None,
            orders: Breaker::new(),
            budget: Budget::new(policy.retries_per_minute),
            backoff: Backoff::new(streams, name),
            last_call: 0,
            waits_until: Timestamp::MIN,
            is_blind: false,
            is_halted: false,
            alive_at: if policy.dead_mans_switch.is_some() { start } else { Timestamp::MAX },
            aliases: BTreeMap::new(),
            balancing: policy.balances.map(|_| Balancing::new(start)),
            is_recovering: false,
            log: policy.log.map(|_| GatewayLog::new()),
            probes_at: None,
            torn_until: None,
            has_failed: false,
            kept: Vec::new(),
            policy,
        }
    }

    /// The bot's process has ended without its state, and the gateway's with it, where it is none of its own. What is on its way goes on
    /// travelling, and nobody remembers it. `unknown` are the orders with a request on its way, as the bot had written them down before it
    /// sent them: a careful gateway asks for each, and for all that it missed, before anything that adds risk goes out.
    pub fn lose_memory(&mut self, unknown: &[(ClientOrderId, Side)], now: Timestamp, out: &mut Vec<Deed>) {
        if self.policy.on_lost_memory == OnLostMemory::Survives || self.is_halted {
            return;
        }
        self.jobs.clear();
        self.forget(now);
        if self.policy.on_lost_memory == OnLostMemory::Forgets {
            return;
        }
        self.jobs.extend(unknown.iter().map(|(id, side)| Job::of_unknown_order(*id, *side, now)));
        unknown.iter().for_each(|(id, _)| out.push(Deed::Note(*id, WireEvent::Unknown)));
        self.begin_recovery(now);
    }

    /// Everything that was missed is asked for, and until that is answered nothing that adds risk goes out.
    pub(super) const fn begin_recovery(&mut self, now: Timestamp) {
        self.is_recovering = true;
        self.catching.due = now;
    }

    /// What lived in the process is gone. What was heard of is known by the account's books, which survive; whether the stream is up is seen at once; and calls
    /// count on, so that no late answer is taken for another's, and no order gets a number that was made up before.
    fn forget(&mut self, now: Timestamp) {
        self.orders = Breaker::new();
        self.catching = Catching { out: None, due: self.catching.due, failed: 0, late: Vec::new(), again: false };
        self.budget = Budget::new(self.policy.retries_per_minute);
        (self.gap_since, self.waits_until, self.has_failed) = (None, Timestamp::MIN, false);
        self.alive_at = if self.policy.dead_mans_switch.is_some() { now } else { Timestamp::MAX };
        self.aliases.clear();
        self.kept.clear();
        self.balancing.iter_mut().for_each(|balancing| balancing.forget(now));
        self.log.iter_mut().for_each(GatewayLog::begin_anew);
        (self.probes_at, self.torn_until) = (None, None);
    }

    /// Everything that was missed has been heard of: with it the bot's orders are known again.
    pub(super) const fn has_recovered(&mut self) {
        self.is_recovering = self.torn_until.is_some();
    }

    /// When it wants to be told the time again.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        let jobs = self.jobs.iter().map(Job::due).fold(Timestamp::MAX, Timestamp::min);
        let catching = self.catching.out.map_or(self.catching.due, |(_, deadline)| deadline);
        let gap = self.gap_since.map_or(Timestamp::MAX, |since| since.plus(self.policy.gap_grace));
        let balance = self.balancing.as_ref().map_or(Timestamp::MAX, Balancing::next);
        jobs.min(if self.is_halted {
            Timestamp::MAX
        } else {
            catching.min(gap).min(balance).min(self.alive_at).min(self.probes_at())
        })
    }

    /// Requests that have not come to an end.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.jobs.len()
    }

    /// It may send orders under numbers of its own making.
    #[must_use]
    pub fn makes_ids(&self) -> bool {
        self.policy.on_unknown == OnUnknown::ResendAsNew
    }

    /// What becomes of it when its bot's process ends without its state.
    #[must_use]
    pub const fn on_lost_memory(&self) -> OnLostMemory {
        self.policy.on_lost_memory
    }

    /// It holds a lease, and knows when another instance has taken it over.
    #[must_use]
    pub const fn holds_lease(&self) -> bool {
        self.policy.holds_lease
    }

    /// It has given up for good.
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        self.is_halted
    }

    /// The bot sends a request.
    pub fn submit(&mut self, request: Request, now: Timestamp, out: &mut Vec<Deed>) {
        let sent_at = request.sent_at();
        let ask = match request {
            Request::New(order) => Ask::New(order),
            Request::Cancel(cancel) => Ask::Cancel(cancel),
            Request::Amend(amend) => Ask::Amend(amend),
        };
        let mut job = Job::new(ask, sent_at);
        // What comes later of an order is what is wanted of it: nothing earlier is sent again.
        let earlier = self.jobs.iter_mut().filter(|other| other.id == job.id && !matches!(job.ask, Ask::New(_)));
        earlier.for_each(|other| {
            other.is_unwanted = matches!(job.ask, Ask::Cancel(_)) || matches!(other.ask, Ask::Amend(_))
        });
        let is_behind = |other: &Job| other.id == job.id && other.is_of_order() && is_held_up(other);
        match &job.ask {
            _ if self.is_halted => return out.push(Deed::GiveUp(job.given_up(now))),
            Ask::New(order) if !self.lets_new_out(is_protective(order.get()), now, out) => {
                return out.push(Deed::GiveUp(job.given_up(now)));
            }
            Ask::Amend(_) if self.holds_risk(now) => return out.push(Deed::GiveUp(job.given_up(now))),
            // A cancel that comes before its order cancels nothing.
            Ask::Cancel(_) | Ask::Amend(_) if self.jobs.iter().any(is_behind) => {
                job.stage = Stage::Waiting(Timestamp::MAX);
                return self.jobs.push(job);
            }
            Ask::Cancel(_) | Ask::Amend(_) if self.policy.honours_waits && now < self.waits_until => {
                job.stage = Stage::Waiting(self.waits_until);
                return self.jobs.push(job);
            }
            _ => {}
        }
        self.send(&mut job, now, out);
        self.jobs.push(job);
    }

    /// Reports cannot be heard, and nothing new that adds risk goes out then.
    pub(super) const fn is_held_when_blind(&self, job: &Job) -> bool {
        let is_risky = matches!(&job.ask, Ask::New(order) if !is_protective(order.get()));
        is_risky && self.policy.holds_when_blind && self.is_blind
    }

    /// A new order may go out now: the venue has not asked to wait, reports can be heard, and the breaker is closed.
    /// What protects a position is held back by the venue's own wish alone.
    fn lets_new_out(&mut self, protects: bool, now: Timestamp, out: &mut Vec<Deed>) -> bool {
        if self.policy.honours_waits && now < self.waits_until || self.has_failed {
            return false;
        }
        if protects {
            return true;
        }
        if self.policy.holds_when_blind && self.is_blind || self.holds_risk(now) {
            return false;
        }
        let (may, state) = self.orders.lets_out(now, &self.policy);
        note_breaker(state, out);
        may
    }

    /// Nothing that adds risk goes out: what the bot has at the venue, or what the account holds, is not known, or it cannot be written down.
    fn holds_risk(&self, now: Timestamp) -> bool {
        self.is_recovering || self.is_log_down() || self.is_unbalanced(now)
    }

    /// The request may add risk, and nothing that does goes out. What an order has become is not known here: every amend may.
    pub(super) fn is_held(&self, job: &Job, now: Timestamp) -> bool {
        let adds_risk = match &job.ask {
            Ask::New(order) => !is_protective(order.get()),
            ask => matches!(ask, Ask::Amend(_)),
        };
        adds_risk && self.holds_risk(now)
    }

    /// The venue's reply to a call has arrived.
    pub fn on_reply(&mut self, reply: Reply, now: Timestamp, out: &mut Vec<Deed>) {
        self.take_reply(reply, now, out);
        self.write(out);
    }

    fn take_reply(&mut self, reply: Reply, now: Timestamp, out: &mut Vec<Deed>) {
        if self.catching.out.is_some_and(|(call, ..)| call == reply.call) {
            return self.caught_up(reply.answer, now, out);
        }
        if self.takes_balance(reply.call, &reply.answer, now, out) {
            return;
        }
        match self.jobs.iter().position(|job| job.call() == Some(reply.call)) {
            Some(place) => {
                let job = self.jobs.remove(place);
                if let Some(job) = self.answered(job, reply.answer, now, out) {
                    // What it brought may have ended others.
                    self.jobs.insert(place.min(self.jobs.len()), job);
                }
            }
            // Of a call that was given up: what it brings is welcome all the same.
            None => match reply.answer {
                answer @ Answer::Reports(_) if self.catching.late.contains(&reply.call) => {
                    self.caught_up(answer, now, out);
                }
                Answer::Done(reports) | Answer::Reports(reports) => {
                    self.hear_all(reports, now, out);
                }
                Answer::Failed(failure) => self.heed(failure, now, out),
                Answer::NotFound | Answer::Balance(..) => {}
            },
        }
    }

    /// A report has come on the stream.
    pub fn on_report(&mut self, (number, report): Numbered, now: Timestamp, out: &mut Vec<Deed>) {
        if self.heard.knows(number) && self.policy.drops_duplicates {
            return out.push(Deed::Note(report.client_order_id, WireEvent::Dropped));
        }
        let is_known = self.heard.knows(number);
        self.hear((number, report), now, out);
        if is_known {
            out.push(Deed::Hear(number, self.own(report)));
        }
        self.watch_gap(now);
        self.write(out);
    }

    /// The stream of reports is lost, or back.
    pub fn on_stream(&mut self, connected: bool, now: Timestamp, out: &mut Vec<Deed>) {
        self.is_blind = !connected;
        let event = if connected { WireEvent::Connected } else { WireEvent::Disconnected };
        out.push(Deed::Note(ClientOrderId(0), event));
        if self.policy.reconciles {
            self.ask_again(now);
            self.on_time(now, out);
        }
    }

    /// The bot's process has not run for a while, and runs again: as after a lost stream, everything missed is asked for.
    pub const fn on_pause(&mut self, now: Timestamp) {
        if self.policy.reconciles {
            self.ask_again(now);
        }
    }

    /// Another instance of the bot has taken its lease over: one that holds one stops for good, so that one alone trades.
    pub fn on_lease_lost(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        if self.policy.holds_lease {
            self.halt(now, out);
        }
    }

    /// Tells the venue that it is alive, where that is due; no sooner than the venue wants to hear of it.
    fn say_alive(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        let Some(after) = self.policy.dead_mans_switch.filter(|_| self.alive_at <= now && !self.is_halted) else {
            return;
        };
        if self.policy.honours_waits && now < self.waits_until {
            self.alive_at = self.waits_until;
            return;
        }
        self.alive_at = now.plus(Span::from_nanos(after.nanos() / 4));
        let id = self.next_call();
        out.push(Deed::Call(Call { id, ask: Ask::Alive(after), attempt: 1 }));
    }

    /// Time has passed: whatever is due is done.
    pub fn on_time(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        if self.gap_since.is_some_and(|since| since.plus(self.policy.gap_grace) <= now) {
            self.gap_since = None;
            self.ask_again(now);
        }
        self.say_alive(now, out);
        self.probe(now);
        self.catch_up(now, out);
        self.ask_for_balance(now, out);
        let mut place = 0;
        while place < self.jobs.len() {
            if self.jobs[place].due() > now {
                place += 1;
                continue;
            }
            let job = self.jobs.remove(place);
            if let Some(job) = self.due(job, now, out) {
                self.jobs.insert(place, job);
                place += 1;
            }
        }
        self.write(out);
    }

    fn due(&mut self, mut job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        match job.stage {
            Stage::Waiting(_) | Stage::Writing => self.send_again(job, now, out),
            Stage::InFlight(..) => {
                note_breaker(self.orders.failed(now, &self.policy), out);
                self.lost(job, now, out)
            }
            Stage::Asking(..) => {
                job.stage = Stage::AskingLater(now.plus(self.backoff.after(job.asked, &self.policy)));
                Some(job)
            }
            Stage::AskingLater(_) => {
                self.ask(&mut job, now, out);
                Some(job)
            }
        }
    }

    pub(super) fn next_call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }

    /// Sends a request, be it for the first time or again; the first time it is written down, where there is a log.
    pub(super) fn send(&mut self, job: &mut Job, now: Timestamp, out: &mut Vec<Deed>) {
        if self.writes_down(job, out) {
            return;
        }
        (job.attempt, job.asked, job.last_at) = (job.attempt + 1, 0, now);
        if job.attempt > 1 {
            out.push(Deed::Note(job.id, WireEvent::Resent(job.attempt.into())));
        }
        let id = self.next_call();
        job.stage = Stage::InFlight(id, now.plus(self.policy.timeout));
        out.push(Deed::Call(Call { id, ask: job.ask.clone(), attempt: job.attempt }));
    }

    /// Nobody knows what became of an attempt.
    pub(super) fn lost(&mut self, mut job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        self.has_failed |= self.policy.stops_after_failure;
        match (self.policy.on_unknown, &job.ask) {
            (OnUnknown::Query, _) => {
                out.push(Deed::Note(job.id, WireEvent::Unknown));
                self.ask(&mut job, now, out);
                Some(job)
            }
            (OnUnknown::AssumeFailed, _) => self.give_up(job, now, out),
            (OnUnknown::ResendAsNew, Ask::New(order)) if job.attempt < self.policy.attempts => {
                let alias = ClientOrderId(ALIASES_FROM + self.last_call);
                self.aliases.insert(alias, self.aliases.get(&job.id).copied().unwrap_or(job.id));
                out.push(Deed::Note(job.id, WireEvent::ResentAs(alias.0)));
                job.ask = Ask::New(order.clone().under_another_id(alias));
                self.settles(&job);
                job.record = None;
                self.send(&mut job, now, out);
                Some(job)
            }
            _ if job.attempt < self.policy.attempts => {
                self.send(&mut job, now, out);
                Some(job)
            }
            _ => self.give_up(job, now, out),
        }
    }

    /// The bot is told that the request is not at the venue.
    pub(super) fn give_up(&mut self, job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        out.push(Deed::GiveUp(job.given_up(now)));
        self.release(&job, now);
        None
    }

    /// A request has come to its end: what waits behind an order whose fate was unknown may go on.
    pub(super) fn release(&mut self, job: &Job, now: Timestamp) {
        self.settles(job);
        if job.is_of_order() {
            let behind = self.jobs.iter_mut().filter(|other| other.id == job.id);
            let is_held = |other: &&mut Job| other.stage == Stage::Waiting(Timestamp::MAX);
            behind.filter(is_held).for_each(|other| other.stage = Stage::Waiting(now));
        }
    }

    /// Takes in reports; how many of them were news.
    pub(super) fn hear_all(&mut self, reports: Vec<Numbered>, now: Timestamp, out: &mut Vec<Deed>) -> u64 {
        let news = reports.into_iter().map(|numbered| u64::from(self.hear(numbered, now, out))).sum();
        self.watch_gap(now);
        news
    }

    /// Takes in a report; false when it was known.
    fn hear(&mut self, (number, report): Numbered, now: Timestamp, out: &mut Vec<Deed>) -> bool {
        if !self.heard.note(number) {
            return false;
        }
        let report = self.own(report);
        if self.policy.keeps_everything {
            self.kept.push((number, report));
        }
        let answered: Vec<Job> = self.jobs.extract_if(.., |job| job.is_answered_by(&report)).collect();
        for job in &answered {
            if job.is_unknown() {
                out.push(Deed::Note(job.id, WireEvent::Found));
            }
            note_breaker(self.orders.succeeded(), out);
            self.release(job, now);
        }
        if matches!(report.kind, ReportKind::Filled(_)) || report.kind.sets_right() {
            self.balancing.iter_mut().for_each(|balancing| balancing.filled(report.matched_at));
        }
        out.push(Deed::Hear(number, report));
        true
    }

    /// The report as the bot knows its order.
    fn own(&self, report: ExecutionReport) -> ExecutionReport {
        let client_order_id = self.aliases.get(&report.client_order_id).copied().unwrap_or(report.client_order_id);
        ExecutionReport { client_order_id, ..report }
    }

    fn watch_gap(&mut self, now: Timestamp) {
        let has_gap = self.policy.reconciles && self.heard.has_gap();
        self.gap_since = has_gap.then(|| self.gap_since.unwrap_or(now));
    }

    /// Everything missed is to be asked for now, or as soon as the present question is answered.
    pub(super) const fn ask_again(&mut self, now: Timestamp) {
        self.catching.due = now;
        self.catching.again = self.catching.out.is_some();
    }

    pub(super) fn pause(&mut self, attempt: u32) -> Span {
        self.backoff.after(attempt, &self.policy)
    }
}

/// The order protects a position, or can only reduce it.
const fn is_protective(order: &NewOrder) -> bool {
    order.intent.protective || order.intent.reduce_only
}

/// A request that is unknown, or waits to be sent again.
const fn is_held_up(job: &Job) -> bool {
    job.is_unknown() || matches!(job.stage, Stage::Waiting(_) | Stage::Writing)
}

pub(super) fn note_breaker(state: Option<BreakerState>, out: &mut Vec<Deed>) {
    out.extend(state.map(|state| Deed::Note(ClientOrderId(0), WireEvent::Breaker(state))));
}

kept!(Gateway {
    state: jobs, heard, catching, gap_since, orders, budget, backoff, last_call, waits_until, is_blind, is_halted, alive_at, aliases,
        balancing, is_recovering, log, probes_at, torn_until, has_failed, kept;
    parts: ;
    left: policy;
});
