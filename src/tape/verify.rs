use super::content::{ContentHash, Identity};
use super::fault::Fault;
use super::file::TapeFile;
use super::rules::{BarRules, RowRules};
use super::{BATCH_ROWS, BarBatch, Batch, RowBatch, TapeError, TapeHeader, TapeKind, TapeRow, column};
use crate::model::row;
use crate::units::{Price, Quantity, Span, Timestamp};
use std::collections::{BTreeSet, VecDeque};

/// Checks the whole content of `file` against `header` and the rules of tapes.
pub(super) fn verify(file: &TapeFile, header: &TapeHeader) -> Result<(), TapeError> {
    verify_content(file, header)?;
    match header.kind {
        TapeKind::Bars => verify_bars(file, header.period.unwrap_or(Span::ZERO)),
        TapeKind::L2 | TapeKind::Trades => verify_rows(file, header),
    }
}

/// Checks the content of `file` against the hash in `header`.
pub(super) fn verify_content(file: &TapeFile, header: &TapeHeader) -> Result<(), TapeError> {
    let mut hash = ContentHash::new(&Identity::of(header), file.layout);
    for index in 0..file.batches() {
        hash.add(&file.columns(index)?);
    }
    let (found, noted) = (hash.hex(), &header.content_hash);
    let shown = || format!("content hash {found}, where the header has {noted}");
    let same = Fault::unless(found == *noted || cfg!(fuzzing), shown, "unchanged content; import the tape again");
    same.map_err(|fault| fault.in_file(file.path()))
}

fn verify_bars(file: &TapeFile, period: Span) -> Result<(), TapeError> {
    let mut rules = BarRules::new(period);
    for index in 0..file.batches() {
        let bars = bars(file, index)?;
        for bar in (0..bars.len()).map(|offset| bars.bar(offset, period)) {
            let number = rules.rows;
            rules.accept(&bar).map_err(|fault| at_row(file, number, fault))?;
        }
    }
    Ok(())
}

fn verify_rows(file: &TapeFile, header: &TapeHeader) -> Result<(), TapeError> {
    let mut order = VenueOrder::default();
    let mut rules = RowRules::new(header.kind);
    let mut arrivals = Arrivals::new(file, header.rows);
    for index in 0..file.batches() {
        let batch = rows(file, index)?;
        for offset in 0..batch.len() {
            let number = (index * BATCH_ROWS + offset) as u64;
            let checked = order.accept(&batch, offset).and_then(|()| match &batch.delivery {
                None => rules.accept(&row_at(&batch, offset)),
                Some(delivery) => {
                    let arrived = arrivals.row(number, delivery[offset])?;
                    rules.accept(&arrived)
                }
            });
            checked.map_err(|fault| at_row(file, number, fault))?;
        }
    }
    rules.end().map_err(|fault| at_row(file, header.rows, fault))?;
    let (found, noted) = (order.starts_with_snapshot.unwrap_or(false), header.starts_with_snapshot);
    let shown = || format!("starts with a snapshot: {found}, where the header has {noted}");
    Fault::unless(found == noted, shown, "a header that fits the rows").map_err(|fault| fault.in_file(file.path()))
}

fn at_row(file: &TapeFile, number: u64, fault: Fault) -> TapeError {
    Fault::new(format!("row {number}: {}", fault.found), fault.expected).in_file(file.path())
}

fn rows(file: &TapeFile, index: usize) -> Result<RowBatch, TapeError> {
    match column::batch(file.layout.shape, file.columns(index)?) {
        Batch::Rows(rows) => Ok(rows),
        Batch::Bars(_) => Err(Fault::new("bars", "rows").in_file(file.path())),
    }
}

fn bars(file: &TapeFile, index: usize) -> Result<BarBatch, TapeError> {
    match column::batch(file.layout.shape, file.columns(index)?) {
        Batch::Bars(bars) => Ok(bars),
        Batch::Rows(_) => Err(Fault::new("rows", "bars").in_file(file.path())),
    }
}

fn row_at(batch: &RowBatch, offset: usize) -> TapeRow {
    TapeRow {
        venue_at: Timestamp::from_nanos(batch.venue_at[offset]),
        local_at: Timestamp::from_nanos(batch.local_at[offset]),
        price: Price::new(batch.price.get(offset)),
        quantity: Quantity::new(batch.quantity.get(offset)),
        flags: batch.flags[offset],
    }
}

/// The rules of venue order: time does not decrease, messages stay whole.
#[derive(Debug, Default)]
struct VenueOrder {
    venue_at: i64,
    within_message: bool,
    starts_with_snapshot: Option<bool>,
}

impl VenueOrder {
    fn accept(&mut self, batch: &RowBatch, offset: usize) -> Result<(), Fault> {
        let (venue_at, flags) = (batch.venue_at[offset], batch.flags[offset]);
        let whole = if self.within_message { venue_at == self.venue_at } else { venue_at >= self.venue_at };
        let shown = || format!("venue_at {venue_at} after {}", self.venue_at);
        Fault::unless(whole, shown, "rows in venue order, messages whole")?;
        if flags & row::KIND == row::DEPTH {
            self.starts_with_snapshot.get_or_insert(flags & row::SNAPSHOT != 0);
        }
        self.venue_at = venue_at;
        self.within_message = flags & row::LAST == 0;
        Ok(())
    }
}

/// Follows the column `delivery`: every row arrives once.
struct Arrivals<'a> {
    file: &'a TapeFile,
    rows: u64,
    /// Batches used lately; arrival order strays only a window's length from venue order.
    batches: VecDeque<(usize, RowBatch)>,
    /// Every row below this has arrived.
    complete: u64,
    /// Rows at or above `complete` that have arrived.
    early: BTreeSet<u64>,
}

impl<'a> Arrivals<'a> {
    fn new(file: &'a TapeFile, rows: u64) -> Self {
        Self { file, rows, batches: VecDeque::new(), complete: 0, early: BTreeSet::new() }
    }

    /// The row that arrives as number `number`.
    fn row(&mut self, number: u64, delivery: i32) -> Result<TapeRow, Fault> {
        let place = number.checked_add_signed(i64::from(delivery)).filter(|&place| place < self.rows);
        let place = place.ok_or_else(|| Fault::new(format!("delivery {delivery}"), "a row of the tape"))?;
        let first_time = place >= self.complete && self.early.insert(place);
        Fault::unless(
            first_time,
            || format!("delivery {delivery}: a second arrival of row {place}"),
            "one arrival for each row",
        )?;
        while self.early.remove(&self.complete) {
            self.complete += 1;
        }
        let batch = self.batch(place as usize / BATCH_ROWS)?;
        Ok(row_at(batch, place as usize % BATCH_ROWS))
    }

    fn batch(&mut self, index: usize) -> Result<&RowBatch, Fault> {
        let known = self.batches.iter().position(|(number, _)| *number == index);
        let position = match known {
            Some(position) => position,
            None => {
                let batch =
                    rows(self.file, index).map_err(|error| Fault::new(error.to_string(), "a readable batch"))?;
                self.batches.truncate(3);
                self.batches.push_front((index, batch));
                0
            }
        };
        Ok(&self.batches[position].1)
    }
}
