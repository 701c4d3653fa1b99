//! Candles from Parquet and Feather files: `date`, `open`, `high`, `low`, `close`, `volume`.
//!
//! The time column may be called `date`, `ts`, `timestamp` or `time` and holds the bar's open: a timestamp (UTC) or
//! integers of milliseconds or microseconds. Other columns are ignored.
//!
//! Order rule: several files make one tape; they are given in time order, rows rise in time.
//! Invariants: floats become the shortest decimals they stand for as soon as they are read, and integers from there on.
//! Known limits: the six columns of all files are held in memory; needs a build with the feature `frames`; a damaged Parquet
//! page that claims more values than there is memory aborts the process inside polars (before a tape is begun).

#[cfg(feature = "frames")]
mod frames;
#[cfg(not(feature = "frames"))]
#[path = "candles/no_frames.rs"]
mod frames;
mod number;
#[cfg(any(feature = "frames", test))]
mod silence;
#[cfg(all(test, feature = "frames"))]
mod tests;

use super::bar_series::{self, BarColumn, BarSeries, Passed};
use super::doctor::Spot;
use super::error::{IngestError, Mismatch, Place};
use super::import::{Format, ImportOptions, ImportReport};
use super::infer::{Product, ScaleProbe};
use super::plural::counted;
use super::source_file::describe;
use super::symbols::{one_symbol, required};
use super::tally::Tally;
use crate::model::{Bar, Instrument};
use crate::tape::{FitnessFinding, Provenance, Severity, SourceFile, TapeKind, TapeSpec, TapeWriter};
use crate::units::{Price, Quantity, Span, Timestamp};
use frames::{Frame, NUMBERS};
use number::nearest;
use std::path::{Path, PathBuf};

/// Raised when the same files give another tape.
const IMPORTER_VERSION: u32 = 1;

/// Imports candle files into a tape of bars at `output`. `progress` hears bytes read, out of the sum of the file sizes.
///
/// # Errors
/// [`IngestError`] names file, row, column, value and expectation; nothing is left at `output` then.
pub fn import(
    inputs: &[PathBuf],
    options: &ImportOptions,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportReport, IngestError> {
    let symbol = one_symbol(inputs, options, symbol_of)?;
    let mut files = Vec::new();
    let mut bytes = 0;
    for (index, path) in inputs.iter().enumerate() {
        files.push(CandleFile::open(index, path)?);
        same_symbol(&files[0], &files[index])?;
        bytes += files[index].source.bytes;
        progress(bytes);
    }
    let instrument = match &options.instrument {
        Some(instrument) => instrument.clone(),
        None => infer(&files, symbol.as_deref(), options.product)?,
    };
    write(&files, &instrument, output)
}

/// Refuses a file that names another symbol than the first.
fn same_symbol(first: &CandleFile, file: &CandleFile) -> Result<(), IngestError> {
    for (column, found) in file.frame.symbols() {
        let expected = first.frame.symbols().iter().find(|(name, _)| name == column);
        if let Some((_, expected)) = expected.filter(|(_, expected)| expected != found) {
            let mismatch = Mismatch::new(found, format!("`{expected}`, as in the first file")).key(column);
            return Err(mismatch.hint("a tape holds one symbol").at(&file.path, Place::File));
        }
    }
    Ok(())
}

fn write(files: &[CandleFile], instrument: &Instrument, output: &Path) -> Result<ImportReport, IngestError> {
    let period = period(files)?;
    let spec = TapeSpec {
        kind: TapeKind::Bars,
        instrument: instrument.clone(),
        period: Some(period),
        format: Format::Candles.name().to_owned(),
        importer_version: IMPORTER_VERSION,
    };
    let mut tape = TapeWriter::create(output, spec)?;
    let mut candles = Candles::new(instrument, period);
    for file in files {
        for row in 0..file.frame.len() {
            if let Some(bar) = candles.bar(file, row)? {
                tape.push_bar(&bar)?;
            }
        }
    }
    let name = |spot: Spot| {
        let file = spot.file.and_then(|index| files.get(index)).map_or("", |file| &file.source.name);
        format!("{file}: row {} ({})", spot.number, spot.venue_at)
    };
    let messages = files.iter().map(|file| file.frame.len() as u64).sum();
    let sources = files.iter().map(|file| file.source.clone()).collect();
    let header = tape.finish(Provenance { sources, clock: None, findings: candles.findings(&name) })?;
    Ok(ImportReport { messages, rows: header.rows, header, checks: Vec::new() })
}

/// One input file.
struct CandleFile {
    path: PathBuf,
    index: usize,
    source: SourceFile,
    frame: Frame,
}

impl CandleFile {
    fn open(index: usize, path: &Path) -> Result<Self, IngestError> {
        let frame = Frame::open(path)?;
        let file = Self { path: path.to_owned(), index, source: describe(path)?, frame };
        if file.frame.len() == 0 {
            return Err(Mismatch::new("no rows", "at least one row").at(path, Place::File));
        }
        Ok(file)
    }

    fn stamp(&self, row: usize) -> Result<Timestamp, IngestError> {
        self.frame.stamp(row).map_err(|mismatch| self.blame(row, self.frame.stamp_name(), mismatch))
    }

    fn blame(&self, row: usize, column: &str, mismatch: Mismatch) -> IngestError {
        mismatch.key(column).at(&self.path, Place::Row(row as u64 + 1))
    }

    fn spot(&self, row: usize, at: Timestamp) -> Spot {
        Spot::line(self.index, row as u64 + 1, at)
    }
}

/// The shortest step between neighbouring rows of all files.
fn period(files: &[CandleFile]) -> Result<Span, IngestError> {
    let mut shortest: Option<Span> = None;
    let mut backwards = None;
    for file in files {
        let mut last = file.stamp(0)?;
        for row in 1..file.frame.len() {
            let at = file.stamp(row)?;
            let step = at.since(last);
            if Span::ZERO < step && shortest.is_none_or(|shortest| step < shortest) {
                shortest = Some(step);
            }
            if step < Span::ZERO && backwards.is_none() {
                backwards = Some(file.blame(row, file.frame.stamp_name(), bar_series::backwards(last, at)));
            }
            last = at;
        }
    }
    let one_row = || Mismatch::new("one bar", "at least two, to tell their period").at(&files[0].path, Place::File);
    shortest.ok_or_else(|| backwards.unwrap_or_else(one_row))
}

fn infer(files: &[CandleFile], symbol: Option<&str>, product: Product) -> Result<Instrument, IngestError> {
    let first = files[0].path.as_path();
    let symbol = required(symbol, first)?;
    let mut probe = ScaleProbe::new();
    for file in files {
        for row in 0..file.frame.len() {
            for (column, name) in NUMBERS.into_iter().enumerate() {
                let value = file.frame.number(column, row).map_err(|mismatch| file.blame(row, name, mismatch))?;
                let grid = if column < 4 { &mut probe.prices } else { &mut probe.quantities };
                grid.observe_fixed(value);
            }
        }
    }
    probe.instrument(&symbol, product).map_err(|mismatch| mismatch.at(first, Place::File))
}

/// Turns rows into bars of one instrument.
struct Candles<'a> {
    instrument: &'a Instrument,
    period: Span,
    series: BarSeries,
    off_tick: Tally,
}

impl<'a> Candles<'a> {
    fn new(instrument: &'a Instrument, period: Span) -> Self {
        let forbids = "exact prices and quantities: values between two grid points were moved to the nearer one";
        let off_tick = Tally::new("off-tick-price", Severity::Finding, forbids);
        Self {
            instrument,
            period,
            series: BarSeries::new([instrument.tick_size, instrument.step_size], period),
            off_tick,
        }
    }

    /// The bar of a row; `None` when it stood right before.
    fn bar(&mut self, file: &CandleFile, row: usize) -> Result<Option<Bar>, IngestError> {
        let open_at = file.stamp(row)?;
        let spot = file.spot(row, open_at);
        let mut counts = [0; NUMBERS.len()];
        for (column, name) in NUMBERS.into_iter().enumerate() {
            counts[column] = self.count(file, row, column, spot).map_err(|mismatch| file.blame(row, name, mismatch))?;
        }
        let [open, high, low, close, volume] = counts;
        let bar = Bar {
            open_at,
            period: self.period,
            open: Price::new(open),
            high: Price::new(high),
            low: Price::new(low),
            close: Price::new(close),
            volume: Quantity::new(volume),
        };
        match self.series.take(&bar, spot) {
            Ok(Passed::New) => Ok(Some(bar)),
            Ok(Passed::Repeat) => Ok(None),
            Err((column, mismatch)) => Err(file.blame(row, name_of(column, file), mismatch)),
        }
    }

    fn count(&mut self, file: &CandleFile, row: usize, column: usize, spot: Spot) -> Result<i64, Mismatch> {
        let unit = if column < 4 { self.instrument.tick_size } else { self.instrument.step_size };
        let value = file.frame.number(column, row)?;
        let nearest = nearest(value, unit)
            .ok_or_else(|| Mismatch::new(&value.to_string(), "a number within 64 bits of units"))?;
        if !nearest.on_grid {
            self.off_tick.add(spot);
        }
        Ok(nearest.count)
    }

    fn findings(self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let (tick, step) = (self.instrument.tick_size, self.instrument.step_size);
        let off_tick = self.off_tick.finding(name, |count| {
            let values = counted("{} {value is no multiple|values are no multiples}", count);
            format!("{values} of the tick {tick} or step {step}; the nearest was taken")
        });
        self.series.findings(name).into_iter().chain(off_tick).collect()
    }
}

fn name_of(column: BarColumn, file: &CandleFile) -> &str {
    match column {
        BarColumn::OpenAt => file.frame.stamp_name(),
        BarColumn::Open => NUMBERS[0],
        BarColumn::High => NUMBERS[1],
        BarColumn::Low => NUMBERS[2],
        BarColumn::Close => NUMBERS[3],
        BarColumn::Volume => NUMBERS[4],
    }
}

/// The symbol in a candle file's name: `FILUSDT_1m`, `XRP_ETH-1m`, `BTC_USDT_USDT-1m-futures`.
fn symbol_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?.split('-').next()?.to_ascii_uppercase();
    let is_period = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    let parts: Vec<&str> = stem.split('_').take_while(|part| !is_period(part)).collect();
    match parts.as_slice() {
        [symbol] if 2 < symbol.len() => Some((*symbol).to_owned()),
        [base, quote] | [base, quote, _] => Some(format!("{base}{quote}")),
        _ => None,
    }
}
