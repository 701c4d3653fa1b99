#![no_main]
#[path = "../readers.rs"]
#[expect(dead_code, reason = "each target uses one reader")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    readers::binance_ws(bytes, folder.path());
});
