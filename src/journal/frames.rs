//! Tables of a journal as Parquet files, for other tools: `orders`, `fills`, `marks`, `quotes`.
//!
//! Rows are written in chunks, so that memory does not grow with the journal. Stamps are nanoseconds since 1970 UTC,
//! prices ticks, quantities steps: integers all; money is exact decimal text, since no integer column holds it.

use super::{Entry, JournalError};
use crate::model::{BestPrices, ExecutionReport, Fill, Intent, Level, Mark, MarketId, RejectReason, ReportKind};
use crate::units::{Price, Quantity, Timestamp};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, ParquetWriter, PolarsError, PolarsResult, Series};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Names of the tables; each lies in a file `NAME.parquet`.
pub const FRAMES: [&str; 4] = ["orders", "fills", "marks", "quotes"];

/// Rows that are held before they are written.
const CHUNK: usize = 64 * 1024;

/// Rows written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FrameRows {
    /// Rows of `orders.parquet`: one for every wish sent or refused and every answer of the venue that is no fill.
    pub orders: u64,
    /// Rows of `fills.parquet`.
    pub fills: u64,
    /// Rows of `marks.parquet`.
    pub marks: u64,
    /// Rows of `quotes.parquet`: best prices where a markout's horizon ended.
    pub quotes: u64,
}

/// Writes `orders.parquet`, `fills.parquet`, `marks.parquet` and `quotes.parquet` of a journal into `folder`; each gets its name when it
/// is whole.
///
/// # Errors
/// The first [`JournalError`] of the journal, or of a file that cannot be written.
pub fn write_frames(
    entries: impl IntoIterator<Item = Result<Entry, JournalError>>,
    folder: &Path,
) -> Result<FrameRows, JournalError> {
    let [orders, fills, marks, quotes] = FRAMES;
    let mut orders = Frame::create(folder, orders, &ORDER_COLUMNS)?;
    let mut fills = Frame::create(folder, fills, &FILL_COLUMNS)?;
    let mut marks = Frame::create(folder, marks, &MARK_COLUMNS)?;
    let mut quotes = Frame::create(folder, quotes, &QUOTE_COLUMNS)?;
    for (number, entry) in (0_u64..).zip(entries) {
        match entry? {
            Entry::Mark(mark) => marks.push(mark_row(number, &mark))?,
            Entry::Quote { at, market, best } => quotes.push(quote_row(number, at, market, &best))?,
            Entry::Venue(report @ ExecutionReport { kind: ReportKind::Filled(fill), .. }) => {
                fills.push(fill_row(number, &report, &fill))?;
            }
            other => {
                if let Some(row) = order_row(number, &other) {
                    orders.push(row)?;
                }
            }
        }
    }
    Ok(FrameRows { orders: orders.finish()?, fills: fills.finish()?, marks: marks.finish()?, quotes: quotes.finish()? })
}

/// What a column holds; any cell may be empty.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Integer,
    Number,
    Text,
}

type Columns = [(&'static str, Kind)];

const ORDER_COLUMNS: [(&str, Kind); 18] = [
    ("entry", Kind::Number),
    ("market", Kind::Integer),
    ("event", Kind::Text),
    ("at_ns", Kind::Integer),
    ("client_order_id", Kind::Number),
    ("order_id", Kind::Number),
    ("replaces", Kind::Number),
    ("side", Kind::Text),
    ("order_type", Kind::Text),
    ("trigger_ticks", Kind::Integer),
    ("price_ticks", Kind::Integer),
    ("quantity_steps", Kind::Integer),
    ("reason", Kind::Text),
    ("executed_steps", Kind::Integer),
    ("open_steps", Kind::Integer),
    ("sent_at_ns", Kind::Integer),
    ("arrived_at_ns", Kind::Integer),
    ("reported_at_ns", Kind::Integer),
];

const FILL_COLUMNS: [(&str, Kind); 16] = [
    ("entry", Kind::Number),
    ("market", Kind::Integer),
    ("matched_at_ns", Kind::Integer),
    ("reported_at_ns", Kind::Integer),
    ("client_order_id", Kind::Number),
    ("order_id", Kind::Number),
    ("side", Kind::Text),
    ("liquidity", Kind::Text),
    ("price_ticks", Kind::Integer),
    ("quantity_steps", Kind::Integer),
    ("fee", Kind::Text),
    ("open_steps", Kind::Integer),
    ("bid_ticks", Kind::Integer),
    ("bid_steps", Kind::Integer),
    ("ask_ticks", Kind::Integer),
    ("ask_steps", Kind::Integer),
];

const MARK_COLUMNS: [(&str, Kind); 11] = [
    ("entry", Kind::Number),
    ("market", Kind::Integer),
    ("at_ns", Kind::Integer),
    ("position_steps", Kind::Integer),
    ("equity", Kind::Text),
    ("open_orders", Kind::Integer),
    ("feed_latency_ns", Kind::Integer),
    ("bid_ticks", Kind::Integer),
    ("bid_steps", Kind::Integer),
    ("ask_ticks", Kind::Integer),
    ("ask_steps", Kind::Integer),
];

const QUOTE_COLUMNS: [(&str, Kind); 7] = [
    ("entry", Kind::Number),
    ("market", Kind::Integer),
    ("at_ns", Kind::Integer),
    ("bid_ticks", Kind::Integer),
    ("bid_steps", Kind::Integer),
    ("ask_ticks", Kind::Integer),
    ("ask_steps", Kind::Integer),
];

/// One cell.
#[derive(Debug, Clone)]
enum Cell {
    Integer(Option<i64>),
    Number(Option<u64>),
    Text(Option<String>),
}

impl Cell {
    fn at(stamp: Timestamp) -> Self {
        Self::Integer(Some(stamp.nanos()))
    }

    fn market(market: MarketId) -> Self {
        Self::Integer(Some(i64::from(market.0)))
    }

    fn price(price: Price) -> Self {
        Self::Integer(Some(price.ticks()))
    }

    fn quantity(quantity: Quantity) -> Self {
        Self::Integer(Some(quantity.steps()))
    }

    fn text(text: impl ToString) -> Self {
        Self::Text(Some(text.to_string()))
    }

    fn best(best: &BestPrices) -> [Self; 4] {
        let price = |level: Option<Level>| Self::Integer(level.map(|level| level.price.ticks()));
        let quantity = |level: Option<Level>| Self::Integer(level.map(|level| level.quantity.steps()));
        [price(best.bid), quantity(best.bid), price(best.ask), quantity(best.ask)]
    }
}

fn mark_row(number: u64, mark: &Mark) -> Vec<Cell> {
    let mut row = vec![
        Cell::Number(Some(number)),
        Cell::market(mark.market),
        Cell::at(mark.at),
        Cell::quantity(mark.position),
        Cell::text(mark.equity),
        Cell::Integer(Some(i64::from(mark.open_orders))),
        Cell::Integer(Some(mark.feed_latency_ns)),
    ];
    row.extend(Cell::best(&mark.best));
    row
}

fn quote_row(number: u64, at: Timestamp, market: MarketId, best: &BestPrices) -> Vec<Cell> {
    let mut row = vec![Cell::Number(Some(number)), Cell::market(market), Cell::at(at)];
    row.extend(Cell::best(best));
    row
}

fn fill_row(number: u64, report: &ExecutionReport, fill: &Fill) -> Vec<Cell> {
    let mut row = vec![
        Cell::Number(Some(number)),
        Cell::market(report.market),
        Cell::at(report.matched_at),
        Cell::Integer(report.told_at().map(Timestamp::nanos)),
        Cell::Number(Some(report.client_order_id.0)),
        Cell::Number(Some(report.order_id.0)),
        Cell::text(report.side.as_str()),
        Cell::text(format!("{:?}", fill.liquidity).to_lowercase()),
        Cell::price(fill.price),
        Cell::quantity(fill.quantity),
        Cell::text(fill.fee),
        Cell::quantity(report.open),
    ];
    row.extend(Cell::best(&fill.best));
    row
}

/// A row of `orders`, found by the names of the entry's fields; `None` for an entry that is about no order.
fn order_row(number: u64, entry: &Entry) -> Option<Vec<Cell>> {
    let fields = match entry {
        Entry::Start { .. } | Entry::Mark(_) | Entry::Quote { .. } | Entry::End { .. } => return None,
        Entry::Charged { .. }
        | Entry::Allocated { .. }
        | Entry::Alert { .. }
        | Entry::Status { .. }
        | Entry::Wire { .. } => return None,
        Entry::Tripped { .. } | Entry::Cleared { .. } | Entry::Command { .. } | Entry::Ambiguous { .. } => return None,
        about_an_order => about_an_order.fields(),
    };
    let text = |name: &str| Cell::Text(fields.get(name).map(str::to_owned));
    let integer = |name: &str| Cell::Integer(fields.get(name).and_then(|value| value.parse().ok()));
    let id = |name: &str| Cell::Number(fields.get(name).and_then(|value| value.parse().ok()));
    let mut row = vec![Cell::Number(Some(number)), Cell::market(entry.market()), text("kind"), Cell::at(entry.at())];
    // The venue does not know the order any more, and so not its side.
    let unknown = ReportKind::RequestRejected(RejectReason::UnknownOrder);
    let is_unknown = matches!(entry, Entry::Venue(report) if report.kind == unknown);
    let side = if is_unknown { Cell::Text(None) } else { text("side") };
    row.extend([id("client_order_id"), id("order_id"), id("replaces"), side, text("order_type")]);
    row.extend([integer("trigger"), integer("price"), integer("quantity"), reason(entry)]);
    row.extend([integer("executed"), integer("open")]);
    row.extend(stamps(entry));
    Some(row)
}

fn reason(entry: &Entry) -> Cell {
    let gate = |gate: u8| format!("gate {gate}");
    Cell::Text(match entry {
        Entry::OrderSent { intent: Intent { reason, .. }, .. } => (*reason != 0).then(|| reason.to_string()),
        Entry::OrderRefused { refusal, .. } | Entry::RequestRefused { refusal, .. } => Some(gate(refusal.gate.0)),
        Entry::Venue(_) => entry.fields().get("reason").map(str::to_owned),
        _ => None,
    })
}

fn stamps(entry: &Entry) -> [Cell; 3] {
    match entry {
        Entry::Venue(report) => [report.sent_at, report.arrived_at, report.reported_at].map(Cell::at),
        _ => [const { Cell::Integer(None) }; 3],
    }
}

/// Cells of one column that wait to be written.
enum Buffer {
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<u64>>),
    Text(Vec<Option<String>>),
}

impl Buffer {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Self::Integer(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Integer(cells), Cell::Integer(cell)) => cells.push(cell),
            (Self::Number(cells), Cell::Number(cell)) => cells.push(cell),
            (Self::Text(cells), Cell::Text(cell)) => cells.push(cell),
            (_, cell) => panic!("{cell:?} in a column of another kind"),
        }
    }

    /// Empties the buffer into a column.
    fn take(&mut self, name: &str) -> Column {
        let series = match self {
            Self::Integer(cells) => Series::new(name.into(), std::mem::take(cells)),
            Self::Number(cells) => Series::new(name.into(), std::mem::take(cells)),
            Self::Text(cells) => Series::new(name.into(), std::mem::take(cells)),
        };
        series.into_column()
    }
}

/// A Parquet file under a temporary name. Dropped unfinished, it is removed.
struct Frame {
    path: PathBuf,
    temporary: PathBuf,
    columns: &'static Columns,
    buffers: Vec<Buffer>,
    waiting: usize,
    rows: u64,
    writer: BatchedWriter<File>,
    is_finished: bool,
}

impl Frame {
    fn create(folder: &Path, name: &str, columns: &'static Columns) -> Result<Self, JournalError> {
        let path = folder.join(format!("{name}.parquet"));
        let temporary = folder.join(format!("{name}.parquet.partial"));
        let refused = |source| JournalError::Io { path: temporary.clone(), action: "cannot create", source };
        let file = File::create(&temporary).map_err(refused)?;
        let mut buffers: Vec<Buffer> = columns.iter().map(|(_, kind)| Buffer::new(*kind)).collect();
        let empty = frame(columns, &mut buffers, 0);
        let writer = empty.and_then(|empty| ParquetWriter::new(file).set_parallel(false).batched(empty.schema()));
        let writer = writer.map_err(|error| unwritten(&temporary, error))?;
        Ok(Self { path, temporary, columns, buffers, waiting: 0, rows: 0, writer, is_finished: false })
    }

    fn push(&mut self, row: Vec<Cell>) -> Result<(), JournalError> {
        assert_eq!(row.len(), self.buffers.len(), "cells and columns of {}", self.path.display());
        self.buffers.iter_mut().zip(row).for_each(|(buffer, cell)| buffer.push(cell));
        self.waiting += 1;
        self.rows += 1;
        if self.waiting == CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        let chunk = frame(self.columns, &mut self.buffers, self.waiting);
        let written = chunk.and_then(|chunk| self.writer.write_batch(&chunk));
        self.waiting = 0;
        written.map_err(|error| unwritten(&self.temporary, error))
    }

    fn finish(mut self) -> Result<u64, JournalError> {
        if self.waiting > 0 {
            self.flush()?;
        }
        self.writer.finish().map_err(|error| unwritten(&self.temporary, error))?;
        let refused = |source| JournalError::Io { path: self.path.clone(), action: "cannot rename to", source };
        fs::rename(&self.temporary, &self.path).map_err(refused)?;
        self.is_finished = true;
        Ok(self.rows)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if !self.is_finished {
            // Nothing better can be done about a leftover than to leave it under its temporary name.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn frame(columns: &Columns, buffers: &mut [Buffer], rows: usize) -> PolarsResult<DataFrame> {
    let filled = columns.iter().zip(buffers).map(|((name, _), buffer)| buffer.take(name)).collect();
    DataFrame::new(rows, filled)
}

fn unwritten(path: &Path, error: PolarsError) -> JournalError {
    JournalError::Io { path: path.to_owned(), action: "cannot write", source: std::io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn::{entry, order};
    use super::*;
    use polars::prelude::{ParquetReader, SerReader};
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    fn read(folder: &Path, name: &str) -> DataFrame {
        let file = File::open(folder.join(name)).expect("the frame");
        ParquetReader::new(file).finish().expect("a Parquet file")
    }

    #[test]
    fn every_kind_of_entry_fits_its_frame() {
        let mut runner = TestRunner::deterministic();
        let drawn = (0..2_000).map(|_| entry().new_tree(&mut runner).expect("an entry").current());
        let entries: Vec<Entry> = drawn.collect();
        let count = |is_wanted: fn(&Entry) -> bool| entries.iter().filter(|entry| is_wanted(entry)).count();
        let folder = tempfile::tempdir().expect("a folder");
        let rows = write_frames(entries.iter().copied().map(Ok), folder.path()).expect("a writable folder");
        assert_eq!(rows.marks as usize, count(|entry| entry.kind() == "mark"));
        assert_eq!(rows.quotes as usize, count(|entry| entry.kind() == "quote"));
        assert_eq!(rows.fills as usize, count(|entry| entry.kind() == "filled"));
        let fills = read(folder.path(), "fills.parquet");
        assert_eq!((fills.height() as u64, fills.width()), (rows.fills, FILL_COLUMNS.len()));
        let first = entries.iter().find_map(|entry| match entry {
            Entry::Venue(ExecutionReport { kind: ReportKind::Filled(fill), .. }) => Some(*fill),
            _ => None,
        });
        let first = first.expect("a fill among the drawn");
        let fee = fills.column("fee").expect("a column").get(0).expect("a row");
        assert_eq!(fee.get_str(), Some(first.fee.to_string().as_str()));
        let price = fills.column("price_ticks").expect("a column").get(0).expect("a row");
        assert_eq!(price.extract::<i64>(), Some(first.price.ticks()));
        assert_eq!(read(folder.path(), "orders.parquet").height() as u64, rows.orders);
    }

    #[test]
    fn more_rows_than_a_chunk_are_all_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let total = CHUNK as u64 + 7;
        let rows = write_frames((0..total).map(|number| Ok(order(number))), folder.path()).expect("a writable folder");
        assert_eq!(rows, FrameRows { orders: total, fills: 0, marks: 0, quotes: 0 });
        let orders = read(folder.path(), "orders.parquet");
        assert_eq!(orders.height() as u64, total);
        let last = orders.column("client_order_id").expect("a column").get(orders.height() - 1).expect("a row");
        assert_eq!(last.extract::<u64>(), Some(total - 1));
        assert_eq!(read(folder.path(), "marks.parquet").height(), 0);
    }

    #[test]
    fn a_damaged_journal_leaves_no_frames() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = crate::journal::JournalReader::new("j", &b"no journal"[..]);
        assert!(write_frames(journal, folder.path()).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0);
    }
}
