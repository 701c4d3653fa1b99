use super::Side;
use crate::units::{Price, Quantity, Span, Timestamp};

/// Which of a run's markets: the position of its tape, counted from 0. A market is one instrument at one venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct MarketId(pub u8);

impl MarketId {
    /// The market of the first tape; the only one in most runs.
    pub const FIRST: Self = Self(0);

    /// The market's place in lists.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for MarketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

/// One side's best level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Level {
    /// Price.
    pub price: Price,
    /// Displayed quantity.
    pub quantity: Quantity,
}

/// Best bid and best ask; a side without quotes is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct BestPrices {
    /// Highest bid.
    pub bid: Option<Level>,
    /// Lowest ask.
    pub ask: Option<Level>,
}

impl BestPrices {
    /// The best level of `side` (buy: bid).
    #[must_use]
    pub const fn side(&self, side: Side) -> Option<Level> {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }

    /// Best bid plus best ask in ticks: twice the mid, so that a mid on a half tick stays an integer.
    #[must_use]
    pub fn mid_x2(&self) -> Option<i64> {
        Some(self.bid?.price.ticks() + self.ask?.price.ticks())
    }
}

/// A public trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Trade {
    /// When it matched, venue clock.
    pub venue_at: Timestamp,
    /// When the bot learned of it, local clock.
    pub local_at: Timestamp,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub quantity: Quantity,
    /// Side of the order that took liquidity.
    pub aggressor: Side,
}

/// A price bar. `open_at <= event < open_at + period`; known to the bot at `open_at + period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bar {
    /// Start of the bar, venue clock.
    pub open_at: Timestamp,
    /// Length.
    pub period: Span,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Quantity traded.
    pub volume: Quantity,
}

impl Bar {
    /// Nobody traded: there is no volume, and the price stands where it stood `before`. Where the price moved without volume the
    /// volume is what is wrong.
    #[inline]
    #[must_use]
    pub fn is_silent(&self, before: Option<Price>) -> bool {
        let stands = || self.low == self.high && before.is_none_or(|before| before == self.low);
        self.volume.is_zero() && stands()
    }
}

/// What a tape row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// A book level now holds this absolute quantity; zero deletes it.
    Depth,
    /// A public trade.
    Trade,
    /// All levels of the side are gone (a snapshot follows, or the feed was lost).
    Clear,
}

/// Layout of the 32-bit flags of a tape row.
pub mod row {
    use super::{RowKind, Side};

    /// Bits that hold the kind.
    pub const KIND: u32 = 0b11;
    /// Kind bits of a level change.
    pub const DEPTH: u32 = 0;
    /// Kind bits of a trade.
    pub const TRADE: u32 = 1;
    /// Kind bits of a cleared side.
    pub const CLEAR: u32 = 2;
    /// Set: ask, or aggressor sell. Clear: bid, or aggressor buy.
    pub const SELL: u32 = 1 << 2;
    /// Set on the last row of a venue message: rows of one message take effect together.
    pub const LAST: u32 = 1 << 3;
    /// Set on rows that belong to a snapshot.
    pub const SNAPSHOT: u32 = 1 << 4;
    /// Set on rows that a bot's feed has missed. Never in a tape: a fault sets it. Levels come with the snapshot of the reconnection,
    /// all of them as one message; trades do not come.
    pub const MISSED: u32 = 1 << 5;

    /// Set on rows after which a bot's feed says that its book is not to be trusted. Never in a tape: feed supervision sets it.
    pub const UNSYNCHRONISED: u32 = 1 << 6;

    /// Packs kind and side; add [`LAST`] and [`SNAPSHOT`] with `|`.
    #[must_use]
    pub const fn pack(kind: RowKind, side: Side) -> u32 {
        let kind = match kind {
            RowKind::Depth => DEPTH,
            RowKind::Trade => TRADE,
            RowKind::Clear => CLEAR,
        };
        match side {
            Side::Buy => kind,
            Side::Sell => kind | SELL,
        }
    }

    /// True for a trade that the bots hear of.
    #[inline]
    #[must_use]
    pub const fn is_heard_trade(flags: u32) -> bool {
        flags & (KIND | MISSED) == TRADE
    }

    /// True for a row that leaves no trace at the bots: a trade that their feed has missed.
    #[inline]
    #[must_use]
    pub const fn is_missed_trade(flags: u32) -> bool {
        flags & (KIND | MISSED) == TRADE | MISSED
    }

    /// Side of a row: of the level, or the trade's aggressor.
    #[inline]
    #[must_use]
    pub const fn side(flags: u32) -> Side {
        if flags & SELL == 0 { Side::Buy } else { Side::Sell }
    }
}
