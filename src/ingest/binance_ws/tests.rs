use super::*;
use crate::ingest::doctor;
use crate::model::{RowKind, Side, row};
use crate::tape::{Fitness, Severity, TapeReader, TapeRow};
use std::io::Write;

mod hostile;
mod recordings;

/// The rows of an import, drawn one a line, and what was found.
struct Converted {
    instrument: Instrument,
    written: Written,
    rows: Vec<TapeRow>,
}

fn convert(inputs: &[PathBuf], options: &ImportOptions) -> Result<Converted, IngestError> {
    let mut rows = Vec::new();
    let prepared = Prepared::new(inputs, options, &mut |_| ())?;
    let instrument = prepared.instrument.clone();
    let mut push = |row: &TapeRow| {
        rows.push(*row);
        Ok(())
    };
    let written = prepared.write(&mut push, &mut |_| ())?;
    Ok(Converted { instrument, written, rows })
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/binance-ws").join(name)
}

/// `<venue ms> <local ms> <kind> <side> <price> x <quantity> [snapshot] [last]`, times since the start of the fixtures.
fn draw(row: &TapeRow, instrument: &Instrument) -> String {
    const START: i64 = 1_723_161_255_000_000_000;
    let (kind, side) = match (row.flags & row::KIND, row::side(row.flags)) {
        (row::TRADE, side) => ("trade", side.as_str()),
        (row::CLEAR, Side::Buy) => ("clear", "bid"),
        (row::CLEAR, Side::Sell) => ("clear", "ask"),
        (_, Side::Buy) => ("depth", "bid"),
        (_, Side::Sell) => ("depth", "ask"),
    };
    let milliseconds = |nanos: i64| (nanos - START) / 1_000_000;
    let mut drawn = format!(
        "{} {} {kind} {side} {} x {}",
        milliseconds(row.venue_at.nanos()),
        milliseconds(row.local_at.nanos()),
        instrument.show_price(row.price),
        instrument.show_quantity(row.quantity),
    );
    for (bit, word) in [(row::SNAPSHOT, " snapshot"), (row::LAST, " last")] {
        drawn.push_str(if row.flags & bit == 0 { "" } else { word });
    }
    drawn
}

/// Imports a fixture; compares rows, and the codes of all findings.
fn check(name: &str, rows: &str, codes: &[&str]) -> Converted {
    let converted = convert(&[fixture(name)], &ImportOptions::default()).unwrap();
    let drawn: Vec<_> = converted.rows.iter().map(|row| draw(row, &converted.instrument)).collect();
    let expected: Vec<_> = rows.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(drawn, expected, "{name}");
    let found: Vec<_> = converted.written.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(found, codes, "{name}: {:#?}", converted.written.findings);
    converted
}

fn severity(converted: &Converted, code: &str) -> Severity {
    converted.written.findings.iter().find(|finding| finding.code == code).unwrap().severity
}

#[test]
fn a_late_and_old_snapshot_joins_the_deltas_held() {
    let converted = check(
        "usdm-late-snapshot.txt",
        "10 12 trade buy 100.2 x 0.002 last
         5 52 depth bid 100.1 x 0.001 snapshot
         5 52 depth bid 100.0 x 0.050 snapshot
         5 52 depth ask 100.2 x 0.040 snapshot
         5 52 depth ask 100.3 x 0.010 snapshot last
         20 52 depth ask 100.3 x 0.020 last
         60 62 depth bid 100.1 x 0.000 last
         70 72 trade sell 100.0 x 0.003 last
         90 92 depth ask 100.2 x 0.041 last",
        &["late-snapshot", "unknown-deletes", "book-equals-bookticker", "venue-disorder"],
    );
    assert_eq!(converted.written.checks, [Check { name: "book equals bookTicker", compared: 2, equal: 2 }]);
    assert_eq!((converted.instrument.venue.as_str(), converted.instrument.quote.as_str()), ("binance-usdm", "USDT"));
}

#[test]
fn a_snapshot_without_venue_time_happened_before_the_delta_after_it() {
    let converted = check(
        "spot-microseconds.txt",
        "1 2 depth bid 1.214 x 63.38 snapshot
         1 2 depth bid 1.213 x 177.36 snapshot
         1 2 depth ask 1.216 x 62.53 snapshot last
         100 102 depth bid 1.215 x 10.00 last
         130 132 trade buy 1.216 x 10.82 last
         200 202 depth ask 1.216 x 51.71 last",
        &["book-equals-bookticker", "local-stamps-in-microseconds"],
    );
    assert_eq!(converted.instrument.venue, "binance-spot");
    assert_eq!(converted.written.sources[0].sha256.len(), 64);
}

#[test]
fn a_gap_clears_the_book_until_the_next_snapshot() {
    let converted = check(
        "spot-gap.txt",
        "1 2 depth bid 100 x 1 snapshot
         1 2 depth ask 101 x 1 snapshot last
         100 102 depth bid 99 x 2 last
         200 202 clear bid 0 x 0
         200 202 clear ask 0 x 0 last
         200 352 depth bid 100 x 7 snapshot
         200 352 depth bid 97 x 2 snapshot
         200 352 depth ask 101 x 7 snapshot last
         300 352 depth bid 97 x 3 last
         400 402 depth ask 101 x 8 last
         410 412 trade buy 101 x 1 last",
        &["sequence-gap", "late-snapshot", "cleared-book"],
    );
    let gap = &converted.written.findings[0];
    assert_eq!((gap.count, gap.first.as_str()), (1, "spot-gap.txt:3, 2024-08-08T23:54:15.200000000Z"));
    assert!(gap.detail.contains("updates were lost 1 time (1 id)"), "{}", gap.detail);
}

#[test]
fn a_book_that_is_not_the_venues_is_unfit() {
    let converted = check(
        "spot-crossed.txt",
        "1 2 depth bid 100 x 1 snapshot
         1 2 depth ask 101 x 1 snapshot last
         100 102 depth bid 102 x 2 last
         200 202 trade buy 101 x 1 last
         300 302 depth bid 102 x 0 last",
        &["book-differs-from-bookticker", "crossed-book"],
    );
    assert_eq!(severity(&converted, "book-differs-from-bookticker"), Severity::Unfit);
    let detail = &converted.written.findings[0].detail;
    let says =
        "0 of 1; first: bookTicker says 100 x 1 / 101 x 1 ticks x steps, the book 102 x 2 / 101 x 1 ticks x steps";
    assert!(detail.ends_with(says), "{detail}");
}

#[test]
fn an_inverse_contract_is_data_only() {
    let converted = check(
        "coinm.txt",
        "10 22 depth bid 61800.1 x 35 snapshot
         10 22 depth ask 61800.3 x 8 snapshot last
         30 32 depth ask 61800.2 x 5 last
         50 52 trade buy 61800.2 x 4 last",
        &["inverse-contract", "late-snapshot", "book-equals-bookticker"],
    );
    assert_eq!(severity(&converted, "inverse-contract"), Severity::Unfit);
    assert!(converted.instrument.inferred.iter().any(|field| field.contains("inverse")));
    assert_eq!((converted.instrument.base.as_str(), converted.instrument.quote.as_str()), ("BTC", "USD"));
}

#[test]
fn a_clock_behind_is_shifted() {
    let converted = check(
        "usdm-clock-behind.txt",
        "0 3 depth bid 100.0 x 1 snapshot
         0 3 depth ask 100.2 x 1 snapshot last
         10 11 depth bid 100.1 x 1 last
         20 25 trade sell 100.1 x 1 last",
        &["clock-behind-venue"],
    );
    assert!(converted.written.findings[0].detail.contains("1273.000 ms was added"), "{:?}", converted.written.findings);
}

#[test]
fn without_a_snapshot_the_book_grows_from_deltas() {
    check(
        "spot-cold-start.txt",
        "0 2 depth bid 100 x 1 last
         100 102 depth ask 101 x 1 last
         150 152 trade buy 101 x 1 last",
        &["one-sided-book", "cold-start"],
    );
}

#[test]
fn one_of_several_symbols_must_be_chosen() {
    let inputs = [fixture("usdm-mixed-symbols.txt")];
    let error = convert(&inputs, &ImportOptions::default()).err().unwrap().to_string();
    assert!(error.ends_with("mixed-symbols.txt:3: `s`: found `ETHUSDT`, expected symbol BTCUSDT, as in the lines before; choose one of them with --symbol"), "{error}");
    let options = ImportOptions { symbol: Some("btcusdt".to_owned()), ..ImportOptions::default() };
    let converted = convert(&inputs, &options).unwrap();
    let codes: Vec<_> = converted.written.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["unattributed-snapshot", "foreign-symbols", "one-sided-book", "cold-start"]);
    let options = ImportOptions { symbol: Some("SOLUSDT".to_owned()), ..ImportOptions::default() };
    let error = convert(&inputs, &options).err().unwrap().to_string();
    assert!(error.contains("found `BTCUSDT, ETHUSDT`, expected symbol SOLUSDT"), "{error}");
}

#[test]
fn a_tape_is_written_and_examined() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.tape");
    let mut heard = Vec::new();
    let input = fixture("usdm-late-snapshot.txt");
    let size = std::fs::metadata(&input).unwrap().len();
    let report = import(&[input], &ImportOptions::default(), &output, &mut |bytes| heard.push(bytes)).unwrap();
    assert_eq!((report.messages, report.rows, report.header.rows), (9, 9, 9));
    assert_eq!((heard.last(), heard.is_sorted()), (Some(&size), true));
    assert_eq!(report.header.fitness(), Fitness::Fit, "{:#?}", report.header.findings);
    assert!(report.header.starts_with_snapshot && report.header.reordered);
    let mut reader = TapeReader::open(&output).unwrap();
    let codes: Vec<_> = doctor::examine(&mut reader).unwrap().into_iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["delivery-order"]);
}

#[test]
fn level_and_trade_rows_carry_their_kind() {
    let converted = convert(&[fixture("coinm.txt")], &ImportOptions::default()).unwrap();
    assert_eq!(converted.rows[3].flags, row::pack(RowKind::Trade, Side::Buy) | row::LAST);
}

/// Writes a capture of its own.
fn capture(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}
