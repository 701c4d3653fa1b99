use super::script::Script;
use super::wire::WireSetup;
use crate::alert::AlertConfig;
use crate::gates::Gates;
use crate::journal::EntrySink;
use crate::ledger::Opening;
use crate::model::StatusChange;
use crate::strategy::Strategy;
use crate::units::{Span, Timestamp};
use crate::venue::{Latency, Outage, VenueConfig};

/// How the bot sees the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewMode {
    /// `Lagged` where that is legal, `OwnBook` elsewhere.
    #[default]
    Auto,
    /// One book, two clocks: the bot sees an older state of the venue's book. Legal when messages arrive in venue order
    /// and the strategy reads no depth.
    Lagged,
    /// A second book, fed in order of arrival.
    OwnBook,
}

/// What a run needs beside its market and its lanes.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// How the bots see the market.
    pub view: ViewMode,
    /// Distance of the risk clock's ticks, aligned to UTC.
    pub risk_clock: Span,
    /// Times after a fill at which the best prices are journalled, for markouts.
    pub markout_horizons: Vec<Span>,
    /// Stop after this many market rows (or bars), those of all tapes together.
    pub max_rows: Option<u64>,
}

/// One bot and its account.
pub struct LaneSetup {
    /// Name in messages and reports: the fill preset, the parameter set.
    pub name: String,
    /// The strategy.
    pub strategy: Box<dyn Strategy>,
    /// Its side of every market, in the order of the tapes.
    pub markets: Vec<MarketSetup>,
    /// Takes the journal entries.
    pub sink: Box<dyn EntrySink>,
    /// What it is told to do.
    pub script: Script,
    /// What a person hears of.
    pub alerts: AlertConfig,
}

/// One bot's side of one market.
pub struct MarketSetup {
    /// The gates of its orders there.
    pub gates: Gates,
    /// The venue's rules and fill model.
    pub venue: VenueConfig,
    /// Latency of its orders.
    pub latency: Latency,
    /// When the venue is down.
    pub outages: Vec<Outage>,
    /// When the market's status changes there, and to what; by rising instants.
    pub statuses: Vec<StatusChange>,
    /// Opening balances there; nothing moves between markets.
    pub opening: Opening,
    /// A connection that can lose messages, and the gateway at its end; without it none is ever lost.
    pub wire: Option<WireSetup>,
}

/// Rows from one call of the caller's callback to the next, as a power of two: 4,096, few enough that one that takes long shows among them.
pub(super) const PROGRESS_SHIFT: u32 = 12;

/// Where a run is; handed to the caller's callback when it begins, stops or goes on, at the first stop after each 4,096 rows, and once a batch of bars.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Rows (or bars) replayed.
    pub rows: u64,
    /// Venue time reached.
    pub at: Timestamp,
    /// What is held then.
    pub held: Held,
    /// It begins, or goes on after a stop: what was done since the last call, as to read a state or to write one, was no replaying.
    pub is_start: bool,
}

/// How much the parts of a run hold at an instant, all lanes and markets together: what must not grow for as long as it goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The venue's: open orders.
    pub venue_orders: u64,
    /// The engine's: requests, calls, replies and reports that are under way.
    pub under_way: u64,
    /// The engine's: fills whose markouts are awaited.
    pub markouts: u64,
    /// The gateway's: calls whose end is not known to it.
    pub calls_open: u64,
}
