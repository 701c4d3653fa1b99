use super::better_first;
use super::book::Book;
use super::order::{Order, Place};
use super::settings::{Market, Settings};
use seatrial::model::{
    BestPrices, CancelReason, ClientOrderId, ExecutionReport, Fill, Liquidity, MarketId, OrderId, ReportKind, Side,
    TimeInForce, TradingStatus,
};
use seatrial::units::{Money, Price, Quantity, Timestamp};

/// What was taken from a level.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub price: i64,
    pub steps: i64,
    /// What the level held when last heard of.
    pub displayed: i64,
}

/// A bar whose path mattered: the order, and the money.
pub type Stake = (u64, Money);

/// Book and venue of one account.
#[derive(Debug, Clone)]
pub struct Naive {
    pub settings: Settings,
    pub book: Book,
    /// Best prices after the last message.
    pub ended: [Option<i64>; 2],
    /// The message added to a level that an own order crosses.
    pub gained: bool,
    /// Rising by id.
    pub orders: Vec<Order>,
    pub taken: [Vec<Taken>; 2],
    pub last: Option<i64>,
    pub accepted: u64,
    pub highest: Option<u64>,
    pub bars: u64,
    pub in_bar: bool,
    /// Counts arrivals in queues.
    pub entries: u64,
    pub cash: Money,
    pub position: i64,
    /// Opening position whose value is still in `cash`.
    pub unpriced: i64,
    pub now: Timestamp,
    /// The order a request is about, and the request's stamps.
    pub cause: Option<(u64, Timestamp, Timestamp)>,
    pub out: Vec<ExecutionReport>,
}

impl Naive {
    pub fn new(settings: Settings) -> Self {
        let linear = settings.kind == seatrial::model::ContractKind::Linear;
        Self {
            book: Book::default(),
            ended: [None; 2],
            gained: false,
            orders: Vec::new(),
            taken: [Vec::new(), Vec::new()],
            last: None,
            accepted: 0,
            highest: None,
            bars: 0,
            in_bar: false,
            entries: 0,
            cash: settings.quote,
            position: settings.position,
            unpriced: if linear { settings.position } else { 0 },
            now: Timestamp::MIN,
            cause: None,
            out: Vec::new(),
            settings,
        }
    }

    /// Every call begins so: the clock moves, and what has run out ends.
    pub fn begin(&mut self, at: Timestamp) {
        self.now = at;
        self.cause = None;
        let due = |order: &Order| order.ends_at().filter(|&end| end <= at).map(|end| (end, order.number, order.id));
        while let Some((end, _, id)) = self.orders.iter().filter_map(due).min() {
            self.now = end;
            self.end(id, CancelReason::Expired);
        }
        self.now = at;
    }

    /// What the market lets be traded now.
    pub fn status(&self) -> TradingStatus {
        let past = self.settings.statuses.iter().filter(|change| change.at <= self.now);
        past.max_by_key(|change| change.at).map_or(TradingStatus::OPEN, |change| change.status)
    }

    fn index(&self, id: u64) -> usize {
        self.orders.binary_search_by_key(&id, |order| order.id).unwrap_or_else(|_| panic!("no order {id}"))
    }

    pub fn order(&self, id: u64) -> &Order {
        &self.orders[self.index(id)]
    }

    pub fn order_mut(&mut self, id: u64) -> &mut Order {
        let index = self.index(id);
        &mut self.orders[index]
    }

    /// Resting orders of a side by priority.
    pub fn queue(&self, side: Side) -> Vec<u64> {
        let mut queue: Vec<(i64, u64, u64)> = self.resting(side).map(priority).collect();
        queue.sort_unstable();
        queue.into_iter().map(|entry| entry.2).collect()
    }

    /// The resting order with the best priority, and its price.
    pub fn front(&self, side: Side) -> Option<(u64, i64)> {
        self.resting(side).min_by_key(|&order| priority(order)).map(|order| (order.id, order.nominal()))
    }

    /// Both sides, first the one whose front order was accepted first.
    pub fn sides_by_age(&self) -> [Side; 2] {
        let mut sides = Side::BOTH;
        sides.sort_by_key(|&side| self.front(side).map_or(u64::MAX, |own| self.order(own.0).number));
        sides
    }

    fn resting(&self, side: Side) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(move |order| order.place == Place::Resting && order.side == side)
    }

    pub fn best_prices(&self) -> BestPrices {
        if self.settings.market == Market::Book { self.book.best_prices() } else { BestPrices::default() }
    }

    pub fn report(&mut self, id: u64, kind: ReportKind) {
        let order = self.order(id);
        let own = (id, order.sent_at, order.arrived_at);
        let (_, sent_at, arrived_at) = self.cause.filter(|cause| cause.0 == id).unwrap_or(own);
        let open = if matches!(kind, ReportKind::Ended(_)) { 0 } else { order.open() };
        let report = ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(id),
            order_id: OrderId(order.number),
            side: order.side,
            kind,
            executed: Quantity::new(order.executed),
            open: Quantity::new(open),
            sent_at,
            arrived_at,
            matched_at: self.now,
            reported_at: self.now,
        };
        self.out.push(report);
    }

    /// A report about an order that was never accepted or is no more.
    pub fn report_stranger(&mut self, id: u64, side: Side, kind: ReportKind, sent_at: Timestamp) {
        self.out.push(ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(id),
            order_id: OrderId(0),
            side,
            kind,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at,
            arrived_at: self.now,
            matched_at: self.now,
            reported_at: self.now,
        });
    }

    pub fn end(&mut self, id: u64, reason: CancelReason) {
        self.report(id, ReportKind::Ended(reason));
        let index = self.index(id);
        self.orders.remove(index);
    }

    /// Fills up to `steps`; a reduce-only order stops at a flat position and ends there. Returns the steps, and whether
    /// the order is gone.
    pub fn fill(&mut self, id: u64, price: i64, steps: i64, liquidity: Liquidity) -> (i64, bool) {
        let order = self.order(id);
        let (side, reduce_only) = (order.side, order.reduce_only);
        let mut steps = steps.min(order.open());
        if reduce_only {
            steps = steps.min(self.reducible(side));
        }
        if steps > 0 {
            let best = self.best_prices();
            let fee = self.post(side, price, steps, liquidity);
            self.order_mut(id).executed += steps;
            let (price, quantity) = (Price::new(price), Quantity::new(steps));
            self.report(id, ReportKind::Filled(Fill { price, quantity, liquidity, fee, best }));
        }
        let index = self.index(id);
        if self.orders[index].open() == 0 {
            self.orders.remove(index);
            return (steps, true);
        }
        let gone = reduce_only && self.reducible(side) == 0;
        if gone {
            self.end(id, CancelReason::ReduceOnly);
        }
        (steps, gone)
    }

    /// The bytes of the venue's digest, layout 1.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1];
        for number in [self.accepted, self.highest.unwrap_or(0), self.bars] {
            bytes.extend(number.to_le_bytes());
        }
        optional(&mut bytes, self.last);
        bytes.extend(self.position.to_le_bytes());
        bytes.extend(self.cash.atto().to_le_bytes());
        bytes.extend(self.reserved(u64::MAX).atto().to_le_bytes());
        bytes.extend((self.orders.len() as u64).to_le_bytes());
        self.orders.iter().for_each(|order| order_bytes(order, &mut bytes));
        for taken in &self.taken {
            bytes.extend((taken.len() as u64).to_le_bytes());
            for level in taken {
                [level.price, level.steps, level.displayed].iter().for_each(|n| bytes.extend(n.to_le_bytes()));
            }
        }
        for side in Side::BOTH {
            self.queue(side).iter().for_each(|id| bytes.extend(id.to_le_bytes()));
        }
        bytes
    }
}

/// Better prices first, then those who came first.
fn priority(order: &Order) -> (i64, u64, u64) {
    (better_first(order.side, order.nominal()), order.since, order.id)
}

fn order_bytes(order: &Order, bytes: &mut Vec<u8>) {
    bytes.extend(order.id.to_le_bytes());
    bytes.extend(order.number.to_le_bytes());
    let place = match order.place {
        Place::Arriving => 0,
        Place::Waiting => 1,
        Place::Pending => 2,
        Place::Resting => 3,
    };
    let flags = u8::from(order.post_only) + 2 * u8::from(order.reduce_only) + 4 * u8::from(order.takes_profit);
    let (time_in_force, until) = match order.time_in_force {
        TimeInForce::GoodTilCancel => (0, 0),
        TimeInForce::ImmediateOrCancel => (1, 0),
        TimeInForce::FillOrKill => (2, 0),
        TimeInForce::GoodTilDate(at) => (3, at.nanos()),
    };
    bytes.extend([u8::from(order.side == Side::Sell), place, flags, time_in_force]);
    bytes.extend(until.to_le_bytes());
    optional(bytes, order.limit);
    optional(bytes, order.trigger);
    for number in [order.total, order.executed, order.ahead, order.traded] {
        bytes.extend(number.to_le_bytes());
    }
}

fn optional(bytes: &mut Vec<u8>, value: Option<i64>) {
    bytes.push(u8::from(value.is_some()));
    bytes.extend(value.unwrap_or(0).to_le_bytes());
}
