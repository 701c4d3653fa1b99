//! Archive files that are broken, mislabelled or hostile: each is refused with file, place, column, value and expectation,
//! and nothing is left beside the inputs.

use seatrial::ingest::archive::{self, Layout};
use seatrial::ingest::{ImportOptions, ImportReport, IngestError};
use std::io::Write;
use std::path::{Path, PathBuf};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
                      taker_buy_quote_volume,ignore\n";
const GOOD: &str = "1690848000000,4.255,4.256,4.252,4.252,259.1,1690848059999,1101.0165,208,52.3,222.3,0\n";

/// Files in a folder of their own, and what importing them says.
struct Case {
    folder: tempfile::TempDir,
    layout: Layout,
    files: Vec<PathBuf>,
}

impl Case {
    fn new(layout: Layout) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), layout, files: Vec::new() }
    }

    fn file(mut self, name: &str, content: &[u8]) -> Self {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.files.push(path);
        self
    }

    fn import(&self) -> Result<ImportReport, IngestError> {
        let output = self.folder.path().join("out.tape");
        archive::import(self.layout, &self.files, &ImportOptions::default(), &output, &mut |_| ())
    }

    /// Fails unless the import is refused with exactly this message (`DIR/` stands for the folder), leaving nothing.
    fn refused(&self, expected: &str) {
        let error = self.import().expect_err(expected).to_string();
        assert_eq!(error.replace(&format!("{}/", self.folder.path().display()), "DIR/"), expected);
        assert_eq!(names(self.folder.path()), self.input_names(), "something was left behind after: {error}");
    }

    fn accepted(&self) -> ImportReport {
        let report = self.import().unwrap();
        let mut expected = self.input_names();
        expected.push("out.tape".to_owned());
        expected.sort();
        assert_eq!(names(self.folder.path()), expected);
        report
    }

    fn input_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.files.iter().map(|path| name(path)).collect();
        names.sort();
        names
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| name(&entry.unwrap().path())).collect();
    names.sort();
    names
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn klines(content: &str) -> Case {
    Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv", content.as_bytes())
}

/// One good row with `from` replaced by `to`.
fn spoiled(from: &str, to: &str) -> Case {
    assert!(GOOD.contains(from), "{from}");
    klines(&GOOD.replacen(from, to, 1))
}

fn trades(content: &str) -> Case {
    Case::new(Layout::Trades).file("ABCUSDT-trades-2024-01-01.csv", content.as_bytes())
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// `count` minutes of klines.
fn minutes(count: i64) -> String {
    let row = |minute: i64| {
        let open = 1_690_848_000_000 + 60_000 * minute;
        format!("{open},4.255,4.256,4.25{},4.252,2{minute}.5,{},1.1,2,3.4,5.6,0\n", minute % 3, open + 59_999)
    };
    (0..count).map(row).collect()
}

#[test]
fn a_wrong_column_count() {
    klines(&format!("{HEADER}{GOOD}1690848060000,4.251\n"))
        .refused("DIR/ABCUSDT-1m-2023-08.csv:3: found `2 columns`, expected 12 columns of klines");
    trades(GOOD).refused(
        "DIR/ABCUSDT-trades-2024-01-01.csv:1: found `12 columns`, expected 6 or 7 columns of trades; klines have 12 columns",
    );
}

#[test]
fn values_that_are_no_numbers() {
    spoiled("4.256", "NaN")
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:21: `high`: found `NaN`, expected a plain decimal such as 12.5");
    spoiled("259.1", "1e5")
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:39: `volume`: found `1e5`, expected a plain decimal such as 12.5");
    spoiled("1101.0165", "inf").refused(
        "DIR/ABCUSDT-1m-2023-08.csv:1:59: `quote_volume`: found `inf`, expected a plain decimal of zero or more, such as 12.5",
    );
    spoiled("259.1", "")
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:39: `volume`: found ``, expected a plain decimal such as 12.5");
}

#[test]
fn a_negative_size() {
    spoiled("259.1", "-259.1")
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:39: `volume`: found `-259.1`, expected zero or more");
    trades("7,4.255,-1,4.255,1704067200000,true\n")
        .refused("DIR/ABCUSDT-trades-2024-01-01.csv:1:9: `qty`: found `-1`, expected zero or more");
}

#[test]
fn a_price_of_zero() {
    trades("7,4.255,1,4.255,1704067200000,true\n8,0.000,1,0,1704067200000,true\n")
        .refused("DIR/ABCUSDT-trades-2024-01-01.csv:2:3: `price`: found `0.000`, expected a price above zero");
}

#[test]
fn stamps_in_other_units() {
    let expected = "expected milliseconds or microseconds since 1970, between 2009 and 2100";
    for (stamp, hint) in [
        ("1690848000", "; it looks like seconds: multiply by 1000"),
        ("1690848000000000000", "; it looks like nanoseconds: divide by 1000"),
        ("16908480000000000000000", ""),
        ("12", ""),
        ("2023-08-01 00:00:00", ""),
    ] {
        let error = spoiled("1690848000000", stamp).import().unwrap_err().to_string();
        let expected = if stamp.parse::<i64>().is_ok() { expected } else { "expected " };
        assert!(error.contains(&format!("found `{stamp}`, {expected}")) && error.ends_with(hint), "{error}");
    }
    let nanoseconds = GOOD.replace("059999,", "059999000000,");
    klines(&nanoseconds).refused(
        "DIR/ABCUSDT-1m-2023-08.csv:1:45: `close_time`: found `1690848059999000000`, expected milliseconds or microseconds \
         since 1970, between 2009 and 2100; it looks like nanoseconds: divide by 1000",
    );
}

#[test]
fn a_bar_that_cannot_be() {
    spoiled("4.256", "4.254").refused(
        "DIR/ABCUSDT-1m-2023-08.csv:1:15: `open`: found `4.255`, expected a price between low 4.252 and high 4.254",
    );
    spoiled("1690848059999", "1690847999999").refused(
        "DIR/ABCUSDT-1m-2023-08.csv:1:45: `close_time`: found `1690847999999`, expected a time after the open time",
    );
}

#[test]
fn a_bar_of_another_period() {
    let hour = "1690848060000,4.255,4.256,4.252,4.252,259.1,1690851659999,1101.0165,208,52.3,222.3,0\n";
    klines(&format!("{GOOD}{hour}")).refused(
        "DIR/ABCUSDT-1m-2023-08.csv:2:45: `close_time`: found `1690851659999`, expected a close time one unit before open \
         time + 1min (here the bar lasts 1h)",
    );
}

#[test]
fn mixed_symbols() {
    Case::new(Layout::Klines)
        .file("FILUSDT-1m-2023-08.csv", GOOD.as_bytes())
        .file("NEARUSDT-1m-2023-09.csv", GOOD.as_bytes())
        .refused(
            "DIR/NEARUSDT-1m-2023-09.csv: `symbol`: found `NEARUSDT`, expected symbol FILUSDT, as in FILUSDT-1m-2023-08.csv; \
             one tape holds one instrument; if the name misleads, state the symbol",
        );
}

#[test]
fn files_out_of_order_or_overlapping() {
    let (first, second) = (minutes(3), minutes(6));
    let overlapping = Case::new(Layout::Klines)
        .file("ABCUSDT-1m-2023-08.csv", first.as_bytes())
        .file("ABCUSDT-1m-2023-09.csv", second.as_bytes());
    overlapping.refused(
        "DIR/ABCUSDT-1m-2023-09.csv:1:1: `open_time`: found `1690848000000`, expected a time after the bar before, \
         2023-08-01T00:02:00.000000000Z: the rows run backwards; sort the rows by time; give files in time order and without overlap",
    );
    let row = |id: i64| format!("{id},4.255,1,4.255,1704067200000,true\n");
    trades(&format!("{}{}", row(8), row(7))).refused(
        "DIR/ABCUSDT-trades-2024-01-01.csv:2:1: `id`: found `7`, expected an id above 8, that of the row before; \
         give files in time order and without overlap",
    );
}

#[test]
fn no_content() {
    klines("").refused("DIR/ABCUSDT-1m-2023-08.csv: found `an empty file`, expected at least one row");
    klines(HEADER).refused("DIR/ABCUSDT-1m-2023-08.csv:1: found `a header and no rows`, expected at least one row");
    Case::new(Layout::Klines)
        .file("ABCUSDT-1m-2023-08.csv.gz", &gz(b""))
        .refused("DIR/ABCUSDT-1m-2023-08.csv.gz:1: found `no content`, expected at least one row");
    Case::new(Layout::Klines).refused("inputs: found `no input`, expected at least one file");
}

#[test]
fn not_utf8() {
    let row = GOOD.replace("4.256", "4.2\u{e9}6").replace('\u{e9}', "?");
    let bytes: Vec<u8> = row.bytes().map(|byte| if byte == b'?' { 0xe9 } else { byte }).collect();
    Case::new(Layout::Klines)
        .file("ABCUSDT-1m-2023-08.csv", &bytes)
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:21: `high`: found `byte 0xe9`, expected UTF-8 text");
}

#[test]
fn a_gzip_file_cut_short() {
    let whole = gz(minutes(2000).as_bytes());
    let case = Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv.gz", &whole[..whole.len() / 2]);
    let error = case.import().unwrap_err().to_string();
    assert!(error.contains("ABCUSDT-1m-2023-08.csv.gz:"), "{error}");
    assert!(
        error.ends_with("found `the end of the file`, expected a gzip file that is complete; fetch the file again")
    );
    assert_eq!(names(case.folder.path()), case.input_names());
}

#[test]
fn a_gzip_file_with_a_flipped_bit() {
    let mut content = gz(minutes(2000).as_bytes());
    let middle = content.len() - 6;
    content[middle] ^= 1;
    let case = Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv.gz", &content);
    let error = case.import().unwrap_err().to_string();
    assert!(error.contains("expected a gzip file that is intact"), "{error}");
    assert_eq!(names(case.folder.path()), case.input_names());
}

#[test]
fn a_name_that_lies() {
    Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv.gz", GOOD.as_bytes()).refused(
        "DIR/ABCUSDT-1m-2023-08.csv.gz: found `plain text`, expected a gzip file, as the name says; let the name end in .csv",
    );
    Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv", &gz(GOOD.as_bytes())).refused(
        "DIR/ABCUSDT-1m-2023-08.csv: found `a gzip file`, expected plain text, as the name says; let the name end in .csv.gz",
    );
    Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.zip", GOOD.as_bytes()).refused(
        "DIR/ABCUSDT-1m-2023-08.zip: found `plain text`, expected a zip file, as the name says; let the name end in .csv",
    );
}

#[test]
fn a_zip_with_two_files() {
    let content = zip(&[("a.csv", GOOD.as_bytes()), ("b.csv", GOOD.as_bytes())]);
    Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.zip", &content).refused(
        "DIR/ABCUSDT-1m-2023-08.zip: found `2 files: a.csv, b.csv`, expected a zip file with one CSV file inside; unpack it",
    );
}

#[test]
fn a_zip_file_cut_short() {
    let content = zip(&[("a.csv", minutes(500).as_bytes())]);
    let case = Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.zip", &content[..content.len() - 30]);
    let error = case.import().unwrap_err().to_string();
    assert!(error.contains("expected a zip file that is intact and not encrypted"), "{error}");
    assert_eq!(names(case.folder.path()), case.input_names());
}

#[test]
fn a_file_that_unpacks_without_end() {
    let bomb = format!("{GOOD}{}", "\n".repeat(8 << 20));
    for (name, content) in [
        ("ABCUSDT-1m-2023-08.csv.gz", gz(bomb.as_bytes())),
        ("ABCUSDT-1m-2023-08.zip", zip(&[("a.csv", bomb.as_bytes())])),
    ] {
        let case = Case::new(Layout::Klines).file(name, &content);
        let error = case.import().unwrap_err().to_string();
        assert!(error.contains("unpacks to more than 200 times its size"), "{error}");
        assert_eq!(names(case.folder.path()), case.input_names());
    }
}

#[test]
fn a_line_too_long() {
    for end in ["\n", ""] {
        let case = klines(&format!("{GOOD}{}{end}", "9".repeat(300_000)));
        let error = case.import().unwrap_err().to_string();
        assert!(error.contains("ABCUSDT-1m-2023-08.csv:2: found `a line of"), "{error}");
        assert!(error.ends_with("expected at most 4096 bytes"), "{error}");
        assert_eq!(names(case.folder.path()), case.input_names());
    }
}

#[test]
fn a_header_of_another_layout() {
    trades("agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n").refused(
        "DIR/ABCUSDT-trades-2024-01-01.csv:1:1: found `agg_trade_id`, expected the header name `id` or a row that starts \
         with an integer; this is a file of aggTrades",
    );
    klines(&HEADER.replace("close_time", "closing"))
        .refused("DIR/ABCUSDT-1m-2023-08.csv:1:38: found `closing`, expected the header name `close_time`");
}

#[test]
fn unpaired_quotes() {
    spoiled("4.256", "\"4.256").refused(
        "DIR/ABCUSDT-1m-2023-08.csv:1: found `1690848000000,4.255,\"4.256,4.252,4.252,259.1,1690848059999,1101.0165,208,52.3,22..`, \
         expected quotes in pairs around whole fields",
    );
}

#[test]
fn a_flag_that_is_none() {
    trades("7,4.255,1,4.255,1704067200000,maybe\n")
        .refused("DIR/ABCUSDT-trades-2024-01-01.csv:1:31: `is_buyer_maker`: found `maybe`, expected true or false");
}

#[test]
fn a_name_without_symbol_and_an_unknown_quote() {
    Case::new(Layout::Klines).file("prices.csv", GOOD.as_bytes()).refused(
        "DIR/prices.csv: found `prices.csv`, expected a symbol at the start of the file name, as in BTCUSDT-1m-2024-01.zip; \
         state the symbol, or the instrument in a TOML file",
    );
    let error = Case::new(Layout::Klines).file("ABCDEF-1m.csv", GOOD.as_bytes()).import().unwrap_err().to_string();
    assert!(error.contains("`symbol`: found `ABCDEF`"), "{error}");
}

#[test]
fn a_missing_file_and_an_output_that_cannot_be() {
    let mut case = klines(GOOD);
    case.files.push(case.folder.path().join("ABCUSDT-1m-2023-09.csv"));
    let error = case.import().unwrap_err().to_string();
    assert!(error.contains("ABCUSDT-1m-2023-09.csv: cannot open"), "{error}");
    let case = klines(GOOD);
    let nowhere = case.folder.path().join("no/such/out.tape");
    let error =
        archive::import(case.layout, &case.files, &ImportOptions::default(), &nowhere, &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("no/such"), "{error}");
}

/// Odd, but right: these must be read, and all say the same.
#[test]
fn odd_spellings_of_the_same_rows() {
    let plain = minutes(5);
    let reference = klines(&plain).accepted().header.content_hash;
    let quoted = plain.replacen("4.255", "\"4.255\"", 3);
    let all_quoted: String = plain.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect();
    for (what, content) in [
        ("carriage returns", plain.replace('\n', "\r\n")),
        ("quoted fields", quoted),
        ("all fields quoted", all_quoted),
        ("no newline at the end", plain.trim_end().to_owned()),
        ("byte order mark and header", format!("\u{feff}{HEADER}{plain}")),
        ("empty lines at the end", format!("{plain}\n\r\n\n")),
        ("a bar twice", plain.lines().flat_map(|line| [line, "\n", line, "\n"]).collect()),
        ("more decimals", plain.replace("4.255,", "4.25500000,")),
    ] {
        assert_eq!(klines(&content).accepted().header.content_hash, reference, "{what}");
    }
    let gzipped = Case::new(Layout::Klines).file("ABCUSDT-1m-2023-08.csv.gz", &gz(plain.as_bytes()));
    assert_eq!(gzipped.accepted().header.content_hash, reference, "gzip");
    let zipped = Case::new(Layout::Klines).file("ABCUSDT-1m.zip", &zip(&[("any name", plain.as_bytes())]));
    assert_eq!(zipped.accepted().header.content_hash, reference, "zip");
}
