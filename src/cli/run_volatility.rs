use super::args::Run;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use crate::readiness::judge_volatility;
use crate::scenario::{Registry, Scenario, run_volatility as run_all};

/// Runs a bot over many violent markets and judges all of them together.
pub fn run_volatility(arguments: &Run, scenario: &Scenario, registry: &Registry) -> Result<ExitStatus, Failure> {
    let Some(volatility) = &scenario.file.volatility else { return Err(Failure::usage("no `[volatility]`")) };
    let bar = progress_bar(volatility.cells(scenario.file.seed).len() as u64, &scenario.name);
    let runs = run_all(scenario, registry, &|| bar.inc(1));
    bar.finish_and_clear();
    let runs = runs.map_err(|error| Failure::data(error.to_string()))?;
    let result = judge_volatility(&volatility.criteria, &runs.runs, "");
    let _ = arguments;
    print(&format!("{}\n", serde_json::to_string_pretty(&(&runs.runs, &result)).unwrap_or_default()))?;
    Ok(result.verdict.into())
}
