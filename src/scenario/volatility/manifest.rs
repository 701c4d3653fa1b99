use super::file::Cell;
use super::run::{Again, VolatilityRuns, digest_over, run_places, run_volatility, scenario_hash};
use crate::journal::Digest;
use crate::metrics::{Believability, BelievedRun};
use crate::readiness::Verdict;
use crate::rng::Streams;
use crate::scenario::derived::values;
use crate::scenario::file::Mode;
use crate::scenario::folder::MANIFEST;
use crate::scenario::load::{Overrides, Scenario, Setting, canonical, settings_of};
use crate::scenario::manifest::ScenarioRecord;
use crate::scenario::registry::{BotIdentity, Registry};
use crate::scenario::replay::{SCENARIO, bind};
use crate::scenario::saved::{
    JudgedAgain, Verification, ended_elsewhere, listed_problems, own_file, rendered_problems, unlisted,
};
use crate::scenario::trial::{SEMANTICS, preset_name};
use crate::strategy::Description;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Version of [`VolatilityManifest`].
pub const VOLATILITY_FORMAT: u32 = 1;

/// What many runs over violent markets were made of and what came of each. The scenario beside it is enough to have all of them again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatilityManifest {
    /// Version of this format.
    pub volatility_format: u32,
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
    /// Name of the fill preset that every run is under.
    pub preset: String,
    /// The scenario.
    pub scenario: ScenarioRecord,
    /// The market without shocks was scored; a short cut has no time for it.
    pub is_scored: bool,
    /// How all runs together are judged.
    pub verdict: Verdict,
    /// One a run, in their order.
    pub runs: Vec<RunRecord>,
    /// Digest over the digests of all runs, in their order.
    pub digest: String,
    /// How far tapes are off on the markets of some of the runs, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub believability: Vec<BelievedRun>,
    /// Every resolved value with its source.
    pub settings: Vec<Setting>,
    /// BLAKE3 of every other file of the folder.
    pub files: BTreeMap<String, String>,
}

/// One of the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Name of the regime of volatility.
    pub regime: String,
    /// Name of the shock; none for a calm market.
    pub shock: Option<String>,
    /// How strong the shock was; none without one.
    pub severity: Option<String>,
    /// Seed of the market.
    pub seed: u64,
    /// What names the market: the hash of its content, or of the recipe that makes it.
    pub market: String,
    /// Digest of what happened.
    pub digest: String,
}

impl RunRecord {
    fn of(cell: &Cell, market: &str, digest: &str) -> Self {
        Self {
            regime: cell.regime.name.clone(),
            shock: cell.shock.as_ref().map(|placed| placed.shock.name.clone()),
            severity: cell.shock.as_ref().map(|placed| placed.severity.to_string()),
            seed: cell.seed,
            market: market.to_owned(),
            digest: digest.to_owned(),
        }
    }

    fn is_of(&self, cell: &Cell) -> bool {
        *self == Self::of(cell, &self.market, &self.digest)
    }

    fn words(&self) -> String {
        let severity = self.severity.as_deref().unwrap_or_default();
        let shock = self.shock.as_ref().map_or_else(|| "calm".to_owned(), |shock| format!("{shock} x{severity}"));
        format!("regime {}, {shock}, seed {}", self.regime, self.seed)
    }
}

impl VolatilityManifest {
    /// The manifest of runs that have just ended, without file hashes.
    #[must_use]
    pub fn of(
        (scenario, registry): (&Scenario, &Registry),
        runs: &VolatilityRuns,
        program_hash: Option<String>,
        (verdict, is_scored): (Verdict, bool),
    ) -> Self {
        let cells = cells(scenario);
        let ran = cells.iter().zip(&runs.markets).zip(&runs.runs);
        let file = scenario.origin.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Self {
            volatility_format: VOLATILITY_FORMAT,
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
            is_scored,
            verdict,
            runs: ran.map(|((cell, market), run)| RunRecord::of(cell, market, &run.digest)).collect(),
            digest: runs.digest.clone(),
            believability: runs.believability.clone(),
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
        (found.volatility_format == VOLATILITY_FORMAT).then_some(found)
    }

    /// As it stands in the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.map_or_else(|error| panic!("{self:?} has no JSON: {error}"), |json| json + "\n")
    }
}

fn cells(scenario: &Scenario) -> Vec<Cell> {
    scenario.file.volatility.as_ref().map_or_else(Vec::new, |volatility| volatility.cells(scenario.file.seed))
}

/// Places of `sample` of `count` runs, drawn by the digest over all of them: whoever forges a run draws others. All of them where `sample`
/// is not fewer.
#[must_use]
pub fn sampled(digest: &str, count: usize, sample: usize) -> Vec<usize> {
    let seed = Digest::of(digest.as_bytes()).to_string();
    let seed = seed.bytes().take(15).fold(0_u64, |seed, digit| (seed << 4) | u64::from(digit & 15));
    let mut draws = Streams::new(seed).stream("volatility/verify");
    let mut places = BTreeSet::new();
    while places.len() < sample.min(count) {
        places.insert(draws.below(count as u64) as usize);
    }
    places.into_iter().collect()
}

/// Judges and renders runs that were had again.
pub type RenderAll<'a> = dyn Fn(&VolatilityManifest, &Scenario, &VolatilityRuns) -> Result<JudgedAgain, String> + 'a;

/// Checks the folder of many runs: hashes of its files, that the scenario makes these runs, and that they end as the manifest says: all of
/// them, or a sample. Where all were repeated the verdict and the reports follow from them, too. `done` is told of each that has ended.
pub fn verify_volatility(
    (folder, manifest): (&Path, &VolatilityManifest),
    registry: &Registry,
    sample: Option<usize>,
    render: &RenderAll<'_>,
    done: &(dyn Fn() + Sync),
) -> Verification {
    let mut found = Verification { problems: listed_problems(folder, &manifest.files), unchecked: Vec::new() };
    let strangers = unlisted(folder, &manifest.files).into_iter();
    found.unchecked.extend(strangers.map(|name| format!("{name}: the manifest does not know it")));
    let path = folder.join(SCENARIO);
    if !found.problems.is_empty() {
        return found;
    }
    match Scenario::load(&path, &Overrides::default(), registry) {
        Ok(scenario) => {
            found.problems.extend(scenario_problems(&path, &scenario, manifest, registry));
            if found.problems.is_empty() {
                repeat((folder, manifest), (&scenario, registry), sample, (render, done), &mut found);
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
    manifest: &VolatilityManifest,
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
    let digests = manifest.runs.iter().map(|run| run.digest.as_str());
    same("digest", &manifest.digest, &digest_over(digests));
    match bind(scenario, registry) {
        Ok(trial) => {
            same("run id", &manifest.run_id, &trial.run_id);
            same("preset", &manifest.preset, preset_name(trial.presets[0]));
            let strategy = |description: &Description| format!("{} {:?}", description.name, description.parameters);
            same("strategy", &strategy(&manifest.strategy), &strategy(&trial.strategy));
        }
        Err(error) => problems.push(format!("{SCENARIO}: it does not come to a trial: {error}")),
    }
    if values(&said) != values(&manifest.settings) {
        problems.push(format!("{SCENARIO}: it does not say what the settings in {MANIFEST} say"));
    }
    let cells = cells(scenario);
    let other = manifest.runs.iter().zip(&cells).position(|(run, cell)| !run.is_of(cell));
    if let Some(place) = other {
        problems.push(format!(
            "{MANIFEST}: run {}: {}, which is not that of the scenario",
            place + 1,
            manifest.runs[place].words()
        ));
    } else if cells.len() != manifest.runs.len() {
        problems.push(format!("{MANIFEST}: {} runs, expected {}", manifest.runs.len(), cells.len()));
    }
    problems
}

/// Has runs again and holds them against the manifest.
fn repeat(
    (folder, manifest): (&Path, &VolatilityManifest),
    (scenario, registry): (&Scenario, &Registry),
    sample: Option<usize>,
    (render, done): (&RenderAll<'_>, &(dyn Fn() + Sync)),
    found: &mut Verification,
) {
    let cells = cells(scenario);
    let part = sample.filter(|sample| *sample < cells.len());
    if let Some(sample) = part {
        let places = sampled(&manifest.digest, cells.len(), sample);
        match run_places(scenario, registry, (&cells, &places), done) {
            Ok(ran) => found.problems.extend(sample_problems(manifest, &cells, places.iter().copied().zip(ran))),
            Err(error) => found.problems.push(format!("a run cannot be had again: {error}")),
        }
        let left = cells.len() - sample;
        found.unchecked.push(format!("{left} of {} runs; without --sample all are repeated", cells.len()));
        found.unchecked.push("that verdict and reports follow from the runs: all have to be repeated".to_owned());
        return;
    }
    match run_volatility(scenario, registry, done) {
        Ok(runs) => {
            let ran = runs.runs.iter().zip(&runs.markets).map(|(run, market)| (run.digest.clone(), market.clone()));
            found.problems.extend(first_difference(manifest, &cells, ran.enumerate()));
            found.problems.extend((runs.believability != manifest.believability).then(unbelievable));
            if found.problems.is_empty() {
                let again = render(manifest, scenario, &runs);
                found.problems.extend(rendered_problems(folder, manifest.verdict, again));
            }
        }
        Err(error) => found.problems.push(format!("the runs cannot be had again: {error}")),
    }
}

/// What does not follow from the runs of a sample.
fn sample_problems(
    manifest: &VolatilityManifest,
    cells: &[Cell],
    ran: impl Iterator<Item = (usize, Again)>,
) -> Vec<String> {
    let ran: Vec<(usize, Again)> = ran.collect();
    let said = |place: usize| manifest.believability.iter().find(|believed| believed.run == place);
    let is_same = |(place, again): &(usize, Again)| {
        let said: Option<&Believability> = said(*place).map(|believed| &believed.believability);
        again.believability.as_ref() == said
    };
    let other = (!ran.iter().all(is_same)).then(unbelievable);
    let ends = ran.into_iter().map(|(place, again)| (place, (again.digest, again.market)));
    first_difference(manifest, cells, ends).into_iter().chain(other).collect()
}

fn unbelievable() -> String {
    format!("{MANIFEST}: believability does not follow from the markets and the bot")
}

/// The first run that ended elsewhere, and how many did.
fn first_difference(
    manifest: &VolatilityManifest,
    cells: &[Cell],
    ran: impl Iterator<Item = (usize, (String, String))>,
) -> Option<String> {
    let mut others = ran.filter_map(|(place, (digest, market))| {
        let (now, said) = (RunRecord::of(&cells[place], &market, &digest), &manifest.runs[place]);
        (now != *said).then_some((place, now))
    });
    let (place, now) = others.next()?;
    let said = &manifest.runs[place];
    let ends = [(now.market.as_str(), now.digest.as_str()), (&said.market, &said.digest)];
    Some(ended_elsewhere((place + 1, &said.words()), ends, others.count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_drawn_by_the_digest_without_repetition() {
        let all: Vec<usize> = (0..40).collect();
        assert_eq!(sampled("x", 40, 40), all);
        assert_eq!(sampled("x", 40, 1_000), all);
        let (one, other) = (sampled("x", 1_000, 10), sampled("y", 1_000, 10));
        assert_eq!((one.len(), other.len(), sampled("x", 1_000, 10) == one), (10, 10, true));
        assert_ne!(one, other);
        // Every place is drawn about as often as any other: 200 samples of 5 of 20, a share of a quarter each.
        let mut drawn = [0_u32; 20];
        (0..200).flat_map(|seed| sampled(&format!("{seed}"), 20, 5)).for_each(|place| drawn[place] += 1);
        // Four standard deviations of a binomial of 200 and a quarter.
        assert!(drawn.iter().all(|count| (25..=75).contains(count)), "{drawn:?}");
    }
}
