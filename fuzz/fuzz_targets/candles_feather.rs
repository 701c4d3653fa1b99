#![no_main]
#[path = "../readers.rs"]
#[expect(dead_code, reason = "each target uses one reader")]
mod readers;

/// One folder a process: making one for every input would take most of the time.
static FOLDER: std::sync::LazyLock<tempfile::TempDir> =
    std::sync::LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::candles_feather(bytes, FOLDER.path()));
