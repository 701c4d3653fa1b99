//! For build servers: one case for each rule and each limit.

use super::{ComparedInput, sheet};
use crate::readiness::{ComparedVerdict, Regression};
use crate::report::ReportError;
use crate::report::junit::{failure, suite};
use quick_junit::{Report, TestCase, TestCaseStatus};

/// Rules that hold whatever limits are set: code, name.
const RULES: [(&str, &str); 7] = [
    ("verdict", "the verdict is no worse"),
    ("criterion", "every criterion that was met is met"),
    ("control", "no control fails more often"),
    ("switched-off", "every control that was armed is armed"),
    ("not-exercised", "every mandatory control is exercised as before"),
    ("invariant", "no invariant is broken more often"),
    ("not-audited", "the candidate was audited"),
];

/// The document.
///
/// # Errors
/// [`ReportError::Junit`] when the library fails.
pub fn document(input: &ComparedInput) -> Result<String, ReportError> {
    let mut report = Report::new("compare");
    report.add_test_suite(suite("comparison", std::iter::once(comparable(input))));
    report.add_test_suite(suite("rules", RULES.iter().map(|(code, name)| rule(input, code, name))));
    report.add_test_suite(suite("limits", input.tolerances.iter().map(|limit| self::limit(input, &limit.metric))));
    Ok(report.to_string()?)
}

fn comparable(input: &ComparedInput) -> TestCase {
    let status = match input.compared.verdict {
        ComparedVerdict::NotComparable => failure("not comparable", sheet::reason(input)),
        ComparedVerdict::NoRegression | ComparedVerdict::Regression => TestCaseStatus::success(),
    };
    case("the two can be compared", "comparison", status)
}

fn rule(input: &ComparedInput, code: &str, name: &str) -> TestCase {
    let found: Vec<&Regression> = input.compared.regressions.iter().filter(|found| found.code() == code).collect();
    case(name, "rules", status(&found))
}

fn limit(input: &ComparedInput, metric: &str) -> TestCase {
    if let Some(row) = input.compared.unjudged.iter().find(|row| row.metric == metric) {
        return case(metric, "limits", failure("not judged", row.reason.clone()));
    }
    let is_of = |found: &&Regression| found.code() == "metric" && found.subject() == metric;
    let found: Vec<&Regression> = input.compared.regressions.iter().filter(is_of).collect();
    case(metric, "limits", status(&found))
}

fn status(found: &[&Regression]) -> TestCaseStatus {
    if found.is_empty() {
        return TestCaseStatus::success();
    }
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    failure("regression", texts.join("; "))
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}
