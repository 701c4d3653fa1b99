//! Tapes alone: rows a second written, and read from the map.
//!
//! `cargo bench --no-default-features --bench tape`. CPU time of the thread, median of five rounds, the system's part in it.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/dense.rs"]
mod dense;
#[path = "support/timing.rs"]
mod timing;
#[path = "support/workload.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod workload;

use seatrial::tape::{Batch, BatchSource, Provenance, TapeReader, TapeRow, TapeSpec, TapeWriter};
use seatrial::units::{Price, Quantity, Timestamp};
use std::hint::black_box;
use std::path::Path;
use timing::print_each;

const ROWS: u64 = 4_000_000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("market.tape");
    let count = dense::write(&path, ROWS, 7).rows;
    print_each("row read: all columns summed", count, || {
        black_box(scan(&path));
    });
    print_each("row verified: hash and every rule", count, || verify(&path));
    let (spec, rows) = copy(&path);
    let copied = folder.path().join("copy.tape");
    print_each("row written in order of arrival", count, || write(&copied, &spec, &rows));
}

fn batches(path: &Path, mut take: impl FnMut(&seatrial::tape::RowBatch)) {
    let mut reader = TapeReader::open(path).expect("a tape");
    for index in 0.. {
        match reader.batch(index).expect("a sound tape") {
            Some(Batch::Rows(rows)) => take(&rows),
            Some(Batch::Bars(_)) => panic!("bars, expected rows"),
            None => return,
        }
    }
}

fn scan(path: &Path) -> i64 {
    let mut sum = 0_i64;
    batches(path, |rows| {
        let stamps: i64 = rows.venue_at.iter().zip(rows.local_at.iter()).map(|(venue, local)| local - venue).sum();
        let numbers: i64 = (0..rows.len()).map(|at| rows.price.get(at) + rows.quantity.get(at)).sum();
        let flags: i64 = rows.flags.iter().map(|&flags| i64::from(flags)).sum();
        sum += stamps + numbers + flags;
    });
    sum
}

fn verify(path: &Path) {
    TapeReader::open(path).expect("a tape").verify().expect("a sound tape");
}

/// The rows of a tape, all in memory, and what a copy of it would be.
fn copy(path: &Path) -> (TapeSpec, Vec<TapeRow>) {
    let mut copied = Vec::new();
    batches(path, |rows| {
        copied.extend((0..rows.len()).map(|at| TapeRow {
            venue_at: Timestamp::from_nanos(rows.venue_at[at]),
            local_at: Timestamp::from_nanos(rows.local_at[at]),
            price: Price::new(rows.price.get(at)),
            quantity: Quantity::new(rows.quantity.get(at)),
            flags: rows.flags[at],
        }));
    });
    let header = TapeReader::open(path).expect("a tape").header().clone();
    let spec = TapeSpec {
        kind: header.kind,
        instrument: header.instrument,
        period: header.period,
        format: "copy".to_owned(),
        importer_version: 1,
    };
    (spec, copied)
}

fn write(path: &Path, spec: &TapeSpec, rows: &[TapeRow]) {
    let mut writer = TapeWriter::create(path, spec.clone()).expect("a writable folder");
    rows.iter().for_each(|row| writer.push(*row).expect("a sound row"));
    writer.finish(Provenance::default()).expect("a tape");
}
