use super::args::{Export, Import, OneTape, Tape as Command};
use super::console::{print, progress_bar, say};
use super::exit::ExitStatus;
use super::facts::kind_words;
use super::failure::Failure;
use super::synth::synth;
use crate::ingest::{Format, ImportOptions, ImportReport, IngestError, InstrumentFile, doctor};
use crate::model::{ContractKind, row};
use crate::tape::{
    Batch, BatchSource, Fitness, FitnessFinding, RowBatch, Severity, TapeError, TapeHeader, TapeKind, TapeReader,
};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Imports, shows, grades and exports tapes.
pub fn tape(command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::Import(arguments) => import(arguments),
        Command::Synth(arguments) => synth(arguments),
        Command::QueueTest(arguments) => super::queue_test::test_queues(arguments),
        Command::Inspect(arguments) => inspect(arguments),
        Command::Doctor(arguments) => examine(arguments),
        Command::Score(arguments) => super::score::score(arguments),
        Command::Fit(arguments) => super::fit::fit(arguments),
        Command::Remix(arguments) => super::remix::remix(arguments),
        Command::Export(arguments) => export(arguments),
    }
}

fn import(arguments: &Import) -> Result<ExitStatus, Failure> {
    refuse_existing(&arguments.out, arguments.force)?;
    refuse_input(arguments)?;
    let format = Format::parse(&arguments.format).map_err(Failure::usage)?;
    let options = import_options(arguments)?;
    let size = |path: &std::path::PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
    let bar = progress_bar(arguments.inputs.iter().map(size).sum(), "import");
    let imported = crate::ingest::import(format, &arguments.inputs, &options, &arguments.out, &mut |bytes| {
        bar.set_position(bytes);
    });
    bar.finish_and_clear();
    let report = imported.map_err(|error| match error {
        // Only the tape is written; where it is written until it is whole is nobody's business.
        IngestError::Tape(TapeError::Io { action, source, .. }) => {
            Failure::write(format!("{}: {action}: {source}", arguments.out.display()))
        }
        error => Failure::data(error),
    })?;
    print(&imported_text(&report, &arguments.out))?;
    Ok(status(report.header.fitness()))
}

fn import_options(arguments: &Import) -> Result<ImportOptions, Failure> {
    let read = |path: &std::path::PathBuf| InstrumentFile::read(path);
    let instrument: Result<_, IngestError> = arguments.instrument.as_ref().map(read).transpose();
    Ok(ImportOptions {
        instrument: instrument.map_err(Failure::usage)?,
        symbol: arguments.symbol.clone(),
        product: arguments.product.map_or(ImportOptions::default().product, Into::into),
        ..ImportOptions::default()
    })
}

/// An unfit tape is written and shown, but ends the command with the code for unfit data.
const fn status(fitness: Fitness) -> ExitStatus {
    match fitness {
        Fitness::Fit | Fitness::FitWithFindings => ExitStatus::Go,
        Fitness::Unfit => ExitStatus::Data,
    }
}

fn imported_text(report: &ImportReport, out: &Path) -> String {
    let mut text = header_text(&report.header);
    for check in &report.checks {
        text.push_str(&format!("check         {check}\n"));
    }
    text.push_str(&findings_text(&report.header.findings));
    text + &format!(
        "wrote         {} ({}, {})\n",
        out.display(),
        counted(report.messages, "message read", "messages read"),
        counted(report.rows, "row", "rows")
    )
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn inspect(arguments: &OneTape) -> Result<ExitStatus, Failure> {
    let reader = TapeReader::open(&arguments.tape)?;
    let header = reader.header();
    if arguments.json {
        print(&format!("{}\n", header.to_json()))?;
    } else {
        print(&(header_text(header) + &findings_text(&header.findings)))?;
    }
    Ok(ExitStatus::Go)
}

/// Checks the content hash, examines every row, and adds what the import had found.
fn examine(arguments: &OneTape) -> Result<ExitStatus, Failure> {
    let mut reader = TapeReader::open(&arguments.tape)?;
    reader.verify()?;
    let examined = doctor::examine(&mut reader)?;
    let mut header = reader.header().clone();
    header.findings = doctor::merge(header.findings, examined);
    if arguments.json {
        let object = serde_json::json!({ "fitness": header.fitness(), "findings": header.findings });
        print(&format!("{object}\n"))?;
    } else {
        let grade = format!("{}: {}\n", arguments.tape.display(), fitness_words(header.fitness()));
        print(&(grade + &findings_text(&header.findings)))?;
    }
    Ok(status(header.fitness()))
}

const fn fitness_words(fitness: Fitness) -> &'static str {
    match fitness {
        Fitness::Fit => "fit",
        Fitness::FitWithFindings => "fit with findings",
        Fitness::Unfit => "unfit",
    }
}

const fn contract_words(kind: ContractKind) -> &'static str {
    match kind {
        ContractKind::Spot => "spot",
        ContractKind::Linear => "linear",
    }
}

pub(super) fn header_text(header: &TapeHeader) -> String {
    let instrument = &header.instrument;
    let filters = &instrument.filters;
    let mut lines = vec![
        ("instrument", format!("{} on {}, {}", instrument.symbol, instrument.venue, contract_words(instrument.kind))),
        ("kind", kind_words(header.kind).to_owned()),
        ("rows", header.rows.to_string()),
        ("from", header.first_at.to_string()),
        ("to", header.last_at.to_string()),
        ("tick, step", format!("{}, {}", instrument.tick_size, instrument.step_size)),
        ("lot", instrument.show_quantity(filters.lot)),
        ("fees", format!("maker {}, taker {}", instrument.fees.maker, instrument.fees.taker)),
        ("format", format!("{}, importer {}", header.format, header.importer_version)),
        ("fitness", fitness_words(header.fitness()).to_owned()),
        ("content", header.content_hash.clone()),
    ];
    if !instrument.inferred.is_empty() {
        lines.push(("inferred", instrument.inferred.join(", ")));
    }
    if let Some(clock) = &header.clock {
        lines.push(("clock", format!("{}: {} added to every local stamp", clock.rule, clock.shift)));
    }
    if let Some(period) = header.period {
        lines.push(("period", period.to_string()));
    }
    let sources = header.sources.iter();
    lines.extend(sources.map(|source| ("source", format!("{} sha256 {}", source.name, source.sha256))));
    lines.into_iter().map(|(name, value)| format!("{name:<14}{value}\n")).collect()
}

fn findings_text(findings: &[FitnessFinding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let grade = match finding.severity {
            Severity::Note => "note",
            Severity::Finding => "finding",
            Severity::Unfit => "unfit",
        };
        let first = if finding.first.is_empty() { String::new() } else { format!(", first at {}", finding.first) };
        text.push_str(&format!("{grade:<14}{} x {}{first}\n", finding.count, finding.code));
        text.push_str(&format!("{:14}{}\n", "", finding.detail));
        if !finding.forbids.is_empty() {
            text.push_str(&format!("{:14}forbids: {}\n", "", finding.forbids));
        }
    }
    text
}

pub(super) fn refuse_existing(path: &Path, force: bool) -> Result<(), Failure> {
    let Ok(there) = path.symlink_metadata() else { return Ok(()) };
    let what = match there.file_type() {
        kind if kind.is_file() => "",
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a link",
        _ => "a device or a pipe",
    };
    match (what, force) {
        ("", true) => Ok(()),
        ("", false) => Err(Failure::write(format!("{}: already there; use --force to replace it", path.display()))),
        // What is written takes the place of what was there: of a device, for everybody.
        (what, _) => Err(Failure::write(format!("{}: {what}; expected the name of a file to write", path.display()))),
    }
}

/// Writes a text under a temporary name, and gives it its own when it is whole.
pub(super) fn write_whole(out: &Path, text: &str) -> Result<(), Failure> {
    let temporary = out.with_added_extension("partial");
    let written = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, out));
    written.map_err(|error| {
        // Best effort: what is left under the temporary name is in nobody's way.
        let _ = std::fs::remove_file(&temporary);
        Failure::write(format!("{}: cannot write: {error}", out.display()))
    })
}

/// The tape must not take the place of what it is made from.
fn refuse_input(arguments: &Import) -> Result<(), Failure> {
    refuse_same(arguments.inputs.iter().chain(&arguments.instrument), &arguments.out)
}

/// What is written must not take the place of what is read.
pub(super) fn refuse_same<'a>(
    mut inputs: impl Iterator<Item = &'a std::path::PathBuf>,
    out: &Path,
) -> Result<(), Failure> {
    let same = |input: &&std::path::PathBuf| match (input.canonicalize(), out.canonicalize()) {
        (Ok(input), Ok(out)) => input == out,
        _ => false,
    };
    match inputs.find(same) {
        Some(input) => Err(Failure::usage(format!("{}: both read and written; use another --out", input.display()))),
        None => Ok(()),
    }
}

/// Writes all rows as CSV, to a file under a temporary name until it is whole, or to stdout.
fn export(arguments: &Export) -> Result<ExitStatus, Failure> {
    let mut reader = TapeReader::open(&arguments.tape)?;
    let Some(out) = &arguments.out else {
        return match write_rows(&mut reader, &mut io::stdout().lock()) {
            Err(ExportError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitStatus::Go),
            written => written.map(|()| ExitStatus::Go).map_err(|error| error.failure(Path::new("stdout"))),
        };
    };
    refuse_existing(out, arguments.force)?;
    let temporary = out.with_added_extension("partial");
    let file = std::fs::File::create(&temporary).map_err(ExportError::Write);
    let written = file.and_then(|file| write_rows(&mut reader, &mut io::BufWriter::new(file)));
    let renamed = written.and_then(|()| std::fs::rename(&temporary, out).map_err(ExportError::Write));
    renamed.map_err(|error| {
        // Best effort: what is left under the temporary name is in nobody's way.
        let _ = std::fs::remove_file(&temporary);
        error.failure(out)
    })?;
    say(&format!("wrote {}", out.display()));
    Ok(ExitStatus::Go)
}

enum ExportError {
    Read(crate::tape::TapeError),
    Write(io::Error),
}

impl ExportError {
    fn failure(self, path: &Path) -> Failure {
        match self {
            Self::Read(error) => error.into(),
            Self::Write(error) => Failure::write(format!("{}: cannot write: {error}", path.display())),
        }
    }
}

impl From<csv::Error> for ExportError {
    /// Keeps the kind of an error of the operating system: a closed pipe must stay one.
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Write(error),
            other => Self::Write(io::Error::other(format!("{other:?}"))),
        }
    }
}

const ROW_COLUMNS: [&str; 8] = ["venue_at", "local_at", "kind", "side", "price", "quantity", "snapshot", "last"];
const BAR_COLUMNS: [&str; 6] = ["open_at", "open", "high", "low", "close", "volume"];

fn write_rows(reader: &mut TapeReader, out: &mut dyn Write) -> Result<(), ExportError> {
    let header = reader.header().clone();
    let mut csv = csv::Writer::from_writer(out);
    match header.kind {
        TapeKind::Bars => csv.write_record(BAR_COLUMNS)?,
        TapeKind::L2 | TapeKind::Trades => csv.write_record(ROW_COLUMNS)?,
    }
    for index in 0.. {
        let Some(batch) = reader.batch(index).map_err(ExportError::Read)? else { break };
        match batch {
            Batch::Rows(batch) => {
                (0..batch.len()).try_for_each(|at| csv.write_record(row_record(&batch, at, &header)))?;
            }
            Batch::Bars(batch) => {
                let period = header.period.unwrap_or_default();
                (0..batch.len()).try_for_each(|at| csv.write_record(bar_record(&batch.bar(at, period), &header)))?;
            }
        }
    }
    csv.flush().map_err(ExportError::Write)
}

fn row_record(batch: &RowBatch, at: usize, header: &TapeHeader) -> [String; 8] {
    let flags = batch.flags[at];
    let kind = match flags & row::KIND {
        row::DEPTH => "depth",
        row::TRADE => "trade",
        _ => "clear",
    };
    let price = crate::units::Price::new(batch.price.get(at));
    let quantity = crate::units::Quantity::new(batch.quantity.get(at));
    let bit = |bit: u32| u8::from(flags & bit != 0).to_string();
    [
        batch.venue_at[at].to_string(),
        batch.local_at[at].to_string(),
        kind.to_owned(),
        row::side(flags).as_str().to_owned(),
        header.instrument.show_price(price),
        header.instrument.show_quantity(quantity),
        bit(row::SNAPSHOT),
        bit(row::LAST),
    ]
}

fn bar_record(bar: &crate::model::Bar, header: &TapeHeader) -> [String; 6] {
    let price = |price| header.instrument.show_price(price);
    [
        bar.open_at.nanos().to_string(),
        price(bar.open),
        price(bar.high),
        price(bar.low),
        price(bar.close),
        header.instrument.show_quantity(bar.volume),
    ]
}
