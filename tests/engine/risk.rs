//! The risk clock: marks, breakers between its ticks, stale data, the kill switch.

use crate::shaker::Why;
use crate::support::{TestRow, random_market};
use crate::world::*;
use seatrial::gates::{Amount, GateConfig, Setting, daily_loss, position, stale_data};
use seatrial::journal::Entry;
use seatrial::model::{Mark, OrderType, ReportKind, Side};
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{MILLISECOND, Money, Price, Quantity, SECOND, Span};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

/// Tick 0.1 and step 0.001: a tick of one step is 0.0001, in atto.
const TICK_STEP: i128 = 100_000_000_000_000;

fn marks(entries: &[Entry]) -> Vec<Mark> {
    let mark = |entry: &Entry| if let Entry::Mark(mark) = entry { Some(*mark) } else { None };
    entries.iter().filter_map(mark).collect()
}

/// Every mark's equity again, from fills alone: cash, and the position at the last known mid.
fn check_equity(entries: &[Entry], opening: Money) {
    let (mut cash, mut position, mut mid_x2) = (opening.atto(), 0_i128, 0_i128);
    for entry in entries {
        match entry {
            Entry::Venue(report) => {
                if let ReportKind::Filled(fill) = report.kind {
                    let signed = i128::from(report.side.sign() * fill.quantity.steps());
                    cash -= signed * i128::from(fill.price.ticks()) * TICK_STEP + fill.fee.atto();
                    position += signed;
                }
            }
            Entry::Mark(mark) => {
                if let Some(mid) = mark.best.mid_x2() {
                    mid_x2 = i128::from(mid);
                }
                assert_eq!(mark.equity.atto(), cash + position * mid_x2 * TICK_STEP / 2, "{mark:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn every_aligned_second_is_marked_with_exact_equity() {
    for seed in 1..=4 {
        let mut rows = random_market(seed, 800);
        rows.iter_mut().for_each(|line| {
            line.venue_at += 123_456_789;
            line.local_at += 123_456_789;
        });
        for (number, subscriptions) in subscriptions(false).into_iter().enumerate() {
            let lane = LaneSpec { latency: latencies()[number % 4], ..LaneSpec::new(shaker(subscriptions, seed)) };
            let trace = play_one(&rows, &AUTO, &lane);
            let (Some(Entry::Start { at: start, .. }), Some(Entry::End { at: end, .. })) =
                (trace.entries.first(), trace.entries.last())
            else {
                panic!("no start or no end")
            };
            let first = (start.nanos() / SECOND.nanos() + 1) * SECOND.nanos();
            let mut expected: Vec<i64> = (first..=end.nanos()).step_by(SECOND.nanos() as usize).collect();
            expected.push(end.nanos());
            let found: Vec<i64> = marks(&trace.entries).iter().map(|mark| mark.at.nanos()).collect();
            assert_eq!(found, expected, "seed {seed}");
            check_equity(&trace.entries, Money::from_units(100_000));
        }
    }
}

fn market_buy(quantity: i64) -> OrderSpec {
    OrderSpec::market(Side::Buy, Quantity::new(quantity))
}

fn buys_then_rests(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why == Why::Timer && view.now.nanos() == T0 + 100 * MS {
        actions.submit(market_buy(1_000));
        actions.submit(OrderSpec::limit(Side::Buy, Price::new(1_000), Quantity::new(1)));
    }
    if why == Why::Timer && view.now.nanos() > T0 + 3_000 * MS {
        actions.submit(market_buy(1));
    }
}

/// A book around 500,000 whose bid side falls by 10 ticks every 50 ms after the first second.
pub fn falling() -> Vec<TestRow> {
    let mut rows = Vec::new();
    rows.push(TestRow::depth(T0, T0, Side::Buy, 500_000, 5_000).more());
    rows.push(TestRow::depth(T0, T0, Side::Sell, 500_002, 5_000));
    for step in 0..40 {
        let at = T0 + 1_020 * MS + step * 50 * MS;
        let (bid, ask) = (500_000 - step * 10, 500_002 - step * 10);
        rows.push(TestRow::depth(at, at, Side::Buy, bid, 0).more());
        rows.push(TestRow::depth(at, at, Side::Buy, bid - 10, 5_000).more());
        rows.push(TestRow::depth(at, at, Side::Sell, ask, 0).more());
        rows.push(TestRow::depth(at, at, Side::Sell, ask - 10, 5_000));
    }
    let at = T0 + 5_000 * MS;
    rows.push(TestRow::depth(at, at, Side::Buy, 1, 5_000));
    rows
}

fn losing_at_most(units: i64, confirm_marks: u32, engages_kill_switch: bool) -> GateConfig {
    let absolute = Setting::On(Amount::new(Money::from_units(units)));
    let limits = daily_loss::Limits { percent: Setting::Off, absolute, confirm_marks, engages_kill_switch };
    GateConfig { daily_loss: Setting::On(limits), kill_switch: Setting::default(), ..GateConfig::off() }
}

fn timer(millis: i64) -> Subscriptions {
    Subscriptions { timer: Some(Span::from_nanos(millis * MS)), ..Subscriptions::default() }
}

/// 1 BTC bought at 50,000.2 pays a fee of 25.0001 and marks at 50,000.1: 75 more are lost 749 half ticks of 0.1 lower.
#[test]
fn a_breaker_trips_at_its_price_between_two_ticks() {
    let lane =
        LaneSpec { gates: losing_at_most(50, 1, false), ..LaneSpec::new(Kind::Script(timer(100), buys_then_rests)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    let trip = trace.entries.iter().position(|entry| matches!(entry, Entry::Tripped { .. })).expect("a trip");
    let (Entry::Tripped { at, refusal, .. }, Entry::Mark(mark)) = (trace.entries[trip], trace.entries[trip - 1]) else {
        panic!("a trip without a mark before it")
    };
    assert_eq!(mark.at, at);
    assert_ne!(at.nanos() % SECOND.nanos(), 0, "the trip waited for the risk clock");
    let opening = Money::from_units(100_000).atto();
    assert_eq!(refusal.value, opening - mark.equity.atto());
    assert!(refusal.value > refusal.limit);
    // The mark before, one step of the market earlier, would not have tripped: the loss there was a step smaller.
    assert!(refusal.value - 1_000 * 10 * TICK_STEP <= refusal.limit, "tripped late: {refusal:?}");
    let Entry::CancelSent { at: cancelled, client_order_id, .. } = trace.entries[trip + 1] else {
        panic!("no cancel after the trip: {:?}", trace.entries[trip + 1])
    };
    assert_eq!((cancelled, client_order_id.0), (at, 2));
    let refused = trace.entries.iter().filter(|entry| matches!(entry, Entry::OrderRefused { .. })).count();
    assert!(refused > 5, "{refused} orders refused after the trip");
    check_equity(&trace.entries, Money::from_units(100_000));
}

/// Buys once, protects what it has, and lets an ordinary order rest.
fn buys_and_protects(why: Why, view: &View<'_>, actions: &mut Actions) {
    match (why, view.orders.len(), view.position.steps()) {
        (Why::Timer, 0, 0) => {
            actions.submit(market_buy(1_000));
        }
        (Why::Timer, 0, 1_000) => {
            let stop = OrderType::Stop { trigger: Price::new(1) };
            actions.submit(OrderSpec::new(Side::Sell, stop, Quantity::new(1_000)).reduce_only().protective());
            actions.submit(OrderSpec::limit(Side::Sell, Price::new(900_000), Quantity::new(1_000)).reduce_only());
            actions.submit(OrderSpec::limit(Side::Sell, Price::new(900_000), Quantity::new(400)));
        }
        _ => {}
    }
}

#[test]
fn a_breaker_leaves_the_orders_that_guard_the_position() {
    let lane =
        LaneSpec { gates: losing_at_most(50, 1, false), ..LaneSpec::new(Kind::Script(timer(100), buys_and_protects)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    assert!(trace.entries.iter().any(|entry| matches!(entry, Entry::Tripped { .. })));
    let cancelled: Vec<u64> = trace
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::CancelSent { client_order_id, .. } => Some(client_order_id.0),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, [4], "the ordinary order alone");
}

/// Rests five buys and amends them all to nine times their size in one breath.
fn amends_all_at_once(why: Why, view: &View<'_>, actions: &mut Actions) {
    match (why, view.orders.len()) {
        (Why::Timer, 0) => {
            for _ in 0..5 {
                actions.submit(OrderSpec::limit(Side::Buy, Price::new(400_000), Quantity::new(1)));
            }
        }
        (Why::Timer, 5) if view.orders.iter().all(|order| order.amends == 0 && order.quantity.steps() == 1) => {
            for order in view.orders {
                actions.amend(order.client_order_id, None, Some(Quantity::new(9)));
            }
        }
        _ => {}
    }
}

#[test]
fn amends_on_their_way_count_at_their_worst_case() {
    let limits = position::Limits {
        max_value: Setting::Off,
        max_quantity: Setting::On(Amount::new(Money::parse("0.020").unwrap())),
    };
    let gates = GateConfig { position: Setting::On(limits), ..GateConfig::off() };
    let lane = LaneSpec { gates, ..LaneSpec::new(Kind::Script(timer(100), amends_all_at_once)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    let sent = trace.entries.iter().filter(|entry| matches!(entry, Entry::AmendSent { .. })).count();
    let refused = trace.entries.iter().filter(|entry| matches!(entry, Entry::RequestRefused { .. })).count();
    // 5 + 8 = 13 steps, then 21: one amend passes while the others are on their way.
    assert_eq!(sent.min(1), 1);
    assert!(refused >= 4, "{sent} sent, {refused} refused");
    let open: i64 = trace
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Venue(report) if matches!(report.kind, ReportKind::Amended { .. }) => Some(8),
            _ => None,
        })
        .sum();
    assert!(5 + open <= 20, "{open} steps more than were allowed");
}

/// Rests an order, makes room with one that the venue will refuse, and fills it in the same breath.
fn makes_room_with_a_negative_order(why: Why, view: &View<'_>, actions: &mut Actions) {
    if matches!(why, Why::Timer) && view.orders.is_empty() {
        for steps in [15, -5, 10] {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(400_000), Quantity::new(steps)));
        }
    }
}

#[test]
fn an_order_of_a_negative_quantity_makes_no_room_for_another() {
    let limits = position::Limits {
        max_value: Setting::Off,
        max_quantity: Setting::On(Amount::new(Money::parse("0.020").unwrap())),
    };
    let gates = GateConfig { position: Setting::On(limits), ..GateConfig::off() };
    let lane = LaneSpec { gates, ..LaneSpec::new(Kind::Script(timer(100), makes_room_with_a_negative_order)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    let sent = trace.entries.iter().filter_map(|entry| match entry {
        Entry::OrderSent { intent, .. } => Some(intent.quantity.steps()),
        _ => None,
    });
    let sent: Vec<i64> = sent.collect();
    // Until the venue has refused the second it counts as five steps, which is all that was left. Before, it counted as five
    // less, and 25 steps were open under a limit of 20.
    assert_eq!(sent, [15, -5]);
}

#[test]
fn a_breaker_that_wants_confirmation_waits_for_the_clock() {
    let lane =
        LaneSpec { gates: losing_at_most(50, 3, false), ..LaneSpec::new(Kind::Script(timer(100), buys_then_rests)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    let trip =
        trace.entries.iter().find_map(|entry| if let Entry::Tripped { at, .. } = entry { Some(*at) } else { None });
    let over: Vec<i64> = marks(&trace.entries)
        .iter()
        .filter(|mark| mark.equity < Money::from_units(99_950))
        .map(|mark| mark.at.nanos())
        .collect();
    assert_eq!(trip.map(|at| at.nanos()), Some(over[2]));
    assert_ne!(over[0] % SECOND.nanos(), 0, "the first mark over the limit is the watch's");
    assert_eq!((over[1] % SECOND.nanos(), over[2] % SECOND.nanos()), (0, 0));
}

#[test]
fn a_breaker_can_engage_the_kill_switch() {
    let lane =
        LaneSpec { gates: losing_at_most(50, 1, true), ..LaneSpec::new(Kind::Script(timer(100), buys_then_rests)) };
    let trace = play_one(&falling(), &AUTO, &lane);
    let tripped = trace.entries.iter().filter(|entry| matches!(entry, Entry::Tripped { .. })).count();
    assert_eq!(tripped, 2, "the breaker and the kill switch");
    let killer = seatrial::gates::catalogue().iter().find(|gate| gate.name == "kill_switch").unwrap().id;
    let refusals: Vec<_> = trace
        .entries
        .iter()
        .filter_map(|entry| if let Entry::OrderRefused { refusal, .. } = entry { Some(refusal.gate) } else { None })
        .collect();
    assert!(refusals.len() > 5 && refusals.iter().all(|gate| *gate == killer), "{refusals:?}");
}

fn always_buys(why: Why, view: &View<'_>, actions: &mut Actions) {
    let _ = (why, view);
    actions.submit(market_buy(1));
}

#[test]
fn orders_on_an_old_market_are_refused_and_no_others() {
    let gates = GateConfig { stale_data: Setting::On(stale_data::Limits { max_age_ms: 400 }), ..GateConfig::off() };
    let lane = LaneSpec { gates, ..LaneSpec::new(Kind::Script(timer(100), always_buys)) };
    let mut rows = vec![
        TestRow::depth(T0, T0 + 5 * MS, Side::Buy, 1_000, 5_000).more(),
        TestRow::depth(T0, T0 + 5 * MS, Side::Sell, 1_010, 5_000),
    ];
    for at in [300, 2_000, 2_050] {
        rows.push(TestRow::depth(T0 + at * MS, T0 + at * MS + 5 * MS, Side::Buy, 1_000, 5_000 + at));
    }
    let trace = play_one(&rows, &AUTO, &lane);
    for entry in &trace.entries {
        let (at, sent) = match entry {
            Entry::OrderSent { at, .. } => (at.nanos(), true),
            Entry::OrderRefused { at, .. } => (at.nanos(), false),
            _ => continue,
        };
        let heard = rows.iter().map(|line| line.local_at).filter(|&local_at| local_at <= at).max().unwrap();
        assert_eq!(sent, at - heard <= 400 * MILLISECOND.nanos(), "order at {}", at - T0);
    }
    let refused = trace.entries.iter().filter(|entry| matches!(entry, Entry::OrderRefused { .. })).count();
    assert_eq!(refused, 13, "timers at 800 to 2000 ms");
}
