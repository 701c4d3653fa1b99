//! Inputs that are broken or mean harm: each is refused with file, place, key, value and expectation, and nothing is left
//! where the tape would be.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;

const STAMP: &str = "1723161255002000000";
const DEPTH: &str = r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161255000,"T":1723161255000,"s":"BTCUSDT","U":101,"u":105,"pu":100,"b":[["100.1","0.001"]],"a":[]}}"#;
const TRADE: &str = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255010,"T":1723161255010,"s":"BTCUSDT","t":1,"p":"100.20","q":"0.002","X":"MARKET","m":false}}"#;

fn refused(name: &str, bytes: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let input = capture(&folder, name, bytes);
    let output = folder.path().join("out.tape");
    let error = import(&[input], &ImportOptions::default(), &output, &mut |_| ()).unwrap_err().to_string();
    let shown = error.rsplit_once('/').map_or(error.as_str(), |(_, shown)| shown);
    assert!(error.contains(expected), "expected: {expected}\nfound:    {shown}");
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "something is left beside the input");
}

fn refused_line(line: &str, expected: &str) {
    refused("x.txt", format!("{STAMP} {TRADE}\n{line}\n").as_bytes(), expected);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_truncated_or_damaged_gzip() {
    let mut text = String::new();
    for id in 0..2000 {
        text.push_str(&format!("{STAMP} {}\n", TRADE.replace("\"t\":1", &format!("\"t\":{id}"))));
    }
    let whole = gzip(&text);
    refused(
        "x.gz",
        &whole[..whole.len() / 2],
        "found `end of file inside compressed data`, expected a complete gzip file",
    );
    refused("x.gz", &whole[..whole.len() - 4], "expected a complete gzip file");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0xff;
    refused("x.gz", &flipped, "x.gz:");
    let mut followed = whole;
    followed.extend_from_slice(b"and more, at some length");
    refused("x.gz", &followed, "x.gz:2001: found `invalid gzip header`, expected intact gzip data");
}

#[test]
fn an_empty_file_or_one_without_rows() {
    refused("x.txt", b"", "x.txt: found `an empty file`, expected at least one message");
    refused("x.gz", &gzip(""), "x.gz: found `an empty file`");
    refused(
        "x.txt",
        format!("{STAMP} {{\"result\":null,\"id\":1}}\n").as_bytes(),
        "expected at least one, which says the symbol",
    );
}

#[test]
fn text_that_is_not_utf8_or_not_a_capture() {
    let mut bytes = format!("{STAMP} {TRADE}\n{STAMP} ").into_bytes();
    bytes.extend_from_slice(b"{\"stream\":\"\xff\"}\n");
    refused("x.txt", &bytes, "x.txt:2:32: found `byte 0xff`, expected UTF-8 text");
    refused(
        "x.txt",
        b"open_time,open,high\n1,2,3\n",
        "x.txt:1: found `open_time,open,high`, expected `<local stamp> <json>`",
    );
    refused("x.bin", b"\x00\x01\x02 {}", "`local stamp`: found `\\0\\u{1}\\u{2}`");
}

#[test]
fn broken_json() {
    refused_line(&format!("{STAMP} {}", &TRADE[..60]), "x.txt:2:80: ");
    refused_line(&format!("{STAMP} {TRADE} x"), "trailing characters");
    refused_line(STAMP, "expected `<local stamp> <json>`");
    refused_line(&format!("{STAMP} {{}}"), "missing `stream` or `lastUpdateId`");
}

#[test]
fn numbers_that_are_none() {
    refused_line(
        &format!("{STAMP} {}", TRADE.replace("100.20", "NaN")),
        "x.txt:2: `p`: found `NaN`, expected a plain decimal",
    );
    refused_line(
        &format!("{STAMP} {}", TRADE.replace("0.002", "")),
        "x.txt:2: `q`: found ``, expected a plain decimal",
    );
    refused_line(&format!("{STAMP} {}", TRADE.replace("\"0.002\"", "0.002")), "`data.q`: found");
    refused_line(
        &format!("{STAMP} {}", TRADE.replace("\"t\":1", "\"t\":2").replace("0.002", "-0.002")),
        "x.txt:2: `q`: found `-0.002`, expected zero or more",
    );
    refused_line(
        &format!("{STAMP} {}", DEPTH.replace("0.001", "-1")),
        "x.txt:2: `b[0][1]`: found `-1`, expected zero or more",
    );
    refused_line(
        &format!("{STAMP} {}", DEPTH.replace("100.1", "1e3")),
        "x.txt:2: `b[0][0]`: found `1e3`, expected a plain decimal",
    );
    refused_line(&format!("{STAMP} {}", DEPTH.replace("[[\"100.1\",\"0.001\"]]", "[[\"100.1\"]]")), "`data.b[0]`");
    refused_line(
        &format!("{STAMP} {}", DEPTH.replace("\"u\":105", "\"u\":99")),
        "`u`: found `U 101 u 99 pu Some(100)`, expected U at most u",
    );
}

#[test]
fn stamps_in_a_wrong_unit() {
    refused_line(
        &format!("1723161255002 {TRADE}"),
        "x.txt:2: `local stamp`: found `1723161255002`, expected nanoseconds or microseconds since 1970; it looks like milliseconds",
    );
    refused_line(&format!("1723161255 {TRADE}"), "it looks like seconds");
    refused_line(&format!("1723161255002000 {TRADE}"), "expected the same unit as in the first line of the file");
    refused_line(
        &format!("{STAMP} {}", TRADE.replace("\"T\":1723161255010", "\"T\":1723161255")),
        "x.txt:2: `T`: found `1723161255`, expected milliseconds or microseconds",
    );
}

#[test]
fn products_mixed_in_one_capture() {
    let spot = DEPTH.replace(",\"pu\":100", "").replace(",\"T\":1723161255000", "");
    refused(
        "x.txt",
        format!("{STAMP} {DEPTH}\n{STAMP} {spot}\n").as_bytes(),
        "found `a depth message of binance-spot`, expected binance-usdm, as in the lines before",
    );
}

#[test]
fn files_in_the_wrong_order_and_files_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let late = capture(&folder, "late.txt", format!("1723161255002000001 {TRADE}\n").as_bytes());
    let early = capture(&folder, "early.txt", format!("{STAMP} {TRADE}\n").as_bytes());
    let error = convert(&[late.clone(), early], &ImportOptions::default()).err().unwrap().to_string();
    assert!(
        error.contains("early.txt:1: `local stamp`") && error.ends_with("give the files in recording order"),
        "{error}"
    );
    let error = convert(&[late, folder.path().join("none.gz")], &ImportOptions::default()).err().unwrap().to_string();
    assert!(error.contains("none.gz: cannot open: No such file"), "{error}");
}

#[test]
fn a_capture_off_the_stated_scales() {
    let folder = tempfile::tempdir().unwrap();
    let input = capture(&folder, "x.txt", format!("{STAMP} {TRADE}\n{STAMP} {DEPTH}\n").as_bytes());
    let mut instrument = convert(std::slice::from_ref(&input), &ImportOptions::default()).unwrap().instrument;
    instrument.step_size = crate::units::Fixed::new(2, 3);
    let options = ImportOptions { instrument: Some(instrument.clone()), ..ImportOptions::default() };
    let error = convert(std::slice::from_ref(&input), &options).err().unwrap().to_string();
    assert!(
        error.contains("x.txt:2: `b[0][1]`: found `0.001`, expected a multiple of 0.002; old levels can be finer"),
        "{error}"
    );
    instrument.symbol = "ETHUSDT".to_owned();
    let options = ImportOptions { instrument: Some(instrument), ..ImportOptions::default() };
    let error = convert(&[input], &options).err().unwrap().to_string();
    assert!(error.contains("found `BTCUSDT`, expected symbol ETHUSDT"), "{error}");
}

#[test]
fn repeated_and_missing_trades_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let trade = |id: u64| format!("{STAMP} {}\n", TRADE.replace("\"t\":1", &format!("\"t\":{id}")));
    let input = capture(&folder, "x.gz", &gzip(&[1, 2, 2, 5].map(trade).concat()));
    let converted = convert(&[input], &ImportOptions::default()).unwrap();
    let found: Vec<_> =
        converted.written.findings.iter().map(|finding| (finding.code.as_str(), finding.count)).collect();
    assert_eq!(found[..2], [("trade-gap", 1), ("duplicate-trades", 1)]);
    assert_eq!(converted.rows.len(), 3);
}

#[test]
fn what_the_venue_repeats_or_forces_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let line = |back: i64, text: String| format!("{} {text}\n", 1_723_161_255_002_000_000 - back);
    let depth = |first: u64, last: u64, previous: u64| {
        let ids = format!("\"U\":{first},\"u\":{last},\"pu\":{previous}");
        DEPTH.replace("\"U\":101,\"u\":105,\"pu\":100", &ids)
    };
    let snapshot = |id: u64| format!(r#"{{"lastUpdateId":{id},"bids":[["100.0","1"]],"asks":[["100.2","1"]]}}"#);
    let trade = |id: u64, from: &str, to: &str| TRADE.replace("\"t\":1", &format!("\"t\":{id}")).replace(from, to);
    let lines = [
        line(0, depth(101, 105, 100)),
        line(0, snapshot(99)),
        line(0, snapshot(104)),
        line(0, depth(101, 105, 100)),
        line(0, snapshot(105)),
        line(0, trade(1, "MARKET", "INSURANCE_FUND")),
        line(500, trade(2, "0.002", "0")),
        line(0, r#"{"stream":"btcusdt@kline_1m","data":{}}"#.to_owned()),
    ];
    let input = capture(&folder, "x.txt", lines.concat().as_bytes());
    let converted = convert(&[input], &ImportOptions::default()).unwrap();
    let found: Vec<_> = converted.written.findings.iter().map(|finding| finding.code.as_str()).collect();
    let expected = [
        "snapshot-too-old",
        "late-snapshot",
        "snapshot-ignored",
        "old-deltas",
        "empty-trades",
        "forced-trades",
        "other-streams",
        "local-clock-set-back",
    ];
    assert_eq!(found[..8], expected, "{found:?}");
}

#[test]
fn numbers_at_the_edge_of_their_type() {
    let largest = "1152921504606846976";
    let beyond = "1152921504606846977";
    refused_line(
        &format!("{STAMP} {}", DEPTH.replace("0.001", &beyond.repeat(2))),
        "`b[0][1]`: found `1152921504606846977",
    );
    refused_line(
        &format!("{STAMP} {}", DEPTH.replace("100.1", largest)),
        "`b[0][0]`: found `1152921504606846976`, expected a number",
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn a_damaged_capture_never_panics(file in 0_usize..8, damage in proptest::collection::vec((0_usize..1 << 16, 0_u8..=255), 1..6)) {
        let names = ["usdm-late-snapshot", "spot-microseconds", "spot-gap", "spot-crossed", "coinm", "usdm-clock-behind", "spot-cold-start", "usdm-mixed-symbols"];
        let mut bytes = std::fs::read(fixture(&format!("{}.txt", names[file]))).unwrap();
        for (place, byte) in damage {
            let at = place % bytes.len();
            bytes[at] = if byte < 128 { b'0' + byte % 10 } else { byte };
        }
        let folder = tempfile::tempdir().unwrap();
        let input = capture(&folder, "x.txt", &bytes);
        let output = folder.path().join("out.tape");
        let imported = import(&[input], &ImportOptions::default(), &output, &mut |_| ());
        proptest::prop_assert_eq!(imported.is_ok(), output.exists());
    }
}
