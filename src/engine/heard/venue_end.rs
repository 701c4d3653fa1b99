use crate::book::Ladder;
use crate::bot::feed::Update;
use crate::model::{Level, Side, Trade, book_checksum, row};
use crate::tape::{Batch, BatchSource, RowBatch, TapeError};
use crate::units::{Price, Quantity, Timestamp};

/// Levels of a side that the venue serves where depth is limited, and those of the second source.
pub(super) const LIMITED: usize = 10;

/// A message as it sets out, numbered.
#[derive(Debug, Clone)]
pub(super) struct SetOut {
    pub number: u64,
    pub venue_at: Timestamp,
    pub local_at: Timestamp,
    pub updates: Vec<Update>,
    pub trades: Vec<Trade>,
    pub is_whole: bool,
}

/// The venue's end of a feed: its messages in order, numbered, and the true book behind the last of them.
pub(super) struct VenueEnd {
    source: Box<dyn BatchSource>,
    batch: Option<RowBatch>,
    index: usize,
    at: usize,
    book: Ladder,
    number: u64,
    /// Levels that whoever listens was told of, where depth is limited.
    served: Option<[Vec<Level>; 2]>,
    /// The next message is the whole book.
    tells_all: bool,
}

impl VenueEnd {
    pub fn new(source: Box<dyn BatchSource>) -> Self {
        Self { source, batch: None, index: 0, at: 0, book: Ladder::new(), number: 0, served: None, tells_all: false }
    }

    /// When the next message sets out; `None` after the last.
    pub fn next_at(&mut self) -> Result<Option<Timestamp>, TapeError> {
        loop {
            if let Some(batch) = &self.batch
                && self.at < batch.len()
            {
                return Ok(Some(Timestamp::from_nanos(batch.venue_at[self.at])));
            }
            let Some(Batch::Rows(next)) = self.source.batch(self.index)? else { return Ok(None) };
            (self.batch, self.at) = (Some(next), 0);
            self.index += 1;
        }
    }

    /// The next message sets out.
    pub fn next(&mut self) -> Result<SetOut, TapeError> {
        let (mut updates, mut trades) = (Vec::new(), Vec::new());
        let mut stamps = (Timestamp::MIN, Timestamp::MIN);
        while let Some(venue_at) = self.next_at()? {
            let Some(batch) = &self.batch else { break };
            let (place, flags) = (self.at, batch.flags[self.at]);
            stamps = (venue_at, stamps.1.max(Timestamp::from_nanos(batch.local_at[place])));
            let (price, quantity) = (Price::new(batch.price.get(place)), Quantity::new(batch.quantity.get(place)));
            self.at += 1;
            let side = row::side(flags);
            match flags & row::KIND {
                row::DEPTH => {
                    let _ = self.book.set(side, price, quantity);
                    updates.push(Update { side, price, quantity });
                }
                row::TRADE => trades.push(Trade { venue_at, local_at: stamps.1, price, quantity, aggressor: side }),
                _ => {
                    updates.extend(self.book.levels(side).map(|level| deleted(side, level.price)));
                    self.book.clear(side);
                }
            }
            if flags & row::LAST != 0 {
                break;
            }
        }
        self.number += 1;
        let (venue_at, local_at) = stamps;
        let message = SetOut { number: self.number, venue_at, local_at, updates, trades, is_whole: false };
        Ok(self.served_of(message))
    }

    /// What of the message is served.
    fn served_of(&mut self, message: SetOut) -> SetOut {
        if std::mem::take(&mut self.tells_all) {
            self.served = self.served.as_ref().map(|_| Side::BOTH.map(|side| self.best(side)));
            return SetOut { updates: self.levels(), is_whole: true, ..message };
        }
        let Some(served) = self.served.take() else { return message };
        let next = Side::BOTH.map(|side| self.best(side));
        let mut updates = Vec::new();
        for ((side, before), after) in Side::BOTH.into_iter().zip(&served).zip(&next) {
            let is_gone = |level: &&Level| self.book.quantity(side, level.price).is_zero();
            updates.extend(before.iter().filter(is_gone).map(|level| deleted(side, level.price)));
            updates.extend(after.iter().filter(|level| !before.contains(level)).map(|level| set(side, *level)));
        }
        self.served = Some(next);
        SetOut { updates, ..message }
    }

    fn best(&self, side: Side) -> Vec<Level> {
        self.book.levels(side).take(LIMITED).collect()
    }

    /// From now on the best levels alone are served, or all of them again.
    pub fn limit(&mut self, is_limited: bool) {
        self.served = is_limited.then(Default::default);
        self.tells_all = true;
    }

    /// So many levels of a side are served.
    pub fn depth(&self) -> Option<usize> {
        self.served.as_ref().map(|_| LIMITED)
    }

    /// Number of the last message.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Best bid and best ask.
    pub fn best_levels(&self) -> Option<(Level, Level)> {
        let best = self.book.best();
        best.bid.zip(best.ask)
    }

    pub fn checksum(&self) -> u32 {
        book_checksum(self.book.levels(Side::Sell), self.book.levels(Side::Buy))
    }

    /// The levels that are served.
    pub fn levels(&self) -> Vec<Update> {
        self.first_levels(self.depth().unwrap_or(usize::MAX))
    }

    /// The `depth` best levels of both sides.
    pub fn first_levels(&self, depth: usize) -> Vec<Update> {
        let of = |side: Side| self.book.levels(side).take(depth).map(move |level| set(side, level));
        Side::BOTH.into_iter().flat_map(of).collect()
    }
}

const fn set(side: Side, level: Level) -> Update {
    Update { side, price: level.price, quantity: level.quantity }
}

const fn deleted(side: Side, price: Price) -> Update {
    Update { side, price, quantity: Quantity::ZERO }
}
