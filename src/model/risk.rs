use super::BestPrices;
use crate::units::{Money, Quantity, Timestamp};

/// A gate's number in the catalogue; its name is in the run's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// The account as it stood at one tick of the risk clock (venue time).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// The venue's best prices; the mid marks the position.
    pub best: BestPrices,
    /// Signed position in steps.
    pub position: Quantity,
    /// Equity in the quote asset: cash plus position at mid (last known mid when the book is empty).
    pub equity: Money,
    /// Orders open at the venue.
    pub open_orders: u32,
    /// Feed latency of the last market message the bot saw, in nanoseconds.
    pub feed_latency_ns: i64,
}
