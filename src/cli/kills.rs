use super::args::Drill as Arguments;
use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use crate::scenario::{FOLLOWED, Kill, KillFigures, KillPlan, KillsError, RunError, Times, Trial, kills};
use crate::units::{Span, Timestamp};

/// Kills the bot at random moments.
pub fn kill(arguments: &Arguments, trial: &Trial, count: u32) -> Result<ExitStatus, Failure> {
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
    Ok(match (figures.passed(), figures.is_complete(plan.flatten)) {
        (false, _) => ExitStatus::NoGo,
        (true, false) => ExitStatus::Insufficient,
        (true, true) => ExitStatus::Go,
    })
}

/// A drill that could not be held, as the program ends with it.
pub fn kills_failure(error: KillsError) -> Failure {
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
