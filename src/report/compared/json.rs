//! For programs.

use super::{COMPARED_SCHEMA_VERSION, ComparedInput, ComparedRun, sheet};
use crate::readiness::{
    ComparedVerdict, ControlSide, Direction, Finding, InvariantPair, MetricPair, Sense, TrialDifference, Unjudged,
    Value, Verdict,
};
use crate::report::ReportError;
use serde::Serialize;

/// The JSON document. Values are exact decimals in text.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `comparison`.
    kind: &'static str,
    verdict: ComparedVerdict,
    reason: String,
    base: Side<'a>,
    candidate: Side<'a>,
    /// In what the trials differ, what the bot was tried on first.
    differences: &'a [TrialDifference],
    unlike_is_meant: bool,
    /// Limits that were set.
    limits: Vec<Limit<'a>>,
    regressions: Vec<Found<'a>>,
    unjudged: &'a [Unjudged],
    metrics: Vec<Metric<'a>>,
    findings: Vec<Criterion<'a>>,
    controls: Vec<Control<'a>>,
    invariants: &'a [InvariantPair],
    program: &'a str,
}

#[derive(Serialize)]
struct Side<'a> {
    #[serde(flatten)]
    run: &'a ComparedRun,
    verdict: Verdict,
    headline: &'a str,
    reason: &'a str,
    audited: bool,
}

#[derive(Serialize)]
struct Limit<'a> {
    metric: &'a str,
    amount: String,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: &'a str,
    subject: &'a str,
    words: String,
}

#[derive(Serialize)]
struct Metric<'a> {
    name: &'a str,
    label: &'a str,
    subject: &'a str,
    unit: &'a str,
    direction: Direction,
    base: Option<String>,
    candidate: Option<String>,
    difference: Option<String>,
    /// As a part of the base's size.
    relative: Option<f64>,
    sense: Sense,
    /// Why a side has no value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forbidden: Option<&'a str>,
}

#[derive(Serialize)]
struct Criterion<'a> {
    name: &'a str,
    base: Option<Outcome>,
    candidate: Option<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    rule: String,
    outcome: &'static str,
    value: Option<String>,
}

#[derive(Serialize)]
struct Control<'a> {
    name: &'a str,
    base: Option<Counts>,
    candidate: Option<Counts>,
}

#[derive(Serialize)]
struct Counts {
    armed: bool,
    audited: bool,
    had_to_fire: u64,
    fired: u64,
    missed: u64,
    false_alarms: u64,
    late: u64,
    wrong_figures: u64,
}

/// The document.
///
/// # Errors
/// [`ReportError::Json`] when the library fails.
pub fn document(input: &ComparedInput) -> Result<String, ReportError> {
    let compared = &input.compared;
    let document = Document {
        schema_version: COMPARED_SCHEMA_VERSION,
        kind: "comparison",
        verdict: compared.verdict,
        reason: sheet::reason(input),
        base: side(input, 0),
        candidate: side(input, 1),
        differences: &input.differences,
        unlike_is_meant: input.unlike_is_meant,
        limits: input
            .tolerances
            .iter()
            .map(|limit| Limit { metric: &limit.metric, amount: limit.amount.to_string() })
            .collect(),
        regressions: compared
            .regressions
            .iter()
            .map(|found| Found { rule: found.code(), subject: found.subject(), words: found.to_string() })
            .collect(),
        unjudged: &compared.unjudged,
        metrics: compared.metrics.iter().map(metric).collect(),
        findings: compared
            .findings
            .iter()
            .map(|pair| Criterion {
                name: &pair.name,
                base: pair.base.as_ref().map(outcome),
                candidate: pair.candidate.as_ref().map(outcome),
            })
            .collect(),
        controls: compared
            .controls
            .iter()
            .map(|pair| Control {
                name: &pair.name,
                base: pair.base.as_ref().map(counts),
                candidate: pair.candidate.as_ref().map(counts),
            })
            .collect(),
        invariants: &compared.invariants,
        program: &input.program,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn side(input: &ComparedInput, place: usize) -> Side<'_> {
    let side = &input.sides[place];
    Side {
        run: &input.runs[place],
        verdict: side.verdict,
        headline: &side.headline,
        reason: &side.reason,
        audited: side.audited,
    }
}

fn metric(pair: &MetricPair) -> Metric<'_> {
    let text = |value: &Result<Value, String>| value.as_ref().ok().map(ToString::to_string);
    Metric {
        name: &pair.name,
        label: &pair.label,
        subject: &pair.subject,
        unit: pair.unit.as_str(),
        direction: pair.direction,
        base: text(&pair.base),
        candidate: text(&pair.candidate),
        difference: pair.difference().map(|value| value.to_string()),
        relative: pair.relative(),
        sense: pair.sense(),
        missing: [&pair.base, &pair.candidate]
            .into_iter()
            .filter_map(|side| side.as_ref().err())
            .map(String::as_str)
            .collect(),
        forbidden: pair.forbidden.as_deref(),
    }
}

fn outcome(finding: &Finding) -> Outcome {
    Outcome {
        rule: finding.criterion.rule().to_string(),
        outcome: finding.outcome.words(),
        value: finding.value.map(|value| value.to_string()),
    }
}

const fn counts(side: &ControlSide) -> Counts {
    Counts {
        armed: side.armed,
        audited: side.audited,
        had_to_fire: side.had_to_fire,
        fired: side.fired,
        missed: side.missed,
        false_alarms: side.false_alarms,
        late: side.late,
        wrong_figures: side.wrong_figures,
    }
}
