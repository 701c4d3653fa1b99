//! Peak load: the busiest hour of the run's market once more, at twice the messages and twice the quantities a second or more, with the same bot and gates.
//!
//! It is a run of its own on a tape that is kept with the results. Invariants: it follows from the scenario alone. Known limits: nothing is injected in it, and what scripts do (shocks'
//! halts, commands, charges, modes) is left out; a market that answers to the bot is read as a tape, without what the bot did in it.

use super::execute::{RunError, execute_in_memory};
use super::file::{MarketFile, ScenarioFile};
use super::load::Scenario;
use super::manifest::Manifest;
use super::market::at_venues;
use super::problem::Problem;
use super::registry::Registry;
use super::replay::bind;
use super::text::SpanText;
use super::trial::Trial;
use super::{audit::audit_in_memory, evidence::measured};
use crate::readiness::{PeakLoad, Readiness};
use crate::synth::{Peak, PeakAsk, peak_tape};
use crate::tape::TapeKind;
use crate::units::{DAY, MINUTE, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The tape of the busiest hour, in the folder of a run.
pub const PEAK_TAPE: &str = "peak.tape";
const TIMES_MAX: u32 = 20;
/// The busiest hour of the market once more, faster: a part of the run, like a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeakLoadFile {
    /// How long the stretch of the market is whose busiest is taken.
    pub lasts: SpanText,
    /// Times as many messages, and as much quantity. Two are asked for in the busiest second; a burst of less than a second wants more.
    pub times: u32,
}

impl Default for PeakLoadFile {
    fn default() -> Self {
        Self { lasts: SpanText(MINUTE.times(60)), times: 2 }
    }
}

/// What is wrong with it.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(peak) = &file.peak_load else { return Vec::new() };
    let mut found = Vec::new();
    if !(MINUTE..=DAY).contains(&peak.lasts.0) {
        found.push(Problem::new("peak_load.lasts", format!("found {}", peak.lasts), "1min to 1d"));
    }
    if !(1..=TIMES_MAX).contains(&peak.times) {
        found.push(Problem::new("peak_load.times", format!("found {}", peak.times), format!("1 to {TIMES_MAX}")));
    }
    let alone = [
        (!file.markets.is_empty(), "several `markets`", "one market"),
        (!file.bots.is_empty(), "several `bots`", "one bot"),
        (file.volatility.is_some(), "`[volatility]`", "one run"),
        (file.stability.is_some(), "`[stability]`", "one run"),
    ];
    let misfits = alone.into_iter().filter(|(is_there, ..)| *is_there);
    found.extend(misfits.map(|(_, what, expected)| Problem::new("peak_load", what, expected)));
    found
}

/// Bars have no messages.
pub(super) fn misfit(file: &ScenarioFile, kinds: impl Iterator<Item = TapeKind>) -> Option<Problem> {
    let has_bars = kinds.into_iter().any(|kind| kind == TapeKind::Bars);
    let problem = || Problem::new("peak_load", "a tape of bars", "a market of rows");
    (file.peak_load.is_some() && has_bars).then(|| problem().hint("bars have no messages that could come faster"))
}

/// Plays the peak of a trial's market, as far as it was replayed (`until`); its tape is left in `folder`. `None` where the scenario asks for none.
///
/// # Errors
/// [`RunError`] when the market cannot be read, the tape cannot be written, or the run stops.
pub fn peak_load(
    trial: &Trial,
    (readiness, until): (&Readiness, Timestamp),
    folder: &Path,
    registry: &Registry,
) -> Result<Option<PeakLoad>, RunError> {
    let Some(asked) = &trial.scenario.file.peak_load else { return Ok(None) };
    let ask = PeakAsk { lasts: asked.lasts.0, times: asked.times, until };
    let (tape, mut sources) = (folder.join(PEAK_TAPE), at_venues(trial)?);
    let Some(source) = sources.first_mut() else { return Ok(None) };
    let Some(peak) = peak_tape(source.as_mut(), &ask, &tape)? else { return Ok(None) };
    play(&trial.scenario, peak, readiness, &tape, registry).map(Some)
}

/// Plays a peak whose tape is there.
fn play(
    scenario: &Scenario,
    peak: Peak,
    readiness: &Readiness,
    tape: &Path,
    registry: &Registry,
) -> Result<PeakLoad, RunError> {
    let failed = |error: &dyn std::fmt::Display| RunError::Setup(format!("peak load: {error}"));
    let path = std::path::absolute(tape).map_err(|error| failed(&error))?;
    let scenario = Scenario { file: alone(&scenario.file, &path.to_string_lossy()), ..scenario.clone() };
    let trial = bind(&scenario, registry).map_err(|error| failed(&error))?;
    let (executed, entries) = execute_in_memory(&trial, |_| {})?;
    let manifest = Manifest::of(&trial, &executed, registry.identity(), None);
    let audit = audit_in_memory((&trial, registry), &manifest, None, &entries).map_err(|error| failed(&error))?;
    let measurements = measured(&manifest, &executed.primary().summary);
    let found = audit.findings.first().map(|first| format!("{}: {}", first.control, first.text));
    let Peak { from, lasts, times, messages, rows, busiest_second, most_traded } = peak;
    Ok(PeakLoad {
        from,
        lasts,
        times,
        messages,
        rows,
        busiest_second,
        most_traded,
        orders_sent: executed.primary().summary.orders.sent,
        digest: executed.primary().journal.digest.to_string(),
        figures: PeakLoad::figures(&measurements),
        failure: found.or_else(|| PeakLoad::unmet(readiness, &measurements)),
    })
}

/// What a peak load that was told of comes to on its tape in `folder`.
///
/// # Errors
/// As [`peak_load`].
pub(super) fn again(
    scenario: &Scenario,
    told: &PeakLoad,
    readiness: &Readiness,
    folder: &Path,
    registry: &Registry,
) -> Result<PeakLoad, RunError> {
    let peak = Peak {
        from: told.from,
        lasts: told.lasts,
        times: told.times,
        messages: told.messages,
        rows: told.rows,
        busiest_second: told.busiest_second,
        most_traded: told.most_traded,
    };
    play(scenario, peak, readiness, &folder.join(PEAK_TAPE), registry)
}

/// The scenario on the peak's tape, with nothing that happens by the clock of the whole market.
fn alone(file: &ScenarioFile, tape: &str) -> ScenarioFile {
    let mut file = file.clone();
    file.market = MarketFile { tape: Some(tape.to_owned()), ..MarketFile::default() };
    file.family = None;
    file.peak_load = None;
    file.resources = None;
    file.faults = None;
    file.reinvest = None;
    file.commands.clear();
    file.disturbances.clear();
    file.delistings.clear();
    file.modes.clear();
    file.events.clear();
    file.sinks.clear();
    file.run.band = false;
    file.run.max_rows = None;
    file.run.duration = None;
    file
}
