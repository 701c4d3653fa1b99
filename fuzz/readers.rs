// One function a reader: whatever the bytes are, it answers with a value or an error, never with a panic, and leaves no
// half-written tape. Included by the fuzz targets and by the fixed-corpus test of the gate.

use seatrial::ingest::{Format, ImportOptions, InstrumentFile, import};
use seatrial::journal::JournalReader;
use seatrial::scenario::{Overrides, Registry, Scenario};
use seatrial::tape::TapeReader;
use std::fs;
use std::path::Path;

/// Reads bytes with the help of a folder of its own.
pub type Reader = fn(&[u8], &Path);

/// Name and entry of every reader.
pub const READERS: [(&str, Reader); 8] = [
    ("tape", tape),
    ("journal", journal),
    ("scenario", scenario),
    ("instrument", instrument),
    ("binance-ws", binance_ws),
    ("binance-klines", binance_klines),
    ("binance-trades", binance_trades),
    ("binance-aggtrades", binance_aggtrades),
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
