//! Raw captures of Binance websocket streams: spot, USD-M and COIN-M, one `<local stamp> <json>` a line, plain or gzip.
//!
//! Two passes over the files. The first learns the scales, the symbol, the product, the clock's offset and which REST
//! snapshots will be used; the second joins snapshots and deltas as the venue documents it and writes rows in order of
//! arrival: a snapshot's rows carry [`crate::model::row::SNAPSHOT`], level changes are absolute, a lost book is cleared.
//!
//! Order rule: lines of a file from top to bottom, files in the given order; venue stamps of depth messages never step
//! back, so that sorting by venue time cannot turn the book back.
//! Invariants: decimal texts become integers exactly or the import fails; a delete of an unknown level is left out; the
//! book equals the venue's own best prices wherever both speak of the same update, or the tape is unfit.
//! Known limits: combined streams only, `stream` before `data`; partial books, aggregated trades and other streams are
//! left out; snapshots that come before any delta of their update id have the venue time of their arrival less the base
//! latency; inverse contracts are read as data only.

mod assemble;
mod capture;
mod findings;
mod join;
mod message;
mod scan;
#[cfg(test)]
mod tests;
mod ticker;

use super::doctor::Spot;
use super::error::{IngestError, Mismatch, Place};
use super::import::{Check, Format, ImportOptions, ImportReport};
use super::infer::Product;
use crate::model::Instrument;
use crate::tape::{ClockCorrection, FitnessFinding, Provenance, SourceFile, TapeKind, TapeSpec, TapeWriter};
use crate::units::Span;
use assemble::{Assembler, Plan, Sink};
use capture::{Files, each_message};
use scan::{Scan, Selection};
use std::path::{Path, PathBuf};

/// Version of this importer: raised when the same files give other rows.
pub const IMPORTER_VERSION: u32 = 1;

/// What the first pass decided.
struct Prepared<'a> {
    inputs: &'a [PathBuf],
    names: Vec<String>,
    instrument: Instrument,
    kind: TapeKind,
    product: Product,
    clock: Option<ClockCorrection>,
    clock_findings: Vec<FitnessFinding>,
    plan: Plan,
}

/// What the second pass wrote.
struct Written {
    sources: Vec<SourceFile>,
    findings: Vec<FitnessFinding>,
    checks: Vec<Check>,
    messages: u64,
    rows: u64,
}

/// Imports captures, which in the given order are one recording, into a tape at `output`. `progress` hears bytes read out
/// of the sum of the file sizes (both passes count half).
///
/// # Errors
/// [`IngestError`] when a file cannot be read, a message is broken, symbols or products are mixed, a number is off the
/// instrument's scales, or the tape cannot be written. Nothing is left at `output` then.
pub fn import(
    inputs: &[PathBuf],
    options: &ImportOptions,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportReport, IngestError> {
    let mut read = 0;
    let prepared = Prepared::new(inputs, options, &mut |bytes| {
        read = bytes;
        progress(bytes / 2);
    })?;
    let mut writer = TapeWriter::create(output, prepared.spec())?;
    let clock = prepared.clock.clone();
    let written = prepared.write(&mut |row| writer.push(*row), &mut |bytes| progress((read + bytes) / 2))?;
    let Written { sources, findings, checks, messages, rows } = written;
    let header = writer.finish(Provenance { sources, clock, findings })?;
    Ok(ImportReport { header, messages, rows, checks })
}

impl<'a> Prepared<'a> {
    fn new(inputs: &'a [PathBuf], options: &ImportOptions, progress: &mut dyn FnMut(u64)) -> Result<Self, IngestError> {
        let mut selection = Selection { wanted: wanted(options), trusts_unlabelled: true };
        let mut scan = scan(inputs, options, &selection, progress)?;
        if 1 < scan.symbols.len() && 0 < scan.unlabelled {
            selection.trusts_unlabelled = false;
            scan = self::scan(inputs, options, &selection, &mut |_| ())?;
        }
        Self::decide(inputs, options, selection, scan)
    }

    fn decide(
        inputs: &'a [PathBuf],
        options: &ImportOptions,
        selection: Selection,
        mut scan: Scan,
    ) -> Result<Self, IngestError> {
        let whole = |mismatch: Mismatch| mismatch.at(&inputs[0], Place::File);
        let symbol = known_symbol(&scan).map_err(whole)?;
        let product = scan.product.unwrap_or(options.product);
        let instrument = match &options.instrument {
            Some(instrument) => instrument.clone(),
            None => scan.probe.instrument(&symbol, product).map_err(whole)?,
        };
        let has_book = 0 < scan.depth_messages + scan.snapshots;
        let clock = scan.latency.correction(options.base_latency);
        let plan = Plan {
            selection,
            symbol,
            joins: scan.joins,
            shift: clock.as_ref().map_or(Span::ZERO, |clock| clock.shift),
            base_latency: options.base_latency,
            has_book,
        };
        Ok(Self {
            inputs,
            names: file_names(inputs),
            instrument: mark_inverse(instrument, product),
            kind: if has_book { TapeKind::L2 } else { TapeKind::Trades },
            product,
            clock,
            clock_findings: scan.latency.findings(options.base_latency),
            plan,
        })
    }

    fn spec(&self) -> TapeSpec {
        TapeSpec {
            kind: self.kind,
            instrument: self.instrument.clone(),
            period: None,
            format: Format::BinanceWs.name().to_owned(),
            importer_version: IMPORTER_VERSION,
        }
    }

    fn write(self, sink: &mut Sink<'_>, progress: &mut dyn FnMut(u64)) -> Result<Written, IngestError> {
        let cold = self.plan.joins.is_empty();
        let mut assembler = Assembler::new(self.plan, &self.instrument, sink);
        let files = each_message(self.inputs, progress, &mut |arrival, message| assembler.message(arrival, message))?;
        let (counts, doctor) = assembler.finish();
        if counts.rows == 0 {
            let mismatch = Mismatch::new("no depth, trade or snapshot", "at least one of them");
            return Err(mismatch.at(&self.inputs[0], Place::File));
        }
        let names = self.names;
        let name = move |spot: Spot| name(&names, spot);
        let mut found = findings::findings(&counts, &files, self.product, cold, &name);
        found.extend(self.clock_findings);
        found.extend(doctor.findings(&name));
        let Files { sources, messages, .. } = files;
        Ok(Written { sources, findings: found, checks: vec![counts.tickers], messages, rows: counts.rows })
    }
}

fn scan(
    inputs: &[PathBuf],
    options: &ImportOptions,
    selection: &Selection,
    progress: &mut dyn FnMut(u64),
) -> Result<Scan, IngestError> {
    let mut scan = Scan::new(selection.clone(), options.instrument.is_none(), file_names(inputs));
    each_message(inputs, progress, &mut |arrival, message| scan.message(arrival, message))?;
    Ok(scan)
}

/// The symbol asked for: by option, else by the instrument.
fn wanted(options: &ImportOptions) -> Option<String> {
    let stated = options.symbol.as_ref().or(options.instrument.as_ref().map(|instrument| &instrument.symbol));
    stated.map(|symbol| symbol.to_ascii_uppercase())
}

fn known_symbol(scan: &Scan) -> Result<String, Mismatch> {
    let seen = || scan.symbols.iter().cloned().collect::<Vec<_>>().join(", ");
    match &scan.symbol {
        Some(symbol) if scan.symbols.contains(symbol) => Ok(symbol.clone()),
        Some(symbol) => Err(Mismatch::new(&seen(), format!("symbol {symbol}, which was asked for")).key("s")),
        None => Err(Mismatch::new("no depth, trade or bookTicker message", "at least one, which says the symbol")),
    }
}

fn mark_inverse(mut instrument: Instrument, product: Product) -> Instrument {
    if product == Product::BinanceCoinm && !instrument.inferred.is_empty() {
        instrument.inferred.push("contract (inverse, recorded as linear)".to_owned());
    }
    instrument
}

fn file_names(inputs: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    inputs.iter().map(name).collect()
}

/// `btcusdt.gz:17, 2024-08-08T23:54:15.030000000Z`.
fn name(names: &[String], spot: Spot) -> String {
    let file = spot.file.and_then(|file| names.get(file)).map_or("", String::as_str);
    match spot.venue_at.nanos() {
        i64::MIN => format!("{file}:{}", spot.number),
        _ => format!("{file}:{}, {}", spot.number, spot.venue_at),
    }
}
