//! A market that is made as it goes on: never further than the venue has heard of it.

use super::cursor::{Batches, Clock, Market, Stop, run_columns};
use super::interest::Interest;
use super::rows::{Columns, OnDepth};
use crate::synth::{LiveMarket, LiveRows, LiveStep};
use crate::tape::{BATCH_ROWS, Batch, BatchSource, TapeError, TapeHeader};
use crate::units::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;

/// The market, and what was made of it since the last stop.
pub(super) struct Live {
    pub(super) market: Rc<RefCell<LiveMarket>>,
    rows: LiveRows,
    /// Batches that the bots' feed has read.
    pub(super) read: usize,
    /// Stop at the next message: somebody waits for it.
    pub(super) each_message: bool,
}

impl Live {
    pub(super) fn new(market: Rc<RefCell<LiveMarket>>) -> Self {
        Self { market, rows: LiveRows::default(), read: 0, each_message: false }
    }
}

/// What a run reads of a market that is not there yet: its header.
pub(super) struct Unmade(pub(super) TapeHeader);

impl BatchSource for Unmade {
    fn header(&self) -> &TapeHeader {
        &self.0
    }

    fn batch(&mut self, _: usize) -> Result<Option<Batch>, TapeError> {
        Ok(None)
    }
}

impl Market {
    /// When the last row was made, where some that were made are not replayed yet.
    pub(super) fn unfinished(&self) -> Option<Timestamp> {
        let batch = self.batch.as_ref().filter(|_| self.at < self.available || self.replay.is_unfinished())?;
        self.available.checked_sub(1).map(|last| Timestamp::from_nanos(batch.venue_at[last]))
    }

    /// So many more rows belong to the run.
    pub(super) const fn allow_live(&mut self, rows: u64) {
        self.max_rows = (self.rows_before + self.available as u64).saturating_add(rows);
    }

    /// As [`advance`](Market::advance), message by message: each is replayed before the next is made, so that whatever it brings about
    /// comes before that.
    pub(super) fn advance_live(
        &mut self,
        batches: &mut Batches<'_>,
        limit: Timestamp,
        interest: &Interest,
        on_depth: &mut OnDepth<'_>,
    ) -> Stop {
        if let Some(stop) = self.finish_batch(interest, on_depth) {
            return stop;
        }
        let Some(mut live) = self.live.take() else { return Stop::End };
        let (stop, at) = self.make(&mut live, limit, interest, on_depth);
        self.seal(&mut live, batches, at);
        self.live = Some(live);
        stop
    }

    /// Replays what is left of the last batch, where it was stopped in.
    fn finish_batch(&mut self, interest: &Interest, on_depth: &mut OnDepth<'_>) -> Option<Stop> {
        let batch = self.batch.as_ref()?;
        if self.at == self.available && !self.replay.is_unfinished() {
            return None;
        }
        let rows = self.at..self.available;
        let (next, touch) =
            run_columns(&mut self.replay, batch, (Clock::Venue, rows), Timestamp::MAX, interest, on_depth);
        self.at = next;
        touch.map(|touch| Stop::Touch(touch, Timestamp::from_nanos(batch.venue_at[next - 1])))
    }

    /// Makes and replays message after message. Returns why it stopped, and how many of the rows were replayed then.
    fn make(
        &mut self,
        live: &mut Live,
        limit: Timestamp,
        interest: &Interest,
        on_depth: &mut OnDepth<'_>,
    ) -> (Stop, usize) {
        let happened = self.rows_before + self.available as u64;
        loop {
            let before = live.rows.len();
            if self.max_rows <= happened + before as u64 {
                return (Stop::End, before);
            }
            let mut market = live.market.borrow_mut();
            match market.step(limit, &mut live.rows) {
                LiveStep::Message => {}
                LiveStep::Limit => return (Stop::Limit, before),
                LiveStep::End => return (Stop::End, before),
            }
            let is_own = market.has_events();
            drop(market);
            let rows = &live.rows;
            let made_at = |row: usize| Timestamp::from_nanos(rows.venue_at[row]);
            if is_own {
                return (Stop::Own(made_at(before)), before);
            }
            let columns = Columns {
                at: &rows.venue_at,
                local_at: &rows.local_at,
                price: &rows.price,
                quantity: &rows.quantity,
                flags: &rows.flags,
            };
            let (next, touch) = self.replay.run(columns, before..rows.len(), limit.nanos(), interest, on_depth);
            if let Some(touch) = touch {
                return (Stop::Touch(touch, made_at(next - 1)), next);
            }
            if live.each_message || rows.len() >= BATCH_ROWS {
                return (Stop::Message, rows.len());
            }
        }
    }

    /// What was made becomes a batch, of which so many rows are replayed.
    fn seal(&mut self, live: &mut Live, batches: &mut Batches<'_>, at: usize) {
        if live.rows.is_empty() {
            return;
        }
        self.note_latency();
        self.rows_before += self.available as u64;
        let batch = Rc::new(live.rows.take());
        (self.at, self.available) = (at, batch.len());
        batches.push(Rc::clone(&batch), live.read);
        self.batch = Some(batch);
    }
}
