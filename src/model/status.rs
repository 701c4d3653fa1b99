use crate::units::{Price, Timestamp};

/// What a venue lets be traded of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TradingStatus {
    /// Trading is halted: nobody enters an order, and nothing trades.
    pub is_halted: bool,
    /// Ticks between two prices at which an order may be entered: 1 or more.
    pub price_increment: i64,
    /// Which orders may be entered at all.
    pub access: Access,
}

/// Which orders a market takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Access {
    /// All.
    #[default]
    All = 0,
    /// Those that bring a position closer to zero; amends are refused, cancels are taken. The market is soon taken away.
    ReducesAlone = 1,
    /// None any more: every open order has ended.
    Closed = 2,
    /// Post-only ones, and amends of such; no stop is triggered.
    PostOnly = 3,
    /// Limit orders; no stop is triggered.
    LimitOnly = 4,
    /// None for now, and no amends: cancels are taken, what rests trades on, and no stop is triggered.
    CancelOnly = 5,
}

impl Access {
    /// All of them, by their numbers.
    pub const ALL: [Self; 6] =
        [Self::All, Self::ReducesAlone, Self::Closed, Self::PostOnly, Self::LimitOnly, Self::CancelOnly];

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ReducesAlone => "reduces-alone",
            Self::Closed => "closed",
            Self::PostOnly => "post-only",
            Self::LimitOnly => "limit-only",
            Self::CancelOnly => "cancel-only",
        }
    }

    /// Stops wait until the mode is over: what they would become is not taken.
    #[must_use]
    pub const fn holds_triggers(self) -> bool {
        matches!(self, Self::PostOnly | Self::LimitOnly | Self::CancelOnly)
    }
}

impl TradingStatus {
    /// Open, at every tick.
    pub const OPEN: Self = Self { is_halted: false, price_increment: 1, access: Access::All };

    /// True when an order may be entered at this price.
    #[inline]
    #[must_use]
    pub const fn is_on_grid(&self, price: Price) -> bool {
        self.price_increment <= 1 || price.ticks() % self.price_increment == 0
    }
}

impl Default for TradingStatus {
    fn default() -> Self {
        Self::OPEN
    }
}

/// From an instant on a market has another status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StatusChange {
    /// Its first instant, on the venue's clock.
    pub at: Timestamp,
    /// The status from then on.
    pub status: TradingStatus,
}
