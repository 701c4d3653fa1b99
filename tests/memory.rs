//! Private memory does not grow with the length of a market.

use seatrial::engine::{EngineConfig, LaneSetup, MarketSetup, ViewMode, run, run_live};
use seatrial::gates::{GateConfig, Gates};
use seatrial::journal::JournalWriter;
use seatrial::ledger::Opening;
use seatrial::model::Instrument;
use seatrial::strategy::builtin::{MarketMaker, MarketMakerParameters};
use seatrial::synth::{FlowMarket, FlowModel, FlowRecipe, LiveMarket, SimpleMarket, SimpleMarketConfig};
use seatrial::tape::BatchSource;
use seatrial::units::{MILLISECOND, MINUTE, Money, Quantity, SECOND, Timestamp};
use seatrial::venue::{FillPreset, Latency, LatencyConfig, VenueConfig};

/// A figure of `/proc/self/status` in kibibytes; `None` where there is no such file.
fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse().ok()
}

/// The market maker on an instrument, without latency that is drawn.
fn lane(instrument: &Instrument) -> LaneSetup {
    let latency = LatencyConfig::Constant { entry: MILLISECOND, response: MILLISECOND };
    let parameters = MarketMakerParameters { offset_ticks: Some(0), ..MarketMakerParameters::default() };
    LaneSetup {
        script: seatrial::engine::Script::default(),
        alerts: seatrial::alert::AlertConfig::default(),
        name: "lane".to_owned(),
        strategy: Box::new(MarketMaker::new(parameters, instrument).unwrap()),
        markets: vec![MarketSetup {
            gates: Gates::new(&GateConfig::default(), instrument).unwrap(),
            venue: VenueConfig::preset(FillPreset::Neutral),
            latency: Latency::new(&latency, 1).unwrap(),
            outages: Vec::new(),
            statuses: Vec::new(),
            wire: None,
            opening: Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None },
        }],
        sink: Box::new(JournalWriter::digest_only()),
    }
}

fn config(rows: Option<u64>) -> EngineConfig {
    EngineConfig {
        view: ViewMode::OwnBook,
        risk_clock: SECOND,
        markout_horizons: vec![SECOND, SECOND.times(10), SECOND.times(60)],
        max_rows: rows,
    }
}

/// Runs the market maker over `rows` streamed rows; returns the largest private memory seen, in kibibytes.
fn peak(rows: u64) -> Option<u64> {
    let mut market = SimpleMarket::new(&SimpleMarketConfig { messages_per_second: 50, ..Default::default() }, 1);
    let setup = lane(&market.header().instrument.clone());
    let mut largest = status("RssAnon")?;
    let outcome = run(&mut market, &config(Some(rows)), vec![setup], &mut |_| {
        largest = largest.max(status("RssAnon").unwrap_or(0));
    });
    assert!(outcome.unwrap().rows >= rows);
    Some(largest)
}

/// The same over hours of single orders, read as a tape or answering to the bot.
fn peak_of_flow(hours: i64, is_closed: bool) -> Option<u64> {
    let model = FlowModel::preset("crypto-alt").unwrap();
    let start_at = Timestamp::from_nanos(1_767_571_200_000_000_000);
    let recipe = FlowRecipe { model, shocks: Vec::new(), start_at, duration: MINUTE.times(60 * hours), seed: 1 };
    let mut market = FlowMarket::new(recipe.clone());
    let header = market.header().clone();
    let setup = lane(&header.instrument);
    let mut largest = status("RssAnon")?;
    let mut look = |_: seatrial::engine::Progress| largest = largest.max(status("RssAnon").unwrap_or(0));
    let outcome = match is_closed {
        true => run_live(LiveMarket::new(recipe), &header, &config(None), vec![setup], &mut look),
        false => run(&mut market, &config(None), vec![setup], &mut look),
    };
    assert!(outcome.unwrap().rows > 10_000 * hours.unsigned_abs());
    Some(largest)
}

/// Three times as many days of single orders, and a bot in them, take little more: books and queues are as large as they ever are
/// after two days.
fn days_of_orders_are_flat(is_closed: bool) {
    let (Some(short), Some(long)) = (peak_of_flow(48, is_closed), peak_of_flow(144, is_closed)) else { return };
    eprintln!("private memory, closed {is_closed}: {short} KiB for 2 days, {long} KiB for 6");
    assert!(long < 64 * 1024, "closed {is_closed}: {long} KiB, expected less than 64 MiB");
    assert!(long <= short + 8 * 1024, "closed {is_closed}: {short} KiB grew to {long} KiB");
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
    // One after the other: they look at the memory of the whole process.
    [false, true].into_iter().for_each(days_of_orders_are_flat);
}
