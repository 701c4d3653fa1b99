use super::cursor::{Batches, Clock, Market, first_after, run_columns};
use super::interest::Interest;
use super::rows::{Replay, nobody};
use super::run::at_one_price;
use crate::bot::MarketKnowledge;
use crate::checkpoint::kept;
use crate::model::{BestPrices, Level, Side, Trade, row};
use crate::strategy::DepthView;
use crate::tape::{BATCH_ROWS, RowBatch, TapeError};
use crate::units::{Price, Quantity, Span, Timestamp};
use std::rc::Rc;

/// Rows looked at in search of a run: what lies beyond is found by the next search.
const RUN_MAX: usize = 256;

/// What one delivered message told.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// Trades in it.
    pub(super) trades: Vec<Trade>,
    /// The best prices are others now.
    pub(super) best_changed: bool,
}

/// The bots' side of the market: rows in order of arrival, up to the bots' clock.
pub(super) struct Feed {
    /// The bots' own book; `None` in the lagging view.
    own: Option<Box<OwnBook>>,
    /// Next row to arrive, counted in order of arrival.
    next: u64,
    /// Of those before it, rows that are not part of the run.
    skipped: u64,
    /// Messages delivered; counted when each of them is.
    messages: u64,
    batch: Option<Rc<RowBatch>>,
    index: usize,
    /// Number of the first row of the batch.
    first: u64,
    market_at: Option<Timestamp>,
    market_latency: Span,
    /// The feed takes its book for sound.
    is_synchronised: bool,
    best: BestPrices,
    last_trade: Option<Trade>,
    /// Rows of the run, once the market has ended; rows after them never arrive.
    rows: u64,
    /// No book is known: the last trade stands for both best prices.
    trades_only: bool,
    /// The rows found last: most calls ask for the same ones again, or for what is left of them.
    run: Option<Run>,
}

/// Rows that arrive one after the other and lie side by side.
struct Run {
    /// Place of the first of them in the order of arrival.
    next: u64,
    batch: Rc<RowBatch>,
    first: usize,
    until: usize,
}

impl Run {
    /// What is left of it from `next` on.
    fn from(&self, next: u64) -> Option<(Rc<RowBatch>, usize, usize)> {
        let gone = usize::try_from(next.checked_sub(self.next)?).ok()?;
        let first = self.first + gone;
        (first < self.until).then(|| (Rc::clone(&self.batch), first, self.until))
    }
}

/// A book of the bot's own, replayed by the same loop as the venue's. Wrapped so that it can be shown as a [`DepthView`].
#[derive(serde::Serialize, serde::Deserialize)]
struct OwnBook(Replay);

impl DepthView for OwnBook {
    fn levels(&self, side: Side, levels: &mut [Level]) -> usize {
        let mut count = 0;
        for (slot, level) in levels.iter_mut().zip(self.0.ladder.levels(side)) {
            *slot = level;
            count += 1;
        }
        count
    }
}

impl Feed {
    pub(super) fn new(batches: &mut Batches<'_>, own_book: bool) -> Result<Self, TapeError> {
        Ok(Self {
            own: own_book.then(|| Box::new(OwnBook(Replay::new(false)))),
            next: 0,
            skipped: 0,
            messages: 0,
            batch: batches.get(0)?,
            index: 0,
            first: 0,
            market_at: None,
            market_latency: Span::ZERO,
            is_synchronised: true,
            best: BestPrices::default(),
            last_trade: None,
            rows: u64::MAX,
            trades_only: false,
            run: None,
        })
    }

    /// Shows the last trade as both best prices: for markets without a book.
    pub(super) const fn marked_at_trades(mut self, trades_only: bool) -> Self {
        self.trades_only = trades_only;
        self
    }

    /// True when the bots keep a book of their own.
    pub(super) const fn has_own_book(&self) -> bool {
        self.own.is_some()
    }

    /// The market has ended after so many rows.
    pub(super) fn limit(&mut self, rows: u64) {
        self.rows = rows;
        self.run = None;
    }

    /// When the last row of a market that has ended arrives.
    pub(super) fn last_at(&mut self, batches: &mut Batches<'_>) -> Result<Timestamp, TapeError> {
        let Some(last) = self.rows.checked_sub(1) else { return Ok(Timestamp::MIN) };
        if batches.is_live() {
            let last = batches.last().and_then(|batch| batch.local_at.last().copied());
            return Ok(last.map_or(Timestamp::MIN, Timestamp::from_nanos));
        }
        let Some(batch) = batches.get(last as usize / BATCH_ROWS)? else { return Ok(Timestamp::MIN) };
        if batch.delivery.is_none() {
            return Ok(Timestamp::from_nanos(batch.local_at[last as usize % BATCH_ROWS]));
        }
        let (next, skipped) = (self.next, self.skipped);
        let mut latest = self.market_at.unwrap_or(Timestamp::MIN);
        while let Some((batch, first, until)) = self.locate_run(batches)? {
            latest = Timestamp::from_nanos(batch.local_at[until - 1]);
            self.next += (until - first) as u64;
        }
        (self.next, self.skipped) = (next, skipped);
        Ok(latest)
    }

    /// What the bots know now.
    #[inline]
    pub(super) fn knowledge(&self) -> MarketKnowledge<'_> {
        let last_price = self.last_trade.filter(|_| self.trades_only).map(|trade| at_one_price(trade.price));
        MarketKnowledge {
            best: last_price.unwrap_or(self.best),
            market_at: self.market_at,
            is_synchronised: self.is_synchronised,
            market_latency: self.market_latency,
            last_trade: self.last_trade,
            depth: self.own.as_ref().map(|own| own.as_ref() as &dyn DepthView),
        }
    }

    /// When the next message arrives; the end of time when there is none.
    pub(super) fn next_at(&mut self, batches: &mut Batches<'_>) -> Result<Timestamp, TapeError> {
        let next = self.locate_run(batches)?;
        Ok(next.map_or(Timestamp::MAX, |(batch, first, _)| Timestamp::from_nanos(batch.local_at[first])))
    }

    /// Delivers everything that arrives up to and at `now`. `each_trade` hears of the trades among it.
    pub(super) fn advance(
        &mut self,
        batches: &mut Batches<'_>,
        market: &mut Market,
        now: Timestamp,
        each_trade: Option<&mut dyn FnMut(&Trade)>,
    ) -> Result<(), TapeError> {
        if self.own.is_some() {
            return self.advance_own(batches, now, each_trade);
        }
        self.skip_to(batches, market.rows(), now, each_trade)?;
        let history = &mut market.replay.history;
        if history.see(now.nanos()) {
            self.best = history.seen().prices();
        }
        Ok(())
    }

    /// Lagging view: moves over the rows without applying them, since the venue's book remembers what they showed.
    fn skip_to(
        &mut self,
        batches: &mut Batches<'_>,
        happened: u64,
        now: Timestamp,
        mut each_trade: Option<&mut dyn FnMut(&Trade)>,
    ) -> Result<(), TapeError> {
        while self.next < self.rows {
            let Some(batch) = self.current(batches)? else { return Ok(()) };
            let from = (self.next - self.first) as usize;
            let available = batch.len().min(from.saturating_add(self.rows_left()));
            // The bots are as a rule one feed latency behind the venue, a message or two.
            let near = happened.saturating_sub(self.next - from as u64) as usize;
            let to = first_after(&batch.local_at[..available], from, near, now.nanos());
            if to > from {
                self.hear(&batch, from, to, &mut each_trade);
            }
            if to < available || (available < BATCH_ROWS && !batches.is_live()) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn advance_own(
        &mut self,
        batches: &mut Batches<'_>,
        now: Timestamp,
        mut each_trade: Option<&mut dyn FnMut(&Trade)>,
    ) -> Result<(), TapeError> {
        let before = self.next;
        while let Some((batch, from, until)) = self.locate_run(batches)? {
            let Some(own) = &mut self.own else { break };
            let (to, _) =
                run_columns(&mut own.0, &batch, (Clock::Local, from..until), now, &Interest::NONE, &mut nobody);
            if to == from {
                break;
            }
            self.hear(&batch, from, to, &mut each_trade);
            if to < until {
                break;
            }
        }
        if self.next != before {
            self.refresh_best();
        }
        Ok(())
    }

    /// Notes that the rows `from..to` of a batch have arrived.
    #[inline]
    fn hear(&mut self, batch: &RowBatch, from: usize, to: usize, each_trade: &mut Option<&mut dyn FnMut(&Trade)>) {
        self.next += (to - from) as u64;
        if batch.flags[to - 1] & (row::MISSED | row::UNSYNCHRONISED) == 0 {
            self.market_at = Some(Timestamp::from_nanos(batch.local_at[to - 1]));
            self.market_latency = Span::from_nanos(batch.local_at[to - 1] - batch.venue_at[to - 1]);
            self.is_synchronised = true;
        } else {
            self.hear_missed(batch, from, to);
        }
        if let Some(each) = each_trade {
            (from..to).filter_map(|offset| trade_at(batch, offset)).for_each(|trade| each(&trade));
        }
        if let Some(last) = batch.flags[from..to].iter().rposition(|flags| row::is_heard_trade(*flags)) {
            self.last_trade = trade_at(batch, from + last);
        }
    }

    /// The last of the rows `from..to` was missed, or comes with a book that is not to be trusted. A trade leaves no trace; how long messages take is
    /// known of the last that was neither, however many rows are heard of at once.
    #[cold]
    fn hear_missed(&mut self, batch: &RowBatch, from: usize, to: usize) {
        let last = |is_it: fn(u32) -> bool| batch.flags[from..to].iter().rposition(|flags| is_it(*flags));
        if let Some(fresh) = last(|flags| flags & (row::MISSED | row::UNSYNCHRONISED) == 0) {
            self.market_latency = Span::from_nanos(batch.local_at[from + fresh] - batch.venue_at[from + fresh]);
        }
        if batch.flags[to - 1] & row::UNSYNCHRONISED != 0 {
            self.is_synchronised = false;
            self.market_at = Some(Timestamp::from_nanos(batch.local_at[to - 1]));
        } else if let Some(heard) = last(|flags| !row::is_missed_trade(flags)) {
            self.market_at = Some(Timestamp::from_nanos(batch.local_at[from + heard]));
        }
    }

    /// Delivers one message.
    pub(super) fn step(
        &mut self,
        batches: &mut Batches<'_>,
        replay: &mut Replay,
        delivery: &mut Delivery,
    ) -> Result<(), TapeError> {
        delivery.trades.clear();
        let before = self.best;
        let mut dirty = false;
        let mut last = false;
        let mut missed = None;
        while !last {
            let Some((batch, from, until)) = self.locate_run(batches)? else { break };
            // What was missed comes as one message, when the bots are connected again.
            if missed.is_some_and(|at| batch.local_at[from] != at || batch.flags[from] & row::MISSED == 0) {
                break;
            }
            let flags = &batch.flags[from..until];
            let to = flags.iter().position(|flags| flags & row::LAST != 0).map_or(until, |end| from + end + 1);
            let end = batch.flags[to - 1];
            last = end & row::LAST != 0 && end & row::MISSED == 0;
            dirty |= batch.flags[from..to].iter().any(|flags| flags & row::KIND != row::TRADE);
            if let Some(own) = &mut self.own {
                run_columns(&mut own.0, &batch, (Clock::Local, from..to), Timestamp::MAX, &Interest::NONE, &mut nobody);
            }
            self.hear(&batch, from, to, &mut Some(&mut |trade| delivery.trades.push(*trade)));
            self.messages += u64::from(end & row::LAST != 0);
            missed = (end & row::MISSED != 0).then_some(batch.local_at[to - 1]);
        }
        match (&self.own, dirty) {
            (Some(_), true) => self.refresh_best(),
            (None, true) if replay.history.see_message(self.messages) => {
                self.best = replay.history.seen().prices();
            }
            _ => {}
        }
        delivery.best_changed = self.best != before;
        Ok(())
    }

    fn refresh_best(&mut self) {
        if let Some(own) = &self.own {
            self.best = own.0.ladder.best();
        }
    }

    fn rows_left(&self) -> usize {
        usize::try_from(self.rows - (self.next - self.skipped)).unwrap_or(usize::MAX)
    }

    /// The next rows to arrive that lie side by side: batch, first, and one past the last; `None` when there are none.
    fn locate_run(&mut self, batches: &mut Batches<'_>) -> Result<Option<(Rc<RowBatch>, usize, usize)>, TapeError> {
        if let Some(rest) = self.run.as_ref().and_then(|run| run.from(self.next)) {
            return Ok(Some(rest));
        }
        let located = self.search_run(batches)?;
        let run = |(batch, first, until): &(Rc<RowBatch>, usize, usize)| Run {
            next: self.next,
            batch: Rc::clone(batch),
            first: *first,
            until: *until,
        };
        self.run = located.as_ref().map(run);
        Ok(located)
    }

    fn search_run(&mut self, batches: &mut Batches<'_>) -> Result<Option<(Rc<RowBatch>, usize, usize)>, TapeError> {
        while self.next - self.skipped < self.rows {
            let Some(batch) = self.current(batches)? else { return Ok(None) };
            let offset = (self.next - self.first) as usize;
            let until = batch.len().min(offset.saturating_add(self.rows_left()));
            if offset >= until {
                return Ok(None);
            }
            let Some(delivery) = &batch.delivery else { return Ok(Some((batch, offset, until))) };
            let moved = delivery[offset];
            let row = (self.next as i64 + i64::from(moved)) as u64;
            if row >= self.rows {
                self.next += 1;
                self.skipped += 1;
                continue;
            }
            // Rows that are moved by equal distances arrive side by side: the most common distance is none at all.
            let most = usize::try_from(self.rows - row).unwrap_or(usize::MAX);
            let length =
                delivery[offset..until].iter().take(most.min(RUN_MAX)).take_while(|other| **other == moved).count();
            let (index, first) = (row as usize / BATCH_ROWS, row as usize % BATCH_ROWS);
            return Ok(batches.get(index)?.map(|batch| {
                let until = batch.len().min(first + length);
                (batch, first, until)
            }));
        }
        Ok(None)
    }

    /// The batch that holds the position of the next row to arrive.
    fn current(&mut self, batches: &mut Batches<'_>) -> Result<Option<Rc<RowBatch>>, TapeError> {
        if batches.is_live() {
            return self.current_live(batches);
        }
        let index = self.next as usize / BATCH_ROWS;
        if index != self.index {
            self.index = index;
            self.first = (index * BATCH_ROWS) as u64;
            self.batch = batches.get(index)?;
        }
        Ok(self.batch.clone())
    }

    /// The same where batches are of any length; `None` while the row is not made.
    fn current_live(&mut self, batches: &mut Batches<'_>) -> Result<Option<Rc<RowBatch>>, TapeError> {
        if self.batch.is_none() {
            self.batch = batches.get(self.index)?;
        }
        while let Some(batch) = self.batch.as_ref() {
            let behind = self.first + batch.len() as u64;
            if self.next < behind {
                return Ok(self.batch.clone());
            }
            let Some(next) = batches.get(self.index + 1)? else { break };
            (self.index, self.first, self.batch) = (self.index + 1, behind, Some(next));
        }
        Ok(None)
    }

    /// Takes up the batch that was read.
    pub(super) fn read_again(&mut self, batches: &mut Batches<'_>) -> Result<(), TapeError> {
        self.batch = batches.get(self.index)?;
        self.run = None;
        Ok(())
    }

    /// Number of the batch that is read.
    pub(super) const fn reads(&self) -> usize {
        self.index
    }
}

fn trade_at(batch: &RowBatch, offset: usize) -> Option<Trade> {
    let flags = batch.flags[offset];
    row::is_heard_trade(flags).then(|| Trade {
        venue_at: Timestamp::from_nanos(batch.venue_at[offset]),
        local_at: Timestamp::from_nanos(batch.local_at[offset]),
        price: Price::new(batch.price.get(offset)),
        quantity: Quantity::new(batch.quantity.get(offset)),
        aggressor: row::side(flags),
    })
}

kept!(Feed {
    state: own, next, skipped, messages, index, first, market_at, market_latency, is_synchronised, best, last_trade, rows;
    parts: ;
    left: batch, trades_only, run;
});
