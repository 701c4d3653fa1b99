//! The market maker both sides run, in plain figures, and what it ended with.

/// Messages a second of the generated market: about 700 rows a second, a busy symbol's book.
pub const MESSAGES_PER_SECOND: u32 = 160;
/// Every this many nanoseconds the market maker cancels and requotes.
pub const INTERVAL_NS: i64 = 100_000_000;
/// Ticks behind the best price.
pub const OFFSET_TICKS: i64 = 2;
/// Largest position in quotes.
pub const LOTS_MAX: i64 = 10;
/// Order latency there, and again back.
pub const LATENCY_NS: i64 = 1_000_000;
/// Maker fee in parts per billion (0.02 %).
pub const MAKER_PPB: i64 = 200_000;
/// Taker fee in parts per billion (0.05 %).
pub const TAKER_PPB: i64 = 500_000;

/// What a run ended with. Money in quote units, the position in steps.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub quotes: u64,
    pub fills: u64,
    pub position: i64,
    pub balance: f64,
    pub fee: f64,
    pub equity: f64,
}

impl Ended {
    /// Equal counts and position, and money equal within the peer's own floating-point noise.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
        self.quotes == other.quotes
            && self.fills == other.fills
            && self.position == other.position
            && near(self.balance, other.balance)
            && near(self.fee, other.fee)
            && near(self.equity, other.equity)
    }
}
