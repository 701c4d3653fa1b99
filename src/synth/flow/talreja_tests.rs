//! The generator as the model of Cont, Stoikov and Talreja: nobody brings about anybody, no price moves, every order is one step at the best price and as patient as
//! all others. Until a best queue is empty that is their model, and what comes first has the probabilities that they printed; with a venue's orders in the same
//! queues too, as the closed loop has them.

#[path = "../../../tests/cont_stoikov_talreja/printed.rs"]
mod printed;

use super::FlowModel;
use super::market::{Flow, Stepped, Ties};
use super::resting::Patience;
use super::tests::{START, preset};
use crate::book::{QueuedOrder, SharedEvent};
use crate::model::{OrderId, Side};
use crate::rng::Streams;
use crate::units::{DAY, Price, Quantity};
use printed::{CANCEL, LIMIT, MARKET, Printed, TABLE_3, TABLE_4, TABLE_5};

const BID: i64 = 1_000;
const RUNS: u32 = 4_000;

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum First {
    Up,
    Down,
    /// All orders of the venue were executed.
    Executed,
}

/// The paper's rates a second, by both sides together, and nothing else that happens.
fn model() -> FlowModel {
    let mut model = preset("crypto-alt");
    (model.instrument.start_ticks, model.price.volatility_bps_per_day) = (BID, 0.01);
    (model.price.flow_share, model.price.jumps_per_day) = (0.0, 0.0);
    (model.pace.hours, model.pace.weekdays, model.pace.minute_bursts) = (vec![1.0; 24], vec![1.0; 7], [1.0; 3]);
    model.pace.factors.clear();
    model.pace.regimes.truncate(1);
    model.pace.regimes[0].volatility = 1.0;
    let orders = &mut model.orders;
    (orders.market_per_second, orders.limit_per_second) = (2.0 * MARKET, 2.0 * LIMIT[0]);
    (orders.market_by_market, orders.limit_by_market, orders.limit_by_limit) = (0.0, 0.0, 0.0);
    (orders.market_sizes, orders.limit_sizes) = (vec![(0, 1), (1_000_000, 1)], vec![(0, 1), (1_000_000, 1)]);
    (orders.slippage_bps, orders.lean, orders.imbalance_lean) = (0.0, 0.0, 0.0);
    model.metaorders.share = 0.0;
    let book = &mut model.book;
    (book.touch_share, book.fleeting_share, book.depth_growth) = (1.0, 0.0, 0.0);
    book.lives_seconds = [1.0 / CANCEL[0]; 3];
    (model.providers.edge_ticks, model.providers.tight_ticks, model.providers.withdrawal) = (0.3, 1, 0.0);
    model
}

struct Market {
    flow: Flow,
    /// Orders of the venue that are not executed yet.
    own: usize,
}

impl Market {
    fn new(seed: u64) -> Self {
        let span = (START.nanos(), START.plus(DAY.times(3_650)).nanos());
        let mut flow = Flow::new(&model(), &[], span, Streams::new(seed), &Ties::NONE);
        // Half way between the best prices: whoever comes joins them.
        flow.price.scripted(libm::log((BID as f64 + 0.5) / BID as f64));
        Self { flow, own: 0 }
    }

    /// Begins anew with so many orders at the bid and at the ask, the last of a side the venue's where that is asked for.
    fn open(&mut self, queues: [usize; 2], own: [bool; 2]) {
        let orders = &mut self.flow.orders;
        for side in Side::BOTH {
            orders.withdraw_own(OrderId(side.index() as u64));
            while let Some(best) = orders.best(side) {
                orders.pull(side, best);
            }
            let price = Price::new(if side == Side::Buy { BID } else { BID + 1 });
            let order = QueuedOrder { side, price, quantity: Quantity::new(1) };
            let others = queues[side.index()] - usize::from(own[side.index()]);
            (0..others).for_each(|_| orders.rest(order, Patience::Ordinary));
            if own[side.index()] {
                assert!(orders.rest_own(OrderId(side.index() as u64), order), "{order:?} does not rest");
            }
        }
        self.own = own.into_iter().filter(|own| *own).count();
    }

    fn run(&mut self, queues: [usize; 2], own: [bool; 2]) -> First {
        self.open(queues, own);
        let (mut message, mut events) = (Vec::new(), Vec::new());
        loop {
            let stepped = self.flow.step(i64::MAX, &mut message);
            assert_eq!(stepped, Stepped::Message, "at {} of ten years", self.flow.now());
            message.clear();
            self.flow.orders.own.hand_over(&mut events);
            let hit = events.drain(..).filter(|event| matches!(event, SharedEvent::Taken { .. })).count();
            self.own -= hit;
            // That it was executed comes before what it leaves behind.
            if hit > 0 && self.own == 0 {
                return First::Executed;
            }
            match Side::BOTH.map(|side| self.flow.orders.best(side)) {
                [_, None] => return First::Up,
                [None, _] => return First::Down,
                [Some(bid), Some(ask)] => assert_eq!((bid.ticks(), ask.ticks()), (BID, BID + 1), "nobody moves it"),
            }
        }
    }
}

/// Every place of a table within three standard errors, and all of them together no farther off than chance has it: the sum of 25 squares.
fn agrees(own: [bool; 2], seed: u64, ends: impl Fn(First) -> bool, printed: impl Fn(usize, usize) -> f64) {
    let mut market = Market::new(seed);
    let mut squares = 0.0;
    for (bid, ask) in (1..=5).flat_map(|bid| (1..=5).map(move |ask| (bid, ask))) {
        let count = (0..RUNS).filter(|_| ends(market.run([bid, ask], own))).count();
        let (found, expected) = (count as f64 / f64::from(RUNS), printed(bid, ask));
        let off = (found - expected) / libm::sqrt(expected * (1.0 - expected) / f64::from(RUNS));
        assert!(off.abs() <= 3.0, "{bid} bids, {ask} asks: {found}, printed {expected}: {off} standard errors");
        squares += off * off;
    }
    assert!((9.0..=50.0).contains(&squares), "the sum of the squares of 25 deviations is {squares}");
}

fn place(table: &Printed, bid: usize, ask: usize) -> f64 {
    table[bid - 1][ask - 1]
}

/// Table 3.
#[test]
fn the_mid_goes_up_as_often_as_the_paper_says() {
    agrees([false; 2], 1, |first| first == First::Up, |bid, ask| place(&TABLE_3, bid, ask));
}

/// Table 4, as it is printed: the mid moves before the last of the asks, the venue's, is executed.
#[test]
fn an_order_of_the_venue_is_executed_as_often_as_the_paper_says() {
    agrees([false, true], 2, |first| first != First::Executed, |bid, ask| place(&TABLE_4, bid, ask));
}

/// Table 5: the last orders of both sides, the venue's, are executed before the mid moves.
#[test]
fn the_venue_makes_the_spread_as_often_as_the_paper_says() {
    agrees([true; 2], 3, |first| first == First::Executed, |bid, ask| place(&TABLE_5, bid, ask));
}
