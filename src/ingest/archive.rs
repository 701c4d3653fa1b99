//! Binance public archive (`data.binance.vision`): klines, trades and aggTrades as CSV, plain, gzip or zip.
//!
//! Order rule: several files make one tape; they are given in time order, rows in them rise in time and id.
//! Invariants: decimal texts become integers exactly or the import fails; memory does not grow with the files; nothing is
//! written unless every row passed.
//! Known limits: one period per klines tape (no monthly bars); the archive has no local clock, so trades arrive at their
//! venue time and the tape says nothing about feed latency.

mod cursor;
mod klines;
mod layout;
mod probe;
mod rows;
mod scales;
mod scan;
mod source;
#[cfg(test)]
mod tests;
mod trades;

use super::doctor::Spot;
use super::error::{IngestError, Place};
use super::import::{ImportOptions, ImportReport};
use super::source_file::file_name;
use super::symbols::{one_symbol, required};
use crate::model::Instrument;
use crate::tape::{Provenance, SourceFile, TapeKind, TapeSpec, TapeWriter};
use crate::units::Span;
pub use layout::Layout;
use rows::{Halt, Row, Stop, TakeRow};
use scales::Scales;
use source::Source;
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Raised when the same files give another tape.
const IMPORTER_VERSION: u32 = 1;
/// Rows from which scales are inferred before the import; when a later row is finer, all rows are looked at.
const PROBE_ROWS: u64 = 1 << 14;

/// Imports archive files of one layout into a tape at `output`. `progress` hears bytes read, out of the sum of the file
/// sizes; it starts again when a later value turns out finer than the scales inferred from the first rows.
///
/// # Errors
/// [`IngestError`] names file, line, column, value and expectation; nothing is left at `output` then.
pub fn import(
    layout: Layout,
    inputs: &[PathBuf],
    options: &ImportOptions,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportReport, IngestError> {
    let inputs = Inputs::open(layout, inputs, options)?;
    let plan = inputs.plan()?;
    let written = match &options.instrument {
        Some(instrument) => inputs.write(plan, instrument, output, progress),
        None => match inputs.write(plan, &inputs.infer(options, PROBE_ROWS)?, output, progress) {
            Err(Stop::OffGrid(_)) => inputs.write(plan, &inputs.infer(options, u64::MAX)?, output, progress),
            written => written,
        },
    };
    written.map_err(Stop::into_error)
}

/// The input files, opened, hashed and checked against each other.
struct Inputs {
    layout: Layout,
    symbol: Option<String>,
    sources: Vec<Source>,
}

impl Inputs {
    fn open(layout: Layout, paths: &[PathBuf], options: &ImportOptions) -> Result<Self, IngestError> {
        let symbol = one_symbol(paths, options, symbol_of)?;
        let open = |(index, path): (usize, &PathBuf)| Source::open(index, path);
        let sources = paths.iter().enumerate().map(open).collect::<Result<_, _>>()?;
        Ok(Self { layout, symbol, sources })
    }

    /// Hands every row of every file to `consumer`. `progress` hears how many bytes of the files were read.
    fn read(&self, consumer: &mut impl TakeRow, progress: &mut dyn FnMut(u64)) -> Result<Done, Stop> {
        let mut done = Done { rows: 0, files: Vec::new() };
        let mut before = 0;
        for source in &self.sources {
            let position = Cell::new(0);
            let (rows, file) = source.read(&position, |reader| {
                let mut tell = || progress(before + position.get().min(source.bytes));
                rows::read(self.layout, source, reader, consumer, &mut tell)
            })?;
            before += source.bytes;
            progress(before);
            done.rows += rows;
            done.files.push(file);
        }
        Ok(done)
    }

    /// As [`Inputs::read`], for a consumer that may have enough before the end.
    fn sample(&self, consumer: &mut impl TakeRow) -> Result<(), IngestError> {
        match self.read(consumer, &mut |_| ()) {
            Ok(_) | Err(Stop::Enough) => Ok(()),
            Err(stop) => Err(stop.into_error()),
        }
    }

    /// The instrument as told by the first `rows` rows.
    fn infer(&self, options: &ImportOptions, rows: u64) -> Result<Instrument, IngestError> {
        let mut probe = probe::Probe::new(self.layout, rows);
        self.sample(&mut probe)?;
        let first = &self.sources[0].path;
        let symbol = required(self.symbol.as_deref(), first)?;
        probe.scales.instrument(&symbol, options.product).map_err(|mismatch| mismatch.at(first, Place::File))
    }

    /// `BTCUSDT-1m-2024-01.csv:12 (2024-01-01T00:11:00.000000000Z)`.
    fn name(&self, spot: Spot) -> String {
        let source = spot.file.and_then(|index| self.sources.get(index));
        let file = source.map_or_else(String::new, |source| file_name(&source.path));
        format!("{file}:{} ({})", spot.number, spot.venue_at)
    }

    /// What kind of rows to write; the period of klines is read off the first row.
    fn plan(&self) -> Result<Plan, IngestError> {
        match self.layout {
            Layout::Klines => {
                let mut first = FirstPeriod(Span::ZERO);
                self.sample(&mut first)?;
                Ok(Plan::Bars(first.0))
            }
            Layout::Trades => Ok(Plan::Trades(trades::TRADES)),
            Layout::AggTrades => Ok(Plan::Trades(trades::AGG_TRADES)),
        }
    }

    /// Writes the tape.
    fn write(
        &self,
        plan: Plan,
        instrument: &Instrument,
        output: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<ImportReport, Stop> {
        let (kind, period) = match plan {
            Plan::Bars(period) => (TapeKind::Bars, Some(period)),
            Plan::Trades(_) => (TapeKind::Trades, None),
        };
        let (format, instrument) = (self.layout.format().name().to_owned(), instrument.clone());
        let scales = Scales::of(&instrument);
        let spec = TapeSpec { kind, instrument, period, format, importer_version: IMPORTER_VERSION };
        let mut tape = TapeWriter::create(output, spec).map_err(IngestError::from)?;
        let name = |spot| self.name(spot);
        let (done, findings) = match plan {
            Plan::Bars(period) => {
                let mut klines = klines::Klines::new(scales, period, &mut tape);
                (self.read(&mut klines, progress)?, klines.findings(&name))
            }
            Plan::Trades(columns) => {
                let mut trades = trades::Trades::new(columns, scales, &mut tape);
                (self.read(&mut trades, progress)?, trades.findings(&name))
            }
        };
        let provenance = Provenance { sources: done.files, clock: None, findings };
        let header = tape.finish(provenance).map_err(IngestError::from)?;
        Ok(ImportReport { messages: done.rows, rows: header.rows, header, checks: Vec::new() })
    }
}

/// What was read.
struct Done {
    rows: u64,
    files: Vec<SourceFile>,
}

/// What kind of rows a tape will hold.
#[derive(Clone, Copy)]
enum Plan {
    Bars(Span),
    Trades(trades::Columns),
}

/// Takes the period of the first row and has enough.
struct FirstPeriod(Span);

impl TakeRow for FirstPeriod {
    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        if self.0 != Span::ZERO {
            return Err(Halt::Enough);
        }
        self.0 = klines::span_of(row)?.1;
        Ok(())
    }
}

/// The symbol that an archive's file name starts with.
fn symbol_of(path: &Path) -> Option<String> {
    let name = file_name(path);
    let (symbol, _) = name.split_once('-')?;
    let plain = symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (plain && 2 < symbol.len()).then(|| symbol.to_owned())
}
