//! For programs.

use super::STABILITY_SCHEMA_VERSION;
use super::input::{ProofFacts, StabilityInput};
use super::words;
use crate::readiness::{Conclusion, Distribution, PointStatistics, Sensitivity, ShapeFound, StabilityAxis, Verdict};
use crate::report::ReportError;
use crate::report::input::ScenarioFacts;
use crate::report::volatility::MarketFacts;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `stability`.
    kind: &'static str,
    verdict: Verdict,
    reason: &'a str,
    exit_code: u8,
    run_id: &'a str,
    digest: &'a str,
    program: &'a str,
    build: &'a str,
    semantics: u32,
    bot: Bot<'a>,
    scenario: Scenario<'a>,
    market: &'a MarketFacts,
    seeds: [u64; 2],
    runs: usize,
    length_ns: i64,
    period_ns: i64,
    measure: &'a str,
    /// Unit of each measure.
    units: BTreeMap<&'a str, String>,
    conclusions: &'a [Conclusion],
    /// As configured, over the whole market.
    base: &'a BTreeMap<String, Distribution>,
    axes: Vec<Axis<'a>>,
    /// Names of axes, the most sensitive first.
    ranking: Vec<&'a str>,
    proofs: &'a ProofFacts,
    findings: Vec<Finding<'a>>,
    not_shown: &'a [String],
    rerun: &'a [String],
}

#[derive(Serialize)]
struct Bot<'a> {
    name: &'a str,
    parameters: &'a [(String, String)],
    build: &'a str,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    description: &'a str,
    file: &'a str,
    hash: &'a str,
}

#[derive(Serialize)]
struct Axis<'a> {
    kind: &'a str,
    name: &'a str,
    about: &'a str,
    measure: &'a str,
    /// Place of the point that the others are held against.
    reference: usize,
    points: Vec<Point<'a>>,
    /// By measure.
    shapes: &'a BTreeMap<String, ShapeFound>,
    sensitivity: Option<Sensitivity>,
}

#[derive(Serialize)]
struct Point<'a> {
    label: &'a str,
    is_base: bool,
    note: &'a str,
    /// By measure.
    statistics: &'a BTreeMap<String, PointStatistics>,
    /// Values of the axis's measure by seed.
    values: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    setting: &'a str,
    seed: u64,
    first: &'a str,
}

/// The document.
///
/// # Errors
/// [`ReportError::Json`] when the library fails.
pub fn document(input: &StabilityInput) -> Result<String, ReportError> {
    let result = input.result;
    let axes = input.evidence.axes.iter().zip(&result.axes).map(|(axis, found)| Axis {
        kind: axis.kind.as_str(),
        name: &axis.name,
        about: &axis.about,
        measure: &axis.measure,
        reference: axis.reference,
        points: points(axis, &found.points),
        shapes: &found.shapes,
        sensitivity: found.sensitivity,
    });
    let document = Document {
        schema_version: STABILITY_SCHEMA_VERSION,
        kind: "stability",
        verdict: result.verdict,
        reason: &result.reason,
        exit_code: result.verdict.exit_code(),
        run_id: &input.run_id,
        digest: &input.digest,
        program: &input.program,
        build: &input.build_id,
        semantics: input.semantics,
        bot: Bot { name: &input.bot.name, parameters: &input.bot.parameters, build: &input.bot.build_id },
        scenario: scenario(&input.scenario),
        market: &input.market,
        seeds: [input.seeds.0, input.seeds.1],
        runs: input.runs,
        length_ns: input.length.nanos(),
        period_ns: input.period.nanos(),
        measure: &input.measure,
        units: result.base.keys().map(|name| (name.as_str(), words::unit(name, input).as_str().to_owned())).collect(),
        conclusions: &result.conclusions,
        base: &result.base,
        axes: axes.collect(),
        ranking: result.ranking.iter().map(|place| input.evidence.axes[*place].name.as_str()).collect(),
        proofs: &input.proofs,
        findings: input.findings.iter().map(|(setting, seed, first)| Finding { setting, seed: *seed, first }).collect(),
        not_shown: &input.not_shown,
        rerun: &input.rerun,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn points<'a>(axis: &'a StabilityAxis, found: &'a [BTreeMap<String, PointStatistics>]) -> Vec<Point<'a>> {
    let one =
        |(point, statistics): (&'a crate::readiness::StabilityPoint, &'a BTreeMap<String, PointStatistics>)| Point {
            label: &point.label,
            is_base: point.is_base,
            note: &point.note,
            statistics,
            values: point.values(&axis.measure),
        };
    axis.points.iter().zip(found).map(one).collect()
}

fn scenario(facts: &ScenarioFacts) -> Scenario<'_> {
    Scenario { name: &facts.name, description: &facts.description, file: &facts.file, hash: &facts.hash }
}
