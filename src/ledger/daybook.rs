use super::entry::Entry;
use super::record::{Event, Record};
use super::{Books, Cause, Opening};
use crate::model::{Booking as Trade, Bust, Correction, Instrument, Liquidity, Side};
use crate::units::{Money, Overflow, Timestamp};
use std::collections::BTreeSet;

/// An event that the books do not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// A balance left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A second opening.
    #[error("the books are open already; expected a fill, money received, a bust or a correction")]
    Open,
    /// A bust or correction of something that is no fill of these books.
    #[error("record {of} is no fill; expected the number of a fill among {count} records")]
    NoFill {
        /// Number given.
        of: u64,
        /// Records there are.
        count: u64,
    },
    /// A bust or correction of a fill that does not count any more.
    #[error("record {of} was busted or corrected before; expected the record that took its place")]
    Undone {
        /// Number given.
        of: u64,
    },
    /// A fill of a negative quantity.
    #[error("fill of {found} steps; expected 0 or more: the side carries the sign")]
    Negative {
        /// Quantity given.
        found: i64,
    },
    /// An adjustment that nobody gives a reason for.
    #[error("adjustment of {amount} without a reason; expected some words")]
    NoReason {
        /// Amount given.
        amount: Money,
    },
}

/// Books with their records: numbered, in order, each tied to the one before by a hash. Records are added and never changed.
///
/// A bust posts the fill back: cash, position, fees and realised - basis are as if it had never been. What a cost method made
/// of fills in between stays as it was made; see [`Ledger::bust`](super::Ledger::bust).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daybook {
    books: Books,
    records: Vec<Record>,
    undone: BTreeSet<u64>,
}

impl Daybook {
    /// Opens the books; the opening is the first record.
    ///
    /// # Errors
    /// [`Overflow`] when the opening does not fit the instrument's scales.
    pub fn new(instrument: &Instrument, opening: &Opening, at: Timestamp) -> Result<Self, Overflow> {
        let entry = opening.entry(instrument.kind, &super::book::Scales::new(instrument)?)?;
        let mut daybook =
            Self { books: Books::new(instrument, opening)?, records: Vec::new(), undone: BTreeSet::new() };
        daybook.write(at, None, Event::Opened, entry);
        Ok(daybook)
    }

    /// Posts an event. `source` is the number of the journal's entry it comes from, if it does.
    ///
    /// # Errors
    /// [`PostError`] says what the books cannot take; then nothing has changed.
    pub fn post(&mut self, at: Timestamp, source: Option<u64>, event: Event) -> Result<&Record, PostError> {
        let entry = match &event {
            Event::Opened => return Err(PostError::Open),
            Event::Filled(trade) => self.books.trade(positive(trade)?)?,
            Event::Received { cause, amount, reason } => {
                if *cause == Cause::Adjustment && reason.trim().is_empty() {
                    return Err(PostError::NoReason { amount: *amount });
                }
                self.books.receive(*cause, *amount)?
            }
            Event::Busted { of } => {
                let was = self.standing(*of)?;
                self.books.bust(was.side, &taken_back(*of, &was))?
            }
            Event::Corrected { of, trade } => {
                let was = self.standing(*of)?;
                self.correct(&taken_back(*of, &was), was.side, positive(trade)?)?
            }
        };
        self.undone.extend(event.of());
        self.write(at, source, event, entry);
        Ok(&self.records[self.records.len() - 1])
    }

    /// A trade that differs in more than price and fee takes the place of one that is busted.
    fn correct(&mut self, was: &Bust, side: Side, trade: &Trade) -> Result<Entry, Overflow> {
        if (trade.side, trade.quantity) == (side, was.quantity) {
            let correction = Correction { was: *was, price: trade.price, fee: trade.fee };
            return self.books.correct(side, &correction);
        }
        let mut books = self.books.clone();
        let entry = books.bust(side, was)?.with(&books.trade(trade)?)?;
        self.books = books;
        Ok(entry)
    }

    /// All records, in order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The books as of the last record.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// Digest of the last record: it covers all of them.
    #[must_use]
    pub fn head(&self) -> [u8; 32] {
        self.records.last().map_or([0; 32], |record| record.digest)
    }

    fn write(&mut self, at: Timestamp, source: Option<u64>, event: Event, entry: Entry) {
        let number = self.records.len() as u64;
        let mut record = Record { number, at, source, event, entry, digest: [0; 32] };
        record.digest = Record::digest_of(&self.head(), &record.content());
        self.records.push(record);
    }

    /// The fill of a record that still counts.
    fn standing(&self, of: u64) -> Result<Trade, PostError> {
        let record = usize::try_from(of).ok().and_then(|place| self.records.get(place));
        match record.map(|record| &record.event) {
            _ if self.undone.contains(&of) => Err(PostError::Undone { of }),
            Some(Event::Filled(trade) | Event::Corrected { trade, .. }) => Ok(*trade),
            _ => Err(PostError::NoFill { of, count: self.records.len() as u64 }),
        }
    }
}

const fn positive(trade: &Trade) -> Result<&Trade, PostError> {
    match trade.quantity.steps() {
        steps if steps < 0 => Err(PostError::Negative { found: steps }),
        _ => Ok(trade),
    }
}

/// The fill of a record, to be taken back. Books do not ask whether it made or took.
const fn taken_back(of: u64, trade: &Trade) -> Bust {
    let Trade { price, quantity, fee, .. } = *trade;
    Bust { of, price, quantity, liquidity: Liquidity::Maker, fee, line: 0 }
}
