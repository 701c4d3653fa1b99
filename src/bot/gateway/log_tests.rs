//! A gateway that keeps a log: whatever its disk does, nothing that adds risk leaves before its record is safe, and what it had sent is
//! found again by its log alone.

use super::tests::{fate, order, play_torn};
use super::{Ask, Deed, Gateway, LogPolicy, LogRecord, OnLostMemory, Policy, RequestKind, Write, Written, read_log};
use crate::bot::Request;
use crate::gates::Cleared;
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, WireEvent};
use crate::rng::Streams;
use crate::units::{MILLISECOND, Quantity, SECOND, Timestamp};
use proptest::prelude::*;

const CAREFUL: Policy =
    Policy { log: Some(LogPolicy::Careful), on_lost_memory: OnLostMemory::Adopts, ..Policy::CAREFUL };

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus(SECOND.times(second))
}

fn gateway(policy: Policy) -> Gateway {
    Gateway::new(policy, Streams::new(1), "0", at(0))
}

/// An order that can only reduce a position.
fn reducing(number: u64, now: Timestamp) -> Request {
    let Request::New(cleared) = order(number, now) else { panic!("an order") };
    let mut new = *cleared.get();
    new.intent.reduce_only = true;
    Request::New(Cleared::unseen(new))
}

fn cancel(number: u64, now: Timestamp) -> Request {
    Request::Cancel(Cleared::unseen(CancelOrder { client_order_id: ClientOrderId(number), sent_at: now }))
}

fn amend(number: u64, now: Timestamp) -> Request {
    let (client_order_id, quantity) = (ClientOrderId(number), Some(Quantity::new(2)));
    Request::Amend(Cleared::unseen(AmendOrder { client_order_id, price: None, quantity, sent_at: now }))
}

/// The write that is asked for, taken out of `deeds`.
fn write(deeds: &mut Vec<Deed>) -> Option<Write> {
    let place = deeds.iter().position(|deed| matches!(deed, Deed::Write(_)))?;
    let Deed::Write(write) = deeds.remove(place) else { return None };
    Some(write)
}

/// Orders that requests go out for, in order.
fn sent(deeds: &[Deed]) -> Vec<u64> {
    let request = |deed: &Deed| match deed {
        Deed::Call(call) if !call.ask.is_question() => call.ask.client_order_id(),
        _ => None,
    };
    deeds.iter().filter_map(request).map(|id| id.0).collect()
}

fn given_up(deeds: &[Deed]) -> Vec<u64> {
    let report = |deed: &Deed| match deed {
        Deed::GiveUp(report) => Some(report.client_order_id.0),
        _ => None,
    };
    deeds.iter().filter_map(report).collect()
}

fn noted(deeds: &[Deed], event: WireEvent) -> bool {
    deeds.iter().any(|deed| matches!(deed, Deed::Note(_, noted) if *noted == event))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The venue loses, the disk is slow, full and torn, and the process ends: the log alone brings back what had left, nothing is there twice,
    /// and everything ends. (That nothing leaves before its record is safe the little venue asserts of each order.)
    #[test]
    fn the_log_alone_brings_back_what_had_left(
        orders in proptest::collection::btree_set(0_u16..600, 1..12),
        fates in proptest::collection::vec(fate(), 0..120),
        lost_at in proptest::option::of(0_u16..600),
        torn in prop_oneof![Just(0_usize), 0_usize..=100],
    ) {
        let orders: Vec<u16> = orders.into_iter().collect();
        let (little, gateway) = play_torn((CAREFUL, lost_at, torn), &orders, fates);
        prop_assert_eq!(gateway.pending(), 0, "requests without an end: {:?}", little.events);
        for number in 1..=orders.len() as u64 {
            let id = ClientOrderId(number);
            let is_there = little.orders.contains(&id);
            prop_assert!(!is_there || !little.given_up.contains(&id), "order {} is both", number);
            prop_assert!(!is_there || little.safe.contains(&id), "order {} was never written down", number);
            // One whose record was never safe may be forgotten with the process; one that left is not.
            let may_be_forgotten = lost_at.is_some() && (!little.safe.contains(&id) || 0 < torn);
            prop_assert!(is_there || little.given_up.contains(&id) || may_be_forgotten, "order {} is neither", number);
        }
        let made = little.reports.len() as u64;
        prop_assert!((1..=made).all(|number| little.heard.contains(&number)), "{:?} of {} heard", little.heard, made);
    }
}

#[test]
fn an_order_leaves_when_its_record_is_safe_and_a_cancel_at_once() {
    let (mut gateway, mut deeds) = (gateway(CAREFUL), Vec::new());
    gateway.submit(order(1, at(1)), at(1), &mut deeds);
    gateway.submit(order(2, at(1)), at(1), &mut deeds);
    gateway.submit(cancel(9, at(1)), at(1), &mut deeds);
    assert_eq!(sent(&deeds), [9], "a cancel does not wait for the disk");
    let first = write(&mut deeds).expect("a write");
    assert_eq!(first.requests, [(1, ClientOrderId(1))]);
    assert_eq!(write(&mut deeds), None, "one write at a time");
    gateway.on_written(first.number, Written::Whole, at(2), &mut deeds);
    assert_eq!(sent(&deeds), [9, 1]);
    let second = write(&mut deeds).expect("all that has come meanwhile");
    assert_eq!(second.requests, [(2, ClientOrderId(2)), (3, ClientOrderId(9))]);
    gateway.on_written(second.number, Written::Whole, at(3), &mut deeds);
    assert_eq!(sent(&deeds), [9, 1, 2]);
    let read = read_log(&[first.bytes, second.bytes].concat());
    assert_eq!((read.records.len(), read.torn), (3, 0));
    let is_cancel = |record: &LogRecord| matches!(record, LogRecord::Request { kind: RequestKind::Cancel, .. });
    assert!(read.records.last().is_some_and(is_cancel));
}

#[test]
fn with_a_full_disk_what_adds_risk_is_given_up_and_the_rest_goes_out() {
    let (mut gateway, mut deeds) = (gateway(CAREFUL), Vec::new());
    gateway.submit(order(1, at(1)), at(1), &mut deeds);
    let first = write(&mut deeds).expect("a write");
    gateway.on_written(first.number, Written::Failed, at(1), &mut deeds);
    assert_eq!((sent(&deeds), given_up(&deeds)), (vec![], vec![1]));
    assert!(noted(&deeds, WireEvent::LogDown));
    gateway.submit(order(2, at(1)), at(1), &mut deeds);
    gateway.submit(amend(7, at(1)), at(1), &mut deeds);
    assert_eq!(given_up(&deeds), [1, 2, 7], "not even tried");
    gateway.submit(cancel(8, at(1)), at(1), &mut deeds);
    gateway.submit(reducing(3, at(1)), at(1), &mut deeds);
    for _ in 0..2 {
        let tried = write(&mut deeds).expect("its record is tried");
        gateway.on_written(tried.number, Written::Failed, at(1), &mut deeds);
    }
    assert_eq!(sent(&deeds), [8, 3], "what takes risk away needs no record");
    // It is tried again every second, and goes on when there is space: all that is open is written then.
    let due = gateway.next();
    assert!(due <= at(2), "{due:?}");
    deeds.clear();
    gateway.on_time(at(2), &mut deeds);
    let probe = write(&mut deeds).expect("a probe");
    assert!(probe.replaces, "what is left of a write that failed is in no file that goes on");
    gateway.on_written(probe.number, Written::Whole, at(2), &mut deeds);
    assert!(noted(&deeds, WireEvent::LogUp));
    assert_eq!(read_log(&probe.bytes).records.len(), 2, "the cancel and the order that reduces");
    gateway.submit(order(4, at(2)), at(2), &mut deeds);
    let last = write(&mut deeds).expect("a write");
    gateway.on_written(last.number, Written::Whole, at(2), &mut deeds);
    assert_eq!(sent(&deeds).last(), Some(&4));
}

/// While its record is written the world goes on: what may not go out any more by then is given up.
#[test]
fn what_waited_for_the_disk_is_looked_at_again() {
    let (mut gateway, mut deeds) = (gateway(CAREFUL), Vec::new());
    gateway.submit(order(1, at(1)), at(1), &mut deeds);
    gateway.submit(order(2, at(1)), at(1), &mut deeds);
    gateway.submit(cancel(2, at(1)), at(1), &mut deeds);
    let first = write(&mut deeds).expect("a write");
    gateway.on_stream(false, at(1), &mut deeds);
    gateway.on_written(first.number, Written::Whole, at(2), &mut deeds);
    assert_eq!(given_up(&deeds), [1], "nothing new goes out while reports cannot be heard");
    gateway.on_stream(true, at(2), &mut deeds);
    let second = write(&mut deeds).expect("a write");
    gateway.on_written(second.number, Written::Whole, at(3), &mut deeds);
    assert_eq!(given_up(&deeds), [1, 2], "its end is wanted by now");
    assert_eq!(sent(&deeds), [0; 0]);
}

#[test]
fn a_naive_log_holds_nothing_up_and_is_not_read() {
    let naive = Policy { log: Some(LogPolicy::Naive), on_lost_memory: OnLostMemory::Forgets, ..Policy::NAIVE };
    let (mut gateway, mut deeds) = (gateway(naive), Vec::new());
    gateway.submit(order(1, at(1)), at(1), &mut deeds);
    assert_eq!(sent(&deeds), [1]);
    let first = write(&mut deeds).expect("a write");
    gateway.on_written(first.number, Written::Failed, at(1), &mut deeds);
    gateway.submit(order(2, at(1)), at(1), &mut deeds);
    assert_eq!(sent(&deeds), [1, 2], "whatever becomes of it");
    assert!(!noted(&deeds, WireEvent::LogDown));
    gateway.lose_memory(&[], at(2), &mut deeds);
    gateway.recall(&first.bytes, &|_| false, at(2), &mut deeds);
    assert!(
        gateway.pending() == 0 && !deeds.iter().any(|deed| matches!(deed, Deed::Note(_, WireEvent::LogRead { .. })))
    );
}

/// A bot of one's own: a new process, the bytes of its log, and a gateway that asks before it sends.
#[test]
fn a_new_gateway_reads_the_log_of_the_one_before() {
    let (mut before, mut deeds) = (gateway(CAREFUL), Vec::new());
    let mut file = Vec::new();
    for number in 1..=3 {
        before.submit(order(number, at(1)), at(1), &mut deeds);
        let write = write(&mut deeds).expect("a write");
        file.extend(&write.bytes);
        before.on_written(write.number, Written::Whole, at(1), &mut deeds);
    }
    // Of the third record a part is lost: up to its order it is there.
    file.truncate(file.len() - 20);
    let (mut after, mut deeds) = (gateway(CAREFUL), Vec::new());
    let is_over = |id| id == ClientOrderId(2);
    after.recall(&file, &is_over, at(5), &mut deeds);
    assert!(
        deeds.iter().any(|deed| matches!(deed, Deed::Note(_, WireEvent::LogRead { records: 2, torn }) if *torn > 0))
    );
    after.submit(order(4, at(5)), at(5), &mut deeds);
    assert_eq!((sent(&deeds), given_up(&deeds)), (vec![], vec![4]), "nothing adds risk before it has asked");
    after.on_time(at(5), &mut deeds);
    let asked = |deed: &Deed| match deed {
        Deed::Call(call) => match call.ask {
            Ask::Query(id) => Some(id.0),
            _ => None,
        },
        _ => None,
    };
    let mut asked: Vec<u64> = deeds.iter().filter_map(asked).collect();
    asked.sort_unstable();
    assert_eq!(asked, [1, 3], "the torn one is asked for as well, and not what the bot knows to be over");
    let written = write(&mut deeds).expect("what is asked for is written down");
    let of_three = |record: &LogRecord| {
        matches!(record, LogRecord::Request { id: ClientOrderId(3), kind: RequestKind::Query, .. })
    };
    assert!(
        written.replaces && read_log(&written.bytes).records.iter().any(of_three),
        "another crash does not forget it"
    );
    assert!(MILLISECOND < after.next().since(at(5)));
}
