use super::BATCH_ROWS;
use super::column::Column;

/// Columns of written batches, emptied, so that the batches to come need no memory from the system.
#[derive(Debug, Default)]
pub(super) struct Spare {
    wide: Vec<Vec<i64>>,
    narrow: Vec<Vec<i32>>,
    flags: Vec<Vec<u32>>,
}

impl Spare {
    /// An empty column for stamps or numbers.
    pub(super) fn wide(&mut self) -> Vec<i64> {
        self.wide.pop().unwrap_or_else(|| Vec::with_capacity(BATCH_ROWS))
    }

    /// An empty column for numbers that fit 32 bits.
    pub(super) fn narrow(&mut self) -> Vec<i32> {
        self.narrow.pop().unwrap_or_else(|| Vec::with_capacity(BATCH_ROWS))
    }

    /// An empty column for flags.
    pub(super) fn flags(&mut self) -> Vec<u32> {
        self.flags.pop().unwrap_or_else(|| Vec::with_capacity(BATCH_ROWS))
    }

    /// Keeps the memory of a column that nobody else holds.
    pub(super) fn keep(&mut self, column: Column) {
        match column {
            Column::I64(values) => self.keep_wide(values.into()),
            Column::I32(values) => emptied(values.into(), &mut self.narrow),
            Column::U32(values) => emptied(values.into(), &mut self.flags),
        }
    }

    /// Keeps the memory of a column.
    pub(super) fn keep_wide(&mut self, values: Vec<i64>) {
        emptied(values, &mut self.wide);
    }
}

/// A batch has at most six columns of one type; more are not needed again.
fn emptied<T>(mut values: Vec<T>, kept: &mut Vec<Vec<T>>) {
    if kept.len() < 6 && BATCH_ROWS <= values.capacity() {
        values.clear();
        kept.push(values);
    }
}
