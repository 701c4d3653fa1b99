use super::failure::FailsBy;
use crate::audit::AuditError;
use crate::fault::wire::{Firing, Firings};
use crate::journal::Digest;
use crate::readiness::{AuditEvidence, LaneAudit};
use crate::scenario::audit::{RunAuditError, audit_in_memory};
use crate::scenario::evidence::judge;
use crate::scenario::execute::{RunError, execute_in_memory};
use crate::scenario::file::ScenarioFile;
use crate::scenario::load::Scenario;
use crate::scenario::manifest::Manifest;
use crate::scenario::problem::Problems;
use crate::scenario::registry::Registry;
use crate::scenario::replay::{BindError, bind};
use crate::scenario::saved::SavedError;
use crate::scenario::trial::Trial;
use crate::units::{Span, Timestamp};

/// A run that could not be shrunk.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// The folder holds no sound run.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The run's scenario cannot be read.
    #[error("the scenario of the run cannot be read: {0}")]
    Scenario(#[from] Problems),
    /// The scenario does not come to a trial.
    #[error("{0}; give the tape with --tape if it was moved")]
    Bind(#[from] BindError),
    /// A run did not come to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A run could not be audited.
    #[error(transparent)]
    Audit(#[from] RunAuditError),
    /// There is nothing to shrink.
    #[error("{0}")]
    Impossible(String),
}

impl From<AuditError> for ShrinkError {
    fn from(error: AuditError) -> Self {
        Self::Audit(error.into())
    }
}

/// What a run in memory came to.
#[derive(Debug)]
pub(super) struct Tried {
    /// When it failed in the way that is looked for, as far as an instant is known; `None` where it did not.
    pub failed: Option<Option<Timestamp>>,
    pub digest: Digest,
    pub start: Timestamp,
    pub end: Timestamp,
    /// What fired on the wire to each market, in order.
    pub firings: Vec<Vec<Firing>>,
}

impl Tried {
    pub fn length(&self) -> Span {
        self.end.since(self.start)
    }
}

/// Runs scenarios in memory and looks whether they fail in one way.
pub(super) struct Runner<'a> {
    pub base: Scenario,
    pub registry: &'a Registry,
    pub by: FailsBy,
    /// Runs that may still be made.
    pub left: u64,
    /// Runs that were made.
    pub made: u64,
    pub told: &'a dyn Fn(u64),
}

impl Runner<'_> {
    /// Runs the scenario with `file` in place of its own values. `None` when no more runs may be made; a scenario that does not fit its
    /// markets does not fail.
    pub fn run(&mut self, file: &ScenarioFile) -> Result<Option<Tried>, ShrinkError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        (self.left, self.made) = (left, self.made + 1);
        (self.told)(self.made);
        let scenario = Scenario { file: file.clone(), ..self.base.clone() };
        self.play(&bind(&scenario, self.registry)?).map(Some)
    }

    /// The same of a scenario that may be none, or may be one that cannot be run: then it does not fail the way that is looked for.
    pub fn fails(&mut self, file: &ScenarioFile) -> Result<Option<Option<Tried>>, ShrinkError> {
        match self.run(file) {
            Ok(tried) => Ok(tried.map(|tried| Some(tried).filter(|tried| tried.failed.is_some()))),
            Err(
                ShrinkError::Bind(BindError::Scenario(_)) | ShrinkError::Run(RunError::Engine(_) | RunError::Setup(_)),
            ) => Ok(Some(None)),
            Err(error) => Err(error),
        }
    }

    /// Plays a trial in memory.
    pub fn play(&self, trial: &Trial) -> Result<Tried, ShrinkError> {
        let mut firings: Vec<Firings> = Vec::new();
        let (executed, entries) = execute_in_memory(trial, |lane| {
            for wire in lane.markets.iter_mut().filter_map(|market| market.wire.as_mut()) {
                let noted = Firings::default();
                wire.firings = Some(noted.clone());
                firings.push(noted);
            }
        })?;
        let mut manifest = Manifest::of(trial, &executed, self.registry.identity(), None);
        let audit = audit_in_memory((trial, self.registry), &manifest, executed.done.as_ref(), &entries)?;
        let lane = LaneAudit { preset: executed.primary().preset.to_owned(), audit };
        manifest.audit = AuditEvidence::Audited { lanes: vec![lane.clone()], unchecked: Vec::new() };
        let (digest, start, end) = (executed.primary().journal.digest, executed.start, executed.end);
        let summaries: Vec<_> = executed.lanes.into_iter().map(|lane| lane.summary).collect();
        let failed = self.by.found_in(&lane, &judge(&manifest, &summaries));
        let firings = firings.into_iter().map(|noted| noted.take()).collect();
        Ok(Tried { failed, digest, start, end, firings })
    }
}
