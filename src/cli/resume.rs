//! Runs that are stopped and gone on with: what is kept of the command line, and what going on came to.

use super::args::Run;
use super::console::say;
use super::failure::Failure;
use super::run::{begin_folder, existing, program_hash};
use crate::scenario::{Begun, Identity, Keeping, MANIFEST, Recovery, Registry, RunFolder, Trial, checkpoint_refusal};
use crate::units::{DAY, SECOND, Span};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The command line of a run, as it stands beside its checkpoints.
#[derive(serde::Serialize, serde::Deserialize)]
struct Arguments {
    /// The folder that the run was begun in: paths are relative to it.
    home: PathBuf,
    /// Where the results go.
    target: PathBuf,
    run: Run,
}

/// A run that was stopped, and is about to go on.
pub struct Stopped {
    folder: RunFolder,
    begun: Begun,
    since: Instant,
}

/// What it takes to go on with the run at `path`: its command line, and the rest.
pub fn stopped(path: &Path, json: bool) -> Result<(Run, Stopped), Failure> {
    let since = Instant::now();
    let target = RunFolder::target_of(path);
    let temporary = RunFolder::temporary_of(&target);
    if target.join(MANIFEST).is_file() && !temporary.exists() {
        RunFolder::tidy(&target)?;
        return Err(Failure::usage(format!("{}: the run is whole; there is nothing to go on with", target.display())));
    }
    let begun = Begun::read(&temporary)?;
    let arguments: Arguments = serde_json::from_value(begun.arguments.clone())
        .map_err(|error| Failure::data(format!("{}: the command line: {error}", temporary.display())))?;
    let home = here()?;
    if arguments.home != home {
        let text =
            format!("the run was begun in {}, and paths are from there; go there first", arguments.home.display());
        return Err(Failure::usage(text));
    }
    check_place(&temporary, &arguments.target)?;
    let folder = RunFolder::take_up(&arguments.target, existing(&arguments.run))?;
    // Until the folder was locked another process may have been at it.
    if Begun::read(folder.temporary())? != begun {
        return Err(Failure::usage(format!("{}: another run was begun there meanwhile", temporary.display())));
    }
    Ok((Run { json, ..arguments.run }, Stopped { folder, begun, since }))
}

/// The run in the folder `found` is the one that was begun for `target`: nobody has moved it since.
fn check_place(found: &Path, target: &Path) -> Result<(), Failure> {
    let (begun, is) = (RunFolder::temporary_of(target).canonicalize(), found.canonicalize());
    if let (Ok(begun), Ok(is)) = (begun, is)
        && begun == is
    {
        return Ok(());
    }
    let (found, target) = (found.display(), target.display());
    Err(Failure::usage(format!("{found}: the run was begun for {target}; move it back to where that has it")))
}

fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::usage(format!("the working folder: {error}")))
}

/// The checkpoints of a run, and how long it took to go on.
pub struct Checkpointed {
    keeping: Keeping,
    /// When going on began.
    since: Option<Instant>,
    took: Rc<Cell<Option<Duration>>>,
}

/// The folder of a run of these bots, and its checkpoints where it has some: begun, or as it was left.
pub fn folder_of(
    arguments: &Run,
    trials: &[&Trial],
    more: &str,
    stopped: Option<Stopped>,
    registry: &Registry,
) -> Result<(RunFolder, Option<Checkpointed>), Failure> {
    if let Some(stopped) = stopped {
        return take_up(stopped, trials, registry);
    }
    let Some(every) = &arguments.checkpoint_every else { return Ok((begin_folder(arguments, trials[0], more)?, None)) };
    let every = every_of(every)?;
    if let Some(why) = checkpoint_refusal(trials) {
        return Err(Failure::usage(format!("--checkpoint-every: {why}")));
    }
    let mut folder = begin_folder(arguments, trials[0], more)?;
    let kept = Arguments { home: here()?, target: folder.target().to_path_buf(), run: arguments.clone() };
    let identity = identity(trials, registry);
    let begun = Begun { identity, every, arguments: serde_json::to_value(kept).map_err(Failure::write)? };
    let keeping = Keeping::begin(folder.temporary(), &begun)?;
    folder.stay();
    Ok((folder, Some(Checkpointed { keeping, since: None, took: Rc::default() })))
}

/// The folder of a campaign, begun or as it was left: every seed that ends is kept there, so that it can always be gone on with.
pub fn campaign_folder(
    arguments: &Run,
    trial: &Trial,
    begin: impl FnOnce() -> Result<RunFolder, Failure>,
    stopped: Option<Stopped>,
    registry: &Registry,
) -> Result<RunFolder, Failure> {
    if let Some(Stopped { folder, begun, .. }) = stopped {
        begun.identity.check(&identity(&[trial], registry))?;
        return Ok(folder);
    }
    let mut folder = begin()?;
    let kept = Arguments { home: here()?, target: folder.target().to_path_buf(), run: arguments.clone() };
    let arguments = serde_json::to_value(kept).map_err(Failure::write)?;
    // There are no checkpoints within a seed.
    Keeping::begin(folder.temporary(), &Begun { identity: identity(&[trial], registry), every: DAY, arguments })?;
    folder.stay();
    Ok(folder)
}

fn take_up(
    stopped: Stopped,
    trials: &[&Trial],
    registry: &Registry,
) -> Result<(RunFolder, Option<Checkpointed>), Failure> {
    let Stopped { folder, begun, since } = stopped;
    begun.identity.check(&identity(trials, registry))?;
    let took = Rc::new(Cell::new(None));
    let told = Rc::clone(&took);
    let gone_on = Box::new(move || told.set(Some(since.elapsed())));
    let keeping = Keeping::take_up(folder.temporary(), &begun, gone_on)?;
    Ok((folder, Some(Checkpointed { keeping, since: Some(since), took })))
}

fn identity(trials: &[&Trial], registry: &Registry) -> Identity {
    let bot = serde_json::to_string(&registry.identity()).ok();
    Identity::of(trials, program_hash(), bot)
}

/// A span of simulated time between two checkpoints.
fn every_of(text: &str) -> Result<Span, Failure> {
    let wrong = |why: String| Failure::usage(format!("--checkpoint-every {text}: {why}"));
    let every: Span = text.parse().map_err(wrong)?;
    if every < SECOND {
        return Err(wrong("expected a second or more".to_owned()));
    }
    Ok(every)
}

impl Checkpointed {
    /// Who keeps them.
    pub const fn keeping(&mut self) -> &mut Keeping {
        &mut self.keeping
    }

    /// Says what going on came to, where the run was gone on with.
    pub fn tell(&self) -> Option<serde_json::Value> {
        let recovery = self.keeping.recovery()?;
        let took = self.took.get().or(self.since.map(|since| since.elapsed())).unwrap_or_default();
        recovery.passed_over.iter().for_each(|text| say(&format!("passed over {text}")));
        say(&words(recovery, took));
        Some(serde_json::json!({
            "recovery_time_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "recovery_point": recovery.at.map(|at| at.to_string()),
            "rows": recovery.rows,
            "simulated_time_lost_ns": recovery.lost.map(Span::nanos),
            "simulated_time_lost_max_ns": recovery.lost_max.map(Span::nanos),
        }))
    }
}

fn words(recovery: &Recovery, took: Duration) -> String {
    let (Some(at), Some(lost), Some(lost_max)) = (recovery.at, recovery.lost, recovery.lost_max) else {
        return "no whole checkpoint: the run was made from its start, and all simulated time was lost".to_owned();
    };
    // Whole seconds, where there are some: at least so much it is all the same.
    let lost = if lost < SECOND { lost } else { SECOND.times(lost.nanos() / SECOND.nanos()) };
    format!(
        "recovery time {} ms; recovery point {at}, {} rows: simulated time lost {lost} at least, {lost_max} at most",
        took.as_millis(),
        recovery.rows,
    )
}
