use super::TapeRow;
use super::fault::Fault;
use crate::units::{MINUTE, Span, Timestamp};

/// How far venue order may stray from arrival order, and so how much is kept in memory while a tape is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReorderWindow {
    /// Rows kept at most.
    pub rows: usize,
    /// A row may arrive after rows that are this much younger by the venue's clock.
    pub span: Span,
}

impl Default for ReorderWindow {
    /// 4 million rows, two minutes.
    fn default() -> Self {
        Self { rows: 4_000_000, span: MINUTE.times(2) }
    }
}

/// A row that waits for its place, with the low bits of its number of arrival.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    pub venue_at: i64,
    pub local_at: i64,
    pub price: i64,
    pub quantity: i64,
    pub flags: u32,
    pub arrival: u32,
}

/// Rows that arrived and may still have to let an older one pass.
#[derive(Debug)]
pub(super) struct Window {
    limit: ReorderWindow,
    /// In venue order, unless `disordered`.
    pending: Vec<Arrived>,
    disordered: bool,
    /// How many are let in before the next release.
    room: usize,
    arrivals: u64,
    /// Youngest and last released venue times.
    newest: i64,
    released: i64,
}

impl Window {
    /// At least two rows.
    pub(super) fn new(limit: ReorderWindow) -> Self {
        let limit = ReorderWindow { rows: limit.rows.max(2), ..limit };
        let room = limit.rows.min(super::BATCH_ROWS);
        Self { limit, pending: Vec::new(), disordered: false, room, arrivals: 0, newest: i64::MIN, released: i64::MIN }
    }

    /// Lets a row in. True when it is older than one that arrived before it.
    #[inline(always)]
    pub(super) fn push(&mut self, row: &TapeRow) -> Result<bool, Fault> {
        if self.pending.len() >= 2 * self.limit.rows {
            return Err(self.overfull());
        }
        let venue_at = row.venue_at.nanos();
        let late = venue_at < self.newest;
        if late {
            self.check_place(venue_at)?;
            self.disordered = true;
        } else {
            self.newest = venue_at;
        }
        self.pending.push(Arrived {
            venue_at,
            local_at: row.local_at.nanos(),
            price: row.price.ticks(),
            quantity: row.quantity.steps(),
            flags: row.flags,
            arrival: self.arrivals as u32,
        });
        self.arrivals += 1;
        Ok(late)
    }

    #[cold]
    fn overfull(&self) -> Fault {
        let newest = Timestamp::from_nanos(self.newest);
        let found = format!("{} rows in one message or at one instant, near venue_at {newest}", self.pending.len());
        Fault::new(found, "fewer rows than the reorder window holds; end every message with LAST")
    }

    #[cold]
    fn check_place(&self, venue_at: i64) -> Result<(), Fault> {
        let [venue, newest] = [venue_at, self.newest].map(Timestamp::from_nanos);
        let (rows, span) = (self.limit.rows, self.limit.span);
        let shown =
            || format!("venue_at {venue} after a row of {newest}; rows up to {rows} and {span} apart are put in order");
        Fault::unless(venue_at >= self.released, shown, "a row whose place in venue order is not yet written")
    }

    /// True when rows should be released; asked at the end of a message.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.pending.len() >= self.room
    }

    /// How many of the rows in [`Self::sorted`] can let no older row pass: those beyond the span, and the older half of a
    /// window that is too long.
    pub(super) fn releasable(&mut self) -> usize {
        self.sort();
        let horizon = self.newest.saturating_sub(self.limit.span.nanos());
        let old = self.pending.partition_point(|row| row.venue_at <= horizon);
        if self.pending.len() - old > self.limit.rows / 2 {
            let middle = self.pending[self.pending.len() - self.limit.rows / 2].venue_at;
            return self.pending.partition_point(|row| row.venue_at < middle).max(old);
        }
        old
    }

    /// All rows in venue order; rows of one instant in order of arrival.
    pub(super) fn sorted(&mut self) -> &[Arrived] {
        self.sort();
        &self.pending
    }

    /// Forgets the first `count` rows, which have been written.
    pub(super) fn forget(&mut self, count: usize) {
        if let Some(last) = count.checked_sub(1) {
            self.released = self.pending[last].venue_at;
        }
        self.pending.drain(..count);
        let doubled = (2 * self.pending.len()).max(self.pending.len() + super::BATCH_ROWS);
        self.room = doubled.min(self.limit.rows.max(self.pending.len() + 1));
    }

    /// Number of the oldest arrival that is still here, or of the next to come.
    pub(super) fn oldest_arrival(&self) -> u64 {
        let ages = self.pending.iter().map(|row| (self.arrivals as u32).wrapping_sub(row.arrival));
        self.arrivals - u64::from(ages.max().unwrap_or(0))
    }

    fn sort(&mut self) {
        if self.disordered {
            self.pending.sort_by_key(|row| row.venue_at);
            self.disordered = false;
        }
    }
}

impl Arrived {
    /// The full number of arrival of a row that lies near place `place`.
    pub(super) fn arrival_near(&self, place: u64) -> u64 {
        place.wrapping_add_signed(i64::from(self.arrival.wrapping_sub(place as u32) as i32))
    }
}
