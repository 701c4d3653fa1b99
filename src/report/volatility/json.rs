//! For programs.

use super::SCHEMA_VERSION;
use super::believability::{self, Believed};
use super::group;
use super::input::{MarketFacts, ShockFacts, VolatilityInput};
use crate::readiness::{
    BreakPoint, MEASURES, Scaling, Track, Verdict, VolatilityBand, VolatilityFinding, VolatilityRun,
};
use crate::report::ReportError;
use crate::report::input::{Assumption, BotFacts, OptionRow, ScenarioFacts};
use crate::score::Score;
use crate::units::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// The JSON report. Money is exact decimals in text; instants and spans are nanoseconds, instants since 1970 UTC; a figure that is
/// not finite is null.
#[derive(Serialize)]
struct Document<'a> {
    /// Version of this document.
    schema_version: u32,
    /// `volatility`.
    kind: &'static str,
    verdict: Verdict,
    reason: &'a str,
    /// The rules and what became of them; `worst` is a place in `runs`.
    findings: &'a [VolatilityFinding],
    break_points: &'a [BreakPoint],
    scaling: &'a [Scaling],
    bands: &'a [VolatilityBand],
    /// Places of runs that broke a criterion, whatever their severity.
    broken: &'a BTreeSet<usize>,
    scenario: &'a ScenarioFacts,
    bot: &'a BotFacts,
    market: &'a MarketFacts,
    regimes: Vec<Regime<'a>>,
    severities: &'a [f64],
    seeds: u64,
    shocks: Vec<ShockFacts>,
    /// What figures of criteria mean.
    measures: Vec<Measure>,
    runs: &'a [VolatilityRun],
    /// Of one run a shock what gates did; its curves are on the page alone.
    tracks: Vec<Turns<'a>>,
    /// How far tapes are off; null where nobody has compared.
    believability: Option<Believed<'a>>,
    score: Option<&'a Score>,
    fills: &'a str,
    assumptions: &'a [Assumption],
    not_shown: &'a [String],
    options: &'a [OptionRow],
    rerun: &'a [String],
    run_id: &'a str,
    digest: &'a str,
    program: &'a str,
    build_id: &'a str,
    semantics: u32,
}

#[derive(Serialize)]
struct Regime<'a> {
    name: &'a str,
    multiple: &'a str,
}

#[derive(Serialize)]
struct Measure {
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Turns<'a> {
    run: usize,
    turns: Vec<Turn<'a>>,
    refusals_a_minute: &'a [u64],
}

#[derive(Serialize)]
struct Turn<'a> {
    at: Timestamp,
    words: &'a str,
}

/// The document.
///
/// # Errors
/// [`ReportError::Json`] when the library fails.
pub fn document(input: &VolatilityInput) -> Result<String, ReportError> {
    let result = input.result;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        kind: "volatility",
        verdict: result.verdict,
        reason: &result.reason,
        findings: &result.findings,
        break_points: &result.breaks,
        scaling: &result.scaling,
        bands: &result.bands,
        broken: &result.broken,
        scenario: &input.scenario,
        bot: &input.bot,
        market: &input.market,
        regimes: input.regimes.iter().map(|(name, multiple)| Regime { name, multiple }).collect(),
        severities: &input.severities,
        seeds: input.seeds,
        shocks: group::shocks(input),
        measures: MEASURES.map(|(name, unit, meaning)| Measure { name, unit, meaning }).into(),
        runs: input.runs,
        tracks: input.tracks.iter().map(turns).collect(),
        believability: believability::believed(input),
        score: input.score,
        fills: &input.fill_words,
        assumptions: &input.assumptions,
        not_shown: &input.not_shown,
        options: &input.options,
        rerun: &input.rerun,
        run_id: &input.run_id,
        digest: &input.digest,
        program: &input.program,
        build_id: &input.build_id,
        semantics: input.semantics,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn turns(track: &Track) -> Turns<'_> {
    let turns = track.turns.iter().map(|(at, words)| Turn { at: *at, words });
    Turns { run: track.run, turns: turns.collect(), refusals_a_minute: &track.refusals }
}
