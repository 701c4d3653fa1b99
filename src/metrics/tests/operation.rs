//! Calls and recoveries by hand.

use super::world::{World, at, instrument};
use crate::journal::{Entry, EntrySink};
use crate::metrics::{ConnectionRow, Endpoint, EndpointRow, Link, MetricsOptions, Operation, RunFold, Trouble};
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

fn connection(operation: &Operation, link: Link) -> &ConnectionRow {
    operation.connections.iter().find(|row| row.link == link).unwrap()
}

/// Ten minutes, of which each way is lost for a while; a stretch that is longest at the start, in the middle or at the end.
#[test]
fn a_connection_is_there_but_for_its_outages() {
    let mut world = World::new(0, Money::from_units(1_000));
    wire(&mut world, 100, 0, WireEvent::Disconnected);
    wire(&mut world, 103, 0, WireEvent::Disconnected);
    wire(&mut world, 110, 0, WireEvent::Connected);
    wire(&mut world, 500, 0, WireEvent::Disconnected);
    wire(&mut world, 540, 0, WireEvent::Connected);
    wire(&mut world, 580, 0, WireEvent::Unsynchronised(FeedTrouble::Gap));
    world.end(600_000);
    let found = operation(&world);
    let seconds = |count: i64| SECOND.times(count);
    let reports = connection(&found, Link::Reports);
    assert_eq!((reports.losses, reports.is_down_at_end), (2, false));
    assert_eq!((reports.up, reports.down), (seconds(550), seconds(50)));
    assert_eq!((reports.longest_up, reports.longest), (seconds(390), seconds(40)));
    assert_eq!(reports.between(), Some(seconds(275)));
    assert!((reports.available().unwrap() - 550.0 / 600.0).abs() < 1e-12);
    let data = connection(&found, Link::MarketData);
    assert_eq!((data.losses, data.is_down_at_end), (1, true));
    assert_eq!((data.up, data.down, data.longest_up), (seconds(580), seconds(20), seconds(580)));
}

/// A breaker and a venue that asks to wait hold back together: what overlaps counts once, and what the venue wished is over by itself.
#[test]
fn requests_are_held_back_from_the_first_reason_to_the_last() {
    let mut world = World::new(0, Money::from_units(1_000));
    wire(&mut world, 10, 0, WireEvent::Waits(at(20_000)));
    wire(&mut world, 15, 0, WireEvent::Breaker(BreakerState::Open));
    wire(&mut world, 25, 0, WireEvent::Breaker(BreakerState::HalfOpen));
    wire(&mut world, 30, 0, WireEvent::Breaker(BreakerState::Closed));
    // Asked again while it waits, for longer; and over before anything else is heard.
    wire(&mut world, 100, 0, WireEvent::Waits(at(110_000)));
    wire(&mut world, 105, 0, WireEvent::Waits(at(130_000)));
    wire(&mut world, 200, 0, WireEvent::Waits(at(210_000)));
    world.end(600_000);
    let found = operation(&world);
    let seconds = |count: i64| SECOND.times(count);
    let requests = connection(&found, Link::NewOrders);
    assert_eq!((requests.losses, requests.down, requests.longest), (3, seconds(20 + 30 + 10), seconds(30)));
    assert_eq!((requests.longest_up, requests.is_down_at_end), (seconds(390), false));
    let reports = connection(&found, Link::Reports);
    assert_eq!((reports.losses, reports.up, reports.between()), (0, seconds(600), None));
}

/// Who has given up lets nothing out any more, whatever becomes of the process; and who does not wait though it was asked to is not held back.
#[test]
fn what_is_given_up_stays_so_and_who_does_not_wait_is_not_held_back() {
    let mut world = World::new(0, Money::from_units(1_000));
    let market = MarketId::FIRST;
    wire(&mut world, 10, 0, WireEvent::Waits(at(50_000)));
    wire(&mut world, 12, 0, WireEvent::Impatient(SECOND.times(38)));
    wire(&mut world, 60, 0, WireEvent::Halted);
    wire(&mut world, 70, 0, WireEvent::Breaker(BreakerState::Closed));
    let (command, status) = (Command::RestartWithoutState, BotStatus::Running);
    world.entries.push(Entry::Command { at: at(90_000), market, command, status, line: 1 });
    world.end(120_000);
    let found = operation(&world);
    let orders = connection(&found, Link::NewOrders);
    assert_eq!((orders.losses, orders.is_down_at_end, orders.down), (2, true, SECOND.times(2 + 60)));
}

/// A feed that is supervised says nothing of reports on a wire where none can be lost.
#[test]
fn a_feed_alone_has_no_reports_to_lose() {
    let mut world = World::new(0, Money::from_units(1_000));
    wire(&mut world, 10, 0, WireEvent::Unsynchronised(FeedTrouble::Gap));
    wire(&mut world, 12, 0, WireEvent::Synchronised { message: 7, checksum: 1 });
    world.end(120_000);
    let links: Vec<Link> = operation(&world).connections.iter().map(|row| row.link).collect();
    assert_eq!(links, [Link::MarketData]);
}
