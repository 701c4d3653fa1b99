use super::args::{Diff, OneRun, VerifyRun};
use super::console::{print, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{colour, report_input};
use super::failure::Failure;
use super::resources;
use super::run_stability::check_stability;
use super::run_user::problems_over_all;
use super::run_volatility::check_volatility;
use crate::report::{render, terminal};
use crate::scenario::{
    Difference, FinishedRun, RESOURCES, RESOURCES_PAGE, Registry, Replay, StabilityManifest, UserManifest,
    Verification, VolatilityManifest, compare, read_manifest, verify,
};
use std::path::Path;

/// Renders the report of a finished run again.
pub fn report(arguments: &OneRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let run = FinishedRun::load(&arguments.run, Replay { registry, tapes: &arguments.tapes })?;
    let input = report_input(&run);
    render(&input)?.write(&arguments.run)?;
    print(&terminal(&input, colour(stdout_colour())))?;
    say(&format!("report {}", arguments.run.join("report.html").display()));
    Ok(ExitStatus::Go)
}

/// Checks a finished run, those of all bots of a user and what stands over them, or many runs over violent markets.
pub fn check(arguments: &VerifyRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let folder = &arguments.run.run;
    if let Some(manifest) = VolatilityManifest::read(folder) {
        let found = check_volatility((folder, &manifest), arguments.sample, registry)?;
        let what = "hashes, scenario, runs, verdict and reports agree";
        let part = "hashes, scenario and the runs of the sample agree";
        return tell(folder, &found, if arguments.sample.is_some() { part } else { what });
    }
    if let Some(manifest) = StabilityManifest::read(folder) {
        let found = check_stability((folder, &manifest), arguments.sample, registry)?;
        let what = "hashes, scenario, runs, proofs, verdict and reports agree";
        let part = "hashes, scenario and the runs of the sample agree";
        return tell(folder, &found, if arguments.sample.is_some() { part } else { what });
    }
    match arguments.sample {
        Some(_) => Err(Failure::usage(
            "--sample: only of many runs over violent markets, or of a report on stability; expected no value",
        )),
        None => check_run(&arguments.run, registry),
    }
}

fn check_run(arguments: &OneRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let Some(user) = UserManifest::read(&arguments.run) else { return check_one(arguments, registry) };
    let mut problems = user.strays(&arguments.run);
    let mut status = ExitStatus::Go;
    for run in if problems.is_empty() { user.folders(&arguments.run) } else { Vec::new() } {
        print(&format!("{}: ", run.display()))?;
        // One that cannot be read keeps nobody from looking at the others.
        let found = check_one(&OneRun { run, tapes: arguments.tapes.clone() }, registry).unwrap_or_else(|failure| {
            say(&format!("error: {}", failure.message));
            failure.status
        });
        status = status.max(found);
    }
    if problems.is_empty() && status == ExitStatus::Go {
        let with = Replay { registry, tapes: &arguments.tapes };
        problems = problems_over_all(&user, &arguments.run, with)?;
    }
    problems.iter().try_for_each(|problem| print(&format!("{problem}\n")))?;
    Ok(if problems.is_empty() { status } else { status.max(ExitStatus::NoGo) })
}

fn check_one(arguments: &OneRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let mut found = verify(&arguments.run, Replay { registry, tapes: &arguments.tapes }, &rendered)?;
    observations(&arguments.run, &mut found)?;
    tell(&arguments.run, &found, "hashes, journal chains, scenario, gates, figures, verdict and reports agree")
}

/// What was observed of the machine can't be had again, but what is said of it has to follow.
fn observations(run: &Path, found: &mut Verification) -> Result<(), Failure> {
    let Ok(manifest) = read_manifest(run) else { return Ok(()) };
    let demanded = manifest.settings.iter().any(|setting| setting.key.starts_with("resources."));
    match resources::problems(run, &manifest)? {
        Some(problems) => {
            found.problems.extend(problems);
            found.unchecked.push(format!("what {RESOURCES} says was observed on the machine"));
        }
        None if run.join(RESOURCES_PAGE).exists() => {
            found.problems.push(format!("{RESOURCES_PAGE}: a page of nothing: there is no {RESOURCES}"));
        }
        None if demanded => {
            found.problems.push(format!("{RESOURCES}: missing; the scenario limits what the run may take"))
        }
        None => {}
    }
    Ok(())
}

/// Prints what a check found, or that what it looked at agrees.
fn tell(folder: &Path, found: &Verification, what: &str) -> Result<ExitStatus, Failure> {
    found.problems.iter().try_for_each(|problem| print(&format!("{problem}\n")))?;
    if found.problems.is_empty() {
        print(&format!("sound: {what}\n"))?;
    }
    found.unchecked.iter().try_for_each(|what| print(&format!("not checked: {what}\n")))?;
    if found.problems.is_empty() {
        return Ok(ExitStatus::Go);
    }
    say(&format!("error: {} does not hold together ({} found)", folder.display(), found.problems.len()));
    Ok(ExitStatus::NoGo)
}

/// Name and text of every report file of a finished run, as `report` writes them; none when they cannot be made.
#[must_use]
pub fn rendered(run: &FinishedRun) -> Vec<(String, Vec<u8>)> {
    let files = render(&report_input(run)).map(|rendered| {
        let files = rendered.files();
        files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec()
    });
    files.unwrap_or_default()
}

/// Compares two finished runs.
pub fn diff(arguments: &Diff) -> Result<ExitStatus, Failure> {
    let difference = compare(&arguments.left, &arguments.right)?;
    print(&difference_text(&difference))?;
    Ok(if difference.is_none() { ExitStatus::Go } else { ExitStatus::NoGo })
}

fn difference_text(difference: &Difference) -> String {
    let mut text = String::new();
    for (key, left, right) in &difference.settings {
        text.push_str(&format!("setting {key}: {left} | {right}\n"));
    }
    for preset in &difference.lanes {
        text.push_str(&format!("lane {preset}: in one run only\n"));
    }
    for (preset, place) in &difference.journals {
        let (number, field) = (place.number, place.field);
        text.push_str(&format!("lane {preset}: entry {number}, field {field}: {} | {}\n", place.left, place.right));
    }
    if difference.is_none() {
        text.push_str("same: every entry of every journal\n");
    }
    text
}
