use crate::exchange::{Exchange, Row};
use crate::naive::Naive;
use crate::product::Product;
use crate::world::World;
use seatrial::model::{
    AmendOrder, Bar, CancelOrder, CancelReason, ClientOrderId, ExecutionReport, Intent, IntentKey, Liquidity, MarketId,
    NewOrder, OrderType, RejectReason, ReportKind, Side, TimeInForce,
};
use seatrial::units::{Price, Quantity, Span, Timestamp};
use seatrial::venue::Ambiguity;

/// Length of a bar.
pub const PERIOD: i64 = 10;

/// Which order a request is about.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// One of those that live.
    Live(usize),
    /// So far behind the newest order.
    Back(u64),
}

/// A new order without its number.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    pub side: Side,
    pub order_type: OrderType,
    /// A good-til-date counts from now.
    pub time_in_force: TimeInForce,
    pub steps: i64,
    pub post_only: bool,
    pub reduce_only: bool,
    pub replaces: Option<Target>,
    /// Distance to the highest number so far; 0 uses it again.
    pub skip: u64,
}

/// What happens next.
#[derive(Debug, Clone)]
pub enum Command {
    Message(Vec<Row>),
    /// Open, high, low, close.
    Bar([i64; 4]),
    /// A bar in which nobody trades: the price stands where the bar before closed. Nothing before the first bar.
    Silence,
    New(Draft),
    Cancel(Target),
    Amend(Target, Option<i64>, Option<i64>),
    /// The clock moves; `early`: market data at the new instant come before what runs out then.
    Wait {
        nanos: i64,
        early: bool,
    },
}

/// Both arms, told the same and compared.
pub struct Pair {
    pub product: Product,
    pub twin: Naive,
    pub now: i64,
    /// Reports of product and twin since the last comparison.
    pub reports: [Vec<ExecutionReport>; 2],
    pub ambiguous: [Vec<Ambiguity>; 2],
    pub live: Vec<u64>,
    /// How often each kind of report came, by its number.
    pub seen: [u64; KINDS],
    highest: u64,
    /// Close of the bar before.
    closed: Option<i64>,
}

/// Numbers of kinds of reports: plain ones, then refusals of orders, of requests, and ends, each with their reasons.
pub const KINDS: usize = 5 + 2 * REASONS + 9;
/// Numbers of reasons begin at 1.
const REASONS: usize = RejectReason::ALL.len() + 1;

fn number(kind: &ReportKind) -> usize {
    match kind {
        ReportKind::Accepted => 0,
        ReportKind::Triggered => 1,
        ReportKind::Amended { .. } => 2,
        ReportKind::Filled(fill) => 3 + usize::from(fill.liquidity == Liquidity::Taker),
        ReportKind::Rejected(reason) => 5 + usize::from(reason.code()),
        ReportKind::RequestRejected(reason) => 5 + REASONS + usize::from(reason.code()),
        ReportKind::Ended(reason) => 5 + 2 * REASONS + *reason as usize,
        ReportKind::Busted(_) | ReportKind::Corrected(_) => panic!("a venue sets nothing right by itself: {kind:?}"),
    }
}

/// Every number that a report can have: requests are refused for fewer reasons than orders.
pub fn possible() -> Vec<usize> {
    let requests = [
        RejectReason::UnknownOrder,
        RejectReason::InvalidQuantity,
        RejectReason::LotSize,
        RejectReason::QuantityTooSmall,
        RejectReason::QuantityTooLarge,
        RejectReason::PriceOutOfRange,
        RejectReason::InvalidCombination,
        RejectReason::MinNotional,
        RejectReason::InsufficientBalance,
        RejectReason::PostOnlyWouldTake,
        RejectReason::TradingHalted,
        RejectReason::PriceIncrement,
        RejectReason::PostOnlyMarket,
        RejectReason::CancelOnlyMarket,
    ];
    // What a wire says, and what a market that is taken away says, is tried elsewhere.
    let elsewhere = [
        RejectReason::UnknownMarket,
        RejectReason::Unavailable,
        RejectReason::NotPlaced,
        RejectReason::HalfDone,
        RejectReason::ReducesAlone,
        RejectReason::Delisted,
    ];
    let ends = CancelReason::ALL.into_iter().filter(|reason| *reason != CancelReason::ByVenue);
    let orders = RejectReason::ALL.into_iter().filter(|reason| !elsewhere.contains(reason));
    (0..5)
        .chain(orders.map(|reason| number(&ReportKind::Rejected(reason))))
        .chain(requests.into_iter().map(|reason| number(&ReportKind::RequestRejected(reason))))
        .chain(ends.map(|reason| number(&ReportKind::Ended(reason))))
        .collect()
}

impl Pair {
    pub fn new(world: &World) -> Self {
        Self {
            product: Product::open(world),
            twin: Naive::open(world),
            now: 1,
            reports: [Vec::new(), Vec::new()],
            ambiguous: [Vec::new(), Vec::new()],
            live: Vec::new(),
            seen: [0; KINDS],
            highest: 0,
            closed: None,
        }
    }

    pub fn at(&self) -> Timestamp {
        Timestamp::from_nanos(self.now)
    }

    pub fn row(&mut self, row: Row) {
        let at = self.at();
        self.product.row(row, at, &mut self.reports[0]);
        self.twin.row(row, at, &mut self.reports[1]);
    }

    pub fn end_of_message(&mut self) {
        let at = self.at();
        self.product.end_of_message(at, &mut self.reports[0]);
        self.twin.end_of_message(at, &mut self.reports[1]);
    }

    /// A volume of zero is a silent bar's.
    pub fn bar(&mut self, [open, high, low, close]: [i64; 4], volume: i64) {
        let bar = Bar {
            open_at: self.at(),
            period: Span::from_nanos(PERIOD),
            open: Price::new(open),
            high: Price::new(high),
            low: Price::new(low),
            close: Price::new(close),
            volume: Quantity::new(volume),
        };
        self.product.bar(&bar, &mut self.reports[0], &mut self.ambiguous[0]);
        self.twin.bar(&bar, &mut self.reports[1], &mut self.ambiguous[1]);
        self.closed = Some(close);
        self.now += PERIOD;
    }

    pub fn expire(&mut self) {
        let at = self.at();
        self.product.expire(at, &mut self.reports[0]);
        self.twin.expire(at, &mut self.reports[1]);
    }

    pub fn submit(&mut self, order: NewOrder) {
        let at = self.at();
        self.highest = self.highest.max(order.intent.client_order_id.0);
        self.product.submit(order, at, &mut self.reports[0]);
        self.twin.submit(order, at, &mut self.reports[1]);
    }

    pub fn cancel(&mut self, id: u64) {
        let request = CancelOrder { client_order_id: ClientOrderId(id), sent_at: self.sent_at() };
        let at = self.at();
        self.product.cancel(request, at, &mut self.reports[0]);
        self.twin.cancel(request, at, &mut self.reports[1]);
    }

    pub fn amend(&mut self, id: u64, price: Option<i64>, steps: Option<i64>) {
        let (price, quantity) = (price.map(Price::new), steps.map(Quantity::new));
        let request = AmendOrder { client_order_id: ClientOrderId(id), price, quantity, sent_at: self.sent_at() };
        let at = self.at();
        self.product.amend(request, at, &mut self.reports[0]);
        self.twin.amend(request, at, &mut self.reports[1]);
    }

    /// Requests were sent a while ago.
    fn sent_at(&self) -> Timestamp {
        Timestamp::from_nanos(self.now - self.now % 4)
    }

    /// Runs one command on both arms.
    pub fn run(&mut self, command: &Command) {
        match command {
            Command::Message(rows) => {
                rows.iter().for_each(|&row| self.row(row));
                self.end_of_message();
            }
            Command::Bar(bar) => self.bar(*bar, 1),
            Command::Silence => self.closed.into_iter().for_each(|close| self.bar([close; 4], 0)),
            Command::New(draft) => self.draft(*draft),
            Command::Cancel(target) => self.cancel(self.id(*target)),
            Command::Amend(target, price, steps) => self.amend(self.id(*target), *price, *steps),
            Command::Wait { nanos, early } => return self.wait(*nanos, *early),
        }
        self.expire();
    }

    /// The engine stops at every instant at which an order ends; rows of that instant come first.
    fn wait(&mut self, nanos: i64, early: bool) {
        let until = self.now + nanos;
        while self.product.next_expiry() < Timestamp::from_nanos(until) {
            self.now = self.product.next_expiry().nanos();
            self.expire();
        }
        self.now = until;
        if !early {
            self.expire();
        }
    }

    fn id(&self, target: Target) -> u64 {
        match target {
            Target::Live(index) if !self.live.is_empty() => self.live[index % self.live.len()],
            Target::Live(_) => self.highest,
            Target::Back(back) => self.highest.saturating_sub(back),
        }
    }

    fn draft(&mut self, draft: Draft) {
        let id = self.highest + draft.skip;
        let time_in_force = match draft.time_in_force {
            TimeInForce::GoodTilDate(span) => TimeInForce::GoodTilDate(Timestamp::from_nanos(self.now + span.nanos())),
            other => other,
        };
        let intent = Intent {
            market: MarketId::FIRST,
            intent_key: IntentKey(id),
            client_order_id: ClientOrderId(id),
            side: draft.side,
            order_type: draft.order_type,
            time_in_force,
            replaces: draft.replaces.map(|target| ClientOrderId(self.id(target))),
            quantity: Quantity::new(draft.steps),
            post_only: draft.post_only,
            reduce_only: draft.reduce_only,
            protective: false,
            expected_edge: None,
            reason: 0,
        };
        self.submit(NewOrder { intent, sent_at: self.sent_at() });
    }

    /// What the arms disagree about since the last call, if anything.
    pub fn difference(&mut self) -> Option<String> {
        let agree = self.reports[0] == self.reports[1]
            && self.ambiguous[0] == self.ambiguous[1]
            && self.product.position() == self.twin.position()
            && self.product.open_orders() == self.twin.open_orders()
            && self.product.next_expiry() == self.twin.next_expiry()
            && self.product.best() == self.twin.best()
            && self.product.state() == self.twin.state();
        if !agree {
            let [product, twin] = &self.reports;
            let show =
                |reports: &[ExecutionReport]| reports.iter().fold(String::new(), |text, r| format!("{text}\n  {r:?}"));
            let (left, right) = (self.product.show(), self.twin.show());
            return Some(format!(
                "product reports:{}\ntwin reports:{}\nproduct: {:?} {left}\ntwin: {:?} {right}\n",
                show(product),
                show(twin),
                self.ambiguous[0],
                self.ambiguous[1]
            ));
        }
        for report in std::mem::take(&mut self.reports[0]) {
            self.follow(&report);
        }
        self.reports[1].clear();
        self.ambiguous.iter_mut().for_each(Vec::clear);
        None
    }

    /// Compares whole books.
    pub fn book_difference(&self) -> Option<String> {
        let books = |side| (self.product.levels(side), self.twin.levels(side));
        Side::BOTH.map(books).into_iter().find(|(a, b)| a != b).map(|(a, b)| format!("book: {a:?}\ntwin: {b:?}"))
    }

    fn follow(&mut self, report: &ExecutionReport) {
        let id = report.client_order_id.0;
        self.seen[number(&report.kind)] += 1;
        match report.kind {
            ReportKind::Accepted => self.live.push(id),
            ReportKind::Filled(_) | ReportKind::Ended(_) if report.open.is_zero() => {
                self.live.retain(|&live| live != id)
            }
            _ => {}
        }
    }
}
