use super::drill::DrillRecord;
use super::execute::{Executed, LaneRun, journal_name};
use super::ledger::AccountsRecord;
use super::load::{Setting, canonical};
use super::registry::BotIdentity;
use super::trial::{SEMANTICS, Trial, TrialMarket};
use super::user::UserRecord;
use crate::alert::AlertConfig;
use crate::audit::KillDrill;
use crate::gates::GateCounter;
use crate::journal::{Detail, Digest};
use crate::metrics::Believability;
use crate::model::REINVESTMENT;
use crate::readiness::{AuditEvidence, PeakLoad, Readiness};
use crate::strategy::Description;
use crate::tape::TapeHeader;
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the manifest's own format.
pub const MANIFEST_FORMAT: u32 = 2;

/// Why a run was not audited that nobody wanted audited.
const NO_AUDIT: &str = "left out (--no-audit)";

/// What a run was made of and what came out, in one file. With the journals it is enough to compute everything else again.
///
/// It holds no clock time and no machine's name: the same run gives the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// Names scenario, market, seed and semantics.
    pub run_id: String,
    /// Hand-raised number of the program's behaviour.
    pub semantics: u32,
    /// The program.
    pub program: BotIdentity,
    /// The crate the strategies come from.
    pub bot: BotIdentity,
    /// BLAKE3 of the running program's file, where it could be read.
    pub program_hash: Option<String>,
    /// The strategy with all its parameters.
    pub strategy: Description,
    /// The scenario.
    pub scenario: ScenarioRecord,
    /// Criteria, mandatory controls and waivers, as fixed before the run.
    pub readiness: Readiness,
    /// Hash of the criteria.
    pub criteria_hash: String,
    /// Hash of the gates' configuration.
    pub gates_hash: String,
    /// The market; the first of several.
    pub market: MarketRecord,
    /// The markets after the first, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_markets: Vec<MarketRecord>,
    /// How much was replayed.
    pub replayed: Replayed,
    /// How much of each journal was kept.
    pub journal_detail: Detail,
    /// One a fill preset, the scenario's own first.
    pub lanes: Vec<LaneRecord>,
    /// Why there is no band; empty when there is one.
    pub no_band_because: String,
    /// Whether the run was repeated.
    pub determinism: Determinism,
    /// What the audit of the run came to.
    pub audit: AuditEvidence,
    /// The user's bots who ran together, this one among them; `None` for the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRecord>,
    /// Drills of mandatory controls that the run itself did not exercise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drills: Vec<DrillRecord>,
    /// What came of the busiest hour beyond the market's highest rates; `None` where it was not played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_load: Option<PeakLoad>,
    /// The kill drill that was held with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_drill: Option<KillDrill>,
    /// On a generated market: how far tape modes are off the closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believability: Option<Believability>,
    /// Whether bot, ledger and venue have the same account in every lane; `None` where the journals were not kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountsRecord>,
    /// Every resolved value with its source.
    pub settings: Vec<Setting>,
    /// BLAKE3 of every other file of the folder.
    pub files: BTreeMap<String, String>,
}

/// Whether a run was repeated, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Determinism {
    /// It ran once.
    NotChecked,
    /// It ran again to equal digests.
    Repeated,
    /// Another run ended elsewhere.
    Differs {
        /// Digest of the other run.
        digest: String,
        /// Which run, and where it first differs.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        place: String,
    },
}

/// The scenario of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioRecord {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// File name without folder; `None` for the built-in one.
    pub file: Option<String>,
    /// `paper`.
    pub mode: String,
    /// Seed.
    pub seed: u64,
    /// Hash of every resolved value that can change the run or its verdict.
    pub hash: String,
}

/// The market of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketRecord {
    /// File name of the tape without folder, or `synthetic`.
    pub name: String,
    /// What it says about itself, with the fees that were charged.
    #[serde(with = "header_json")]
    pub header: TapeHeader,
    /// Rows (or bars) of it that were replayed.
    pub replayed: u64,
}

/// How much of all markets was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    /// Market rows (or bars).
    pub rows: u64,
    /// Venue messages.
    pub messages: u64,
    /// First venue time.
    pub start: Timestamp,
    /// Last instant.
    pub end: Timestamp,
    /// The bots kept a book of their own, of one market at least.
    pub own_book: bool,
}

/// One lane of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneRecord {
    /// Name of the fill preset.
    pub preset: String,
    /// File of its journal.
    pub journal: String,
    /// Digest of what happened.
    pub digest: Digest,
    /// Hash of the journal's last block.
    pub head: Digest,
    /// Journal entries.
    pub entries: u64,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Equity at the end, exact.
    pub equity: crate::units::Money,
    /// What the gates did.
    pub gates: Vec<GateRecord>,
}

/// What one gate did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRecord {
    /// Number in the catalogue.
    pub id: u8,
    /// Name.
    pub name: String,
    /// False when the scenario switched it off.
    pub armed: bool,
    /// Requests held against its limit.
    pub evaluated: u64,
    /// Requests refused.
    pub refused: u64,
    /// Times it tripped.
    pub tripped: u64,
}

impl Manifest {
    /// The manifest of a run, without file hashes: those are added when the files are written.
    #[must_use]
    pub fn of(trial: &Trial, executed: &Executed, bot: BotIdentity, program_hash: Option<String>) -> Self {
        let scenario = &trial.scenario;
        let file_name = |path: &std::path::Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let mode = scenario.file.mode.map_or("", super::file::Mode::as_str);
        Self {
            format: MANIFEST_FORMAT,
            run_id: trial.run_id.clone(),
            semantics: SEMANTICS,
            program: BotIdentity::of_seatrial(),
            bot,
            program_hash,
            strategy: trial.strategy.clone(),
            scenario: ScenarioRecord {
                name: scenario.name.clone(),
                description: scenario.file.description.clone(),
                file: scenario.origin.as_deref().and_then(file_name),
                mode: mode.to_owned(),
                seed: scenario.file.seed,
                hash: Digest::of(canonical(&scenario.settings()).as_bytes()).to_string(),
            },
            readiness: scenario.file.readiness.clone(),
            criteria_hash: scenario.file.readiness.hash(),
            gates_hash: gates_hash(&scenario.settings()),
            market: MarketRecord::of(&trial.markets[0], executed.markets[0].rows),
            other_markets: {
                let others = trial.markets.iter().zip(&executed.markets).skip(1);
                others.map(|(market, outcome)| MarketRecord::of(market, outcome.rows)).collect()
            },
            replayed: Replayed {
                rows: executed.rows,
                messages: executed.messages,
                start: executed.start,
                end: executed.end,
                own_book: executed.markets.iter().any(|market| market.own_book),
            },
            journal_detail: scenario.file.run.journal,
            lanes: executed.lanes.iter().map(LaneRecord::of).collect(),
            no_band_because: trial.no_band_because.clone(),
            determinism: Determinism::NotChecked,
            audit: AuditEvidence::NotAudited { reason: NO_AUDIT.to_owned() },
            user: executed.user.clone(),
            drills: Vec::new(),
            peak_load: None,
            kill_drill: None,
            believability: None,
            accounts: None,
            settings: scenario.settings(),
            files: BTreeMap::new(),
        }
    }

    /// The scenario's own lane.
    ///
    /// # Panics
    /// When there is none: reading a manifest refuses that.
    #[must_use]
    pub fn primary(&self) -> &LaneRecord {
        &self.lanes[0]
    }

    /// Files of the journals that were kept, whole or in part.
    pub fn journals(&self) -> impl Iterator<Item = &str> {
        let kept = self.journal_detail != Detail::Digest;
        self.lanes.iter().filter(move |_| kept).map(|lane| lane.journal.as_str())
    }

    /// True when the journals hold every entry: figures and frames can be had from them.
    #[must_use]
    pub fn keeps_every_entry(&self) -> bool {
        self.journal_detail == Detail::Full
    }

    /// All markets, in order.
    pub fn markets(&self) -> impl Iterator<Item = &MarketRecord> + Clone {
        std::iter::once(&self.market).chain(&self.other_markets)
    }

    /// What the markets say about themselves, in order.
    pub fn headers(&self) -> impl Iterator<Item = &TapeHeader> + Clone {
        self.markets().map(|market| &market.header)
    }

    /// Value of a setting as text; `-` when there is none of that key.
    #[must_use]
    pub fn value(&self, key: &str) -> String {
        let found = self.settings.iter().find(|setting| setting.key == key);
        found.map_or_else(|| "-".to_owned(), |setting| setting.value.trim_matches('"').to_owned())
    }

    /// Why the scenario's event of this number (from 1) came, in its words, where it gives any; what has the number 0 is a reinvestment.
    #[must_use]
    pub fn event_reason(&self, line: u32) -> Option<String> {
        if line == REINVESTMENT {
            return Some("reinvestment".to_owned());
        }
        let reason = self.value(&format!("events[{}].reason", line.checked_sub(1)?));
        (reason != "-").then_some(reason)
    }

    /// Which alerts the run watched for, as its settings say; none where they are off, or say nothing.
    #[must_use]
    pub fn alerts(&self) -> AlertConfig {
        let own =
            self.settings.iter().filter_map(|setting| Some((setting.key.strip_prefix("alerts.")?, &setting.value)));
        let text: String = own.map(|(key, value)| format!("{key} = {value}\n")).collect();
        let is_given = !text.is_empty();
        toml::from_str(&text).ok().filter(|_| is_given).unwrap_or_else(AlertConfig::off)
    }

    /// As it stands in the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.map_or_else(|error| panic!("{self:?} has no JSON: {error}"), |json| json + "\n")
    }
}

impl MarketRecord {
    fn of(market: &TrialMarket, rows: u64) -> Self {
        Self { name: market.name.clone(), header: counted(&market.header, rows), replayed: rows }
    }
}

impl LaneRecord {
    pub(super) fn of(lane: &LaneRun) -> Self {
        Self {
            preset: lane.preset.to_owned(),
            journal: journal_name(lane.preset),
            digest: lane.journal.digest,
            head: lane.journal.head,
            entries: lane.journal.entries,
            orders: lane.outcome.orders,
            fills: lane.outcome.fills,
            equity: lane.outcome.equity,
            gates: lane.outcome.gates.iter().map(GateRecord::of).collect(),
        }
    }
}

impl GateRecord {
    pub(super) fn of(counter: &GateCounter) -> Self {
        Self {
            id: counter.id.0,
            name: counter.name.to_owned(),
            armed: counter.armed,
            evaluated: counter.evaluated,
            refused: counter.refused,
            tripped: counter.tripped,
        }
    }
}

/// A generated market does not know its length beforehand: what was replayed is what there is.
pub(super) fn counted(header: &TapeHeader, replayed: u64) -> TapeHeader {
    TapeHeader { rows: header.rows.max(replayed), ..header.clone() }
}

/// Hash of the gates' settings, and of whether the bot heeds them, whatever else the scenario says.
#[must_use]
pub fn gates_hash(settings: &[Setting]) -> String {
    let is_theirs = |key: &str| key.starts_with("gates.") || key == "bot.ignores_kill";
    let gates = settings.iter().filter(|setting| is_theirs(&setting.key));
    let text: String = gates.map(|setting| format!("{} = {}\n", setting.key, setting.value)).collect();
    Digest::of(text.as_bytes()).to_string()
}

/// A tape header inside the manifest, in the tape's own JSON.
mod header_json {
    use crate::tape::TapeHeader;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

    pub(super) fn serialize<S: Serializer>(header: &TapeHeader, serializer: S) -> Result<S::Ok, S::Error> {
        let value: serde_json::Value = serde_json::from_str(&header.to_json()).map_err(ser::Error::custom)?;
        value.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TapeHeader, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        TapeHeader::from_json(&value.to_string()).map_err(de::Error::custom)
    }
}
