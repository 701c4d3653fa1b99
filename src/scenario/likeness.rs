//! Two finished runs as they are compared: in what the trials differ, and what each came to.

use super::evidence::measured;
use super::folder::MANIFEST;
use super::load::Setting;
use super::manifest::{Manifest, MarketRecord};
use super::registry::BotIdentity;
use super::saved::FinishedRun;
use crate::readiness::{Blocker, ControlSide, LaneAudit, Part, TrialDifference, TrialSide};
use std::collections::BTreeSet;

/// Keys of what was on trial: the bot and its own end of the wire.
const OF_THE_CANDIDATE: [&str; 2] = ["bot.", "gateway."];
/// Keys that change no figure, or say in another way what is compared by itself.
const NOT_COMPARED: [&str; 4] = ["name", "description", "run.journal", "seed"];

/// Everything in which two runs differ, what they were tried on first.
#[must_use]
pub fn trial_differences(base: &Manifest, candidate: &Manifest) -> Vec<TrialDifference> {
    let mut found = Differences(Vec::new());
    found.of(Part::Trial, "semantics", base.semantics, candidate.semantics);
    found.of(Part::Trial, "seed", base.scenario.seed, candidate.scenario.seed);
    let (left, right): (Vec<_>, Vec<_>) = (base.markets().collect(), candidate.markets().collect());
    for place in 0..left.len().max(right.len()) {
        markets(&mut found, place, (left.get(place).copied(), right.get(place).copied()));
    }
    let presets = |manifest: &Manifest| manifest.lanes.iter().map(|lane| lane.preset.clone()).collect::<Vec<_>>();
    found.of(Part::Trial, "fill presets", presets(base).join(", "), presets(candidate).join(", "));
    settings(&mut found, &base.settings, &candidate.settings);
    of_the_bot(&mut found, base, candidate);
    found.0.sort_by_key(|difference| difference.part);
    found.0
}

struct Differences(Vec<TrialDifference>);

impl Differences {
    fn of(&mut self, part: Part, what: impl Into<String>, base: impl ToString, candidate: impl ToString) {
        let (base, candidate) = (base.to_string(), candidate.to_string());
        if base != candidate {
            self.0.push(TrialDifference { part, what: what.into(), base, candidate });
        }
    }
}

/// What was replayed. A tape has its name for people and its hash for what it is.
fn markets(found: &mut Differences, place: usize, (base, candidate): (Option<&MarketRecord>, Option<&MarketRecord>)) {
    let text =
        |market: Option<&MarketRecord>, of: fn(&MarketRecord) -> String| market.map_or_else(|| "-".to_owned(), of);
    let number = place + 1;
    let mut row = |what: &str, of: fn(&MarketRecord) -> String| {
        found.of(Part::Trial, format!("market {number}: {what}"), text(base, of), text(candidate, of));
    };
    row("symbol", |market| market.header.instrument.symbol.clone());
    row("hash of the tape", |market| market.header.content_hash.clone());
}

fn settings(found: &mut Differences, base: &[Setting], candidate: &[Setting]) {
    let value = |settings: &[Setting], key: &str| {
        let setting = settings.iter().find(|setting| setting.key == key);
        setting.map_or_else(|| "-".to_owned(), |setting| setting.value.clone())
    };
    let keys: BTreeSet<&str> = base.iter().chain(candidate).map(|setting| setting.key.as_str()).collect();
    // Where a tape lies is no difference; what is in it has a hash.
    let keys = keys.into_iter().filter(|key| !NOT_COMPARED.contains(key) && !key.ends_with(".tape"));
    for key in keys {
        let is_of_candidate = OF_THE_CANDIDATE.iter().any(|prefix| key.starts_with(prefix));
        let part = if is_of_candidate { Part::Candidate } else { Part::Trial };
        found.of(part, key, value(base, key), value(candidate, key));
    }
}

fn of_the_bot(found: &mut Differences, base: &Manifest, candidate: &Manifest) {
    let mut row = |what: &str, of: &dyn Fn(&Manifest) -> String| {
        found.of(Part::Candidate, what, of(base), of(candidate));
    };
    row("strategy", &|manifest| manifest.strategy.name.clone());
    row("bot’s crate", &|manifest| format!("{} {}", manifest.bot.name, manifest.bot.version));
    row("bot’s build", &|manifest| build(&manifest.bot, manifest.program_hash.as_deref()));
    row("program", &|manifest| format!("{} {}", manifest.program.name, manifest.program.version));
    let names = |manifest: &Manifest| manifest.strategy.parameters.iter().map(|(name, _)| name.clone()).collect();
    let names: [Vec<String>; 2] = [base, candidate].map(names);
    for name in names.into_iter().flatten().collect::<BTreeSet<String>>() {
        let value = |manifest: &Manifest| {
            let found = manifest.strategy.parameters.iter().find(|(known, _)| *known == name);
            found.map_or_else(|| "-".to_owned(), |(_, value)| value.clone())
        };
        // A setting of that name says it already.
        let is_said = found.0.iter().any(|known| known.what.ends_with(&format!(".{name}")));
        if !is_said {
            found.of(Part::Candidate, format!("parameter {name}"), value(base), value(candidate));
        }
    }
}

/// The commit with what was changed since, or the hash of the program.
fn build(identity: &BotIdentity, program_hash: Option<&str>) -> String {
    let build = identity.build.as_deref().or(program_hash).unwrap_or("unknown");
    let dirty = if identity.dirty == Some(true) { ", with uncommitted changes" } else { "" };
    let program = program_hash.filter(|_| identity.dirty == Some(true));
    let program = program.map_or_else(String::new, |hash| format!(", program {}", hash.get(..12).unwrap_or(hash)));
    format!("{build}{dirty}{program}")
}

/// What a run came to, as it is compared.
///
/// # Panics
/// When the run has no lane: reading a manifest refuses that.
#[must_use]
pub fn trial_side(run: &FinishedRun) -> TrialSide {
    let Some(summary) = run.summaries.first() else { panic!("{MANIFEST}: a run has 0 lanes, expected 1 or more") };
    let lanes = run.manifest.audit.lanes();
    let never = run.assessment.blockers.iter().filter_map(|blocker| match blocker {
        Blocker::NeverExercised { control, .. } => Some(control.clone()),
        _ => None,
    });
    TrialSide {
        verdict: run.assessment.verdict,
        headline: run.assessment.headline(),
        reason: run.assessment.reason(),
        measurements: measured(&run.manifest, summary),
        findings: run.assessment.findings.clone(),
        controls: controls(&run.manifest, lanes),
        invariants: invariants(lanes),
        audited: !lanes.is_empty(),
        never_exercised: never.collect(),
    }
}

/// Controls over all lanes; without an audit what the gates say they did.
fn controls(manifest: &Manifest, lanes: &[LaneAudit]) -> Vec<ControlSide> {
    let gate = |gate: &super::manifest::GateRecord| ControlSide {
        name: gate.name.clone(),
        armed: gate.armed,
        fired: gate.refused + gate.tripped,
        ..ControlSide::default()
    };
    let Some(first) = lanes.first() else { return manifest.primary().gates.iter().map(gate).collect() };
    let mut sides: Vec<ControlSide> = first
        .audit
        .controls
        .iter()
        .map(|row| ControlSide {
            name: row.name.clone(),
            armed: row.armed,
            audited: row.audited,
            ..ControlSide::default()
        })
        .collect();
    for row in lanes.iter().flat_map(|lane| &lane.audit.controls) {
        let Some(side) = sides.iter_mut().find(|side| side.name == row.name) else { continue };
        side.had_to_fire += row.had_to_fire;
        side.fired += row.fired;
        side.missed += row.missed;
        side.false_alarms += row.false_alarms;
        side.wrong_figures += row.wrong_figures;
        side.late += row.late;
    }
    sides
}

fn invariants(lanes: &[LaneAudit]) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = Vec::new();
    for row in lanes.iter().flat_map(|lane| &lane.audit.invariants) {
        match rows.iter_mut().find(|(name, _)| *name == row.name) {
            Some((_, broken)) => *broken += row.broken,
            None => rows.push((row.name.clone(), row.broken)),
        }
    }
    rows
}
