use crate::model::{Bar, Trade};
use crate::units::{Quantity, Span, Timestamp};

/// Builds bars from what a bot hears of: trades, or shorter bars. Bars are aligned to UTC; a trade belongs to the bar
/// into which its arrival falls.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct BarBuilder {
    period: Span,
    open_at: Timestamp,
    bar: Option<Bar>,
    /// Trades that arrived at or after the close of the current bar, before it was closed.
    next: Option<Bar>,
}

impl BarBuilder {
    /// A builder of bars of `period`, the first of which holds `start`.
    pub(super) fn new(period: Span, start: Timestamp) -> Self {
        let nanos = start.nanos().div_euclid(period.nanos()) * period.nanos();
        Self { period, open_at: Timestamp::from_nanos(nanos), bar: None, next: None }
    }

    /// When the current bar is complete.
    pub(super) const fn close_at(&self) -> Timestamp {
        self.open_at.plus(self.period)
    }

    /// Adds a trade.
    pub(super) fn trade(&mut self, trade: &Trade) {
        let (open_at, period, price) = (trade.local_at, self.period, trade.price);
        let volume = trade.quantity;
        let piece = Bar { open_at, period, open: price, high: price, low: price, close: price, volume };
        self.add(&piece);
    }

    /// Adds a shorter bar (or a trade as a bar of one price) by the instant it starts at.
    pub(super) fn add(&mut self, piece: &Bar) {
        let late = piece.open_at >= self.close_at();
        let open_at = if late { self.close_at() } else { self.open_at };
        let slot = if late { &mut self.next } else { &mut self.bar };
        let bar = slot.get_or_insert(Bar { open_at, period: self.period, volume: Quantity::ZERO, ..*piece });
        bar.high = bar.high.max(piece.high);
        bar.low = bar.low.min(piece.low);
        bar.close = piece.close;
        bar.volume = bar.volume + piece.volume;
    }

    /// Closes the current bar; `None` when nothing fell into it.
    pub(super) fn close(&mut self) -> Option<Bar> {
        self.open_at = self.close_at();
        std::mem::replace(&mut self.bar, self.next.take())
    }
}
