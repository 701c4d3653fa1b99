//! Second pass: messages to rows, in arrival order.

use super::capture::{Arrival, Halt, venue_time};
use super::join::{Covered, Joiner, OnDelta, OnSnapshot, Start};
use super::message::{Depth, LevelText, Message, Snapshot, Ticker, TradeMessage};
use super::scan::{Join, Selection};
use super::ticker::Tickers;
use crate::ingest::doctor::{RowDoctor, Spot};
use crate::ingest::error::Mismatch;
use crate::ingest::grid::Grid;
use crate::ingest::import::Check;
use crate::model::{Instrument, RowKind, Side, row};
use crate::tape::TapeError;
use crate::tape::TapeRow;
use crate::units::{Price, Quantity, Span, Timestamp};

/// Where rows go: a tape writer, or a test.
pub(super) type Sink<'a> = dyn FnMut(&TapeRow) -> Result<(), TapeError> + 'a;

/// What the first pass decided.
pub(super) struct Plan {
    pub selection: Selection,
    pub symbol: String,
    pub joins: Vec<Join>,
    /// Added to every local stamp.
    pub shift: Span,
    /// Latency assumed for a snapshot that says no venue time.
    pub base_latency: Span,
    pub has_book: bool,
}

/// How often something happened, and where first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub count: u64,
    pub first: Option<Spot>,
}

/// Everything the second pass counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub rows: u64,
    pub trades: u64,
    pub unknown_deletes: Seen,
    pub sequence_gaps: Seen,
    pub lost_ids: u64,
    pub old_deltas: Seen,
    pub held_deltas: Seen,
    pub old_snapshots: Seen,
    pub ignored_snapshots: Seen,
    pub unlabelled_snapshots: Seen,
    pub duplicate_trades: Seen,
    pub trade_gaps: Seen,
    pub lost_trades: u64,
    pub empty_trades: Seen,
    pub forced_trades: Seen,
    pub foreign: Seen,
    pub other: Seen,
    pub tickers: Check,
    pub first_difference: Option<(Spot, String)>,
}

/// A level change in ticks and steps.
type Change = (Side, Price, Quantity);

/// A delta that waits for its snapshot.
struct Held {
    covered: Covered,
    venue_at: i64,
    changes: Vec<Change>,
}

/// Turns messages into rows.
pub(super) struct Assembler<'a> {
    plan: Plan,
    prices: Grid,
    quantities: Grid,
    joiner: Joiner,
    held: Vec<Held>,
    doctor: RowDoctor,
    sink: &'a mut Sink<'a>,
    pub counts: Counts,
    snapshots: u64,
    next_join: usize,
    local_at: i64,
    /// Venue time of the newest depth message received, and of the newest book row written.
    depth_at: i64,
    book_at: i64,
    /// Venue time of the newest delta that the coming snapshot contains.
    contained_at: i64,
    /// Last id of the last depth message that was applied.
    applied: Option<u64>,
    tickers: Tickers,
    last_trade: Option<u64>,
    changes: Vec<Change>,
}

impl Seen {
    pub fn add(&mut self, spot: Spot) {
        self.count += 1;
        self.first.get_or_insert(spot);
    }
}

impl<'a> Assembler<'a> {
    pub fn new(plan: Plan, instrument: &Instrument, sink: &'a mut Sink<'a>) -> Self {
        let start = if plan.joins.is_empty() { Start::Cold } else { Start::Snapshot };
        Self {
            prices: Grid::new(instrument.tick_size),
            quantities: Grid::new(instrument.step_size),
            joiner: Joiner::new(start),
            held: Vec::new(),
            doctor: RowDoctor::new(plan.has_book),
            sink,
            counts: Counts::default(),
            snapshots: 0,
            next_join: 0,
            local_at: i64::MIN,
            depth_at: i64::MIN,
            book_at: i64::MIN,
            contained_at: i64::MIN,
            applied: None,
            tickers: Tickers::default(),
            last_trade: None,
            changes: Vec::new(),
            plan,
        }
    }

    pub fn message(&mut self, arrival: &Arrival, message: &Message<'_>) -> Result<(), Halt> {
        self.local_at = self.local_at.max(arrival.local_at.saturating_add(self.plan.shift.nanos()));
        match message {
            Message::Depth(depth) if depth.symbol == self.plan.symbol => self.depth(arrival, depth),
            Message::Trade(trade) if trade.symbol == self.plan.symbol => self.trade(arrival, trade),
            Message::Ticker(ticker) if ticker.symbol == self.plan.symbol => Ok(self.ticker(arrival, ticker)?),
            Message::Snapshot(snapshot) => self.snapshot(arrival, snapshot),
            Message::Depth(_) | Message::Trade(_) | Message::Ticker(_) => {
                self.counts.foreign.add(arrival.spot(self.depth_at));
                Ok(())
            }
            Message::Other => {
                self.counts.other.add(arrival.spot(self.depth_at));
                Ok(())
            }
        }
    }

    /// The counts, and the doctor with everything it saw.
    pub fn finish(self) -> (Counts, RowDoctor) {
        (self.counts, self.doctor)
    }

    fn depth(&mut self, arrival: &Arrival, depth: &Depth<'_>) -> Result<(), Halt> {
        self.depth_at = self.depth_at.max(depth.venue_at()?);
        let (covered, spot) = (depth.covered()?, arrival.spot(self.depth_at));
        self.read_changes(("b", &depth.bids), ("a", &depth.asks))?;
        match self.joiner.delta(covered) {
            OnDelta::Apply => {
                self.write_changes(self.depth_at, 0, spot)?;
                self.applied(covered.upto);
            }
            OnDelta::Drop => self.counts.old_deltas.add(spot),
            OnDelta::Hold => self.hold(covered, spot),
            OnDelta::Gap => self.gap(covered, spot)?,
        }
        Ok(())
    }

    /// Keeps a delta if the coming snapshot will not contain it.
    fn hold(&mut self, covered: Covered, spot: Spot) {
        self.counts.held_deltas.add(spot);
        let contained = self.plan.joins.get(self.next_join).is_none_or(|join| covered.upto <= join.last_id);
        if contained {
            self.contained_at = self.depth_at;
        } else {
            self.held.push(Held { covered, venue_at: self.depth_at, changes: self.changes.clone() });
        }
    }

    /// Updates were lost: nobody knows the book until the next snapshot.
    fn gap(&mut self, covered: Covered, spot: Spot) -> Result<(), Halt> {
        self.counts.sequence_gaps.add(spot);
        let known = self.applied.or(self.held.last().map(|held| held.covered.upto));
        let lost = known.map_or(0, |known| covered.after.saturating_sub(known));
        self.counts.lost_ids = self.counts.lost_ids.saturating_add(lost);
        self.held.clear();
        self.applied = None;
        self.clear_book(self.depth_at, 0, spot)?;
        if self.joiner.is_synced() {
            self.write_changes(self.depth_at, 0, spot)?;
            self.applied(covered.upto);
            return Ok(());
        }
        self.hold(covered, spot);
        Ok(())
    }

    fn snapshot(&mut self, arrival: &Arrival, snapshot: &Snapshot<'_>) -> Result<(), Halt> {
        let spot = arrival.spot(self.depth_at);
        let trusted = self.plan.selection.trusts_unlabelled;
        if !snapshot.symbol.map_or(trusted, |symbol| symbol == self.plan.symbol) {
            self.counts.unlabelled_snapshots.add(spot);
            return Ok(());
        }
        let number = self.snapshots;
        self.snapshots += 1;
        match self.joiner.snapshot(snapshot.last_id) {
            OnSnapshot::TooOld => self.counts.old_snapshots.add(spot),
            OnSnapshot::Ignore => self.counts.ignored_snapshots.add(spot),
            OnSnapshot::Join => self.join(arrival, snapshot, number)?,
        }
        Ok(())
    }

    fn join(&mut self, arrival: &Arrival, snapshot: &Snapshot<'_>, number: u64) -> Result<(), Halt> {
        let planned = self.plan.joins.get(self.next_join).filter(|join| join.number == number);
        let join = *planned.ok_or_else(|| {
            let found = format!("a snapshot of {} that was not there a moment ago", snapshot.last_id);
            Mismatch::new(&found, "the same file in both passes").hint("import a recording when it is finished")
        })?;
        self.next_join += 1;
        self.applied = None;
        let venue_at = self.snapshot_at(snapshot, &join)?;
        let spot = arrival.spot(venue_at);
        self.read_changes(("bids", &snapshot.bids), ("asks", &snapshot.asks))?;
        let follows = self.changes.iter().any(|(_, _, quantity)| !quantity.is_zero());
        self.clear_book(venue_at, if follows { row::SNAPSHOT } else { 0 }, spot)?;
        self.write_changes(venue_at, row::SNAPSHOT, spot)?;
        for held in std::mem::take(&mut self.held) {
            if snapshot.last_id < held.covered.upto {
                self.changes = held.changes;
                self.write_changes(held.venue_at, 0, arrival.spot(held.venue_at))?;
                self.applied(held.covered.upto);
            }
        }
        Ok(())
    }

    /// Venue time of a snapshot: as stated, else that of the newest delta in it, else its arrival less the base latency;
    /// never outside what the messages before and after it allow.
    fn snapshot_at(&self, snapshot: &Snapshot<'_>, join: &Join) -> Result<i64, Mismatch> {
        let after = self.book_at.max(self.contained_at);
        let stated = match snapshot.transaction_time {
            Some(time) => venue_time("T", time)?,
            None if after != i64::MIN => after,
            None => self.local_at.saturating_sub(self.plan.base_latency.nanos()),
        };
        let held = self.held.iter().find(|held| join.last_id < held.covered.upto).map(|held| held.venue_at);
        let before = held.or(join.before).unwrap_or(i64::MAX).min(self.local_at);
        Ok(stated.min(before).max(after))
    }

    fn trade(&mut self, arrival: &Arrival, trade: &TradeMessage<'_>) -> Result<(), Halt> {
        let venue_at = venue_time("T", trade.trade_time)?;
        let spot = arrival.spot(venue_at);
        if !self.is_new_trade(trade.id, spot) {
            return Ok(());
        }
        let price = self.prices.count_unsigned(trade.price).map_err(|mismatch| mismatch.key("p"))?;
        let quantity = self.quantities.count_unsigned(trade.quantity).map_err(|mismatch| mismatch.key("q"))?;
        if price == 0 || quantity == 0 {
            self.counts.empty_trades.add(spot);
            return Ok(());
        }
        if trade.origin.is_some_and(|origin| origin != "MARKET") {
            self.counts.forced_trades.add(spot);
        }
        self.counts.trades += 1;
        let aggressor = if trade.buyer_is_maker { Side::Sell } else { Side::Buy };
        let flags = row::pack(RowKind::Trade, aggressor);
        self.emit(&self.row(venue_at, Price::new(price), Quantity::new(quantity), flags | row::LAST), spot)
    }

    /// Trade ids are consecutive: a repeated one is left out, a skipped one counted.
    fn is_new_trade(&mut self, id: u64, spot: Spot) -> bool {
        if self.last_trade.is_some_and(|last| id <= last) {
            self.counts.duplicate_trades.add(spot);
            return false;
        }
        if let Some(last) = self.last_trade
            && last + 1 < id
        {
            self.counts.trade_gaps.add(spot);
            self.counts.lost_trades = self.counts.lost_trades.saturating_add(id - last - 1);
        }
        self.last_trade = Some(id);
        true
    }

    /// The venue's own statement of the best prices. It comes before or after the depth message of the same update id.
    fn ticker(&mut self, arrival: &Arrival, ticker: &Ticker<'_>) -> Result<(), Mismatch> {
        let stated = Tickers::read(arrival.spot(self.depth_at), ticker, self.prices, self.quantities)?;
        if self.applied.is_none_or(|applied| applied < ticker.id) {
            self.tickers.keep(stated);
        } else if self.applied == Some(ticker.id) {
            self.counts.compare(&stated, self.doctor.book());
        }
        Ok(())
    }

    /// A depth message was applied: its book is what the ticker of the same id spoke of.
    fn applied(&mut self, upto: u64) {
        self.applied = Some(upto);
        if let Some(stated) = self.tickers.take(upto) {
            self.counts.compare(&stated, self.doctor.book());
        }
    }

    fn read_changes(&mut self, bids: (&str, &[LevelText<'_>]), asks: (&str, &[LevelText<'_>])) -> Result<(), Mismatch> {
        self.changes.clear();
        for (side, (key, levels)) in Side::BOTH.into_iter().zip([bids, asks]) {
            for (index, LevelText(price, quantity)) in levels.iter().enumerate() {
                let price =
                    self.prices.count_unsigned(price).map_err(|mismatch| mismatch.key(format!("{key}[{index}][0]")))?;
                let quantity = self.quantities.count_unsigned(quantity).map_err(|mismatch| {
                    mismatch
                        .key(format!("{key}[{index}][1]"))
                        .hint("old levels can be finer than the lot: step_size is the finest quantity in the data")
                })?;
                self.changes.push((side, Price::new(price), Quantity::new(quantity)));
            }
        }
        Ok(())
    }

    /// Writes `self.changes` as one message. Deletes of levels that are not in the book are left out.
    fn write_changes(&mut self, venue_at: i64, extra: u32, spot: Spot) -> Result<(), Halt> {
        self.book_at = self.book_at.max(venue_at);
        let changes = std::mem::take(&mut self.changes);
        let mut waiting = None;
        for &(side, price, quantity) in &changes {
            if quantity.is_zero() && !self.doctor.book().has(side, price) {
                self.counts.unknown_deletes.add(spot);
                continue;
            }
            let row = self.row(venue_at, price, quantity, row::pack(RowKind::Depth, side) | extra);
            self.doctor.apply(&row, spot);
            if let Some(before) = waiting.replace(row) {
                self.write(&before)?;
            }
        }
        self.changes = changes;
        if let Some(mut last) = waiting {
            last.flags |= row::LAST;
            self.doctor.message_end(spot);
            self.write(&last)?;
        }
        Ok(())
    }

    /// Empties both sides, if there is something to empty. As part of a snapshot it is no message of its own.
    fn clear_book(&mut self, venue_at: i64, extra: u32, spot: Spot) -> Result<(), Halt> {
        if self.doctor.book().is_empty() {
            return Ok(());
        }
        self.book_at = self.book_at.max(venue_at);
        for side in Side::BOTH {
            let last = if side == Side::Sell && extra & row::SNAPSHOT == 0 { row::LAST } else { 0 };
            let flags = row::pack(RowKind::Clear, side) | extra | last;
            self.emit(&self.row(venue_at, Price::new(0), Quantity::ZERO, flags), spot)?;
        }
        Ok(())
    }

    fn row(&self, venue_at: i64, price: Price, quantity: Quantity, flags: u32) -> TapeRow {
        TapeRow {
            venue_at: Timestamp::from_nanos(venue_at),
            local_at: Timestamp::from_nanos(self.local_at),
            price,
            quantity,
            flags,
        }
    }

    fn emit(&mut self, row: &TapeRow, spot: Spot) -> Result<(), Halt> {
        self.doctor.row(row, spot);
        self.write(row)
    }

    fn write(&mut self, row: &TapeRow) -> Result<(), Halt> {
        self.counts.rows += 1;
        (self.sink)(row).map_err(Halt::Tape)
    }
}
