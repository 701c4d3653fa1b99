use super::run::{FillProblem, LaneChoice, RunLedger, RunLedgerError, fill_problem, known_market, posted};
use crate::journal::{Digest, Entry};
use crate::ledger::{Cause, CopyProblem, Daybook, Event, Record, check_copy, check_records};
use crate::model::{Booking, Bust, ReportKind, Side};
use crate::scenario::manifest::LaneRecord;
use crate::scenario::replay::Replay;
use crate::units::{Money, Overflow};
use serde::Serialize;
use std::path::Path;

/// The ledgers of a run, record by record tied together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunChain {
    /// Which run.
    pub run_id: String,
    /// One a lane and market.
    pub ledgers: Vec<ChainedMarket>,
}

/// The ledger of one lane in one market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainedMarket {
    /// Name of the fill preset.
    pub preset: String,
    /// The venue's symbol.
    pub symbol: String,
    /// Records, the opening included.
    pub records: u64,
    /// Digest of the last record, which covers all.
    pub head: Digest,
}

/// Makes the ledgers of the run in `folder` from its journals and checks every record: it balances, and is tied to the one before.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals.
///
/// # Panics
/// When a record that was just made is not sound: a broken invariant.
pub fn chain_run(folder: &Path, with: Replay<'_>) -> Result<RunChain, RunLedgerError> {
    let run = RunLedger::open(folder, with)?;
    let mut ledgers = Vec::new();
    for lane in &run.manifest.lanes {
        for (daybook, (instrument, _)) in daybooks(&run, lane)?.iter().zip(&run.markets) {
            let checked = check_records(daybook.records());
            assert!(checked.is_ok(), "lane {}, {}: {checked:?}", lane.preset, instrument.symbol);
            daybook.books().check();
            ledgers.push(ChainedMarket {
                preset: lane.preset.clone(),
                symbol: instrument.symbol.clone(),
                records: daybook.records().len() as u64,
                head: Digest::from_bytes(daybook.head()),
            });
        }
    }
    Ok(RunChain { run_id: run.manifest.run_id.clone(), ledgers })
}

/// The ledger of one lane and market as a file: a line of names, then a line a record. Without a name the first market.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals, or has no such lane or market.
pub fn export_ledger(
    folder: &Path,
    with: Replay<'_>,
    of: (LaneChoice<'_>, Option<&str>),
) -> Result<String, RunLedgerError> {
    let daybook = daybook(folder, with, of)?;
    let lines = daybook.records().iter().map(Record::line);
    let all = std::iter::once(Record::COLUMNS.join(",")).chain(lines);
    Ok(all.flat_map(|line| [line, "\n".to_owned()]).collect())
}

/// Holds a copy of a ledger against the run it was exported from: the first line that is not what it was.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals, or the copy cannot be read.
pub fn verify_copy(
    folder: &Path,
    with: Replay<'_>,
    of: (LaneChoice<'_>, Option<&str>),
    copy: &Path,
) -> Result<Option<CopyProblem>, RunLedgerError> {
    let daybook = daybook(folder, with, of)?;
    let read = std::fs::read(copy).map_err(|source| RunLedgerError::Copy { path: copy.to_owned(), source })?;
    Ok(check_copy(&String::from_utf8_lossy(&read), daybook.records()).err())
}

fn daybook(
    folder: &Path,
    with: Replay<'_>,
    (lane, market): (LaneChoice<'_>, Option<&str>),
) -> Result<Daybook, RunLedgerError> {
    let run = RunLedger::open(folder, with)?;
    let symbols: Vec<&str> = run.markets.iter().map(|(instrument, _)| instrument.symbol.as_str()).collect();
    let place = match market {
        None => 0,
        Some(name) => symbols.iter().position(|symbol| *symbol == name).ok_or_else(|| RunLedgerError::Unknown {
            what: "market",
            found: name.to_owned(),
            allowed: symbols.join(", "),
        })?,
    };
    Ok(daybooks(&run, run.lane(lane)?)?.swap_remove(place))
}

/// The books of a lane, market by market.
fn daybooks(run: &RunLedger<'_>, lane: &LaneRecord) -> Result<Vec<Daybook>, RunLedgerError> {
    let start = run.manifest.replayed.start;
    let open = |(instrument, opening)| {
        let daybook = Daybook::new(instrument, opening, start)?;
        Ok(Bookkeeping { daybook, fills: Vec::new() })
    };
    let books = run.markets().map(open).collect::<Result<Vec<_>, Overflow>>();
    let mut books = books.map_err(|source| fill_problem(&lane.preset, 0, source))?;
    let reason = |line: u32| run.manifest.event_reason(line).unwrap_or_default();
    run.fold(lane, |number, entry| post(&mut books, (number, entry), reason))?;
    Ok(books.into_iter().map(|books| books.daybook).collect())
}

/// The books of a market while they are made.
struct Bookkeeping {
    daybook: Daybook,
    /// The record in which each fill stands, in the order in which they were made.
    fills: Vec<u64>,
}

/// Posts what an entry moves. `reason` is why the scenario's event of a number came, in its words.
fn post(
    books: &mut [Bookkeeping],
    (number, entry): (u64, &Entry),
    reason: impl Fn(u32) -> String,
) -> Result<(), FillProblem> {
    let received = match *entry {
        Entry::Charged { at, market, charge, amount, line } => Some((at, market, Cause::from(charge), amount, line)),
        // What was refused has moved nothing.
        Entry::Allocated { amount: Money::ZERO, .. } => return Ok(()),
        Entry::Allocated { at, market, amount, line, .. } => Some((at, market, Cause::Allocation, amount, line)),
        _ => None,
    };
    if let Some((at, market, cause, amount, line)) = received {
        let event = Event::Received { cause, amount, reason: reason(line) };
        let market = known_market(market, books.len())?;
        books[market].daybook.post(at, Some(number), event)?;
        return Ok(());
    }
    let Some((market, report)) = posted(entry, books.len())? else { return Ok(()) };
    let Bookkeeping { daybook, fills } = &mut books[market];
    let at = report.matched_at;
    match &report.kind {
        ReportKind::Filled(fill) => {
            let trade = Booking::of(report.side, fill);
            fills.push(daybook.post(at, Some(number), Event::Filled(trade))?.number);
        }
        ReportKind::Busted(bust) => {
            daybook.post(at, Some(number), Event::Busted { of: record(daybook, fills, (report.side, bust))? })?;
        }
        ReportKind::Corrected(correction) => {
            let [_, trade] = correction.bookings(report.side);
            let of = record(daybook, fills, (report.side, &correction.was))?;
            let stands = daybook.post(at, Some(number), Event::Corrected { of, trade })?.number;
            fills.iter_mut().filter(|fill| **fill == of).for_each(|fill| *fill = stands);
        }
        _ => {}
    }
    Ok(())
}

/// The record in which a fill stands now, as it is said to stand.
fn record(daybook: &Daybook, fills: &[u64], (side, bust): (Side, &Bust)) -> Result<u64, FillProblem> {
    let place = bust.of.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let number = place.and_then(|place| fills.get(place)).copied();
    let number = number.ok_or(FillProblem::NoFill { of: bust.of, count: fills.len() as u64 })?;
    let record = usize::try_from(number).ok().and_then(|place| daybook.records().get(place));
    let Bust { price, quantity, fee, .. } = *bust;
    match record.map(|record| &record.event) {
        Some(Event::Filled(trade) | Event::Corrected { trade, .. })
            if *trade == (Booking { side, price, quantity, fee }) =>
        {
            Ok(number)
        }
        _ => Err(FillProblem::OtherFill { of: bust.of }),
    }
}
