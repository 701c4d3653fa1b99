use super::*;
use crate::ingest::archive::{self, Layout};
use crate::ingest::testing::{bars, recordings, rows};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray, UInt8Array};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

const START: i64 = 1_690_848_000_000_000_000;

/// Columns of a candle file that a test spoils.
struct Columns(Vec<(&'static str, ArrayRef)>);

impl Columns {
    /// `count` minutes.
    fn good(count: i64) -> Self {
        let stamps = TimestampNanosecondArray::from_iter_values((0..count).map(|k| START + k * MINUTE));
        let prices = |offset: f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values((0..count).map(|k| 4.255 + 0.001 * (k % 3) as f64 + offset)))
        };
        Self(vec![
            ("date", Arc::new(stamps.with_timezone("UTC"))),
            ("open", prices(0.0)),
            ("high", prices(0.002)),
            ("low", prices(-0.003)),
            ("close", prices(0.001)),
            ("volume", Arc::new(Float64Array::from_iter_values((0..count).map(|k| (k + 1) as f64 * 0.1)))),
        ])
    }

    fn with(mut self, name: &'static str, values: impl arrow_array::Array + 'static) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, Arc::new(values)));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    fn write(&self, path: &Path) {
        let batch = RecordBatch::try_from_iter(self.0.clone()).unwrap();
        let mut writer = arrow_ipc::writer::FileWriter::try_new(File::create(path).unwrap(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
}

const MINUTE: i64 = 60_000_000_000;

fn import_bytes(name: &str, content: &[u8]) -> Result<ImportReport, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let result = import(&[path], &ImportOptions::default(), &folder.path().join("out.tape"), &mut |_| ());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, if result.is_ok() { 2 } else { 1 }, "{result:?}");
    result.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), "DIR/"))
}

fn bytes(columns: &Columns) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.feather");
    columns.write(&path);
    std::fs::read(path).unwrap()
}

fn imported(columns: &Columns) -> Result<ImportReport, String> {
    import_bytes("ABC_USDT-1m.feather", &bytes(columns))
}

fn refused(columns: &Columns, expected: &str) {
    assert_eq!(imported(columns).map(|report| report.rows), Err(expected.to_owned()));
}

fn count(report: &ImportReport, code: &str) -> u64 {
    report.header.findings.iter().find(|finding| finding.code == code).map_or(0, |finding| finding.count)
}

fn scales(report: &ImportReport) -> (String, String) {
    (report.header.instrument.tick_size.to_string(), report.header.instrument.step_size.to_string())
}

#[test]
fn reads_floats_as_the_decimals_they_stand_for() {
    let report = imported(&Columns::good(100)).unwrap();
    assert_eq!((report.rows, scales(&report)), (100, ("0.001".to_owned(), "0.1".to_owned())));
    assert_eq!(report.header.instrument.symbol, "ABCUSDT");
    assert_eq!(report.header.period, Some(Span::from_nanos(MINUTE)));
    assert_eq!(count(&report, "off-tick-price"), 0);
}

#[test]
fn all_containers_and_kinds_of_stamps_say_the_same() {
    let reference = imported(&Columns::good(50)).unwrap().header.content_hash;
    let millis = Int64Array::from_iter_values((0..50).map(|k| (START + k * MINUTE) / 1_000_000));
    for name in ["ts", "timestamp", "time"] {
        let columns = Columns::good(50).without("date").with(name, millis.clone());
        assert_eq!(imported(&columns).unwrap().header.content_hash, reference, "{name}");
    }
    let extra = Columns::good(50).with("flag", UInt8Array::from(vec![1; 50]));
    assert_eq!(imported(&extra).unwrap().header.content_hash, reference, "a column of a type this build cannot read");
    let plain = bytes(&Columns::good(50));
    for (name, content) in frames::testing::repacked(&plain) {
        let report = import_bytes(&format!("ABC_USDT-1m.{name}"), &content).unwrap();
        assert_eq!(report.header.content_hash, reference, "{name}");
    }
}

#[test]
fn holes_and_repeats_are_counted() {
    let minutes = [0, 1, 2, 2, 5, 6, 10_i64];
    let stamps = TimestampNanosecondArray::from_iter_values(minutes.iter().map(|k| START + k * MINUTE));
    let flat = |value: f64| Float64Array::from(vec![value; minutes.len()]);
    let columns = Columns(Vec::new()).with("date", stamps);
    let columns = columns.with("open", flat(4.5)).with("high", flat(4.75)).with("low", flat(4.25));
    let report = imported(&columns.with("close", flat(4.5)).with("volume", flat(1.5))).unwrap();
    assert_eq!((report.messages, report.rows), (7, 6));
    assert_eq!((count(&report, "missing-bars"), count(&report, "duplicate-bar")), (2, 1));
    assert!(report.header.findings.iter().any(|finding| finding.first.contains(".feather: row 5 (")));
}

#[test]
fn refuses_what_is_no_candle() {
    let numbers = |values: &[f64]| Float64Array::from(values.to_vec());
    let expected_name = "expected a column of bar open times named one of date, ts, timestamp, time";
    refused(
        &Columns::good(2).without("date"),
        &format!(
            "DIR/ABC_USDT-1m.feather: found `columns open, high, low, close, volume`, {expected_name}; \
             rename the columns of the file"
        ),
    );
    for (name, values, message) in [
        ("open", [4.255, f64::NAN], "row 2: `open`: found `NaN`, expected a finite number"),
        ("volume", [1.0, -1.0], "row 2: `volume`: found `-1`, expected zero or more"),
        ("low", [4.252, 4.257], "row 2: `open`: found `4.256`, expected a price between low 4.257 and high 4.258"),
        ("low", [0.0, 4.252], "row 1: `low`: found `0.000`, expected a price above zero"),
    ] {
        refused(&Columns::good(2).with(name, numbers(&values)), &format!("DIR/ABC_USDT-1m.feather: {message}"));
    }
    let nulls = Float64Array::from(vec![Some(4.255), None]);
    refused(
        &Columns::good(2).with("close", nulls),
        "DIR/ABC_USDT-1m.feather: row 2: `close`: found `null`, expected a number",
    );
    refused(
        &Columns::good(2).with("close", UInt8Array::from(vec![4, 4])),
        "DIR/ABC_USDT-1m.feather: `close`: found `type UInt8`, expected type Float64 or Int64",
    );
    refused(&Columns::good(0), "DIR/ABC_USDT-1m.feather: found `no rows`, expected at least one row");
    refused(&Columns::good(1), "DIR/ABC_USDT-1m.feather: found `one bar`, expected at least two, to tell their period");
}

/// A file in falling order has no step to tell a period from, and is none of one bar.
#[test]
fn rows_that_run_backwards_are_called_so() {
    let falling = TimestampNanosecondArray::from_iter_values((0..4).map(|k| START - k * MINUTE));
    refused(
        &Columns::good(4).with("date", falling),
        "DIR/ABC_USDT-1m.feather: row 2: `date`: found `2023-07-31T23:59:00.000000000Z`, expected a time after the bar \
         before, 2023-08-01T00:00:00.000000000Z: the rows run backwards; sort the rows by time; give files in time order and \
         without overlap",
    );
}

#[test]
fn milliseconds_taken_for_nanoseconds() {
    let stamps = TimestampNanosecondArray::from(vec![START / 1_000_000, START / 1_000_000 + 60_000]);
    let error = imported(&Columns::good(2).with("date", stamps)).unwrap_err();
    assert!(error.contains("row 1: `date`: found `1690848000000`"), "{error}");
    assert!(error.ends_with("it looks like milliseconds taken for nanoseconds"), "{error}");
}

#[test]
fn broken_files_end_in_an_error() {
    let whole = bytes(&Columns::good(500));
    for (name, content) in frames::testing::repacked(&whole) {
        for length in [7, 12, content.len() / 2, content.len() - 1] {
            let error = import_bytes("ABC_USDT-1m.parquet", &content[..length]).unwrap_err();
            assert!(error.starts_with("DIR/ABC_USDT-1m.parquet: found `"), "{name} {length}: {error}");
        }
    }
    for (content, found) in [
        (b"".as_slice(), "an empty file"),
        (b"date,open,high", "date,o"),
        (b"FEA1....", "Feather version 1"),
        (b"PA", "PA"),
    ] {
        let error = import_bytes("ABC_USDT-1m.feather", content).unwrap_err();
        assert!(error.contains(&format!("found `{found}`")), "{error}");
    }
}

#[test]
fn values_off_a_stated_grid_are_counted() {
    let instrument = imported(&Columns::good(10)).unwrap().header.instrument;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ABC_USDT-1m.feather");
    Columns::good(10).write(&path);
    let coarse = Instrument { tick_size: crate::units::Fixed::new(5, 3), ..instrument };
    let options = ImportOptions { instrument: Some(coarse), ..ImportOptions::default() };
    let report = import(&[path], &options, &folder.path().join("out.tape"), &mut |_| ()).unwrap();
    assert!(0 < count(&report, "off-tick-price"));
}

#[test]
fn finds_symbols_in_names() {
    for (name, symbol) in [
        ("FILUSDT_1m.parquet", Some("FILUSDT")),
        ("XRP_ETH-1m.feather", Some("XRPETH")),
        ("BTC_USDT_USDT-1m-futures.feather", Some("BTCUSDT")),
        ("1m.feather", None),
    ] {
        assert_eq!(symbol_of(Path::new(name)).as_deref(), symbol, "{name}");
    }
}

fn recorded(name: &str, expected: (u64, &str, &str)) -> Option<ImportReport> {
    let folder = tempfile::tempdir().unwrap();
    let input = recordings()?.join(name);
    let report = import(&[input], &ImportOptions::default(), &folder.path().join("out.tape"), &mut |_| ()).unwrap();
    let (tick, step) = scales(&report);
    assert_eq!((report.rows, tick.as_str(), step.as_str()), expected, "{name}");
    Some(report)
}

#[test]
fn recorded_candles() {
    if let Some(report) = recorded("bybit-1m/FILUSDT_1m.parquet", (105_076, "0.001", "0.1")) {
        let holes = report.header.findings.iter().find(|finding| finding.code == "missing-bars").unwrap();
        assert_eq!(holes.count, 524);
        assert!(holes.detail.starts_with("419724 bars are missing in 524 holes; the longest hole is 801 bars"));
    }
    recorded("dcatp/BTC_USDT_USDT-1m-futures.feather", (43_199, "0.1", "0.001"));
    recorded("dcatp/ETH_USDT_USDT-1m-futures.feather", (60_191, "0.01", "0.001"));
}

#[test]
fn recorded_files_that_hold_no_candles() {
    let Some(folder) = recordings() else { return };
    let output = tempfile::tempdir().unwrap();
    for (name, says) in [
        ("dcatp/BTC_USDT_USDT-8h-funding_rate.feather", "expected at least one quantity above zero"),
        ("nautilus_trader/binance/btcusdt-trades.parquet", "expected a column `open`"),
        ("binance-um-klines/FILUSDT-1m-2023-08.csv.gz", "expected a Parquet or Feather file"),
    ] {
        let options = ImportOptions { symbol: Some("BTCUSDT".to_owned()), ..ImportOptions::default() };
        let error = import(&[folder.join(name)], &options, &output.path().join("out.tape"), &mut |_| ()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(std::fs::read_dir(output.path()).unwrap().count(), 0);
}

/// The raw records of aggTrades, written in the column order of the archive.
fn agg_trades_csv(recording: &Path) -> String {
    let file = flate2::read::GzDecoder::new(File::open(recording).unwrap());
    let trades: Vec<serde_json::Value> = serde_json::from_reader(file).unwrap();
    let line = |trade: &serde_json::Value| {
        let cell = |key: &str| trade["info"][key].to_string().trim_matches('"').to_owned();
        ["a", "p", "q", "f", "l", "T", "m", "M"].map(cell).join(",") + "\n"
    };
    trades.iter().map(line).collect()
}

fn minute_bars(path: &Path) -> Vec<Bar> {
    let mut bars: BTreeMap<i64, Bar> = BTreeMap::new();
    for row in rows(path) {
        let minute = row.venue_at.nanos().div_euclid(MINUTE) * MINUTE;
        let opened = Bar {
            open_at: Timestamp::from_nanos(minute),
            period: Span::from_nanos(MINUTE),
            open: row.price,
            high: row.price,
            low: row.price,
            close: row.price,
            volume: Quantity::ZERO,
        };
        let bar = bars.entry(minute).or_insert(opened);
        bar.high = bar.high.max(row.price);
        bar.low = bar.low.min(row.price);
        bar.close = row.price;
        bar.volume = bar.volume.checked_add(row.quantity).unwrap();
    }
    bars.into_values().collect()
}

/// Two recordings of the same market by different routes: the trades, and the candles somebody made from them.
#[test]
fn recorded_trades_make_the_recorded_candles() {
    let Some(recorded) = recordings() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [csv, trades, candles] =
        ["XRPETH-aggTrades-2019-10.csv", "trades.tape", "candles.tape"].map(|name| folder.path().join(name));
    std::fs::write(&csv, agg_trades_csv(&recorded.join("freqtrade/XRP_OLD-trades.json.gz"))).unwrap();
    let inferred = ImportOptions::default();
    let report = archive::import(Layout::AggTrades, &[csv], &inferred, &trades, &mut |_| ()).unwrap();
    assert_eq!((report.rows, scales(&report)), (12_477, ("0.00000001".to_owned(), "1".to_owned())));
    assert_eq!((count(&report, "sequence-gap"), count(&report, "trade-id-gap")), (0, 0));
    let stated = ImportOptions { instrument: Some(report.header.instrument), ..inferred };
    let report = import(&[recorded.join("freqtrade/XRP_ETH-1m.feather")], &stated, &candles, &mut |_| ()).unwrap();
    assert_eq!((report.rows, count(&report, "off-tick-price")), (2469, 0));
    assert_eq!(bars(&candles), minute_bars(&trades));
}

#[test]
fn a_file_of_two_symbols_is_refused() {
    use arrow_array::StringArray;
    let symbols = |last: &str| StringArray::from(vec!["ABCUSDT", "ABCUSDT", "ABCUSDT", last]);
    let imported = |last: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ABCUSDT.feather");
        Columns::good(4).with("symbol", symbols(last)).write(&path);
        import(&[path], &ImportOptions::default(), &folder.path().join("out.tape"), &mut |_| ())
    };
    assert_eq!(imported("ABCUSDT").unwrap().rows, 4);
    let refusal = imported("XYZUSDT").unwrap_err().to_string();
    let folder = tempfile::tempdir().unwrap();
    let paths = [("a", "ABCUSDT"), ("b", "XYZUSDT")].map(|(name, symbol)| {
        let path = folder.path().join(format!("{name}.feather"));
        Columns::good(4).with("symbol", StringArray::from(vec![symbol; 4])).write(&path);
        path
    });
    let options = ImportOptions { symbol: Some("ABCUSDT".to_owned()), ..ImportOptions::default() };
    let both = import(&paths, &options, &folder.path().join("out.tape"), &mut |_| ()).unwrap_err().to_string();
    assert!(both.contains("found `XYZUSDT`, expected `ABCUSDT`, as in the first file"), "{both}");
    assert!(refusal.contains("`symbol`: found `ABCUSDT and XYZUSDT`, expected the candles of one symbol"), "{refusal}");
}

#[test]
fn symbols_as_categories_are_refused() {
    let symbols: arrow_array::DictionaryArray<arrow_array::types::Int32Type> = vec!["ABCUSDT"; 4].into_iter().collect();
    let error = imported(&Columns::good(4).with("symbol", symbols)).unwrap_err();
    assert!(error.contains("`symbol`: found `type Dictionary("), "{error}");
    assert!(error.ends_with("expected plain text; write the column as text, not as categories"), "{error}");
}
