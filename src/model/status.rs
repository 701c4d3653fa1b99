use crate::units::{Price, Timestamp};

/// What a venue lets be traded of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TradingStatus {
    /// Trading is halted: nobody enters an order, and nothing trades.
    pub is_halted: bool,
    /// Ticks between two prices at which an order may be entered: 1 or more.
    pub price_increment: i64,
}

impl TradingStatus {
    /// Open, at every tick.
    pub const OPEN: Self = Self { is_halted: false, price_increment: 1 };

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
