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
    /// Nobody asked: the venue's dead man's switch went off, or it lost the order in a restart.
    ByVenue = 8,
}

impl CancelReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Unfilled,
        Self::Expired,
        Self::SelfTrade,
        Self::ReduceOnly,
        Self::AmendedAway,
        Self::Replaced,
        Self::ByVenue,
    ];

    /// The reason with that number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == code)
    }
}

/// One execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// A fill that the venue takes back: it counts no more. FIX: ExecType "Trade Cancel".
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bust {
    /// Which fill of the account at this market, from 1, in the order in which they were made.
    pub of: u64,
    /// Price the fill stood at until now.
    pub price: Price,
    /// Quantity of the fill.
    pub quantity: Quantity,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// Fee that was paid, given back now; a rebate is taken back.
    pub fee: Money,
    /// Which event of the scenario, from 1.
    pub line: u32,
}

/// A fill to which the venue gives another price. FIX: ExecType "Trade Correct".
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Correction {
    /// The fill as it stood until now.
    pub was: Bust,
    /// Price it stands at from now on.
    pub price: Price,
    /// Fee at that price.
    pub fee: Money,
}

/// A trade as books take it. In cash and position a bust is a trade of the other side at the fill's own price, its fee given back; a correction
/// is that and the trade that takes its place. Nothing is ever edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    /// Bought or sold.
    pub side: Side,
    /// At which price.
    pub price: Price,
    /// How much.
    pub quantity: Quantity,
    /// Paid in quote; negative is received.
    pub fee: Money,
}

impl Booking {
    /// A fill of an order of `side`.
    #[inline]
    #[must_use]
    pub const fn of(side: Side, fill: &Fill) -> Self {
        Self { side, price: fill.price, quantity: fill.quantity, fee: fill.fee }
    }

    /// Steps bought; sold, negative.
    #[inline]
    #[must_use]
    pub const fn signed(&self) -> i128 {
        self.side.sign() as i128 * self.quantity.steps() as i128
    }
}

impl Bust {
    /// What takes the fill of an order of `side` back. (Of the lowest fee that there is, one atto is left.)
    #[must_use]
    pub const fn booking(&self, side: Side) -> Booking {
        Booking {
            side: side.opposite(),
            price: self.price,
            quantity: self.quantity,
            fee: Money::from_atto(self.fee.atto().saturating_neg()),
        }
    }
}

impl Correction {
    /// What takes the fill of an order of `side` back, and what takes its place.
    #[must_use]
    pub const fn bookings(&self, side: Side) -> [Booking; 2] {
        [self.was.booking(side), Booking { side, price: self.price, quantity: self.was.quantity, fee: self.fee }]
    }
}

/// What the venue says happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// An earlier execution counts no more. What the order has executed and has open is as that execution's report said: a bust brings no
    /// order back.
    Busted(Bust),
    /// An earlier execution has another price; else as a bust.
    Corrected(Correction),
}

impl ReportKind {
    /// What books have to post, for an order of `side`: a fill, a bust or both halves of a correction; nothing for all else.
    pub fn bookings(&self, side: Side) -> impl Iterator<Item = Booking> + use<> {
        let [first, second] = match self {
            Self::Filled(fill) => [Some(Booking::of(side, fill)), None],
            Self::Busted(bust) => [Some(bust.booking(side)), None],
            Self::Corrected(correction) => correction.bookings(side).map(Some),
            _ => [None; 2],
        };
        first.into_iter().chain(second)
    }

    /// It sets an earlier execution right.
    #[must_use]
    pub const fn sets_right(&self) -> bool {
        matches!(self, Self::Busted(_) | Self::Corrected(_))
    }
}

/// One message from the venue about one order, with its four stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

impl ExecutionReport {
    /// Its order is over with it: ended, rejected, or filled whole.
    #[must_use]
    pub fn is_last(&self) -> bool {
        match self.kind {
            ReportKind::Ended(_) | ReportKind::Rejected(_) => true,
            ReportKind::Filled(_) => self.open == Quantity::ZERO,
            _ => false,
        }
    }

    /// When the bot learns of it, local clock; nothing where it was lost on the way. The end of time stands for that in a journal.
    #[must_use]
    pub fn told_at(&self) -> Option<Timestamp> {
        (self.reported_at != Timestamp::MAX).then_some(self.reported_at)
    }
}
