//! Runs hftbacktest and seatrial in turn over the same tape with the same market maker, checks that they end alike to the
//! last printed digit, and prints how many rows a CPU second each of them takes.
//!
//! Usage: `seatrial-peers TAPE|dense:ROWS|sparse:MINUTES [ROWS] [ROUNDS] [LOT_STEPS] [own-book]`, or
//! `seatrial-peers random TAPE|dense:ROWS|sparse:MINUTES|wild:ROWS|late:ROWS [SEEDS] [FIRST]`: a random trader, compared order by order.

#[path = "../../support/cpu.rs"]
mod cpu;
#[path = "../../support/dense.rs"]
mod dense;
mod feed;
mod market;
#[path = "../../support/ours.rs"]
mod ours;
mod peer;
mod random;
mod wild;
#[path = "../../support/workload.rs"]
mod workload;

use market::Market;
use seatrial::engine::ViewMode;
use seatrial::tape::BatchSource;
use std::env;
use std::path::{Path, PathBuf};
use workload::Ended;

struct Settings {
    tape: PathBuf,
    rows: u64,
    rounds: usize,
    lot: i64,
    view: ViewMode,
}

fn settings() -> Settings {
    let mut arguments = env::args().skip(1);
    let tape = arguments.next().unwrap_or_else(|| {
        panic!("usage: seatrial-peers TAPE|dense:ROWS|sparse:MINUTES [ROWS] [ROUNDS] [LOT_STEPS] [own-book]")
    });
    let mut number = |default: i64| arguments.next().map_or(default, |text| text.parse().expect("a whole number"));
    let (rows, rounds, lot) = (number(i64::MAX), number(5), number(1));
    let view = match arguments.next().as_deref() {
        Some("own-book") => ViewMode::OwnBook,
        _ => ViewMode::Auto,
    };
    Settings { tape: market::tape(&tape), rows: rows as u64, rounds: rounds as usize, lot, view }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mode, rest @ ..] = arguments.as_slice()
        && mode == "random"
    {
        return random::main(rest);
    }
    let settings = settings();
    let mut reader = Market::open(&settings.tape);
    let feed = feed::load(&mut reader, settings.rows);
    println!("{}: {} rows, {} rounds", settings.tape.display(), feed.rows, settings.rounds);
    let (mut ratios, mut bare) = (Vec::new(), Vec::new());
    for round in 0..settings.rounds {
        let (theirs, their_seconds) = {
            let mut backtest = peer::build(&feed);
            cpu::timed(|| peer::market_maker(&mut backtest, &feed, settings.lot))
        };
        let (ours, our_seconds) = ours_once(&settings, feed.rows);
        report(round, &theirs, their_seconds, &ours, our_seconds, feed.rows);
        ratios.push(their_seconds / our_seconds);
        bare.push(their_seconds / bare_once(&settings, feed.rows, &theirs));
    }
    show("ratio", ratios);
    show("gates off and nothing recorded, which no run of seatrial's is: ratio", bare);
    replays(&settings, &feed);
}

fn show(what: &str, mut ratios: Vec<f64>) {
    ratios.sort_by(f64::total_cmp);
    let (min, median, max) = (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
    println!("{what}: min {min:.1}, median {median:.1}, max {max:.1}");
}

/// Seconds without gates, journal and metrics: what they cost, and what could be won if they cost nothing.
fn bare_once(settings: &Settings, rows: u64, theirs: &Ended) -> f64 {
    let mut reader = Market::open(&settings.tape);
    let strategy = ours::market_maker(&reader.header().instrument.clone(), settings.lot);
    let (outcome, seconds) = cpu::timed(|| ours::replay_bare(&mut reader, strategy, settings.view, rows));
    let ours = ours::ended(&outcome);
    assert!(
        ours.agrees_with(theirs),
        "without gates the two ended differently:\n  peer     {theirs:?}\n  seatrial {ours:?}"
    );
    seconds
}

fn ours_once(settings: &Settings, rows: u64) -> (Ended, f64) {
    let mut reader = Market::open(&settings.tape);
    let strategy = ours::market_maker(&reader.header().instrument.clone(), settings.lot);
    let journal = journal_path();
    let (outcome, seconds) = cpu::timed(|| ours::replay(&mut reader, strategy, settings.view, rows, &journal));
    remove(&journal);
    (ours::ended(&outcome), seconds)
}

/// Both without a strategy.
fn replays(settings: &Settings, feed: &feed::Feed) {
    let mut backtest = peer::build(feed);
    let ((), theirs) = cpu::timed(|| peer::replay(&mut backtest));
    let mut reader = Market::open(&settings.tape);
    let journal = journal_path();
    let (_, ours) = cpu::timed(|| ours::replay(&mut reader, ours::nothing(), settings.view, feed.rows, &journal));
    remove(&journal);
    let rate = |seconds: f64| feed.rows as f64 / seconds / 1e6;
    println!(
        "replay: peer {:.1} M rows/s, seatrial {:.1} M rows/s, ratio {:.1}",
        rate(theirs),
        rate(ours),
        theirs / ours
    );
}

fn report(round: usize, theirs: &Ended, their_seconds: f64, ours: &Ended, our_seconds: f64, rows: u64) {
    if round == 0 {
        println!("peer:     {theirs:?}\nseatrial: {ours:?}");
    }
    assert!(ours.agrees_with(theirs), "the two ended differently:\n  peer     {theirs:?}\n  seatrial {ours:?}");
    let rate = |seconds: f64| rows as f64 / seconds / 1e6;
    println!(
        "round {round}: peer {:.3} s = {:.1} M rows/s, seatrial {:.3} s = {:.1} M rows/s, ratio {:.1}",
        their_seconds,
        rate(their_seconds),
        our_seconds,
        rate(our_seconds),
        their_seconds / our_seconds
    );
}

fn journal_path() -> PathBuf {
    env::temp_dir().join(format!("seatrial-peers-{}.journal", std::process::id()))
}

fn remove(journal: &Path) {
    // The writer keeps the file under a temporary name until it is finished; whatever is left goes.
    drop(std::fs::remove_file(journal));
}
