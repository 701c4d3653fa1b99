//! What the tests of several importers share.

use crate::model::Bar;
use crate::tape::{Batch, TapeReader, TapeRow};
use crate::units::{Price, Quantity, Timestamp};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of recordings, if there is one.
pub(super) fn recordings() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let folder = std::env::var_os("SEATRIAL_RECORDINGS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("no recordings at {}", folder.display()));
    None
}

/// Says that a test did not test: past the harness, which keeps what a passing test prints to itself.
fn skipped(why: &str) {
    let written = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
    drop(written);
}

/// The small files of this package.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/archive").join(name)
}

fn batches(path: &Path) -> Vec<Batch> {
    let tape = TapeReader::open(path).unwrap();
    tape.verify().unwrap();
    (0..tape.batches()).map(|index| tape.read(index).unwrap().unwrap()).collect()
}

/// All bars of a tape.
pub(super) fn bars(path: &Path) -> Vec<Bar> {
    let period = TapeReader::open(path).unwrap().header().period.unwrap();
    let mut bars = Vec::new();
    for batch in batches(path) {
        let Batch::Bars(batch) = batch else { panic!("rows in a tape of bars") };
        bars.extend((0..batch.len()).map(|index| batch.bar(index, period)));
    }
    bars
}

/// All rows of a tape.
pub(super) fn rows(path: &Path) -> Vec<TapeRow> {
    let mut rows = Vec::new();
    for batch in batches(path) {
        let Batch::Rows(batch) = batch else { panic!("bars in a tape of rows") };
        rows.extend((0..batch.len()).map(|index| TapeRow {
            venue_at: Timestamp::from_nanos(batch.venue_at[index]),
            local_at: Timestamp::from_nanos(batch.local_at[index]),
            price: Price::new(batch.price.get(index)),
            quantity: Quantity::new(batch.quantity.get(index)),
            flags: batch.flags[index],
        }));
    }
    rows
}
