//! For build servers: one case a criterion, one case a shock.

use super::group::{self, Group};
use super::input::VolatilityInput;
use super::words;
use crate::readiness::{Verdict, VolatilityCriterion, VolatilityFinding};
use crate::report::ReportError;
use crate::report::junit::{failure, skipped, suite};
use quick_junit::{Report, TestCase, TestCaseStatus};

/// The document.
///
/// # Errors
/// [`ReportError::Junit`] when the library fails.
pub fn document(input: &VolatilityInput) -> Result<String, ReportError> {
    let mut report = Report::new(&input.scenario.name);
    report.add_test_suite(suite("verdict", std::iter::once(verdict(input))));
    report.add_test_suite(suite("criteria", input.result.findings.iter().map(|finding| criterion(finding, input))));
    report.add_test_suite(suite("shocks", group::shocks(input).iter().map(|shock| self::shock(&shock.name, input))));
    Ok(report.to_string()?)
}

/// The verdict itself: what is no GO fails the build, whatever the criteria say.
fn verdict(input: &VolatilityInput) -> TestCase {
    let status = match input.result.verdict {
        Verdict::Go => TestCaseStatus::success(),
        verdict => failure("verdict", format!("{verdict}: {}", input.result.reason)),
    };
    let mut case = TestCase::new("verdict", status);
    case.set_classname("verdict");
    case
}

fn criterion(finding: &VolatilityFinding, input: &VolatilityInput) -> TestCase {
    let rule = format!("{} {}", finding.criterion.measure, words::demand(&finding.criterion));
    let worst = finding.worst.and_then(|place| input.runs.get(place)).map_or_else(String::new, |run| {
        let measure = &finding.criterion.measure;
        format!("; worst {} ({})", words::reading(measure, run.reading(measure)), words::place(run))
    });
    let found = format!("{rule}: held in {} of {} runs{worst}", finding.held, finding.runs);
    let status = match finding.met {
        Some(true) => TestCaseStatus::success(),
        Some(false) => failure("not met", found),
        None => failure("no evidence", format!("{rule}: no run has the figure")),
    };
    let mut case = TestCase::new(&finding.criterion.name, status);
    case.set_classname("criteria");
    case
}

fn shock(name: &str, input: &VolatilityInput) -> TestCase {
    let status = match group::nearest_to_one(input, name) {
        None => skipped("no run of this shock".to_owned()),
        Some(severity) => {
            let group = group::of(input, name, Some(severity));
            // What is met over all runs is met: a shock is not held to more than the verdict is.
            let failed = input.result.findings.iter().filter(|finding| finding.met == Some(false));
            let criteria = failed.map(|finding| &finding.criterion);
            let broken = criteria.filter(|criterion| severity <= criterion.severity_at_most);
            let broken = broken.filter_map(|criterion| Some((criterion, broken_in(criterion, &group)?))).next();
            broken.map_or_else(TestCaseStatus::success, |(criterion, (broke, runs))| {
                let severity = words::severity(severity);
                let demand = words::demand(criterion);
                let rule = format!("“{}” ({} {demand})", criterion.name, criterion.measure);
                failure("broken", format!("{rule} broke at severity {severity} in {broke} of {runs} runs"))
            })
        }
    };
    let mut case = TestCase::new(name, status);
    case.set_classname("shocks");
    case
}

/// Runs that broke a criterion, of those that have its figure; none where it holds in as large a share of them as it has to.
fn broken_in(criterion: &VolatilityCriterion, group: &Group) -> Option<(usize, usize)> {
    let judged: Vec<bool> = group.iter().filter_map(|(_, run)| criterion.is_broken_by(run)).collect();
    let broke = judged.iter().filter(|broken| **broken).count();
    let held = judged.len() - broke;
    ((held as f64) < criterion.share * judged.len() as f64 - 1e-9).then_some((broke, judged.len()))
}
