use crate::model::row;
use crate::tape::{BATCH_ROWS, IntColumn, RowBatch, TapeError, TapeRow, TapeWriter};
use crate::units::{Price, Quantity, Timestamp};
use std::collections::VecDeque;

/// Batches kept for readers that trail.
const KEPT: usize = 4;

/// One row without its stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// As on a tape.
    pub flags: u32,
    /// In ticks.
    pub price: i64,
    /// In steps.
    pub quantity: i64,
}

/// Who takes the messages of a market, in order.
pub trait Sink {
    /// Takes one message and empties it; it was made and arrives at these nanoseconds since 1970.
    fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64);
    /// Quantities may need more than 32 bits.
    fn widen(&mut self);
}

/// The last few batches and the one being filled.
#[derive(Debug, Default)]
pub struct Batches {
    /// Number of the first batch that is kept.
    first: usize,
    kept: VecDeque<RowBatch>,
    venue_at: Vec<i64>,
    local_at: Vec<i64>,
    price: Vec<i32>,
    quantity: Vec<i64>,
    /// Whether quantities may need more than 32 bits.
    wide: bool,
    flags: Vec<u32>,
    /// Rows written in all.
    pub(super) rows: u64,
    /// The batch that a reader is at: what comes after it is kept for that reader, however much it is.
    read: Option<usize>,
}

impl Batches {
    /// Number of the first batch that is still there.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Number of the next batch to be filled.
    pub(super) fn next(&self) -> usize {
        self.first + self.kept.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&RowBatch> {
        self.kept.get(index.checked_sub(self.first)?)
    }

    /// A reader is at batch `index`; without one nobody waits for anything.
    pub(super) fn keep_for(&mut self, index: Option<usize>) {
        self.read = index;
    }

    fn quantities(&mut self) -> IntColumn {
        if self.wide {
            return IntColumn::Wide(take(&mut self.quantity).into());
        }
        let narrow: Vec<i32> = self.quantity.drain(..).map(|quantity| narrow(&quantity)).collect();
        IntColumn::Narrow(narrow.into())
    }

    /// Closes the batch being filled, if it has rows.
    pub(super) fn seal(&mut self) {
        if self.flags.is_empty() {
            return;
        }
        self.rows += self.flags.len() as u64;
        let quantity = self.quantities();
        self.kept.push_back(RowBatch {
            venue_at: take(&mut self.venue_at).into(),
            local_at: take(&mut self.local_at).into(),
            price: IntColumn::Narrow(take(&mut self.price).into()),
            quantity,
            flags: take(&mut self.flags).into(),
            delivery: None,
        });
        let is_past = |first: usize| self.read.is_none_or(|read| first + KEPT <= read);
        while self.kept.len() > KEPT && is_past(self.first) {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

impl Sink for Batches {
    fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        for row in message.drain(..) {
            self.venue_at.push(venue_at);
            self.local_at.push(local_at);
            self.price.push(row.price as i32);
            self.quantity.push(row.quantity);
            self.flags.push(row.flags);
            if self.flags.len() == BATCH_ROWS {
                self.seal();
            }
        }
    }

    fn widen(&mut self) {
        self.wide = true;
    }
}

/// A tape that is written, and what went wrong with it.
pub(super) struct Written<'a> {
    writer: &'a mut TapeWriter,
    pub(super) rows: u64,
    pub(super) failed: Result<(), TapeError>,
}

impl<'a> Written<'a> {
    pub(super) fn new(writer: &'a mut TapeWriter) -> Self {
        Self { writer, rows: 0, failed: Ok(()) }
    }
}

impl Sink for Written<'_> {
    fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        let (venue_at, local_at) = (Timestamp::from_nanos(venue_at), Timestamp::from_nanos(local_at));
        for row in message.drain(..) {
            let (price, quantity) = (Price::new(row.price), Quantity::new(row.quantity));
            let pushed = self.writer.push(TapeRow { venue_at, local_at, price, quantity, flags: row.flags });
            self.rows += 1;
            if self.failed.is_ok() {
                self.failed = pushed;
            }
        }
    }

    /// A tape finds out by itself.
    fn widen(&mut self) {}
}

/// A quantity that was said to fit.
fn narrow(quantity: &i64) -> i32 {
    i32::try_from(*quantity).unwrap_or_else(|_| panic!("a quantity of {quantity} steps in a narrow column"))
}

/// The values, leaving an empty column with room for a batch.
fn take<T>(column: &mut Vec<T>) -> Vec<T> {
    std::mem::replace(column, Vec::with_capacity(BATCH_ROWS))
}
