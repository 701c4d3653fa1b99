//! seatrial as `seatrial run` has it: gates armed, journal written to a file, digests, metrics folded beside it.

use crate::workload::{Ended, INTERVAL_NS, LATENCY_NS, LOTS_MAX, OFFSET_TICKS};
use seatrial::engine::{EngineConfig, LaneSetup, MarketSetup, Outcome, ViewMode, run};
use seatrial::gates::{GateConfig, Gates};
use seatrial::journal::{Entry, EntrySink, JournalWriter};
use seatrial::ledger::Opening;
use seatrial::metrics::{MetricsFold, MetricsOptions};
use seatrial::model::Instrument;
use seatrial::strategy::Strategy;
use seatrial::strategy::builtin::{DoNothing, MarketMaker, MarketMakerParameters, ParameterSpan, Requote, Size};
use seatrial::tape::BatchSource;
use seatrial::units::{Fixed, Money, Quantity, SECOND, Span};
use seatrial::venue::{FillPreset, Latency, VenueConfig};
use std::path::Path;

/// Opening balance: large enough that no limit binds.
const OPENING: i64 = 1_000_000_000;

/// Balance at the start.
pub fn opening() -> Money {
    Money::from_units(OPENING)
}

/// Gates armed with limits that this market maker cannot reach.
fn gates() -> GateConfig {
    let text = r#"{
        "order_value": { "max": "1000000000" },
        "position": { "max_value": "1000000000" },
        "daily_loss": { "absolute": "100000000" },
        "order_burst": { "orders": 100000, "window_ms": 10000 },
        "stale_data": { "max_age_ms": 3600000 },
        "kill_switch": {}
    }"#;
    serde_json::from_str(text).expect("gates as the catalogue has them")
}

/// The market maker of the workload.
pub fn market_maker(instrument: &Instrument, lot: i64) -> Box<dyn Strategy> {
    let steps = |count: i64| Fixed::new(count * instrument.step_size.mantissa, instrument.step_size.scale);
    let parameters = MarketMakerParameters {
        interval: ParameterSpan(Span::from_nanos(INTERVAL_NS)),
        offset_ticks: Some(OFFSET_TICKS as u32),
        quantity: Size::Fixed(steps(lot)),
        position_max: Size::Fixed(steps(LOTS_MAX * lot)),
        skew_ticks: 0,
        requote: Requote::Always,
    };
    Box::new(MarketMaker::new(parameters, instrument).expect("parameters that fit the instrument"))
}

/// The strategy that does nothing.
pub fn nothing() -> Box<dyn Strategy> {
    Box::new(DoNothing)
}

/// One run. `journal` is the file the journal goes to.
pub fn replay(
    source: &mut dyn BatchSource,
    strategy: Box<dyn Strategy>,
    view: ViewMode,
    rows_max: u64,
    journal: &Path,
) -> Outcome {
    replay_marked(
        source,
        strategy,
        &EngineConfig {
            view,
            risk_clock: SECOND,
            markout_horizons: MetricsOptions::default().markout_horizons,
            max_rows: Some(rows_max),
        },
        journal,
    )
}

/// Keeps nothing.
struct Nowhere;

impl EntrySink for Nowhere {
    fn record(&mut self, _: &Entry) {}
}

/// As [`replay`], with no gate armed and nothing recorded: what is left is the market, the venue, the strategy and the ledgers.
pub fn replay_bare(
    source: &mut dyn BatchSource,
    strategy: Box<dyn Strategy>,
    view: ViewMode,
    rows_max: u64,
) -> Outcome {
    let instrument = source.header().instrument.clone();
    let mut lane = lane(&instrument, strategy, [LATENCY_NS; 2], Box::new(Nowhere));
    lane.markets[0].gates = Gates::new(&GateConfig::off(), &instrument).expect("no limits fit");
    let config = EngineConfig { view, risk_clock: SECOND, markout_horizons: Vec::new(), max_rows: Some(rows_max) };
    run(source, &config, vec![lane], &mut |_| {}).expect("a run")
}

/// As [`replay`], with a risk clock of one's own.
pub fn replay_marked(
    source: &mut dyn BatchSource,
    strategy: Box<dyn Strategy>,
    config: &EngineConfig,
    journal: &Path,
) -> Outcome {
    let instrument = source.header().instrument.clone();
    // Journal and metrics, as `seatrial run` keeps them.
    let record = (
        JournalWriter::file(journal).expect("a writable folder"),
        MetricsFold::new(&instrument, &MetricsOptions::default()).expect("an instrument that can be valued"),
    );
    run(source, config, vec![lane(&instrument, strategy, [LATENCY_NS; 2], Box::new(record))], &mut |_| {})
        .expect("a run")
}

/// One bot under the peer's rules, gates armed; `latency` in nanoseconds, there and back.
pub fn lane(
    instrument: &Instrument,
    strategy: Box<dyn Strategy>,
    latency: [i64; 2],
    sink: Box<dyn EntrySink>,
) -> LaneSetup {
    let [there, back] = latency.map(Span::from_nanos);
    LaneSetup {
        script: seatrial::engine::Script::default(),
        alerts: seatrial::alert::AlertConfig::default(),
        name: "hftbacktest".to_owned(),
        strategy,
        markets: vec![MarketSetup {
            gates: Gates::new(&gates(), instrument).expect("limits that fit"),
            venue: VenueConfig::preset(FillPreset::Hftbacktest),
            latency: Latency::constant(there, back),
            outages: Vec::new(),
            statuses: Vec::new(),
            wire: None,
            opening: Opening { quote: Money::from_units(OPENING), position: Quantity::ZERO, at: None },
        }],
        sink,
    }
}

/// The figures the peer is compared with.
pub fn ended(outcome: &Outcome) -> Ended {
    let lane = &outcome.lanes[0];
    let opening = Money::from_units(OPENING);
    let fee = lane.ledgers[0].fees();
    Ended {
        quotes: lane.orders,
        fills: lane.fills,
        position: lane.ledgers[0].position().steps(),
        balance: (lane.ledgers[0].cash() + fee - opening).to_f64(),
        fee: fee.to_f64(),
        equity: (lane.equity - opening).to_f64(),
    }
}
