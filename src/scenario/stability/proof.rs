//! That runs can be believed: one is made again, alone and beside itself, and is stopped and gone on with.

use super::file::CHECKPOINTS_APART_MIN;
use super::plan::{Plan, StabilityCell};
use super::run::{StabilityError, StabilityRun, run_cell};
use crate::journal::Detail;
use crate::rng::Streams;
use crate::scenario::checkpoint::{Begun, Identity, Keeping, refusal};
use crate::scenario::execute::{RunError, execute_kept};
use crate::scenario::folder::FolderError;
use crate::scenario::load::Scenario;
use crate::scenario::registry::Registry;
use crate::scenario::replay::bind;
use crate::scenario::trial::Trial;
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Cuts of the run.
const CUTS: u32 = 3;

/// A run that was made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvedRun {
    /// How, in words.
    pub how: String,
    /// Digest of what happened then.
    pub digest: String,
    /// It is that of the run before.
    pub is_same: bool,
}

/// What was made again, and ended where it had to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    /// Which run, in words.
    pub run: String,
    /// Its digest.
    pub digest: String,
    /// The same again.
    pub determinism: Vec<ProvedRun>,
    /// Stopped and gone on with.
    pub resume: Vec<ProvedRun>,
    /// Why it was not stopped; empty where it was.
    pub no_resume_because: String,
}

impl Proofs {
    /// What does not hold, in a sentence; empty where everything does.
    #[must_use]
    pub fn refuted(&self) -> String {
        let all = self.determinism.iter().chain(&self.resume);
        let other = all.into_iter().find(|run| !run.is_same);
        other.map_or_else(String::new, |run| {
            format!(
                "{} ended with digest {} when it was made again ({}), and with {} before",
                self.run, run.digest, run.how, self.digest
            )
        })
    }
}

/// Makes the run of the base under the first seed again.
pub(super) fn prove(
    with: (&Scenario, &Registry),
    plan: &Plan,
    first: &StabilityRun,
    scratch: &Path,
) -> Result<Proofs, StabilityError> {
    let cell = StabilityCell { group: first.group, seed: first.seed };
    let proved = |how: &str, digest: String| ProvedRun { how: how.to_owned(), is_same: digest == first.digest, digest };
    let again = || run_cell(with, plan, cell).map(|run| run.digest);
    let alone = pool(1)?.install(again)?;
    let (left, right) = pool(2)?.install(|| rayon::join(again, again));
    let determinism = vec![
        proved("alone, in a pool of one thread", alone),
        proved("beside itself, in a pool of two threads", left?),
        proved("beside itself, in a pool of two threads", right?),
    ];
    let group = &plan.groups[cell.group];
    let mut trial = bind(&group.scenario(with.0, cell.seed), with.1)?;
    trial.scenario.file.run.journal = Detail::Full;
    let no_resume_because = refusal(&[&trial]).unwrap_or_default();
    let mut resume = Vec::new();
    if no_resume_because.is_empty() {
        let mut drawn = Streams::new(cell.seed).stream("stability/cuts");
        let length = group.length.nanos();
        for number in 0..CUTS {
            let every = Span::from_nanos(drawn.range(length / 8..=length / 8 * 5).max(CHECKPOINTS_APART_MIN.nanos()));
            let folder = scratch.join(format!("cut-{number}"));
            let (how, digest) = cut(&trial, every, &folder)?;
            resume.push(proved(&how, digest));
        }
    }
    let run = format!("the run of “{}” under seed {}", group.name, cell.seed);
    Ok(Proofs { run, digest: first.digest.clone(), determinism, resume, no_resume_because })
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| RunError::Threads(error.to_string()))
}

/// Runs a trial with checkpoints so far apart, forgets everything behind the last one, and goes on from it.
fn cut(trial: &Trial, every: Span, folder: &Path) -> Result<(String, String), StabilityError> {
    let refused = |action| move |source| FolderError::Io { path: folder.to_path_buf(), action, source };
    fs::create_dir_all(folder).map_err(refused("cannot make the folder"))?;
    let identity = Identity::of(&[trial], None, None);
    let begun = Begun { identity, every, arguments: serde_json::Value::Null };
    let mut keeping = Keeping::begin(folder, &begun).map_err(RunError::from)?;
    execute_kept(trial, Some(folder), Some(&mut keeping), &mut |_| {})?;
    drop(keeping);
    let mut keeping = Keeping::take_up(folder, &begun, Box::new(|| {})).map_err(RunError::from)?;
    let resumed = execute_kept(trial, Some(folder), Some(&mut keeping), &mut |_| {})?;
    let recovery = keeping.recovery();
    let at = recovery.and_then(|recovery| Some((recovery.at?, recovery.rows)));
    let how = match at {
        Some((at, rows)) => {
            format!("stopped behind the checkpoint of {at}, {rows} rows into the market, and gone on with")
        }
        None => "gone on with from its start: there was no checkpoint".to_owned(),
    };
    fs::remove_dir_all(folder).map_err(refused("cannot remove"))?;
    Ok((how, resumed.primary().journal.digest.to_string()))
}
