use crate::readiness::{StabilityEvidence, StabilityResult};
use crate::report::input::{Assumption, BotFacts, OptionRow, ScenarioFacts};
use crate::report::volatility::MarketFacts;
use crate::units::Span;
use serde::Serialize;

/// Everything a report on stability says. Whoever ran the runs fills it.
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityInput<'a> {
    /// What was run.
    pub scenario: ScenarioFacts,
    /// Names scenario, market, seed and semantics.
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
    /// First and last seed.
    pub seeds: (u64, u64),
    /// How long the bot as it is ran.
    pub length: Span,
    /// How long a run was in which something was moved.
    pub period: Span,
    /// How many runs there were.
    pub runs: usize,
    /// The measure of the report.
    pub measure: String,
    /// Figures by setting and seed.
    pub evidence: &'a StabilityEvidence,
    /// What they come to.
    pub result: &'a StabilityResult,
    /// Runs that were made again.
    pub proofs: ProofFacts,
    /// Runs whose audit found something: what was moved, seed, and what was found first.
    pub findings: Vec<(String, u64, String)>,
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

/// Runs that were made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofFacts {
    /// Which run, in words.
    pub run: String,
    /// Its digest.
    pub digest: String,
    /// The same again.
    pub determinism: Vec<ProofRow>,
    /// Stopped and gone on with.
    pub resume: Vec<ProofRow>,
    /// Why it was not stopped; empty where it was.
    pub no_resume_because: String,
}

/// A run that was made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofRow {
    /// How.
    pub how: String,
    /// Digest of what happened then.
    pub digest: String,
    /// It is that of the run before.
    pub is_same: bool,
}
