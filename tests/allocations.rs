//! Nothing is allocated per row, and little per order: a run of twice the rows allocates as often. Gates allocate nothing at all once
//! they are there.

#[path = "../benches/support/desk.rs"]
mod desk;

use seatrial::engine::{EngineConfig, LaneSetup, MarketSetup, ViewMode, run};
use seatrial::gates::{Execution, GateConfig, GateEvent, Gates, RiskView, catalogue};
use seatrial::journal::JournalWriter;
use seatrial::ledger::Opening;
use seatrial::model::{ClientOrderId, Instrument, Intent, Side};
use seatrial::strategy::Strategy;
use seatrial::strategy::builtin::{DoNothing, MarketMaker, MarketMakerParameters};
use seatrial::synth::{SimpleMarket, SimpleMarketConfig};
use seatrial::tape::{Batch, BatchSource, TapeError, TapeHeader};
use seatrial::units::{MILLISECOND, Money, Quantity, SECOND};
use seatrial::venue::{FillPreset, Latency, LatencyConfig, VenueConfig};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system allocator unchanged; counting touches no memory it manages.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

/// The first batches of a market, made before counting starts.
struct Kept {
    header: TapeHeader,
    batches: Vec<Batch>,
}

impl Kept {
    fn new(count: usize) -> Self {
        let mut market = SimpleMarket::new(&SimpleMarketConfig { messages_per_second: 50, ..Default::default() }, 1);
        let batches = (0..count).map(|index| market.batch(index).unwrap().expect("a long market")).collect();
        Self { header: market.header().clone(), batches }
    }
}

impl BatchSource for Kept {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.batches.get(index).cloned())
    }
}

/// What is armed unmentioned, and every gate that remembers reports or marks, under limits that do not bind.
fn gates() -> GateConfig {
    let text = r#"{
        "drawdown": { "percent": 100 },
        "total_loss": { "percent": 100 },
        "extreme_move": { "percent": 100 },
        "consecutive_losses": { "losses": 1000 },
        "single_trade_loss": { "percent": 100 },
        "error_rate": { "errors": 10000 },
        "repeated_executions": { "executions": 10000 },
        "stop_loss": { "percent": 100 },
        "period_collar": { "percent": 100 },
        "position_ramp": { "initial": "1000000000", "max": "1000000000" },
        "daily_turnover": { "max": "1000000000000" }
    }"#;
    serde_json::from_str(text).unwrap()
}

fn lane(strategy: Box<dyn Strategy>, instrument: &Instrument) -> LaneSetup {
    let latency = LatencyConfig::Constant { entry: MILLISECOND, response: MILLISECOND };
    LaneSetup {
        script: seatrial::engine::Script::default(),
        alerts: seatrial::alert::AlertConfig::default(),
        name: "lane".to_owned(),
        strategy,
        markets: vec![MarketSetup {
            gates: Gates::new(&gates(), instrument).unwrap(),
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

/// Allocations of one run, and fills in it.
fn count(
    market: &mut Kept,
    view: ViewMode,
    strategy: &dyn Fn(&Instrument) -> Box<dyn Strategy>,
    rows: u64,
) -> (u64, u64) {
    let instrument = market.header.instrument.clone();
    let setup = lane(strategy(&instrument), &instrument);
    let config = EngineConfig {
        view,
        risk_clock: SECOND,
        markout_horizons: vec![SECOND, SECOND.times(10), SECOND.times(60)],
        max_rows: Some(rows),
    };
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let outcome = run(market, &config, vec![setup], &mut |_| {}).unwrap();
    (ALLOCATIONS.load(Ordering::Relaxed) - before, outcome.lanes[0].fills)
}

fn maker(instrument: &Instrument) -> Box<dyn Strategy> {
    let parameters = MarketMakerParameters { offset_ticks: Some(0), ..MarketMakerParameters::default() };
    Box::new(MarketMaker::new(parameters, instrument).unwrap())
}

/// One test, since the counter is the process's.
#[test]
fn nothing_is_allocated_by_the_row_the_order_or_the_judgement() {
    twice_the_rows_allocate_as_often();
    judging_allocates_nothing();
}

/// A batch is one allocation (a shared pointer to it), a list that grows is a few: nothing else is allowed, and nothing by the row, the
/// order or the fill.
fn twice_the_rows_allocate_as_often() {
    const ROWS: u64 = 4 << 16;
    let mut market = Kept::new(8);
    for view in [ViewMode::Lagged, ViewMode::OwnBook] {
        let (short, _) = count(&mut market, view, &|_| Box::new(DoNothing), ROWS);
        let (long, _) = count(&mut market, view, &|_| Box::new(DoNothing), 2 * ROWS);
        eprintln!("do-nothing, {view:?}: {short} allocations in {ROWS} rows, {long} in twice as many");
        assert!(long - short <= 4, "do-nothing, {view:?}: {short} and {long}");
        let (short, fewer) = count(&mut market, view, &maker, ROWS);
        let (long, fills) = count(&mut market, view, &maker, 2 * ROWS);
        eprintln!("market-maker, {view:?}: {short} allocations with {fewer} fills, {long} with {fills}");
        assert!(fewer > 20 && fills > fewer, "{fewer} and {fills} fills prove little");
        assert!(long - short <= 4, "market-maker, {view:?}: {short} and {long}");
    }
}

/// Every gate of the catalogue armed: orders that add and that take away, refused ones, cancels and reports of fills over windows that
/// fill up, past a midnight.
fn judging_allocates_nothing() {
    const ORDERS: u64 = 30_000;
    let mut gates = desk::armed();
    let off: Vec<&str> = gates.counters().iter().filter(|gate| !gate.armed).map(|gate| gate.name).collect();
    assert!(off.is_empty(), "{off:?} of {} gates off; give them limits in benches/support/desk.rs", catalogue().len());
    let mut events = Vec::new();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let judged: u64 = (1..=ORDERS).map(|number| judge_each(&mut gates, number, &mut events)).sum();
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert_eq!((allocations, judged, events.len()), (0, 4 * ORDERS, 0));
}

/// How many of four requests were judged as expected: an order that adds, one that only takes away, a huge one and a cancel.
fn judge_each(gates: &mut Gates, number: u64, events: &mut Vec<GateEvent>) -> u64 {
    let now = desk::START_NS + number as i64 * 4_000_000_000;
    let (risk, one) = (desk::busy(now), desk::buy(2 * number, 9_990));
    let sell = Intent { side: Side::Sell, reduce_only: true, ..desk::buy(2 * number + 1, 10_010) };
    let huge = Intent { quantity: Quantity::new(1 << 40), ..one };
    let adds = gates.clear_order(one, &risk).is_ok();
    let flat = RiskView { open_sell: Quantity::ZERO, reduce_only_sell: Quantity::ZERO, ..risk };
    let takes_away = gates.clear_order(sell, &flat).is_ok();
    let refused = gates.clear_order(huge, &risk).is_err();
    let cancels = gates.clear_cancel(ClientOrderId(2 * number), &risk).is_ok();
    let [before, after] = [1 - number % 2, number % 2].map(|steps| Quantity::new(steps as i64));
    gates.entered_for(Money::from_units(100));
    gates.on_mark(&desk::mark(now), events);
    let execution = Execution { before, after, result: Money::from_units(1) };
    gates.on_report(&desk::filled(number, risk.now), Some(&execution), events);
    [adds, takes_away, refused, cancels].map(u64::from).iter().sum()
}
