use super::args::{Drill as Arguments, Rigging};
use super::console::{print, say, stderr_colour};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::kills::kill;
use super::run::bind;
use crate::scenario::drill::{Drill, Outcome, Rig, control_names, drill as play, drill_table, write_journals};
use crate::scenario::{Existing, Overrides, Registry, RunError, RunFolder, Scenario, closest, gates_hash};
use std::path::Path;

/// Drills the controls of a scenario.
pub fn drill(arguments: &Arguments, registry: &Registry) -> Result<ExitStatus, Failure> {
    let names = names(&arguments.names)?;
    let trial = bind(&load(&arguments.of, registry)?, registry)?;
    if let Some(count) = arguments.kills {
        return kill(arguments, &trial, count);
    }
    let folder = arguments.out.as_deref().map(|out| RunFolder::begin(out, Existing::Keep)).transpose()?;
    let rig = Rig::of(&trial)?;
    let mut drills = play(&rig, &names);
    if arguments.names.is_empty() && !arguments.all {
        drills.retain(|drill| drill.outcome != Outcome::NotArmed);
    }
    let text = match (arguments.print, arguments.json) {
        (true, _) => drills.iter().map(|drill| drill.print(&rig)).collect::<Vec<_>>().join("\n"),
        (false, true) => json(&drills, &gates_hash(&trial.scenario.settings())),
        (false, false) => drill_table(&drills),
    };
    if let Some(folder) = folder {
        keep(&drills, folder)?;
    }
    print(&text)?;
    Ok(status(&drills, &arguments.names))
}

/// The controls asked for, all of them where none is; a name that no gate has is an error.
pub fn names(asked: &[String]) -> Result<Vec<&str>, Failure> {
    let known = control_names();
    if asked.is_empty() {
        return Ok(known);
    }
    for name in asked {
        if !known.contains(&name.as_str()) {
            let names: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
            let hint = closest(name, &names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::usage(format!(
                "`{name}`: no such control; expected one of {}{hint}",
                known.join(", ")
            )));
        }
    }
    Ok(asked.iter().map(String::as_str).collect())
}

/// The scenario whose limits are on trial.
pub fn load(of: &Rigging, registry: &Registry) -> Result<Scenario, Failure> {
    let overrides = Overrides { set: of.overrides.clone(), tapes: of.tapes.clone(), ..Overrides::default() };
    let scenario = match &of.scenario {
        Some(path) => Scenario::load(path, &overrides, registry),
        None => Scenario::backtest(&overrides, registry),
    };
    scenario.map_err(|problems| Failure::scenario(&problems, stderr_colour()))
}

fn json(drills: &[Drill], config_hash: &str) -> String {
    let drills: Vec<serde_json::Value> = drills.iter().map(Drill::to_json).collect();
    format!("{}\n", serde_json::json!({ "gates_hash": config_hash, "drills": drills }))
}

fn keep(drills: &[Drill], folder: RunFolder) -> Result<(), Failure> {
    write_journals(drills, folder.temporary()).map_err(RunError::from)?;
    let target = folder.finish()?;
    say(&format!("journals {}", Path::new(&target).display()));
    Ok(())
}

/// A control that is off by the scenario's own choice counts against nobody unless it was asked for by name.
fn status(drills: &[Drill], asked: &[String]) -> ExitStatus {
    let is_open = |drill: &Drill| match &drill.outcome {
        Outcome::NotShown(_) | Outcome::NoPlay => true,
        Outcome::NotArmed => asked.iter().any(|name| name == drill.control),
        Outcome::Passed | Outcome::Failed(_) => false,
    };
    if drills.iter().any(|drill| matches!(drill.outcome, Outcome::Failed(_))) {
        ExitStatus::NoGo
    } else if drills.iter().any(is_open) || !drills.iter().any(Drill::passed) {
        ExitStatus::Insufficient
    } else {
        ExitStatus::Go
    }
}
