//! What an audit makes of lost memories, of balances that are too old, and of requests that are sent again.

use super::{Armed, Audit, AuditGate, AuditMarket, AuditSetup, AuditWire, Limits, audit_entries};
use crate::journal::Entry;
use crate::model::{
    BotStatus, ClientOrderId, Command, ContractKind, ExecutionReport, FeeSchedule, Filters, GateId, Instrument, Intent,
    IntentKey, MarketId, OrderId, OrderType, Refusal, ReportKind, Side, TimeInForce, WireEvent,
};
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding, SECOND, Timestamp};

const KILL_SWITCH: GateId = GateId(1);

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus(SECOND.times(second))
}

fn instrument() -> Instrument {
    Instrument {
        symbol: "TEST".into(),
        venue: "test".into(),
        kind: ContractKind::Linear,
        base: "BASE".into(),
        quote: "QUOTE".into(),
        tick_size: Fixed::new(1, 0),
        step_size: Fixed::new(1, 0),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

/// An order to buy ten at a price of a hundred.
fn sent(second: i64, protective: bool) -> Entry {
    let intent = Intent {
        intent_key: IntentKey(1),
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(1),
        side: Side::Buy,
        order_type: OrderType::Limit { price: Price::new(100) },
        quantity: Quantity::new(10),
        time_in_force: TimeInForce::GoodTilCancel,
        post_only: false,
        reduce_only: false,
        protective,
        replaces: None,
        expected_edge: None,
        reason: 0,
    };
    Entry::OrderSent { at: at(second), intent }
}

/// What the venue says of the request that was sent then.
fn told(second: i64, sent_at: i64, kind: ReportKind) -> Entry {
    Entry::Venue(ExecutionReport {
        market: MarketId::FIRST,
        client_order_id: ClientOrderId(1),
        order_id: OrderId(1),
        side: Side::Buy,
        kind,
        executed: Quantity::ZERO,
        open: Quantity::new(10),
        sent_at: at(sent_at),
        arrived_at: at(second),
        matched_at: at(second),
        reported_at: at(second),
    })
}

fn wire(second: i64, event: WireEvent) -> Entry {
    Entry::Wire { at: at(second), market: MarketId::FIRST, client_order_id: ClientOrderId(1), event }
}

fn amend(second: i64, price: i64, quantity: i64) -> Entry {
    let (price, quantity) = (Some(Price::new(price)), Some(Quantity::new(quantity)));
    Entry::AmendSent { at: at(second), market: MarketId::FIRST, client_order_id: ClientOrderId(1), price, quantity }
}

const fn amended(price: i64, quantity: i64) -> ReportKind {
    ReportKind::Amended { price: Price::new(price), quantity: Quantity::new(quantity) }
}

fn command(second: i64, command: Command, status: BotStatus) -> Entry {
    Entry::Command { at: at(second), market: MarketId::FIRST, command, status, line: 0 }
}

fn restart(second: i64) -> Entry {
    command(second, Command::RestartWithoutState, BotStatus::Running)
}

/// The audit of a journal of one market, of a bot whose gateway ends with it and that asks for balances.
fn audited(loses_memory: bool, entries: &[Entry]) -> Audit {
    let market = AuditMarket { instrument: instrument(), opening_price: None, rows: None };
    let kill = AuditGate { id: KILL_SWITCH, name: "kill_switch".to_owned(), armed: Armed::With(Limits::KillSwitch) };
    let wire =
        AuditWire { loses_memory, logs: true, balance_stale_after: Some(SECOND.times(60)), ..AuditWire::default() };
    let setup = AuditSetup { markets: vec![market], gates: vec![kill], wire: Some(wire), ..AuditSetup::default() };
    let start = Entry::Start { at: at(0), market: MarketId::FIRST, equity: Money::ZERO, position: Quantity::ZERO };
    audit_entries(&setup, &[&[start], entries].concat(), None).expect("an audit")
}

/// How often an invariant was looked at and broken; nothing where it was not judged.
fn row(audit: &Audit, name: &str) -> Option<(u64, u64)> {
    audit.invariants.iter().find(|row| row.name == name).map(|row| (row.checked, row.broken))
}

/// What happens, by which entries, and how often `adopts` was looked at and broken then.
type Told<'e> = (&'static str, &'e [Entry], Option<(u64, u64)>);

#[test]
fn adopts_counts_what_came_while_a_memory_was_lost() {
    let accepted = told(2, 1, ReportKind::Accepted);
    let (asks, hears) = (wire(10, WireEvent::Reconciling), wire(11, WireEvent::Reconciled(0)));
    let table: [Told<'_>; 6] = [
        ("no memory was lost", &[sent(1, false), accepted, asks, hears], None),
        ("an order before it", &[sent(1, false), accepted, restart(9)], Some((0, 0))),
        ("it asks and hears", &[sent(1, false), accepted, restart(9), asks, hears], Some((1, 0))),
        ("asked before", &[asks, restart(10), hears], Some((0, 0))),
        ("an order too soon", &[restart(0), sent(1, false), accepted, asks, hears], Some((2, 1))),
        ("a guard", &[restart(0), sent(1, true), accepted, asks, hears], Some((2, 0))),
    ];
    for (what, entries, expected) in table {
        assert_eq!(row(&audited(true, entries), "adopts"), expected, "{what}");
        assert_eq!(row(&audited(false, entries), "adopts"), None, "{what}, and a gateway that survives");
    }
}

/// An order that leaves, and what was said of the bot's own log before.
#[test]
fn an_order_leaves_after_its_record_is_whole() {
    let (left, logged, failed) = (WireEvent::Left(1), WireEvent::Logged(1), WireEvent::LogFailed(1));
    let again = WireEvent::Left(2);
    let (other, up) = (WireEvent::LogFailed(9), WireEvent::LogUp);
    let table: [(&str, bool, &[WireEvent], u64); 9] = [
        ("whole before", false, &[logged, left], 0),
        ("whole behind", false, &[left, logged], 1),
        ("never written", false, &[left], 1),
        ("could not be written", false, &[failed, left], 1),
        ("a guard that could not be written", true, &[failed, left], 0),
        ("a guard that nobody tried to write", true, &[left], 1),
        ("again while it cannot be written", false, &[logged, left, other, again], 1),
        ("again when it can", false, &[logged, left, other, up, again], 0),
        ("a guard again while it cannot", true, &[logged, left, other, again], 0),
    ];
    for (what, protective, events, broken) in table {
        let lefts = events.iter().filter(|event| matches!(event, WireEvent::Left(_))).count() as u64;
        let noted = events.iter().map(|event| match event {
            // What is written beside it is of no order.
            WireEvent::LogFailed(9) | WireEvent::LogUp => {
                Entry::Wire { at: at(2), market: MarketId::FIRST, client_order_id: ClientOrderId(0), event: *event }
            }
            event => wire(2, *event),
        });
        let entries: Vec<Entry> = [sent(1, protective)].into_iter().chain(noted).collect();
        assert_eq!(row(&audited(true, &entries), "logged-first"), Some((lefts, broken)), "{what}");
    }
}

/// An order that is there, and an amend of it a minute and more after the last balance, or after the memory was lost.
#[test]
fn amends_that_add_risk_are_judged_like_orders() {
    let table = [
        ("more of it", amend(70, 100, 11), amended(100, 11), 1),
        ("nearer", amend(70, 101, 10), amended(101, 10), 1),
        ("less of it", amend(70, 100, 9), amended(100, 9), 0),
        ("farther", amend(70, 99, 10), amended(99, 10), 0),
        ("in time", amend(7, 101, 11), amended(101, 11), 0),
    ];
    for (what, amend, amended, expected) in table {
        let sent_at = amend.at().since(at(0)).nanos() / SECOND.nanos();
        let there = [sent(1, false), told(2, 1, ReportKind::Accepted)];
        let change = [amend, told(72, sent_at, amended)];
        let stale = audited(true, &[&there[..], &change].concat());
        assert_eq!(row(&stale, "fresh-balance"), Some((2, expected)), "{what}");
        let lost = audited(true, &[&there[..], &[wire(6, WireEvent::Balanced), restart(6)], &change].concat());
        let is_blind = u64::from(0 < expected || what == "in time");
        assert_eq!(row(&lost, "adopts"), Some((1, is_blind)), "{what}");
    }
    // Where the venue has not done it, nothing came of it.
    let held = told(71, 70, ReportKind::RequestRejected(crate::model::RejectReason::NotPlaced));
    let entries = [sent(1, false), told(2, 1, ReportKind::Accepted), amend(70, 100, 11), held];
    assert_eq!(row(&audited(true, &entries), "fresh-balance"), Some((1, 0)));
}

/// An order that set out in time, was refused for a while, and is sent again without a balance.
#[test]
fn what_is_sent_again_is_judged_when_it_is() {
    let accepted = told(72, 1, ReportKind::Accepted);
    let cancel = Entry::CancelSent { at: at(3), market: MarketId::FIRST, client_order_id: ClientOrderId(1) };
    let table: [(&str, &[Entry], u64); 4] = [
        ("late", &[sent(1, false), wire(70, WireEvent::Resent(2)), accepted], 1),
        ("in time", &[sent(1, false), wire(30, WireEvent::Resent(2)), accepted], 0),
        ("a guard", &[sent(1, true), wire(70, WireEvent::Resent(2)), accepted], 0),
        ("its cancel", &[sent(1, false), cancel, wire(70, WireEvent::Resent(2)), accepted], 0),
    ];
    for (what, entries, expected) in table {
        assert_eq!(row(&audited(true, entries), "fresh-balance"), Some((1, expected)), "{what}");
    }
}

/// A cancel is on its way when the memory is lost: nobody remembers it, and a kill demands another one.
#[test]
fn a_kill_after_a_lost_memory_demands_cancels_again() {
    let cancel =
        |second| Entry::CancelSent { at: at(second), market: MarketId::FIRST, client_order_id: ClientOrderId(1) };
    let refusal = Refusal { gate: KILL_SWITCH, value: 1, limit: 0 };
    let trip = Entry::Tripped { at: at(20), market: MarketId::FIRST, refusal };
    let before = [sent(1, false), told(2, 1, ReportKind::Accepted), cancel(3), restart(10)];
    let kill = [trip, command(20, Command::Kill, BotStatus::Killed)];
    for (loses_memory, cancels_again, expected) in [(true, false, 1), (true, true, 0), (false, false, 0)] {
        let again: &[Entry] = if cancels_again { &[cancel(20)] } else { &[] };
        let rest = [wire(30, WireEvent::Connected)];
        let audit = audited(loses_memory, &[&before[..], &kill, again, &rest].concat());
        let found = row(&audit, "cancels").map(|(_, broken)| broken);
        assert_eq!(found, Some(expected), "loses it: {loses_memory}, cancels again: {cancels_again}");
    }
}
