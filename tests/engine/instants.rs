//! What happens first within one instant.

use crate::shaker::Why;
use crate::support::TestRow;
use crate::world::*;
use seatrial::engine::EngineError;
use seatrial::journal::Entry;
use seatrial::model::{CancelReason, ClientOrderId, RejectReason, ReportKind, Side, TimeInForce};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Price, Quantity, SECOND, Span, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;
const T: i64 = T0 + 2_000 * MS;

fn buy(price: i64) -> OrderSpec {
    OrderSpec::limit(Side::Buy, Price::new(price), Quantity::new(2))
}

fn quotes(rows: &mut Vec<TestRow>) {
    rows.push(TestRow::depth(T0, T0, Side::Buy, 1_000, 10).more());
    rows.push(TestRow::depth(T0, T0, Side::Sell, 1_100, 10));
}

/// A short name for each entry.
fn names(entries: &[Entry]) -> Vec<String> {
    let name = |entry: &Entry| match entry {
        Entry::Venue(report) => {
            let kind = match report.kind {
                ReportKind::Accepted => "accepted",
                ReportKind::Filled(_) => "filled",
                ReportKind::Ended(CancelReason::Expired) => "expired",
                ReportKind::Ended(CancelReason::Replaced) => "replaced",
                ReportKind::Rejected(RejectReason::UnknownOrder) => "unknown original:",
                ReportKind::Ended(_) => "ended",
                _ => "other",
            };
            format!("{kind} {}", report.client_order_id.0)
        }
        Entry::OrderSent { intent, .. } => format!("sent for {}", intent.reason),
        Entry::CancelSent { client_order_id, .. } => format!("cancel {}", client_order_id.0),
        Entry::Mark(_) => "mark".to_owned(),
        other => format!("{other:?}"),
    };
    entries.iter().map(name).collect()
}

/// The names but for start, end and marks.
fn between(entries: &[Entry]) -> Vec<String> {
    let entries: Vec<Entry> = entries
        .iter()
        .filter(|entry| !matches!(entry, Entry::Start { .. } | Entry::End { .. } | Entry::Mark(_)))
        .copied()
        .collect();
    names(&entries)
}

fn at(entries: &[Entry], instant: i64) -> Vec<Entry> {
    entries.iter().filter(|entry| entry_at(entry).nanos() == instant).copied().collect()
}

fn scripted(subscriptions: Subscriptions, script: Script) -> LaneSpec {
    LaneSpec { latency: constant(MS, MS), ..LaneSpec::new(Kind::Script(subscriptions, script)) }
}

/// Orders 1 to 4: one that a row fills at T, one that expires at T, one whose report arrives at T, one that arrives at T.
fn everything_at_once(why: Why, view: &View<'_>, actions: &mut Actions) {
    let now = view.now.nanos();
    match why {
        Why::Timer if now == T0 + 1_000 * MS => {
            actions.submit(buy(1_050));
            let until = TimeInForce::GoodTilDate(Timestamp::from_nanos(T));
            actions.submit(buy(900).time_in_force(until));
        }
        Why::Trade(_) if now < T => {
            actions.submit(buy(800));
        }
        Why::Report(_) if now == T => {
            actions.submit(buy(700).because(10));
        }
        Why::Trade(_) => {
            actions.submit(buy(700).because(11));
        }
        Why::Book => {
            actions.submit(buy(700).because(12));
        }
        Why::Bar(_) if now == T => {
            actions.submit(buy(700).because(13));
        }
        Why::Timer => {
            actions.submit(buy(700).because(14));
        }
        _ => {}
    }
}

#[test]
fn one_instant_has_one_order() {
    let mut rows = Vec::new();
    quotes(&mut rows);
    rows.push(TestRow::trade(T - 2 * MS, T - 2 * MS, Side::Buy, 1_100, 1));
    rows.push(TestRow::trade(T - MS, T - MS, Side::Buy, 1_100, 1));
    rows.push(TestRow::trade(T, T, Side::Sell, 1_049, 1));
    rows.push(TestRow::depth(T, T, Side::Sell, 1_099, 1));
    rows.push(TestRow::depth(T + 5_000 * MS, T + 5_000 * MS, Side::Sell, 1_099, 2));
    let all = Subscriptions {
        timer: Some(SECOND),
        bars: Some(SECOND),
        trades: true,
        book: true,
        reports: true,
        depth: false,
        all_markets: false,
    };
    for depth in [false, true] {
        let trace = play_one(&rows, &AUTO, &scripted(Subscriptions { depth, ..all }, everything_at_once));
        let mut found = names(&at(&trace.entries, T));
        // Both belong to the market's turn; the book's first message led to order 1 of this strategy.
        found[..2].sort();
        let expected = [
            "expired 3",
            "filled 2",
            "accepted 5",
            "mark",
            "sent for 10",
            "sent for 11",
            "sent for 12",
            "sent for 13",
            "sent for 14",
        ];
        assert_eq!(found, expected, "depth {depth}");
    }
}

/// A good-till-date order has ended at its instant: a row of that very instant does not fill it.
fn expires_when_hit(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && view.now.nanos() == T0 + 1_000 * MS {
        actions.submit(buy(1_050).time_in_force(TimeInForce::GoodTilDate(Timestamp::from_nanos(T))));
    }
}

#[test]
fn an_order_is_not_filled_at_the_instant_it_expires() {
    let mut rows = Vec::new();
    quotes(&mut rows);
    rows.push(TestRow::trade(T, T, Side::Sell, 1_000, 5));
    let timer = Subscriptions { timer: Some(SECOND), ..Subscriptions::default() };
    for preset in PRESETS {
        let lane = LaneSpec { preset, ..scripted(timer, expires_when_hit) };
        let trace = play_one(&rows, &AUTO, &lane);
        assert_eq!(fills(&trace.entries), 0, "{preset:?}");
        assert!(names(&trace.entries).contains(&"expired 1".to_owned()), "{preset:?}");
    }
}

fn cancels_at_once(why: Why, view: &View<'_>, actions: &mut Actions) {
    match why {
        Why::Timer if view.now.nanos() == T => {
            actions.submit(buy(900).because(14));
        }
        Why::Report(report) if report.kind == ReportKind::Accepted => actions.cancel(ClientOrderId(1)),
        _ => {}
    }
}

#[test]
fn without_latency_an_instant_goes_on_in_rounds() {
    let mut rows = Vec::new();
    quotes(&mut rows);
    rows.push(TestRow::depth(T, T, Side::Sell, 1_100, 9));
    rows.push(TestRow::depth(T + 9 * MS, T + 9 * MS, Side::Sell, 1_100, 8));
    let subscriptions = Subscriptions { timer: Some(SECOND), reports: true, ..Subscriptions::default() };
    let lane = LaneSpec { latency: constant(0, 0), ..scripted(subscriptions, cancels_at_once) };
    let trace = play_one(&rows, &AUTO, &lane);
    let expected = ["mark", "sent for 14", "accepted 1", "cancel 1", "ended 1"];
    assert_eq!(names(&at(&trace.entries, T)), expected);
}

/// Order 1, and half a second later an order in its place. While that one travels both are open, the first being cancelled.
fn replaces_soon(why: Why, view: &View<'_>, actions: &mut Actions) {
    let flags: Vec<(u64, bool)> = view.orders.iter().map(|order| (order.client_order_id.0, order.cancelling)).collect();
    match (why, view.now.nanos() - T0) {
        (Why::Timer, at) if at == 500 * MS => {
            actions.submit(buy(1_000));
        }
        (Why::Timer, at) if at == 1_000 * MS => {
            assert_eq!(flags, [(1, false)]);
            actions.replace(ClientOrderId(1), buy(990));
        }
        (Why::Trade(_), _) => assert_eq!(flags, [(1, true), (2, false)]),
        (Why::Timer, at) if at > 1_000 * MS => assert!(flags.iter().all(|&(_, cancelling)| !cancelling), "{flags:?}"),
        _ => {}
    }
}

/// A print fills the original while its replacement travels, or just after that one has arrived.
#[test]
fn a_replacement_comes_in_time_or_is_rejected() {
    let subscriptions =
        Subscriptions { timer: Some(Span::from_nanos(500 * MS)), trades: true, ..Subscriptions::default() };
    let lane = LaneSpec { latency: constant(10 * MS, 10 * MS), ..scripted(subscriptions, replaces_soon) };
    let run = |printed_at: i64| {
        let mut rows = Vec::new();
        quotes(&mut rows);
        rows.push(TestRow::trade(T0 + printed_at, T0 + printed_at + MS, Side::Sell, 999, 5));
        rows.push(TestRow::depth(T + 9 * MS, T + 9 * MS, Side::Sell, 1_100, 8));
        let trace = play_one(&rows, &AUTO, &lane);
        between(&trace.entries)
    };
    let late = run(1_005 * MS);
    assert_eq!(late, ["sent for 0", "accepted 1", "sent for 0", "filled 1", "unknown original: 2"]);
    let in_time = run(1_012 * MS);
    assert_eq!(in_time, ["sent for 0", "accepted 1", "sent for 0", "replaced 1", "accepted 2"]);
}

/// The replacement would take, which it must not: the order that it names stays, and is no longer being cancelled.
fn replaces_in_vain(why: Why, view: &View<'_>, actions: &mut Actions) {
    let flags: Vec<(u64, bool)> = view.orders.iter().map(|order| (order.client_order_id.0, order.cancelling)).collect();
    match (why, view.now.nanos() - T0) {
        (Why::Timer, at) if at == 1_000 * MS => {
            actions.submit(buy(1_000));
        }
        (Why::Timer, at) if at == 2_000 * MS => {
            actions.replace(ClientOrderId(1), buy(1_100).post_only());
        }
        (Why::Timer, at) if at == 3_000 * MS => assert_eq!(flags, [(1, false)]),
        _ => {}
    }
}

#[test]
fn an_order_stays_when_its_replacement_is_rejected() {
    let mut rows = Vec::new();
    quotes(&mut rows);
    rows.push(TestRow::trade(T + 1_500 * MS, T + 1_500 * MS, Side::Sell, 999, 5));
    rows.push(TestRow::depth(T + 9_000 * MS, T + 9_000 * MS, Side::Sell, 1_100, 8));
    let timer = Subscriptions { timer: Some(SECOND), ..Subscriptions::default() };
    let trace = play_one(&rows, &AUTO, &scripted(timer, replaces_in_vain));
    assert_eq!(between(&trace.entries), ["sent for 0", "accepted 1", "sent for 0", "other 2", "filled 1"]);
}

fn never_stops(why: Why, view: &View<'_>, actions: &mut Actions) {
    let _ = (why, view);
    actions.submit(buy(900));
}

#[test]
fn a_strategy_that_never_lets_an_instant_end_is_an_error() {
    let mut rows = Vec::new();
    quotes(&mut rows);
    rows.push(TestRow::depth(T, T, Side::Sell, 1_100, 9));
    let subscriptions = Subscriptions { timer: Some(SECOND), reports: true, ..Subscriptions::default() };
    let lane = LaneSpec { latency: constant(0, 0), ..scripted(subscriptions, never_stops) };
    let mut market = crate::support::MemoryMarket::new(&rows);
    match try_play(&mut market, &AUTO, &[lane]) {
        Err(EngineError::Endless { at, lane, .. }) => {
            assert_eq!((at.nanos(), lane.as_str()), (T0 + 1_000 * MS, "Neutral"));
        }
        other => panic!("expected an endless instant, found {:?}", other.map(|(traces, _)| traces.len())),
    }
}
