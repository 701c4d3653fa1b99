//! How one order ended, in terms that both sides have.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Rests at the end of the data.
    Open,
    Filled {
        maker: bool,
    },
    Cancelled,
    /// Refused, or ended at once for want of a counterpart: the peer knows one word for both.
    Expired,
}

/// An order at the end of the data. Price in ticks and quantity in steps: those executed, or those that rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub end: End,
    /// `None` unless it rests or was filled.
    pub price: Option<i64>,
    pub quantity: Option<i64>,
    /// Venue clock of the end, in nanoseconds; `None` while it rests.
    pub at: Option<i64>,
}

/// What one side ended with.
pub struct Side {
    pub outcomes: BTreeMap<u64, Outcome>,
    pub totals: Totals,
    pub log: Vec<super::trader::Logged>,
    /// What this side's own records say of an order, for the message about a difference.
    pub records: BTreeMap<u64, String>,
}

/// Money in quote units, the position in steps.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub fills: u64,
    pub position: i64,
    pub balance: f64,
    pub fee: f64,
    pub equity: f64,
}

impl Totals {
    /// Equal counts and position, and money equal within the peer's own floating-point noise.
    pub fn agree_with(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())) + 1e-6;
        self.fills == other.fills
            && self.position == other.position
            && near(self.balance, other.balance)
            && near(self.fee, other.fee)
            && near(self.equity, other.equity)
    }
}
