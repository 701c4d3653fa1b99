//! The fixed corpus of the fuzz targets: every file as it is, cut short at many places, and with bytes flipped. The
//! fuzzers themselves run by hand: `cargo +nightly fuzz run tape`.

#[path = "../fuzz/readers.rs"]
mod readers;
mod support;

use seatrial::journal::{JournalReader, JournalWriter};
use seatrial::scenario::{FinishedRun, MANIFEST, Registry, Replay, SCENARIO, journal_name};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::Dice;

const MUTATIONS: usize = 60;

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder(name);
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

/// Corpus files that are made by a short run: `journal/NAME.bin`, and `run/NAME.bin` with its manifest and
/// scenario before it.
const RUNS: [(&str, &[&str]); 2] = [
    ("quiet", &["market.synthetic.duration=1min"]),
    (
        "trading",
        &[
            "market.synthetic.duration=2min",
            "market.synthetic.messages_per_second=10",
            "bot.parameters.interval=1s",
            "bot.parameters.offset_ticks=1",
            "gates.order_burst.orders=3",
        ],
    ),
];

fn folder(reader: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(reader)
}

/// A reader refuses another version at the first bytes: a corpus of an older format would prove nothing.
#[test]
fn journals_and_runs_in_the_corpus_are_of_the_present_format() {
    if std::env::var_os("SEATRIAL_BLESS").is_some() {
        RUNS.iter().for_each(|(name, settings)| write_run(name, settings));
        let (_, empty) = JournalWriter::memory().finish_bytes().expect("a journal in memory");
        fs::write(folder("journal").join("empty.bin"), empty).expect("a writable folder");
    }
    let bless = "SEATRIAL_BLESS=1 cargo test --test fuzz_corpus writes it anew";
    let (_, present) = JournalWriter::memory().finish_bytes().expect("a journal in memory");
    for (path, bytes) in corpus("journal") {
        assert_eq!(bytes[..6], present[..6], "{}: magic and version; {bless}", path.display());
    }
    for (name, _) in RUNS {
        let journal = fs::read(folder("journal").join(format!("{name}.bin"))).expect(bless);
        let read = JournalReader::new(name, &journal[..]).replay(&mut Vec::new());
        read.unwrap_or_else(|error| panic!("{error}; {bless}"));
        let run = fs::read(folder("run").join(format!("{name}.bin"))).expect(bless);
        let home = tempfile::tempdir().expect("a temporary folder");
        readers::unpack_run(&run, home.path());
        let again = Replay { registry: &Registry::builtin(), tapes: &[] };
        let loaded = FinishedRun::load(home.path(), again);
        assert!(loaded.is_ok(), "run/{name}.bin: {}; {bless}", loaded.err().map_or(String::new(), |e| e.to_string()));
    }
}

fn write_run(name: &str, settings: &[&str]) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let out = home.path().join("out");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("seatrial"));
    command.args(["run", "--no-band", "--out"]).arg(&out);
    command.args(settings.iter().flat_map(|setting| ["--set", setting]));
    let output = command.output().expect("a run");
    assert!(out.is_dir(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |file: &str| fs::read(out.join(file)).expect("a file of the run");
    let journal = read(&journal_name("neutral"));
    let manifest: serde_json::Value = serde_json::from_slice(&read(MANIFEST)).expect("a manifest");
    let parts = [manifest.to_string().into_bytes(), read(SCENARIO), journal.clone()];
    let run = parts.join(&0);
    fs::write(folder("journal").join(format!("{name}.bin")), journal).expect("a writable folder");
    fs::write(folder("run").join(format!("{name}.bin")), run).expect("a writable folder");
}
