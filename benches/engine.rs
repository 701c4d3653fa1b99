//! Rows a CPU second through the whole engine: gates armed, journal written to a file, digests, metrics folded.
//!
//! `cargo bench --no-default-features --bench engine` prints a table; with `-- MARKET WORKLOAD ROWS [ROUNDS]` it runs one workload over that
//! many rows and prints nothing else, which is what the instruction count in `.ci/instructions` measures. Markets: `dense`
//! (fifteen level changes a message) and `sparse` (two or three rows a message), both about 700 rows a second.
//! Times on a shared machine drift by half: compare them within one run only.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/dense.rs"]
mod dense;
#[path = "support/ours.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod ours;
#[path = "support/workload.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod workload;

use seatrial::engine::{Outcome, ViewMode};
use seatrial::model::Trade;
use seatrial::strategy::{Actions, Description, Strategy, Subscriptions, View};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::{Provenance, TapeReader, TapeWriter};
use seatrial::units::SECOND;
use std::env;
use std::path::{Path, PathBuf};

const WORKLOADS: [&str; 5] = ["replay", "market-maker", "per-event", "replay-own-book", "market-maker-own-book"];
const MARKETS: [&str; 2] = ["dense", "sparse"];
const ROWS: u64 = 10_000_000;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    match words.as_slice() {
        [market, workload, rows, rounds @ ..] => {
            let number = |word: &String| word.parse().expect("a number");
            let (rows, rounds) = (number(rows), rounds.first().map_or(1, number));
            let tape = tape(market, folder.path(), rows);
            (0..rounds).for_each(|_| drop(once(workload, &tape, rows)));
        }
        _ => {
            MARKETS.iter().for_each(|market| table(market, folder.path()));
            requotes(folder.path());
        }
    }
}

fn table(market: &str, folder: &Path) {
    let tape = tape(market, folder, ROWS);
    println!("{market} market, {ROWS} rows, gates armed, journal to a file, CPU time of the thread");
    for workload in WORKLOADS {
        let mut seconds: Vec<f64> = (0..5).map(|_| once(workload, &tape, ROWS).1).collect();
        seconds.sort_by(f64::total_cmp);
        let rate = |seconds: f64| ROWS as f64 / seconds / 1e6;
        println!(
            "{workload:24} {:6.1} M rows/s (median of 5; {:.1} to {:.1})",
            rate(seconds[2]),
            rate(seconds[4]),
            rate(seconds[0])
        );
    }
}

/// A market with one message a second, so that the run is requotes (2 cancels, 2 orders, all gates, venue, ledger, journal,
/// metrics) and a mark a second: their cost, for a run and for one ten times as long.
fn requotes(folder: &Path) {
    let tape = folder.join("quiet.tape");
    sparse(&tape, 400_000, 1);
    for rows in [20_000, 200_000] {
        let mut runs: Vec<(Outcome, f64)> = (0..5).map(|_| once("market-maker", &tape, rows)).collect();
        runs.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (outcome, seconds) = &runs[2];
        let requotes = outcome.lanes[0].orders as f64 / 2.0;
        println!("requote: {:.2} us over {requotes} requotes, marks included (median of 5)", seconds * 1e6 / requotes);
    }
}

/// A tape of at least `rows` generated rows, always the same.
fn tape(market: &str, folder: &Path, rows: u64) -> PathBuf {
    let path = folder.join("market.tape");
    let rows_written = match market {
        "dense" => dense::write(&path, rows, 7).rows,
        "sparse" => sparse(&path, rows, workload::MESSAGES_PER_SECOND),
        other => panic!("market `{other}`; known: {}", MARKETS.join(", ")),
    };
    assert!(rows_written >= rows, "the market has {rows_written} rows, expected at least {rows}");
    path
}

fn sparse(path: &Path, rows: u64, messages_per_second: u32) -> u64 {
    let seconds = rows as i64 * 2 / 5 / i64::from(messages_per_second) + 60;
    let config =
        SimpleMarketConfig { duration: SECOND.times(seconds), messages_per_second, ..SimpleMarketConfig::default() };
    let mut market = SimpleMarket::new(&config, 7);
    let mut writer = TapeWriter::create(path, market.tape_spec()).expect("a writable folder");
    market.write_to(&mut writer, &mut |_| ()).expect("a market");
    writer.finish(Provenance::default()).expect("a tape").rows
}

fn once(workload: &str, tape: &Path, rows: u64) -> (Outcome, f64) {
    let mut reader = TapeReader::open(tape).expect("a tape");
    let instrument = reader.header().instrument.clone();
    let strategy: Box<dyn Strategy> = match workload {
        "replay" | "replay-own-book" => ours::nothing(),
        "market-maker" | "market-maker-own-book" => ours::market_maker(&instrument, 1),
        "per-event" => Box::new(PerEvent { heard: 0 }),
        other => panic!("workload `{other}`; known: {}", WORKLOADS.join(", ")),
    };
    let view = if workload.ends_with("own-book") { ViewMode::OwnBook } else { ViewMode::Auto };
    let journal = tape.with_extension("journal");
    let (outcome, seconds) = cpu::timed(|| ours::replay(&mut reader, strategy, view, rows, &journal));
    // The message into which the limit falls is replayed whole.
    assert!((rows..rows + 64).contains(&outcome.rows), "{} rows replayed instead of {rows}", outcome.rows);
    drop(std::fs::remove_file(&journal));
    (outcome, seconds)
}

/// Hears of every change of the best prices and every trade, and wishes nothing.
struct PerEvent {
    heard: u64,
}

impl Strategy for PerEvent {
    fn describe(&self) -> Description {
        Description { name: "per-event".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions { book: true, trades: true, ..Subscriptions::default() }
    }

    fn on_book(&mut self, _view: &View<'_>, _actions: &mut Actions) {
        self.heard += 1;
    }

    fn on_trade(&mut self, _trade: &Trade, _view: &View<'_>, _actions: &mut Actions) {
        self.heard += 1;
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.heard)
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.heard = state.as_u64().ok_or("state is no number")?;
        Ok(())
    }
}
