use super::bots::UserFacts;
use crate::audit::KillDrill;
use crate::metrics::{Believability, Metric, Summary};
use crate::model::AlertPhase;
use crate::readiness::{Assessment, AuditEvidence, PeakLoad};
use crate::units::{Money, Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything a report says. Whoever ran the scenario fills it; nothing is computed from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportInput {
    /// What was run.
    pub scenario: ScenarioFacts,
    /// Which run it was.
    pub run: RunFacts,
    /// What was on trial.
    pub bot: BotFacts,
    /// The market data it was tried on.
    pub tapes: Vec<TapeFacts>,
    /// Verdict, blockers and findings.
    pub assessment: Assessment,
    /// All figures and the series to plot.
    pub summary: Summary,
    /// One row per fill preset, this run's first; empty when there is no band.
    pub band: Vec<BandRow>,
    /// Why there is no band, when there is none: `--no-band`, or no fill was left open by the tape.
    pub no_band_because: String,
    /// On a generated market: how far tape modes are off the closed loop. `None` where nobody has compared.
    pub believability: Option<Believability>,
    /// Every gate of the catalogue, in its order.
    pub gates: Vec<GateRow>,
    /// What the gates had to do, recomputed.
    pub audit: AuditEvidence,
    /// What followed kills at random moments; `None` when no kill drill was held.
    pub kill_drill: Option<KillDrill>,
    /// What came of the busiest stretch of the market, faster; `None` when it was not played.
    pub peak_load: Option<PeakLoad>,
    /// The bots of the user who ran together; `None` for the only one.
    pub user: Option<UserFacts>,
    /// What a person heard of.
    pub alerts: AlertFacts,
    /// What was configured and not observed.
    pub assumptions: Vec<Assumption>,
    /// What this run says nothing about.
    pub not_tested: Vec<String>,
    /// How the venue that the scenario names answers in the place of the faults that fired; `None` where it names none.
    pub venue_answers: Option<VenueAnswers>,
    /// Why the scenario's events came, by their numbers, where it says so.
    pub event_reasons: BTreeMap<u32, String>,
    /// Every resolved option.
    pub options: Vec<OptionRow>,
    /// Commands that repeat the run, one a line.
    pub rerun: Vec<String>,
}

/// How a venue answers in the place of faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VenueAnswers {
    /// Venue and product.
    pub venue: String,
    /// Day of the profile.
    pub as_of: String,
    /// Each fault that fired and that something answers, in the order of the report's table.
    pub faults: Vec<FaultAnswers>,
}

/// How a venue answers in the place of one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultAnswers {
    /// The fault.
    pub fault: String,
    /// What it answers: a firing with the cause id n the n-th of them, beginning anew behind the last. Empty where its profile has no reply.
    pub replies: Vec<AnswerFacts>,
}

/// One reply of a venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerFacts {
    /// Status, code and message in a line.
    pub words: String,
    /// Status of the response, where the source names one.
    pub http_status: Option<u16>,
    /// Its code; empty where it has none.
    pub code: String,
    /// Its message; empty where the source names none.
    pub message: String,
    /// Where both stand in it.
    pub shape: String,
    /// The whole body.
    pub body: String,
    /// Where it was read, and whether that is the venue's own word.
    pub source: String,
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScenarioFacts {
    /// Name of the scenario.
    pub name: String,
    /// What it is for, in a sentence; may be empty.
    pub description: String,
    /// File it came from, or `built-in`.
    pub file: String,
    /// Hash of the resolved scenario, hex.
    pub hash: String,
}

/// Whether the run was repeated, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Determinism {
    /// It ran once.
    NotChecked,
    /// It ran twice to equal digests.
    Repeated,
    /// A second run ended elsewhere.
    Differs {
        /// Digest of the second run, hex.
        digest: String,
        /// Which run, and the first simulated hour and entry in which it differs.
        #[serde(skip_serializing_if = "String::is_empty")]
        place: String,
    },
}

/// What a person heard of while the bot traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertFacts {
    /// How long after its cause an alert may be raised.
    pub within: Span,
    /// Every rule of the catalogue, in its order.
    pub rules: Vec<AlertRow>,
    /// Alerts raised, repeated and resolved, all together.
    pub said: u64,
    /// The first of them, in order.
    pub first: Vec<AlertItem>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertRow {
    /// Name of the rule.
    pub name: String,
    /// `warning` or `critical`.
    pub severity: String,
    /// Its limit with unit; empty where it has none, or is off.
    pub limit: String,
    /// It is on.
    pub is_watched: bool,
    /// Alerts raised.
    pub raised: u64,
    /// Reminders of them.
    pub reminders: u64,
    /// Of those raised, resolved.
    pub resolved: u64,
    /// The longest time from a cause to its alert.
    pub longest_delay: Span,
    /// When the first was raised; of no meaning when none was.
    pub first_at: Timestamp,
    /// When the last was raised; of no meaning when none was.
    pub last_at: Timestamp,
}

/// One alert raised, repeated or resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertItem {
    /// When.
    pub at: Timestamp,
    /// Name of the rule.
    pub rule: String,
    /// Symbol of the market; of the first for what concerns the whole account.
    pub market: String,
    /// Raised, repeated or resolved.
    pub phase: AlertPhase,
    /// The first instant at which its cause can have been there.
    pub cause_at: Timestamp,
    /// Value with unit.
    pub value: String,
    /// Limit with unit; empty where the rule has none.
    pub limit: String,
}

/// Whether bot, ledger and venue have the same account, in every lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Accounts {
    /// The journals were not kept whole.
    NotCompared,
    /// No difference.
    Agree {
        /// Fills compared.
        fills: u64,
    },
    /// Some difference.
    Differ {
        /// How many were found.
        differences: u64,
        /// The first.
        first: String,
    },
}

impl Accounts {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NotCompared => "not compared: the journals were not kept whole".to_owned(),
            Self::Agree { fills } => {
                format!(
                    "bot, ledger and venue agree to the atto, {} in all lanes",
                    super::number::counted(*fills, "fill")
                )
            }
            Self::Differ { differences, first } => {
                format!("{} found; {first}", super::number::counted(*differences, "difference"))
            }
        }
    }
}

/// Which run it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFacts {
    /// Names scenario, tapes, seed and semantics.
    pub run_id: String,
    /// Behaviour digest, hex.
    pub digest: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// `paper`.
    pub mode: String,
    /// Fill preset of this run.
    pub preset: String,
    /// Program and version: `seatrial 0.1.0`.
    pub program: String,
    /// Build of the program.
    pub build_id: String,
    /// Hand-raised number of the program's behaviour.
    pub semantics: u32,
    /// Detail the journal was kept at: `full`, `windows`, `digest`.
    pub journal_detail: String,
    /// The gateway between the bot's gates and its venue: `careful, by default`.
    pub gateway: String,
    /// Whether it was repeated.
    pub determinism: Determinism,
    /// Whether its accounts agree.
    pub accounts: Accounts,
}

/// What was on trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotFacts {
    /// Name of the strategy.
    pub name: String,
    /// Its parameters, name and value.
    pub parameters: Vec<(String, String)>,
    /// Build of the bot.
    pub build_id: String,
    /// Built from sources with uncommitted changes.
    pub is_dirty: bool,
}

/// The grade of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataGrade {
    /// Nothing found that forbids a conclusion.
    Fit,
    /// Usable, within what the findings allow.
    FitWithFindings,
    /// Not usable.
    Unfit,
}

impl DataGrade {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::FitWithFindings => "fit with findings",
            Self::Unfit => "unfit",
        }
    }
}

/// How one finding about the data limits conclusions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// Forbids nothing.
    Note,
    /// Forbids the conclusion it names.
    Finding,
    /// Forbids every conclusion.
    Unfit,
}

impl FindingSeverity {
    /// In a word.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Finding => "finding",
            Self::Unfit => "unfit",
        }
    }
}

/// One thing the doctor found in the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataFinding {
    /// Stable name.
    pub code: String,
    /// How bad.
    pub severity: FindingSeverity,
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: String,
    /// In one sentence.
    pub detail: String,
    /// Which conclusion it forbids; empty for a note.
    pub forbids: String,
}

/// A correction of the local clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockFacts {
    /// Name of the rule.
    pub rule: String,
    /// Added to every local stamp.
    pub shift: Span,
    /// Smallest latency before.
    pub latency_min_before: Span,
    /// Messages whose latency was negative before.
    pub negative: u64,
}

/// One input file of a tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFacts {
    /// File name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// One tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TapeFacts {
    /// File name of the tape, or of the generator.
    pub name: String,
    /// Symbol of its instrument.
    pub symbol: String,
    /// Venue and product.
    pub venue: String,
    /// `L2`, `trades`, `bars`.
    pub kind: String,
    /// Import format, or `synthetic`.
    pub format: String,
    /// Rows (or bars).
    pub rows: u64,
    /// Venue time of the first row.
    pub first_at: Timestamp,
    /// Venue time of the last row.
    pub last_at: Timestamp,
    /// Hash of the content, hex.
    pub content_hash: String,
    /// Its grade.
    pub grade: DataGrade,
    /// What the doctor found.
    pub findings: Vec<DataFinding>,
    /// Correction of the local clock, if one was needed.
    pub clock: Option<ClockFacts>,
    /// Files it was made from.
    pub sources: Vec<SourceFacts>,
    /// Instrument fields that nobody stated and that were inferred from the data.
    pub inferred: Vec<String>,
}

/// The run under one fill preset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandRow {
    /// Name of the preset.
    pub preset: String,
    /// End equity minus start equity.
    pub profit: Money,
    /// Largest drawdown as a fraction.
    pub max_drawdown: Metric<f64>,
    /// Fills.
    pub fills: u64,
    /// Executed over sent quantity.
    pub fill_ratio: Metric<f64>,
    /// Fees paid.
    pub fees: Money,
}

impl BandRow {
    /// The row of one lane.
    #[must_use]
    pub fn from_summary(preset: &str, summary: &Summary) -> Self {
        Self {
            preset: preset.to_owned(),
            profit: summary.returns.profit,
            max_drawdown: summary.drawdown.fraction,
            fills: summary.execution.fills,
            fill_ratio: summary.orders.fill_ratio_quantity,
            fees: summary.execution.fees,
        }
    }
}

/// One gate of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateRow {
    /// Its name.
    pub name: String,
    /// False when the scenario switched it off.
    pub is_armed: bool,
    /// The scenario demands that it acts.
    pub is_mandatory: bool,
    /// Its limit with unit, in words.
    pub limit: String,
    /// Requests it looked at.
    pub evaluated: u64,
    /// Requests it refused.
    pub refused: u64,
    /// Times it tripped.
    pub tripped: u64,
    /// What came of its drill; `None` when it was not drilled.
    pub drill: Option<DrillResult>,
}

/// What a drill has shown of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result", content = "reason")]
pub enum DrillResult {
    /// It acted where it had to, and nowhere else.
    Passed,
    /// It did not, and how.
    Failed(String),
    /// Nothing, and why.
    NotShown(String),
}

impl GateRow {
    /// It refused or tripped in the run.
    #[must_use]
    pub const fn acted(&self) -> bool {
        0 < self.refused + self.tripped
    }

    /// It did not act in the run, and passed its drill.
    #[must_use]
    pub fn drilled(&self) -> bool {
        !self.acted() && self.drill == Some(DrillResult::Passed)
    }
}

/// Something configured and not observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// What is assumed.
    pub what: String,
    /// Its value.
    pub value: String,
    /// Where it comes from, or why it is reasonable.
    pub basis: String,
}

/// Where an option's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptionSource {
    /// Nobody said anything.
    Default,
    /// The scenario file.
    File,
    /// `--set`, or another argument.
    Argument,
}

impl OptionSource {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Argument => "--set",
        }
    }
}

/// One resolved option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionRow {
    /// Key path.
    pub key: String,
    /// Value as it would be written in a scenario.
    pub value: String,
    /// Where it came from.
    pub source: OptionSource,
}
