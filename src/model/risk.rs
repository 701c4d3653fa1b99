use super::{BestPrices, MarketId};
use crate::units::{Money, Quantity, Timestamp};

/// A gate's number in the catalogue; its name is in the run's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct GateId(pub u8);

/// What a gate compared when it refused, in the gate's own unit (steps, atto of quote, nanoseconds, orders).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which gate.
    pub gate: GateId,
    /// Value found.
    pub value: i128,
    /// Limit it was held against.
    pub limit: i128,
}

/// One market of the account as it stood at one tick of the risk clock (venue time).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which market; everything but the equity is of this one.
    pub market: MarketId,
    /// When.
    pub at: Timestamp,
    /// The venue's best prices; the mid marks the position.
    pub best: BestPrices,
    /// Signed position in steps.
    pub position: Quantity,
    /// Equity of the whole account in the quote asset: cash plus positions at mid (last known mid when a book is empty).
    pub equity: Money,
    /// Orders open at the venue.
    pub open_orders: u32,
    /// Feed latency of the last market row at the venue (arrival at the bot minus venue time), in nanoseconds; the bot may not
    /// have heard of that row yet.
    pub feed_latency_ns: i64,
}
