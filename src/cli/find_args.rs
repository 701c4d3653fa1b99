use clap::Args;
use std::path::PathBuf;

/// Show how a finished run stood after an entry of its journal.
///
/// Positions, money, open orders with what the bot knew of each, gates that were tripped and the wire, all read from the journal. An audit's
/// findings name entries by the numbers that --until takes.
#[derive(Debug, Args)]
pub struct ReplayRun {
    /// Folder of a finished run
    pub run: PathBuf,
    /// Number of the entry, from 0; without it the last one
    #[arg(long, value_name = "ENTRY")]
    pub until: Option<u64>,
    /// The last entry at or before this instant instead: a span after the start, as in `90s`, or UTC
    #[arg(long, value_name = "INSTANT", conflicts_with = "until")]
    pub at: Option<String>,
    /// Fill preset of the lane; without it the scenario's own
    #[arg(long, value_name = "PRESET")]
    pub lane: Option<String>,
    /// Show so many entries up to there
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub last: u32,
    /// The run's tape, where it has been moved; for several tapes given several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Reduce a run that fails to the smallest scenario that still fails the same way.
///
/// What fired on its wires is written down as a script, so that nothing there is left to chance; then whatever can go goes, as long as the same
/// invariant or control is the first that the audit finds broken, or the same thing stands against GO: time, families of faults, single
/// faults, disturbances, commands, events, markets. Exits with 2 when the run does not fail.
#[derive(Debug, Args)]
pub struct ShrinkRun {
    /// Folder of a finished run
    pub run: PathBuf,
    /// Scenario to write
    #[arg(long, short, value_name = "SCENARIO.toml")]
    pub out: PathBuf,
    /// Shrink by this control, alert or invariant, whatever else is broken; without it by what was broken first
    #[arg(long = "by", value_name = "NAME")]
    pub by: Option<String>,
    /// Most runs to try
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(3..=100_000))]
    pub runs: u32,
    /// The run's tape, where it has been moved; for several tapes given several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Replace an existing scenario
    #[arg(long)]
    pub force: bool,
}
