use clap::Args;
use std::path::PathBuf;

/// Compare a candidate with a base, or a run with the log of a real session.
///
/// BASE CANDIDATE: two finished runs, or two folders of `run --seeds`, side by side: what was tried, metrics, criteria, controls. Exits with 0
/// when nothing is worse than is allowed, 1 when something is, 4 when they were not tried on the same or a limit could not be judged.
///
/// RUN --fills LOG.csv: the orders and fills of a paper or live session of the same hours against the run: the gap by cause, and which fill
/// preset comes closest. docs/compare.md has the columns and the formulas.
#[derive(Debug, Args)]
pub struct Compare {
    /// Folder of a finished run: the base, or with --fills the simulation
    #[arg(value_name = "BASE")]
    pub base: PathBuf,
    /// Folder of another finished run
    #[arg(required_unless_present = "fills", conflicts_with = "fills")]
    pub candidate: Option<PathBuf>,
    /// How much worse than the base's a metric may be, in its unit or in percent, as in `--regression profit=5%`
    #[arg(long = "regression", value_name = "METRIC=AMOUNT", conflicts_with = "fills")]
    pub regressions: Vec<String>,
    /// The same from a file: `[regression]` with `metric = "amount"` a line; --regression wins
    #[arg(long, value_name = "FILE", conflicts_with = "fills")]
    pub thresholds: Option<PathBuf>,
    /// Compare although the two were not tried on the same
    #[arg(long, conflicts_with = "fills")]
    pub unlike: bool,
    /// Log of the orders and fills of a real session, CSV: set it against the run BASE
    #[arg(long, value_name = "LOG.csv")]
    pub fills: Option<PathBuf>,
    /// With --fills: what the log's columns, times and words are (TOML)
    #[arg(long, value_name = "FILE", requires = "fills")]
    pub map: Option<PathBuf>,
    /// With --fills: name of a column, as in `--column client_order_id=clientOrderId`; wins over --map
    #[arg(long = "column", value_name = "NAME=COLUMN", requires = "fills")]
    pub columns: Vec<String>,
    /// With --fills: orders without a common number are matched within this time
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub within: String,
    /// The runs' tape, where journals were not kept whole; for several tapes given several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Print one JSON object in place of the tables
    #[arg(long)]
    pub json: bool,
    /// New folder for compare.html, compare.md, compare.json and compare.xml (JUnit)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an existing folder of results
    #[arg(long, requires = "out")]
    pub force: bool,
}
