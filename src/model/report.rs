use super::{BestPrices, ClientOrderId, MarketId, OrderId, RejectReason, Side};
use crate::units::{Money, Price, Quantity, Timestamp};

/// Whether a fill rested (maker) or took (taker).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Liquidity {
    /// Our order rested.
    Maker,
    /// Our order took.
    Taker,
}

/// Why an order ended without being filled whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum CancelReason {
    /// The bot asked.
    Requested = 1,
    /// Immediate-or-cancel, fill-or-kill, the rest of a market order; or post-only and amended to take, where that ends it.
    Unfilled = 2,
    /// Good-til-date ran out.
    Expired = 3,
    /// Self-trade prevention.
    SelfTrade = 4,
    /// A reduce-only order had nothing left to reduce.
    ReduceOnly = 5,
    /// Amended to or below its executed quantity.
    AmendedAway = 6,
    /// A new order took its place. FIX: OrdStatus and ExecType "Replaced".
    Replaced = 7,
}

impl CancelReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Unfilled,
        Self::Expired,
        Self::SelfTrade,
        Self::ReduceOnly,
        Self::AmendedAway,
        Self::Replaced,
    ];

    /// The reason with that number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == code)
    }
}

/// One execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Price traded at.
    pub price: Price,
    /// Quantity traded.
    pub quantity: Quantity,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// Fee in the quote asset, rounded as the venue states; negative is a rebate.
    pub fee: Money,
    /// The venue's best prices just before the fill (without the bot's own orders).
    pub best: BestPrices,
}

/// What the venue says happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// The order works (or waits for its trigger).
    Accepted,
    /// The order was never in the book.
    Rejected(RejectReason),
    /// A cancel or amend was refused; the order, if any, is as it was.
    RequestRejected(RejectReason),
    /// A stop fired: from now on it is a market or limit order.
    Triggered,
    /// Price or quantity changed as asked.
    Amended {
        /// Price now.
        price: Price,
        /// Total quantity now, executed part included.
        quantity: Quantity,
    },
    /// An execution.
    Filled(Fill),
    /// The open rest has ended.
    Ended(CancelReason),
}

/// One message from the venue about one order, with its four stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecutionReport {
    /// Which market's venue reports.
    pub market: MarketId,
    /// The bot's number.
    pub client_order_id: ClientOrderId,
    /// The venue's number; 0 for an order that was never accepted.
    pub order_id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// What happened.
    pub kind: ReportKind,
    /// Executed so far, this fill included.
    pub executed: Quantity,
    /// Still open after this.
    pub open: Quantity,
    /// When the request that caused it was sent, local clock (for a passive fill: when the order was sent).
    pub sent_at: Timestamp,
    /// When that request arrived at the venue.
    pub arrived_at: Timestamp,
    /// When this happened, venue clock.
    pub matched_at: Timestamp,
    /// When the bot learns of it, local clock.
    pub reported_at: Timestamp,
}
