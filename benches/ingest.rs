//! Rows a CPU second of `tape import` for the archive's plain layouts, writing of the tape included.
//!
//! `cargo bench --no-default-features --bench ingest` generates the files, imports each in a process of its own and prints a
//! table with the peak of that process's memory; with `-- LAYOUT PACKING ROWS` it prints one line of it, with a folder behind
//! them it only leaves the file there.
//! Times on a shared machine drift by half: compare them within one run only.

#[path = "support/archive.rs"]
mod archive;
#[path = "support/cpu.rs"]
mod cpu;

use seatrial::ingest::{Format, ImportOptions, import};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Layout, packing, rows: every layout plain and in zip, and one ten times longer for its memory.
const CASES: [(&str, &str, u64); 9] = [
    ("klines", "csv", 10_000_000),
    ("klines", "zip", 10_000_000),
    ("um-klines", "csv", 10_000_000),
    ("trades", "csv", 1_000_000),
    ("trades", "csv", 10_000_000),
    ("trades", "zip", 10_000_000),
    ("aggTrades", "csv", 10_000_000),
    ("aggTrades", "zip", 1_000_000),
    ("aggTrades", "zip", 10_000_000),
];

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.as_slice() {
        [layout, packing, rows] => once(layout, packing, rows.parse().expect("a number of rows")),
        [layout, packing, rows, folder] => {
            archive::generate(layout, packing, rows.parse().expect("a number of rows"), Path::new(folder));
        }
        _ => table(),
    }
}

fn table() {
    println!("layout     packing       rows   M rows/s    best   bytes a row   peak MiB");
    for (layout, packing, rows) in CASES {
        let this = env::current_exe().expect("this program's path");
        let ran = Command::new(this).args([layout, packing, &rows.to_string()]).status().expect("this program again");
        assert!(ran.success(), "{layout} {packing} {rows}: {ran}");
    }
}

/// Median and best of five imports of one generated file.
fn once(layout: &str, packing: &str, rows: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = archive::generate(layout, packing, rows, folder.path());
    let bytes = fs::metadata(&input).expect("the input").len();
    let output = folder.path().join("output.tape");
    let format =
        Format::parse(&format!("binance-{}", layout.trim_start_matches("um-").to_lowercase())).expect("a format");
    let mut seconds = [0; 5].map(|_| imported(format, &input, &output, rows));
    seconds.sort_by(f64::total_cmp);
    let rate = |seconds: f64| rows as f64 / seconds / 1e6;
    let (median, best, width) = (rate(seconds[2]), rate(seconds[0]), bytes as f64 / rows as f64);
    println!("{layout:10} {packing:7} {rows:10} {median:10.2} {best:7.2} {width:13.1} {:10.1}", peak_mib());
}

fn imported(format: Format, input: &Path, output: &Path, rows: u64) -> f64 {
    let work = || import(format, &[input.to_owned()], &ImportOptions::default(), output, &mut |_| ());
    let (report, seconds) = cpu::timed(work);
    let report = report.expect("a clean file");
    assert_eq!(report.rows, rows, "rows on the tape");
    seconds
}

/// The most memory this process ever had resident.
fn peak_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux with /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib: f64 = line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number");
    kib / 1024.0
}
