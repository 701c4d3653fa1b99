use super::plan::RemixError;
use super::states::{rows_of, store};
use crate::book::Ladder;
use crate::model::Side;
use crate::tape::{BATCH_ROWS, TapeReader};
use crate::units::{Price, Quantity};

/// Books that are kept at most; when there are more, every other one goes.
const BOOKS_MOST: usize = 64;

/// One level: side, price in ticks, quantity.
pub(super) type Held = (Side, i64, Quantity);

/// The book at the beginning of some batches of a tape, from which that at any row is had by reading on.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// (batch, levels).
    kept: Vec<(usize, Vec<Held>)>,
    every: usize,
}

impl Books {
    /// A batch begins with this book.
    pub fn note(&mut self, batch: usize, book: &Ladder) {
        self.every = self.every.max(1);
        if !batch.is_multiple_of(self.every) {
            return;
        }
        self.kept.push((batch, levels(book)));
        if BOOKS_MOST <= self.kept.len() {
            self.every *= 2;
            let every = self.every;
            self.kept.retain(|(batch, _)| batch.is_multiple_of(every));
        }
    }

    /// The levels after so many rows of the tape.
    pub fn at(&self, reader: &TapeReader, row: u64) -> Result<Vec<Held>, RemixError> {
        let wanted = (row / BATCH_ROWS as u64) as usize;
        let place = self.kept.partition_point(|(batch, _)| *batch <= wanted);
        let (first, held) =
            place.checked_sub(1).map_or((0, &[][..]), |place| (self.kept[place].0, &self.kept[place].1[..]));
        let mut book = Ladder::new();
        held.iter().for_each(|(side, price, quantity)| {
            book.set(*side, Price::new(*price), *quantity);
        });
        for number in first..=wanted {
            let Some(batch) = rows_of(reader, number)? else { break };
            let until = (row - number as u64 * BATCH_ROWS as u64).min(batch.len() as u64);
            (0..until as usize).for_each(|index| store(&mut book, &batch, index));
        }
        Ok(levels(&book))
    }
}

/// All levels of a book.
pub(super) fn levels(book: &Ladder) -> Vec<Held> {
    let of = |side: Side| book.levels(side).map(move |level| (side, level.price.ticks(), level.quantity));
    Side::BOTH.into_iter().flat_map(of).collect()
}
