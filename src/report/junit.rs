use super::input::{Accounts, DataGrade, Determinism, GateRow, ReportInput, TapeFacts};
use super::{ReportError, alerts, kills, number, peak, section};
use crate::audit::AlertAudit;
use crate::readiness::{AuditEvidence, Blocker, Finding, LaneAudit, Outcome};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// JUnit XML without times: the same run gives the same bytes.
pub fn document(input: &ReportInput) -> Result<String, ReportError> {
    let mut report = Report::new(&input.scenario.name);
    report.add_test_suite(suite("criteria", input.assessment.findings.iter().map(criterion)));
    report.add_test_suite(suite("market data", input.tapes.iter().map(tape)));
    let mandatory = input.gates.iter().filter(|gate| gate.is_mandatory);
    report.add_test_suite(suite("mandatory gates", mandatory.map(|gate| self::gate(gate, input))));
    report.add_test_suite(suite("audit", audit(&input.audit).into_iter()));
    let run =
        [trades(input), band(input), determinism(input), accounts(input), kill_drill(input), alerts_in_time(input)];
    report.add_test_suite(suite("run", run.into_iter().chain(alerts_audited(input)).chain(peak_load(input))));
    Ok(report.to_string()?)
}

/// Cases under a name.
pub fn suite(name: &str, cases: impl Iterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases);
    suite
}

/// A case that failed, and why.
pub fn failure(kind: &str, message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind).set_message(message);
    status
}

/// A case that says nothing, and why.
pub fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn criterion(finding: &Finding) -> TestCase {
    let status = match (&finding.outcome, &finding.waiver) {
        (Outcome::Met, _) => TestCaseStatus::success(),
        (_, Some(waiver)) if finding.is_waived() => {
            skipped(format!("{}; waived by {}: {}", words(finding), waiver.name, waiver.reason))
        }
        (Outcome::NotMet, _) => failure("not met", words(finding)),
        (Outcome::NotMeasured(_), _) if finding.criterion.mandatory => failure("not measured", words(finding)),
        (Outcome::NotMeasured(_), _) => skipped(words(finding)),
    };
    let mut case = TestCase::new(&finding.criterion.name, status);
    case.set_classname("criteria");
    case
}

fn words(finding: &Finding) -> String {
    let rule = finding.criterion.rule();
    match (&finding.outcome, finding.value) {
        (Outcome::NotMeasured(missing), _) => format!("{rule}: not measured: {missing}"),
        (outcome, Some(value)) => format!("{rule}: {}, found {}", outcome.words(), number::value(value, &finding.unit)),
        (outcome, None) => format!("{rule}: {}", outcome.words()),
    }
}

fn tape(tape: &TapeFacts) -> TestCase {
    let codes: Vec<String> =
        tape.findings.iter().map(|finding| format!("{}: {}", finding.code, finding.detail)).collect();
    let status = match tape.grade {
        DataGrade::Fit | DataGrade::FitWithFindings => TestCaseStatus::success(),
        DataGrade::Unfit => failure("unfit data", codes.join("; ")),
    };
    let mut case = TestCase::new(&tape.name, status);
    case.set_classname("market data");
    if tape.grade == DataGrade::FitWithFindings {
        case.set_system_out(codes.join("\n"));
    }
    case
}

fn gate(gate: &GateRow, input: &ReportInput) -> TestCase {
    let blocker = input.assessment.blockers.iter().find(|blocker| match blocker {
        Blocker::NeverExercised { control, .. } | Blocker::DrillFailed { control, .. } => *control == gate.name,
        _ => false,
    });
    let kind = match blocker {
        Some(Blocker::DrillFailed { .. }) => "drill failed",
        _ => "never exercised",
    };
    case(&gate.name, "mandatory gates", kind, blocker)
}

/// A case for every armed control and every invariant, over all lanes.
fn audit(audit: &AuditEvidence) -> Vec<TestCase> {
    let lanes = match audit {
        AuditEvidence::NotAudited { reason } => {
            return vec![audited("the run was audited", failure("not audited", reason.clone()))];
        }
        AuditEvidence::Audited { lanes, .. } => lanes,
    };
    let first = || lanes.iter().take(1).map(|lane: &LaneAudit| &lane.audit);
    let armed = first().flat_map(|lane| lane.controls.iter().filter(|control| control.armed));
    let controls = armed.map(|control| (&control.name, control.audited));
    let invariants = first().flat_map(|lane| lane.invariants.iter().map(|invariant| (&invariant.name, true)));
    controls.chain(invariants).map(|(name, is_audited)| audited(name, found(name, is_audited, audit))).collect()
}

fn found(name: &str, is_audited: bool, audit: &AuditEvidence) -> TestCaseStatus {
    let found: Vec<String> = audit
        .disagreements()
        .filter(|found| found.control == name)
        .map(|found| format!("lane {}: {} found, first {}", found.preset, found.count, found.first))
        .collect();
    match (found.is_empty(), is_audited) {
        (false, _) => failure("audit found", found.join("; ")),
        (true, true) => TestCaseStatus::success(),
        (true, false) => skipped("not audited: nobody knows what it had to do".to_owned()),
    }
}

fn audited(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname("audit");
    case
}

fn trades(input: &ReportInput) -> TestCase {
    let blocker = input.assessment.blockers.iter().find(|blocker| matches!(blocker, Blocker::NoTrades));
    case("the bot traded", "run", "no trades", blocker)
}

fn band(input: &ReportInput) -> TestCase {
    let blocker = input.assessment.blockers.iter().find(|blocker| matches!(blocker, Blocker::BandDisagrees { .. }));
    let name = "one verdict under every fill preset";
    if blocker.is_none() && input.band.is_empty() {
        let mut case = TestCase::new(name, skipped(input.no_band_because.clone()));
        case.set_classname("run");
        return case;
    }
    case(name, "run", "band disagrees", blocker)
}

fn case(name: &str, class: &str, kind: &str, blocker: Option<&Blocker>) -> TestCase {
    let status = blocker.map_or_else(TestCaseStatus::success, |blocker| failure(kind, blocker.to_string()));
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn determinism(input: &ReportInput) -> TestCase {
    let words = section::determinism(input);
    let status = match input.run.determinism {
        Determinism::Repeated => TestCaseStatus::success(),
        Determinism::NotChecked => skipped(words),
        Determinism::Differs { .. } => failure("not repeatable", words),
    };
    let mut case = TestCase::new("the run repeats to the byte", status);
    case.set_classname("run");
    case
}

fn accounts(input: &ReportInput) -> TestCase {
    let words = input.run.accounts.words();
    let status = match input.run.accounts {
        Accounts::Agree { .. } => TestCaseStatus::success(),
        Accounts::NotCompared => skipped(words),
        Accounts::Differ { .. } => failure("accounts differ", words),
    };
    let mut case = TestCase::new("bot, ledger and venue have the same account", status);
    case.set_classname("run");
    case
}

fn kill_drill(input: &ReportInput) -> TestCase {
    let words = kills::line(input);
    let status = match &input.kill_drill {
        None => skipped(words),
        Some(drill) if drill.failure().is_some() || drill.left_open().is_some() => failure("kill drill", words),
        Some(_) => TestCaseStatus::success(),
    };
    let mut case = TestCase::new("nothing that adds risk leaves after a kill", status);
    case.set_classname("run");
    case
}

/// Nothing where it was not tried.
fn peak_load(input: &ReportInput) -> Option<TestCase> {
    let peak = input.peak_load.as_ref()?;
    let words = peak::line(input);
    let is_wrong = peak.failure.is_some() || peak.shortfall().is_some();
    let status = if is_wrong { failure("peak load", words) } else { TestCaseStatus::success() };
    let mut case = TestCase::new("what holds in the run holds at twice its highest rates", status);
    case.set_classname("run");
    Some(case)
}

/// Nothing where no alert is watched.
fn alerts_audited(input: &ReportInput) -> Option<TestCase> {
    let words = alerts::audit_line(input);
    let is_wrong = input.audit.lanes().iter().any(|lane| lane.audit.alerts.iter().any(|row| !row.is_clean()));
    let is_open = input.audit.lanes().iter().any(|lane| lane.audit.alerts.iter().any(AlertAudit::is_open));
    let status = match input.audit {
        _ if words.is_empty() => return None,
        AuditEvidence::NotAudited { .. } => skipped(words),
        AuditEvidence::Audited { .. } if is_wrong => failure("alerts", words),
        AuditEvidence::Audited { .. } if is_open => skipped(words),
        AuditEvidence::Audited { .. } => TestCaseStatus::success(),
    };
    let mut case = TestCase::new("every alert was raised when it had to be, and no other", status);
    case.set_classname("run");
    Some(case)
}

fn alerts_in_time(input: &ReportInput) -> TestCase {
    let words = alerts::line(input);
    let is_late = |blocker: &Blocker| matches!(blocker, Blocker::AlertLate { .. });
    let status = match input.assessment.blockers.iter().find(|blocker| is_late(blocker)) {
        Some(late) => failure("alert late", late.to_string()),
        None if input.alerts.rules.iter().any(|rule| rule.is_watched) => TestCaseStatus::success(),
        None => skipped(words),
    };
    let mut case = TestCase::new("every alert came in time", status);
    case.set_classname("run");
    case
}
