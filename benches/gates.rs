//! The gates alone: what the judgement of one order costs with all of them armed.
//!
//! `cargo bench --no-default-features --bench gates`. CPU time of the thread, median of five rounds.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/desk.rs"]
mod desk;
#[path = "support/timing.rs"]
mod timing;

use desk::{START_NS, armed, buy, risk};
use seatrial::gates::{GateConfig, Gates};
use seatrial::model::{ClientOrderId, Intent, Mark, MarketId};
use seatrial::units::Quantity;
use std::hint::black_box;
use timing::print_each;

const ORDERS: u64 = 1_000_000;
/// Between two orders, so that the burst gate forgets as it goes.
const STEP_NS: i64 = 1_000;

fn main() {
    let off = Gates::new(&GateConfig::off(), &desk::instrument()).expect("no limits");
    orders("order cleared, all gates off", off);
    orders("order cleared, all gates armed", armed());
    refusals();
    cancels();
    marks();
}

fn orders(name: &str, mut gates: Gates) {
    let (mut number, mut now) = (0, START_NS);
    print_each(name, ORDERS, || {
        for _ in 0..ORDERS {
            (number, now) = (number + 1, now + STEP_NS);
            let cleared = gates.clear_order(buy(number, 9_990), &risk(now)).expect("limits far away");
            black_box(cleared);
        }
    });
}

fn refusals() {
    let (mut gates, mut now) = (armed(), START_NS);
    print_each("order refused for its value", ORDERS, || {
        for number in 0..ORDERS {
            now += STEP_NS;
            let huge = Intent { quantity: Quantity::new(1 << 40), ..buy(number, 9_990) };
            black_box(gates.clear_order(huge, &risk(now)).expect_err("a limit that binds"));
        }
    });
}

fn cancels() {
    let (mut gates, mut now) = (armed(), START_NS);
    print_each("cancel cleared, all gates armed", ORDERS, || {
        for number in 0..ORDERS {
            now += STEP_NS;
            black_box(gates.clear_cancel(ClientOrderId(number), &risk(now)).expect("nothing stops a cancel"));
        }
    });
}

fn marks() {
    let (mut gates, mut events, mut now) = (armed(), Vec::new(), START_NS);
    print_each("mark of the risk clock, all gates armed", ORDERS, || {
        for _ in 0..ORDERS {
            now += 1_000_000_000;
            gates.on_mark(&mark(now), &mut events);
        }
    });
    assert!(events.is_empty(), "{} events, expected none", events.len());
}

fn mark(now: i64) -> Mark {
    let view = risk(now);
    Mark {
        market: MarketId::FIRST,
        at: view.now,
        best: view.best,
        position: view.position,
        equity: view.equity,
        open_orders: 0,
        feed_latency_ns: 1_000_000,
    }
}
