//! Peak load: the busiest hour of the run's market once more, beyond the highest rates of the whole market, with the same bot and gates.
//!
//! It is a run of its own on a tape that is written for it and not kept. Invariants: it follows from the scenario alone. Known limits: nothing is injected in it, and what scripts do (shocks'
//! halts, commands, charges, modes) is left out; a market that answers to the bot is read as a tape, without what the bot did in it.

use super::audit::audit_in_memory;
use super::evidence::{late_alert, measured};
use super::execute::{RunError, execute_in_memory_watched};
use super::file::{MarketFile, ScenarioFile};
use super::load::Scenario;
use super::manifest::Manifest;
use super::market::at_venues;
use super::problem::Problem;
use super::registry::Registry;
use super::replay::bind;
use super::text::SpanText;
use super::trial::Trial;
use super::watched::{CpuClock, RunWatch};
use crate::journal::Entry;
use crate::readiness::{PeakLoad, Readiness, RunTimes};
use crate::synth::{Peak, PeakAsk, find_peak, rates_from, write_peak};
use crate::tape::{TapeKind, TapeReader};
use crate::units::{DAY, MINUTE, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Largest multiple of the highest rates that is asked for.
const TIMES_MAX: u32 = 10;

/// The busiest hour of the market once more, faster: a part of the run, like a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeakLoadFile {
    /// How long the stretch of the market is whose busiest is taken.
    pub lasts: SpanText,
    /// How much of the market before it is played as well, at its own pace: what the bot needs until it trades.
    pub warm_up: SpanText,
    /// Times the highest rates of the market: messages in its busiest second, quantity traded in its strongest.
    pub times: u32,
}

impl Default for PeakLoadFile {
    fn default() -> Self {
        Self { lasts: SpanText(MINUTE.times(60)), warm_up: SpanText(Span::ZERO), times: 2 }
    }
}

/// What is wrong with it.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(peak) = &file.peak_load else { return Vec::new() };
    let mut found = Vec::new();
    if !(MINUTE..=DAY).contains(&peak.lasts.0) {
        found.push(Problem::new("peak_load.lasts", format!("found {}", peak.lasts), "1min to 1d"));
    }
    if !(Span::ZERO..=DAY).contains(&peak.warm_up.0) {
        found.push(Problem::new("peak_load.warm_up", format!("found {}", peak.warm_up), "0s to 1d"));
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

/// A peak that was played, and how long its parts took where somebody had a clock.
pub type PlayedPeak = (PeakLoad, Option<RunTimes>);

/// Plays the peak of a trial's market, as far as it was replayed (`until`). `None` where the scenario asks for none. With a `clock` it is read around the bot's calls
/// and the market's rows; what comes of the peak does not depend on it.
///
/// # Errors
/// [`RunError`] when the market cannot be read, the tape cannot be written, or the run stops.
pub fn peak_load(
    trial: &Trial,
    (readiness, until): (&Readiness, Timestamp),
    registry: &Registry,
    clock: Option<CpuClock>,
) -> Result<Option<PlayedPeak>, RunError> {
    let Some(asked) = &trial.scenario.file.peak_load else { return Ok(None) };
    let mut sources = at_venues(trial)?;
    let Some(source) = sources.first_mut() else { return Ok(None) };
    let Some(peak) = find_peak(source.as_mut(), &asked.ask(until))? else { return Ok(None) };
    let folder =
        tempfile::tempdir().map_err(|error| RunError::Setup(format!("peak load: a folder for its tape: {error}")))?;
    let tape = folder.path().join("peak.tape");
    write_peak(source.as_mut(), &peak, asked.warm_up.0, &tape)?;
    let (messages, played) = rates_from(&mut TapeReader::open(&tape)?, peak.from)?;
    let wanted = (peak.messages, [peak.busiest_second[1], peak.most_traded[1]]);
    assert!(
        (messages, played) == wanted,
        "the tape of a peak has {messages} messages and {played:?} a second, not {wanted:?}"
    );
    play(&trial.scenario, (peak, asked.times), readiness, &tape, (registry, clock)).map(Some)
}

impl PeakLoadFile {
    const fn ask(&self, until: Timestamp) -> PeakAsk {
        PeakAsk { lasts: self.lasts.0, times: self.times, warm_up: self.warm_up.0, until }
    }
}

/// Plays a peak whose tape is there.
fn play(
    scenario: &Scenario,
    (peak, times): (Peak, u32),
    readiness: &Readiness,
    tape: &Path,
    (registry, clock): (&Registry, Option<CpuClock>),
) -> Result<PlayedPeak, RunError> {
    let failed = |error: &dyn std::fmt::Display| RunError::Setup(format!("peak load: {error}"));
    let path = std::path::absolute(tape).map_err(|error| failed(&error))?;
    let scenario = Scenario { file: alone(&scenario.file, &path.to_string_lossy()), ..scenario.clone() };
    let trial = bind(&scenario, registry).map_err(|error| failed(&error))?;
    let mut watch = clock.map(|clock| RunWatch::new(clock, peak.from));
    let (executed, entries) = execute_in_memory_watched(&trial, |_| {}, watch.as_mut())?;
    let manifest = Manifest::of(&trial, &executed, registry.identity(), None);
    let audit = audit_in_memory((&trial, registry), &manifest, None, &entries).map_err(|error| failed(&error))?;
    let measurements = measured(&manifest, &executed.primary().summary);
    let summaries = [executed.primary().summary.clone()];
    let rows = manifest.headers().map(|header| header.rows).sum::<u64>();
    let lost = (executed.rows != rows).then(|| format!("{} of {rows} rows were played", executed.rows));
    let found = audit.findings.first().map(|first| format!("{}: {}", first.control, first.text));
    let late = || late_alert(&manifest, &summaries).map(|late| format!("an alert came late: {late}"));
    let orders = &summaries[0].orders;
    let Peak { from, lasts, pace, quantity, messages, busiest_second, most_traded } = peak;
    let peak = PeakLoad {
        from,
        lasts,
        times,
        pace,
        quantity,
        messages,
        busiest_second,
        most_traded,
        orders_sent: orders.sent,
        orders_in_it: entries.iter().filter(|entry| is_sent(entry, from)).count() as u64,
        refused: orders.rejected_by_reason.iter().map(|count| (count.name.to_owned(), count.count)).collect(),
        digest: executed.primary().journal.digest.to_string(),
        figures: PeakLoad::figures(&measurements),
        failure: lost.or(found).or_else(late).or_else(|| PeakLoad::unmet(readiness, &measurements)),
    };
    Ok((peak, watch.map(|watch| watch.times())))
}

/// The bot sends an order, warm-up over.
fn is_sent(entry: &Entry, from: Timestamp) -> bool {
    matches!(entry, Entry::OrderSent { .. }) && from <= entry.at()
}

/// The peak load of a finished run, made again.
///
/// # Errors
/// As [`peak_load`], and why the market is not at hand.
pub(super) fn again(
    scenario: &Scenario,
    of: (&Readiness, Timestamp),
    registry: &Registry,
) -> Result<Option<PeakLoad>, RunError> {
    let trial = bind(scenario, registry).map_err(|error| RunError::Setup(error.to_string()))?;
    Ok(peak_load(&trial, of, registry, None)?.map(|(peak, _)| peak))
}

/// The scenario on the peak's tape, with nothing that happens by the clock of the whole market.
fn alone(file: &ScenarioFile, tape: &str) -> ScenarioFile {
    let mut file = file.clone();
    file.market = MarketFile { tape: Some(tape.to_owned()), ..MarketFile::default() };
    file.family = None;
    file.peak_load = None;
    file.resources = None;
    if file.faults.take().is_some() {
        // Who has met faults has a gateway with the patience of a real one.
        file.gateway.get_or_insert_default();
    }
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
