//! A small engine for drawn tables: it keeps the book, calls the venue exactly as `Watch` asks, and prints reports.

mod fifo;
mod properties;
pub mod script;
mod world;

use fifo::Fifo;
use seatrial::book::{DepthChange, Ladder};
use seatrial::gates::{AmendedOrder, GateConfig, Gates, RiskView};
use seatrial::model::{
    AmendOrder, Bar, BestPrices, ClientOrderId, ExecutionReport, Intent, OrderType, ReportKind, Side,
};
use seatrial::units::{Money, Price, Quantity, Span, Timestamp};
use seatrial::venue::Venue;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
pub use world::{PIVOT_X2, World, intent, read_word, show};

/// Length of a bar in the tables.
const PERIOD: i64 = 10;

/// A venue, its tape and its clock.
pub struct Sim {
    pub venue: Venue,
    pub book: Ladder,

    pub now: i64,
    /// Calls the venue for every row, wanted or not, as another lane's watch would.
    pub eager: bool,
    pub reports: Vec<ExecutionReport>,
    pub lines: Vec<String>,
    gates: Gates,
    /// The book that the venue shares, if it does.
    pub fifo: Option<Rc<RefCell<Fifo>>>,
    /// Rows were applied and their message has not ended.
    pub mid_message: bool,
    last_end: [Option<(Price, Quantity)>; 2],
    /// Original, executed and ended quantity by order.
    arithmetic: BTreeMap<u64, Tally>,
    position: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    total: i64,
    executed: i64,
    open: i64,
    over: bool,
}

impl Sim {
    pub fn new(world: &World) -> Self {
        let gates = Gates::new(&GateConfig::off(), &world.instrument).unwrap();
        let mut venue = Venue::new(&world.instrument, &world.config, world.market, &world.funds).unwrap();
        venue = venue.with_statuses(world.statuses.clone());
        let fifo = world.closed_loop.then(|| Rc::new(RefCell::new(Fifo::default())));
        fifo.iter().for_each(|fifo| venue.share(fifo.clone()));
        Self {
            venue,
            fifo,
            book: Ladder::new(),

            now: 1,
            eager: false,
            reports: Vec::new(),
            lines: Vec::new(),
            gates,
            mid_message: false,
            last_end: [None; 2],
            arithmetic: BTreeMap::new(),
            position: world.funds.position.steps(),
        }
    }

    pub fn at(&self) -> Timestamp {
        Timestamp::from_nanos(self.now)
    }

    fn risk(&self) -> RiskView {
        RiskView {
            now: self.at(),
            position: Quantity::ZERO,
            open_buy: Quantity::ZERO,
            open_sell: Quantity::ZERO,
            reduce_only_buy: Quantity::ZERO,
            reduce_only_sell: Quantity::ZERO,
            open_orders: 0,
            own_bid: None,
            own_ask: None,
            other_positions: 0,
            best: BestPrices::default(),
            market_at: Some(self.at()),
            equity: Money::from_units(1_000_000_000),
        }
    }

    pub fn wait_until(&mut self, now: i64) {
        self.now = now;
        if self.venue.next_expiry() <= self.at() {
            self.venue.expire(Timestamp::from_nanos(now), &mut self.book, &mut self.reports);
        }
    }

    pub fn submit(&mut self, intent: Intent) {
        let fresh = Tally { total: intent.quantity.steps(), ..Tally::default() };
        self.arithmetic.entry(intent.client_order_id.0).or_insert(fresh);
        let order = self.gates.clear_order(intent, &self.risk()).unwrap();
        let at = self.at();
        self.venue.submit(order, at, &mut self.book, &mut self.reports).unwrap();
    }

    pub fn cancel(&mut self, id: u64) {
        let request = self.gates.clear_cancel(ClientOrderId(id), &self.risk()).unwrap();
        let at = self.at();
        self.venue.cancel(request, at, &mut self.book, &mut self.reports);
    }

    pub fn amend(&mut self, id: u64, price: Option<i64>, quantity: Option<i64>) {
        let amend = AmendOrder {
            client_order_id: ClientOrderId(id),
            price: price.map(Price::new),
            quantity: quantity.map(Quantity::new),
            sent_at: self.at(),
        };
        let order = AmendedOrder {
            side: Side::Buy,
            order_type: OrderType::Market,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            reduce_only: true,
            protective: true,
        };
        let request = self.gates.clear_amend(amend, &order, &self.risk()).unwrap();
        let at = self.at();
        self.venue.amend(request, at, &mut self.book, &mut self.reports).unwrap();
    }

    /// One depth row, with the comparisons of the engine's loop.
    pub fn row(&mut self, side: Side, price: i64, quantity: i64) {
        let (price, quantity) = (Price::new(price), Quantity::new(quantity));
        let marked = self.book.is_marked(price);
        self.mid_message = true;
        let previous = self.book.set(side, price, quantity).previous();
        let watch = self.venue.watch();
        let crosses = match side {
            Side::Sell => price.ticks() <= watch.buy_hi,
            Side::Buy => price.ticks() >= watch.sell_lo,
        };
        if marked || crosses || self.eager {
            let change = DepthChange { side, price, previous, quantity };
            let at = self.at();
            self.venue.on_depth(&change, at, &mut self.book, &mut self.reports).unwrap();
        }
    }

    pub fn end_of_message(&mut self) {
        self.mid_message = false;
        let tips = Side::BOTH.map(|side| self.book.best().side(side).map(|level| (level.price, level.quantity)));
        let moved = tips.map(|tip| tip.map(|tip| tip.0)) != self.last_end.map(|tip| tip.map(|tip| tip.0));
        self.last_end = tips;
        let watch = self.venue.watch();
        let crossed = tips[1].is_some_and(|(ask, _)| ask.ticks() <= watch.buy_hi)
            || tips[0].is_some_and(|(bid, _)| bid.ticks() >= watch.sell_lo);
        if watch.message_end || self.eager || (moved && (watch.best_triggers || crossed)) {
            let at = self.at();
            self.venue.on_message_end(at, &mut self.book, &mut self.reports).unwrap();
        }
    }

    pub fn trade(&mut self, aggressor: Side, quantity: i64, price: i64) {
        let watch = self.venue.watch();
        let near = price <= watch.buy_hi || price >= watch.sell_lo;
        if near || self.eager || price >= watch.last_at_or_above || price <= watch.last_at_or_below {
            let (price, quantity, at) = (Price::new(price), Quantity::new(quantity), self.at());
            self.venue.on_trade(price, quantity, aggressor, at, &mut self.book, &mut self.reports).unwrap();
        }
        self.venue.set_last_trade(Price::new(price));
    }

    pub fn bar(&mut self, open: i64, high: i64, low: i64, close: i64) {
        let bar = Bar {
            open_at: self.at(),
            period: Span::from_nanos(PERIOD),
            open: Price::new(open),
            high: Price::new(high),
            low: Price::new(low),
            close: Price::new(close),
            volume: Quantity::new(1),
        };
        let mut ambiguous = Vec::new();
        self.venue.on_bar(&bar, &mut self.reports, &mut ambiguous).unwrap();
        self.now += PERIOD;
        self.settle();
        for case in ambiguous {
            self.lines.push(format!("ambiguous {} {}", case.client_order_id.0, case.at_stake));
        }
    }

    /// Checks the new reports against the order arithmetic, prints them, and clears them.
    pub fn settle(&mut self) {
        for report in std::mem::take(&mut self.reports) {
            self.check(&report);
            self.lines.push(show(&report));
        }
        self.check_others();
        assert_eq!(self.position, self.venue.position().steps(), "position");
        let open: i64 = self.arithmetic.values().filter(|tally| tally.open > 0).count() as i64;
        assert_eq!(i64::from(self.venue.open_orders()), open, "open orders");
    }

    fn check(&mut self, report: &ExecutionReport) {
        if matches!(report.kind, ReportKind::Rejected(_) | ReportKind::RequestRejected(_)) {
            return;
        }
        let tally = self.arithmetic.entry(report.client_order_id.0).or_default();
        let (before, open) = (tally.executed, report.open.steps());
        assert!(report.reported_at >= report.arrived_at && report.arrived_at >= report.sent_at, "{report:?}");
        match report.kind {
            ReportKind::Accepted => tally.open = tally.total,
            ReportKind::Rejected(_) | ReportKind::RequestRejected(_) | ReportKind::Triggered => {}
            ReportKind::Amended { quantity, .. } => {
                tally.open = quantity.steps() - before;
                tally.total = quantity.steps();
            }
            ReportKind::Filled(fill) => {
                assert!(fill.quantity > Quantity::ZERO, "{report:?}");
                tally.executed += fill.quantity.steps();
                tally.open -= fill.quantity.steps();
                self.position += fill.quantity.steps() * report.side.sign();
            }
            ReportKind::Busted(_) | ReportKind::Corrected(_) => panic!("no table sets a fill right: {report:?}"),
            ReportKind::Ended(_) => {
                assert!(tally.open > 0, "ended with nothing open: {report:?}");
                (tally.open, tally.over) = (0, true);
            }
        }
        let ended = tally.total - tally.executed - tally.open;
        assert!(tally.over || ended == 0, "original = executed + open + ended: {tally:?} {report:?}");
        assert!(tally.open >= 0 && tally.executed <= tally.total, "{tally:?} {report:?}");
        assert_eq!((report.executed.steps(), open), (tally.executed, tally.open), "{report:?}");
    }

    /// Ends everything; afterwards nobody may be marked in the book.
    pub fn wind_up(&mut self) {
        let ids: Vec<u64> = self.arithmetic.iter().filter(|(_, tally)| tally.open > 0).map(|(&id, _)| id).collect();
        ids.into_iter().for_each(|id| self.cancel(id));
        self.settle();
        assert_eq!(self.venue.open_orders(), 0);
        if self.fifo.is_some() {
            return;
        }
        for side in Side::BOTH {
            for tick in 0..=400 {
                if !self.book.quantity(side, Price::new(tick)).is_zero() || self.book.is_marked(Price::new(tick)) {
                    self.row(side, tick, 0);
                }
            }
        }
        for tick in 0..=400 {
            assert!(!self.book.is_marked(Price::new(tick)), "tick {tick} is still marked");
        }
    }
}
