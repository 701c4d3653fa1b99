//! The venue alone: what requests and prints cost beside resting orders, and after many earlier ones.
//!
//! `cargo bench --no-default-features --bench venue`. CPU time of the thread, median of five rounds. Gates are off; what they
//! cost stands in the bench of the gates.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/desk.rs"]
#[expect(dead_code, reason = "other benches use the rest")]
mod desk;
#[path = "support/timing.rs"]
mod timing;

use desk::{START_NS, buy, instrument, risk};
use seatrial::book::Ladder;
use seatrial::gates::{GateConfig, Gates};
use seatrial::model::{ClientOrderId, ExecutionReport, Intent, Side};
use seatrial::units::{Money, Price, Quantity, Timestamp};
use seatrial::venue::{FillPreset, Funds, MarketKind, Venue, VenueConfig};
use std::hint::black_box;
use timing::print_each;

const ROUND: u64 = 200_000;
const BEST_BID: i64 = 10_000;

fn main() {
    for resting in [0, 10, 1_000, 10_000] {
        let mut market = Market::new(resting);
        market.requests(&format!("submit + cancel beside {resting} resting orders"), ROUND);
    }
    earlier();
    for resting in [0, 10, 1_000, 10_000] {
        Market::new(resting).prints(&format!("trade at the best price, {resting} own orders behind it"));
    }
    for resting in [1, 10, 1_000, 10_000] {
        fills(resting);
    }
}

/// Cost of a request after few and after many earlier orders: the same when nothing of them is kept.
fn earlier() {
    let mut market = Market::new(10);
    market.requests("submit + cancel, the first 100,000 orders of a run", 20_000);
    for _ in 0..9 {
        (0..100_000).for_each(|_| market.request());
    }
    market.requests("submit + cancel after 1,000,000 earlier orders", 20_000);
}

/// A venue with a book and orders resting behind the best bid, a hundred a level.
struct Market {
    venue: Venue,
    gates: Gates,
    book: Ladder,
    out: Vec<ExecutionReport>,
    now: i64,
    number: u64,
}

impl Market {
    fn new(resting: u64) -> Self {
        let (instrument, config) = (instrument(), VenueConfig::preset(FillPreset::Neutral));
        let funds = Funds { quote: Money::from_units(1_000_000_000_000), position: Quantity::ZERO };
        let mut book = Ladder::new();
        for behind in 0..200 {
            book.set(Side::Buy, Price::new(BEST_BID - behind), Quantity::new(1_000));
            book.set(Side::Sell, Price::new(BEST_BID + 1 + behind), Quantity::new(1_000));
        }
        let mut market = Self {
            venue: Venue::new(&instrument, &config, MarketKind::L2, &funds).expect("an instrument that fits"),
            gates: Gates::new(&GateConfig::off(), &instrument).expect("no limits"),
            book,
            out: Vec::new(),
            now: START_NS,
            number: 0,
        };
        for index in 0..resting {
            market.submit(BEST_BID - 10 - index as i64 / 100);
        }
        assert_eq!(u64::from(market.venue.open_orders()), resting, "resting orders");
        market
    }

    fn submit(&mut self, price: i64) {
        (self.number, self.now) = (self.number + 1, self.now + 1_000);
        self.submit_order(buy(self.number, price));
    }

    fn submit_order(&mut self, intent: Intent) {
        let order = self.gates.clear_order(intent, &risk(self.now)).expect("no gate");
        let at = Timestamp::from_nanos(self.now);
        self.venue.submit(order, at, &mut self.book, &mut self.out).expect("no overflow");
        self.out.clear();
    }

    /// A new order and its cancel.
    fn request(&mut self) {
        self.submit(BEST_BID - 5);
        let cancel = self.gates.clear_cancel(ClientOrderId(self.number), &risk(self.now)).expect("no gate");
        let at = Timestamp::from_nanos(self.now);
        self.venue.cancel(cancel, at, &mut self.book, &mut self.out);
        assert_eq!(self.out.len(), 1, "one report a cancel");
        self.out.clear();
    }

    fn requests(&mut self, name: &str, count: u64) {
        print_each(name, count, || (0..count).for_each(|_| self.request()));
    }

    /// Prints that pass no own order: the venue is asked although the engine would not have.
    fn prints(&mut self, name: &str) {
        print_each(name, ROUND, || {
            for _ in 0..ROUND {
                self.print(1);
            }
            black_box(self.out.len());
        });
    }

    fn print(&mut self, quantity: i64) {
        self.now += 1_000;
        let (price, at) = (Price::new(BEST_BID), Timestamp::from_nanos(self.now));
        let (book, out) = (&mut self.book, &mut self.out);
        self.venue.on_trade(price, Quantity::new(quantity), Side::Sell, at, book, out).expect("no overflow");
    }
}

/// Own orders at the best price, filled whole by one print through them.
fn fills(resting: u64) {
    let (mut market, rounds) = (Market::new(0), (20_000 / resting).max(1));
    let name = format!("order placed and filled by one trade through {resting} of them");
    print_each(&name, rounds * resting, || {
        for _ in 0..rounds {
            (0..resting).for_each(|_| market.submit(BEST_BID));
            market.now += 1_000;
            let (price, at) = (Price::new(BEST_BID - 1), Timestamp::from_nanos(market.now));
            let quantity = Quantity::new(resting as i64);
            let (book, out) = (&mut market.book, &mut market.out);
            market.venue.on_trade(price, quantity, Side::Sell, at, book, out).expect("no overflow");
            assert_eq!(out.len() as u64, resting, "fills");
            out.clear();
        }
    });
}
