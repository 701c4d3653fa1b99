//! A venue that answers with errors, and one whose reports do not arrive: for a while.

use crate::audit::{audited, check_clean, play_tape, setup, tight_gates};
use crate::commands::{at, cancels, holder, position_at_end, random_commands, script, standing};
use crate::shaker::Why;
use crate::support::{Dice, MemoryMarket, TestRow, instrument, random_market};
use crate::world::*;
use proptest::prelude::*;
use seatrial::audit::Wakes;
use seatrial::bot::FLATTEN_REASON;
use seatrial::gates::{Setting, error_rate};
use seatrial::journal::Entry;
use seatrial::ledger::Opening;
use seatrial::model::{Command, ExecutionReport, RejectReason, ReportKind, Side};
use seatrial::scenario::reconcile_entries;
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::units::{Money, Price, Quantity, Span, Timestamp};
use seatrial::venue::{Outage, Silence};

const T0: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_nanos(T0 + millis * MS)
}

fn down(from: i64, until: i64) -> Outage {
    Outage { from: instant(from), until: instant(until) }
}

fn reports(entries: &[Entry]) -> Vec<ExecutionReport> {
    let report = |entry: &Entry| match entry {
        Entry::Venue(report) => Some(*report),
        _ => None,
    };
    entries.iter().filter_map(report).collect()
}

/// Every 500 ms in turn: rests a buy at the ask less a tick, cancels it, and asks for another one.
fn rests_and_cancels(why: Why, view: &View<'_>, actions: &mut Actions) {
    if why != Why::Timer {
        return;
    }
    match view.orders.first() {
        Some(order) if !order.cancelling => actions.cancel(order.client_order_id),
        Some(_) => {}
        None => {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(499_000), Quantity::new(1)));
        }
    }
}

fn timed() -> Subscriptions {
    Subscriptions { timer: Some(Span::from_nanos(500 * MS)), ..Subscriptions::default() }
}

/// Requests travel 1 ms: what arrives at 1,501 ms finds the venue down, what arrives at 3,501 ms does not.
#[test]
fn what_arrives_while_the_venue_is_down_is_refused_and_what_was_open_stays() {
    let lane =
        LaneSpec { outages: vec![down(1_501, 3_501)], ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let found = reports(&play_one(&standing(), &AUTO, &lane).entries);
    let kinds = |kind: &ReportKind| match kind {
        ReportKind::Accepted => 'a',
        ReportKind::Ended(_) => 'e',
        ReportKind::Rejected(RejectReason::Unavailable) => 'x',
        ReportKind::RequestRejected(RejectReason::Unavailable) => 'c',
        _ => '?',
    };
    let word: String = found.iter().map(|report| kinds(&report.kind)).collect();
    // Open at 500, cancelled at 1,000, asked for from 1,500 to 3,000 in vain, open at 3,500.
    assert!(word.starts_with("aexxxxaeae"), "{word}");
    assert!(!word.contains('?'), "{word}");
    // A cancel in vain is sent again, and the order is still there.
    let lane =
        LaneSpec { outages: vec![down(1_000, 2_100)], ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let found = reports(&play_one(&standing(), &AUTO, &lane).entries);
    let word: String = found.iter().map(|report| kinds(&report.kind)).collect();
    assert!(word.starts_with("accce"), "{word}");
    let open: Vec<i64> = found[1..4].iter().map(|report| report.open.steps()).collect();
    assert_eq!(open, [1, 1, 1]);
}

#[test]
fn errors_of_the_venue_trip_the_breaker_on_errors() {
    let mut lane =
        LaneSpec { outages: vec![down(1_501, 9_501)], ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    lane.gates.error_rate = Setting::On(error_rate::Limits { errors: 4, ..Default::default() });
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let tripped = entries.iter().find(|entry| matches!(entry, Entry::Tripped { .. }));
    // The fourth is sent at 3,000 ms and heard of 2 ms after it arrives.
    assert_eq!(tripped.map(Entry::at), Some(instant(3_003)));
}

/// Twenty orders in vain end a flattening, but not while the venue answers nobody.
#[test]
fn a_flattening_outlasts_an_outage() {
    let mut lane = holder(script(&[(at(1_050), &[Command::Kill, Command::Flatten])]));
    let mut rows = standing();
    let last = rows.len() as i64;
    rows.extend((1..=300).map(|step| {
        let at = T0 + (last + step) * 100 * MS;
        TestRow::depth(at, at, Side::Buy, 490_000, 5_000 + step)
    }));
    lane.outages = vec![down(1_002, 28_000)];
    let entries = play_one(&rows, &AUTO, &lane).entries;
    let vain = reports(&entries)
        .iter()
        .filter(|report| report.kind == ReportKind::Rejected(RejectReason::Unavailable))
        .count();
    assert_eq!((position_at_end(&entries), vain), (0, 0), "nothing is sold while something rests");
    assert!(cancels(&entries).len() > 20, "the cancels are sent again and again: {}", cancels(&entries).len());
    // The cancels got through, the orders after them do not.
    lane.outages = vec![down(1_052, 28_000)];
    let entries = play_one(&rows, &AUTO, &lane).entries;
    let vain = reports(&entries)
        .iter()
        .filter(|report| report.kind == ReportKind::Rejected(RejectReason::Unavailable))
        .count();
    assert!(vain > 20, "{vain} orders in vain");
    assert_eq!(position_at_end(&entries), 0);
}

/// Where nothing travels, a refusal is heard at the instant of the request: a cancel that was sent again at once was refused again, for good.
#[test]
fn a_flattening_in_an_outage_waits_where_nothing_travels() {
    for commands in [&[Command::Kill, Command::Flatten][..], &[Command::Flatten], &[Command::Pause, Command::Flatten]] {
        let mut lane = holder(script(&[(at(1_050), commands)]));
        lane.latency = constant(0, 0);
        lane.outages = vec![down(1_040, 6_000)];
        let entries = play_one(&standing(), &AUTO, &lane).entries;
        let closes =
            |entry: &&Entry| matches!(entry, Entry::OrderSent { intent, .. } if intent.reason == FLATTEN_REASON);
        let closed_at = entries.iter().find(closes).map(Entry::at);
        assert!(closed_at.is_some_and(|at| instant(6_000) <= at && at <= instant(7_100)), "{closed_at:?}");
        let sent = cancels(&entries).iter().filter(|(millis, _)| (1_050..6_000).contains(millis)).count();
        assert!((2..100).contains(&sent), "{sent} cancels while the venue was down");
        check_clean(
            "zero latency",
            &audited(&setup(&lane.gates, Wakes::UNKNOWN), &entries, &mut MemoryMarket::new(&standing())),
        )
        .unwrap();
    }
}

/// What the venue does in a silence the bot hears of at its end, and not before.
#[test]
fn what_is_not_acknowledged_counts_as_open_until_it_is() {
    let silence = Silence { from: instant(400), until: instant(5_000) };
    let lane = LaneSpec { silences: vec![silence], ..LaneSpec::new(Kind::Script(timed(), rests_and_cancels)) };
    let entries = play_one(&standing(), &AUTO, &lane).entries;
    let found = reports(&entries);
    let late: Vec<&ExecutionReport> = found.iter().filter(|report| report.matched_at < silence.until).collect();
    assert_eq!(late.len(), 2, "one order and its cancel: {late:?}");
    assert!(late.iter().all(|report| report.reported_at == instant(5_002)), "{late:?}");
    let sent = entries.iter().filter(|entry| matches!(entry, Entry::OrderSent { .. }) && entry.at() < silence.until);
    assert_eq!(sent.count(), 1, "it believes the order open");
}

/// Some stretches of the run, which may lie over each other.
pub fn stretches(dice: &mut Dice, start: i64, end: i64) -> Vec<(Timestamp, Timestamp)> {
    let whole = (end - start).max(2);
    let stretch = |dice: &mut Dice| {
        let from = start + dice.below(whole);
        (Timestamp::from_nanos(from), Timestamp::from_nanos(from + 1 + dice.below(whole / 3 + 1)))
    };
    (0..dice.below(4)).map(|_| stretch(dice)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever goes wrong between bot and venue, and whatever the bot is told: gates judge by the worst case, the audit agrees, and
    /// the accounts do.
    #[test]
    fn random_faults_are_audited_clean_and_reconcile(seed in 1_u64..1_000_000, number in 0_usize..24) {
        let rows: Vec<TestRow> = random_market(seed, 600);
        let mut dice = Dice::new(seed);
        let subscriptions = subscriptions(false)[number % 6];
        let (start, end) = (rows[0].venue_at, rows.last().map_or(0, |row| row.venue_at));
        let outages = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Outage { from, until });
        let outages: Vec<Outage> = outages.collect();
        let silences = stretches(&mut dice, start, end).into_iter().map(|(from, until)| Silence { from, until });
        let lane = LaneSpec {
            preset: PRESETS[number % 4],
            latency: latencies()[(number / 2) % 4],
            gates: tight_gates(&mut dice),
            seed,
            commands: if number % 2 == 0 { random_commands(&mut dice, start, end) } else { Vec::new() },
            outages,
            silences: silences.collect(),
            ..LaneSpec::new(shaker(subscriptions, seed))
        };
        let entries = play_tape(&mut MemoryMarket::new(&rows), &AUTO, &lane);
        let known = seatrial::scenario::wakes(&subscriptions);
        let wakes = Wakes { by_reports: known.by_reports || !lane.commands.is_empty(), ..known };
        check_clean("faults", &audited(&setup(&lane.gates, wakes), &entries, &mut MemoryMarket::new(&rows)))?;
        let opening = Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None };
        let found = reconcile_entries([(&instrument(), &opening)], &entries, None).unwrap();
        prop_assert!(found.clean, "{}", found);
    }
}
