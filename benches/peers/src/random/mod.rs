//! A random trader on both sides, compared order by order; see `main.rs` for how to call it.

mod books;
mod compare;
mod ours;
mod outcome;
mod tally;
mod theirs;
mod trader;

use crate::feed::{self, Feed};
use crate::market::{self, Market};
use crate::workload::LATENCY_NS;
use seatrial::units::{MILLISECOND, SECOND};
use std::path::Path;
use std::process::exit;
use tally::Tally;
use trader::Trader;

/// Nanoseconds there and back: the market maker's, and so many that requests are often too late.
const LATENCIES: [[i64; 2]; 2] = [[LATENCY_NS; 2], [40 * LATENCY_NS, 15 * LATENCY_NS]];

/// Runs the mode; a difference ends the process with code 1.
pub fn main(arguments: &[String]) {
    let [tape, rest @ ..] = arguments else {
        panic!("usage: seatrial-peers random TAPE|dense:ROWS|sparse:MINUTES|wild:ROWS|late:ROWS [SEEDS] [FIRST]")
    };
    let number =
        |place: usize, default: u64| rest.get(place).map_or(default, |text| text.parse().expect("a whole number"));
    let (seeds, first) = (number(0, 200), number(1, 0));
    let path = market::tape(tape);
    // Stamps as they are, and such that everything meets in the same instants.
    let opens: [fn(&Path) -> Market; 2] = [Market::open, Market::open_coarse];
    let feeds = opens.map(|open| feed::load(&mut open(&path), u64::MAX));
    let mid = books::walk(&feeds[0]).unwrap_or_else(|difference| {
        println!("{tape}, the books alone: {difference}");
        exit(1)
    });
    // Known difference: where a side is empty, the peer fills a market order at a price that is none.
    let markets = !tape.starts_with("wild:");
    let mut tally = Tally::default();
    for seed in first..first + seeds {
        let coarse = (seed % 2) as usize;
        let (feed, latency) = (&feeds[coarse], LATENCIES[(seed / 2 % 2) as usize]);
        let theirs = theirs::run(feed, trader(seed, feed, markets), latency, mid);
        let ours = ours::run(opens[coarse](&path), trader(seed, feed, markets), latency);
        if let Some(difference) = compare::difference(&theirs, &ours) {
            let stamps = ["as they are", "cut to milliseconds"][coarse];
            println!("{tape}, seed {seed}, stamps {stamps}, latency {latency:?} ns: {difference}");
            println!("repeat: seatrial-peers random {tape} 1 {seed}");
            exit(1);
        }
        tally.add(&ours);
    }
    println!("{tape}: {} rows, no difference\n{tally}", feeds[0].rows);
    if path != Path::new(tape) {
        std::fs::remove_file(&path).expect("the tape that was generated");
    }
}

/// It stops a second before the data do, so that every request is answered.
fn trader(seed: u64, feed: &Feed, markets: bool) -> Trader {
    let start = feed.events.iter().map(|event| event.exch_ts).next().expect("a market with rows");
    let end = feed.events.iter().map(|event| event.local_ts).next_back().unwrap_or(start);
    let lot = feed.instrument.filters.lot.steps().max(1);
    Trader::new(seed, lot, (end - start - SECOND.nanos()) / MILLISECOND.nanos(), markets)
}
