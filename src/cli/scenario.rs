use super::args::{CheckScenario, NewScenario, Scenario as Command, ScenarioChecklists};
use super::console::{print, say, stderr_colour};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::run::bind;
use super::run_stability::check_stability_plan;
use crate::scenario::{Checklist, Overrides, Registry, Scenario, TEMPLATE, Trial, checklists, closest, schema};
use std::path::{Path, PathBuf};

/// Writes, checks and describes scenario files.
pub fn scenario(command: &Command, registry: &Registry) -> Result<ExitStatus, Failure> {
    match command {
        Command::Check(arguments) => check(arguments, registry),
        Command::Schema => print_schema(),
        Command::New(arguments) => create(arguments),
        Command::Checklists(arguments) => list(arguments),
    }
}

/// Checks the file, and where its market is there, how both go together.
fn check(arguments: &CheckScenario, registry: &Registry) -> Result<ExitStatus, Failure> {
    let drawn = |problems| Failure::scenario(&problems, stderr_colour());
    let scenario = Scenario::load(&arguments.file, &Overrides::default(), registry).map_err(drawn)?;
    let file = arguments.file.display();
    if !scenario.is_of_several_bots() {
        let trial = bind(&scenario, registry)?;
        if scenario.file.stability.is_some() {
            check_stability_plan(&scenario, registry)?;
        }
        return print(&format!("{file}: sound; {}\n", bound(&trial))).map(|()| ExitStatus::Go);
    }
    for bot in scenario.bots() {
        let (trial, name) = (bind(&bot, registry)?, bot.file.run.bot.as_deref().unwrap_or_default());
        print(&format!("{file}, bot {name}: sound; {}\n", bound(&trial)))?;
    }
    Ok(ExitStatus::Go)
}

/// What a scenario that goes together with its markets comes to.
fn bound(trial: &Trial) -> String {
    format!("order gateway {}; run id {}", trial.connection().words(), trial.run_id)
}

fn print_schema() -> Result<ExitStatus, Failure> {
    let schema = serde_json::to_string_pretty(&schema());
    let text = schema.map_err(|error| Failure::new(ExitStatus::Bug, format!("the schema has no JSON: {error}")))?;
    print(&(text + "\n")).map(|()| ExitStatus::Go)
}

fn list(arguments: &ScenarioChecklists) -> Result<ExitStatus, Failure> {
    let Some(name) = &arguments.name else {
        let lines: String = checklists().iter().map(|list| format!("{:24} {}\n", list.name, list.about())).collect();
        return print(&lines).map(|()| ExitStatus::Go);
    };
    let Some(checklist) = Checklist::named(name) else {
        let names: Vec<String> = checklists().iter().map(|checklist| checklist.name.to_owned()).collect();
        let hint = closest(name, &names).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
        let text = format!("unknown checklist `{name}`; expected one of {}{hint}", names.join(", "));
        return Err(Failure::usage(text));
    };
    print(checklist.text).map(|()| ExitStatus::Go)
}

fn create(arguments: &NewScenario) -> Result<ExitStatus, Failure> {
    let given = Path::new(&arguments.name);
    if given.file_stem().is_none_or(|stem| stem.to_string_lossy().trim().is_empty()) {
        return Err(Failure::usage(format!("name: found `{}`, expected a name for the scenario", arguments.name)));
    }
    let is_path = given.extension().is_some_and(|extension| extension == "toml");
    let path = if is_path { given.to_path_buf() } else { PathBuf::from(format!("{}.toml", arguments.name)) };
    if path.exists() && !arguments.force {
        return Err(Failure::write(format!("{}: already there; use --force to replace it", path.display())));
    }
    let written = std::fs::write(&path, TEMPLATE);
    written.map_err(|error| Failure::write(format!("{}: cannot write: {error}", path.display())))?;
    say(&format!("wrote {}; run it with `seatrial run {}`", path.display(), path.display()));
    Ok(ExitStatus::Go)
}
