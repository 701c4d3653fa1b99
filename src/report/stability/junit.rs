//! For build servers: the verdict, a case a conclusion, a case an axis, a case a proof.

use super::input::{ProofRow, StabilityInput};
use super::{tables, words};
use crate::readiness::{Conclusion, PointOutcome, Verdict};
use crate::report::ReportError;
use crate::report::junit::{failure, skipped, suite};
use quick_junit::{Report, TestCase, TestCaseStatus};

/// The document.
///
/// # Errors
/// [`ReportError::Junit`] when the library fails.
pub fn document(input: &StabilityInput) -> Result<String, ReportError> {
    let mut report = Report::new(&input.scenario.name);
    let verdict = match input.result.verdict {
        Verdict::Go => TestCaseStatus::success(),
        verdict => failure("verdict", format!("{verdict}: {}", input.result.reason)),
    };
    report.add_test_suite(suite("verdict", std::iter::once(case("verdict", "verdict", verdict))));
    let conclusions = input.result.conclusions.iter();
    report.add_test_suite(suite(
        "conclusions",
        conclusions.map(|found| case(&found.criterion.name, "conclusions", conclusion(found, input))),
    ));
    let axes = input.evidence.axes.iter().enumerate();
    report.add_test_suite(suite("moved", axes.map(|(place, axis)| case(&axis.name, "moved", moved(place, input)))));
    let proofs = input.proofs.determinism.iter().chain(&input.proofs.resume);
    report.add_test_suite(suite("proofs", proofs.map(|row| case(&row.how, "proofs", proof(row)))));
    Ok(report.to_string()?)
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn conclusion(found: &Conclusion, input: &StabilityInput) -> TestCaseStatus {
    let rule = format!("{} {}", found.criterion.measure, words::demand(&found.criterion, input));
    let places: Vec<String> = found.breaks.iter().map(tables::place).collect();
    match found.outcome {
        PointOutcome::Holds => TestCaseStatus::success(),
        PointOutcome::Breaks => failure("breaks", format!("{rule}: breaks at {}", places.join("; "))),
        PointOutcome::Unproved => failure("no evidence", format!("{rule}: too few seeds have the figure")),
    }
}

/// Conclusions that break on one axis.
fn moved(place: usize, input: &StabilityInput) -> TestCaseStatus {
    let of_axis = || input.result.conclusions.iter().filter_map(|found| Some((found, found.points.get(place)?)));
    let any =
        |outcome| of_axis().filter(move |(_, points)| points.iter().flatten().any(|held| held.outcome == outcome));
    let names = |outcome| any(outcome).map(|(found, _)| format!("“{}”", found.criterion.name)).collect::<Vec<_>>();
    let (broken, unproved) = (names(PointOutcome::Breaks), names(PointOutcome::Unproved));
    if !broken.is_empty() {
        return failure("breaks", broken.join(", "));
    }
    if of_axis().all(|(_, points)| points.iter().flatten().count() == 0) {
        return skipped("no conclusion has to survive it, or has a figure there".to_owned());
    }
    if unproved.is_empty() { TestCaseStatus::success() } else { failure("no evidence", unproved.join(", ")) }
}

fn proof(row: &ProofRow) -> TestCaseStatus {
    if row.is_same {
        TestCaseStatus::success()
    } else {
        failure("differs", format!("it ended with digest {}", row.digest))
    }
}
