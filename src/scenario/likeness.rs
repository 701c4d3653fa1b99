//! Two finished runs as they are compared: in what the trials differ, and what each came to.

use super::campaign_figures::CampaignFigures;
use super::evidence::measured;
use super::folder::MANIFEST;
use super::load::Setting;
use super::manifest::Manifest;
use super::registry::BotIdentity;
use super::saved::FinishedRun;
use crate::readiness::{Blocker, ControlSide, LaneAudit, Part, TrialDifference, TrialSide};
use crate::strategy::Description;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Keys of what was on trial: the bot and its own end of the wire.
const OF_THE_CANDIDATE: [&str; 2] = ["bot.", "gateway."];
/// Keys that change no figure, or say in another way what is compared by itself.
const NOT_COMPARED: [&str; 4] = ["name", "description", "run.journal", "seed"];

/// What was tried and on what, but for the seed and what a seed makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    semantics: u32,
    symbols: Vec<String>,
    presets: Vec<String>,
    strategy: Description,
    bot: BotIdentity,
    program: BotIdentity,
    program_hash: Option<String>,
    settings: Vec<Setting>,
}

impl Tried {
    /// What a run tried.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            semantics: manifest.semantics,
            symbols: manifest.headers().map(|header| header.instrument.symbol.clone()).collect(),
            presets: manifest.lanes.iter().map(|lane| lane.preset.clone()).collect(),
            strategy: manifest.strategy.clone(),
            bot: manifest.bot.clone(),
            program: manifest.program.clone(),
            program_hash: manifest.program_hash.clone(),
            settings: manifest.settings.clone(),
        }
    }

    /// With the hash of the program's own file.
    #[must_use]
    pub fn by_program(self, program_hash: Option<String>) -> Self {
        Self { program_hash, ..self }
    }

    /// The bot with its build, in words.
    #[must_use]
    pub fn bot_words(&self) -> String {
        let build = self.bot.build.as_deref().or(self.program_hash.as_deref()).unwrap_or("unknown build");
        let dirty = if self.is_dirty() { ", with uncommitted changes" } else { "" };
        let build = build.get(..12).unwrap_or(build);
        format!("{}, {} {} ({build}{dirty})", self.strategy.name, self.bot.name, self.bot.version)
    }

    /// Built from a source with changes that no commit holds.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.bot.dirty == Some(true)
    }

    /// The markets' symbols, and the fill preset.
    #[must_use]
    pub fn market_words(&self) -> String {
        format!("{}, fill preset {}", self.symbols.join(", "), self.presets.first().map_or("-", String::as_str))
    }

    /// How many markets.
    #[must_use]
    pub fn markets(&self) -> usize {
        self.symbols.len()
    }
}

/// Everything in which two runs differ, what they were tried on first.
#[must_use]
pub fn trial_differences(base: &Manifest, candidate: &Manifest) -> Vec<TrialDifference> {
    let mut found = Differences(Vec::new());
    found.of(Part::Trial, "seed", base.scenario.seed, candidate.scenario.seed);
    let hashes = |manifest: &Manifest| manifest.headers().map(|header| header.content_hash.clone()).collect::<Vec<_>>();
    markets(&mut found, "", &hashes(base), &hashes(candidate));
    tried(&mut found, &Tried::of(base), &Tried::of(candidate));
    found.sorted()
}

/// Everything in which two campaigns differ, what they were tried on first. Seeds that only one has are no difference: they are left out.
#[must_use]
pub fn campaign_differences(base: &CampaignFigures, candidate: &CampaignFigures) -> Vec<TrialDifference> {
    let mut found = Differences(Vec::new());
    for seed in &base.seeds {
        let other = candidate.seeds.iter().find(|other| other.seed == seed.seed);
        if let Some(other) = other.filter(|other| other.markets != seed.markets) {
            // The first says it: the others follow from the same cause.
            markets(&mut found, &format!("seed {}, ", seed.seed), &seed.markets, &other.markets);
            break;
        }
    }
    tried(&mut found, &base.tried, &candidate.tried);
    found.sorted()
}

struct Differences(Vec<TrialDifference>);

impl Differences {
    fn of(&mut self, part: Part, what: impl Into<String>, base: impl ToString, candidate: impl ToString) {
        let (base, candidate) = (base.to_string(), candidate.to_string());
        if base != candidate {
            self.0.push(TrialDifference { part, what: what.into(), base, candidate });
        }
    }

    fn sorted(mut self) -> Vec<TrialDifference> {
        self.0.sort_by_key(|difference| difference.part);
        self.0
    }
}

/// What was replayed, by the hash of what is in it.
fn markets(found: &mut Differences, before: &str, base: &[String], candidate: &[String]) {
    let text = |hashes: &[String], place: usize| hashes.get(place).cloned().unwrap_or_else(|| "-".to_owned());
    for place in 0..base.len().max(candidate.len()) {
        let what = format!("{before}market {}: hash of the tape", place + 1);
        found.of(Part::Trial, what, text(base, place), text(candidate, place));
    }
}

fn tried(found: &mut Differences, base: &Tried, candidate: &Tried) {
    found.of(Part::Trial, "semantics", base.semantics, candidate.semantics);
    found.of(Part::Trial, "symbols", base.symbols.join(", "), candidate.symbols.join(", "));
    found.of(Part::Trial, "fill presets", base.presets.join(", "), candidate.presets.join(", "));
    settings(found, &base.settings, &candidate.settings);
    of_the_bot(found, base, candidate);
}

fn settings(found: &mut Differences, base: &[Setting], candidate: &[Setting]) {
    let value = |settings: &[Setting], key: &str| {
        let setting = settings.iter().find(|setting| setting.key == key);
        setting.map_or_else(|| "-".to_owned(), |setting| setting.value.clone())
    };
    let keys: BTreeSet<&str> = base.iter().chain(candidate).map(|setting| setting.key.as_str()).collect();
    // Where a tape lies is no difference, what is in it has a hash; where alerts go is none either.
    let is_place = |key: &str| key.ends_with(".tape") || key.starts_with("sinks");
    // What a run may take of the machine changes nothing of it.
    let is_beside = |key: &str| is_place(key) || key.starts_with("resources.");
    let keys = keys.into_iter().filter(|key| !NOT_COMPARED.contains(key) && !is_beside(key));
    for key in keys {
        let is_of_candidate = OF_THE_CANDIDATE.iter().any(|prefix| key.starts_with(prefix));
        let part = if is_of_candidate { Part::Candidate } else { Part::Trial };
        found.of(part, key, value(base, key), value(candidate, key));
    }
}

fn of_the_bot(found: &mut Differences, base: &Tried, candidate: &Tried) {
    let mut row = |what: &str, of: &dyn Fn(&Tried) -> String| found.of(Part::Candidate, what, of(base), of(candidate));
    row("strategy", &|tried| tried.strategy.name.clone());
    row("bot’s crate", &|tried| format!("{} {}", tried.bot.name, tried.bot.version));
    row("bot’s build", &|tried| build(&tried.bot, tried.program_hash.as_deref()));
    row("program", &|tried| format!("{} {}", tried.program.name, tried.program.version));
    let names = [base, candidate].into_iter().flat_map(|tried| tried.strategy.parameters.iter().map(|(name, _)| name));
    for name in names.collect::<BTreeSet<&String>>() {
        let value = |tried: &Tried| {
            let found = tried.strategy.parameters.iter().find(|(known, _)| known == name);
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
