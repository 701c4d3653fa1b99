use super::compare_args::Compare;
use super::find_args::{ReplayRun, ShrinkRun};
use super::ledger_args::Ledger;
use crate::ingest::{Format, Product};
use crate::synth::{FAMILIES, Multiple, PRESETS};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit codes:
    0  GO (or done)
    1  NO-GO (or a difference found)
    2  usage or scenario error
    3  data unfit or unreadable
    4  INSUFFICIENT EVIDENCE
    5  could not write results
  101  a bug in seatrial

Results go to stdout, talk goes to stderr.";

/// The sea trial of a trading bot: market data in, a verdict out.
///
/// Replays recorded or generated market data through a bot's strategy, its safety gates and a matching venue, and ends in
/// GO, NO-GO or INSUFFICIENT EVIDENCE with a report. Everything is paper: there is no code path to a real venue.
#[derive(Debug, Parser)]
#[command(name = "seatrial", version, after_help = AFTER_HELP, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario and judge it
    Run(Run),
    /// Import, look at, check and export tapes
    #[command(subcommand)]
    Tape(Tape),
    /// Render the report of a finished run again, from its journal
    Report(OneRun),
    /// Check a finished run: hashes, journal chain, and that metrics and verdict follow from the journal
    Verify(VerifyRun),
    /// Audit a finished run: what each safety control had to do and did, recomputed from journal and tape
    Audit(AuditRun),
    /// The ledger of finished runs: reconciled, checked, exported, as daily statements
    #[command(subcommand)]
    Ledger(Ledger),
    /// Compare two finished runs: the first entry and field in which they differ
    Diff(Diff),
    /// Compare a candidate with a base, or a run with the log of a real session
    Compare(Compare),
    /// Show how a finished run stood after an entry of its journal: positions, orders, gates, the wire
    Replay(ReplayRun),
    /// Reduce a run that fails to the smallest scenario that still fails the same way
    Shrink(ShrinkRun),
    /// Print the catalogue of gates
    #[command(subcommand)]
    Gates(Gates),
    /// Print the catalogue of violent markets, and measure what they do
    #[command(subcommand)]
    Shocks(Shocks),
    /// Print what can go wrong on the wire between bot and venue, and how venues show it
    #[command(subcommand)]
    Faults(Faults),
    /// Print the catalogue of alerts
    #[command(subcommand)]
    Alerts(Alerts),
    /// Show that controls act over their limits and hold still within them
    Drill(Drill),
    /// Break each control in every way it can be broken, and require the audit to notice
    Prove(Prove),
    /// Write, check and describe scenario files
    #[command(subcommand)]
    Scenario(Scenario),
}

/// Run a scenario and judge it.
///
/// Without SCENARIO the built-in one runs: three simulated days, the default market maker, all gates armed.
#[derive(Debug, Clone, Args, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Scenario file
    pub scenario: Option<PathBuf>,
    /// Replay this tape instead of the scenario's market; given several times, one run merges the tapes, in this order
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Seed of every random stream
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run every one of these seeds, as in `1..200`, and judge all together
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<String>,
    /// With --seeds, or of a scenario with `[stability]`: so many at once [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Override a value: dotted key and TOML value, as in `--set bot.strategy=do-nothing`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Folder for the results [default: reports/<scenario>-<run id>]
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an existing folder of results
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    pub json: bool,
    /// Run the scenario's fill preset alone, without the other two beside it
    #[arg(long)]
    pub no_band: bool,
    /// Use the scenario's short cut for continuous integration
    #[arg(long)]
    pub ci: bool,
    /// Run three times more, twice inside a pool of two threads, and fail when the digest of a simulated hour differs
    #[arg(long)]
    pub check_determinism: bool,
    /// Do not drill the mandatory controls that the run does not exercise
    #[arg(long)]
    pub no_drills: bool,
    /// Kill the bot at so many random moments, each in a run of its own, and state what followed in the report
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub kills: Option<u32>,
    /// Let each of those kills flatten as well
    #[arg(long, requires = "kills")]
    pub flatten: bool,
    /// Do not audit the run at its end: what the controls had to do stays unknown, and the verdict is not GO
    #[arg(long)]
    pub no_audit: bool,
    /// Print every resolved value and where it comes from, then stop
    #[arg(long)]
    pub print_config: bool,
    /// Keep what it takes to go on, after every so much simulated time, as in `1h`: a run that is stopped can be resumed
    #[arg(long, value_name = "TIME", conflicts_with_all = ["seeds", "print_config"])]
    pub checkpoint_every: Option<String>,
    /// Go on with a run that was stopped: FOLDER is where its results were to be. Everything else is as it was begun
    #[arg(long, value_name = "FOLDER", conflicts_with_all = [
        "scenario", "tapes", "seed", "seeds", "overrides", "out", "force", "no_band", "ci", "check_determinism", "no_drills", "kills",
        "no_audit", "print_config", "checkpoint_every",
    ])]
    pub resume: Option<PathBuf>,
}

/// Show that controls act over their limits and hold still within them.
///
/// For each control a staged run that must make it act and a twin just inside the limit in which it must not, both through the
/// scenario's own gates, on its instrument, with real matching. Exits with 0 when every control passed, 1 when one did not, 4
/// when one could not be shown.
#[derive(Debug, Args)]
pub struct Drill {
    /// Controls to drill; without any, all that the scenario arms
    pub names: Vec<String>,
    /// Drill every control in the catalogue
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Whose limits and instrument
    #[command(flatten)]
    pub of: Rigging,
    /// Print stage and script of every run in place of the table
    #[arg(long)]
    pub print: bool,
    /// Print one JSON object in place of the table
    #[arg(long, conflicts_with = "print")]
    pub json: bool,
    /// New folder for the journals of all runs
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Kill the scenario's own bot on its own market at so many random moments instead
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000), conflicts_with_all = ["names", "all", "print", "out"])]
    pub kills: Option<u32>,
    /// With --kills: bring the position to nothing as well
    #[arg(long, requires = "kills")]
    pub flatten: bool,
    /// With --kills: seed of the moments; without it the scenario's
    #[arg(long, requires = "kills")]
    pub seed: Option<u64>,
}

/// Whose limits are on trial, and on which instrument.
#[derive(Debug, Args)]
pub struct Rigging {
    /// Scenario file; without one the built-in scenario
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// The scenario's tape, in place of its market
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Override a value: dotted key and TOML value, as in `--set gates.order_value.max=500`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// Break each control in every way it can be broken, and require the audit to notice.
///
/// The gate itself is broken: it never fires, takes another unit, forgets at a restart. It is played through the scenes of its
/// drill with real matching, and the audit of the journal has to name it, and no other. The control as it is has to come out
/// clean. Limits are the scenario's; a control that it does not arm has its defaults. Exits with 1 when the audit does not notice, 4 when a
/// control that was asked for could not be tried, or a defect left no trace in any scene.
#[derive(Debug, Args)]
pub struct Prove {
    /// Controls to break; without any, all that the audit knows
    #[arg(value_name = "CONTROL")]
    pub names: Vec<String>,
    /// Whose limits and instrument
    #[command(flatten)]
    pub of: Rigging,
    /// Print one JSON object in place of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Tape {
    /// Turn vendor files into a tape
    Import(Import),
    /// Write a market that never was to a tape
    Synth(Synth),
    /// How far each queue model is off the true queue of a generated market
    QueueTest(QueueTestArgs),
    /// Print what a tape says about itself
    Inspect(OneTape),
    /// Grade a tape: fit, fit with findings, or unfit
    Doctor(OneTape),
    /// How real a market looks, of a tape or of many seeds: its stylised facts against bands from public sources
    Score(ScoreTape),
    /// Fit a model to a tape: what it tells with standard errors, the rest of a preset
    Fit(Fit),
    /// Write a tape in another order: blocks of it, joined where the book looked alike
    Remix(Remix),
    /// Write a tape as CSV
    Export(Export),
}

#[derive(Debug, Args)]
pub struct Import {
    /// Format of the input
    #[arg(value_parser = PossibleValuesParser::new(formats()))]
    pub format: String,
    /// Input files, in order of time
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Tape to write
    #[arg(long, short, value_name = "TAPE")]
    pub out: PathBuf,
    /// Instrument file (TOML); without one the scales are inferred from the data, and the tape says so
    #[arg(long, value_name = "FILE")]
    pub instrument: Option<PathBuf>,
    /// Symbol to take, where the input holds several
    #[arg(long)]
    pub symbol: Option<String>,
    /// Venue and product, where neither the data nor an instrument file tell
    #[arg(long, value_enum)]
    pub product: Option<ProductName>,
    /// Replace an existing tape
    #[arg(long)]
    pub force: bool,
}

/// Write a market that never was to a tape.
///
/// PRESET is one of the markets that come with seatrial, which stand in scenarios/markets; docs/markets.md explains their figures.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["preset", "model"]))]
pub struct Synth {
    /// A market that comes with seatrial, or a family of them
    #[arg(value_parser = PossibleValuesParser::new(presets().into_iter().chain(families())))]
    pub preset: Option<String>,
    /// A model file (TOML) instead, of a market or of a family
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Change a figure of the model: dotted key and TOML value, as in `--set price.volatility_bps_per_day=500`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// How many days, with decimals
    #[arg(long, default_value = "1")]
    pub days: String,
    /// Bars of this length instead of orders, as in `--bars 1min`
    #[arg(long, value_name = "SPAN")]
    pub bars: Option<String>,
    /// A violent thing that happens in it: a name, its severity after `x`, and when after `@`, as in `gap`, `gap:x2` or `gap:x0.5@3h`;
    /// in a family with the market before it, as in `BTCUSDT/gap`
    #[arg(long = "shock", value_name = "[SYMBOL/]NAME[:xSEVERITY][@SPAN]")]
    pub shocks: Vec<String>,
    /// Seed of every random stream
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// First day, UTC
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2026-01-05")]
    pub start: String,
    /// Tape to write; of a family a new folder with a tape for each market
    #[arg(long, short, value_name = "TAPE")]
    pub out: PathBuf,
    /// Replace an existing tape
    #[arg(long)]
    pub force: bool,
}

/// How far each queue model is off the true queue of a generated market.
///
/// Probe orders of one step are planted at the touch and behind it at random moments and followed for a minute; docs/closed-loop.md says
/// how to read the table.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["preset", "model"]))]
pub struct QueueTestArgs {
    /// A market that comes with seatrial
    #[arg(value_parser = PossibleValuesParser::new(presets()))]
    pub preset: Option<String>,
    /// A model file (TOML) instead
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Change a figure of the model: dotted key and TOML value
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// How many days, with decimals
    #[arg(long, default_value = "1")]
    pub days: String,
    /// Seed of market and probes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// First day, UTC
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2026-01-05")]
    pub start: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Venue and product of an inferred instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProductName {
    /// Binance spot
    #[value(name = "binance-spot")]
    Spot,
    /// Binance USD-margined futures
    #[value(name = "binance-usdm")]
    Usdm,
    /// Binance coin-margined futures
    #[value(name = "binance-coinm")]
    Coinm,
}

impl From<ProductName> for Product {
    fn from(name: ProductName) -> Self {
        match name {
            ProductName::Spot => Self::BinanceSpot,
            ProductName::Usdm => Self::BinanceUsdm,
            ProductName::Coinm => Self::BinanceCoinm,
        }
    }
}

fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(name, _)| *name)
}

fn classes() -> Vec<&'static str> {
    crate::score::MarketClass::NAMED.map(|(name, _)| name).to_vec()
}

fn presets() -> Vec<&'static str> {
    PRESETS.iter().map(|(name, _)| *name).collect()
}

fn formats() -> Vec<PossibleValue> {
    Format::ALL.iter().map(|format| PossibleValue::new(format.name()).help(format.describe())).collect()
}

#[derive(Debug, Args)]
pub struct OneTape {
    /// Tape
    pub tape: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Write a tape in another order.
///
/// Blocks of it are drawn by chance and joined where spread, lean of the best quantities and hour of the day are alike; prices and
/// stamps go on. docs/remix.md says how.
#[derive(Debug, Args)]
pub struct Remix {
    /// Tape of level changes
    pub tape: PathBuf,
    /// How many days, with decimals; without it as long as the tape
    #[arg(long)]
    pub days: Option<String>,
    /// Mean length of a block; as long as the tape or longer, the tape as it is; `auto`: the length that the tape asks for
    #[arg(long, value_name = "SPAN", default_value = "30min")]
    pub block: String,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Let blocks begin at any hour of the day
    #[arg(long)]
    pub any_hour: bool,
    /// Tape to write
    #[arg(long, short, value_name = "TAPE")]
    pub out: PathBuf,
    /// Replace an existing tape
    #[arg(long)]
    pub force: bool,
}

/// Fit a model to a tape.
///
/// Each parameter of the model is identified, with standard error and interval, or prior, taken from the preset; docs/fit.md says
/// how each is estimated. `tape synth --model` and scenarios read the file as it is.
#[derive(Debug, Args)]
pub struct Fit {
    /// Tape
    pub tape: PathBuf,
    /// Model file to write
    #[arg(long, short, value_name = "MODEL.toml")]
    pub out: PathBuf,
    /// Market from which comes what the tape does not tell
    #[arg(long, default_value = "crypto-major", value_parser = PossibleValuesParser::new(presets()))]
    pub preset: String,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Replace an existing model
    #[arg(long)]
    pub force: bool,
}

/// How real a market looks: its stylised facts against bands from public sources.
///
/// Of a tape, or of many seeds of a generated market (`--preset NAME --seeds 1..30 --days 30`), which are made as they are scored, with daily
/// rows from ten years of bars.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["tape", "preset", "model"]))]
pub struct ScoreTape {
    /// Tape
    pub tape: Option<PathBuf>,
    /// A market that comes with seatrial, many seeds of it
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(presets()))]
    pub preset: Option<String>,
    /// A model file (TOML), many seeds of it
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Change a figure of the model: dotted key and TOML value
    #[arg(long = "set", value_name = "KEY=VALUE", conflicts_with = "tape")]
    pub set: Vec<String>,
    /// First and last seed, both included, or one
    #[arg(long, value_name = "A..B", default_value = "1..30", conflicts_with = "tape")]
    pub seeds: String,
    /// How many days of orders a seed, with decimals
    #[arg(long, default_value = "30", conflicts_with = "tape")]
    pub days: String,
    /// Which kind of market the bands are for; without it that of the preset, or crypto-major
    #[arg(long, value_name = "CLASS", value_parser = PossibleValuesParser::new(classes()))]
    pub bands: Option<String>,
    /// Show this tape's figures beside; where its bootstrap gives an interval, that is the band
    #[arg(long, value_name = "TAPE")]
    pub against: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Page to write: HTML with plots of a tape, Markdown of many seeds
    #[arg(long, short, value_name = "PAGE")]
    pub out: Option<PathBuf>,
    /// Replace an existing page
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Tape
    pub tape: PathBuf,
    /// File to write; without it the rows go to stdout
    #[arg(long, short, value_name = "CSV")]
    pub out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct VerifyRun {
    #[command(flatten)]
    pub run: OneRun,
    /// Of many runs over violent markets repeat N alone, drawn by the digest over all of them
    #[arg(long, value_name = "N")]
    pub sample: Option<u64>,
}

#[derive(Debug, Args)]
pub struct OneRun {
    /// Folder of a finished run
    pub run: PathBuf,
    /// The run's tape, to check what the run says of it, or where it has been moved; for several tapes given several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
}

/// Audit a finished run.
///
/// For each control: how often it had to fire, fired, missed, fired without a reason, late, or with wrong figures; then what holds
/// whatever the limits are. Exit code 1 when anything disagrees.
#[derive(Debug, Args)]
pub struct AuditRun {
    /// Folder of a finished run
    pub run: PathBuf,
    /// The run's tape, where it has been moved; for several tapes given several times
    #[arg(long = "tape", value_name = "FILE")]
    pub tapes: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// Folder of a finished run
    pub left: PathBuf,
    /// Folder of another finished run
    pub right: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum Gates {
    /// Print every gate with its limits, defaults, ranges and the checklist items it answers, in the order in which they judge
    List(ListGates),
    /// Print everything there is to know of one gate
    Explain(ExplainGate),
    /// Print the limits that are named after checklists, or the text of one of them
    Presets(GatePresets),
}

#[derive(Debug, Subcommand)]
pub enum Faults {
    /// Families of faults on the wire: what they do, how often in each profile, and what a correct bot can still achieve
    List(ListFaults),
    /// All faults of the catalogue, and how each is tried here, or that it is not yet
    Catalogue(ListFaults),
    /// One family, and what each venue replies, with sources
    Explain(ExplainFault),
    /// What has to hold of a bot whatever goes wrong, by number, and what holds it to that here, or that nothing does yet
    Invariants(ListFaults),
    /// The venue profiles, or all replies of one
    Venues(VenueFaults),
}

#[derive(Debug, Args)]
pub struct ListFaults {
    /// Print JSON in place of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainFault {
    /// Name of the family
    pub name: String,
}

#[derive(Debug, Args)]
pub struct VenueFaults {
    /// Name of the profile; without one, all profiles in short
    pub venue: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Shocks {
    /// Print every shock with what it is modelled on and the sizes it names
    List(ListShocks),
    /// Print the file of one shock
    Explain(ExplainShock),
    /// Print the figures of a run that criteria of a scenario's `[volatility]` can be about
    Measures(ListShocks),
    /// Run a market with a shock, and compare the sizes it names with those that were found
    Measure(MeasureShock),
}

#[derive(Debug, Args)]
pub struct ListShocks {
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainShock {
    /// Name of the shock
    pub name: String,
}

#[derive(Debug, Args)]
pub struct MeasureShock {
    /// Names of shocks; without any all of them
    pub names: Vec<String>,
    /// A shock file (TOML) instead
    #[arg(long, value_name = "FILE", conflicts_with = "names")]
    pub file: Option<PathBuf>,
    /// Market that they happen in
    #[arg(long, value_name = "PRESET", default_value = "crypto-major", value_parser = PossibleValuesParser::new(presets()))]
    pub market: String,
    /// How strong
    #[arg(long, value_name = "MULTIPLE", default_value_t = Multiple::ONE)]
    pub severity: Multiple,
    /// Seed of the market
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct GatePresets {
    /// Name of a preset; without one all are listed
    pub name: Option<String>,
    /// Print JSON: an array of presets, or one object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ListGates {
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainGate {
    /// Name of the gate, as in a scenario
    pub name: String,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Alerts {
    /// Print every alert with its key, default, range and the checklist items it answers
    List(ListAlerts),
    /// Print everything there is to know of one alert
    Explain(ExplainAlert),
    /// Print the alerts of a finished run, and to which sinks each was delivered
    Show(ShowAlerts),
    /// Deliver to the sinks of its scenario what is outstanding of a finished run
    Deliver(DeliverAlerts),
}

#[derive(Debug, Args)]
pub struct ListAlerts {
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainAlert {
    /// Name of the alert
    pub name: String,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ShowAlerts {
    /// Folder of a finished run
    pub run: PathBuf,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Deliver to the sinks of its scenario what is outstanding of a finished run.
///
/// At least once: an alert whose delivery could not be noted is delivered again, under the same id. Exits with 0 when nothing is
/// outstanding, 1 when something is, 5 when another delivery is at work or the outbox cannot be written.
#[derive(Debug, Args)]
pub struct DeliverAlerts {
    /// Folder of a finished run
    pub run: PathBuf,
    /// Deliver to this sink alone; may be given several times
    #[arg(long = "sink", value_name = "NAME")]
    pub sinks: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Check a scenario file without running it
    Check(CheckScenario),
    /// Print the JSON schema of scenario files, for editors
    Schema,
    /// Write a commented scenario to start from
    New(NewScenario),
    /// What checklists ask of a run (`readiness.checklists`): all of them, or the text of one
    Checklists(ScenarioChecklists),
}

#[derive(Debug, Args)]
pub struct CheckScenario {
    /// Scenario file
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct ScenarioChecklists {
    /// Which one; without it all are listed
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewScenario {
    /// Name of the scenario; the file is `<NAME>.toml` unless NAME is a path ending in `.toml`
    pub name: String,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}
