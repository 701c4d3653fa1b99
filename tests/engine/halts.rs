//! Markets that are halted, and grids that change, through the engine: what the bot hears, and that the audit agrees.

use crate::audit::{audited, check_clean, play_tape, setup, tight_gates};
use crate::commands::{at, cancels, holder, position_at_end, random_commands, script, standing};
use crate::faults::stretches;
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::{AuditSetup, Wakes};
use seatrial::gates::{GateConfig, Setting, error_rate};
use seatrial::journal::Entry;
use seatrial::ledger::Opening;
use seatrial::model::{
    CancelReason, Command, ExecutionReport, RejectReason, ReportKind, Side, StatusChange, TradingStatus,
};
use seatrial::scenario::reconcile_entries;
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Money, Price, Quantity, Span, Timestamp};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

fn turn(millis: i64, is_halted: bool, price_increment: i64) -> StatusChange {
    let at = Timestamp::from_nanos(T0 + millis * MS);
    StatusChange { at, status: TradingStatus { is_halted, price_increment, ..TradingStatus::OPEN } }
}

/// Every 500 ms in turn: rests a buy far below the market, cancels it, and asks for another one.
fn rests_and_cancels(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why != Why::Timer {
        return;
    }
    match view.orders.first() {
        Some(order) if !order.cancelling => actions.cancel(order.client_order_id),
        Some(_) => {}
        None => {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(498_999), Quantity::new(1)));
        }
    }
}

fn timed() -> Subscriptions {
    Subscriptions { timer: Some(Span::from_nanos(500 * MS)), ..Subscriptions::default() }
}

fn word(entries: &[Entry]) -> String {
    let letter = |entry: &Entry| match entry {
        Entry::Status { status, .. } if status.is_halted => Some('H'),
        Entry::Status { status, .. } if status.price_increment > 1 => Some('G'),
        Entry::Status { .. } => Some('O'),
        Entry::Venue(report) => Some(match report.kind {
            ReportKind::Accepted => 'a',
            ReportKind::Ended(_) => 'e',
            ReportKind::Rejected(RejectReason::TradingHalted) => 'h',
            ReportKind::Rejected(RejectReason::PriceIncrement) => 'g',
            _ => '?',
        }),
        _ => None,
    };
    entries.iter().filter_map(letter).collect()
}

fn audit_of(gates: &GateConfig, statuses: &[StatusChange]) -> AuditSetup {
    AuditSetup { statuses: vec![statuses.to_vec()], ..setup(gates, Wakes::UNKNOWN) }
}

/// Requests travel 1 ms: a cancel arrives in the halt and is taken, orders are refused, and what arrives at its end is taken.
#[test]
fn a_bot_that_quotes_through_a_halt_hears_exactly_its_refusals() {
    let statuses = vec![turn(800, true, 1), turn(2_501, false, 1), turn(4_200, false, 10)];
    let lane = LaneSpec { statuses: statuses.clone(), ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    // Open at 501, halted at 800, cancelled at 1,001, refused at 1,501 and 2,001, open at 2,501; from 4,200 on 498,999 is no price.
    let found = word(&entries);
    assert!(found.starts_with("aHehhOaeaeGggg"), "{found}");
    assert!(!found.contains('?'), "{found}");
    let audit = audited(&audit_of(&lane.gates, &statuses), &entries, &mut MemoryMarket::new(&standing()));
    check_clean("halt", &audit).unwrap();
    let row = audit.invariants.iter().find(|row| row.name == "statuses").unwrap();
    assert!(row.checked > 10 && row.broken == 0, "{row:?}");
}

/// What stood before the halt stands after it: in the same place, and nothing happened to it meanwhile.
#[test]
fn a_status_before_the_start_is_told_at_the_start() {
    let statuses = vec![turn(-5_000, true, 1), turn(1_000, false, 1)];
    let lane = LaneSpec { statuses: statuses.clone(), ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let found = word(&entries);
    assert!(found.starts_with("HhOae"), "{found}");
    let audit = audited(&audit_of(&lane.gates, &statuses), &entries, &mut MemoryMarket::new(&standing()));
    check_clean("halted from the start", &audit).unwrap();
}

/// A refusal for a halt is an error like any other: a bot that goes on asking is stopped where that is limited.
#[test]
fn refusals_of_a_halt_trip_the_breaker_on_errors() {
    let statuses = vec![turn(1_400, true, 1)];
    let mut lane = LaneSpec { statuses, ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    lane.gates.error_rate = Setting::On(error_rate::Limits { errors: 4, ..Default::default() });
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let tripped = entries.iter().find(|entry| matches!(entry, Entry::Tripped { .. }));
    assert_eq!(tripped.map(Entry::at), Some(Timestamp::from_nanos(T0 + 3_003 * MS)));
}

/// Twenty orders in vain end a flattening, but a halt does not; cancels get through it.
#[test]
fn a_flattening_outlasts_a_halt() {
    let mut lane = holder(script(&[(at(1_050), &[Command::Kill, Command::Flatten])]));
    let mut rows = standing();
    let last = rows.len() as i64;
    rows.extend((1..=300).map(|step| {
        let at = T0 + (last + step) * 100 * MS;
        TestRow::depth(at, at, Side::Buy, 490_000, 5_000 + step)
    }));
    lane.statuses = vec![turn(1_040, true, 1), turn(28_000, false, 1)];
    let entries = play_one(&rows, &AUTO, &lane).entries;
    let vain = |entry: &&Entry| matches!(entry, Entry::Venue(report) if report.kind == ReportKind::Rejected(RejectReason::TradingHalted));
    let vain = entries.iter().filter(vain).count();
    assert!((21..60).contains(&vain), "{vain} orders in vain, one a second");
    assert!(cancels(&entries).iter().all(|(millis, _)| *millis == 1_050), "each once: {:?}", cancels(&entries));
    assert_eq!(position_at_end(&entries), 0);
}

/// Every way to break the rules of a halt in a journal is found.
#[test]
fn planted_breaches_are_found() {
    let statuses = vec![turn(800, true, 1), turn(2_501, false, 1), turn(4_200, false, 10)];
    let lane = LaneSpec { statuses: statuses.clone(), ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let breaks = |plant: &dyn Fn(&mut Vec<Entry>)| {
        let mut planted = entries.clone();
        plant(&mut planted);
        assert_ne!(planted, entries, "nothing was planted");
        let audit = audited(&audit_of(&lane.gates, &statuses), &planted, &mut MemoryMarket::new(&standing()));
        audit.invariants.iter().find(|row| row.name == "statuses").unwrap().broken
    };
    let change = |entries: &mut Vec<Entry>, from: ReportKind, to: ReportKind| {
        let found = entries.iter_mut().find_map(|entry| match entry {
            Entry::Venue(report) if report.kind == from => Some(report),
            _ => None,
        });
        found.unwrap().kind = to;
    };
    let (halted, off) = (RejectReason::TradingHalted, RejectReason::PriceIncrement);
    assert_eq!(breaks(&|entries| entries.retain(|entry| !matches!(entry, Entry::Status { .. }))), 1);
    assert!(breaks(&|entries| change(entries, ReportKind::Rejected(halted), ReportKind::Accepted)) > 0);
    assert!(breaks(&|entries| change(entries, ReportKind::Rejected(halted), ReportKind::Rejected(off))) > 0);
    assert!(breaks(&|entries| change(entries, ReportKind::Rejected(off), ReportKind::Accepted)) > 0);
    assert!(breaks(&|entries| change(entries, ReportKind::Rejected(off), ReportKind::Rejected(halted))) > 0);
    assert!(breaks(&|entries| change(entries, ReportKind::Accepted, ReportKind::Rejected(off))) > 0);
    assert!(breaks(&|entries| change(entries, ReportKind::Rejected(halted), ReportKind::Triggered)) > 0);
    // The cancel that arrives at 1,001 is taken: refusing it would be wrong, and so would be refusing it for a price.
    let ended = ReportKind::Ended(CancelReason::Requested);
    assert!(breaks(&|entries| change(entries, ended, ReportKind::RequestRejected(halted))) > 0);
    assert!(breaks(&|entries| change(entries, ended, ReportKind::RequestRejected(off))) > 0);
    // An order was to have a price between those of ten ticks, and the venue gave it that.
    let amended = |entries: &mut Vec<Entry>| {
        let place = entries
            .iter()
            .rposition(|entry| matches!(entry, Entry::Venue(report) if report.kind == ReportKind::Rejected(off)));
        let Some(Entry::Venue(report)) = place.map(|place| entries[place]) else { panic!("no refusal for a price") };
        let (market, client_order_id, price) = (report.market, report.client_order_id, Price::new(498_999));
        let asked =
            Entry::AmendSent { at: report.matched_at, market, client_order_id, price: Some(price), quantity: None };
        let kind = ReportKind::Amended { price, quantity: Quantity::new(1) };
        entries.splice(place.unwrap()..=place.unwrap(), [asked, Entry::Venue(ExecutionReport { kind, ..report })]);
    };
    assert!(breaks(&amended) > 0);
    let late = |entries: &mut Vec<Entry>| {
        let found = entries.iter_mut().find_map(|entry| match entry {
            Entry::Status { at, .. } => Some(at),
            _ => None,
        });
        *found.unwrap() = Timestamp::from_nanos(T0 + 801 * MS);
    };
    assert_eq!(breaks(&late), 1);
}

/// Halts and grids at random, in this order of time.
fn random_statuses(dice: &mut Dice, start: i64, end: i64) -> Vec<StatusChange> {
    let ends = stretches(dice, start, end).into_iter().flat_map(|(from, until)| [from, until]);
    let mut turns: Vec<Timestamp> = ends.collect();
    turns.sort_unstable();
    turns.dedup();
    let status = |dice: &mut Dice| TradingStatus {
        is_halted: dice.below(2) == 0,
        price_increment: [1, 1, 2, 5][dice.below(4) as usize],
        ..TradingStatus::OPEN
    };
    turns.into_iter().map(|at| StatusChange { at, status: status(dice) }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the market does in halts, and whatever the bot is told: the audit agrees, and the accounts do.
    #[test]
    fn random_halts_are_audited_clean_and_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows: Vec<TestRow> = random_market(seed, 600);
        let mut dice = Dice::new(seed);
        let subscriptions = subscriptions(false)[number % 6];
        let (start, end) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
        let statuses = random_statuses(&mut dice, start, end);
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            gates: tight_gates(&mut dice),
            seed,
            commands: if number % 2 == 0 { random_commands(&mut dice, start, end) } else { Vec::new() },
            statuses: statuses.clone(),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let known = seatrial::scenario::wakes(&subscriptions);
        let wakes = Wakes { by_reports: known.by_reports || !lane.commands.is_empty(), ..known };
        let asked = AuditSetup { statuses: vec![statuses], ..setup(&lane.gates, wakes) };
        check_clean("halts", &audited(&asked, &entries, &mut MemoryMarket::new(&rows)))?;
        let opening = Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None };
        let found = reconcile_entries([(&instrument(), &opening)], &entries, None).unwrap();
        prop_assert!(found.clean, "{}", found);
    }
}
