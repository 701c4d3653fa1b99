use super::*;
use crate::rng::Streams;

/// What a reader makes of these bytes: header and rows, if it accepts them.
fn read(path: &Path, bytes: &[u8]) -> Result<(TapeHeader, Vec<(TapeRow, i32)>), TapeError> {
    // A new file each time: some file systems flush a file that is overwritten.
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    let reader = TapeReader::open(path)?;
    reader.verify()?;
    Ok((reader.header().clone(), read_rows(&reader)?))
}

fn small_tape(path: &Path) -> Vec<u8> {
    let mut rows = in_order(40);
    rows[20].venue_at = Timestamp::from_nanos(rows[20].venue_at.nanos() - 5_500);
    write(path, TapeKind::L2, &rows).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_tape_cut_short_anywhere_is_refused() {
    let (_folder, path) = folder();
    let whole = small_tape(&path);
    assert!(read(&path, &whole).is_ok());
    for length in 0..whole.len() {
        let error = read(&path, &whole[..length]).unwrap_err();
        assert!(matches!(error, TapeError::NotATape { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn a_long_tape_cut_short_is_refused_at_once() {
    let (_folder, path) = folder();
    write(&path, TapeKind::L2, &in_order(140_000)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [1, 9, 10, 11, 500, 100_000, whole.len() - 1, whole.len() - 20] {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let error = TapeReader::open(&path).unwrap_err().to_string();
        assert!(error.contains("test.tape: ") && error.contains("expected"), "{error}");
    }
}

#[test]
fn every_flipped_bit_is_found_or_harmless() {
    let (_folder, path) = folder();
    let whole = small_tape(&path);
    let truth = read(&path, &whole).unwrap();
    let mut harmless = 0;
    for place in 0..whole.len() * 8 {
        if place % 11 != 0 {
            continue;
        }
        let mut bytes = whole.clone();
        bytes[place / 8] ^= 1 << (place % 8);
        if let Ok(found) = read(&path, &bytes) {
            assert!(found == truth, "bit {place} changed what is read, unnoticed");
            harmless += 1;
        }
    }
    assert!(harmless < whole.len() * 8 / 11, "no flipped bit was found");
}

#[test]
fn a_flipped_value_is_found_by_verify_alone() {
    let (_folder, path) = folder();
    let rows = in_order(70_000);
    write(&path, TapeKind::L2, &rows).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = rows[300].venue_at.nanos().to_le_bytes();
    let place = bytes.windows(8).position(|window| window == needle).unwrap();
    bytes[place] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let reader = TapeReader::open(&path).unwrap();
    let error = reader.verify().unwrap_err().to_string();
    assert!(error.contains("content hash"), "{error}");
}

#[test]
fn random_bytes_never_panic() {
    let (_folder, path) = folder();
    let whole = small_tape(&path);
    let mut rng = Streams::new(1).stream("damage");
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..rng.range(1..=8) {
            let place = rng.below(bytes.len() as u64) as usize;
            let end = bytes.len().min(place + rng.range(1..=8) as usize);
            let filler = [0, 0x7f, 0xff, rng.bits() as u8][rng.below(4) as usize];
            bytes[place..end].fill(filler);
        }
        if let Err(error) = read(&path, &bytes) {
            assert!(matches!(error, TapeError::NotATape { .. }), "{error}");
        }
    }
}
