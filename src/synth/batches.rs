use crate::model::row;
use crate::tape::{BATCH_ROWS, IntColumn, RowBatch};
use std::collections::VecDeque;

/// Batches kept for readers that trail.
const KEPT: usize = 4;

/// One row without its stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub flags: u32,
    pub price: i64,
    pub quantity: i64,
}

/// The last few batches and the one being filled.
#[derive(Debug, Default)]
pub(super) struct Batches {
    /// Number of the first batch that is kept.
    first: usize,
    kept: VecDeque<RowBatch>,
    venue_at: Vec<i64>,
    local_at: Vec<i64>,
    price: Vec<i32>,
    quantity: Vec<i32>,
    flags: Vec<u32>,
    /// Rows written in all.
    pub rows: u64,
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

    /// Writes one message and empties it.
    pub(super) fn write(&mut self, message: &mut Vec<Row>, venue_at: i64, local_at: i64) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        for row in message.drain(..) {
            self.venue_at.push(venue_at);
            self.local_at.push(local_at);
            self.price.push(row.price as i32);
            self.quantity.push(row.quantity as i32);
            self.flags.push(row.flags);
            if self.flags.len() == BATCH_ROWS {
                self.seal();
            }
        }
    }

    /// Closes the batch being filled, if it has rows.
    pub(super) fn seal(&mut self) {
        if self.flags.is_empty() {
            return;
        }
        self.rows += self.flags.len() as u64;
        self.kept.push_back(RowBatch {
            venue_at: take(&mut self.venue_at).into(),
            local_at: take(&mut self.local_at).into(),
            price: IntColumn::Narrow(take(&mut self.price).into()),
            quantity: IntColumn::Narrow(take(&mut self.quantity).into()),
            flags: take(&mut self.flags).into(),
            delivery: None,
        });
        if self.kept.len() > KEPT {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

/// The values, leaving an empty column with room for a batch.
fn take<T>(column: &mut Vec<T>) -> Vec<T> {
    std::mem::replace(column, Vec::with_capacity(BATCH_ROWS))
}
