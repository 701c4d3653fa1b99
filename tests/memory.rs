//! Private memory does not grow with the length of a market.

use seatrial::engine::{EngineConfig, LaneSetup, MarketSetup, ViewMode, run};
use seatrial::gates::{GateConfig, Gates};
use seatrial::journal::JournalWriter;
use seatrial::ledger::Opening;
use seatrial::strategy::builtin::{MarketMaker, MarketMakerParameters};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::BatchSource;
use seatrial::units::{MILLISECOND, Money, Quantity, SECOND};
use seatrial::venue::{FillPreset, Latency, LatencyConfig, VenueConfig};

/// A figure of `/proc/self/status` in kibibytes; `None` where there is no such file.
fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse().ok()
}

/// Runs the market maker over `rows` streamed rows; returns the largest private memory seen, in kibibytes.
fn peak(rows: u64) -> Option<u64> {
    let mut market = SimpleMarket::new(&SimpleMarketConfig { messages_per_second: 50, ..Default::default() }, 1);
    let instrument = market.header().instrument.clone();
    let latency = LatencyConfig::Constant { entry: MILLISECOND, response: MILLISECOND };
    let parameters = MarketMakerParameters { offset_ticks: Some(0), ..MarketMakerParameters::default() };
    let setup = LaneSetup {
        script: seatrial::engine::Script::default(),
        alerts: seatrial::alert::AlertConfig::default(),
        name: "lane".to_owned(),
        strategy: Box::new(MarketMaker::new(parameters, &instrument).unwrap()),
        markets: vec![MarketSetup {
            gates: Gates::new(&GateConfig::default(), &instrument).unwrap(),
            venue: VenueConfig::preset(FillPreset::Neutral),
            latency: Latency::new(&latency, 1).unwrap(),
            outages: Vec::new(),
            statuses: Vec::new(),
            wire: None,
            opening: Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None },
        }],
        sink: Box::new(JournalWriter::digest_only()),
    };
    let config = EngineConfig {
        view: ViewMode::OwnBook,
        risk_clock: SECOND,
        markout_horizons: vec![SECOND, SECOND.times(10), SECOND.times(60)],
        max_rows: Some(rows),
    };
    let mut largest = status("RssAnon")?;
    let outcome = run(&mut market, &config, vec![setup], &mut |_| {
        largest = largest.max(status("RssAnon").unwrap_or(0));
    });
    assert!(outcome.unwrap().rows >= rows);
    Some(largest)
}

#[test]
fn memory_is_flat_in_length() {
    const ROWS: u64 = 1_000_000;
    // The first run fills the allocator's own stock; only then do two runs compare.
    peak(ROWS);
    let (Some(short), Some(long)) = (peak(ROWS), peak(4 * ROWS)) else {
        drop(std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no /proc/self/status here\n"));
        return;
    };
    eprintln!("private memory: {short} KiB for {ROWS} rows, {long} KiB for {}", 4 * ROWS);
    assert!(long < 64 * 1024, "{long} KiB, expected less than 64 MiB");
    assert!(long <= short + 2 * 1024, "{short} KiB grew to {long} KiB");
}
