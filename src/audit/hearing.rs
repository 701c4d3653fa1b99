use super::pages::Pages;
use crate::model::{BestPrices, Level, row};
use crate::tape::{BATCH_ROWS, BarBatch, Batch, BatchSource, RowBatch, TapeError, TapeKind};
use crate::units::{Price, Quantity, Span, Timestamp};
use std::collections::VecDeque;

/// Batches kept: a row may arrive before rows of the batch before.
const KEPT: usize = 4;

/// What a bot has heard of one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heard {
    /// Best prices.
    pub best: BestPrices,
    /// When the last message arrived; `None` before the first.
    pub market_at: Option<Timestamp>,
    /// The bot's feed takes its book for broken.
    pub is_broken: bool,
    /// How long its last row was on its way.
    pub market_latency: Span,
}

/// One market in the order in which the bots hear of it, read from its tape.
pub(super) struct Hearing<'s> {
    source: &'s mut dyn BatchSource,
    kind: TapeKind,
    kept: VecDeque<(usize, Batch)>,
    /// Rows of the run.
    rows: u64,
    /// Next row (or bar), in order of arrival.
    next: u64,
    book: Pages,
    /// Price of the last trade, on a market of trades alone.
    last_trade: Option<Price>,
    market_at: Option<Timestamp>,
    is_broken: bool,
    market_latency: Span,
    /// What can have been heard at the instant asked for last: all before it, and message by message what arrives at it.
    states: Vec<Heard>,
    asked: Timestamp,
}

impl<'s> Hearing<'s> {
    pub fn new(source: &'s mut dyn BatchSource, rows: Option<u64>) -> Self {
        Self {
            kind: source.header().kind,
            source,
            kept: VecDeque::new(),
            rows: rows.unwrap_or(u64::MAX),
            next: 0,
            book: Pages::default(),
            last_trade: None,
            market_at: None,
            is_broken: false,
            market_latency: Span::ZERO,
            states: vec![Heard::default()],
            asked: Timestamp::MIN,
        }
    }

    /// What a bot can have heard at `at`, all of it last. An instant before the one asked for last counts as that one.
    pub fn at(&mut self, at: Timestamp) -> Result<&[Heard], TapeError> {
        if self.asked < at {
            self.asked = at;
            self.states.clear();
            match self.kind {
                TapeKind::Bars => self.bars_to(at)?,
                TapeKind::L2 | TapeKind::Trades => self.rows_to(at)?,
            }
        }
        Ok(&self.states)
    }

    /// All before `at`, then message by message.
    fn rows_to(&mut self, at: Timestamp) -> Result<(), TapeError> {
        while self.next_arrival()?.is_some_and(|next| next < at) {
            self.take_run(at)?;
        }
        self.note();
        while self.next_arrival()? == Some(at) {
            self.take_message()?;
            self.note();
        }
        Ok(())
    }

    fn note(&mut self) {
        let heard = self.heard();
        self.states.push(heard);
    }

    fn heard(&self) -> Heard {
        let at_trade = self.last_trade.filter(|_| self.kind == TapeKind::Trades);
        let best = at_trade.map_or_else(|| self.book.best(), at_one_price);
        Heard { best, market_at: self.market_at, is_broken: self.is_broken, market_latency: self.market_latency }
    }

    /// When the next row arrives.
    fn next_arrival(&mut self) -> Result<Option<Timestamp>, TapeError> {
        Ok(self.locate()?.map(|(batch, place, _)| Timestamp::from_nanos(batch.local_at[place])))
    }

    /// Takes rows that lie side by side and arrive before `at`.
    fn take_run(&mut self, at: Timestamp) -> Result<(), TapeError> {
        let Some((batch, from, until)) = self.locate()? else { return Ok(()) };
        let to = from + batch.local_at[from..until].partition_point(|&arrives| arrives < at.nanos());
        (from..to).for_each(|place| self.apply(&batch, place));
        self.next += (to - from) as u64;
        Ok(())
    }

    fn take_message(&mut self) -> Result<(), TapeError> {
        let mut missed = None;
        while let Some((batch, place, _)) = self.locate()? {
            let (flags, at) = (batch.flags[place], batch.local_at[place]);
            let is_missed = flags & row::MISSED != 0;
            // What a feed has missed comes as one message.
            if missed.is_some_and(|missed_at| missed_at != at || !is_missed) {
                break;
            }
            self.apply(&batch, place);
            self.next += 1;
            let ends = flags & row::LAST != 0;
            if ends && !is_missed {
                break;
            }
            missed = (ends && is_missed).then_some(at);
        }
        Ok(())
    }

    #[inline]
    fn apply(&mut self, batch: &RowBatch, place: usize) {
        let (flags, price) = (batch.flags[place], batch.price.get(place));
        if row::is_missed_trade(flags) {
            return;
        }
        match flags & row::KIND {
            row::DEPTH => self.book.set(row::side(flags), price, batch.quantity.get(place)),
            row::TRADE => self.last_trade = Some(Price::new(price)),
            _ => self.book.clear(row::side(flags)),
        }
        self.market_at = Some(Timestamp::from_nanos(batch.local_at[place]));
        self.is_broken = flags & row::UNSYNCHRONISED != 0;
        if self.is_broken {
            return;
        }
        if flags & row::MISSED == 0 {
            self.market_latency = Span::from_nanos(batch.local_at[place] - batch.venue_at[place]);
        }
    }

    /// The next row to arrive: its batch, its place there, and up to where rows of that batch follow it; those that are not part
    /// of the run are passed over.
    fn locate(&mut self) -> Result<Option<(RowBatch, usize, usize)>, TapeError> {
        loop {
            let (index, offset) = ((self.next / BATCH_ROWS as u64) as usize, (self.next % BATCH_ROWS as u64) as usize);
            let Some(Batch::Rows(batch)) = self.batch(index)? else { return Ok(None) };
            if offset >= batch.len() {
                return Ok(None);
            }
            let Some(delivery) = &batch.delivery else {
                let left = usize::try_from(self.rows.saturating_sub(self.next)).unwrap_or(usize::MAX);
                let until = batch.len().min(offset.saturating_add(left));
                return Ok((offset < until).then_some((batch, offset, until)));
            };
            let row = (self.next as i64 + i64::from(delivery[offset])) as u64;
            if row >= self.rows {
                self.next += 1;
                continue;
            }
            let place = (row % BATCH_ROWS as u64) as usize;
            let Some(Batch::Rows(batch)) = self.batch((row / BATCH_ROWS as u64) as usize)? else { return Ok(None) };
            return Ok(Some((batch, place, place + 1)));
        }
    }

    /// Bars are heard of when they close, and the last one is all that is known.
    fn bars_to(&mut self, at: Timestamp) -> Result<(), TapeError> {
        let period = self.source.header().period.unwrap_or_default();
        while self.next < self.rows {
            let index = (self.next / BATCH_ROWS as u64) as usize;
            let Some(Batch::Bars(batch)) = self.batch(index)? else { break };
            let offset = (self.next % BATCH_ROWS as u64) as usize;
            let closed = Self::closed(&batch, offset, at.plus(Span::from_nanos(-period.nanos())));
            if closed == 0 {
                break;
            }
            let last = batch.bar(offset + closed - 1, period);
            self.last_trade = Some(last.close);
            self.market_at = Some(last.open_at.plus(period));
            self.next += closed as u64;
        }
        let best = self.last_trade.map_or_else(BestPrices::default, at_one_price);
        self.states.push(Heard { best, market_at: self.market_at, is_broken: false, market_latency: Span::ZERO });
        Ok(())
    }

    /// The tape shows a book.
    pub fn has_book(&self) -> bool {
        self.kind == TapeKind::L2
    }

    /// The next close that nobody has asked for; `None` when there is none, or where there are no bars.
    pub fn next_close(&mut self) -> Result<Option<Timestamp>, TapeError> {
        if self.rows <= self.next || self.kind != TapeKind::Bars {
            return Ok(None);
        }
        let period = self.source.header().period.unwrap_or_default();
        let (index, offset) = ((self.next / BATCH_ROWS as u64) as usize, (self.next % BATCH_ROWS as u64) as usize);
        let Some(Batch::Bars(batch)) = self.batch(index)? else { return Ok(None) };
        Ok(batch.open_at.get(offset).map(|open_at| Timestamp::from_nanos(*open_at).plus(period)))
    }

    /// How many bars from `offset` on open at or before `open_at`.
    fn closed(batch: &BarBatch, offset: usize, open_at: Timestamp) -> usize {
        batch.open_at.get(offset..).map_or(0, |bars| bars.partition_point(|&bar| bar <= open_at.nanos()))
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if let Some((_, batch)) = self.kept.iter().rev().find(|(number, _)| *number == index) {
            return Ok(Some(batch.clone()));
        }
        let Some(batch) = self.source.batch(index)? else { return Ok(None) };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((index, batch.clone()));
        Ok(Some(batch))
    }
}

/// Both sides at one price: how a market without a book is valued.
fn at_one_price(price: Price) -> BestPrices {
    let level = Some(Level { price, quantity: Quantity::ZERO });
    BestPrices { bid: level, ask: level }
}
