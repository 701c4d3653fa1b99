//! A connection with its faults: calls on their way to the venue, replies and reports on their way back.

use super::disk::Disk;
use super::order_budget::{OrderBudget, Spent};
use super::paused::{Paused, Woken};
use super::records::Records;
use super::twin::Twin;
use crate::bot::Request;
use crate::bot::gateway::{Answer, Ask, Call, CallId, Deed, Failure, Gateway, Holdings, OnLostMemory, Policy, Reply};
use crate::checkpoint::kept;
use crate::fault::wire::{AtFront, FaultPlan, Firings, Pause, ReplyFate, ReportFate, RequestFate, Where, WireFaults};
use crate::journal::{Entry, EntrySink};
use crate::model::{ClientOrderId, ExecutionReport, MarketId, ReportKind, Side, WireEvent, WireFault};
use crate::rng::Streams;
use crate::units::{SECOND, Span, Timestamp};
use crate::venue::{Half, Latency, Swept};
use std::collections::{BTreeMap, VecDeque};

/// A bot's connection to a market, in place of one that never loses a message.
#[derive(Debug, Clone)]
pub struct WireSetup {
    /// How its gateway behaves.
    pub policy: Policy,
    /// What goes wrong.
    pub plan: FaultPlan,
    /// Seed of its random streams.
    pub seed: u64,
    /// When the bot's process does not run: in order of time, apart from each other.
    pub pauses: Vec<Pause>,
    /// How many orders of which nothing was filled the venue takes within a while.
    pub order_budget: Option<OrderBudget>,
    /// Its name among the run's connections: one of its own for each market (and each bot of several).
    pub name: String,
    /// What the bot keeps is weighed whenever it has heard of all that it missed.
    pub weighs: bool,
    /// Where every fault that fires is noted, for whoever wants to have it again.
    pub firings: Option<Firings>,
    /// Nothing can be lost, late or refused on it: the gateway is there, and a run is to the byte what it is without one. Nothing is noted
    /// of it then, its questions least of all. They hold no request up, and no instant is one for their sake: they and all answers are
    /// dealt with where a request or a report arrives.
    pub is_sound: bool,
}

impl WireSetup {
    /// The connection called `name` where nothing can be lost, with a careful gateway at its end.
    #[must_use]
    pub fn sound(seed: u64, name: String) -> Self {
        Self {
            policy: Policy::PATIENT,
            plan: FaultPlan::default(),
            seed,
            pauses: Vec::new(),
            order_budget: None,
            name,
            weighs: false,
            firings: None,
            is_sound: true,
        }
    }
}

/// A request of an order that has been over for so long, and that the bot knows to be, is answered by nobody.
const UNANSWERED: Span = SECOND.times(30);

/// What the venue has made of a call; the reply says what it comes to when it arrives.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) enum Made {
    Done(ClientOrderId),
    Order(ClientOrderId),
    Missed,
    Balance(Holdings, Timestamp),
    NotFound,
    Failed(Failure),
}

#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct OnItsWay {
    call: CallId,
    made: Made,
    at: Timestamp,
}

/// One lane's connection to one market.
#[derive(Debug)]
pub(super) struct Wire {
    market: MarketId,
    pub(super) gateway: Gateway,
    pub(super) faults: WireFaults,
    pub(super) records: Records,
    paused: Paused,
    /// What the gateway writes its log to.
    pub(super) disk: Disk,
    budget: Option<OrderBudget>,
    spent: Spent,
    /// The venue ends every order then, if it does not hear of the gateway before.
    switch_at: Timestamp,
    pub(super) twin: Twin,
    /// Another instance has taken the lease over, and the gateway has not been told.
    lease_lost: bool,
    /// Calls on their way: none overtakes another.
    calls: VecDeque<(Timestamp, Call)>,
    /// By arrival and by the order in which they set out.
    replies: BTreeMap<(Timestamp, u64), OnItsWay>,
    stream: BTreeMap<(Timestamp, u64), (u64, ExecutionReport)>,
    /// Replies that set out when the reports of their instant have.
    pub(super) to_reply: Vec<(Replied, Timestamp)>,
    /// Delays of questions and of replies.
    pub(super) latency: Latency,
    /// When the last report that takes its course arrives.
    pub(super) reported_until: Timestamp,
    /// Until when the venue has asked to wait, and when the bot was told: what it sends in that very instant it may have decided before.
    wants_until: Timestamp,
    wanted_at: Timestamp,
    /// Messages that have set out so far.
    messages: u64,
    /// Requests without an answer at the venue, oldest first, as whoever watches the bot counts them.
    travelling: VecDeque<(Timestamp, ClientOrderId)>,
    /// When the orders of those requests were over, and whether the bot has heard so.
    over: BTreeMap<ClientOrderId, (Timestamp, bool)>,
    /// The last balance that the venue has said, and when it has made a fill last.
    balanced: Option<(Holdings, Timestamp)>,
    filled_at: Timestamp,
    /// What the bot keeps is weighed at times, and now is one.
    weighs: bool,
    is_to_weigh: bool,
    /// Nothing can be lost on it.
    is_sound: bool,
    /// Scratch.
    pub(super) deeds: Vec<Deed>,
}

impl Wire {
    /// Calls, replies and reports that have not arrived.
    pub(super) fn under_way(&self) -> usize {
        self.calls.len() + self.replies.len() + self.stream.len()
    }

    pub fn new(setup: &WireSetup, market: MarketId, latency: &Latency, start: Timestamp) -> Self {
        let streams = Streams::new(setup.seed);
        Self {
            market,
            gateway: Gateway::new(setup.policy, streams, &setup.name, start),
            faults: WireFaults::new(&setup.plan, streams, &setup.name, start).noting(setup.firings.clone()),
            records: if setup.is_sound { Records::brief() } else { Records::default() },
            paused: Paused::new(setup.pauses.clone()),
            disk: Disk::default(),
            budget: setup.order_budget,
            spent: Spent::default(),
            switch_at: Timestamp::MAX,
            twin: Twin::absent(),
            lease_lost: false,
            calls: VecDeque::new(),
            replies: BTreeMap::new(),
            stream: BTreeMap::new(),
            to_reply: Vec::new(),
            latency: latency.clone(),
            reported_until: Timestamp::MIN,
            wants_until: Timestamp::MIN,
            wanted_at: Timestamp::MIN,
            messages: 0,
            travelling: VecDeque::new(),
            over: BTreeMap::new(),
            balanced: None,
            filled_at: Timestamp::MIN,
            weighs: setup.weighs,
            is_to_weigh: false,
            is_sound: setup.is_sound,
            deeds: Vec::new(),
        }
    }

    /// Messages can be lost on it, late or refused.
    pub const fn can_lose(&self) -> bool {
        !self.is_sound
    }

    /// When the next call arrives at the venue, or something strikes there.
    pub fn next_call(&self) -> Timestamp {
        if self.is_sound {
            let request = self.calls.iter().find(|(_, call)| !call.ask.is_question());
            return request.map_or(Timestamp::MAX, |(at, _)| *at);
        }
        let call = self.calls.front().map_or(Timestamp::MAX, |(at, _)| *at);
        call.min(self.switch_at).min(self.faults.next_strike(Where::Venue))
    }

    /// Which orders the venue ends by itself at `now`.
    pub fn sweep(&mut self, now: Timestamp, sink: &mut dyn EntrySink) -> Option<Swept> {
        let (fault, cause) = match self.faults.strike(Where::Venue, now) {
            Some((fault, cause, _)) => (fault, cause),
            None if self.switch_at <= now => (WireFault::DeadMansSwitch, self.faults.follows()),
            None => return None,
        };
        self.fault(now, ClientOrderId(0), (fault, cause), sink);
        if fault == WireFault::StopLost {
            return Some(Swept::Waiting);
        }
        self.switch_at = Timestamp::MAX;
        Some(Swept::All)
    }

    /// When something arrives at the bot, or its gateway wants to be told the time.
    pub fn next_at_bot(&self) -> Timestamp {
        let first = |key: Option<&(Timestamp, u64)>| key.map_or(Timestamp::MAX, |(at, _)| *at);
        let report = first(self.stream.keys().next());
        if self.is_sound {
            return report;
        }
        let reply = first(self.replies.keys().next());
        let gateway = self.awake_at(self.gateway.next());
        let strikes = self.faults.next_turn().min(self.faults.next_strike(Where::Bot));
        let written = self.awake_at(self.disk.next());
        reply.min(report).min(gateway).min(strikes).min(written).min(self.paused.next())
    }

    /// Nothing is on its way, and nothing unheard.
    pub fn is_idle(&self) -> bool {
        let is_empty = self.calls.is_empty() && self.replies.is_empty() && self.stream.is_empty();
        let is_written = self.disk.next() == Timestamp::MAX;
        is_empty && is_written && self.gateway.pending() == 0 && self.records.are_heard() && self.paused.is_idle()
    }

    /// When the oldest of the requests was sent whose answer the bot has not heard.
    pub fn waits_since(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_sound {
            // What has arrived is answered: no request has to be remembered for longer than it travels.
            let sent_at = self.calls.iter().find_map(|(_, call)| call.ask.sent_at());
            return self.records.oldest_unheard_answer().into_iter().chain(sent_at).min();
        }
        let waited = |(_, id): &&(Timestamp, ClientOrderId)| self.is_waited_for(*id, at);
        let travelling = self.travelling.iter().find(waited).map(|(sent_at, _)| *sent_at);
        travelling.into_iter().chain(self.records.oldest_unheard_answer()).min()
    }

    /// The bot sends a request off, by way of its gateway.
    pub fn submit(&mut self, request: Request, now: Timestamp) {
        self.sent(request.sent_at(), request.client_order_id());
        if let Some(request) = self.paused.hold(request) {
            self.gateway.submit(request, now, &mut self.deeds);
        }
    }

    /// When the bot hears of what arrives at `at`.
    pub fn awake_at(&self, at: Timestamp) -> Timestamp {
        self.paused.awake_at(at)
    }

    /// The bot's process has ended without its state. The new one was not told yet that the venue wants it to wait.
    pub fn lose_memory(
        &mut self,
        unknown: &[(ClientOrderId, Side)],
        is_over: &dyn Fn(ClientOrderId) -> bool,
        now: Timestamp,
        sink: &mut dyn EntrySink,
    ) {
        let survives = self.gateway.on_lost_memory() == OnLostMemory::Survives;
        if !survives {
            self.wants_until = Timestamp::MIN;
        }
        self.gateway.lose_memory(unknown, now, &mut self.deeds);
        if self.gateway.keeps_log() && !survives && !self.gateway.is_halted() {
            self.recall(is_over, now, sink);
        }
    }

    fn sent(&mut self, sent_at: Timestamp, id: ClientOrderId) {
        if self.is_sound {
            return;
        }
        while self.travelling.front().is_some_and(|(_, id)| !self.is_waited_for(*id, sent_at)) {
            self.travelling.pop_front();
        }
        let is_past = |(over_at, heard): &(Timestamp, bool)| *heard && over_at.plus(UNANSWERED.times(2)) <= sent_at;
        while let Some(entry) = self.over.first_entry().filter(|entry| is_past(entry.get())) {
            let (old, _) = entry.remove_entry();
            self.travelling.retain(|(_, id)| *id != old);
        }
        self.travelling.push_back((sent_at, id));
    }

    /// Somebody may still answer a request of the order: of one that is long over nobody does, which the bot knows once it has heard of the end.
    fn is_waited_for(&self, id: ClientOrderId, at: Timestamp) -> bool {
        self.over.get(&id).is_none_or(|(over_at, heard)| !heard || at < over_at.plus(UNANSWERED))
    }

    /// The venue, or the gateway in its place, has reported.
    pub fn answered(&mut self, report: &ExecutionReport) {
        if self.is_sound {
            return;
        }
        let key = (report.sent_at, report.client_order_id);
        let is_answer = report.matched_at == report.arrived_at;
        if let Some(place) = self.travelling.iter().position(|request| *request == key).filter(|_| is_answer) {
            self.travelling.remove(place);
        }
        if report.is_last() {
            self.over.insert(report.client_order_id, (report.matched_at, false));
        }
    }

    /// The bot hears of a report: that an order is over it knows from then on.
    pub fn heard(&mut self, number: u64) {
        let last = self.records.heard(number).filter(ExecutionReport::is_last);
        if let Some((_, heard)) = last.and_then(|report| self.over.get_mut(&report.client_order_id)) {
            *heard = true;
        }
    }

    /// What the gateway wants done; reports that arrive together are heard in the order in which they were made.
    pub fn take_deeds(&mut self) -> Vec<Deed> {
        let mut deeds = std::mem::take(&mut self.deeds);
        deeds.sort_by_key(|deed| match deed {
            Deed::Hear(number, _) => (1, *number),
            Deed::GiveUp(_) => (2, 0),
            Deed::Call(_) | Deed::Note(..) | Deed::Write(_) => (0, 0),
        });
        deeds
    }

    /// There is more that the gateway wants done.
    pub const fn has_deeds(&self) -> bool {
        !self.deeds.is_empty()
    }

    pub fn give_back(&mut self, mut deeds: Vec<Deed>) {
        deeds.clear();
        self.deeds = deeds;
    }

    /// The bot has heard of all that it missed.
    pub const fn has_reconciled(&mut self) {
        self.is_to_weigh = self.weighs;
    }

    /// Now is a time to weigh what the bot keeps.
    pub fn takes_weight(&mut self) -> bool {
        std::mem::take(&mut self.is_to_weigh)
    }

    const fn number(&mut self) -> u64 {
        self.messages += 1;
        self.messages
    }

    pub fn note(&self, at: Timestamp, id: ClientOrderId, event: WireEvent, sink: &mut dyn EntrySink) {
        if self.is_sound {
            let is_quiet = matches!(event, WireEvent::Reconciling | WireEvent::Reconciled(0));
            return assert!(is_quiet, "{event:?} of order {} where nothing can be lost, at {at}", id.0);
        }
        sink.record(&Entry::Wire { at, market: self.market, client_order_id: id, event });
    }

    pub(super) fn fault(
        &self,
        at: Timestamp,
        id: ClientOrderId,
        (fault, cause): (WireFault, u64),
        sink: &mut dyn EntrySink,
    ) {
        self.note(at, id, WireEvent::Fault { fault, cause }, sink);
    }

    /// A call sets out at `now`, and would arrive at `arrives`.
    pub fn send(&mut self, call: Call, now: Timestamp, arrives: Timestamp, sink: &mut dyn EntrySink) {
        let id = call.ask.client_order_id().unwrap_or_default();
        if self.wanted_at < now && now < self.wants_until {
            // The wire says so, whatever the gateway says of itself.
            self.note(now, id, WireEvent::Impatient(self.wants_until.since(now)), sink);
        }
        let arrives = match self.faults.on_request(now) {
            RequestFate::Passes => arrives,
            RequestFate::Lost(cause) => return self.fault(now, id, (WireFault::RequestLost, cause), sink),
            RequestFate::Delayed(cause, by) => {
                self.fault(now, id, (WireFault::RequestDelayed, cause), sink);
                arrives.plus(by)
            }
        };
        if self.is_sound {
            // Requests keep their order by themselves, and a question holds none of them up.
            let place = self.calls.partition_point(|(at, _)| *at <= arrives);
            return self.calls.insert(place, (arrives, call));
        }
        let arrives = self.calls.back().map_or(arrives, |(last, _)| arrives.max(*last));
        self.calls.push_back((arrives, call));
    }

    /// The next call that arrives up to and at `until`, where nothing answers it before the venue's rules do.
    pub fn arrival(&mut self, until: Timestamp, now: Timestamp, sink: &mut dyn EntrySink) -> Option<Arrived> {
        let (_, call) = self.calls.pop_front_if(|(at, _)| *at <= until)?;
        let id = call.ask.client_order_id().unwrap_or_default();
        if let Some(AtFront { fault, cause, until }) = self.faults.at_front(now) {
            cause.into_iter().for_each(|cause| self.fault(now, id, (fault, cause), sink));
            return Some(Arrived::Answered(call.id, Made::Failed(at_front(fault, now, until))));
        }
        if let Some(failure) = self.over_budget(&call, now, sink) {
            return Some(Arrived::Answered(call.id, Made::Failed(failure)));
        }
        Some(match &call.ask {
            Ask::Alive(after) => {
                self.switch_at = now.plus(*after);
                Arrived::Answered(call.id, Made::NotFound)
            }
            Ask::Missed => Arrived::Answered(call.id, Made::Missed),
            Ask::Balance => Arrived::ForTheBooks(call.id),
            Ask::Query(asked) => Arrived::Answered(call.id, self.query(*asked, now, sink)),
            Ask::New(_) | Ask::Cancel(_) | Ask::Amend(_) => {
                if let Some(cause) = self.faults.is_refused_as_unknown(now) {
                    self.fault(now, id, (WireFault::UnknownNotExecuted, cause), sink);
                    return Some(Arrived::Answered(call.id, Made::Failed(Failure::Unknown)));
                }
                if matches!(call.ask, Ask::New(_)) && call.attempt > 1 && self.records.came_at(id).is_some() {
                    return Some(Arrived::Answered(call.id, Made::Failed(Failure::Duplicate)));
                }
                Arrived::ForTheVenue(call)
            }
        })
    }

    /// Which half of a replacement alone is done.
    pub fn splits(&mut self, id: ClientOrderId, now: Timestamp, sink: &mut dyn EntrySink) -> Option<Half> {
        let (fault, cause) = self.faults.splits(now)?;
        self.fault(now, id, (fault, cause), sink);
        Some(if fault == WireFault::ReplaceNotPlaced { Half::Cancelled } else { Half::Placed })
    }

    /// A new order is one too many for the venue's budget of orders; else it counts.
    fn over_budget(&mut self, call: &Call, now: Timestamp, sink: &mut dyn EntrySink) -> Option<Failure> {
        let Ask::New(order) = &call.ask else { return None };
        let id = order.get().intent.client_order_id;
        let refused = match self.faults.is_over_budget(now) {
            Some(refused) => refused,
            None => {
                let room_at = self.spent.spend(self.budget?, id, now).err()?;
                (self.faults.follows(), room_at)
            }
        };
        self.fault(now, id, (WireFault::OrderBudget, refused.0), sink);
        Some(Failure::RateLimit(refused.1.since(now)))
    }

    fn query(&mut self, id: ClientOrderId, now: Timestamp, sink: &mut dyn EntrySink) -> Made {
        let Some(came_at) = self.records.came_at(id) else { return Made::NotFound };
        match self.faults.overlooks(came_at, now) {
            Some(cause) => {
                self.fault(now, id, (WireFault::QueryLags, cause), sink);
                Made::NotFound
            }
            None => Made::Order(id),
        }
    }

    /// What the venue says that the account holds: of a fill that it has just made its answer may know nothing.
    pub fn balance(&mut self, holdings: Holdings, now: Timestamp, sink: &mut dyn EntrySink) -> Made {
        let overlooked = self.balanced.and_then(|before| Some((before, self.faults.overlooks(self.filled_at, now)?)));
        if let Some(((before, at), cause)) = overlooked {
            self.fault(now, ClientOrderId(0), (WireFault::QueryLags, cause), sink);
            return Made::Balance(before, at);
        }
        self.balanced = Some((holdings, now));
        Made::Balance(holdings, now)
    }

    /// A reply sets out at `now`.
    pub fn reply(&mut self, (call, made): Replied, now: Timestamp, arrives: Timestamp, sink: &mut dyn EntrySink) {
        let id = match made {
            Made::Done(id) | Made::Order(id) => id,
            Made::Missed | Made::Balance(..) | Made::NotFound | Made::Failed(_) => ClientOrderId(0),
        };
        let made = match self.faults.on_reply(now, !matches!(made, Made::Done(_))) {
            ReplyFate::Passes => made,
            ReplyFate::Lost(cause) => return self.fault(now, id, (WireFault::ReplyLost, cause), sink),
            ReplyFate::Unknown(cause) => {
                self.fault(now, id, (WireFault::UnknownExecuted, cause), sink);
                Made::Failed(Failure::Unknown)
            }
        };
        let key = (self.awake_at(arrives), self.number());
        self.replies.insert(key, OnItsWay { call, made, at: now });
    }

    /// The venue has made a report, which would arrive at `arrives`. Says in it when the bot hears of it, where that is known.
    pub fn report(&mut self, report: &mut ExecutionReport, arrives: Timestamp, sink: &mut dyn EntrySink) {
        let (id, at, arrives) = (report.client_order_id, report.matched_at, self.awake_at(arrives));
        let fate = self.faults.on_report(report, at);
        report.reported_at = match fate {
            ReportFate::Passes | ReportFate::Twice(..) => arrives,
            ReportFate::Missed | ReportFate::Late(..) => Timestamp::MAX,
        };
        self.answered(report);
        if let ReportKind::Filled(_) = report.kind {
            self.filled_at = at;
            self.spent.give_back(id);
        }
        let number = self.records.add(report);
        self.reported_until = self.reported_until.max(report.told_at().unwrap_or(Timestamp::MIN));
        match fate {
            ReportFate::Passes => self.stream_to(arrives, number, *report),
            ReportFate::Missed => {}
            ReportFate::Late(fault, cause, by) => {
                self.fault(at, id, (fault, cause), sink);
                self.stream_to(arrives.plus(by), number, *report);
            }
            ReportFate::Twice(cause, by) => {
                self.fault(at, id, (WireFault::DuplicateReport, cause), sink);
                self.stream_to(arrives, number, *report);
                self.stream_to(arrives.plus(by), number, *report);
            }
        }
    }

    /// The gateway reports in the venue's place.
    pub fn give_up(&mut self, report: &ExecutionReport) {
        self.answered(report);
        let number = self.records.add(report);
        self.stream_to(report.reported_at, number, *report);
    }

    fn stream_to(&mut self, arrives: Timestamp, number: u64, report: ExecutionReport) {
        let key = (self.awake_at(arrives), self.number());
        self.stream.insert(key, (number, report));
    }

    /// Everything that arrives at the bot at `now` goes to its gateway, and then the time does.
    pub fn arrive(&mut self, now: Timestamp, sink: &mut dyn EntrySink) {
        self.strike(now, sink);
        let Some(Woken { requests, turns, has_slept }) = self.paused.wake(now) else { return };
        turns.into_iter().for_each(|is_back| self.gateway.on_stream(is_back, now, &mut self.deeds));
        self.take_in(now);
        self.finish_writes(now, sink);
        if std::mem::take(&mut self.lease_lost) {
            self.gateway.on_lease_lost(now, &mut self.deeds);
        }
        requests.into_iter().for_each(|request| self.gateway.submit(request, now, &mut self.deeds));
        if has_slept {
            self.gateway.on_pause(now);
        }
        if self.gateway.next() <= now {
            self.gateway.on_time(now, &mut self.deeds);
        }
        self.records.forget(now);
    }

    /// What strikes at an instant does.
    fn strike(&mut self, now: Timestamp, sink: &mut dyn EntrySink) {
        if let Some(lasts) = self.paused.begin(now).filter(|_| self.market == MarketId::FIRST) {
            let cause = self.faults.strikes(WireFault::LongPause, now, lasts);
            self.fault(now, ClientOrderId(0), (WireFault::LongPause, cause), sink);
        }
        while let Some((fault, cause, lasts)) = self.faults.strike(Where::Bot, now) {
            self.fault(now, ClientOrderId(0), (fault, cause), sink);
            self.lease_lost = true;
            // One that holds no lease does not know of the other.
            if !self.gateway.holds_lease() {
                self.twin.lives(now.plus(lasts));
            }
        }
        while let Some(turn) = self.faults.turn(now) {
            if let Some(cause) = turn {
                self.fault(now, ClientOrderId(0), (WireFault::StreamDisconnect, cause), sink);
            }
            self.paused.turned(turn.is_none());
        }
    }

    /// Reports, then replies go to the gateway.
    fn take_in(&mut self, now: Timestamp) {
        while let Some(entry) = self.stream.first_entry().filter(|entry| entry.key().0 <= now) {
            let numbered = entry.remove();
            self.gateway.on_report(numbered, now, &mut self.deeds);
        }
        while let Some(entry) = self.replies.first_entry().filter(|entry| entry.key().0 <= now) {
            let reply = entry.remove();
            let answer = self.answer(reply);
            let wanted = match answer {
                Answer::Failed(Failure::RateLimit(after)) => now.plus(after),
                Answer::Failed(Failure::Ban(until)) => until,
                _ => Timestamp::MIN,
            };
            if self.wants_until < wanted {
                (self.wants_until, self.wanted_at) = (wanted, now);
            }
            self.gateway.on_reply(Reply { call: reply.call, answer }, now, &mut self.deeds);
        }
    }

    fn answer(&self, OnItsWay { made, at, .. }: OnItsWay) -> Answer {
        match made {
            // What the bot knows already would say nothing to it.
            Made::Done(id) => Answer::Done(self.records.unheard_of(id, at)),
            Made::Order(id) => Answer::Reports(self.records.of(id, at)),
            Made::Missed => Answer::Reports(self.records.unheard(at)),
            Made::Balance(holdings, at) => Answer::Balance(holdings, at),
            Made::NotFound => Answer::NotFound,
            Made::Failed(failure) => Answer::Failed(failure),
        }
    }
}

/// What is replied to a call.
pub(super) type Replied = (CallId, Made);

/// A call that has arrived.
#[derive(Debug)]
pub(super) enum Arrived {
    /// It is answered without the venue's rules.
    Answered(CallId, Made),
    /// It asks what the account holds.
    ForTheBooks(CallId),
    /// It is a request.
    ForTheVenue(Call),
}

/// What the front answers.
const fn at_front(fault: WireFault, now: Timestamp, until: Timestamp) -> Failure {
    match fault {
        WireFault::KeyRevoked => Failure::KeyRevoked,
        WireFault::Firewall => Failure::Firewall,
        WireFault::Ban => Failure::Ban(until),
        WireFault::RateLimit => Failure::RateLimit(until.since(now)),
        WireFault::ClockSkew => Failure::ClockSkew,
        WireFault::InvalidNonce => Failure::InvalidNonce,
        _ => Failure::Overload,
    }
}

kept!(Wire {
    state: records, calls, replies, stream, to_reply, reported_until, wants_until, wanted_at, messages, travelling, over, spent, switch_at, lease_lost,
        balanced, filled_at;
    parts: gateway, faults, latency, paused, twin, disk;
    left: market, deeds, weighs, is_to_weigh, budget, is_sound;
});
