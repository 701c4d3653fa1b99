use super::kept::KeptRuns;
use super::plan::{Plan, PlannedPoint, Source, StabilityCell};
use super::proof::{Proofs, prove};
use crate::audit::Audit;
use crate::journal::Entry;
use crate::metrics::windows;
use crate::model::Instrument;
use crate::readiness::{
    AUDIT_FINDINGS, AuditEvidence, CRITERIA_UNMET, Figures, Kept, LaneAudit, Outcome, RETURN_PER_DAY, StabilityAxis,
    StabilityEvidence, StabilityPoint, figures_of, kept_of, measurements,
};
use crate::scenario::audit::{RunAuditError, audit_in_memory};
use crate::scenario::evidence::judge;
use crate::scenario::execute::{Executed, RunError, execute_in_memory};
use crate::scenario::folder::FolderError;
use crate::scenario::load::Scenario;
use crate::scenario::manifest::Manifest;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::registry::Registry;
use crate::scenario::replay::{BindError, bind};
use crate::scenario::trial::{Trial, preset_name};
use crate::scenario::volatility::digest_over;
use crate::strategy::Description;
use crate::units::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Runs that ended without results.
#[derive(Debug, thiserror::Error)]
pub enum StabilityError {
    /// The scenario does not fit its market.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A run stopped.
    #[error("{group}, seed {seed}: {error}")]
    Run {
        /// What was moved.
        group: String,
        /// Which seed.
        seed: u64,
        /// Why.
        error: Box<RunError>,
    },
    /// A run could not be audited.
    #[error(transparent)]
    Audit(#[from] RunAuditError),
    /// A run that was to be made again could not be.
    #[error(transparent)]
    Proof(#[from] RunError),
    /// There is no place for the files of a proof.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A run could not be kept.
    #[error(transparent)]
    Keep(#[from] io::Error),
}

/// What one run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StabilityRun {
    /// Place of its group.
    pub group: usize,
    /// Its seed.
    pub seed: u64,
    /// Values by measure.
    pub figures: Kept,
    /// Values of its parts, in their order.
    pub parts: Vec<Kept>,
    /// The first thing that its audit found; empty without.
    pub first_finding: String,
    /// What names the market.
    pub market: String,
    /// Digest of what happened.
    pub digest: String,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct StabilityRuns {
    /// What was run.
    pub plan: Plan,
    /// In the order of the plan's cells.
    pub runs: Vec<StabilityRun>,
    /// Runs that were made again.
    pub proofs: Proofs,
    /// What is traded.
    pub instrument: Instrument,
    /// First venue time.
    pub start: Timestamp,
    /// Names scenario, market, seed and semantics.
    pub run_id: String,
    /// The strategy with all its parameters.
    pub strategy: Description,
    /// Name of the scenario's own fill preset.
    pub preset: &'static str,
    /// Digest over the digests of all runs, in their order.
    pub digest: String,
}

/// What a scenario asks for.
///
/// # Errors
/// [`BindError`] when the scenario does not fit its market, or names a parameter that the strategy has not.
pub fn stability_plan(scenario: &Scenario, registry: &Registry) -> Result<(Plan, Trial), BindError> {
    let trial = bind(scenario, registry)?;
    let plan = Plan::of(scenario, registry, &trial);
    let plan = plan.map_err(|problem: Box<Problem>| BindError::Scenario(Problems(vec![*problem])))?;
    Ok((plan, trial))
}

/// Runs everything that `scenario` asks for, as many runs at once as the pool of threads has. What `kept` has already is not run again; proofs have
/// their files in `scratch` meanwhile. `done` is told of each run that has ended. Results are in the order of the plan, whatever the number of threads.
///
/// # Errors
/// [`StabilityError`] of the first run, in their order, that ended without results.
pub fn run_stability(
    scenario: &Scenario,
    registry: &Registry,
    (kept, scratch): (Option<&KeptRuns>, &Path),
    done: &(dyn Fn() + Sync),
) -> Result<StabilityRuns, StabilityError> {
    let (plan, trial) = stability_plan(scenario, registry)?;
    let one = |cell: &StabilityCell| {
        let run = match kept.and_then(|kept| kept.before(*cell)) {
            Some(run) => run,
            None => {
                let run = run_cell((scenario, registry), &plan, *cell)?;
                kept.map_or(Ok(()), |kept| kept.keep(&run))?;
                run
            }
        };
        done();
        Ok(run)
    };
    let runs: Vec<Result<_, StabilityError>> = plan.cells().par_iter().map(one).collect();
    let runs = runs.into_iter().collect::<Result<Vec<StabilityRun>, _>>()?;
    let place = plan.base * plan.seeds.len();
    let proofs = prove((scenario, registry), &plan, &runs[place], scratch)?;
    let header = &trial.markets[0].header;
    Ok(StabilityRuns {
        proofs,
        instrument: header.instrument.clone(),
        start: header.first_at,
        run_id: trial.run_id.clone(),
        strategy: trial.strategy.clone(),
        preset: preset_name(trial.presets[0]),
        digest: digest_over(runs.iter().map(|run| run.digest.as_str())),
        plan,
        runs,
    })
}

/// The runs at these places alone.
pub(super) fn run_places(
    (scenario, registry): (&Scenario, &Registry),
    plan: &Plan,
    places: &[usize],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<StabilityRun>, StabilityError> {
    let cells = plan.cells();
    let one = |place: &usize| {
        let run = run_cell((scenario, registry), plan, cells[*place]);
        done();
        run
    };
    let runs: Vec<Result<_, StabilityError>> = places.par_iter().map(one).collect();
    runs.into_iter().collect()
}

/// One run, and what it comes to.
pub(super) fn run_cell(
    (scenario, registry): (&Scenario, &Registry),
    plan: &Plan,
    cell: StabilityCell,
) -> Result<StabilityRun, StabilityError> {
    let group = &plan.groups[cell.group];
    let trial = bind(&group.scenario(scenario, cell.seed), registry)?;
    let stopped =
        |error: RunError| StabilityError::Run { group: group.name.clone(), seed: cell.seed, error: Box::new(error) };
    let (executed, entries) = execute_in_memory(&trial, |_| {}).map_err(stopped)?;
    let mut manifest = Manifest::of(&trial, &executed, registry.identity(), None);
    let audit = audit_in_memory((&trial, registry), &manifest, executed.done.as_ref(), &entries)?;
    let first_finding = audit.findings.first().map(ToString::to_string).unwrap_or_default();
    let parts = parts(plan, cell.group, executed.start, &entries);
    let digest = executed.primary().journal.digest.to_string();
    let market = trial.markets[0].header.content_hash.clone();
    let measures = scenario.file.stability.as_ref().map(|stability| stability.measures()).unwrap_or_default();
    let figures = figures(&measures, (&mut manifest, executed), audit, parts.first());
    let parts = parts.into_iter().skip(1).collect();
    Ok(StabilityRun { group: cell.group, seed: cell.seed, figures, parts, first_finding, market, digest })
}

/// Values of the whole run and behind it of its parts; a part without a mark has none.
fn parts(plan: &Plan, group: usize, start: Timestamp, entries: &[Entry]) -> Vec<Kept> {
    let found = windows(entries, &plan.windows(group, start));
    found.iter().map(|part| part.as_ref().map(kept_of).unwrap_or_default()).collect()
}

fn figures(
    measures: &[&str],
    (manifest, executed): (&mut Manifest, Executed),
    audit: Audit,
    whole: Option<&Kept>,
) -> Kept {
    let found = audit.found;
    let preset = executed.primary().preset.to_owned();
    let values = measurements(&executed.primary().summary);
    manifest.audit = AuditEvidence::Audited { lanes: vec![LaneAudit { preset, audit }], unchecked: Vec::new() };
    let summaries: Vec<_> = executed.lanes.into_iter().map(|lane| lane.summary).collect();
    let unmet =
        judge(manifest, &summaries).findings.iter().filter(|finding| finding.outcome == Outcome::NotMet).count();
    let value = |name: &&str| match *name {
        AUDIT_FINDINGS => Some(found.to_string()),
        CRITERIA_UNMET => Some(unmet.to_string()),
        RETURN_PER_DAY => whole?.get(RETURN_PER_DAY).cloned(),
        name => values.get(name)?.value.as_ref().ok().map(ToString::to_string),
    };
    measures.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect()
}

impl StabilityRuns {
    /// As it is judged.
    #[must_use]
    pub fn evidence(&self) -> StabilityEvidence {
        let axis = |axis: &super::plan::PlannedAxis| StabilityAxis {
            kind: axis.kind,
            name: axis.name.clone(),
            about: axis.about.clone(),
            measure: axis.measure.clone(),
            points: axis.points.iter().map(|point| self.point(point)).collect(),
            reference: axis.reference,
        };
        let whole = PlannedPoint {
            label: "base".to_owned(),
            note: String::new(),
            moved: None,
            is_base: true,
            source: Source::Group(0),
        };
        StabilityEvidence {
            base: self.point(&whole),
            axes: self.plan.axes.iter().map(axis).collect(),
            unproved: self.proofs.refuted(),
        }
    }

    fn point(&self, point: &PlannedPoint) -> StabilityPoint {
        let of_group = |group: usize| {
            let seeds = self.plan.seeds.len();
            &self.runs[group * seeds..(group + 1) * seeds]
        };
        let seeds: Vec<Figures> = match point.source {
            Source::Group(group) => of_group(group).iter().map(|run| figures_of(&run.figures)).collect(),
            Source::Part(part) => {
                let part = |run: &StabilityRun| run.parts.get(part - 1).map(figures_of).unwrap_or_default();
                of_group(0).iter().map(part).collect()
            }
        };
        StabilityPoint {
            label: point.label.clone(),
            is_base: point.is_base,
            note: point.note.clone(),
            moved: point.moved,
            seeds,
        }
    }

    /// Runs whose audit found something: group, seed and what it found first.
    pub fn findings(&self) -> impl Iterator<Item = (&str, u64, &str)> {
        let found = self.runs.iter().filter(|run| !run.first_finding.is_empty());
        found.map(|run| (self.plan.groups[run.group].name.as_str(), run.seed, run.first_finding.as_str()))
    }
}
