//! An oracle for the book of single orders: R. Cont, S. Stoikov, R. Talreja, "A stochastic model for order book dynamics", Operations Research 58 (3), 2010.
//!
//! Orders of one unit come to each price at a rate that depends on the distance from the other side, market orders at another, each order
//! is cancelled at a third. Until a best queue is empty the two of them are birth-death processes that do not know of each other,
//! so that probabilities of what is first are the solution of a linear system. Three things have to agree: what the paper printed, that
//! solution, and a plain simulation on [`Queues`], within three standard errors. The generator itself, given these constants, is held against the same tables in
//! `src/synth/flow/talreja_tests.rs`.
//!
//! Constants and tables are those of the authors' preprint (columbia.edu/~ww2040/orderbook.pdf), read in a transcription of it: Table 2 (Sky Perfect Communications) and the
//! rows by Laplace transforms of Tables 3, 4 and 5. Tables 3 and 5 are what the paper's text says they are. **Table 4 is not**: said to be the chance that an order at the bid is executed
//! before the mid moves, it is, in each of its 25 places and to its last digit, the chance that the mid moves *before* that, with the queues exchanged: 1 less Proposition 5 of (b, a)
//! for (a, b). Both are held here, the proposition and the table as it is printed. For a spread above 1 the paper has a formula (Proposition 3) and no table: there the solution stands for it.

#[path = "cont_stoikov_talreja/printed.rs"]
mod printed;

use printed::{CANCEL, LIMIT, MARKET, Printed, TABLE_3, TABLE_4, TABLE_5};
use seatrial::book::{OrderKey, QueuedOrder, Queues};
use seatrial::model::Side;
use seatrial::rng::{Rng, Streams};
use seatrial::units::{Price, Quantity};

/// Beyond the rates of Table 2: k / distance^alpha.
const K: f64 = 1.92;
const ALPHA: f64 = 0.52;
/// Farthest distance at which orders come.
const DEEPEST: i64 = 6;
const RUNS: u32 = 5_000;

/// Orders of a queue beyond which it does not grow in what is solved.
const LONGEST: usize = 20;

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
    /// All orders that were watched were executed.
    Executed,
}

/// A book at the start: orders at the best prices, ticks between them, and whose last order is watched, which nobody cancels.
#[derive(Debug, Clone, Copy)]
struct Opening {
    bid: usize,
    ask: usize,
    spread: i64,
    watched: [bool; 2],
}

impl Opening {
    fn tight(bid: usize, ask: usize, watched: [bool; 2]) -> Self {
        Self { bid, ask, spread: 1, watched }
    }
}

/// A book whose orders come, go and are taken by the paper's rates.
struct Market {
    book: Queues,
    orders: Vec<OrderKey>,
    /// Orders that nobody cancels.
    own: Vec<OrderKey>,
    is_watched: bool,
    /// Twice the mid at the start.
    opened_at: i64,
    rng: Rng,
}

const BID: i64 = 100;

impl Market {
    fn new(opening: Opening) -> Self {
        let is_watched = opening.watched.contains(&true);
        let opened_at = 2 * BID + opening.spread;
        let rng = Streams::new(0).stream("cont-stoikov-talreja");
        Self { book: Queues::new(), orders: Vec::new(), own: Vec::new(), is_watched, opened_at, rng }
    }

    /// Begins anew; two orders stand at each price behind the best ones.
    fn open(&mut self, opening: Opening, run: u64) {
        self.rng = Streams::new(run).stream("cont-stoikov-talreja");
        for key in std::mem::take(&mut self.orders) {
            self.book.remove(key);
        }
        self.own.clear();
        for (side, best, orders) in [(Side::Buy, BID, opening.bid), (Side::Sell, BID + opening.spread, opening.ask)] {
            (0..orders).for_each(|_| self.add(side, best));
            if opening.watched[side.index()] {
                self.own.extend(self.orders.last());
            }
            for behind in 1..DEEPEST {
                (0..2).for_each(|_| self.add(side, best - behind * side.sign()));
            }
        }
    }

    fn add(&mut self, side: Side, price: i64) {
        let order = QueuedOrder { side, price: Price::new(price), quantity: Quantity::new(1) };
        self.orders.push(self.book.add(order));
    }

    fn unit(&mut self) -> f64 {
        ((self.rng.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Cancels of every order that has an owner who would.
    fn cancel_rates(&self) -> Vec<f64> {
        let best = Side::BOTH.map(|side| self.book.best(side).unwrap().ticks());
        let rate = |key: &OrderKey| {
            let order = self.book.order(*key);
            let distance = (best[order.side.opposite().index()] - order.price.ticks()).abs();
            if self.own.contains(key) { 0.0 } else { cancel_rate(distance) }
        };
        self.orders.iter().map(rate).collect()
    }

    /// One event. Only which is next matters, not when.
    fn step(&mut self, limits: f64) -> Option<First> {
        let cancels = self.cancel_rates();
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
        self.own.retain(|key| Some(*key) != gone);
        // That it was executed comes before what it leaves behind.
        if self.is_watched && self.own.is_empty() { Some(First::Executed) } else { self.moved() }
    }

    fn moved(&self) -> Option<First> {
        // Nothing at all is left of a side, behind the best price neither: it has moved away.
        let Some(bid) = self.book.best(Side::Buy) else { return Some(First::Down) };
        let Some(ask) = self.book.best(Side::Sell) else { return Some(First::Up) };
        let (bid, ask) = (bid.ticks(), ask.ticks());
        match (bid + ask).cmp(&self.opened_at) {
            std::cmp::Ordering::Less => Some(First::Down),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(First::Up),
        }
    }

    fn run(&mut self, limits: f64) -> First {
        for _ in 0..1_000_000 {
            if let Some(first) = self.step(limits) {
                return first;
            }
        }
        panic!("a million events and the mid stands still");
    }
}

/// A race on the lattice of two queues: who has won where one is empty, how queues change by one order, and at what rates it ends from anywhere.
struct Race<'a> {
    edge: &'a dyn Fn(usize, usize) -> Option<f64>,
    /// One more and one less at the bid, one more and one less at the ask.
    rates: &'a dyn Fn(usize, usize) -> [f64; 4],
    wins: f64,
    loses: f64,
}

impl Race<'_> {
    /// Probabilities at all pairs of queues from 0 to `size`: the mean of what comes next. Queues do not grow beyond `size`. Gauss and Seidel's iteration,
    /// until nothing changes by more than 1e-13.
    fn solve(&self, size: usize) -> Vec<Vec<f64>> {
        let mut table: Vec<Vec<f64>> =
            (0..=size).map(|bid| (0..=size).map(|ask| (self.edge)(bid, ask).unwrap_or(0.5)).collect()).collect();
        for _ in 0..100_000 {
            let mut change = 0.0_f64;
            for bid in 1..=size {
                for ask in 1..=size {
                    let value = self.next(&table, bid, ask);
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

    fn next(&self, table: &[Vec<f64>], bid: usize, ask: usize) -> f64 {
        let size = table.len() - 1;
        let [bid_up, bid_down, ask_up, ask_down] = (self.rates)(bid, ask);
        let [bid_up, ask_up] = [if bid < size { bid_up } else { 0.0 }, if ask < size { ask_up } else { 0.0 }];
        let sum = bid_up * table[(bid + 1).min(size)][ask]
            + bid_down * table[bid - 1][ask]
            + ask_up * table[bid][(ask + 1).min(size)]
            + ask_down * table[bid][ask - 1]
            + self.wins;
        sum / (bid_up + bid_down + ask_up + ask_down + self.wins + self.loses)
    }
}

fn queue_rates(orders: usize, spread: i64) -> [f64; 2] {
    [limit_rate(spread), MARKET + cancel_rate(spread) * orders as f64]
}

/// An order of which `place` counts itself and those before it gets nearer: nobody cancels itself.
fn place_rate(place: usize, spread: i64) -> f64 {
    MARKET + cancel_rate(spread) * (place - 1) as f64
}

/// Limit orders a second of one side that come between the best prices.
fn between(spread: i64) -> f64 {
    (1..spread).map(limit_rate).sum()
}

/// Proposition 3: the mid moves up where the ask's queue is empty first, or somebody bids between the best prices before somebody offers there.
fn up_table(size: usize, spread: i64) -> Vec<Vec<f64>> {
    let edge = |bid, ask| match (bid, ask) {
        (_, 0) => Some(1.0),
        (0, _) => Some(0.0),
        _ => None,
    };
    let rates = |bid, ask| {
        let ([a, b], [c, d]) = (queue_rates(bid, spread), queue_rates(ask, spread));
        [a, b, c, d]
    };
    Race { edge: &edge, rates: &rates, wins: between(spread), loses: between(spread) }.solve(size)
}

/// Proposition 5: the last of the bid's orders is executed before the ask's queue is empty, and before anybody comes between: those before it go, those behind do
/// not matter.
fn executed_table(size: usize, spread: i64) -> Vec<Vec<f64>> {
    let edge = |ahead, ask| match (ahead, ask) {
        (0, _) => Some(1.0),
        (_, 0) => Some(0.0),
        _ => None,
    };
    let rates = |place, ask| {
        let [c, d] = queue_rates(ask, spread);
        [0.0, place_rate(place, spread), c, d]
    };
    Race { edge: &edge, rates: &rates, wins: 0.0, loses: 2.0 * between(spread) }.solve(size)
}

/// Proposition 6: both last orders are executed before a queue is empty. Until one of them is, orders that have come behind it are a queue of their own.
/// `h[bid][ask][behind]` is the chance that the bid's is first and the ask's is in time, with so many behind the bid's; then it is a race of the
/// ask's place against those.
fn both_executed(bid: usize, ask: usize, size: usize) -> f64 {
    let late = executed_table(size, 1);
    let first = |bid: usize, ask: usize| first_then(bid, ask, size, &late)[0];
    first(bid, ask) + first(ask, bid)
}

fn first_then(bid: usize, ask: usize, size: usize, late: &[Vec<f64>]) -> Vec<f64> {
    if ask == 0 {
        return vec![0.0; size + 1]; // the other was first
    }
    let (nearer, other) = (place_rate(bid, 1), place_rate(ask, 1));
    let after = if bid > 1 { first_then(bid - 1, ask, size, late) } else { late[ask].clone() };
    let after_other = first_then(bid, ask - 1, size, late);
    let mut chance = vec![0.5; size + 1];
    for _ in 0..100_000 {
        let mut change = 0.0_f64;
        for behind in 0..=size {
            let come = if behind < size { limit_rate(1) } else { 0.0 };
            let go = cancel_rate(1) * behind as f64;
            let sum = nearer * after[behind]
                + other * after_other[behind]
                + come * chance[(behind + 1).min(size)]
                + go * chance[behind.saturating_sub(1)];
            let value = sum / (nearer + other + come + go);
            change = change.max((value - chance[behind]).abs());
            chance[behind] = value;
        }
        if change < 1e-13 {
            return chance;
        }
    }
    panic!("no solution");
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (1..=5).flat_map(|bid| (1..=5).map(move |ask| (bid, ask)))
}

/// Share of runs that end so.
fn simulated(opening: Opening, runs: u32, ends: impl Fn(First) -> bool) -> f64 {
    let Opening { bid, ask, spread, watched } = opening;
    let what = (spread as usize * 4 + usize::from(watched[0]) * 2 + usize::from(watched[1])) * 100 + bid * 10 + ask;
    let first = 1_000_000 * what as u64;
    let limits: f64 = (1..=DEEPEST).map(limit_rate).sum();
    let mut market = Market::new(opening);
    let count = (0..runs).filter(|run| {
        market.open(opening, first + u64::from(*run));
        ends(market.run(limits))
    });
    let count = count.count();
    count as f64 / f64::from(runs)
}

/// Within three standard errors of that many runs.
#[track_caller]
fn agrees(what: &str, found: f64, expected: f64, runs: u32) {
    let error = (expected * (1.0 - expected) / f64::from(runs)).sqrt();
    assert!((found - expected).abs() <= 3.0 * error, "{what}: {found}, expected {expected} +- {error}");
}

/// A table of the paper is what is solved, to a unit of its last digit.
#[track_caller]
fn is_printed(table: &Printed, solved: impl Fn(usize, usize) -> f64) {
    for (bid, ask) in pairs() {
        let (found, printed) = (solved(bid, ask), table[bid - 1][ask - 1]);
        assert!((found - printed).abs() < 0.001, "{bid} bids, {ask} asks: {found}, printed {printed}");
    }
}

#[test]
fn the_lattice_is_large_enough() {
    for spread in [1, 3] {
        for table in [up_table, executed_table] {
            let (small, large) = (table(LONGEST, spread), table(30, spread));
            let most = pairs().map(|(bid, ask)| (small[bid][ask] - large[bid][ask]).abs()).fold(0.0, f64::max);
            assert!(most < 1e-8, "cutting queues at {LONGEST} orders changes a probability by {most}");
        }
    }
    let differ = (both_executed(5, 5, LONGEST) - both_executed(5, 5, 30)).abs();
    assert!(differ < 1e-8, "cutting queues at {LONGEST} orders changes it by {differ}");
}

/// Symmetry, which the solution must have whatever the rates: alike queues make up and down alike likely.
#[test]
fn alike_queues_go_up_as_often_as_down() {
    for spread in [1, 2, 4] {
        let table = up_table(LONGEST, spread);
        for (bid, ask) in pairs() {
            let sum = table[bid][ask] + table[ask][bid];
            assert!((sum - 1.0).abs() < 1e-9, "{bid}, {ask}: {sum}");
        }
    }
}

#[test]
fn the_paper_s_tables_are_the_solution_to_their_last_digit() {
    let (up, executed) = (up_table(LONGEST, 1), executed_table(LONGEST, 1));
    is_printed(&TABLE_3, |bid, ask| up[bid][ask]);
    is_printed(&TABLE_4, |bid, ask| 1.0 - executed[ask][bid]);
    is_printed(&TABLE_5, |bid, ask| both_executed(bid, ask, LONGEST));
    // What Table 4 is said to be is something else: no rounding explains it.
    let off = pairs().map(|(bid, ask)| (executed[bid][ask] - TABLE_4[bid - 1][ask - 1]).abs()).fold(0.0, f64::max);
    assert!(off > 0.2, "{off}");
}

/// Table 3.
#[test]
fn the_mid_goes_up_as_often_as_the_paper_says() {
    let table = up_table(LONGEST, 1);
    for (bid, ask) in pairs() {
        let found = simulated(Opening::tight(bid, ask, [false; 2]), RUNS, |first| first == First::Up);
        agrees(&format!("solved, {bid} bids, {ask} asks"), found, table[bid][ask], RUNS);
        agrees(&format!("printed, {bid} bids, {ask} asks"), found, TABLE_3[bid - 1][ask - 1], RUNS);
    }
}

/// Proposition 5, by the order at the bid; and Table 4, by the order at the ask: the bid's queue of b is empty before the last of the ask's a orders is executed.
#[test]
fn an_order_is_executed_before_the_mid_moves_as_often_as_the_paper_says() {
    let table = executed_table(LONGEST, 1);
    for (bid, ask) in pairs() {
        let at_bid = simulated(Opening::tight(bid, ask, [true, false]), RUNS, |first| first == First::Executed);
        agrees(&format!("solved, place {bid}, {ask} asks"), at_bid, table[bid][ask], RUNS);
        let at_ask = simulated(Opening::tight(bid, ask, [false, true]), RUNS, |first| first != First::Executed);
        agrees(&format!("printed, {bid} bids, place {ask}"), at_ask, TABLE_4[bid - 1][ask - 1], RUNS);
    }
}

/// Table 5.
#[test]
fn the_spread_is_made_as_often_as_the_paper_says() {
    for (bid, ask) in pairs() {
        let found = simulated(Opening::tight(bid, ask, [true; 2]), RUNS, |first| first == First::Executed);
        agrees(&format!("solved, places {bid} and {ask}"), found, both_executed(bid, ask, LONGEST), RUNS);
        agrees(&format!("printed, places {bid} and {ask}"), found, TABLE_5[bid - 1][ask - 1], RUNS);
    }
}

/// Propositions 3 and 5 for a spread of two and of three ticks, where orders also come between the best prices.
#[test]
fn a_wider_spread_has_the_solved_probabilities() {
    for spread in [2, 3] {
        let (up, executed) = (up_table(LONGEST, spread), executed_table(LONGEST, spread));
        for (bid, ask) in [(1, 1), (1, 4), (3, 2), (5, 1)] {
            let opening = Opening { spread, ..Opening::tight(bid, ask, [false; 2]) };
            let found = simulated(opening, RUNS, |first| first == First::Up);
            agrees(&format!("up, spread {spread}, {bid} bids, {ask} asks"), found, up[bid][ask], RUNS);
            let opening = Opening { watched: [true, false], ..opening };
            let found = simulated(opening, RUNS, |first| first == First::Executed);
            agrees(&format!("executed, spread {spread}, place {bid}, {ask} asks"), found, executed[bid][ask], RUNS);
        }
    }
}
