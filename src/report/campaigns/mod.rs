//! Renders a campaign beside another.

mod sheet;
mod tables;

use super::junit::{failure, suite};
use super::{Colour, Rendered, ReportError};
use crate::readiness::{
    ComparedVerdict, PairedCampaigns, PairedMetric, PairedRegression, Part, Sense, Tolerance, TrialDifference,
    Unjudged, VerdictCounts,
};
use quick_junit::{Report, TestCase, TestCaseStatus};
use serde::Serialize;

/// Version of the JSON document of two campaigns. Fields may be added under the same number; none is removed or changes its meaning.
pub const CAMPAIGNS_SCHEMA_VERSION: u32 = 1;

/// Which campaign one side is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CampaignFacts {
    /// Its folder, as it was named.
    pub folder: String,
    /// The scenario.
    pub scenario: String,
    /// The bot with its build.
    pub bot: String,
    /// Built from a source with changes that no commit holds.
    pub is_dirty: bool,
    /// Markets and fill preset, in words.
    pub markets: String,
    /// How many seeds it has.
    pub seeds: u64,
}

/// Everything that is said of two campaigns side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignsInput {
    /// Which campaigns, the base first.
    pub campaigns: [CampaignFacts; 2],
    /// In what they differ.
    pub differences: Vec<TrialDifference>,
    /// Trials that are unlike were to be compared all the same.
    pub unlike_is_meant: bool,
    /// Limits that were set.
    pub tolerances: Vec<Tolerance>,
    /// The comparison.
    pub paired: PairedCampaigns,
    /// The program and version that compared.
    pub program: String,
}

impl CampaignsInput {
    /// In how many things the trials differ.
    fn unlike(&self) -> usize {
        self.differences.iter().filter(|difference| difference.part == Part::Trial).count()
    }
}

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render_campaigns(input: &CampaignsInput) -> Result<Rendered, ReportError> {
    let sheet = sheet::sheet(input, true);
    Ok(Rendered { html: sheet.html()?, markdown: sheet.markdown(), json: json(input)?, junit: junit(input)? })
}

/// For people at a prompt.
#[must_use]
pub fn terminal_campaigns(input: &CampaignsInput, colour: Colour) -> String {
    sheet::sheet(input, false).terminal(colour)
}

/// The JSON document. Values are exact decimals in text.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `campaigns`.
    kind: &'static str,
    verdict: ComparedVerdict,
    reason: String,
    base: &'a CampaignFacts,
    candidate: &'a CampaignFacts,
    differences: &'a [TrialDifference],
    unlike_is_meant: bool,
    /// Seeds that both have, and seeds of one of them alone.
    pairs: u64,
    alone: u64,
    base_verdicts: VerdictCounts,
    candidate_verdicts: VerdictCounts,
    regressions: &'a [PairedRegression],
    unjudged: &'a [Unjudged],
    metrics: Vec<Metric<'a>>,
    program: &'a str,
}

#[derive(Serialize)]
struct Metric<'a> {
    name: &'a str,
    label: &'a str,
    subject: &'a str,
    unit: &'a str,
    pairs: usize,
    base_median: String,
    candidate_median: String,
    /// Median of the differences of pairs.
    difference_median: String,
    /// Where that median lies with 95 %: order statistics of the sign test; null below six pairs.
    interval: Option<[String; 2]>,
    better: u64,
    worse: u64,
    /// Sign test, both sides.
    p: Option<f64>,
    sense: Sense,
    limit: Option<String>,
    /// Pairs that are worse by more than the limit.
    beyond_limit: Option<u64>,
}

fn json(input: &CampaignsInput) -> Result<String, ReportError> {
    let paired = &input.paired;
    let document = Document {
        schema_version: CAMPAIGNS_SCHEMA_VERSION,
        kind: "campaigns",
        verdict: paired.verdict,
        reason: sheet::reason(input),
        base: &input.campaigns[0],
        candidate: &input.campaigns[1],
        differences: &input.differences,
        unlike_is_meant: input.unlike_is_meant,
        pairs: paired.pairs,
        alone: paired.alone,
        base_verdicts: paired.base,
        candidate_verdicts: paired.candidate,
        regressions: &paired.regressions,
        unjudged: &paired.unjudged,
        metrics: paired.metrics.iter().map(metric).collect(),
        program: &input.program,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn metric(metric: &PairedMetric) -> Metric<'_> {
    Metric {
        name: &metric.name,
        label: &metric.label,
        subject: &metric.subject,
        unit: metric.unit.as_str(),
        pairs: metric.pairs,
        base_median: metric.base.to_string(),
        candidate_median: metric.candidate.to_string(),
        difference_median: metric.difference.to_string(),
        interval: metric.interval.map(|(low, high)| [low, high].map(|value| value.to_string())),
        better: metric.better,
        worse: metric.worse,
        p: metric.p,
        sense: metric.sense(),
        limit: metric.limit.map(|(amount, _)| amount.to_string()),
        beyond_limit: metric.limit.map(|(_, beyond)| beyond),
    }
}

/// For build servers: whether they can be compared, and a case for each rule and each limit that something broke or nothing did.
fn junit(input: &CampaignsInput) -> Result<String, ReportError> {
    let paired = &input.paired;
    let comparable = match paired.verdict {
        ComparedVerdict::NotComparable => failure("not comparable", sheet::reason(input)),
        ComparedVerdict::NoRegression | ComparedVerdict::Regression => TestCaseStatus::success(),
    };
    let rules = ["verdict", "criterion", "control", "switched-off", "not-exercised", "invariant"];
    let rule = |rule: &&str| case(rule, "rules", status(paired.regressions.iter().filter(|found| found.rule == *rule)));
    let limit = |limit: &Tolerance| {
        let is_of = |found: &&PairedRegression| found.rule == "metric" && found.subject == limit.metric;
        match paired.unjudged.iter().find(|row| row.metric == limit.metric) {
            Some(row) => case(&limit.metric, "limits", failure("not judged", row.reason.clone())),
            None => case(&limit.metric, "limits", status(paired.regressions.iter().filter(is_of))),
        }
    };
    let mut report = Report::new("compare");
    report.add_test_suite(suite(
        "comparison",
        std::iter::once(case("the two can be compared", "comparison", comparable)),
    ));
    report.add_test_suite(suite("rules", rules.iter().map(rule)));
    report.add_test_suite(suite("limits", input.tolerances.iter().map(limit)));
    Ok(report.to_string()?)
}

fn status<'a>(found: impl Iterator<Item = &'a PairedRegression>) -> TestCaseStatus {
    let texts: Vec<String> = found.map(|found| found.words.clone()).collect();
    if texts.is_empty() { TestCaseStatus::success() } else { failure("regression", texts.join("; ")) }
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}
