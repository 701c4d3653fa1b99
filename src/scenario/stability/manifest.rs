use super::plan::{Plan, StabilityCell};
use super::proof::Proofs;
use super::run::{StabilityRun, StabilityRuns, run_places, run_stability, stability_plan};
use crate::journal::Digest;
use crate::readiness::Verdict;
use crate::scenario::derived::values;
use crate::scenario::file::Mode;
use crate::scenario::folder::MANIFEST;
use crate::scenario::load::{Overrides, Scenario, Setting, canonical, settings_of};
use crate::scenario::manifest::ScenarioRecord;
use crate::scenario::registry::{BotIdentity, Registry};
use crate::scenario::replay::SCENARIO;
use crate::scenario::saved::{
    JudgedAgain, Verification, ended_elsewhere, listed_problems, own_file, rendered_problems, unlisted,
};
use crate::scenario::trial::{SEMANTICS, preset_name};
use crate::scenario::volatility::{digest_over, sampled, scenario_hash};
use crate::strategy::Description;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Version of [`StabilityManifest`].
pub const STABILITY_FORMAT: u32 = 1;

/// What the runs of a report on stability were made of and what came of each. The scenario beside it is enough to have all of them again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StabilityManifest {
    /// Version of this format.
    pub stability_format: u32,
    /// Names scenario, market, seed and semantics.
    pub run_id: String,
    /// Hand-raised number of the program's behaviour.
    pub semantics: u32,
    /// The program.
    pub program: BotIdentity,
    /// The crate the strategies come from.
    pub bot: BotIdentity,
    /// BLAKE3 of the running program's file, where it could be read.
    pub program_hash: Option<String>,
    /// The strategy with all its parameters.
    pub strategy: Description,
    /// Name of the scenario's own fill preset.
    pub preset: String,
    /// The scenario.
    pub scenario: ScenarioRecord,
    /// How all runs together are judged.
    pub verdict: Verdict,
    /// One a run, in their order.
    pub runs: Vec<StabilityRecord>,
    /// Digest over the digests of all runs, in their order.
    pub digest: String,
    /// Runs that were made again.
    pub proofs: Proofs,
    /// Every resolved value with its source.
    pub settings: Vec<Setting>,
    /// BLAKE3 of every other file of the folder.
    pub files: BTreeMap<String, String>,
}

/// One of the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StabilityRecord {
    /// What was moved.
    pub group: String,
    /// Seed.
    pub seed: u64,
    /// What names the market.
    pub market: String,
    /// Digest of what happened.
    pub digest: String,
}

impl StabilityRecord {
    fn of(plan: &Plan, run: &StabilityRun) -> Self {
        let group = plan.groups[run.group].name.clone();
        Self { group, seed: run.seed, market: run.market.clone(), digest: run.digest.clone() }
    }

    fn is_of(&self, plan: &Plan, cell: StabilityCell) -> bool {
        self.group == plan.groups[cell.group].name && self.seed == cell.seed
    }
}

impl StabilityManifest {
    /// The manifest of runs that have just ended, without file hashes.
    #[must_use]
    pub fn of(
        (scenario, registry): (&Scenario, &Registry),
        runs: &StabilityRuns,
        program_hash: Option<String>,
        verdict: Verdict,
    ) -> Self {
        let file = scenario.origin.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Self {
            stability_format: STABILITY_FORMAT,
            run_id: runs.run_id.clone(),
            semantics: SEMANTICS,
            program: BotIdentity::of_seatrial(),
            bot: registry.identity(),
            program_hash,
            strategy: runs.strategy.clone(),
            preset: runs.preset.to_owned(),
            scenario: ScenarioRecord {
                name: scenario.name.clone(),
                description: scenario.file.description.clone(),
                file,
                mode: scenario.file.mode.map_or("", Mode::as_str).to_owned(),
                seed: scenario.file.seed,
                hash: scenario_hash(scenario),
            },
            verdict,
            runs: runs.runs.iter().map(|run| StabilityRecord::of(&runs.plan, run)).collect(),
            digest: runs.digest.clone(),
            proofs: runs.proofs.clone(),
            settings: scenario.settings(),
            files: BTreeMap::new(),
        }
    }

    /// Reads the one in `folder`; `None` where there is none.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        own_file(folder, MANIFEST).ok()?;
        let text = std::fs::read_to_string(folder.join(MANIFEST)).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        (found.stability_format == STABILITY_FORMAT).then_some(found)
    }

    /// As it stands in the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.map_or_else(|error| panic!("{self:?} has no JSON: {error}"), |json| json + "\n")
    }
}

/// Judges and renders runs that were had again.
pub type RenderAll<'a> = dyn Fn(&StabilityManifest, &Scenario, &StabilityRuns) -> Result<JudgedAgain, String> + 'a;

/// Checks the folder of a report on stability: hashes of its files, that the scenario makes these runs, and that they end as the manifest says: all of
/// them with the proofs, or a sample. Where all were repeated the verdict and the reports follow from them, too. `done` is told of each that has ended.
pub fn verify_stability(
    (folder, manifest): (&Path, &StabilityManifest),
    registry: &Registry,
    (sample, scratch): (Option<usize>, &Path),
    render: &RenderAll<'_>,
    done: &(dyn Fn() + Sync),
) -> Verification {
    let problems = listed_problems(folder, &manifest.files);
    let strangers = unlisted(folder, &manifest.files).into_iter();
    let unchecked = strangers.map(|name| format!("{name}: the manifest does not know it")).collect();
    let mut found = Verification { problems, unchecked };
    let path = folder.join(SCENARIO);
    if !found.problems.is_empty() {
        return found;
    }
    match Scenario::load(&path, &Overrides::default(), registry) {
        Ok(scenario) => {
            found.problems.extend(scenario_problems(&path, &scenario, manifest, registry));
            if found.problems.is_empty() {
                repeat((folder, manifest), (&scenario, registry), (sample, scratch), (render, done), &mut found);
            }
        }
        Err(problems) => found.problems.push(format!("{SCENARIO}: no scenario: {problems}")),
    }
    found
}

/// What does not follow from the scenario.
fn scenario_problems(
    path: &Path,
    scenario: &Scenario,
    manifest: &StabilityManifest,
    registry: &Registry,
) -> Vec<String> {
    let said = std::fs::read_to_string(path).ok().and_then(|text| settings_of(&text)).unwrap_or_default();
    let mut problems = Vec::new();
    let mut same = |what: &str, found: &str, expected: &str| {
        if found != expected {
            problems.push(format!("{MANIFEST}: {what} {found}, expected {expected}"));
        }
    };
    same("semantics", &manifest.semantics.to_string(), &SEMANTICS.to_string());
    same("scenario hash", &manifest.scenario.hash, &Digest::of(canonical(&said).as_bytes()).to_string());
    same("name", &manifest.scenario.name, scenario.file.name.as_deref().unwrap_or_default());
    same("description", &manifest.scenario.description, &scenario.file.description);
    same("mode", &manifest.scenario.mode, scenario.file.mode.map_or("", Mode::as_str));
    same("seed", &manifest.scenario.seed.to_string(), &scenario.file.seed.to_string());
    same("digest", &manifest.digest, &digest_over(manifest.runs.iter().map(|run| run.digest.as_str())));
    match stability_plan(scenario, registry) {
        Ok((plan, trial)) => {
            same("run id", &manifest.run_id, &trial.run_id);
            same("preset", &manifest.preset, preset_name(trial.presets[0]));
            let strategy = |description: &Description| format!("{} {:?}", description.name, description.parameters);
            same("strategy", &strategy(&manifest.strategy), &strategy(&trial.strategy));
            problems.extend(list_problem(&plan, manifest));
        }
        Err(error) => problems.push(format!("{SCENARIO}: it does not come to a trial: {error}")),
    }
    if values(&said) != values(&manifest.settings) {
        problems.push(format!("{SCENARIO}: it does not say what the settings in {MANIFEST} say"));
    }
    problems
}

/// Runs that are not those of the plan.
fn list_problem(plan: &Plan, manifest: &StabilityManifest) -> Option<String> {
    let cells = plan.cells();
    let mut pairs = manifest.runs.iter().zip(&cells).enumerate();
    if let Some((place, (run, _))) = pairs.find(|(_, (run, cell))| !run.is_of(plan, **cell)) {
        let (number, StabilityRecord { group, seed, .. }) = (place + 1, run);
        return Some(format!("{MANIFEST}: run {number}: {group}, seed {seed}, which is not that of the scenario"));
    }
    (cells.len() != manifest.runs.len())
        .then(|| format!("{MANIFEST}: {} runs, expected {}", manifest.runs.len(), cells.len()))
}

/// Has runs again and holds them against the manifest.
fn repeat(
    (folder, manifest): (&Path, &StabilityManifest),
    (scenario, registry): (&Scenario, &Registry),
    (sample, scratch): (Option<usize>, &Path),
    (render, done): (&RenderAll<'_>, &(dyn Fn() + Sync)),
    found: &mut Verification,
) {
    let count = manifest.runs.len();
    if let Some(sample) = sample.filter(|sample| *sample < count) {
        let places = sampled(&manifest.digest, count, sample);
        match stability_plan(scenario, registry)
            .map_err(Into::into)
            .and_then(|(plan, _)| run_places((scenario, registry), &plan, &places, done).map(|runs| (plan, runs)))
        {
            Ok((plan, runs)) => {
                found.problems.extend(first_difference(manifest, &plan, places.iter().copied().zip(&runs)))
            }
            Err(error) => found.problems.push(format!("a run cannot be had again: {error}")),
        }
        found.unchecked.push(format!("{} of {count} runs; without --sample all are repeated", count - sample));
        found
            .unchecked
            .push("that verdict, proofs and reports follow from the runs: all have to be repeated".to_owned());
        return;
    }
    match run_stability(scenario, registry, (None, scratch), done) {
        Ok(runs) => {
            found.problems.extend(first_difference(manifest, &runs.plan, runs.runs.iter().enumerate()));
            if runs.proofs != manifest.proofs {
                found.problems.push(format!("{MANIFEST}: the proofs are not those that follow from the runs"));
            }
            if found.problems.is_empty() {
                let again = render(manifest, scenario, &runs);
                found.problems.extend(rendered_problems(folder, manifest.verdict, again));
            }
        }
        Err(error) => found.problems.push(format!("the runs cannot be had again: {error}")),
    }
}

/// The first run that ended elsewhere, and how many did.
fn first_difference<'a>(
    manifest: &StabilityManifest,
    plan: &Plan,
    ran: impl Iterator<Item = (usize, &'a StabilityRun)>,
) -> Option<String> {
    let mut others = ran.filter_map(|(place, run)| {
        let (now, said) = (StabilityRecord::of(plan, run), &manifest.runs[place]);
        (now != *said).then_some((place, now))
    });
    let (place, now) = others.next()?;
    let said = &manifest.runs[place];
    let name = format!("{}, seed {}", said.group, said.seed);
    let ends = [(now.market.as_str(), now.digest.as_str()), (&said.market, &said.digest)];
    Some(ended_elsewhere((place + 1, &name), ends, others.count()))
}
