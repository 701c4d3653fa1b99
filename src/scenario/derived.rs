//! What of a manifest follows from its settings and its journals: nothing of that is taken on trust.

use super::drill;
use super::evidence::acted;
use super::execute::journal_name;
use super::file::{Mode, ScenarioFile};
use super::load::{Scenario, Setting, canonical, settings_of};
use super::manifest::{GateRecord, LaneRecord, MANIFEST_FORMAT, Manifest, counted, gates_hash};
use super::replay::{Replay, SCENARIO, bind, overrides};
use super::trial::{SEMANTICS, preset_name, presets};
use super::user::{BotLane, BotRecord};
use crate::gates::Gates;
use crate::journal::Digest;
use crate::metrics::Summary;
use crate::tape::TapeHeader;
use std::fmt::Display;
use std::path::Path;

/// What a manifest says against what follows, one thing at a time.
#[derive(Default)]
struct Checks(Vec<String>);

impl Checks {
    /// Notes `what` when the manifest does not say what follows.
    fn same<T: PartialEq + Display>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.0.push(format!("{}: {what} {found}, expected {expected}", super::MANIFEST));
        }
    }

    /// The same for things with many parts, which are not printed.
    fn follows(&mut self, what: &str, holds: bool, from: &str) {
        if !holds {
            self.0.push(format!("{}: {what} does not follow from {from}", super::MANIFEST));
        }
    }
}

/// What does not follow from the saved scenario. A scenario that cannot be read is one problem.
pub(super) fn scenario_problems(folder: &Path, manifest: &Manifest) -> Vec<String> {
    let text = match std::fs::read_to_string(folder.join(SCENARIO)) {
        Ok(text) => text,
        Err(error) => return vec![format!("{SCENARIO}: cannot read: {error}")],
    };
    let file: ScenarioFile = match toml::from_str(&text) {
        Ok(file) => file,
        Err(error) => return vec![format!("{SCENARIO}: no scenario: {}", error.message())],
    };
    let said = settings_of(&text).unwrap_or_default();
    let mut problems = Vec::new();
    if values(&said) != values(&manifest.settings) {
        problems.push(format!("{SCENARIO}: it does not say what the settings in {} say", super::MANIFEST));
    }
    let mut checks = Checks(problems);
    checks.scenario(&file, &said, manifest);
    checks.lanes(&file, manifest);
    checks.drills(&file, &gates_hash(&said), manifest);
    checks.0
}

/// Keys and values; the name is the file's where the scenario gives none. Where its tapes lie is said as seen from the folder,
/// in the manifest as whoever ran it saw them; what counts is what is in them.
pub(super) fn values(settings: &[Setting]) -> Vec<(&str, &str)> {
    let told = settings.iter().filter(|setting| setting.key != "name" && !setting.key.ends_with(".tape"));
    told.map(|setting| (setting.key.as_str(), setting.value.as_str())).collect()
}

impl Checks {
    fn scenario(&mut self, file: &ScenarioFile, said: &[Setting], manifest: &Manifest) {
        let record = &manifest.scenario;
        self.same("format", manifest.format, MANIFEST_FORMAT);
        self.same("semantics", manifest.semantics, SEMANTICS);
        self.same("mode", record.mode.as_str(), file.mode.map_or("", Mode::as_str));
        self.same("seed", record.seed, file.seed);
        self.same("name", record.name.as_str(), file.name.as_deref().unwrap_or_default());
        self.same("description", record.description.as_str(), file.description.as_str());
        self.same("scenario hash", record.hash.clone(), Digest::of(canonical(said).as_bytes()).to_string());
        self.follows("readiness", manifest.readiness == file.readiness, SCENARIO);
        self.same("criteria hash", manifest.criteria_hash.clone(), file.readiness.hash());
        self.same("gates hash", manifest.gates_hash.clone(), gates_hash(said));
        self.same("journal detail", manifest.journal_detail.name(), file.run.journal.name());
        self.same("markets", manifest.markets().count(), file.markets.len().max(1));
        self.user(file, manifest);
    }

    /// Which bots ran together, and that this one is recorded among them as its own lanes are.
    fn user(&mut self, file: &ScenarioFile, manifest: &Manifest) {
        let expected: Vec<(&str, &str)> =
            file.bots.iter().map(|bot| (bot.name.as_str(), bot.strategy.as_str())).collect();
        let Some(user) = &manifest.user else {
            return self.same("bots of a user", 0, expected.len());
        };
        let found: Vec<(&str, &str)> = user.bots.iter().map(|bot| (bot.name.as_str(), bot.strategy.as_str())).collect();
        self.follows("which bots ran together", found == expected, SCENARIO);
        self.same("the bot on trial", user.own_name(), file.run.bot.as_deref().unwrap_or_default());
        let lanes: Vec<BotLane> = manifest.lanes.iter().map(BotLane::of_record).collect();
        let own = user.bots.get(user.own);
        let is_own = own.is_some_and(|own| own.lanes == lanes && own.run_id == manifest.run_id);
        self.follows("what the bot on trial did among the user's", is_own, "its lanes");
        let presets = |bot: &BotRecord| {
            bot.lanes.iter().map(|lane| lane.preset.clone()).eq(lanes.iter().map(|lane| lane.preset.clone()))
        };
        self.follows("the lanes of the user's bots", user.bots.iter().all(presets), "those of the run");
    }

    fn lanes(&mut self, file: &ScenarioFile, manifest: &Manifest) {
        let (expected, because) = presets(file);
        let expected: Vec<&str> = expected.into_iter().map(preset_name).collect();
        let found: Vec<&str> = manifest.lanes.iter().map(|lane| lane.preset.as_str()).collect();
        self.same("lanes", found.join(", "), expected.join(", "));
        self.same("no_band_because", manifest.no_band_because.clone(), because);
        let Ok(gates) = Gates::new(&file.gates, &manifest.market.header.instrument) else {
            return self.follows("the market's instrument", false, "limits of gates that fit it");
        };
        let expected: Vec<GateRecord> = gates.counters().iter().map(GateRecord::of).collect();
        for lane in &manifest.lanes {
            self.same("journal", lane.journal.clone(), journal_name(&lane.preset));
            let identity = |gate: &GateRecord| (gate.id, gate.name.clone(), gate.armed);
            let same = lane.gates.iter().map(identity).eq(expected.iter().map(identity));
            self.follows(&format!("lane {}: which gates were armed", lane.preset), same, SCENARIO);
        }
    }

    /// Drills are evidence only where they end the same when they are made again.
    fn drills(&mut self, file: &ScenarioFile, gates_hash: &str, manifest: &Manifest) {
        let again = drill::again(file, gates_hash, manifest);
        self.same("drills", manifest.drills.len(), again.len());
        for (record, found) in manifest.drills.iter().zip(&again) {
            self.follows(&format!("the drill of {}", record.control), record == found, SCENARIO);
        }
    }

    /// What the audit says that a control did is what the journal says it did.
    fn fired(&mut self, what: &str, gate: &GateRecord, lane: &LaneRecord, manifest: &Manifest) {
        let audit = manifest.audit.lanes().iter().find(|audit| audit.preset == lane.preset);
        let row = audit.and_then(|lane| lane.audit.controls.iter().find(|row| row.name == gate.name));
        if let Some(row) = row {
            self.same(what, row.fired, gate.refused + gate.tripped);
        }
    }

    fn lane(&mut self, lane: &LaneRecord, summary: &Summary, manifest: &Manifest) {
        let named = |what: &str| format!("lane {}: {what}", lane.preset);
        self.same(&named("orders"), lane.orders, summary.orders.sent);
        self.same(&named("fills"), lane.fills, summary.execution.fills);
        self.same(&named("entries"), lane.entries, summary.span.entries);
        self.same(&named("equity"), lane.equity, summary.returns.end_equity);
        self.follows(&named("the end of the run"), summary.span.complete, "its journal, which has none");
        for gate in &lane.gates {
            let seen = acted(summary, gate.id);
            self.same(&named(&format!("gate {}: refused", gate.name)), gate.refused, seen.refused);
            self.same(&named(&format!("gate {}: tripped", gate.name)), gate.tripped, seen.tripped);
            self.fired(&named(&format!("gate {}: fired by the audit", gate.name)), gate, lane, manifest);
            let enough = gate.refused <= gate.evaluated;
            self.follows(&named(&format!("gate {}: evaluated {}", gate.name, gate.evaluated)), enough, "its refusals");
        }
    }
}

/// What does not follow from the journals, whose figures `summaries` are, in the order of the lanes.
pub(super) fn journal_problems(manifest: &Manifest, summaries: &[Summary]) -> Vec<String> {
    let mut checks = Checks::default();
    let lanes = manifest.lanes.iter().zip(summaries);
    lanes.for_each(|(lane, summary)| checks.lane(lane, summary, manifest));
    if let Some(span) = summaries.first().map(|summary| &summary.span) {
        let replayed = &manifest.replayed;
        checks.same("replayed rows", replayed.rows, span.rows);
        checks.same("replayed rows of all markets", manifest.markets().map(|market| market.replayed).sum(), span.rows);
        checks.same("replayed messages", replayed.messages, span.messages);
        checks.same("replayed start", replayed.start, span.start);
        checks.same("replayed end", replayed.end, span.end);
    }
    checks.0
}

/// What does not follow from the markets themselves; an error says why they could not be asked.
pub(super) fn market_problems(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<Vec<String>, String> {
    let scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry);
    let trial = scenario.map_err(|problems| problems.to_string()).and_then(|scenario| {
        let trial = bind(&scenario, with.registry);
        trial.map_err(|error| error.to_string())
    })?;
    let mut checks = Checks::default();
    checks.same("run id", manifest.run_id.clone(), trial.run_id);
    checks.follows("the strategy", manifest.strategy == trial.strategy, SCENARIO);
    for (found, market) in manifest.markets().zip(&trial.markets) {
        let header: TapeHeader = counted(&market.header, found.header.rows);
        checks.follows(&format!("what it says of market {}", found.name), found.header == header, "the market");
    }
    Ok(checks.0)
}
