//! Many seeds of one scenario, as many at once as there are threads, and what they come to together.

use super::audit::{RunAuditError, audit_played};
use super::campaign_figures::{CampaignFigures, SeedFigures};
use super::campaign_kept::KeptSeeds;
use super::drill::{DrillRecord, drill_unexercised};
use super::execute::{RunError, execute};
use super::folder::{FolderError, RunFolder};
use super::ledger::{RunLedgerError, reconcile_trial};
use super::likeness::Tried;
use super::load::Scenario;
use super::manifest::Manifest;
use super::peak::peak_load;
use super::registry::Registry;
use super::replay::{BindError, bind};
use super::saved::FinishedRun;
use super::trial::Trial;
use crate::metrics::{Sometimes, WireStatistics};
use crate::readiness::Verdict;
use crate::tape::TapeError;
use crate::units::Money;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file in a folder of results that says what many seeds came to.
pub const CAMPAIGN: &str = "campaign.json";

/// Most seeds of a campaign.
pub const SEEDS_MAX: u64 = 100_000;

/// One seed of a campaign that ended without results.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The scenario does not fit its markets.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The run stopped.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It could not be audited.
    #[error(transparent)]
    Audit(#[from] RunAuditError),
    /// Its accounts could not be held against each other.
    #[error(transparent)]
    Ledger(#[from] RunLedgerError),
    /// A drill could not be played.
    #[error(transparent)]
    Drill(#[from] TapeError),
    /// There is no place for its journals.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its outcome could not be kept.
    #[error(transparent)]
    Keep(io::Error),
    /// Its journals could not be removed again.
    #[error("cannot remove the journals of a seed: {0}")]
    Remove(#[from] io::Error),
}

/// What became of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedOutcome {
    /// The seed.
    pub seed: u64,
    /// Verdict of its run.
    pub verdict: Verdict,
    /// Why, in a sentence; empty for GO.
    pub reason: String,
    /// Digest of the journal of its own fill preset.
    pub digest: String,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Profit in the quote asset.
    pub profit: Money,
    /// Things that the audit found missed, false, late, wrong or broken, in all lanes.
    pub found: u64,
    /// Names of invariants that were broken, and of controls that were not right.
    pub broken: Vec<String>,
    /// Faults that fired, by name.
    #[serde(skip)]
    pub faults: BTreeMap<String, u64>,
    /// How often each rare state was reached.
    #[serde(skip)]
    pub reached: BTreeMap<String, u64>,
    /// What it is compared by.
    #[serde(skip)]
    pub figures: Option<SeedFigures>,
    /// Units of its metrics.
    #[serde(skip)]
    pub units: BTreeMap<String, String>,
}

/// All seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Campaign {
    /// By rising seed.
    pub seeds: Vec<SeedOutcome>,
    /// Faults that fired, by name.
    pub faults: BTreeMap<String, u64>,
    /// In how many seeds each rare state was reached; of seeds on a wire alone.
    pub reached: BTreeMap<String, u64>,
    /// States that had to be reached in one seed at least and were in none.
    pub unreached: Vec<&'static str>,
    /// Of all together.
    pub verdict: Verdict,
    /// What was tried; nothing without a seed.
    #[serde(skip)]
    pub tried: Option<Tried>,
}

impl Campaign {
    fn of(seeds: Vec<SeedOutcome>, must_reach: &[Sometimes]) -> Self {
        let mut faults: BTreeMap<String, u64> = BTreeMap::new();
        let mut reached: BTreeMap<String, u64> = BTreeMap::new();
        for seed in &seeds {
            for (fault, fired) in &seed.faults {
                *faults.entry(fault.clone()).or_default() += fired;
            }
            for (state, count) in &seed.reached {
                *reached.entry(state.clone()).or_default() += u64::from(*count > 0);
            }
        }
        let is_missing = |state: &&Sometimes| reached.get(state.as_str()).is_none_or(|count| *count == 0);
        let unreached: Vec<&'static str> = must_reach.iter().filter(is_missing).map(|state| state.as_str()).collect();
        let any = |verdict| seeds.iter().any(|seed| seed.verdict == verdict);
        let verdict = if any(Verdict::NoGo) {
            Verdict::NoGo
        } else if any(Verdict::InsufficientEvidence) || !unreached.is_empty() || seeds.is_empty() {
            Verdict::InsufficientEvidence
        } else {
            Verdict::Go
        };
        Self { seeds, faults, reached, unreached, verdict, tried: None }
    }

    /// What another campaign can be compared with it by; nothing without a seed.
    #[must_use]
    pub fn figures(&self, scenario: &str, program_hash: Option<String>) -> Option<CampaignFigures> {
        let tried = self.tried.clone()?.by_program(program_hash);
        let units = self.seeds.iter().flat_map(|seed| seed.units.clone()).collect();
        let seeds = self.seeds.iter().filter_map(|seed| seed.figures.clone()).collect();
        Some(CampaignFigures::new(scenario, tried, units, seeds))
    }

    /// How many seeds ended so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.seeds.iter().filter(|seed| seed.verdict == verdict).count()
    }
}

/// Runs every one of `seeds`, as many at once as the pool of threads has. Journals lie in `folder` while a seed is judged, and are
/// removed then; `done` is told of each seed that has ended. Those that `kept` has already are not run again. Outcomes are in the order of the seeds, whatever the number of threads.
///
/// # Errors
/// [`CampaignError`] of the first seed, in their order, that ended without results.
pub fn run_campaign(
    scenario_of: &(dyn Fn(u64) -> Scenario + Sync),
    registry: &Registry,
    seeds: &[u64],
    (folder, kept): (&RunFolder, &KeptSeeds),
    done: &(dyn Fn(&SeedOutcome) + Sync),
) -> Result<Campaign, CampaignError> {
    let Some(first) = seeds.first() else { return Ok(Campaign::of(Vec::new(), &[])) };
    let scenario = scenario_of(*first);
    // Gates, limits and instrument are those of every seed: a drill is held once.
    let (drills, tried) = drills_of(&bind(&scenario, registry)?, registry, folder)?;
    let one = |seed: &u64| {
        let outcome = match kept.before(*seed) {
            Some(outcome) => outcome,
            None => {
                let outcome = run_seed(&scenario_of(*seed), registry, (*seed, &drills), folder)?;
                kept.keep(&outcome).map_err(CampaignError::Keep)?;
                outcome
            }
        };
        done(&outcome);
        Ok(outcome)
    };
    let outcomes: Vec<Result<SeedOutcome, CampaignError>> = seeds.par_iter().map(one).collect();
    let must_reach = scenario.file.faults.as_ref().map_or(&[][..], |faults| &faults.must_reach);
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Campaign { tried: Some(tried), ..Campaign::of(outcomes, must_reach) })
}

/// Drills of every mandatory control that can be held, whatever a seed exercises by itself, and what is tried under each seed.
fn drills_of(
    trial: &Trial,
    registry: &Registry,
    folder: &RunFolder,
) -> Result<(Vec<DrillRecord>, Tried), CampaignError> {
    let place = folder.within("drills")?;
    let executed = execute(trial, Some(place.temporary()), &mut |_| {})?;
    let mut manifest = Manifest::of(trial, &executed, registry.identity(), None);
    manifest.lanes.iter_mut().flat_map(|lane| &mut lane.gates).for_each(|gate| (gate.refused, gate.tripped) = (0, 0));
    let drills = drill_unexercised(trial, &manifest)?;
    remove(place.temporary())?;
    Ok((drills, Tried::of(&manifest)))
}

fn run_seed(
    scenario: &Scenario,
    registry: &Registry,
    (seed, drills): (u64, &[DrillRecord]),
    folder: &RunFolder,
) -> Result<SeedOutcome, CampaignError> {
    let trial = bind(scenario, registry)?;
    let place = folder.within(&format!("seed-{seed}"))?;
    let executed = execute(&trial, Some(place.temporary()), &mut |_| {})?;
    let mut manifest = Manifest::of(&trial, &executed, registry.identity(), None);
    let done = executed.done.as_ref();
    manifest.audit = audit_played(place.temporary(), &manifest, (&trial, registry), done, &|_| {})?;
    manifest.accounts = reconcile_trial(&trial, &manifest, place.temporary())?;
    manifest.drills = drills.to_vec();
    let peak = peak_load(&trial, (&manifest.readiness, executed.end), registry, None)?;
    manifest.peak_load = peak.map(|(peak, _)| peak);
    let primary = executed.primary();
    let (digest, outcome) = (primary.journal.digest.to_string(), &primary.outcome);
    let (orders, fills, profit) = (outcome.orders, outcome.fills, primary.summary.returns.profit);
    let (faults, reached) = wire_counts(&primary.summary.wire);
    let summaries: Vec<_> = executed.lanes.into_iter().map(|lane| lane.summary).collect();
    let run = FinishedRun::new(manifest, summaries);
    let (figures, units) = SeedFigures::of(&run);
    let FinishedRun { manifest, assessment, .. } = &run;
    remove(place.temporary())?;
    let lanes = manifest.audit.lanes();
    let mut broken: Vec<String> = manifest.audit.disagreements().map(|found| found.control).collect();
    broken.sort();
    broken.dedup();
    let reason = if assessment.verdict == Verdict::Go { String::new() } else { assessment.reason() };
    let found = lanes.iter().map(|lane| lane.audit.found).sum();
    let (verdict, figures) = (assessment.verdict, Some(figures));
    Ok(SeedOutcome {
        seed,
        verdict,
        reason,
        digest,
        orders,
        fills,
        profit,
        found,
        broken,
        faults,
        reached,
        figures,
        units,
    })
}

/// Faults that fired and rare states that were reached, by name.
fn wire_counts(wire: &WireStatistics) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
    let faults = wire.faults.iter().map(|row| (row.fault.as_str().to_owned(), row.fired));
    let reached = wire.reached.iter().map(|state| (state.state.as_str().to_owned(), state.count));
    (faults.collect(), reached.collect())
}

fn remove(folder: &Path) -> Result<(), io::Error> {
    std::fs::remove_dir_all(folder)
}
