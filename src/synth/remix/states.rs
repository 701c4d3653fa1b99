use super::book::Books;
use super::plan::RemixError;
use crate::book::Ladder;
use crate::model::{Side, row};
use crate::tape::{Batch, RowBatch, TapeReader};
use crate::units::{Price, Quantity, SECOND};

/// Bins of the bid's share of the best quantities.
const BINS: i64 = 5;
/// States kept at most; when there are more, every other one goes.
const STATES_MOST: usize = 1 << 18;

/// A moment between two messages at which a block may begin or end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Rows of the tape that came before.
    pub row: u64,
    /// Venue time of the last of them.
    pub at: i64,
    pub spread: i64,
    pub bin: u8,
    pub mid_x2: i64,
    /// Lowest best bid or trade since the state before.
    pub low: i64,
    /// Highest best ask or trade since then.
    pub high: i64,
}

impl State {
    /// Hour of the day, UTC.
    pub fn hour(&self) -> i64 {
        hour_of(self.at)
    }
}

/// Hour of the day of an instant.
pub(super) fn hour_of(at: i64) -> i64 {
    at.div_euclid(3_600 * SECOND.nanos()).rem_euclid(24)
}

/// Level changes and trades of a batch.
pub(super) fn rows_of(reader: &TapeReader, index: usize) -> Result<Option<RowBatch>, RemixError> {
    match reader.read(index)? {
        Some(Batch::Rows(batch)) => Ok(Some(batch)),
        Some(Batch::Bars(_)) => Err(RemixError::Kind),
        None => Ok(None),
    }
}

/// A row stored in a book.
pub(super) fn store(book: &mut Ladder, batch: &RowBatch, index: usize) {
    let flags = batch.flags[index];
    match flags & row::KIND {
        row::TRADE => {}
        row::CLEAR => book.clear(row::side(flags)),
        _ => {
            let (price, quantity) = (Price::new(batch.price.get(index)), batch.quantity.get(index).max(0));
            book.set(row::side(flags), price, Quantity::new(quantity));
        }
    }
}

/// What one pass over a tape finds for those who draw blocks from it.
pub(super) struct Found {
    /// In order of time.
    pub states: Vec<State>,
    pub books: Books,
}

/// States of a tape, a second apart or more, and its last one.
struct States {
    all: Vec<State>,
    latest: Option<State>,
    books: Books,
    every: i64,
    book: Ladder,
    low: i64,
    high: i64,
    next_at: i64,
}

impl Found {
    /// Reads the tape once.
    pub fn of(reader: &TapeReader) -> Result<Self, RemixError> {
        let mut states = States {
            all: Vec::new(),
            latest: None,
            books: Books::default(),
            every: SECOND.nanos(),
            book: Ladder::new(),
            low: i64::MAX,
            high: i64::MIN,
            next_at: i64::MIN,
        };
        let mut rows = 0;
        for number in 0.. {
            let Some(batch) = rows_of(reader, number)? else { break };
            states.books.note(number, &states.book);
            for index in 0..batch.len() {
                rows += 1;
                states.row(&batch, index, rows);
            }
        }
        let last = states.latest.filter(|latest| states.all.last().is_some_and(|last| last.row < latest.row));
        states.all.extend(last);
        Ok(Self { states: states.all, books: states.books })
    }
}

impl States {
    fn row(&mut self, batch: &RowBatch, index: usize, rows: u64) {
        let flags = batch.flags[index];
        if flags & row::KIND == row::TRADE {
            self.reach(batch.price.get(index));
        }
        store(&mut self.book, batch, index);
        if flags & row::LAST != 0 {
            self.message_ends(batch.venue_at[index], rows);
        }
    }

    fn reach(&mut self, price: i64) {
        (self.low, self.high) = (self.low.min(price), self.high.max(price));
    }

    fn message_ends(&mut self, at: i64, row: u64) {
        let [bid, ask] = Side::BOTH.map(|side| self.book.best_price(side).map(Price::ticks));
        let (Some(bid), Some(ask)) = (bid, ask) else { return };
        self.reach(bid);
        self.reach(ask);
        if ask <= bid {
            return;
        }
        let [own, other] = Side::BOTH.map(|side| i128::from(self.book.best_quantity(side)));
        let bin = (own * i128::from(BINS) / (own + other).max(1)).min(i128::from(BINS) - 1) as u8;
        let (low, high) = (self.low, self.high);
        let state = State { row, at, spread: ask - bid, bin, mid_x2: bid + ask, low, high };
        self.latest = Some(state);
        if at < self.next_at {
            return;
        }
        self.all.push(state);
        (self.low, self.high, self.next_at) = (i64::MAX, i64::MIN, at.saturating_add(self.every));
        if STATES_MOST <= self.all.len() {
            self.thin();
        }
    }

    /// Every other state goes; what lay between is reached by the one after.
    fn thin(&mut self) {
        let joined = |pair: &[State]| match pair {
            [one, two] => State { low: one.low.min(two.low), high: one.high.max(two.high), ..*two },
            _ => pair[0],
        };
        self.all = self.all.chunks(2).map(joined).collect();
        self.every *= 2;
    }
}
