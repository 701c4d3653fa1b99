use super::interest::Interest;
use super::live::Live;
use super::rows::{Columns, OnDepth, Replay, Touch};
use crate::checkpoint::{StateError, kept};
use crate::model::row;
use crate::synth::LiveRows;
use crate::tape::{Batch, BatchSource, IntColumn, RowBatch, TapeError};
use crate::units::Timestamp;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

/// Batches kept for those who trail the venue.
const KEPT: usize = 4;

/// The last few batches of a source, by number.
pub(super) struct Batches<'s> {
    source: &'s mut dyn BatchSource,
    kept: VecDeque<(usize, Rc<RowBatch>)>,
    /// Batches are [added](Self::push) as they are made, of any length, and kept until everybody has read them.
    is_live: bool,
}

impl<'s> Batches<'s> {
    pub(super) fn new(source: &'s mut dyn BatchSource) -> Self {
        Self { source, kept: VecDeque::with_capacity(KEPT + 1), is_live: false }
    }

    /// From now on batches are added as they are made.
    pub(super) fn go_live(&mut self) {
        self.is_live = true;
    }

    pub(super) const fn is_live(&self) -> bool {
        self.is_live
    }

    /// The next batch was made; those before `read` have been read by everybody.
    pub(super) fn push(&mut self, batch: Rc<RowBatch>, read: usize) {
        let next = self.kept.back().map_or(0, |(number, _)| number + 1);
        self.kept.push_back((next, batch));
        while self.kept.len() > 1 && self.kept.front().is_some_and(|(number, _)| *number < read) {
            self.kept.pop_front();
        }
    }

    /// The last batch that was made.
    pub(super) fn last(&self) -> Option<&Rc<RowBatch>> {
        self.kept.back().map(|(_, batch)| batch)
    }

    /// The batches that are kept, with their numbers: of a market that is made as it goes on they are nowhere else.
    pub(super) fn made(&self) -> Vec<(usize, LiveRows)> {
        self.kept.iter().map(|(number, batch)| (*number, LiveRows::of(batch))).collect()
    }

    /// Puts back what was [made](Self::made).
    pub(super) fn put_back(&mut self, made: Vec<(usize, LiveRows)>) -> Result<(), StateError> {
        let numbers: Vec<usize> = made.iter().map(|(number, _)| *number).collect();
        if !made.iter().all(|(_, rows)| rows.is_whole()) || numbers.windows(2).any(|pair| pair[0] + 1 != pair[1]) {
            return Err(StateError::unlike("batches of a market", numbers, "whole ones that follow each other"));
        }
        self.kept = made.into_iter().map(|(number, mut rows)| (number, Rc::new(rows.take()))).collect();
        Ok(())
    }

    /// Batch `index`, shared; `None` past the end of the market, or of what was made of it.
    pub(super) fn get(&mut self, index: usize) -> Result<Option<Rc<RowBatch>>, TapeError> {
        if self.is_live {
            let place = self.kept.front().and_then(|(first, _)| index.checked_sub(*first));
            return Ok(place.and_then(|place| self.kept.get(place)).map(|(_, batch)| Rc::clone(batch)));
        }
        if let Some((_, batch)) = self.kept.iter().find(|(number, _)| *number == index) {
            return Ok(Some(Rc::clone(batch)));
        }
        let Some(Batch::Rows(batch)) = self.source.batch(index)? else { return Ok(None) };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        let batch = Rc::new(batch);
        self.kept.push_back((index, Rc::clone(&batch)));
        Ok(Some(batch))
    }
}

/// Why the market stopped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// Everything up to and at the limit has happened.
    Limit,
    /// A row is of consequence, at this venue time.
    Touch(Touch, Timestamp),
    /// There are no more rows.
    End,
    /// Somebody has done something to the venue's orders, at this venue time. The rows that tell of it are still to come.
    Own(Timestamp),
    /// A message was made, and somebody waits for each of them.
    Message,
}

/// Where the venue is on the tape, and the state its rows have led to.
pub(super) struct Market {
    pub(super) replay: Replay,
    pub(super) batch: Option<Rc<RowBatch>>,
    index: usize,
    pub(super) at: usize,
    pub(super) rows_before: u64,
    pub(super) max_rows: u64,
    /// Latency of the last row of the batches before, in nanoseconds.
    latency_before: i64,
    /// The last row of the batches before ended its message.
    between_messages: bool,
    /// Rows of the batch that belong to the run.
    pub(super) available: usize,
    /// The market is made as it goes on.
    pub(super) live: Option<Box<Live>>,
}

impl Market {
    pub(super) fn new(batches: &mut Batches<'_>, keep_history: bool, max_rows: Option<u64>) -> Result<Self, TapeError> {
        let mut market = Self {
            replay: Replay::new(keep_history),
            batch: if max_rows == Some(0) { None } else { batches.get(0)? },
            index: 0,
            at: 0,
            rows_before: 0,
            max_rows: max_rows.unwrap_or(u64::MAX),
            latency_before: 0,
            between_messages: true,
            available: 0,
            live: None,
        };
        market.count_available();
        Ok(market)
    }

    /// No row of the batch that comes next belongs to the run.
    const fn is_over(&self) -> bool {
        self.rows_before >= self.max_rows && self.between_messages
    }

    /// Number of the batch that is read.
    pub(super) const fn reads(&self) -> usize {
        self.index
    }

    /// Takes up the batch that was read, unless the market was over.
    pub(super) fn read_again(&mut self, batches: &mut Batches<'_>) -> Result<(), TapeError> {
        self.batch = match &self.live {
            Some(_) => batches.last().cloned(),
            None if self.is_over() => None,
            None => batches.get(self.index)?,
        };
        Ok(())
    }

    /// A market that is made as it goes on is made again up to and at `until`; another is left as it is.
    pub(super) fn make_again(&self, until: Timestamp) -> Result<(), StateError> {
        let Some(live) = &self.live else { return Ok(()) };
        let (made, expected) = (live.market.borrow_mut().make_again(until), self.rows_before + self.available as u64);
        if made == expected { Ok(()) } else { Err(StateError::unlike("a market", format!("{made} rows"), expected)) }
    }

    /// Rows that have happened.
    pub(super) const fn rows(&self) -> u64 {
        self.rows_before + self.at as u64
    }

    /// Latency of the last row that has happened, in nanoseconds.
    pub(super) fn feed_latency_ns(&self) -> i64 {
        match &self.batch {
            Some(batch) if self.at > 0 => latency(batch, self.at - 1),
            _ => self.latency_before,
        }
    }

    /// When the next row happens, or what the last one left unfinished; `None` when there is neither.
    pub(super) fn next_at(&mut self, batches: &mut Batches<'_>) -> Result<Option<Timestamp>, TapeError> {
        loop {
            let Some(batch) = &self.batch else { return Ok(None) };
            let next = if self.replay.is_unfinished() { self.at - 1 } else { self.at };
            if next < self.available {
                return Ok(Some(Timestamp::from_nanos(batch.venue_at[next])));
            }
            self.turn(batches)?;
        }
    }

    /// So many more rows belong to the run, and the rest of the message into which the last of them falls.
    pub(super) fn allow(&mut self, rows: u64) {
        self.max_rows = self.rows().saturating_add(rows);
        if rows == 0 && self.at == 0 && self.between_messages {
            self.batch = None;
        }
        self.count_available();
    }

    /// Runs to the first row of consequence, or through all rows at or before `limit`.
    #[inline]
    pub(super) fn advance(
        &mut self,
        batches: &mut Batches<'_>,
        limit: Timestamp,
        interest: &Interest,
        on_depth: &mut OnDepth<'_>,
    ) -> Result<Stop, TapeError> {
        if self.live.is_some() {
            return Ok(self.advance_live(batches, limit, interest, on_depth));
        }
        loop {
            let Some(batch) = &self.batch else { return Ok(Stop::End) };
            let rows = self.at..self.available;
            let (next, touch) = run_columns(&mut self.replay, batch, (Clock::Venue, rows), limit, interest, on_depth);
            self.at = next;
            if let Some(touch) = touch {
                return Ok(Stop::Touch(touch, Timestamp::from_nanos(batch.venue_at[next - 1])));
            }
            if next < self.available {
                return Ok(Stop::Limit);
            }
            self.turn(batches)?;
        }
    }

    /// Keeps the latency of the batch's last row, before another batch takes its place.
    pub(super) fn note_latency(&mut self) {
        if let (Some(batch), Some(last)) = (&self.batch, self.available.checked_sub(1)) {
            self.latency_before = latency(batch, last);
        }
    }

    /// Goes on to the next batch, unless the limit is reached and a message has ended there.
    fn turn(&mut self, batches: &mut Batches<'_>) -> Result<(), TapeError> {
        let Some(batch) = &self.batch else { return Ok(()) };
        if let Some(last) = self.available.checked_sub(1) {
            self.between_messages = batch.flags[last] & row::LAST != 0;
            self.latency_before = latency(batch, last);
        }
        self.rows_before += self.available as u64;
        self.index += 1;
        self.at = 0;
        self.batch = if self.is_over() { None } else { batches.get(self.index)? };
        self.count_available();
        Ok(())
    }

    /// Counts the rows of the batch that belong to the run: the message into which the limit falls is replayed whole.
    fn count_available(&mut self) {
        let Some(batch) = &self.batch else { return };
        let left = self.max_rows.saturating_sub(self.rows_before);
        let all = batch.len();
        self.available = match usize::try_from(left).ok().filter(|left| *left < all) {
            Some(left) => {
                let from = left.saturating_sub(1);
                let end = batch.flags[from..].iter().position(|flags| flags & row::LAST != 0);
                end.map_or(all, |end| from + end + 1)
            }
            None => all,
        };
    }
}

/// Latency of one row, in nanoseconds.
fn latency(batch: &RowBatch, row: usize) -> i64 {
    batch.local_at[row] - batch.venue_at[row]
}

/// First element of `stamps` after `limit`, from `from` on. Searched in doubling steps from `near`, where it is guessed to be.
#[inline]
pub(super) fn first_after(stamps: &[i64], from: usize, near: usize, limit: i64) -> usize {
    let near = near.clamp(from, stamps.len().max(from));
    let (mut low, mut high, mut step) = (near, near, 1);
    while low > from && stamps[low - 1] > limit {
        high = low - 1;
        low = high.saturating_sub(step).max(from);
        step *= 2;
    }
    if low < near {
        return low + stamps[low..high].partition_point(|&stamp| stamp <= limit);
    }
    while high < stamps.len() && stamps[high] <= limit {
        low = high + 1;
        high = (low + step).min(stamps.len());
        step *= 2;
    }
    low + stamps[low..high].partition_point(|&stamp| stamp <= limit)
}

/// Whose stamps a limit is held against.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    /// The venue's: when a row happens.
    Venue,
    /// The bots': when they hear of it.
    Local,
}

/// Picks the loop for the tape's column widths.
pub(super) fn run_columns(
    replay: &mut Replay,
    batch: &RowBatch,
    (clock, rows): (Clock, Range<usize>),
    limit: Timestamp,
    interest: &Interest,
    on_depth: &mut OnDepth<'_>,
) -> (usize, Option<Touch>) {
    let (local_at, flags) = (&batch.local_at[..], &batch.flags[..]);
    let at = match clock {
        Clock::Venue => &batch.venue_at[..],
        Clock::Local => local_at,
    };
    macro_rules! run {
        ($price:ident, $quantity:ident) => {
            replay.run(
                Columns { at, local_at, price: $price, quantity: $quantity, flags },
                rows,
                limit.nanos(),
                interest,
                on_depth,
            )
        };
    }
    match (&batch.price, &batch.quantity) {
        (IntColumn::Narrow(price), IntColumn::Narrow(quantity)) => run!(price, quantity),
        (IntColumn::Wide(price), IntColumn::Wide(quantity)) => run!(price, quantity),
        (IntColumn::Narrow(price), IntColumn::Wide(quantity)) => run!(price, quantity),
        (IntColumn::Wide(price), IntColumn::Narrow(quantity)) => run!(price, quantity),
    }
}

kept!(Market {
    state: replay, index, at, rows_before, max_rows, latency_before, between_messages, available;
    parts: ;
    left: batch, live;
});

#[cfg(test)]
mod tests {
    use super::first_after;

    #[test]
    fn galloping_agrees_with_a_scan() {
        let stamps: Vec<i64> = (0..300).map(|index| index / 3 * 2).collect();
        for (from, near) in
            [0, 1, 7, 150, 299].into_iter().flat_map(|from| [0, 2, 151, 300, 999].map(|near| (from, near)))
        {
            for limit in -1..210 {
                let scanned = (from..stamps.len()).find(|&index| stamps[index] > limit).unwrap_or(stamps.len());
                assert_eq!(first_after(&stamps, from, near, limit), scanned, "from {from}, near {near}, limit {limit}");
            }
        }
    }
}
