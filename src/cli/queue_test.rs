use super::args::QueueTestArgs;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::synth::{length, model_of};
use crate::scenario::{ModelErrors, PROBE_FOLLOWED, QueueTest, day_start, queue_test};
use crate::synth::FlowRecipe;
use crate::units::Timestamp;

/// Prints how far each queue model is off the true queue of a generated market.
pub fn test_queues(arguments: &QueueTestArgs) -> Result<ExitStatus, Failure> {
    let recipe = FlowRecipe {
        model: model_of(arguments.model.as_deref(), arguments.preset.as_deref(), &arguments.set)?,
        shocks: Vec::new(),
        start_at: day_start(&arguments.start).map_err(|error| Failure::usage(format!("--start: {error}")))?,
        duration: length(&arguments.days)?,
        seed: arguments.seed,
    };
    recipe.check_span().map_err(Failure::usage)?;
    let start = recipe.start_at;
    let bar = progress_bar(recipe.duration.nanos().unsigned_abs(), "queue test");
    let mut passed = |at: Timestamp| bar.set_position(at.since(start).nanos().unsigned_abs());
    let tested = queue_test(recipe, &mut passed);
    bar.finish_and_clear();
    let tested = tested.map_err(Failure::usage)?;
    if arguments.json {
        let object = serde_json::to_string_pretty(&tested).map_err(|error| Failure::write(error.to_string()))?;
        print(&format!("{object}\n"))?;
    } else {
        print(&text(&tested))?;
    }
    Ok(ExitStatus::Go)
}

fn text(tested: &QueueTest) -> String {
    let head = ["model", "filled", "false", "missed", "ahead, mean", "median", "time, mean", "median"];
    let rows: Vec<Vec<String>> = tested.models.iter().map(row).collect();
    let (probes, filled) = (tested.probes, percent(tested.filled_permille));
    format!(
        "{probes} probes followed for {PROBE_FOLLOWED}; the true queue filled {filled}\n\n{}\nahead: estimate less truth, of what was ahead at first; time: fill less true fill\n",
        grid(&head, &[1, 2, 3, 4, 5, 6, 7], &rows)
    )
}

fn row(errors: &ModelErrors) -> Vec<String> {
    let [ahead_mean, ahead_median] = errors.ahead_error_permille.map(|error| error.map_or("-".to_owned(), percent));
    let milliseconds = |error: i64| format!("{error} ms");
    let [time_mean, time_median] = errors.time_error_ms.map(|error| error.map_or("-".to_owned(), milliseconds));
    vec![
        errors.model.clone(),
        percent(errors.filled_permille),
        errors.false_fills.to_string(),
        errors.missed_fills.to_string(),
        ahead_mean,
        ahead_median,
        time_mean,
        time_median,
    ]
}

fn percent(permille: i64) -> String {
    let sign = if permille < 0 { "-" } else { "" };
    format!("{sign}{}.{} %", permille.abs() / 10, permille.abs() % 10)
}
