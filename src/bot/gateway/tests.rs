//! A gateway against a little venue that loses, delays and doubles as a drawn list of fates says: whatever they are, no order is there twice, no
//! report is heard twice, and once nothing goes wrong any more every request comes to its end.

use super::{
    Answer, Ask, BalancePolicy, Call, Deed, Failure, Gateway, Holdings, Numbered, OnLostMemory, Policy, Reply, Write,
    Written,
};
use crate::bot::Request;
use crate::gates::Cleared;
use crate::model::{
    BalanceSource, CancelReason, ClientOrderId, ExecutionReport, Intent, IntentKey, MarketId, NewOrder, OrderId,
    OrderType, ReportKind, Side, TimeInForce, WireEvent,
};
use crate::rng::Streams;
use crate::units::{MILLISECOND, Quantity, SECOND, Span, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of one message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Passes,
    Lost,
    Late(u16),
    Doubled(u16),
    Fails(u8),
}

pub(super) fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Passes),
        1 => Just(Fate::Lost),
        1 => (1_u16..8_000).prop_map(Fate::Late),
        1 => (1_u16..8_000).prop_map(Fate::Doubled),
        1 => (0_u8..6).prop_map(Fate::Fails),
    ]
}

#[derive(Debug, Clone)]
enum Travelling {
    Call(Call),
    Reply(Reply),
    Report(Numbered),
    Written(Write, Written),
}

/// Venue and wire.
pub(super) struct Little {
    now: Timestamp,
    fates: Vec<Fate>,
    travelling: BTreeMap<(Timestamp, u64), Travelling>,
    sent: u64,
    pub(super) reports: Vec<ExecutionReport>,
    pub(super) orders: BTreeSet<ClientOrderId>,
    pub(super) heard: BTreeSet<u64>,
    pub(super) given_up: BTreeSet<ClientOrderId>,
    pub(super) events: Vec<WireEvent>,
    /// The file of the gateway's log, where the last write to it begins, and the orders whose record was said to be safe.
    file: Vec<u8>,
    last: usize,
    pub(super) safe: BTreeSet<ClientOrderId>,
}

impl Little {
    fn fate(&mut self) -> Fate {
        self.fates.pop().unwrap_or(Fate::Passes)
    }

    fn put(&mut self, after: Span, what: Travelling) {
        self.sent += 1;
        self.travelling.insert((self.now.plus(MILLISECOND).plus(after), self.sent), what);
    }

    fn send(&mut self, what: Travelling) {
        match self.fate() {
            Fate::Passes | Fate::Fails(_) => self.put(Span::ZERO, what),
            Fate::Lost => {}
            Fate::Late(by) => self.put(MILLISECOND.times(by.into()), what),
            // A request that came twice would be another fault: only what the venue sends is doubled.
            Fate::Doubled(_) if matches!(what, Travelling::Call(_)) => self.put(Span::ZERO, what),
            Fate::Doubled(by) => {
                self.put(Span::ZERO, what.clone());
                self.put(MILLISECOND.times(by.into()), what);
            }
        }
    }

    fn report(&mut self, id: ClientOrderId, kind: ReportKind) {
        let report = ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: id,
            order_id: OrderId(id.0),
            side: Side::Buy,
            kind,
            executed: Quantity::ZERO,
            open: Quantity::new(1),
            sent_at: self.now,
            arrived_at: self.now,
            matched_at: self.now,
            reported_at: self.now,
        };
        self.reports.push(report);
        self.send(Travelling::Report((self.reports.len() as u64, report)));
    }

    fn numbered(&self, wanted: impl Fn(u64, &ExecutionReport) -> bool) -> Vec<Numbered> {
        (1..).zip(&self.reports).filter(|(number, report)| wanted(*number, report)).map(|(n, r)| (n, *r)).collect()
    }

    /// The call arrives.
    fn take(&mut self, call: Call) {
        if let Fate::Fails(kind) = self.fate() {
            let until = self.now.plus(SECOND.times(3));
            let failures = [
                Failure::Unknown,
                Failure::Overload,
                Failure::RateLimit(SECOND),
                Failure::Ban(until),
                Failure::ClockSkew,
                Failure::Firewall,
            ];
            return self
                .send(Travelling::Reply(Reply { call: call.id, answer: Answer::Failed(failures[kind as usize]) }));
        }
        let answer = match &call.ask {
            Ask::New(order) => {
                let id = order.get().intent.client_order_id;
                if self.orders.insert(id) {
                    self.report(id, ReportKind::Accepted);
                    Answer::Done(self.numbered(|_, report| report.client_order_id == id))
                } else {
                    assert!(call.attempt > 1, "order {id:?} was sent twice as if it were new");
                    Answer::Failed(Failure::Duplicate)
                }
            }
            Ask::Cancel(cancel) => {
                let id = cancel.get().client_order_id;
                self.report(id, ReportKind::Ended(CancelReason::Requested));
                Answer::Done(self.numbered(|_, report| report.client_order_id == id))
            }
            Ask::Amend(_) => Answer::NotFound,
            Ask::Query(id) if self.orders.contains(id) => {
                Answer::Reports(self.numbered(|_, report| report.client_order_id == *id))
            }
            Ask::Query(_) => Answer::NotFound,
            Ask::Balance => Answer::Balance(Holdings::default(), self.now),
            Ask::Alive(_) => Answer::NotFound,
            Ask::Missed => Answer::Reports(self.numbered(|number, _| !self.heard.contains(&number))),
        };
        self.send(Travelling::Reply(Reply { call: call.id, answer }));
    }

    /// A write sets out; what the disk has made of it is known a moment later.
    fn write(&mut self, write: Write) {
        let (after, written) = match self.fate() {
            Fate::Late(by) | Fate::Doubled(by) => (MILLISECOND.times(by.into()), Written::Whole),
            Fate::Fails(_) | Fate::Lost => (Span::ZERO, Written::Failed),
            Fate::Passes => (Span::ZERO, Written::Whole),
        };
        self.put(after, Travelling::Written(write, written));
    }

    /// It is over: in the file, or a part of it.
    fn written(&mut self, write: &Write, written: Written) {
        let part = if written == Written::Whole { write.bytes.len() } else { write.bytes.len() / 3 };
        if !write.replaces {
            self.last = self.file.len();
            self.file.extend(&write.bytes[..part]);
        } else if written == Written::Whole {
            (self.last, self.file) = (0, write.bytes.clone());
        }
        if written == Written::Whole {
            self.safe.extend(write.requests.iter().map(|(_, id)| *id));
        }
    }

    /// The process ends: what was being written is not there, and of the last write so many per cent are lost. What is left of the log.
    fn crash(&mut self, torn: usize) -> Vec<u8> {
        self.travelling.retain(|_, what| !matches!(what, Travelling::Written(..)));
        let lost = (self.file.len() - self.last) * torn / 100;
        self.file.truncate(self.file.len() - lost);
        self.file.clone()
    }

    fn carry_out(&mut self, deeds: Vec<Deed>, keeps_log: bool) {
        for deed in deeds {
            match deed {
                Deed::Call(call) => {
                    let id = call.ask.client_order_id().filter(|_| matches!(call.ask, Ask::New(_)) && keeps_log);
                    assert!(
                        id.is_none_or(|id| self.safe.contains(&id)),
                        "order {id:?} leaves before its record is safe"
                    );
                    self.send(Travelling::Call(call));
                }
                Deed::Write(write) => self.write(write),
                Deed::Hear(number, _) => assert!(self.heard.insert(number), "report {number} was heard twice"),
                Deed::GiveUp(report) => {
                    let id = report.client_order_id;
                    assert!(!self.orders.contains(&id), "order {id:?} is at the venue, and was given up");
                    self.given_up.insert(id);
                }
                Deed::Note(_, event) => self.events.push(event),
            }
        }
    }
}

pub(super) fn order(number: u64, at: Timestamp) -> Request {
    let intent = Intent {
        intent_key: IntentKey(number),
        client_order_id: ClientOrderId(number),
        market: MarketId::FIRST,
        side: Side::Buy,
        order_type: OrderType::Market,
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: Quantity::new(1),
        post_only: false,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    };
    Request::New(Cleared::unseen(NewOrder { intent, sent_at: at }))
}

/// Plays the orders against the fates, and on until everything is quiet.
fn play(orders: &[u16], fates: Vec<Fate>) -> (Little, Gateway) {
    play_with((Policy::CAREFUL, None), orders, fates)
}

/// The same with another policy, and, at a tenth of a second, a process that ends without its state.
fn play_with((policy, lost_at): (Policy, Option<u16>), orders: &[u16], fates: Vec<Fate>) -> (Little, Gateway) {
    play_torn((policy, lost_at, 0), orders, fates)
}

/// The same, and of what was written last so many per cent are lost with it. Where there is a log, nobody else remembers what was sent.
pub(super) fn play_torn(
    (policy, lost_at, torn): (Policy, Option<u16>, usize),
    orders: &[u16],
    fates: Vec<Fate>,
) -> (Little, Gateway) {
    let start = Timestamp::from_nanos(0);
    let mut gateway = Gateway::new(policy, Streams::new(1), "0", start);
    let mut lost_at = lost_at.map(|at| start.plus(MILLISECOND.times(i64::from(at) * 100 + 50)));
    let mut written_down: BTreeSet<ClientOrderId> = BTreeSet::new();
    let mut little = Little {
        now: start,
        fates,
        travelling: BTreeMap::new(),
        sent: 0,
        reports: Vec::new(),
        orders: BTreeSet::new(),
        heard: BTreeSet::new(),
        given_up: BTreeSet::new(),
        events: Vec::new(),
        file: Vec::new(),
        last: 0,
        safe: BTreeSet::new(),
    };
    let mut waiting: BTreeMap<Timestamp, u64> = BTreeMap::new();
    for (number, at) in (1..).zip(orders) {
        waiting.insert(start.plus(MILLISECOND.times(i64::from(*at) * 100 + number as i64)), number);
    }
    let end = start.plus(SECOND.times(900));
    while little.now < end {
        let travelling = little.travelling.keys().next().map_or(Timestamp::MAX, |(at, _)| *at);
        let wanted = waiting.keys().next().copied().unwrap_or(Timestamp::MAX);
        let lost = lost_at.unwrap_or(Timestamp::MAX);
        little.now = travelling.min(wanted).min(gateway.next()).min(lost).min(end).max(little.now);
        let (now, mut deeds) = (little.now, Vec::new());
        if let Some(number) = waiting.first_entry().filter(|entry| *entry.key() <= now).map(|entry| entry.remove()) {
            written_down.insert(ClientOrderId(number));
            gateway.submit(order(number, now), now, &mut deeds);
        }
        if lost_at.take_if(|at| *at <= now).is_some() {
            let heard = |id: &ClientOrderId| {
                let is_it = |(number, report): (u64, &ExecutionReport)| {
                    little.heard.contains(&number) && report.client_order_id == *id
                };
                little.given_up.contains(id) || (1..).zip(&little.reports).any(is_it)
            };
            let unknown: Vec<_> = written_down.iter().filter(|id| !heard(id)).map(|id| (*id, Side::Buy)).collect();
            let unknown = if gateway.keeps_log() { Vec::new() } else { unknown };
            gateway.lose_memory(&unknown, now, &mut deeds);
            gateway.recall(&little.crash(torn), &|_| false, now, &mut deeds);
        }
        while let Some(entry) = little.travelling.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Travelling::Call(call) => little.take(call),
                Travelling::Reply(reply) => gateway.on_reply(reply, now, &mut deeds),
                Travelling::Report(report) => gateway.on_report(report, now, &mut deeds),
                Travelling::Written(write, written) => {
                    little.written(&write, written);
                    gateway.on_written(write.number, written, now, &mut deeds);
                }
            }
        }
        if gateway.next() <= now {
            gateway.on_time(now, &mut deeds);
        }
        little.carry_out(deeds, gateway.keeps_log());
    }
    (little, gateway)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_lost_nothing_is_doubled_and_everything_ends(
        orders in proptest::collection::btree_set(0_u16..600, 1..12),
        fates in proptest::collection::vec(fate(), 0..120),
    ) {
        let orders: Vec<u16> = orders.into_iter().collect();
        let (little, gateway) = play(&orders, fates);
        prop_assert_eq!(gateway.pending(), 0, "requests without an end: {:?}", little.events);
        for number in 1..=orders.len() as u64 {
            let id = ClientOrderId(number);
            prop_assert!(little.orders.contains(&id) ^ little.given_up.contains(&id), "order {} is neither or both", number);
        }
        let made = little.reports.len() as u64;
        prop_assert!((1..=made).all(|number| little.heard.contains(&number)), "{:?} of {} heard", little.heard, made);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A process that ends without its state, at whatever moment: the orders that it had written down come to an end all the same, none of them is there
    /// twice, and none goes out before the new one has asked.
    #[test]
    fn orders_outlive_the_memory_of_who_sent_them(
        orders in proptest::collection::btree_set(0_u16..600, 1..12),
        fates in proptest::collection::vec(fate(), 0..120),
        lost_at in 0_u16..600,
    ) {
        let orders: Vec<u16> = orders.into_iter().collect();
        let policy = Policy { on_lost_memory: OnLostMemory::Adopts, ..Policy::CAREFUL };
        let (little, gateway) = play_with((policy, Some(lost_at)), &orders, fates);
        prop_assert_eq!(gateway.pending(), 0, "requests without an end: {:?}", little.events);
        for number in 1..=orders.len() as u64 {
            let id = ClientOrderId(number);
            prop_assert!(little.orders.contains(&id) ^ little.given_up.contains(&id), "order {} is neither or both", number);
        }
        let made = little.reports.len() as u64;
        prop_assert!((1..=made).all(|number| little.heard.contains(&number)), "{:?} of {} heard", little.heard, made);
    }

    /// Whatever became of its questions: once nothing goes wrong any more the balance is the venue's, and not older than it is asked for.
    #[test]
    fn a_balance_comes_back(
        orders in proptest::collection::btree_set(0_u16..600, 1..6),
        fates in proptest::collection::vec(fate(), 0..120),
    ) {
        let orders: Vec<u16> = orders.into_iter().collect();
        let balances = BalancePolicy { every: SECOND.times(20), stale_after: SECOND.times(60), holds: true, lag: SECOND.times(3) };
        let policy = Policy { balances: Some(balances), ..Policy::CAREFUL };
        let (little, gateway) = play_with((policy, None), &orders, fates);
        let balance = gateway.balance(little.now).expect("it asks");
        prop_assert_eq!(balance.source, BalanceSource::Venue);
        prop_assert!(balance.age(little.now) <= SECOND.times(21), "{:?}", balance);
        let told = little.events.iter().filter(|event| matches!(event, WireEvent::Balanced)).count();
        prop_assert!(30 < told, "{told} balances in fifteen minutes");
    }
}

/// A bot that was without a balance for too long sends nothing that adds risk, and what protects all the same.
#[test]
fn without_a_balance_nothing_adds_risk() {
    let balances =
        BalancePolicy { every: SECOND.times(20), stale_after: SECOND.times(60), holds: true, lag: SECOND.times(3) };
    let table = [(true, 60, false, true), (true, 61, false, false), (true, 61, true, true), (false, 61, false, true)];
    for (holds, second, protects, goes_out) in table {
        let start = Timestamp::from_nanos(0);
        let policy = Policy { balances: Some(BalancePolicy { holds, ..balances }), ..Policy::CAREFUL };
        let mut gateway = Gateway::new(policy, Streams::new(1), "0", start);
        let (now, mut deeds) = (start.plus(SECOND.times(second)), Vec::new());
        let Request::New(cleared) = order(1, now) else { panic!("an order") };
        let mut new = *cleared.get();
        new.intent.protective = protects;
        gateway.submit(Request::New(Cleared::unseen(new)), now, &mut deeds);
        let is_out = deeds.iter().any(|deed| matches!(deed, Deed::Call(_)));
        assert_eq!(is_out, goes_out, "after {second} s, protective: {protects}, held: {holds}");
    }
}

/// A perfect wire: one call an order, nothing noted but that all is well.
#[test]
fn a_perfect_wire_costs_one_call_an_order() {
    let (little, _) = play(&[0, 10, 20], Vec::new());
    assert_eq!(little.orders.len(), 3);
    let noted = |event: &WireEvent| !matches!(event, WireEvent::Reconciling | WireEvent::Reconciled(_));
    assert_eq!(little.events.iter().filter(|event| noted(event)).count(), 0);
}
