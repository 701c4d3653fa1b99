use super::drawn::order;
use super::round_trip::write;
use crate::journal::{Detail, Entry, EntrySink, JournalError, JournalReader, JournalSummary, JournalWriter};
use crate::model::{GateId, MarketId, Refusal};
use crate::units::Timestamp;
use std::path::Path;

const ENTRIES: u64 = 60_000;

fn tripped(number: u64) -> Entry {
    let refusal = Refusal { gate: GateId(3), value: i128::from(number), limit: 7 };
    Entry::Tripped { at: Timestamp::from_nanos(number as i64), market: MarketId::FIRST, refusal }
}

/// Many orders, and a breaker at the given places.
fn entries(trips: &[u64]) -> Vec<Entry> {
    (0..ENTRIES).map(|number| if trips.contains(&number) { tripped(number) } else { order(number) }).collect()
}

fn write_file(path: &Path, detail: Detail, entries: &[Entry]) -> JournalSummary {
    let mut writer = JournalWriter::at_detail(path, detail).expect("a new file");
    entries.iter().for_each(|entry| writer.record(entry));
    writer.finish().expect("a writable folder")
}

/// Summary and entries that a coarse journal of `entries` gives back, and its bytes.
fn kept(entries: &[Entry]) -> (JournalSummary, Vec<Entry>, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("journal");
    let written = write_file(&path, Detail::Windows, entries);
    let bytes = std::fs::read(&path).expect("the journal");
    let mut reader = JournalReader::new("j", &bytes[..]).over_gaps();
    let kept: Vec<Entry> = reader.by_ref().map(|entry| entry.expect("intact")).collect();
    let read = reader.summary().expect("whole");
    assert_eq!((read.digest, read.head, read.entries), (written.digest, written.head, written.entries));
    assert_eq!((read.blocks, read.bytes), (written.blocks, written.bytes));
    assert_eq!(read.left_out, written.entries - kept.len() as u64);
    (read, kept, bytes)
}

#[test]
fn what_mattered_is_kept_with_its_neighbours_and_the_chain_is_that_of_the_whole() {
    for trips in [vec![], vec![0], vec![30_000], vec![29_999, 30_000, 59_999]] {
        let all = entries(&trips);
        let (full, whole) = write(&all);
        let (summary, kept, bytes) = kept(&all);
        assert_eq!(
            (summary.digest, summary.head, summary.entries),
            (full.digest, full.head, full.entries),
            "{trips:?}"
        );
        assert_eq!(summary.bytes, full.bytes, "{trips:?}");
        assert!(bytes.len() < whole.len(), "{trips:?}: {} of {} bytes", bytes.len(), whole.len());
        for trip in &trips {
            let place = kept.iter().position(|entry| *entry == tripped(*trip)).expect("the breaker");
            // A neighbouring block on either side is thousands of entries.
            let around = &kept[place.saturating_sub(1_000)..(place + 1_000).min(kept.len())];
            let first = all.iter().position(|entry| *entry == around[0]).expect("an entry of the run");
            assert_eq!(around, &all[first..first + around.len()], "around {trip}");
        }
    }
}

#[test]
fn nothing_is_left_out_of_a_journal_in_which_something_matters_everywhere() {
    let all: Vec<Entry> = (0..20_000).map(tripped).collect();
    let (summary, kept, bytes) = kept(&all);
    assert_eq!((summary.left_out, kept, bytes), (0, all.clone(), write(&all).1));
}

#[test]
fn a_reader_that_wants_all_entries_is_told_that_some_are_not_there() {
    let (_, _, bytes) = kept(&entries(&[]));
    let mut taken: Vec<Entry> = Vec::new();
    let refused = JournalReader::new("j", &bytes[..]).replay(&mut taken).expect_err("a refusal");
    assert!(matches!(refused, JournalError::LeftOut { .. }), "{refused}");
    assert_eq!(JournalReader::new("j", &bytes[..]).check().expect("intact").entries, ENTRIES);
}

#[test]
fn damage_to_a_coarse_journal_is_found() {
    let (_, _, intact) = kept(&entries(&[30_000]));
    let check = |bytes: &[u8]| JournalReader::new("j", bytes).check();
    check(&intact).expect("intact");
    let mut bytes = intact.clone();
    for place in (0..400).chain((400..intact.len()).step_by(997)).chain(intact.len() - 3..intact.len()) {
        bytes[place] ^= 1 << (place % 8);
        check(&bytes).map(|summary| panic!("byte {place}: {summary:?}")).unwrap_or_else(drop);
        bytes[place] = intact[place];
    }
    for end in (0..intact.len()).step_by(499) {
        assert!(check(&intact[..end]).is_err(), "cut at {end}");
    }
}
