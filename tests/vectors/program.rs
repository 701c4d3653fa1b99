//! The vectors of `tests/golden/vectors.txt` by a program of the rooms that make markets and nothing else, so that it is built in seconds
//! for any processor. Says what differs, and ends with 1; with `print` it prints them.

extern crate self as seatrial;

#[path = "../../src/book/mod.rs"]
pub mod book;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/rng/mod.rs"]
pub mod rng;
#[path = "../../src/synth/mod.rs"]
pub mod synth;
#[path = "../../src/tape/mod.rs"]
pub mod tape;
#[path = "../../src/units/mod.rs"]
pub mod units;
#[path = "../support/vectors.rs"]
mod vectors;

use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("seatrial-vectors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    if std::env::args().nth(1).as_deref() == Some("print") {
        print!("{}", vectors::lines(1, &folder));
        return ExitCode::SUCCESS;
    }
    let mut differs = false;
    for threads in [1, 2] {
        let made = vectors::lines(threads, &folder);
        let expected: Vec<&str> = vectors::EXPECTED.lines().collect();
        differs |= made.lines().count() != expected.len();
        for (made, expected) in made.lines().zip(expected).filter(|(made, expected)| made != expected) {
            println!("{threads} threads: found {made}, expected {expected}");
            differs = true;
        }
    }
    std::fs::remove_dir_all(&folder).expect("a folder of ours");
    println!(
        "{} vectors on {}, with 1 and 2 threads: {}",
        vectors::EXPECTED.lines().count(),
        std::env::consts::ARCH,
        if differs { "DIFFERENT" } else { "equal" }
    );
    if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
