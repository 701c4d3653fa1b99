//! Runs of several markets in memory, traded by a strategy that is one function.

use crate::support::{MemoryMarket, TestRow, header, instrument};
use seatrial::alert::AlertConfig;
use seatrial::engine::{
    EngineConfig, EngineError, LaneSetup, MarketSetup, Outcome, ScriptedEvent, ViewMode, run_merged,
};
use seatrial::gates::{GateConfig, Gates};
use seatrial::journal::{Entry, EntrySink};
use seatrial::ledger::Opening;
use seatrial::metrics::{MetricsOptions, RunFold, Summary};
use seatrial::model::{ExecutionReport, Fill, Instrument, MarketId, ReportKind, Trade};
use seatrial::strategy::{Actions, Description, Strategy, Subscriptions, View};
use seatrial::tape::{Batch, BatchSource, TapeError, TapeHeader, TapeKind};
use seatrial::units::{Money, Quantity, SECOND, Span};
use seatrial::venue::{FillPreset, Latency, VenueConfig};
use std::cell::RefCell;
use std::rc::Rc;

pub const MS: i64 = 1_000_000;

pub const NONE: Subscriptions = Subscriptions {
    timer: None,
    bars: None,
    book: false,
    trades: false,
    reports: false,
    depth: false,
    all_markets: false,
};

/// Why the strategy was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Timer,
    Bar,
    Book,
    Trade(Trade),
    Report(ExecutionReport),
}

pub type Act<'a> = dyn FnMut(Why, &View<'_>, &mut Actions) + 'a;

/// A strategy that is one function.
pub struct Scripted {
    pub subscriptions: Subscriptions,
    pub act: Box<Act<'static>>,
}

impl Strategy for Scripted {
    fn describe(&self) -> Description {
        Description { name: "scripted".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        self.subscriptions
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        (self.act)(Why::Timer, view, actions);
    }

    fn on_bar(&mut self, _: &seatrial::model::Bar, view: &View<'_>, actions: &mut Actions) {
        (self.act)(Why::Bar, view, actions);
    }

    fn on_book(&mut self, view: &View<'_>, actions: &mut Actions) {
        (self.act)(Why::Book, view, actions);
    }

    fn on_trade(&mut self, trade: &Trade, view: &View<'_>, actions: &mut Actions) {
        (self.act)(Why::Trade(*trade), view, actions);
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        (self.act)(Why::Report(*report), view, actions);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}

struct Shared(Rc<RefCell<Vec<Entry>>>);

impl EntrySink for Shared {
    fn record(&mut self, entry: &Entry) {
        self.0.borrow_mut().push(*entry);
    }
}

/// A market under another instrument.
pub struct Labelled {
    pub header: TapeHeader,
    source: Box<dyn BatchSource>,
}

impl Labelled {
    pub fn of(source: Box<dyn BatchSource>) -> Self {
        Self { header: source.header().clone(), source }
    }
}

impl BatchSource for Labelled {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.source.batch(index)
    }
}

/// A market of rows with its own symbol.
pub fn market(rows: &[TestRow], symbol: &str) -> Labelled {
    let mut market = Labelled::of(Box::new(MemoryMarket::new(rows)));
    market.header.instrument.symbol = symbol.to_owned();
    market
}

/// What a run is made of beside its markets.
#[derive(Debug, Clone)]
pub struct Plan {
    pub view: ViewMode,
    pub gates: GateConfig,
    /// Quote at the start, market by market; the last one for all that follow.
    pub quotes: Vec<i64>,
    /// Latency of requests and reports.
    pub latency: (i64, i64),
    pub max_rows: Option<u64>,
    /// What moves the account without a fill.
    pub events: Vec<ScriptedEvent>,
    /// What a person hears of.
    pub alerts: AlertConfig,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            view: ViewMode::Auto,
            gates: GateConfig::off(),
            quotes: vec![100_000],
            latency: (MS, 2 * MS),
            max_rows: None,
            events: Vec::new(),
            alerts: AlertConfig::off(),
        }
    }
}

impl Plan {
    fn setup(&self, place: usize, instrument: &Instrument) -> MarketSetup {
        let quote = self.quotes[place.min(self.quotes.len() - 1)];
        MarketSetup {
            gates: Gates::new(&self.gates, instrument).unwrap(),
            venue: VenueConfig::preset(FillPreset::Neutral),
            latency: Latency::constant(Span::from_nanos(self.latency.0), Span::from_nanos(self.latency.1)),
            outages: Vec::new(),
            statuses: Vec::new(),
            wire: None,
            opening: Opening { quote: Money::from_units(quote), position: Quantity::ZERO, at: None },
        }
    }
}

/// What a run left behind.
pub struct Played {
    pub entries: Vec<Entry>,
    pub outcome: Outcome,
    pub instruments: Vec<Instrument>,
}

pub fn try_play(markets: Vec<Labelled>, plan: &Plan, strategy: Scripted) -> Result<Played, EngineError> {
    let mut markets = markets;
    let instruments: Vec<Instrument> = markets.iter().map(|market| market.header.instrument.clone()).collect();
    let entries = Rc::new(RefCell::new(Vec::new()));
    let setups = instruments.iter().enumerate().map(|(place, instrument)| plan.setup(place, instrument));
    let setup = LaneSetup {
        script: seatrial::engine::Script { events: plan.events.clone(), ..Default::default() },
        alerts: plan.alerts.clone(),
        name: "lane".to_owned(),
        strategy: Box::new(strategy),
        markets: setups.collect(),
        sink: Box::new(Shared(Rc::clone(&entries))),
    };
    let config = EngineConfig {
        view: plan.view,
        risk_clock: SECOND,
        markout_horizons: MetricsOptions::default().markout_horizons,
        max_rows: plan.max_rows,
    };
    let sources = markets.iter_mut().map(|market| market as &mut dyn BatchSource).collect();
    let outcome = run_merged(sources, &config, vec![setup], &mut |_| {})?;
    let entries = entries.borrow().clone();
    Ok(Played { entries, outcome, instruments })
}

pub fn play(
    markets: Vec<Labelled>,
    plan: &Plan,
    subscriptions: Subscriptions,
    act: impl FnMut(Why, &View<'_>, &mut Actions) + 'static,
) -> Played {
    try_play(markets, plan, Scripted { subscriptions, act: Box::new(act) }).unwrap()
}

impl Played {
    /// The figures; folding them checks every mark's position and equity.
    pub fn summary(&self) -> Summary {
        let mut fold = RunFold::new(&self.instruments, &MetricsOptions::default()).unwrap();
        self.entries.iter().for_each(|entry| fold.record(entry));
        fold.finish().unwrap()
    }

    /// Fills of one market: instant, what, fee.
    pub fn fills(&self, market: u8) -> Vec<(i64, seatrial::model::Side, Fill)> {
        let fill = |entry: &Entry| match entry {
            Entry::Venue(report) if report.market == MarketId(market) => match report.kind {
                ReportKind::Filled(fill) => Some((report.matched_at.nanos(), report.side, fill)),
                _ => None,
            },
            _ => None,
        };
        self.entries.iter().filter_map(fill).collect()
    }

    /// Entries about one market, without the last of all.
    pub fn about(&self, market: u8) -> Vec<Entry> {
        let is_about = |entry: &&Entry| entry.market() == MarketId(market) && !matches!(entry, Entry::End { .. });
        self.entries.iter().filter(is_about).copied().collect()
    }
}

/// A header of rows that are not there, for refusals.
pub fn empty(kind: TapeKind) -> TapeHeader {
    TapeHeader { instrument: instrument(), ..header(&[], kind) }
}
