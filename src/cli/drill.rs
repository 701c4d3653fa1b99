use super::args::Drill as Arguments;
use super::console::{print, say, stderr_colour};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::run::bind;
use crate::scenario::drill::{Drill, Outcome, Rig, control_names, drill as play, drill_table, write_journals};
use crate::scenario::{
    Existing, FOLLOWED, Kill, KillFigures, KillPlan, KillsError, Overrides, Registry, RunError, RunFolder, Scenario,
    Times, Trial, closest, gates_hash, kills,
};
use crate::units::{Span, Timestamp};
use std::path::Path;

/// Drills the controls of a scenario.
pub fn drill(arguments: &Arguments, registry: &Registry) -> Result<ExitStatus, Failure> {
    let names = names(arguments)?;
    let trial = bind(&load(arguments, registry)?, registry)?;
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

/// Kills the bot at random moments.
fn kill(arguments: &Arguments, trial: &Trial, count: u32) -> Result<ExitStatus, Failure> {
    let plan = KillPlan { count, seed: arguments.seed.unwrap_or(trial.scenario.file.seed), flatten: arguments.flatten };
    let kills = kills(trial, &plan).map_err(kills_failure)?;
    let figures = KillFigures::of(&kills);
    if arguments.json {
        let object =
            serde_json::json!({ "seed": plan.seed, "flatten": plan.flatten, "figures": figures, "kills": kills });
        print(&format!("{object}\n"))?;
    } else {
        print(&kills_text(trial, &plan, &kills, &figures))?;
    }
    Ok(if figures.passed() { ExitStatus::Go } else { ExitStatus::NoGo })
}

fn kills_failure(error: KillsError) -> Failure {
    match error {
        KillsError::Tape(error) => error.into(),
        KillsError::Engine(error) => RunError::from(error).into(),
        other => Failure::usage(other.to_string()),
    }
}

fn kills_text(trial: &Trial, plan: &KillPlan, kills: &[Kill], figures: &KillFigures) -> String {
    let KillFigures { added_risk, demanded, confirmed, on_their_way, cancelled, held, flat, .. } = figures;
    let span = |nanos: i64| Span::from_nanos(nanos);
    let times =
        |times: &Times| format!("p50 {}, p99 {}, max {}", span(times.p50_ns), span(times.p99_ns), span(times.max_ns));
    let mut text = format!(
        "{} killed {} times at random moments (seed {}), each followed for {FOLLOWED}\n\
         orders sent after a kill that add risk: {added_risk}\n\
         cancels demanded: {demanded}, confirmed {confirmed}; orders on their way at a kill: {on_their_way}\n",
        trial.strategy.name, figures.kills, plan.seed,
    );
    if cancelled.count > 0 {
        let (count, times) = (cancelled.count, times(cancelled));
        text.push_str(&format!("last cancel confirmed after: {times} ({count} kills had orders to cancel)\n"));
    }
    if plan.flatten {
        text.push_str(&format!("held something: {held} kills, of which {} ended flat", flat.count));
        text.push_str(&if flat.count > 0 { format!(": {}\n", times(flat)) } else { "\n".to_owned() });
    }
    for kill in kills.iter().filter(|kill| !kill.finding.is_empty()).take(FINDINGS) {
        text.push_str(&format!("kill at {}: {}\n", Timestamp::from_nanos(kill.at_ns), kill.finding));
    }
    text
}

/// Findings that are printed.
const FINDINGS: usize = 10;

/// The controls asked for; a name that no gate has is an error.
fn names(arguments: &Arguments) -> Result<Vec<&str>, Failure> {
    let known = control_names();
    if arguments.names.is_empty() {
        return Ok(known);
    }
    for name in &arguments.names {
        if !known.contains(&name.as_str()) {
            let names: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
            let hint = closest(name, &names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::usage(format!(
                "`{name}`: no such control; expected one of {}{hint}",
                known.join(", ")
            )));
        }
    }
    Ok(arguments.names.iter().map(String::as_str).collect())
}

fn load(arguments: &Arguments, registry: &Registry) -> Result<Scenario, Failure> {
    let overrides =
        Overrides { set: arguments.overrides.clone(), tapes: arguments.tapes.clone(), ..Overrides::default() };
    let scenario = match &arguments.scenario {
        Some(path) => Scenario::load(path, &overrides, registry),
        None => Scenario::builtin(&overrides, registry),
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
