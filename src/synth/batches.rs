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

/// A row with its stamps.
#[derive(Debug, Clone, Copy)]
struct Stamped {
    venue_at: i64,
    local_at: i64,
    row: Row,
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
    filling: Vec<Stamped>,
    /// Whether quantities may need more than 32 bits.
    wide: bool,
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

    fn quantities(&self) -> IntColumn {
        if self.wide {
            return IntColumn::Wide(self.column(|stamped| stamped.row.quantity).into());
        }
        IntColumn::Narrow(self.column(|stamped| narrow(stamped.row.quantity)).into())
    }

    fn column<T>(&self, of: impl Fn(&Stamped) -> T) -> Vec<T> {
        self.filling.iter().map(of).collect()
    }

    /// Closes the batch being filled, if it has rows.
    pub(super) fn seal(&mut self) {
        if self.filling.is_empty() {
            return;
        }
        self.rows += self.filling.len() as u64;
        self.kept.push_back(RowBatch {
            venue_at: self.column(|stamped| stamped.venue_at).into(),
            local_at: self.column(|stamped| stamped.local_at).into(),
            price: IntColumn::Narrow(self.column(|stamped| stamped.row.price as i32).into()),
            quantity: self.quantities(),
            flags: self.column(|stamped| stamped.row.flags).into(),
            delivery: None,
        });
        self.filling.clear();
        let is_past = |first: usize| self.read.is_none_or(|read| first + KEPT <= read);
        while self.kept.len() > KEPT && is_past(self.first) {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

impl Sink for Batches {
    #[inline]
    fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        for row in message.iter() {
            self.filling.push(Stamped { venue_at, local_at, row: *row });
            if self.filling.len() == BATCH_ROWS {
                self.seal();
            }
        }
        message.clear();
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
    #[inline]
    fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        let (venue_at, local_at) = (Timestamp::from_nanos(venue_at), Timestamp::from_nanos(local_at));
        self.rows += message.len() as u64;
        let pushed = self.writer.push_all(message.iter().map(|row| {
            let (price, quantity) = (Price::new(row.price), Quantity::new(row.quantity));
            TapeRow { venue_at, local_at, price, quantity, flags: row.flags }
        }));
        message.clear();
        if pushed.is_err() && self.failed.is_ok() {
            self.failed = pushed;
        }
    }

    /// A tape finds out by itself.
    fn widen(&mut self) {}
}

/// A quantity that was said to fit.
#[inline]
fn narrow(quantity: i64) -> i32 {
    i32::try_from(quantity).unwrap_or_else(|_| panic!("a quantity of {quantity} steps in a narrow column"))
}
