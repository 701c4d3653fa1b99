use crate::model::{Level, Side, book_checksum, row};
use crate::tape::{Batch, BatchSource, RowBatch, TapeError};
use crate::units::{Price, Quantity, Timestamp};
use std::collections::BTreeMap;

/// Books that are remembered: every lane asks for the same ones.
const REMEMBERED: usize = 4_096;

/// The venue's book behind a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Behind {
    pub checksum: u32,
    /// When the next message set out: until then there was no newer book.
    pub next_at: Timestamp,
}

/// A market's book as it was at its venue, message by message: counted here as the rows have it, and kept in the plainest way.
pub(super) struct Truth<'s> {
    source: &'s mut dyn BatchSource,
    batch: Option<RowBatch>,
    index: usize,
    at: usize,
    /// Messages that are in the book.
    number: u64,
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
    known: BTreeMap<u64, Behind>,
}

impl<'s> Truth<'s> {
    pub fn new(source: &'s mut dyn BatchSource) -> Self {
        Self {
            source,
            batch: None,
            index: 0,
            at: 0,
            number: 0,
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The book behind message `number`, from 1; `None` where it was passed by, or there is none.
    pub fn behind(&mut self, number: u64) -> Result<Option<Behind>, TapeError> {
        if let Some(known) = self.known.get(&number) {
            return Ok(Some(*known));
        }
        while self.number < number {
            if !self.message()? {
                return Ok(None);
            }
        }
        if number < self.number {
            return Ok(None);
        }
        let level =
            |(price, quantity): (&i64, &i64)| Level { price: Price::new(*price), quantity: Quantity::new(*quantity) };
        let checksum = book_checksum(self.asks.iter().map(level), self.bids.iter().rev().map(level));
        let behind = Behind { checksum, next_at: self.next_at()? };
        self.known.insert(number, behind);
        if REMEMBERED < self.known.len() {
            self.known.pop_first();
        }
        Ok(Some(behind))
    }

    /// The row that comes next is at hand; false after the last.
    fn has_next(&mut self) -> Result<bool, TapeError> {
        while self.batch.as_ref().is_none_or(|batch| batch.len() <= self.at) {
            let Some(Batch::Rows(next)) = self.source.batch(self.index)? else { return Ok(false) };
            (self.batch, self.at, self.index) = (Some(next), 0, self.index + 1);
        }
        Ok(true)
    }

    /// When the next message sets out.
    fn next_at(&mut self) -> Result<Timestamp, TapeError> {
        let is_there = self.has_next()?;
        let batch = self.batch.as_ref().filter(|_| is_there);
        Ok(batch.map_or(Timestamp::MAX, |batch| Timestamp::from_nanos(batch.venue_at[self.at])))
    }

    /// Takes the rows of the next message; false after the last.
    fn message(&mut self) -> Result<bool, TapeError> {
        while self.has_next()? {
            if self.row() {
                self.number += 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a row; true for the last of its message.
    fn row(&mut self) -> bool {
        let Some(batch) = &self.batch else { return true };
        let (flags, price, quantity) = (batch.flags[self.at], batch.price.get(self.at), batch.quantity.get(self.at));
        self.at += 1;
        let levels = match row::side(flags) {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        match flags & row::KIND {
            row::DEPTH if quantity == 0 => drop(levels.remove(&price)),
            row::DEPTH => drop(levels.insert(price, quantity)),
            row::TRADE => {}
            _ => levels.clear(),
        }
        flags & row::LAST != 0
    }
}
