use super::*;
use crate::ingest::testing::{bars, fixture, recordings, rows};
use crate::model::{Bar, Side, row};
use crate::tape::{Severity, TapeRow};
use crate::units::{Fixed, MINUTE, Price, Quantity, Timestamp};

/// A folder for one import.
struct Bench {
    folder: tempfile::TempDir,
    layout: Layout,
    options: ImportOptions,
}

impl Bench {
    fn new(layout: Layout) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), layout, options: ImportOptions::default() }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("out.tape")
    }

    fn import(&self, inputs: &[PathBuf]) -> Result<ImportReport, IngestError> {
        import(self.layout, inputs, &self.options, &self.output(), &mut |_| ())
    }

    /// Imports `content` as the only file.
    fn text(&self, content: &str) -> Result<ImportReport, IngestError> {
        let path = self.folder.path().join("ABCUSDT-x-2024-01.csv");
        std::fs::write(&path, content).unwrap();
        self.import(&[path])
    }

    fn rows(&self, content: &str) -> (ImportReport, Vec<TapeRow>) {
        let report = self.text(content).unwrap();
        (report, rows(&self.output()))
    }
}

/// Codes and counts of what is more than a note.
fn serious(report: &ImportReport) -> Vec<(&str, u64)> {
    let findings = report.header.findings.iter().filter(|finding| finding.severity != Severity::Note);
    findings.map(|finding| (finding.code.as_str(), finding.count)).collect()
}

fn finding(report: &ImportReport, code: &str) -> String {
    let found = report.header.findings.iter().find(|finding| finding.code == code);
    found.map_or_else(String::new, |finding| {
        format!("{} x{}: {} [{}]", code, finding.count, finding.detail, finding.first)
    })
}

fn scales(report: &ImportReport) -> (String, String) {
    let instrument = &report.header.instrument;
    (instrument.tick_size.to_string(), instrument.step_size.to_string())
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

#[test]
fn klines_of_both_layouts_make_one_tape() {
    let bench = Bench::new(Layout::Klines);
    let inputs = ["ABCUSDT-1m-2024-01.csv", "ABCUSDT-1m-2025-01.csv"].map(fixture);
    let report = bench.import(&inputs).unwrap();
    assert_eq!(scales(&report), ("0.001".to_owned(), "0.1".to_owned()));
    assert_eq!((report.messages, report.rows, report.header.period), (5, 5, Some(MINUTE)));
    assert_eq!(report.header.sources.len(), 2);
    assert!(report.header.instrument.inferred.iter().any(|name| name == "tick_size"));
    assert_eq!(serious(&report), []);
    assert!(finding(&report, "zero-volume-bars").starts_with("zero-volume-bars x1: 1 of 5 bars has no volume"));
    let bars = bars(&bench.output());
    let price = |ticks| Price::new(ticks);
    let first = Bar {
        open_at: at(1_735_689_420_000),
        period: MINUTE,
        open: price(4255),
        high: price(4256),
        low: price(4252),
        close: price(4252),
        volume: Quantity::new(252_591),
    };
    assert_eq!(bars[0], first);
    assert_eq!((bars[3].open_at, bars[3].volume), (at(1_735_689_600_000), Quantity::new(363_042)));
}

#[test]
fn trades_keep_time_side_and_size() {
    let bench = Bench::new(Layout::Trades);
    let report = bench.import(&[fixture("ABCUSDT-trades-2024-01-01.csv")]).unwrap();
    let rows = rows(&bench.output());
    let seen: Vec<_> = rows.iter().map(|row| (row.venue_at, row.price.ticks(), row.quantity.steps())).collect();
    let start = 1_704_067_200_000;
    let expected =
        [(at(start), 4255, 105), (at(start), 4255, 5), (at(start + 12), 4256, 70), (at(start + 1500), 4254, 121)];
    assert_eq!(seen, expected);
    assert!(rows.iter().all(|row| row.local_at == row.venue_at && row.flags & row::LAST != 0));
    let sides: Vec<_> = rows.iter().map(|row| row::side(row.flags)).collect();
    assert_eq!(sides, [Side::Sell, Side::Buy, Side::Buy, Side::Sell]);
    assert_eq!(
        finding(&report, "sequence-gap"),
        "sequence-gap x1: 1 gap in the ids, 2 ids missing [ABCUSDT-trades-2024-01-01.csv:5 (2024-01-01T00:00:01.500000000Z)]"
    );
    assert!(finding(&report, "no-local-clock").contains("latency is not known"));
}

#[test]
fn agg_trades_chain_their_trade_ids() {
    let bench = Bench::new(Layout::AggTrades);
    let report = bench.import(&[fixture("ABCUSDT-aggTrades-2024-01-01.csv")]).unwrap();
    assert_eq!(report.rows, 3);
    assert!(finding(&report, "trade-id-gap").contains("1 gap between aggregates, 2 trades missing"));
    assert_eq!(finding(&report, "sequence-gap"), "");
    let overlap = "501,4.2,1,1001,1003,1704067200000,true\n502,4.3,1,1003,1004,1704067200000,true\n";
    let error = bench.text(overlap).unwrap_err().to_string();
    assert!(error.contains(":2:11: `first_trade_id`: found `1003`, expected a trade id above 1003"), "{error}");
}

#[test]
fn a_finer_value_after_the_sample_starts_the_inference_again() {
    let row = |id: u64| {
        let price = if id == PROBE_ROWS + 50 { "7.125".to_owned() } else { format!("7.{}", 1 + id % 9) };
        format!("{id},{price},{}.5,1.0,{},true\n", 1 + id % 100, 1_704_067_200_000 + id)
    };
    let content: String = (1..=PROBE_ROWS + 100).map(row).collect();
    let bench = Bench::new(Layout::Trades);
    let (report, rows) = bench.rows(&content);
    assert_eq!(scales(&report), ("0.001".to_owned(), "0.5".to_owned()));
    assert_eq!(report.rows, PROBE_ROWS + 100);
    assert_eq!(rows[0].price, Price::new(7200));
    assert_eq!(rows[PROBE_ROWS as usize + 49].price, Price::new(7125));
}

#[test]
fn small_steps_back_in_time_are_counted_and_levelled() {
    let bench = Bench::new(Layout::Trades);
    let row = |id: i64, millis: i64| format!("{id},7.5,1,7.5,{},true\n", 1_704_067_200_000 + millis);
    let (report, rows) = bench.rows(&[row(1, 10), row(2, 7), row(3, 10), row(4, 8), row(5, 11)].concat());
    let times: Vec<_> = rows.iter().map(|row| row.venue_at.since(at(1_704_067_200_000)).nanos() / 1_000_000).collect();
    assert_eq!(times, [10, 10, 10, 10, 11]);
    assert!(finding(&report, "time-disorder").contains("2 trades are stamped up to 3ms before"));
    let error = bench.text(&[row(1, 5000), row(2, 3999)].concat()).unwrap_err().to_string();
    assert!(
        error.contains(":2:13: `time`: found `1704067203999`, expected a time not before 2024-01-01T00:00:05"),
        "{error}"
    );
}

#[test]
fn repeats_empty_trades_and_changes_of_unit_are_counted() {
    let bench = Bench::new(Layout::Trades);
    let content = "1,7.5,1,7.5,1704067200000,true\n1,7.5,1,7.5,1704067200000,true\n2,0,0,0,1704067200000,true\n\
                   3,7.5,1,7.5,1704067200000001,true\n4,7.5,1,7.5,1704067200000001,false\n";
    let (report, rows) = bench.rows(content);
    assert_eq!((report.messages, rows.len()), (5, 3));
    for code in ["duplicate-trade", "empty-trade", "stamp-unit-change"] {
        assert!(finding(&report, code).contains(" x1: "), "{code}");
    }
    assert_eq!(rows[1].venue_at, Timestamp::from_nanos(1_704_067_200_000_001_000));
}

#[test]
fn a_stated_instrument_is_taken_at_its_word() {
    let mut bench = Bench::new(Layout::Trades);
    let (report, _) = bench.rows("1,7.5,1,7.5,1704067200000,true\n");
    let stated = Instrument { inferred: Vec::new(), tick_size: Fixed::new(25, 2), ..report.header.instrument };
    bench.options.instrument = Some(stated.clone());
    let (report, rows) = bench.rows("1,7.75,2,7.5,1704067200000,true\n");
    assert_eq!((report.header.instrument, rows[0].price), (stated.clone(), Price::new(31)));
    let error = bench.text("1,7.8,2,7.5,1704067200000,true\n").unwrap_err().to_string();
    assert!(
        error.ends_with(":1:3: `price`: found `7.8`, expected a multiple of 0.25; state a finer tick_size"),
        "{error}"
    );
    bench.options.instrument = Some(Instrument { symbol: "XYZUSDT".to_owned(), ..stated });
    let error = bench.text("1,7.75,2,7.5,1704067200000,true\n").unwrap_err().to_string();
    assert!(error.contains("`symbol`: found `ABCUSDT`, expected symbol XYZUSDT, as in the instrument"), "{error}");
    bench.options.symbol = Some("XYZUSDT".to_owned());
    bench.text("1,7.75,2,7.5,1704067200000,true\n").unwrap();
}

#[test]
fn progress_ends_at_the_sum_of_the_sizes() {
    let inputs = ["ABCUSDT-1m-2024-01.csv", "ABCUSDT-1m-2025-01.csv"].map(fixture);
    let total: u64 = inputs.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    let (bench, mut heard) = (Bench::new(Layout::Klines), Vec::new());
    import(bench.layout, &inputs, &bench.options, &bench.output(), &mut |bytes| heard.push(bytes)).unwrap();
    assert!(heard.is_sorted() && heard.last() == Some(&total), "{heard:?} of {total}");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn noise_is_refused_or_read_and_never_panics(
        noise in "([0-9]{1,4}|\"|,|\\.|-|\n|\r|true|1704067200000,|é|id){0,60}",
        layout in 0_usize..3,
    ) {
        let good = ["1704067200000,4,5,3,4,1,1704067259999,1,1,1,1,0\n", "1,7.5,1,7,1704067200000,true\n", "1,7.5,1,1,1,1704067200000,true\n"];
        let bench = Bench::new(Layout::ALL[layout]);
        let imported = bench.text(&format!("{}{noise}", good[layout]));
        proptest::prop_assert_eq!(imported.is_ok(), bench.output().exists());
    }
}

fn recorded(layout: Layout, names: &[&str]) -> Option<(Bench, ImportReport)> {
    let folder = recordings()?;
    let inputs: Vec<_> = names.iter().map(|name| folder.join(name)).collect();
    let bench = Bench::new(layout);
    let report = bench.import(&inputs).unwrap();
    Some((bench, report))
}

#[test]
fn four_recorded_months_are_one_tape_without_gap() {
    let names = ["08", "09", "10", "11"].map(|month| format!("binance-um-klines/FILUSDT-1m-2023-{month}.csv.gz"));
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let Some((bench, report)) = recorded(Layout::Klines, &names) else { return };
    assert_eq!((report.rows, report.header.instrument.symbol.as_str()), (175_680, "FILUSDT"));
    assert_eq!(scales(&report), ("0.001".to_owned(), "0.1".to_owned()));
    assert_eq!(finding(&report, "missing-bars"), "");
    assert!(finding(&report, "zero-volume-bars").starts_with("zero-volume-bars x79: "));
    assert_eq!(report.header.sources[0].sha256, "3a3834ef858a9b5985d629c771f11c977c0c8cc1cfa2283a74e497476acd0637");
    let bars = bars(&bench.output());
    assert_eq!((bars[0].open, bars[0].volume), (Price::new(4255), Quantity::new(252_591)));
    assert_eq!(bars[175_679].open_at, at(1_701_388_740_000));
}

#[test]
fn recorded_months_that_are_not_neighbours_leave_a_hole() {
    let names = ["binance-um-klines/FILUSDT-1m-2023-08.csv.gz", "binance-um-klines/FILUSDT-1m-2023-10.csv.gz"];
    let Some((_, report)) = recorded(Layout::Klines, &names) else { return };
    assert!(finding(&report, "missing-bars").contains("43200 bars are missing in 1 hole"));
}

#[test]
fn a_recorded_file_without_header() {
    let Some((bench, report)) = recorded(Layout::Klines, &["nautilus_trader/ADABTC-1m-2021-11-27.csv"]) else { return };
    assert_eq!((report.rows, scales(&report)), (10, ("0.00000001".to_owned(), "0.1".to_owned())));
    assert_eq!(bars(&bench.output())[1].high, Price::new(2860));
}
