//! `compare`: a candidate beside a base, or a run beside the log of a session.

use super::compare_args::Compare;
use super::compare_fills::compare_fills;
use super::compare_seeds::{both_campaigns, compare_seeds};
use super::console::{print, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{build_id, colour};
use super::failure::Failure;
use super::thresholds::tolerances;
use crate::readiness::{ComparedVerdict, compare as hold_against, market_metric_names};
use crate::report::{ComparedInput, ComparedRun, Rendered, render_compared, terminal_compared};
use crate::scenario::{
    BotIdentity, Existing, FinishedRun, MANIFEST, Manifest, Registry, Replay, RunFolder, SavedError, trial_differences,
    trial_side,
};
use serde_json::json;
use std::path::Path;

/// Compares two runs, or a log with a run.
pub fn compare(arguments: &Compare, registry: &Registry) -> Result<ExitStatus, Failure> {
    if let Some(fills) = &arguments.fills {
        return compare_fills(arguments, fills, registry);
    }
    let Some(candidate) = &arguments.candidate else {
        return Err(Failure::usage("expected the folder of a candidate beside the base"));
    };
    if let Some(pair) = both_campaigns(&arguments.base, candidate)? {
        return compare_seeds(arguments, pair);
    }
    let folder = arguments.out.as_deref().map(|out| begin_folder(out, arguments.force)).transpose()?;
    let with = Replay { registry, tapes: &arguments.tapes };
    let runs = [load(&arguments.base, with)?, load(candidate, with)?];
    let markets = runs.iter().map(|run| run.manifest.markets().count()).max().unwrap_or_default();
    let limits = tolerances(arguments.thresholds.as_deref(), &arguments.regressions, &market_metric_names(markets))?;
    let sides = [trial_side(&runs[0]), trial_side(&runs[1])];
    let differences = trial_differences(&runs[0].manifest, &runs[1].manifest);
    let compared = hold_against((&sides[0], &sides[1]), &differences, &limits, arguments.unlike);
    let status = status_of(compared.verdict);
    let folders = [arguments.base.as_path(), candidate.as_path()];
    let input = ComparedInput {
        runs: [compared_run(folders[0], &runs[0].manifest), compared_run(folders[1], &runs[1].manifest)],
        sides,
        differences,
        unlike_is_meant: arguments.unlike,
        tolerances: limits,
        compared,
        program: program(),
    };
    let rendered = render_compared(&input)?;
    let target = folder.map(|folder| write(folder, &rendered)).transpose()?;
    print(&if arguments.json { rendered.json } else { terminal_compared(&input, colour(stdout_colour())) })?;
    target.iter().for_each(|path| say(&format!("report {}", path.display())));
    Ok(status)
}

/// The program that compares.
pub fn program() -> String {
    let identity = BotIdentity::of_seatrial();
    format!("{} {}", identity.name, identity.version)
}

/// The number that a comparison ends with.
pub const fn status_of(verdict: ComparedVerdict) -> ExitStatus {
    match verdict {
        ComparedVerdict::NoRegression => ExitStatus::Go,
        ComparedVerdict::Regression => ExitStatus::NoGo,
        ComparedVerdict::NotComparable => ExitStatus::Insufficient,
    }
}

/// A run to be compared. One that does not hold together is none: a regression is something else.
pub fn load(folder: &Path, with: Replay<'_>) -> Result<FinishedRun, Failure> {
    FinishedRun::load(folder, with).map_err(|error| match error {
        error @ SavedError::Unsound { .. } => Failure::data(error),
        error => error.into(),
    })
}

/// A folder for the pages of a comparison.
pub fn begin_folder(out: &Path, is_forced: bool) -> Result<RunFolder, Failure> {
    Ok(RunFolder::begin(out, if is_forced { Existing::Replace } else { Existing::Keep })?)
}

/// Writes the four files and returns where the page is.
pub fn write(folder: RunFolder, rendered: &Rendered) -> Result<std::path::PathBuf, Failure> {
    for (name, text) in rendered.files() {
        folder.write(&name.replace("report.", "compare."), text.as_bytes())?;
    }
    folder.write(MANIFEST, format!("{:#}\n", json!({ "kind": "comparison", "program": program() })).as_bytes())?;
    Ok(folder.finish()?.join("compare.html"))
}

/// Which run it is, for the page.
pub fn compared_run(folder: &Path, manifest: &Manifest) -> ComparedRun {
    let symbols: Vec<&str> = manifest.headers().map(|header| header.instrument.symbol.as_str()).collect();
    let build = build_id(&manifest.bot, manifest.program_hash.as_deref());
    ComparedRun {
        folder: folder.display().to_string(),
        run_id: manifest.run_id.clone(),
        digest: manifest.primary().digest.to_string(),
        scenario: manifest.scenario.name.clone(),
        seed: manifest.scenario.seed,
        bot: format!("{}, {build}", manifest.strategy.name),
        is_dirty: manifest.bot.dirty == Some(true),
        markets: symbols.join(", "),
        start: manifest.replayed.start,
        end: manifest.replayed.end,
        preset: manifest.primary().preset.clone(),
    }
}
