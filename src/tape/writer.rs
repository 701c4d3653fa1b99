use super::content::Identity;
use super::fault::Fault;
use super::layout::Layout;
use super::outbox::Outbox;
use super::reader::shape_of;
use super::rules::{BarRules, RowRules};
use super::sink::{TapeSink, Values};
use super::window::{ReorderWindow, Window};
use super::{
    BATCH_ROWS, ClockCorrection, FitnessFinding, SourceFile, TapeError, TapeHeader, TapeKind, TapeRow, record,
};
use crate::model::{Bar, Instrument};
use crate::units::{Span, Timestamp};
use std::path::{Path, PathBuf};

/// What a new tape is, as far as it is known before the first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeSpec {
    /// What it will hold.
    pub kind: TapeKind,
    /// Of which instrument.
    pub instrument: Instrument,
    /// Bar period; `None` unless `kind` is bars.
    pub period: Option<Span>,
    /// Import format: `binance-ws`, `binance-csv-klines`, `synthetic`, ...
    pub format: String,
    /// Version of the importer.
    pub importer_version: u32,
}

/// Where a new tape comes from, as known after the last row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// Input files.
    pub sources: Vec<SourceFile>,
    /// Correction of the local clock, if one was made.
    pub clock: Option<ClockCorrection>,
    /// The doctor's findings.
    pub findings: Vec<FitnessFinding>,
}

/// Writes one tape. Every row is checked against the rules of tapes; the file appears whole, under its name, in
/// [`Self::finish`], and not at all when there was an error or the writer is dropped before.
#[derive(Debug)]
pub struct TapeWriter {
    target: PathBuf,
    spec: TapeSpec,
    flow: Flow,
    /// True after an error: what is there may lack a row, so it must not become a tape.
    failed: bool,
}

#[derive(Debug)]
enum Flow {
    Rows(Box<RowFlow>),
    Bars(Box<BarFlow>),
}

impl TapeWriter {
    /// Begins a tape that will be called `target`, beside which a temporary file is created.
    ///
    /// # Errors
    /// [`TapeError::Io`] when no file can be created there; [`TapeError::NotATape`] when `spec` has scales, fees or a period
    /// that no tape may have.
    pub fn create(target: &Path, spec: TapeSpec) -> Result<Self, TapeError> {
        Self::with_window(target, spec, ReorderWindow::default())
    }

    /// As [`Self::create`], with a reorder window other than the default.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn with_window(target: &Path, spec: TapeSpec, window: ReorderWindow) -> Result<Self, TapeError> {
        let checked = record::check_instrument(&spec.instrument);
        checked.and_then(|()| record::check_period(spec.kind, spec.period)).map_err(|fault| fault.in_file(target))?;
        let identity = Identity::new(spec.kind, spec.period, &spec.instrument);
        let sink = TapeSink::create(target, Layout::first(shape_of(spec.kind)), identity)?;
        let flow = match spec.period {
            Some(period) => Flow::Bars(Box::new(BarFlow::new(period, sink))),
            None => Flow::Rows(Box::new(RowFlow::new(spec.kind, window, sink))),
        };
        Ok(Self { target: target.to_owned(), spec, flow, failed: false })
    }

    /// Takes the next row in order of arrival. The rows of one message follow each other, share both stamps, and the last
    /// one has [`crate::model::row::LAST`].
    ///
    /// # Errors
    /// [`TapeError::InvalidRow`] when the row breaks a rule or is too late for the reorder window; [`TapeError::Io`] when the
    /// file cannot be written. After an error the writer is of no more use.
    #[inline]
    pub fn push(&mut self, row: TapeRow) -> Result<(), TapeError> {
        let pushed = match &mut self.flow {
            Flow::Rows(flow) => flow.push(&row),
            Flow::Bars(flow) => Err(Fault::new("a row", "bars in a tape of bars").in_row(flow.rules.rows)),
        };
        self.failed |= pushed.is_err();
        pushed
    }

    /// Takes the next rows, as [`Self::push`] does one after the other.
    ///
    /// # Errors
    /// As [`Self::push`], of the first row that is refused; those behind it are not taken.
    #[inline]
    pub fn push_all(&mut self, mut rows: impl Iterator<Item = TapeRow>) -> Result<(), TapeError> {
        let pushed = match &mut self.flow {
            Flow::Rows(flow) => rows.try_for_each(|row| flow.push(&row)),
            Flow::Bars(flow) => Err(Fault::new("a row", "bars in a tape of bars").in_row(flow.rules.rows)),
        };
        self.failed |= pushed.is_err();
        pushed
    }

    /// Takes the next bar.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_bar(&mut self, bar: &Bar) -> Result<(), TapeError> {
        let pushed = match &mut self.flow {
            Flow::Bars(flow) => flow.push(bar),
            Flow::Rows(flow) => Err(Fault::new("a bar", "rows in a tape of rows").in_row(flow.rules.rows)),
        };
        self.failed |= pushed.is_err();
        pushed
    }

    /// Number of rows or bars taken so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        match &self.flow {
            Flow::Rows(flow) => flow.rules.rows,
            Flow::Bars(flow) => flow.rules.rows,
        }
    }

    /// Writes what is left, gives the file its name and returns its header.
    ///
    /// # Errors
    /// [`TapeError::NotATape`] when there were no rows; [`TapeError::InvalidRow`] when the last message has no end or there was
    /// an error before; [`TapeError::Io`] when the file cannot be written or renamed.
    pub fn finish(self, provenance: Provenance) -> Result<TapeHeader, TapeError> {
        let rows = self.rows();
        let intact = Fault::unless(
            !self.failed,
            || "an error before".to_owned(),
            "a writer that is dropped after its first error",
        );
        intact.map_err(|fault| fault.in_row(rows))?;
        let some = Fault::unless(rows > 0, || "no rows".to_owned(), "at least one row or bar in a tape");
        some.map_err(|fault| fault.in_file(&self.target))?;
        let (sink, starts_with_snapshot) = match self.flow {
            Flow::Rows(flow) => flow.finish()?,
            Flow::Bars(flow) => (flow.finish()?, false),
        };
        let header = header(self.spec, provenance, &sink, starts_with_snapshot);
        sink.finish(header)
    }
}

fn header(spec: TapeSpec, provenance: Provenance, sink: &TapeSink, starts_with_snapshot: bool) -> TapeHeader {
    let (first_at, last_at) = sink.ends().unwrap_or_default();
    TapeHeader {
        kind: spec.kind,
        instrument: spec.instrument,
        period: spec.period,
        rows: sink.rows(),
        first_at: Timestamp::from_nanos(first_at),
        last_at: Timestamp::from_nanos(last_at),
        reordered: sink.has_delivery(),
        starts_with_snapshot,
        format: spec.format,
        importer_version: spec.importer_version,
        sources: provenance.sources,
        clock: provenance.clock,
        findings: provenance.findings,
        content_hash: String::new(),
    }
}

/// Rules, reorder window and outbox of rows.
#[derive(Debug)]
struct RowFlow {
    rules: RowRules,
    limit: usize,
    window: Window,
    outbox: Outbox,
}

impl RowFlow {
    fn new(kind: TapeKind, window: ReorderWindow, sink: TapeSink) -> Self {
        Self { rules: RowRules::new(kind), limit: window.rows, window: Window::new(window), outbox: Outbox::new(sink) }
    }

    #[inline(always)]
    fn push(&mut self, row: &TapeRow) -> Result<(), TapeError> {
        let number = self.rules.rows;
        self.rules.accept(row).map_err(|fault| fault.in_row(number))?;
        let late = self.window.push(row).map_err(|fault| fault.in_row(number))?;
        if late {
            self.outbox.expect_disorder()?;
        }
        if row.ends_message() && self.window.is_full() { self.release(number) } else { Ok(()) }
    }

    /// Writes the rows that can let no other one pass.
    #[cold]
    fn release(&mut self, number: u64) -> Result<(), TapeError> {
        let count = self.window.releasable();
        self.outbox.accept(&self.window.sorted()[..count]);
        self.window.forget(count);
        self.outbox.write_full(self.window.oldest_arrival())?;
        let waiting = self.outbox.waiting();
        let bounded = waiting <= 2 * self.limit.max(BATCH_ROWS);
        let shown = || format!("{waiting} rows that arrived after one whose place they precede");
        Fault::unless(bounded, shown, "arrival order that strays from venue order by less than the reorder window")
            .map_err(|fault| fault.in_row(number))
    }

    fn finish(mut self) -> Result<(TapeSink, bool), TapeError> {
        self.rules.end().map_err(|fault| fault.in_row(self.rules.rows))?;
        self.outbox.accept(self.window.sorted());
        self.outbox.finish()
    }
}

/// Rules and columns of bars.
#[derive(Debug)]
struct BarFlow {
    rules: BarRules,
    sink: TapeSink,
    open_at: Vec<i64>,
    numbers: [Vec<i64>; 5],
}

impl BarFlow {
    fn new(period: Span, mut sink: TapeSink) -> Self {
        let spare = sink.spare();
        let (open_at, numbers) = (spare.wide(), [(); 5].map(|()| spare.wide()));
        Self { rules: BarRules::new(period), sink, open_at, numbers }
    }

    fn push(&mut self, bar: &Bar) -> Result<(), TapeError> {
        let number = self.rules.rows;
        self.rules.accept(bar).map_err(|fault| fault.in_row(number))?;
        self.open_at.push(bar.open_at.nanos());
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| price.ticks());
        for (column, value) in self.numbers.iter_mut().zip(prices.into_iter().chain([bar.volume.steps()])) {
            column.push(value);
        }
        if self.open_at.len() == BATCH_ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), TapeError> {
        let spare = self.sink.spare();
        let mut values = vec![Values::Stamps(std::mem::replace(&mut self.open_at, spare.wide()))];
        values.extend(self.numbers.iter_mut().map(|column| Values::Numbers(std::mem::replace(column, spare.wide()))));
        self.sink.write(values)
    }

    fn finish(mut self) -> Result<TapeSink, TapeError> {
        if !self.open_at.is_empty() {
            self.write()?;
        }
        Ok(self.sink)
    }
}
