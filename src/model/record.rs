use super::{Liquidity, Side};
use crate::units::{Money, Price, Quantity, Timestamp};

/// What somebody's orders at one market came to: told by a journal, or by the log of a real session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TradingRecord {
    /// The orders, by the time of their sending, or of their first fill where nobody knows that.
    pub orders: Vec<OrderRecord>,
    /// It holds every order that was sent, and not only those that were filled.
    pub knows_orders: bool,
}

/// One order and its fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// The bot's number of it, as it stands in the record.
    pub name: String,
    /// The same as a number, where it is one.
    pub client_order_id: Option<u64>,
    /// Buy or sell.
    pub side: Side,
    /// When it was sent, local clock.
    pub sent_at: Option<Timestamp>,
    /// Its limit price.
    pub price: Option<Price>,
    /// How much it was for.
    pub quantity: Option<Quantity>,
    /// Its fills, by time.
    pub fills: Vec<FillRecord>,
}

/// One fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillRecord {
    /// When.
    pub at: Timestamp,
    /// Price traded at.
    pub price: Price,
    /// Quantity traded.
    pub quantity: Quantity,
    /// Paid in the quote asset; negative is a rebate.
    pub fee: Money,
    /// Maker or taker, where the record says so.
    pub liquidity: Option<Liquidity>,
}

impl OrderRecord {
    /// How much of it was filled, in steps.
    #[must_use]
    pub fn filled(&self) -> i64 {
        self.fills.iter().map(|fill| fill.quantity.steps()).sum()
    }

    /// When it was filled first.
    #[must_use]
    pub fn first_fill_at(&self) -> Option<Timestamp> {
        self.fills.first().map(|fill| fill.at)
    }

    /// Filled whole, where it is known how much it was for.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.quantity.is_some_and(|quantity| quantity.steps() <= self.filled())
    }
}

impl TradingRecord {
    /// All fills with the side of their orders.
    pub fn fills(&self) -> impl Iterator<Item = (Side, &FillRecord)> {
        self.orders.iter().flat_map(|order| order.fills.iter().map(|fill| (order.side, fill)))
    }
}
