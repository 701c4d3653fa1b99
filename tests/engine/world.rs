//! Lanes by description, and what came of them.

pub use crate::shaker::Script;
use crate::shaker::{Journal, Log, Scripted, Seen, Shaker, ShakerSpec};
use crate::support::{Dice, MemoryMarket, TestRow, random_market};
use seatrial::alert::AlertConfig;
use seatrial::engine::{self, EngineConfig, EngineError, LaneSetup, MarketSetup, Outcome, Rebuild, ViewMode, run};
use seatrial::gates::{GateConfig, Gates};
use seatrial::journal::{Entry, EntrySink};
use seatrial::ledger::Opening;
use seatrial::model::{Instrument, ReportKind, RowKind, Side, row};
use seatrial::strategy::builtin::{
    Breakout, BreakoutParameters, DoNothing, MarketMaker, MarketMakerParameters, MovingAverageCross,
    MovingAverageCrossParameters, ParameterSpan, Size,
};
use seatrial::strategy::{Strategy, Subscriptions};
use seatrial::tape::BatchSource;
use seatrial::units::{Fixed, MILLISECOND, Money, Quantity, Rate, SECOND, Span, Timestamp};
use seatrial::venue::{FillPreset, Latency, LatencyConfig, Outage, Silence, VenueConfig};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub const PRESETS: [FillPreset; 4] =
    [FillPreset::Optimistic, FillPreset::Neutral, FillPreset::Pessimistic, FillPreset::Hftbacktest];

/// Which strategy a lane runs.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Shaker(ShakerSpec),
    Script(Subscriptions, Script),
    Nothing,
    Maker,
    Cross,
    Breakout,
}

/// A lane by description: can be built as often as needed.
#[derive(Debug, Clone)]
pub struct LaneSpec {
    pub kind: Kind,
    pub preset: FillPreset,
    pub latency: LatencyConfig,
    pub gates: GateConfig,
    pub seed: u64,
    /// What the bot is told.
    pub commands: Vec<engine::Scripted>,
    /// What moves the account without a fill.
    pub events: Vec<engine::ScriptedEvent>,
    pub outages: Vec<Outage>,
    pub statuses: Vec<seatrial::model::StatusChange>,
    pub silences: Vec<Silence>,
    /// What a person hears of.
    pub alerts: AlertConfig,
}

/// What one lane left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneTrace {
    pub entries: Vec<Entry>,
    pub seen: Vec<Seen>,
}

struct Shared(Journal);

impl EntrySink for Shared {
    fn record(&mut self, entry: &Entry) {
        self.0.borrow_mut().push(*entry);
    }
}

pub const fn config(view: ViewMode) -> EngineConfig {
    EngineConfig { view, risk_clock: SECOND, markout_horizons: Vec::new(), max_rows: None }
}

pub const AUTO: EngineConfig = config(ViewMode::Auto);

pub const fn constant(entry: i64, response: i64) -> LatencyConfig {
    LatencyConfig::Constant { entry: Span::from_nanos(entry), response: Span::from_nanos(response) }
}

/// One of each latency model.
pub fn latencies() -> [LatencyConfig; 4] {
    [
        constant(0, 0),
        constant(1_000_000, 2_000_000),
        LatencyConfig::Recorded { factor: Rate::from_ppb(1_500_000_000), floor: Span::from_nanos(1_000) },
        LatencyConfig::HeavyTailed {
            median: MILLISECOND,
            tail: MILLISECOND.times(20),
            burst_probability: Rate::from_ppb(10_000_000),
            burst_length: SECOND,
            burst_factor: 10,
        },
    ]
}

/// One of each subscription, and all together.
pub fn subscriptions(depth: bool) -> Vec<Subscriptions> {
    let none = Subscriptions { depth, ..Subscriptions::default() };
    let timer = Some(Span::from_nanos(250_000_000));
    let bars = Some(SECOND);
    vec![
        Subscriptions { timer, ..none },
        Subscriptions { bars, ..none },
        Subscriptions { book: true, ..none },
        Subscriptions { trades: true, ..none },
        Subscriptions { timer, reports: true, ..none },
        Subscriptions { timer, bars, book: true, trades: true, reports: true, ..none },
    ]
}

pub fn shaker(subscriptions: Subscriptions, seed: u64) -> Kind {
    Kind::Shaker(ShakerSpec { subscriptions, seed, acts_every: 3 })
}

impl LaneSpec {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            preset: FillPreset::Neutral,
            latency: latencies()[1],
            gates: GateConfig::off(),
            seed: 7,
            commands: Vec::new(),
            events: Vec::new(),
            outages: Vec::new(),
            statuses: Vec::new(),
            silences: Vec::new(),
            alerts: AlertConfig::off(),
        }
    }

    fn strategy(&self, instrument: &Instrument, log: &Log, journal: &Journal) -> Box<dyn Strategy> {
        let bar = ParameterSpan(SECOND);
        match self.kind {
            Kind::Shaker(spec) => Box::new(Shaker::new(spec, Rc::clone(log), Rc::clone(journal))),
            Kind::Script(subscriptions, script) => Box::new(Scripted(subscriptions, script)),
            Kind::Nothing => Box::new(DoNothing),
            Kind::Maker => {
                let parameters = MarketMakerParameters {
                    interval: ParameterSpan(Span::from_nanos(100_000_000)),
                    offset_ticks: Some(0),
                    quantity: Size::Fixed(Fixed::new(1, 3)),
                    position_max: Size::Fixed(Fixed::new(1, 2)),
                    ..MarketMakerParameters::default()
                };
                Box::new(MarketMaker::new(parameters, instrument).unwrap())
            }
            Kind::Cross => {
                let parameters =
                    MovingAverageCrossParameters { bar, fast: 2, slow: 5, ..MovingAverageCrossParameters::default() };
                Box::new(MovingAverageCross::new(parameters, instrument).unwrap())
            }
            Kind::Breakout => {
                let quantity = Fixed::new(3, 3);
                let parameters =
                    BreakoutParameters { bar, entry_bars: 4, exit_bars: 2, quantity: Size::Fixed(quantity) };
                Box::new(Breakout::new(parameters, instrument).unwrap())
            }
        }
    }

    fn script(&self, instrument: &Instrument, log: &Log, journal: &Journal) -> engine::Script {
        let (spec, instrument) = (self.clone(), instrument.clone());
        let (log, journal) = (Rc::clone(log), Rc::clone(journal));
        let rebuild: Rebuild = Box::new(move || {
            let gates = Gates::new(&spec.gates, &instrument).map_err(|overflow| overflow.to_string())?;
            Ok((spec.strategy(&instrument, &log, &journal), vec![gates]))
        });
        engine::Script {
            lines: self.commands.clone(),
            events: self.events.clone(),
            rebuild: Some(rebuild),
            ..engine::Script::default()
        }
    }

    fn setup(&self, instrument: &Instrument, log: &Log, journal: &Journal) -> LaneSetup {
        LaneSetup {
            script: self.script(instrument, log, journal),
            alerts: self.alerts.clone(),
            name: format!("{:?}", self.preset),
            strategy: self.strategy(instrument, log, journal),
            markets: vec![MarketSetup {
                gates: Gates::new(&self.gates, instrument).unwrap(),
                venue: VenueConfig::preset(self.preset),
                latency: Latency::new(&self.latency, self.seed).unwrap().silenced(self.silences.clone()),
                outages: self.outages.clone(),
                statuses: self.statuses.clone(),
                wire: None,
                opening: Opening { quote: Money::from_units(100_000), position: Quantity::ZERO, at: None },
            }],
            sink: Box::new(Shared(Rc::clone(journal))),
        }
    }
}

/// Runs all lanes in one pass; every lane's order arithmetic is checked.
pub fn try_play(
    market: &mut dyn BatchSource,
    config: &EngineConfig,
    lanes: &[LaneSpec],
) -> Result<(Vec<LaneTrace>, Outcome), EngineError> {
    let instrument = market.header().instrument.clone();
    let books: Vec<(Log, Journal)> = lanes.iter().map(|_| Default::default()).collect();
    let setups = lanes.iter().zip(&books).map(|(lane, (log, journal))| lane.setup(&instrument, log, journal)).collect();
    let outcome = run(market, config, setups, &mut |_| {})?;
    let take = |(log, journal): &(Log, Journal)| LaneTrace {
        entries: journal.borrow().clone(),
        seen: RefCell::borrow(log).clone(),
    };
    let traces: Vec<LaneTrace> = books.iter().map(take).collect();
    traces.iter().for_each(|trace| check_conservation(&trace.entries));
    Ok((traces, outcome))
}

pub fn play(rows: &[TestRow], config: &EngineConfig, lanes: &[LaneSpec]) -> Vec<LaneTrace> {
    try_play(&mut MemoryMarket::new(rows), config, lanes).unwrap().0
}

/// One lane alone.
pub fn play_one(rows: &[TestRow], config: &EngineConfig, lane: &LaneSpec) -> LaneTrace {
    play(rows, config, std::slice::from_ref(lane)).remove(0)
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    original: i64,
    executed: i64,
    open: i64,
    ended: i64,
}

/// Folds a journal: original = executed + open + ended for every order after every entry, marks show the position that
/// fills made, reports reach the bot in order and not before they were made.
pub fn check_conservation(entries: &[Entry]) {
    let mut orders: BTreeMap<u64, Counted> = BTreeMap::new();
    let (mut position, mut learned_at) = (0, i64::MIN);
    for (index, entry) in entries.iter().enumerate() {
        match entry {
            Entry::OrderSent { intent, .. } => {
                let original = intent.quantity.steps();
                let before = orders
                    .insert(intent.client_order_id.0, Counted { original, executed: 0, open: original, ended: 0 });
                assert!(before.is_none(), "entry {index}: {intent:?} sent twice");
            }
            Entry::Venue(report) => {
                position += report.kind.bookings(report.side).map(|booking| booking.signed()).sum::<i128>();
                if let ReportKind::Filled(fill) = report.kind {
                    assert!(fill.quantity.steps() > 0, "entry {index}: {report:?}");
                }
                if !matches!(report.kind, ReportKind::RequestRejected(_)) && !report.kind.sets_right() {
                    count(orders.get_mut(&report.client_order_id.0).expect("an order that was sent"), report, index);
                }
                let (made_at, known_at) = (report.matched_at.nanos(), report.reported_at.nanos());
                assert!(known_at >= made_at && known_at >= learned_at, "entry {index}: {report:?} after {learned_at}");
                learned_at = known_at;
            }
            Entry::Mark(mark) => assert_eq!(i128::from(mark.position.steps()), position, "entry {index}"),
            _ => {}
        }
    }
}

fn count(order: &mut Counted, report: &seatrial::model::ExecutionReport, index: usize) {
    match report.kind {
        ReportKind::Filled(fill) => {
            order.executed += fill.quantity.steps();
            order.open -= fill.quantity.steps();
        }
        ReportKind::Ended(_) | ReportKind::Rejected(_) => {
            order.ended += order.open;
            order.open = 0;
        }
        ReportKind::Amended { quantity, .. } => {
            order.original = quantity.steps();
            order.open = order.original - order.executed;
        }
        _ => {}
    }
    let Counted { original, executed, open, ended } = *order;
    assert!(open >= 0 && original == executed + open + ended, "entry {index}: {order:?} after {report:?}");
    assert_eq!(report.executed.steps(), executed, "entry {index}: {report:?}");
    let shown = if matches!(report.kind, ReportKind::Ended(_) | ReportKind::Rejected(_)) { 0 } else { open };
    assert_eq!(report.open.steps(), shown, "entry {index}: {report:?}");
}

/// A random market with what real feeds do badly: cleared sides, crossed levels, empty sides.
pub fn hostile_market(seed: u64, messages: usize) -> Vec<TestRow> {
    let mut dice = Dice::new(seed ^ 0xABCD);
    let mut rows = Vec::new();
    for line in random_market(seed, messages) {
        rows.push(line);
        let between = line.flags & row::LAST != 0;
        if between && dice.below(12) == 0 {
            let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
            rows.push(match dice.below(2) {
                0 => clear(line.venue_at, line.local_at, side),
                _ => {
                    let price = 600_000 + dice.below(40) - 20;
                    TestRow::depth(line.venue_at, line.local_at, side, price, dice.below(20))
                }
            });
        }
    }
    rows
}

pub fn clear(venue_at: i64, local_at: i64, side: Side) -> TestRow {
    TestRow { venue_at, local_at, price: 0, quantity: 0, flags: row::pack(RowKind::Clear, side) | row::LAST }
}

/// The instant an entry belongs to.
pub fn entry_at(entry: &Entry) -> Timestamp {
    match entry {
        Entry::Start { at, .. }
        | Entry::OrderSent { at, .. }
        | Entry::OrderRefused { at, .. }
        | Entry::CancelSent { at, .. }
        | Entry::AmendSent { at, .. }
        | Entry::RequestRefused { at, .. }
        | Entry::Quote { at, .. }
        | Entry::Tripped { at, .. }
        | Entry::Cleared { at, .. }
        | Entry::Command { at, .. }
        | Entry::Alert { at, .. }
        | Entry::Charged { at, .. }
        | Entry::Allocated { at, .. }
        | Entry::Status { at, .. }
        | Entry::Wire { at, .. }
        | Entry::Ambiguous { at, .. }
        | Entry::End { at, .. } => *at,
        Entry::Venue(report) => report.matched_at,
        Entry::Mark(mark) => mark.at,
    }
}

/// Fails at the first difference, showing a little of what came before.
pub fn assert_same(left: &LaneTrace, right: &LaneTrace, what: &str) {
    let first = left.entries.iter().zip(&right.entries).position(|(a, b)| a != b);
    if let Some(index) = first {
        let from = index.saturating_sub(3);
        panic!(
            "{what}: entry {index} differs\nbefore {:#?}\nleft {:#?}\nright {:#?}",
            &left.entries[from..index],
            left.entries[index],
            right.entries[index]
        );
    }
    assert_eq!(left.entries.len(), right.entries.len(), "{what}: one journal is longer");
    let first = left.seen.iter().zip(&right.seen).position(|(a, b)| without_depth(a) != without_depth(b));
    if let Some(index) = first {
        panic!("{what}: view {index} differs\nleft {:#?}\nright {:#?}", left.seen[index], right.seen[index]);
    }
    assert_eq!(left.seen.len(), right.seen.len(), "{what}: one strategy was called more often");
}

fn without_depth(seen: &Seen) -> Seen {
    Seen { depth: None, ..seen.clone() }
}

/// Fills in a journal.
pub fn fills(entries: &[Entry]) -> usize {
    let filled = |entry: &&Entry| matches!(entry, Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)));
    entries.iter().filter(filled).count()
}
