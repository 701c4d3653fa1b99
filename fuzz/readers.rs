// One function a reader: whatever the bytes are, it answers with a value or an error, never with a panic, and leaves no
// half-written tape. Included by the fuzz targets and by the fixed-corpus test of the gate.

use seatrial::cli::rendered;
use seatrial::ingest::{Format, ImportOptions, InstrumentFile, import};
use seatrial::journal::JournalReader;
use seatrial::scenario::{
    FinishedRun, MANIFEST, Overrides, Registry, Replay, SCENARIO, Scenario, journal_name, verify,
};
use seatrial::tape::TapeReader;
use std::fs;
use std::path::Path;

/// Reads bytes with the help of a folder of its own.
pub type Reader = fn(&[u8], &Path);

/// Name and entry of every reader.
pub const READERS: [(&str, Reader); 13] = [
    ("tape", tape),
    ("journal", journal),
    ("scenario", scenario),
    ("instrument", instrument),
    ("binance-ws", binance_ws),
    ("binance-klines", binance_klines),
    ("binance-trades", binance_trades),
    ("binance-aggtrades", binance_aggtrades),
    ("binance-zip", binance_zip),
    ("binance-gz", binance_gz),
    ("candles-parquet", candles_parquet),
    ("candles-feather", candles_feather),
    ("run", run),
];

pub fn tape(bytes: &[u8], folder: &Path) {
    let path = written(bytes, folder, "input.tape");
    if let Ok(reader) = TapeReader::open(&path) {
        drop(reader.verify());
    }
}

pub fn journal(bytes: &[u8], _folder: &Path) {
    drop(JournalReader::new("input", bytes).replay(&mut Vec::new()));
}

pub fn scenario(bytes: &[u8], _folder: &Path) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(Scenario::parse("input.toml", text, None, &Overrides::default(), &Registry::builtin()));
    }
}

pub fn instrument(bytes: &[u8], _folder: &Path) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(InstrumentFile::parse(text, Path::new("input.toml")));
    }
}

pub fn binance_ws(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceWs, bytes, folder, "input.txt");
}

pub fn binance_klines(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceKlines, bytes, folder, "ABCUSDT-1m-2024-01.csv");
}

pub fn binance_trades(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceTrades, bytes, folder, "ABCUSDT-trades-2024-01-01.csv");
}

pub fn binance_aggtrades(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceAggTrades, bytes, folder, "ABCUSDT-aggTrades-2024-01-01.csv");
}

/// Trades in a zip file.
pub fn binance_zip(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceTrades, bytes, folder, "ABCUSDT-trades-2024-01-01.zip");
}

/// Klines in a gzip file.
pub fn binance_gz(bytes: &[u8], folder: &Path) {
    imported(Format::BinanceKlines, bytes, folder, "ABCUSDT-1m-2024-01.csv.gz");
}

/// Candles in a Parquet file.
pub fn candles_parquet(bytes: &[u8], folder: &Path) {
    imported(Format::Candles, bytes, folder, "ABCUSDT-1m.parquet");
}

/// Candles in a Feather file.
pub fn candles_feather(bytes: &[u8], folder: &Path) {
    imported(Format::Candles, bytes, folder, "ABCUSDT-1m.feather");
}

/// A finished run, as `verify` and `report` read it: its manifest, a byte of zero, its scenario, a byte of zero, its only
/// journal.
pub fn run(bytes: &[u8], folder: &Path) {
    unpack_run(bytes, folder);
    let registry = Registry::builtin();
    let again = Replay { registry: &registry, tapes: &[] };
    drop(verify(folder, again, &rendered));
    if let Ok(finished) = FinishedRun::load(folder, again) {
        drop(rendered(&finished));
    }
}

/// Writes the files of a run into a folder.
pub fn unpack_run(bytes: &[u8], folder: &Path) {
    let mut parts = bytes.splitn(3, |&byte| byte == 0);
    for name in [MANIFEST, SCENARIO, &journal_name("neutral")] {
        written(parts.next().unwrap_or_default(), folder, name);
    }
}

fn imported(format: Format, bytes: &[u8], folder: &Path, name: &str) {
    let input = written(bytes, folder, name);
    let output = folder.join("output.tape");
    drop(fs::remove_file(&output));
    let result = import(format, &[input], &ImportOptions::default(), &output, &mut |_| {});
    assert_eq!(result.is_ok(), output.exists(), "a tape is there exactly when the import succeeded: {result:?}");
    let left = fs::read_dir(folder).expect("the folder").count();
    assert!(left <= 2, "{left} files in the folder, expected the input and at most the tape");
}

fn written(bytes: &[u8], folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a writable folder");
    path
}
