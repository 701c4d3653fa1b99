use super::drawn::order;
use super::round_trip::write;
use crate::journal::{Entry, JournalError, JournalReader, block::BLOCK, block::HEADER};
use proptest::prelude::*;

/// Reads to the end or the first error; counts entries.
fn check(bytes: &[u8]) -> Result<usize, JournalError> {
    let mut entries: Vec<Entry> = Vec::new();
    JournalReader::new("j", bytes).replay(&mut entries).map(|_| entries.len())
}

fn sample() -> Vec<u8> {
    write(&(0..20_000).map(order).collect::<Vec<_>>()).1
}

/// Places of interest: all of the first header and around, then every so often.
fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..HEADER + 40).chain((HEADER..length).step_by(4_099)).chain(length - 3..length)
}

fn block_starts(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len() - 4).filter(|&place| &bytes[place..place + 4] == b"SJNL").collect()
}

#[test]
fn every_flipped_bit_is_found() {
    let intact = sample();
    assert_eq!(check(&intact).expect("intact"), 20_000);
    let mut bytes = intact.clone();
    for place in places(intact.len()) {
        bytes[place] ^= 1 << (place % 8);
        let error = check(&bytes).expect_err("a flipped bit");
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
        bytes[place] = intact[place];
    }
}

#[test]
fn every_cut_is_found() {
    let intact = sample();
    let starts = block_starts(&intact);
    for end in places(intact.len()).chain(starts) {
        assert!(check(&intact[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn swapped_dropped_doubled_and_added_blocks_are_found() {
    let intact = sample();
    let starts = block_starts(&intact);
    assert!(starts.len() >= 3, "{starts:?}");
    let (a, b, c) = (&intact[..starts[1]], &intact[starts[1]..starts[2]], &intact[starts[2]..]);
    for parts in [[b, a, c], [a, c, &[]], [a, b, &[]], [b, c, &[]]] {
        assert!(check(&parts.concat()).is_err());
    }
    assert!(check(&[a, b, b, c].concat()).is_err());
    let error = check(&[a, b, c, b"x"].concat()).expect_err("more bytes");
    assert!(
        error.to_string().contains("found more bytes; expected the end of the file after the last block"),
        "{error}"
    );
}

#[test]
fn an_error_names_file_block_offset_found_and_expected() {
    let mut bytes = sample();
    let second = block_starts(&bytes)[1];
    bytes[second + 30] ^= 1;
    let error = check(&bytes).expect_err("a broken chain");
    let JournalError::Damaged { file, block, offset, found, expected } = error else { panic!("{error}") };
    assert_eq!((file.as_str(), block, offset), ("j", 1, second as u64 + 24));
    assert!(found.starts_with("previous hash "), "{found}");
    assert!(expected.ends_with("the hash of the block before"), "{expected}");
}

#[test]
fn another_version_says_what_to_do() {
    let mut bytes = sample();
    bytes[4] = 9;
    let error = check(&bytes).expect_err("another version").to_string();
    assert_eq!(
        error,
        "j: block 0, byte 4: found format version 9; expected 4; use the seatrial that wrote the journal"
    );
}

#[test]
fn no_file_at_all_is_a_cut() {
    let error = check(&[]).expect_err("nothing there").to_string();
    assert!(
        error.starts_with("j: block 0, byte 0: found the end of the file; expected the header of a block"),
        "{error}"
    );
}

/// A journal whose hashes are right and whose records are `payload`: what a forger, or our own bug, could make.
fn forged(payload: &[u8], entries: u32) -> Vec<u8> {
    use crate::journal::block::{Chain, Position};
    let header = Chain::new().seal(payload, entries, Position::Last);
    [&header.0.to_bytes()[..], payload].concat()
}

/// A length beyond a block is refused before anything of that length is asked for.
#[test]
fn a_long_block_is_refused() {
    let mut bytes = sample();
    bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = check(&bytes).expect_err("too long").to_string();
    assert_eq!(error, format!("j: block 0, byte 16: found {} bytes; expected at most {BLOCK} bytes", u32::MAX));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(check(&bytes).is_err());
    }

    #[test]
    fn random_records_never_panic(payload in proptest::collection::vec(any::<u8>(), 1..400), entries in 1_u32..40) {
        let bytes = forged(&payload, entries);
        if let Ok(count) = check(&bytes) {
            prop_assert_eq!(count, entries as usize);
        }
    }

    #[test]
    fn a_random_header_never_panics(mut header in proptest::collection::vec(any::<u8>(), HEADER)) {
        header[..8].copy_from_slice(b"SJNL\x01\0\0\0");
        header[8..16].fill(0);
        prop_assert!(check(&header).is_err());
    }
}
