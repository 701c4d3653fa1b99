use super::order::{NOBODY, Slot};
use crate::book::Ladder;
use crate::model::{BestPrices, ExecutionReport, Side};
use crate::units::{Price, Timestamp};

/// The stamps of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub sent_at: Timestamp,
    pub arrived_at: Timestamp,
}

/// What one call works with: the instant, the recorded book if there is one, and where reports go.
pub(super) struct Step<'a> {
    pub at: Timestamp,
    pub book: Option<&'a mut Ladder>,
    pub out: &'a mut Vec<ExecutionReport>,
    /// The request that caused what happens to one order; all others keep the stamps of their own arrival.
    pub cause: Option<(Slot, Request)>,
    /// The order that the one being judged would replace, else nobody: no check sees it.
    pub leaving: Slot,
}

impl<'a> Step<'a> {
    pub(super) const fn new(at: Timestamp, book: Option<&'a mut Ladder>, out: &'a mut Vec<ExecutionReport>) -> Self {
        Self { at, book, out, cause: None, leaving: NOBODY }
    }

    pub(super) fn best(&self) -> BestPrices {
        self.book.as_ref().map_or_else(BestPrices::default, |book| book.best())
    }

    pub(super) fn best_price(&self, side: Side) -> Option<Price> {
        self.book.as_ref()?.best_price(side)
    }

    /// Displayed steps of a level.
    pub(super) fn displayed(&self, side: Side, price: Price) -> i64 {
        self.book.as_ref().map_or(0, |book| book.quantity(side, price).steps())
    }

    pub(super) fn mark(&mut self, price: Price) {
        if let Some(book) = &mut self.book {
            book.mark(price);
        }
    }

    pub(super) fn unmark(&mut self, price: Price) {
        if let Some(book) = &mut self.book {
            book.unmark(price);
        }
    }
}
