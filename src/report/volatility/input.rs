use crate::metrics::BelievedRun;
use crate::readiness::{Track, VolatilityResult, VolatilityRun};
use crate::report::input::{Assumption, BotFacts, OptionRow, ScenarioFacts};
use crate::score::Score;
use crate::units::Timestamp;
use serde::Serialize;

/// Everything a report on violent markets says. Whoever ran the runs fills it.
#[derive(Debug, Clone, PartialEq)]
pub struct VolatilityInput<'a> {
    /// What was run.
    pub scenario: ScenarioFacts,
    /// Names scenario, markets, seeds and semantics.
    pub run_id: String,
    /// Digest over all runs, hex.
    pub digest: String,
    /// Program and version: `seatrial 0.1.0`.
    pub program: String,
    /// Build of the program.
    pub build_id: String,
    /// Hand-raised number of the program's behaviour.
    pub semantics: u32,
    /// What was on trial.
    pub bot: BotFacts,
    /// The market it was tried on.
    pub market: MarketFacts,
    /// Regimes of volatility in their order: name, and by how much each multiplies the market's volatility, in words.
    pub regimes: Vec<(String, String)>,
    /// Severities in their order; 1 is as strong as the shock's anchor was.
    pub severities: Vec<f64>,
    /// Seeds of each regime, shock and severity.
    pub seeds: u64,
    /// The shocks in their order.
    pub shocks: Vec<ShockFacts>,
    /// All runs.
    pub runs: &'a [VolatilityRun],
    /// For each shock a run in full.
    pub tracks: &'a [Track],
    /// How far tapes are off on the markets of some of the runs; empty where nobody has compared.
    pub believability: &'a [BelievedRun],
    /// What the runs come to.
    pub result: &'a VolatilityResult,
    /// How real the market looks without shocks; none where that was not scored.
    pub score: Option<&'a Score>,
    /// How fills were judged, in a sentence.
    pub fill_words: String,
    /// What was configured and not observed.
    pub assumptions: Vec<Assumption>,
    /// What these runs say nothing about.
    pub not_shown: Vec<String>,
    /// Every resolved option.
    pub options: Vec<OptionRow>,
    /// Commands that repeat the runs, one a line.
    pub rerun: Vec<String>,
    /// Folder the report is written to, for people at a prompt; empty where it is not written.
    pub folder: String,
}

/// The market of all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketFacts {
    /// Name of the model.
    pub model: String,
    /// Symbol of the instrument.
    pub symbol: String,
    /// What is traded.
    pub base: String,
    /// What it is paid in; all money is in it.
    pub quote: String,
    /// First venue time of every run.
    pub start: Timestamp,
}

/// One shock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShockFacts {
    /// Its name, as runs give it.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// The day in the past it was measured on, or `synthetic`.
    pub anchor: String,
    /// Where its numbers come from.
    pub source: String,
}
