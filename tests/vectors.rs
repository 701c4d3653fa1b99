//! The same seed gives the same bytes: against `tests/golden/vectors.txt`, in whatever build this is, with one thread and with two.
//! `.ci/vectors` does the same for other processors.
//!
//! `SEATRIAL_BLESS=1` writes the file anew; that is a change of behaviour, and needs a line in the changelog.

#[path = "support/vectors.rs"]
mod vectors;

#[test]
fn a_seed_gives_the_same_bytes_in_every_build() {
    let folder = tempfile::tempdir().unwrap();
    let made = vectors::lines(1, folder.path());
    if std::env::var_os("SEATRIAL_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vectors.txt"), &made).unwrap();
        return;
    }
    assert_eq!(made, vectors::EXPECTED, "one thread");
    assert_eq!(vectors::lines(2, folder.path()), vectors::EXPECTED, "two threads");
}
