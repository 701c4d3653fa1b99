//! An oracle for the book of single orders: R. Cont, S. Stoikov, R. Talreja, "A stochastic model for order book dynamics", 2010.
//!
//! Orders of one unit come to each price at a rate that depends on the distance from the other side, market orders at another, each order
//! is cancelled at a third. Until a best queue is empty the two of them are birth-death processes that do not know of each other,
//! so that probabilities of what is first are the solution of a linear system. A plain simulation on [`Queues`] must agree with it.

use seatrial::book::{OrderKey, QueuedOrder, Queues};
use seatrial::model::Side;
use seatrial::rng::{Rng, Streams};
use seatrial::units::{Price, Quantity};

/// Limit orders a second by distance from the other side's best price, and beyond those: k / distance^alpha.
const LIMIT: [f64; 5] = [1.85, 1.51, 1.09, 0.88, 0.77];
const K: f64 = 1.92;
const ALPHA: f64 = 0.52;
/// Cancels a second of each order, by the same distance; beyond, as at the last.
const CANCEL: [f64; 5] = [0.71, 0.81, 0.68, 0.56, 0.47];
/// Market orders a second, a side.
const MARKET: f64 = 0.94;
/// Farthest distance at which orders come.
const DEEPEST: i64 = 6;
const RUNS: u32 = 3_000;

fn limit_rate(distance: i64) -> f64 {
    LIMIT.get(distance as usize - 1).copied().unwrap_or_else(|| K / (distance as f64).powf(ALPHA))
}

fn cancel_rate(distance: i64) -> f64 {
    CANCEL[(distance as usize - 1).min(CANCEL.len() - 1)]
}

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum First {
    Up,
    Down,
    /// The order that was watched was executed.
    Executed,
}

/// A book whose orders come, go and are taken by the paper's rates.
struct Market {
    book: Queues,
    orders: Vec<OrderKey>,
    /// An order that nobody cancels.
    own: Option<OrderKey>,
    rng: Rng,
}

const BID: i64 = 100;
const ASK: i64 = 101;

impl Market {
    /// So many orders at the best prices, one tick apart, and two at each price behind them.
    fn new(bid: usize, ask: usize, watched: bool, run: u32) -> Self {
        let rng = Streams::new(u64::from(run)).stream("cont-stoikov-talreja");
        let mut market = Self { book: Queues::new(), orders: Vec::new(), own: None, rng };
        (0..bid).for_each(|_| market.add(Side::Buy, BID));
        (0..ask).for_each(|_| market.add(Side::Sell, ASK));
        for behind in 1..DEEPEST {
            for _ in 0..2 {
                market.add(Side::Buy, BID - behind);
                market.add(Side::Sell, ASK + behind);
            }
        }
        market.own = watched.then(|| market.orders[bid - 1]);
        market
    }

    fn add(&mut self, side: Side, price: i64) {
        let order = QueuedOrder { side, price: Price::new(price), quantity: Quantity::new(1) };
        self.orders.push(self.book.add(order));
    }

    fn unit(&mut self) -> f64 {
        ((self.rng.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn distance(&self, key: OrderKey) -> i64 {
        let order = self.book.order(key);
        let other = self.book.best(order.side.opposite()).unwrap();
        (other.ticks() - order.price.ticks()).abs()
    }

    /// Cancels of every order that has an owner who would.
    fn cancel_rates(&self) -> Vec<f64> {
        let rate = |key: &OrderKey| if Some(*key) == self.own { 0.0 } else { cancel_rate(self.distance(*key)) };
        self.orders.iter().map(rate).collect()
    }

    /// One event. Only which is next matters, not when.
    fn step(&mut self) -> Option<First> {
        let cancels = self.cancel_rates();
        let limits: f64 = (1..=DEEPEST).map(limit_rate).sum();
        let total = 2.0 * (limits + MARKET) + cancels.iter().sum::<f64>();
        let mut place = self.unit() * total;
        for side in Side::BOTH {
            if place < limits {
                return self.limit(side, place);
            }
            place -= limits;
            if place < MARKET {
                return self.market(side);
            }
            place -= MARKET;
        }
        let index = cancels.iter().position(|rate| {
            place -= rate;
            place < 0.0
        });
        let key = self.orders.swap_remove(index.unwrap_or(cancels.len() - 1));
        self.book.remove(key);
        self.moved()
    }

    fn limit(&mut self, side: Side, mut place: f64) -> Option<First> {
        let distance = (1..=DEEPEST).find(|distance| {
            place -= limit_rate(*distance);
            place < 0.0
        });
        let other = self.book.best(side.opposite()).unwrap();
        self.add(side, other.ticks() - distance.unwrap_or(DEEPEST) * side.sign());
        self.moved()
    }

    fn market(&mut self, side: Side) -> Option<First> {
        let resting = side.opposite();
        let best = self.book.best(resting).unwrap();
        let mut gone = None;
        self.book.take(resting, Quantity::new(1), best, |taken| gone = Some(taken.key));
        self.orders.retain(|key| Some(*key) != gone);
        if gone == self.own && gone.is_some() { Some(First::Executed) } else { self.moved() }
    }

    fn moved(&self) -> Option<First> {
        let (bid, ask) = (self.book.best(Side::Buy)?.ticks(), self.book.best(Side::Sell)?.ticks());
        match (bid + ask).cmp(&(BID + ASK)) {
            std::cmp::Ordering::Less => Some(First::Down),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(First::Up),
        }
    }

    fn run(mut self) -> First {
        for _ in 0..1_000_000 {
            if let Some(first) = self.step() {
                return first;
            }
        }
        panic!("a million events and the mid stands still");
    }
}

/// Probabilities at all pairs of queues from 0 to `size`: `edge` where one is empty, and between them the mean of what comes next.
/// Queues do not grow beyond `size`. Gauss and Seidel's iteration, until nothing changes by more than 1e-13.
fn solve(
    size: usize,
    edge: &dyn Fn(usize, usize) -> Option<f64>,
    rates: &dyn Fn(usize, usize) -> [f64; 4],
) -> Vec<Vec<f64>> {
    let mut table: Vec<Vec<f64>> =
        (0..=size).map(|bid| (0..=size).map(|ask| edge(bid, ask).unwrap_or(0.5)).collect()).collect();
    for _ in 0..100_000 {
        let mut change = 0.0_f64;
        for bid in 1..=size {
            for ask in 1..=size {
                let [bid_up, bid_down, ask_up, ask_down] = rates(bid, ask);
                let [bid_up, ask_up] = [if bid < size { bid_up } else { 0.0 }, if ask < size { ask_up } else { 0.0 }];
                let sum = bid_up * table[(bid + 1).min(size)][ask]
                    + bid_down * table[bid - 1][ask]
                    + ask_up * table[bid][(ask + 1).min(size)]
                    + ask_down * table[bid][ask - 1];
                let value = sum / (bid_up + bid_down + ask_up + ask_down);
                change = change.max((value - table[bid][ask]).abs());
                table[bid][ask] = value;
            }
        }
        if change < 1e-13 {
            return table;
        }
    }
    panic!("no solution");
}

fn queue_rates(orders: usize) -> [f64; 2] {
    [LIMIT[0], MARKET + CANCEL[0] * orders as f64]
}

/// The mid moves up where the ask's queue is empty first.
fn up_table(size: usize) -> Vec<Vec<f64>> {
    let edge = |bid, ask| match (bid, ask) {
        (_, 0) => Some(1.0),
        (0, _) => Some(0.0),
        _ => None,
    };
    solve(size, &edge, &|bid, ask| {
        let ([a, b], [c, d]) = (queue_rates(bid), queue_rates(ask));
        [a, b, c, d]
    })
}

/// The last of the bid's orders is executed before the ask's queue is empty: those before it go, those behind do not matter.
fn executed_table(size: usize) -> Vec<Vec<f64>> {
    let edge = |ahead, ask| match (ahead, ask) {
        (0, _) => Some(1.0),
        (_, 0) => Some(0.0),
        _ => None,
    };
    solve(size, &edge, &|place, ask| {
        let [c, d] = queue_rates(ask);
        [0.0, MARKET + CANCEL[0] * (place - 1) as f64, c, d]
    })
}

/// Share of runs that end so, against a probability: within three standard errors.
fn agrees(bid: usize, ask: usize, watched: bool, first: First, expected: f64) {
    let offset = 1_000_000 * (bid * 10 + ask) as u32;
    let count = (0..RUNS).filter(|run| Market::new(bid, ask, watched, offset + run).run() == first).count();
    let found = count as f64 / f64::from(RUNS);
    let error = (expected * (1.0 - expected) / f64::from(RUNS)).sqrt();
    assert!((found - expected).abs() <= 3.0 * error, "{bid} bids, {ask} asks: {found}, expected {expected} +- {error}");
}

#[test]
fn the_lattice_is_large_enough() {
    for table in [up_table, executed_table] {
        let (small, large) = (table(20), table(30));
        let differ = |bid: usize, ask: usize| (small[bid][ask] - large[bid][ask]).abs();
        let most = (1..=5).flat_map(|bid| (1..=5).map(move |ask| differ(bid, ask))).fold(0.0, f64::max);
        assert!(most < 1e-8, "cutting queues at 20 orders changes a probability by {most}");
    }
}

/// Symmetry, which the solution must have whatever the rates: alike queues make up and down alike likely.
#[test]
fn alike_queues_go_up_as_often_as_down() {
    let table = up_table(20);
    let sum = |bid: usize, ask: usize| table[bid][ask] + table[ask][bid];
    for (bid, ask) in (1..=5).flat_map(|bid| (1..=5).map(move |ask| (bid, ask))) {
        assert!((sum(bid, ask) - 1.0).abs() < 1e-9, "{bid}, {ask}: {}", sum(bid, ask));
    }
}

#[test]
fn the_mid_goes_up_as_often_as_the_queues_say() {
    let table = up_table(20);
    for (bid, ask) in [(1, 1), (1, 3), (3, 2), (5, 1)] {
        agrees(bid, ask, false, First::Up, table[bid][ask]);
    }
}

#[test]
fn an_order_is_executed_before_the_mid_moves_as_often_as_its_place_says() {
    let table = executed_table(20);
    for (place, ask) in [(1, 1), (2, 1), (1, 4), (3, 3), (5, 2)] {
        agrees(place, ask, true, First::Executed, table[place][ask]);
    }
}
