//! Calls and recoveries by hand.

use super::world::{World, at, instrument};
use crate::journal::{Entry, EntrySink};
use crate::metrics::{Endpoint, EndpointRow, MetricsOptions, Operation, RunFold, Trouble};
use crate::model::*;
use crate::units::{MINUTE, Money, SECOND};

fn operation(world: &World) -> Operation {
    let mut fold = RunFold::new(&[instrument()], &MetricsOptions::default()).unwrap();
    world.entries.iter().for_each(|entry| fold.record(entry));
    fold.finish().unwrap().operation
}

fn wire(world: &mut World, seconds: i64, order: u64, event: WireEvent) {
    let (at, market, client_order_id) = (at(seconds * 1_000), MarketId::FIRST, ClientOrderId(order));
    world.entries.push(Entry::Wire { at, market, client_order_id, event });
}

fn amends(world: &mut World, seconds: i64, order: u64) {
    let (at, market, client_order_id) = (at(seconds * 1_000), MarketId::FIRST, ClientOrderId(order));
    world.entries.push(Entry::AmendSent { at, market, client_order_id, price: None, quantity: None });
}

fn cancels(world: &mut World, seconds: i64, order: u64) {
    let (at, market, client_order_id) = (at(seconds * 1_000), MarketId::FIRST, ClientOrderId(order));
    world.entries.push(Entry::CancelSent { at, market, client_order_id });
}

/// A report on the order with the next number.
fn refuses(world: &mut World, seconds: i64, reason: RejectReason) {
    world.report(seconds * 1_000, Side::Buy, ReportKind::RequestRejected(reason));
}

fn row(operation: &Operation, endpoint: Endpoint) -> (u64, u64, u64) {
    let row: &EndpointRow = operation.endpoints.iter().find(|row| row.endpoint == endpoint).unwrap();
    (row.calls, row.own_errors, row.injected)
}

#[test]
fn refusals_go_to_the_call_they_are_of_and_injected_ones_are_told_apart() {
    let mut world = World::new(0, Money::from_units(1_000));
    // Reports are numbered from 1: one order each.
    amends(&mut world, 1, 1);
    refuses(&mut world, 2, RejectReason::LotSize);
    cancels(&mut world, 3, 2);
    refuses(&mut world, 4, RejectReason::UnknownOrder);
    cancels(&mut world, 5, 3);
    refuses(&mut world, 6, RejectReason::Unavailable);
    wire(&mut world, 7, 0, WireEvent::Reconciling);
    wire(&mut world, 9, 0, WireEvent::Reconciling);
    wire(&mut world, 10, 0, WireEvent::Reconciled(0));
    world.end(60_000);
    let found = operation(&world);
    assert_eq!(row(&found, Endpoint::AmendOrder), (1, 1, 0));
    assert_eq!(row(&found, Endpoint::CancelOrder), (2, 0, 1));
    let cancels = found.endpoints.iter().find(|row| row.endpoint == Endpoint::CancelOrder).unwrap();
    assert_eq!(cancels.too_late, 1);
    assert_eq!(row(&found, Endpoint::AskReports), (2, 0, 1));
    assert_eq!((found.calls(), found.own_errors()), (3, 1), "a question is no deed");
    assert!(found.endpoints.iter().all(|row| row.endpoint != Endpoint::PlaceOrder));
}

#[test]
fn troubles_last_from_when_they_were_first_told_until_they_are_over() {
    let mut world = World::new(0, Money::from_units(1_000));
    wire(&mut world, 10, 0, WireEvent::Disconnected);
    wire(&mut world, 13, 0, WireEvent::Connected);
    wire(&mut world, 20, 0, WireEvent::Disconnected);
    wire(&mut world, 27, 0, WireEvent::Connected);
    // Two orders at once, of which one is never known.
    wire(&mut world, 30, 4, WireEvent::Unknown);
    wire(&mut world, 31, 5, WireEvent::Unknown);
    wire(&mut world, 35, 5, WireEvent::Found);
    wire(&mut world, 40, 0, WireEvent::Breaker(BreakerState::Open));
    wire(&mut world, 45, 0, WireEvent::Breaker(BreakerState::HalfOpen));
    wire(&mut world, 46, 0, WireEvent::Breaker(BreakerState::Open));
    wire(&mut world, 50, 0, WireEvent::Breaker(BreakerState::Closed));
    wire(&mut world, 51, 0, WireEvent::Waits(at(54_000)));
    world.end(60_000);
    let found = operation(&world);
    let seconds = |count: i64| SECOND.times(count);
    let of = |trouble: Trouble| {
        let row = found.recovery(trouble).unwrap();
        (row.times, row.open, row.longest, row.total)
    };
    assert_eq!(of(Trouble::StreamLost), (2, 0, seconds(7), seconds(10)));
    assert_eq!(of(Trouble::FateUnknown), (1, 1, seconds(4), seconds(4)));
    assert_eq!(of(Trouble::CircuitBreaker), (1, 0, seconds(10), seconds(10)));
    assert_eq!(of(Trouble::AskedToWait), (1, 0, seconds(3), seconds(3)));
    assert_eq!(found.recovery(Trouble::BookBroken), None);
    let median = found.recovery(Trouble::StreamLost).unwrap().median;
    assert!((median.nanos() - seconds(3).nanos()).abs() <= 3_000_000, "{median}: half of 3 s and 7 s");
}

#[test]
fn a_control_in_force_and_a_bot_told_to_pause_are_two_things() {
    let mut world = World::new(0, Money::from_units(1_000));
    let (market, gate) = (MarketId::FIRST, GateId(3));
    let told =
        |seconds: i64, command, status| Entry::Command { at: at(seconds * 1_000), market, command, status, line: 1 };
    world.entries.push(Entry::Tripped { at: at(60_000), market, refusal: Refusal { gate, value: 1, limit: 0 } });
    world.entries.push(told(70, Command::Pause, BotStatus::Paused));
    world.entries.push(told(80, Command::Pause, BotStatus::Paused));
    world.entries.push(Entry::Cleared { at: at(180_000), market, gate });
    world.entries.push(told(370, Command::Resume, BotStatus::Running));
    world.entries.push(told(400, Command::Kill, BotStatus::Killed));
    world.end(600_000);
    let found = operation(&world);
    let tripped = found.recovery(Trouble::Tripped).unwrap();
    assert_eq!((tripped.times, tripped.open, tripped.total), (1, 0, MINUTE.times(2)));
    let told = found.recovery(Trouble::NotRunning).unwrap();
    assert_eq!((told.times, told.open, told.total), (1, 1, MINUTE.times(5)));
}
