use crate::scenario::{CostMethod, Daily, LaneChoice, Policy, TimeOfDay};
use crate::units::Money;
use clap::{Args, Subcommand, ValueEnum};
use std::num::NonZero;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Hold the bot's account, the ledger and the venue's account against each other, entry by entry
    Reconcile(Reconcile),
    /// Check every record of the ledger: it balances, and its hash covers all before; or a copy against the run
    Verify(VerifyLedger),
    /// Print the ledger, a line a record, each with the hash that ties it to the one before
    Export(ExportLedger),
    /// State the account day by day
    Statement(StatementOf),
    /// Say what a daily reinvestment would have moved between bots, each of them a finished run
    Reinvest(Reinvest),
}

/// Where a run is.
#[derive(Debug, Args)]
pub struct RunFolder {
    /// Folder of a finished run
    pub run: PathBuf,
    #[command(flatten)]
    pub moved: Moved,
}

#[derive(Debug, Args)]
pub struct Moved {
    /// The run's tape, where it has been moved and an opening position has no price of its own; for several tapes given
    /// several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
}

/// Hold the bot's account, the ledger and the venue's account against each other, entry by entry.
///
/// Position, cash, fees and realised - basis after every fill, position and equity at every mark and at the end, in every lane.
/// Exit code 1 when anything differs, with the entry that made the first difference; 3 when a journal cannot be read.
#[derive(Debug, Args)]
pub struct Reconcile {
    #[command(flatten)]
    pub of: RunFolder,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Check every record of the ledger: it balances, and its hash covers all before; or a copy against the run.
///
/// Exit code 1 when the copy differs, with its first bad line.
#[derive(Debug, Args)]
pub struct VerifyLedger {
    #[command(flatten)]
    pub of: RunFolder,
    /// A file that `ledger export` made, to be held against the run
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub copy: Option<PathBuf>,
    #[command(flatten)]
    pub which: Which,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExportLedger {
    #[command(flatten)]
    pub of: RunFolder,
    #[command(flatten)]
    pub which: Which,
}

/// Which of a run's ledgers.
#[derive(Debug, Args)]
pub struct Which {
    /// Lane, by the name of its fill preset [default: the scenario's own]
    #[arg(long, value_name = "NAME")]
    pub lane: Option<String>,
    /// Symbol of the market [default: the first]
    #[arg(long, value_name = "SYMBOL")]
    pub market: Option<String>,
}

#[derive(Debug, Args)]
pub struct StatementOf {
    #[command(flatten)]
    pub of: RunFolder,
    #[command(flatten)]
    pub days: Days,
    /// When a day ends, UTC; what happens in that very instant belongs to it
    #[arg(long, value_name = "HH:MM", default_value = "00:00")]
    pub at: TimeOfDay,
    /// Print one JSON object
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub csv: bool,
}

/// How days are stated.
#[derive(Debug, Args)]
pub struct Days {
    /// Lane, by the name of its fill preset [default: the scenario's own]
    #[arg(long, value_name = "NAME")]
    pub lane: Option<String>,
    /// How closes are held against what was bought before
    #[arg(long, value_enum, default_value = "average")]
    pub method: MethodName,
}

/// A cost method by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    /// Every step of the position cost the same
    Average,
    /// The oldest steps are closed first
    Fifo,
    /// The newest steps are closed first
    Lifo,
}

/// Say what a daily reinvestment would have moved between bots, each of them a finished run.
///
/// Every day is decided on its own results; nothing is written, and no run is changed by what an earlier day would have moved.
#[derive(Debug, Args)]
pub struct Reinvest {
    /// Folders of finished runs: the bots, named after them
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    #[command(flatten)]
    pub days: Days,
    /// When the day ends and money moves, UTC
    #[arg(long, value_name = "HH:MM", default_value = "02:00")]
    pub at: TimeOfDay,
    /// Least profit of all bots together that is moved, in quote
    #[arg(long, value_name = "AMOUNT", default_value = "500", value_parser = amount)]
    pub threshold: Money,
    /// Most bots that receive
    #[arg(long, value_name = "N", default_value = "3")]
    pub top: NonZero<u32>,
    /// Share of the profit that is moved
    #[arg(long, value_name = "PERCENT", default_value = "80", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub percent: u8,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

fn amount(text: &str) -> Result<Money, String> {
    Money::parse(text).map_err(|error| error.to_string())
}

impl From<MethodName> for CostMethod {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::Average => Self::Average,
            MethodName::Fifo => Self::Fifo,
            MethodName::Lifo => Self::Lifo,
        }
    }
}

impl Days {
    pub fn choice(&self) -> LaneChoice<'_> {
        lane(self.lane.as_deref())
    }

    pub fn ending(&self, day_ends: TimeOfDay) -> Daily {
        Daily { method: self.method.into(), day_ends }
    }
}

impl Which {
    pub fn choice(&self) -> (LaneChoice<'_>, Option<&str>) {
        (lane(self.lane.as_deref()), self.market.as_deref())
    }
}

impl Reinvest {
    pub const fn policy(&self) -> Policy {
        Policy { threshold: self.threshold, top: self.top.get(), percent: self.percent }
    }
}

fn lane(name: Option<&str>) -> LaneChoice<'_> {
    name.map_or(LaneChoice::Own, LaneChoice::Named)
}
