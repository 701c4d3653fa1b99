//! Running a finished run again, where its journals were not kept whole.

use super::closed::is_closed;
use super::execute::{LaneRun, RunError, execute};
use super::file::ScenarioFile;
use super::load::{Overrides, Scenario};
use super::manifest::Manifest;
use super::market::{FoundMarket, MarketPlan, open_markets, rows_within};
use super::problem::Problems;
use super::registry::Registry;
use super::remix;
use super::trial::Trial;
use crate::metrics::Summary;
use crate::tape::TapeError;
use std::path::{Path, PathBuf};

/// The resolved scenario in the folder of a run: every value that was in force, so that the run can be had again.
pub const SCENARIO: &str = "scenario.toml";

/// What a run can be had again with.
#[derive(Clone, Copy)]
pub struct Replay<'a> {
    /// The strategies.
    pub registry: &'a Registry,
    /// The tapes, where they are not where the scenario has them.
    pub tapes: &'a [PathBuf],
}

/// A scenario that does not come to a trial.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A market cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The scenario does not fit its markets.
    #[error("{0}")]
    Scenario(#[from] Problems),
}

/// A run that could not be had again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The scenario does not come to a trial.
    #[error("{0}; give the tape with --tape if it was moved")]
    Bind(#[from] BindError),
    /// The run did not come to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Other inputs than those of the run.
    #[error(
        "the scenario and tapes found here make the run {found}, expected {expected} as in the manifest; give the tape with --tape"
    )]
    Other {
        /// Run id of what is here.
        found: String,
        /// Run id in the manifest.
        expected: String,
    },
    /// The same inputs led elsewhere.
    #[error(
        "lane {preset}: the run ended with digest {found}, expected {expected} as in the manifest; use the seatrial that made the run"
    )]
    Diverged {
        /// Name of the lane's fill preset.
        preset: String,
        /// Digest now.
        found: String,
        /// Digest in the manifest.
        expected: String,
    },
}

impl From<Problems> for ReplayError {
    fn from(problems: Problems) -> Self {
        Self::Bind(BindError::Scenario(problems))
    }
}

/// Binds a scenario to its markets; `run.duration` becomes a number of rows.
///
/// # Errors
/// [`BindError`] when a market cannot be read, or the scenario does not fit it.
pub fn bind(scenario: &Scenario, registry: &Registry) -> Result<Trial, BindError> {
    let mut markets = open_markets(scenario)?;
    let run = &scenario.file.run;
    // In the closed loop nobody knows beforehand how many rows there will be: the market itself ends then.
    let is_closed = is_closed(&scenario.file);
    let within =
        run.duration.filter(|_| !is_closed).map(|duration| rows_within(&mut markets, duration.0)).transpose()?;
    let max_rows = [run.max_rows, within].into_iter().flatten().min();
    let plans = scenario.markets();
    // Whoever of several bots is on trial: all of them open as they do in every other run.
    let bots: Vec<Vec<MarketPlan>> = scenario.bots().iter().map(|bot| bot.markets()).collect();
    let of_all = |place: usize| bots.iter().chain([&plans]).map(|plans| plans[place].clone()).collect::<Vec<_>>();
    let found = markets.iter_mut().enumerate();
    let found = found.map(|(place, market)| FoundMarket::opened_by(&of_all(place), market.as_mut()));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(Trial::bind(scenario, registry, &found, max_rows)?)
}

impl Scenario {
    /// The scenario with every value that is in force, as TOML; reading it again gives the same trial.
    ///
    /// # Panics
    /// Never: a scenario that was read from TOML can be written as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        Self::text(self.file.clone(), &self.name)
    }

    /// As [`to_toml`](Self::to_toml), to be read from `folder`: its tapes are named as seen from there.
    #[must_use]
    pub fn to_toml_in(&self, folder: &Path) -> String {
        let file = self.with_tapes(|file| seen_from(folder, file).or_else(|| absolute(file)));
        Self::text(file, &self.name)
    }

    /// The same under another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { file: ScenarioFile { seed, ..self.file.clone() }, ..self.clone() }
    }

    /// The same with its tapes named from the root, to be read from anywhere.
    #[must_use]
    pub fn from_root(&self) -> Self {
        Self { file: self.with_tapes(absolute), ..self.clone() }
    }

    /// Names tapes anew that are named as seen from somewhere. A tape with a place of its own keeps it, wherever the scenario
    /// goes.
    fn with_tapes(&self, name: impl Fn(&Path) -> Option<String>) -> ScenarioFile {
        let mut file = self.file.clone();
        let rename = |key: &str, tape: &mut Option<String>| {
            if let Some(tape) = tape.as_mut().filter(|tape| Path::new(tape).is_relative()) {
                // The last resort is a name without meaning there: `--tape` has to find that one.
                *tape = name(&self.path_at(key, tape)).unwrap_or_else(|| tape.clone());
            }
        };
        rename("market.tape", &mut file.market.tape);
        for (index, market) in file.markets.iter_mut().enumerate() {
            rename(&format!("markets[{index}].tape"), &mut market.tape);
        }
        for (key, remix) in remix::all(&mut file) {
            let mut tape = Some(std::mem::take(&mut remix.tape));
            rename(&format!("{key}.tape"), &mut tape);
            remix.tape = tape.unwrap_or_default();
        }
        file
    }

    fn text(mut file: ScenarioFile, name: &str) -> String {
        file.name = Some(name.to_owned());
        toml::to_string(&file).unwrap_or_else(|error| panic!("the scenario `{name}` has no TOML: {error}"))
    }
}

/// The way from a folder, which need not be there yet, to a file; `None` when there is none that can be written down.
fn seen_from(folder: &Path, file: &Path) -> Option<String> {
    let folder = std::path::absolute(folder).ok()?;
    // The folder and some around it may not be there yet.
    let there = folder.ancestors().skip(1).find(|around| around.is_dir())?;
    let (from, file) = (there.canonicalize().ok()?.join(folder.strip_prefix(there).ok()?), file.canonicalize().ok()?);
    let shared = from.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| "..");
    let down = file.components().skip(shared).map(|component| component.as_os_str().to_str());
    let steps = up.map(Some).chain(down).collect::<Option<Vec<&str>>>()?;
    Some(steps.join("/"))
}

/// The file's name from the root; `None` when it cannot be written down.
fn absolute(file: &Path) -> Option<String> {
    std::path::absolute(file).ok()?.to_str().map(str::to_owned)
}

/// The tapes, where they are not where the scenario has them.
pub(super) fn overrides(with: Replay<'_>) -> Overrides {
    Overrides { tapes: with.tapes.to_vec(), ..Overrides::default() }
}

/// Runs the run in `folder` again and returns its figures, once every lane has ended with the digest in the manifest.
///
/// # Errors
/// [`ReplayError`] when it cannot be run, or ends elsewhere.
pub(super) fn replay(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<Vec<Summary>, ReplayError> {
    let scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry)?;
    let trial = bind(&scenario, with.registry)?;
    if trial.run_id != manifest.run_id {
        return Err(ReplayError::Other { found: trial.run_id, expected: manifest.run_id.clone() });
    }
    let executed = execute(&trial, None, &mut |_| {})?;
    for (lane, record) in executed.lanes.iter().zip(&manifest.lanes) {
        same_end(lane, &record.preset, &record.digest.to_string())?;
    }
    Ok(executed.lanes.into_iter().map(|lane| lane.summary).collect())
}

fn same_end(lane: &LaneRun, preset: &str, expected: &str) -> Result<(), ReplayError> {
    let found = lane.journal.digest.to_string();
    if lane.preset == preset && found == expected {
        return Ok(());
    }
    Err(ReplayError::Diverged { preset: preset.to_owned(), found, expected: expected.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beyond the largest seed the markets' seeds begin anew, and every value is still named and written.
    #[test]
    fn the_largest_seed_is_written_and_read() {
        let text = "mode = \"paper\"\nseed = 9223372036854775807\n[[markets]]\n[[markets]]\n";
        let read =
            |text: &str| Scenario::parse("a.toml", text, None, &Overrides::default(), &Registry::builtin()).unwrap();
        let scenario = read(text);
        let seeds = scenario.file.markets.iter().map(|market| market.seed.unwrap());
        assert_eq!(seeds.collect::<Vec<_>>(), [i64::MAX as u64, 0]);
        let values = |scenario: &Scenario| crate::scenario::canonical(&scenario.settings());
        assert!(values(&scenario).contains("seed = 9223372036854775807\n"), "{}", values(&scenario));
        assert_eq!(values(&read(&scenario.to_toml())), values(&scenario));
    }

    /// A tape is named as seen from the folder; where there is no such way, from the root, and never as seen from elsewhere.
    #[test]
    fn a_tape_is_found_from_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        std::fs::create_dir(home.join("tapes")).unwrap();
        std::fs::write(home.join("tapes/a.tape"), "").unwrap();
        let text = "mode = \"paper\"\nmarket.tape = \"tapes/a.tape\"\n";
        let origin = home.join("a.toml");
        let scenario = Scenario::parse("a.toml", text, Some(&origin), &Overrides::default(), &Registry::builtin());
        let scenario = scenario.unwrap();
        let tape = |folder: &str| {
            let file: ScenarioFile = toml::from_str(&scenario.to_toml_in(&home.join(folder))).unwrap();
            file.market.tape.unwrap()
        };
        assert_eq!(tape("out"), "../tapes/a.tape");
        assert_eq!(tape("not/there/yet/out"), "../../../../tapes/a.tape");
        std::fs::remove_file(home.join("tapes/a.tape")).unwrap();
        assert_eq!(tape("out"), home.join("tapes/a.tape").to_str().unwrap());
    }
}
