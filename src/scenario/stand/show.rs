use super::order::OrderStand;
use super::wire::WireStand;
use crate::model::BotStatus;
use crate::units::{Money, Timestamp};
use serde::Serialize;

/// An entry of a journal, as its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryShown {
    /// Its number, from 0.
    pub number: u64,
    /// Name and text of each field; the first is `kind`.
    pub fields: Vec<(&'static str, String)>,
}

/// How a run stood after an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// Which run.
    pub run_id: String,
    /// Name of the lane's fill preset.
    pub preset: String,
    /// Number of the entry, from 0.
    pub entry: u64,
    /// Entries there are.
    pub entries: u64,
    /// The latest stamp up to there.
    pub at: Timestamp,
    /// How long after the start that is, in nanoseconds.
    pub after_ns: i64,
    /// The asset of all amounts of money.
    pub quote: String,
    /// Equity of the whole account at the last mark; at the start before there is one.
    pub equity: Money,
    /// When that mark was.
    pub marked_at: Timestamp,
    /// Market by market, in the order of the run.
    pub markets: Vec<MarketStand>,
    /// The last entries up to there, the last one last.
    pub last: Vec<EntryShown>,
}

/// How a run stood in one market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketStand {
    /// The venue's symbol.
    pub symbol: String,
    /// The asset of positions.
    pub base: String,
    /// Position at the venue, in base.
    pub position: String,
    /// Position as far as the bot had heard, in base.
    pub position_known: String,
    /// Cash of the books of this market.
    pub cash: Money,
    /// Fees paid.
    pub fees: Money,
    /// Profit that was realised, by average cost, before fees.
    pub realized: Money,
    /// Fills so far.
    pub fills: u64,
    /// Best bid and ask at the last mark.
    pub best: [Option<String>; 2],
    /// What holds the bot there.
    #[serde(serialize_with = "as_word")]
    pub status: BotStatus,
    /// Gates that are tripped.
    pub tripped: Vec<String>,
    /// Trading is halted there.
    pub is_halted: bool,
    /// Orders that are open, at the venue or as far as the bot knows.
    pub orders: Vec<OrderStand>,
    /// The wire; `None` where nothing was ever noted of one.
    pub wire: Option<WireStand>,
}

fn as_word<S: serde::Serializer>(status: &BotStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(status)
}
