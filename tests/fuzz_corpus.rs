//! The fixed corpus of the fuzz targets: every file as it is, cut short at many places, and with bytes flipped. The
//! fuzzers themselves run by hand: `cargo +nightly fuzz run tape`.

#[path = "../fuzz/readers.rs"]
mod readers;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::Dice;

const MUTATIONS: usize = 60;

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a readable file"))).collect()
}

/// A reader answers every damaged version of every corpus file, and random bytes.
#[test]
fn no_reader_panics_on_the_corpus() {
    for (number, (name, read)) in readers::READERS.into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut dice = Dice::new(number as u64 + 1);
        read(b"", folder.path());
        for (path, bytes) in corpus(name) {
            read(&bytes, folder.path());
            for _ in 0..MUTATIONS {
                read(&damaged(&bytes, &mut dice), folder.path());
            }
            assert!(!bytes.is_empty(), "{} is empty", path.display());
        }
        for length in [1, 7, 64, 4_096] {
            let noise: Vec<u8> = (0..length).map(|_| dice.below(256) as u8).collect();
            read(&noise, folder.path());
        }
    }
}

fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let length = bytes.len() as i64;
    match dice.below(4) {
        0 => bytes.truncate(dice.below(length) as usize),
        1 => {
            for _ in 0..=dice.below(8) {
                bytes[dice.below(length) as usize] ^= 1 << dice.below(8);
            }
        }
        2 => {
            let at = dice.below(length) as usize;
            let piece: Vec<u8> = bytes[at..].iter().copied().take(64).collect();
            let to = dice.below(length) as usize;
            bytes.splice(to..to, piece);
        }
        _ => {
            let at = dice.below(length) as usize;
            let end = (at + 1 + dice.below(32) as usize).min(bytes.len());
            bytes.drain(at..end);
        }
    }
    bytes
}
