//! The catalogue of faults, one by one: for each of the sixty a small scenario that makes it happen, what the journal and the report say of it,
//! and what a careful bot did about it. A fault of the catalogue without a row here fails; so does a row for what cannot be tried.

#[path = "sixty/odd.rs"]
mod odd;
#[path = "sixty/rows.rs"]
mod rows;
#[path = "sixty/seen.rs"]
mod seen;

use rows::Row;
use seatrial::fault::{CATALOGUE, Tried};
use seatrial::journal::Entry;
use seatrial::model::{CancelReason, ClientOrderId, ExecutionReport, RejectReason, ReportKind, WireEvent, WireFault};
use seatrial::units::{SECOND, Timestamp};
use std::collections::BTreeMap;

/// What cannot be tried yet, by number: each wants margin and liquidation.
const WANT_MARGIN: [u8; 3] = [49, 52, 53];

fn rows_by_number() -> BTreeMap<u8, Row> {
    let rows = rows::all();
    let count = rows.len();
    let by_number: BTreeMap<u8, Row> = rows.into_iter().map(|row| (row.number, row)).collect();
    assert_eq!(by_number.len(), count, "two rows for one fault");
    by_number
}

#[test]
fn every_fault_of_the_catalogue_has_its_row_or_wants_margin() {
    let rows = rows_by_number();
    for (number, name, tried) in CATALOGUE {
        assert_eq!(tried.is_there(), rows.contains_key(&number), "{number} {name}: {}", tried.words());
        assert_eq!(tried == Tried::NeedsMargin, WANT_MARGIN.contains(&number), "{number} {name}");
    }
}

/// What is wrong with what a fault left behind, in words.
fn problems(row: &Row) -> Vec<String> {
    let seen = seen::run(&row.scenario);
    let (words, holds) = row.did;
    let checks = [
        ((row.fires)(&seen), "the journal does not hold it".to_owned()),
        (seen.causes_count_up(), "cause ids have gaps".to_owned()),
        (holds(&seen), format!("not so: {words}")),
    ];
    let unsaid = row.page.iter().filter(|words| !seen.page.contains(**words));
    let unsaid = unsaid.map(|words| format!("the report does not say `{words}`"));
    let broken = checks.into_iter().filter(|(holds, _)| !holds).map(|(_, text)| text);
    broken.chain(unsaid).chain(seen.findings()).collect()
}

/// Makes the faults happen whose number leaves that rest: four tests, so that they run side by side.
fn check(rest: u8) {
    let rows = rows_by_number();
    let mut all = Vec::new();
    for (number, name, _) in CATALOGUE.iter().filter(|(number, ..)| number % 4 == rest) {
        let found = rows.get(number).map(problems).unwrap_or_default();
        all.extend(found.into_iter().map(|text| format!("{number} {name}: {text}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn faults_happen_are_shown_and_are_come_through_first_part() {
    check(0);
}

#[test]
fn faults_happen_are_shown_and_are_come_through_second_part() {
    check(1);
}

#[test]
fn faults_happen_are_shown_and_are_come_through_third_part() {
    check(2);
}

#[test]
fn faults_happen_are_shown_and_are_come_through_fourth_part() {
    check(3);
}

/// A fault of the script for a bot of one habit.
fn scripted(does: &str, fault: &str, more: &str) -> seen::Seen {
    let script = format!("[[faults.script]]\nfault = \"{fault}\"\nat = \"31s\"\n{more}");
    seen::run(&rows::odd_faulty(does, &script))
}

#[test]
fn of_a_replacement_either_half_can_be_done_alone() {
    let seen = scripted("replaces", "replace-not-cancelled", "");
    assert_eq!(seen.findings(), [""; 0]);
    let goes_on = ReportKind::RequestRejected(RejectReason::HalfDone);
    let original = seen.reports().find(|report| report.kind == goes_on).expect("the old order goes on");
    let taken =
        |report: &&ExecutionReport| report.kind == ReportKind::Accepted && report.matched_at == original.matched_at;
    assert_eq!(seen.reports().filter(taken).count(), 1, "the new one is placed");
    let ends = |report: &ExecutionReport| {
        matches!(report.kind, ReportKind::Ended(_)) && original.matched_at < report.matched_at
    };
    assert!(seen.reports().any(|report| ends(report) && report.kind == ReportKind::Ended(CancelReason::Requested)));
    assert_eq!(rows::left_open(&seen), 1, "the surplus is cancelled");
}

#[test]
fn an_instance_without_a_lease_doubles_its_orders_and_is_found_out() {
    let script =
        "[[faults.script]]\nfault = \"two-instances\"\nat = \"31s\"\nlasts = \"20s\"\n[gateway]\nholds_lease = false\n";
    let seen = seen::run(&rows::odd_faulty("nothing", script));
    let findings = seen.findings();
    assert!(findings.iter().any(|text| text.contains("one-order")), "{findings:?}");
    assert_eq!(seen.report["verdict"], "no-go");
}

#[test]
fn a_switch_and_a_budget_can_be_scripted() {
    let switch =
        "[[faults.script]]\nfault = \"dead-mans-switch\"\nat = \"31s\"\n[gateway]\ndead_mans_switch = \"60s\"\n";
    let seen = seen::run(&rows::odd_faulty("replaces", switch));
    let ended = ReportKind::Ended(CancelReason::ByVenue);
    let at: Vec<_> = seen.reports().filter(|report| report.kind == ended).map(|report| report.matched_at).collect();
    assert_eq!(at, [seen::after(31)]);
    assert_eq!(seen.findings(), [""; 0]);
    let seen = scripted("replaces", "order-budget", "lasts = \"10s\"\n");
    assert_eq!(seen.firings(WireFault::OrderBudget).len(), 1);
    let within = |report: &&ExecutionReport| seen::after(32) < report.matched_at && report.matched_at < seen::after(41);
    assert_eq!(seen.reports().filter(within).filter(|report| report.kind == ReportKind::Accepted).count(), 0);
    assert!(seen.trades_after(seen::after(41)) && seen.findings().is_empty(), "{:?}", seen.findings());
}

#[test]
fn an_order_waits_for_a_slow_disk_and_a_cancel_does_not() {
    let log = "[gateway]\nlog = \"careful\"\n";
    let seen = scripted("replaces", "slow-disk", &format!("lasts = \"2s\"\n{log}"));
    assert_eq!(seen.findings(), [""; 0]);
    let fired = seen.firings(WireFault::SlowDisk);
    let [(at, _, id, _)] = fired[..] else { panic!("{fired:?}") };
    let left = seen.noted(id, |event| matches!(event, WireEvent::Left(1)));
    let logged = seen.noted(id, |event| matches!(event, WireEvent::Logged(_)));
    assert_eq!((left, logged), (Some(at.plus(SECOND.times(2))), Some(at.plus(SECOND.times(2)))));
    assert_eq!(seen.invariant("logged-first").1, 0);
    assert!(10 < seen.invariant("logged-first").0);
    // One that does not wait is found out, be its disk slow or full.
    for (fault, lasts) in [("slow-disk", "1s"), ("full-disk", "10s")] {
        let naive = format!("lasts = \"{lasts}\"\n[gateway]\nlog = \"naive\"\n");
        let seen = scripted("replaces", fault, &naive);
        let findings = seen.findings();
        assert!(!findings.is_empty() && findings.iter().all(|text| text.contains("logged-first")), "{findings:?}");
        assert_eq!(seen.report["verdict"], "no-go");
    }
}

#[test]
fn with_a_full_disk_nothing_adds_risk_and_what_protects_goes_out() {
    let log = "lasts = \"20s\"\n[gateway]\nlog = \"careful\"\n";
    let seen = scripted("replaces", "full-disk", log);
    assert_eq!(seen.findings(), [""; 0]);
    let fired = seen.firings(WireFault::FullDisk);
    assert_eq!((fired.len(), seen.column(WireFault::FullDisk, "reconciled")), (1, 1));
    let at = fired[0].0;
    let within = |when: Timestamp| at <= when && when < at.plus(SECOND.times(20));
    let left = |entry: &Entry| matches!(entry, Entry::Wire { at, event: WireEvent::Left(_), .. } if within(*at));
    assert!(!seen.has(left), "an order left while the disk was full");
    assert_eq!(seen.noted(ClientOrderId(0), |event| event == WireEvent::LogDown), Some(at));
    let up = seen.noted(ClientOrderId(0), |event| event == WireEvent::LogUp).expect("it goes on");
    assert!(at.plus(SECOND.times(20)) <= up && up <= at.plus(SECOND.times(21)), "{up:?}");
    assert!(seen.trades_after(up) && 0 < seen.figure("/wire/given_up"));
    assert_eq!(seen.figure("/wire/log/down_longest"), up.since(at).nanos().unsigned_abs());
    // The position of one that protects is closed by its stop, whatever the disk does, and a kill's cancels go out.
    let kill = "[[commands]]\nat = \"40s\"\ndo = \"kill\"\n";
    let seen = scripted("replaces", "full-disk", &format!("{log}{kill}"));
    assert_eq!(seen.findings(), [""; 0]);
    assert_eq!(rows::left_open(&seen), 0, "the last order is cancelled while the disk is full");
    let ended = |report: &ExecutionReport| {
        report.kind == ReportKind::Ended(CancelReason::Requested) && within(report.matched_at)
    };
    assert!(seen.reports().any(ended));
}

#[test]
fn a_bot_that_forgets_its_log_is_found_out() {
    let torn = "[[commands]]\nat = \"1min\"\ndo = \"restart\"\nstate = \"lost\"\n[[faults.script]]\nfault = \"slow-disk\"\nat = \"59s\"\nlasts = \"2s\"\n";
    let careful = seen::run(&rows::odd_faulty("replaces", &format!("{torn}[gateway]\nlog = \"careful\"\n")));
    assert_eq!(careful.findings(), [""; 0]);
    assert!(careful.wire(|event| matches!(event, WireEvent::LogRead { records, .. } if 0 < records)));
    let naive = seen::run(&rows::odd_faulty("replaces", &format!("{torn}[gateway]\nlog = \"naive\"\n")));
    let findings = naive.findings();
    let has = |name: &str| findings.iter().any(|text| text.contains(name));
    assert!(has("logged-first") && has("adopts"), "{findings:?}");
    assert!(!naive.wire(|event| matches!(event, WireEvent::LogRead { .. })));
}

#[test]
fn who_does_not_unwind_before_a_delisting_is_found_out() {
    let careless = "[[delistings]]\nreduces_from = \"1min\"\ncloses_at = \"2min\"\nunwinds = false\n";
    let seen = seen::run(&rows::habit("protects", 3, careless));
    let findings = seen.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("statuses") && findings[0].contains("100 steps held"), "{findings:?}");
    assert_eq!(seen.report["verdict"], "no-go");
    // What a maker would add is refused, and what would reduce is taken.
    let seen = seen::run(&rows::maker(3, careless));
    let within = |report: &&ExecutionReport, from, until| {
        seen::after(from) <= report.matched_at && report.matched_at < seen::after(until)
    };
    let told = |from, until, reason| {
        let there = seen.reports().filter(|report| within(report, from, until));
        there.filter(|report| report.kind == ReportKind::Rejected(reason)).count()
    };
    assert!(told(60, 120, RejectReason::ReducesAlone) > 10 && told(120, 180, RejectReason::Delisted) > 10);
    assert_eq!(told(0, 60, RejectReason::ReducesAlone) + told(120, 180, RejectReason::ReducesAlone), 0);
    assert_eq!(told(0, 120, RejectReason::Delisted), 0);
    let later = |report: &&ExecutionReport| {
        seen::after(120) < report.matched_at && matches!(report.kind, ReportKind::Filled(_) | ReportKind::Accepted)
    };
    assert_eq!(seen.reports().filter(later).count(), 0, "nothing happens in a market that is no more");
}
