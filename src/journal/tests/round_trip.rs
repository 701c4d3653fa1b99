use super::drawn::{entry, order};
use crate::journal::{Digest, Entry, EntrySink, JournalReader, JournalSummary, JournalWriter, diff};
use crate::model::{ClientOrderId, Intent, MarketId};
use crate::units::Timestamp;
use proptest::prelude::*;

pub(super) fn write(entries: &[Entry]) -> (JournalSummary, Vec<u8>) {
    let mut writer = JournalWriter::memory();
    entries.iter().for_each(|entry| writer.record(entry));
    writer.finish_bytes().expect("memory takes everything")
}

fn read(bytes: &[u8]) -> (JournalSummary, Vec<Entry>) {
    let mut entries = Vec::new();
    let summary = JournalReader::new("memory", bytes).replay(&mut entries).expect("an intact journal");
    (summary, entries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_entry_survives(entries in proptest::collection::vec(entry(), 0..40)) {
        let (written, bytes) = write(&entries);
        let (read_back, copies) = read(&bytes);
        prop_assert_eq!(&copies, &entries);
        prop_assert_eq!(read_back, written.clone());
        prop_assert_eq!(written.bytes as usize, bytes.len());
    }

    #[test]
    fn a_difference_has_a_number_and_a_field(
        entries in proptest::collection::vec(entry(), 1..12),
        other in entry(),
        place in any::<prop::sample::Index>(),
    ) {
        let place = place.index(entries.len());
        let mut changed = entries.clone();
        changed[place] = other;
        let ok = |entries: &[Entry]| entries.iter().copied().map(Ok).collect::<Vec<_>>();
        let found = diff(ok(&entries), ok(&changed)).expect("no file involved");
        prop_assert_eq!(found.map(|found| found.number), (entries[place] != other).then_some(place as u64));
    }
}

#[test]
fn many_blocks_survive_and_each_can_be_told_from_the_counts() {
    let entries: Vec<Entry> = (0..40_000).map(order).collect();
    let (summary, bytes) = write(&entries);
    assert_eq!(summary.entries, 40_000);
    assert!(summary.blocks > 3, "expected several blocks, found {}", summary.blocks);
    let per_order = bytes.len() / entries.len();
    assert!(per_order <= 16, "expected at most 16 bytes an order, found {per_order}");
    assert_eq!(read(&bytes), (summary, entries));
}

#[test]
fn an_empty_journal_is_one_empty_block() {
    let (summary, bytes) = write(&[]);
    assert_eq!((summary.entries, summary.blocks, bytes.len()), (0, 1, 88));
    assert_eq!(read(&bytes).1, []);
}

#[test]
fn the_digest_is_the_same_at_every_detail_and_depends_on_order() {
    let entries: Vec<Entry> = (0..5_000).map(order).collect();
    let mut digest_only = JournalWriter::digest_only();
    entries.iter().for_each(|entry| digest_only.record(entry));
    let digest_only = digest_only.finish().expect("no file involved");
    let (full, _) = write(&entries);
    assert_eq!(full, digest_only);
    let mut swapped = entries;
    swapped.swap(17, 18);
    assert_ne!(write(&swapped).0.digest, full.digest);
}

#[test]
fn record_bytes_are_pinned() {
    let at = Timestamp::from_nanos(1);
    let entries = [order(2), Entry::CancelSent { at, market: MarketId::FIRST, client_order_id: ClientOrderId(2) }];
    let (_, bytes) = write(&entries);
    let order = [2, 0x42, 4, 4, 0xbe, 0xa6, 0x4b, 20, 0];
    assert_eq!(bytes[88], order[0], "tag");
    assert_eq!(bytes[98..98 + 8], order[1..], "everything after the time");
}

#[test]
fn another_market_is_named_behind_a_marked_tag_and_the_first_never() {
    let sent = |market| {
        let Entry::OrderSent { at, intent } = order(2) else { unreachable!("an order") };
        Entry::OrderSent { at, intent: Intent { market: MarketId(market), ..intent } }
    };
    let (first, second) = (write(&[sent(0)]).1, write(&[sent(3)]).1);
    assert_eq!(second[88..90], [first[88] | 0x80, 3]);
    assert_eq!(second[90..], first[89..], "everything else");
}

#[test]
fn a_file_gets_its_name_when_it_is_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("journal.bin");
    let names = || std::fs::read_dir(folder.path()).expect("folder").count();
    drop(JournalWriter::file(&path).expect("a new file"));
    assert_eq!(names(), 0, "an unfinished journal leaves nothing");
    let mut writer = JournalWriter::file(&path).expect("a new file");
    (0..9_000).for_each(|number| writer.record(&order(number)));
    assert!(!path.exists(), "no file under its name before it is whole");
    let written = writer.finish().expect("a writable folder");
    let mut reader = JournalReader::open(&path).expect("the file");
    assert_eq!(reader.by_ref().filter(|entry| entry.is_ok()).count(), 9_000);
    assert_eq!(reader.summary(), Some(written));
    assert_eq!(names(), 1);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = JournalWriter::file(std::path::Path::new("/nowhere/journal.bin")).expect_err("no such folder");
    assert!(error.to_string().starts_with("/nowhere/journal.bin.partial: cannot create: "), "{error}");
}

#[test]
fn a_digest_is_read_as_it_is_written() {
    let digest = Digest::of(b"abc");
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert!("zz".parse::<Digest>().is_err());
}

#[test]
fn diff_names_the_first_field() {
    let (left, right) = (order(4), order(6));
    let found = diff([Ok(left)], [Ok(right)]).expect("no file").expect("a difference");
    assert_eq!((found.number, found.field), (0, "at"));
    let (Entry::OrderSent { at, .. }, Entry::OrderSent { mut intent, .. }) = (left, left) else { panic!("an order") };
    intent.reason = 7;
    let found = diff([Ok(left)], [Ok(Entry::OrderSent { at, intent })]).expect("no file").expect("a difference");
    assert_eq!((found.field, found.left.as_str(), found.right.as_str()), ("reason", "0", "7"));
    let found = diff([Ok(left)], []).expect("no file").expect("a difference");
    assert_eq!((found.field, found.right.as_str()), ("kind", "end of journal"));
}
