//! A million one-minute bars through the whole engine: gates armed, journal written to a file, digests, metrics folded.
//!
//! `cargo bench --no-default-features --bench bars`; with `-- WORKLOAD BARS` one run and nothing else. The moving-average cross
//! (10 and 30 bars, always long or short by one unit, at the next bar's open, 0.02 %) is held against a plain loop over integers:
//! position, fees and money agree to the last digit, ties included, or the bench stops.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/desk.rs"]
#[expect(dead_code, reason = "other benches use the rest")]
mod desk;
#[path = "support/draw.rs"]
mod draw;
#[path = "support/ours.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod ours;
#[path = "support/workload.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod workload;

use desk::START_NS;
use draw::Draw;
use seatrial::engine::{EngineConfig, Outcome, ViewMode};
use seatrial::metrics::MetricsOptions;
use seatrial::model::Bar;
use seatrial::strategy::Strategy;
use seatrial::strategy::builtin::{MovingAverageCross, MovingAverageCrossParameters, ParameterSpan, Size, Stance};
use seatrial::tape::{Provenance, TapeKind, TapeReader, TapeSpec, TapeWriter};
use seatrial::units::{Fixed, MINUTE, Price, Quantity, SECOND, Timestamp};
use std::cmp::Ordering;
use std::env;
use std::path::Path;

/// The cross with a mark every bar (a risk clock of a second), and with one every hour.
const WORKLOADS: [&str; 3] = ["nothing", "cross", "cross-hourly"];
const BARS: usize = 1_000_000;
const FAST: usize = 10;
const SLOW: usize = 30;
/// 0.02 % in atto per tick and step of 0.01 quote.
const FEE_ATTO: i128 = 10_000_000_000_000_000 / 5_000;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tape = folder.path().join("bars.tape");
    match words.as_slice() {
        [workload, count] => {
            write(&tape, &bars(count.parse().expect("a number of bars")));
            once(workload, &tape);
        }
        _ => table(&tape),
    }
}

fn table(tape: &Path) {
    let bars = bars(BARS);
    write(tape, &bars);
    let expected = naive(&bars);
    println!("{BARS} one-minute bars, CPU time of the thread, median of 5");
    for workload in WORKLOADS {
        let mut seconds: Vec<f64> = (0..5).map(|_| checked(workload, tape, &expected)).collect();
        seconds.sort_by(f64::total_cmp);
        let rate = |seconds: f64| BARS as f64 / seconds / 1e6;
        println!(
            "{workload:14} {:6.1} M bars/s ({:.1} to {:.1})",
            rate(seconds[2]),
            rate(seconds[4]),
            rate(seconds[0])
        );
    }
    println!(
        "cross: {} trades, profit {:.2}, {} ties; the plain loop agrees",
        expected.trades,
        expected.profit(),
        expected.ties
    );
}

fn checked(workload: &str, tape: &Path, expected: &Expected) -> f64 {
    let (outcome, seconds) = cpu::timed(|| once(workload, tape));
    if workload != "nothing" {
        let lane = &outcome.lanes[0];
        let ended = ours::ended(&outcome);
        assert_eq!(lane.fills, expected.trades, "trades");
        assert_eq!(ended.position, expected.position, "position");
        assert_eq!(lane.ledgers[0].fees().atto(), expected.fees, "fees in atto");
        let profit = lane.equity.atto() - ours::opening().atto();
        assert_eq!(profit, expected.profit, "profit in atto");
    }
    seconds
}

fn once(workload: &str, tape: &Path) -> Outcome {
    let mut reader = TapeReader::open(tape).expect("a tape");
    let strategy: Box<dyn Strategy> = match workload {
        "nothing" => ours::nothing(),
        "cross" | "cross-hourly" => Box::new(cross(&desk::instrument())),
        other => panic!("workload `{other}`; known: {}", WORKLOADS.join(", ")),
    };
    let risk_clock = if workload == "cross-hourly" { MINUTE.times(60) } else { SECOND };
    let config = EngineConfig {
        view: ViewMode::Auto,
        risk_clock,
        markout_horizons: MetricsOptions::default().markout_horizons,
        max_rows: None,
    };
    let journal = tape.with_extension("journal");
    ours::replay_marked(&mut reader, strategy, &config, &journal)
}

fn cross(instrument: &seatrial::model::Instrument) -> MovingAverageCross {
    let parameters = MovingAverageCrossParameters {
        bar: ParameterSpan(MINUTE),
        fast: FAST,
        slow: SLOW,
        quantity: Size::Fixed(Fixed::new(1, 0)),
        stance: Stance::LongShort,
    };
    MovingAverageCross::new(parameters, instrument).expect("parameters that fit the instrument")
}

/// A walk in ticks of 0.01 around 1,000.00; every bar opens where the one before closed.
fn bars(count: usize) -> Vec<Bar> {
    let (mut draw, mut close) = (Draw::new(11), 100_000_i64);
    let mut next = |index: usize| {
        let open = close;
        close = (open + draw.below(41) - 20).clamp(10_000, 1_000_000);
        let (high, low) = (open.max(close) + draw.below(10), open.min(close) - draw.below(10));
        let [open, high, low, close] = [open, high, low, close].map(Price::new);
        let open_at = Timestamp::from_nanos(START_NS).plus(MINUTE.times(index as i64));
        Bar { open_at, period: MINUTE, open, high, low, close, volume: Quantity::new(1 + draw.below(1_000)) }
    };
    (0..count).map(&mut next).collect()
}

fn write(path: &Path, bars: &[Bar]) {
    let spec = TapeSpec {
        kind: TapeKind::Bars,
        instrument: desk::instrument(),
        period: Some(MINUTE),
        format: "bench-bars".to_owned(),
        importer_version: 1,
    };
    let mut writer = TapeWriter::create(path, spec).expect("a writable folder");
    bars.iter().for_each(|bar| writer.push_bar(bar).expect("a sound bar"));
    writer.finish(Provenance::default()).expect("a tape");
}

/// What the plain loop ends with. Money in atto.
struct Expected {
    trades: u64,
    ties: u64,
    position: i64,
    fees: i128,
    profit: i128,
}

impl Expected {
    fn profit(&self) -> f64 {
        self.profit as f64 / 1e18
    }
}

/// The cross in one loop over integer sums: above means long, below short, a tie changes nothing.
fn naive(bars: &[Bar]) -> Expected {
    let close = |index: usize| bars[index].close.ticks();
    let mut found = Expected { trades: 0, ties: 0, position: 0, fees: 0, profit: 0 };
    let (mut target, mut ticks) = (0, 0_i64);
    let mut fast: i64 = (SLOW - FAST..SLOW).map(close).sum();
    let mut slow: i64 = (0..SLOW).map(close).sum();
    for index in SLOW - 1..bars.len() - 1 {
        if SLOW <= index {
            fast += close(index) - close(index - FAST);
            slow += close(index) - close(index - SLOW);
        }
        match (fast * SLOW as i64).cmp(&(slow * FAST as i64)) {
            Ordering::Greater => target = 1,
            Ordering::Less => target = -1,
            Ordering::Equal => found.ties += 1,
        }
        let (delta, open) = (target - found.position, bars[index + 1].open.ticks());
        if delta != 0 {
            ticks -= delta * open;
            found.fees += i128::from(delta.abs() * open) * FEE_ATTO;
            found.trades += 1;
            found.position = target;
        }
    }
    ticks += found.position * close(bars.len() - 1);
    found.profit = i128::from(ticks) * 10_000_000_000_000_000 - found.fees;
    found
}
