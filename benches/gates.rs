//! The gates alone: what the judgement of one order costs with all of them armed.
//!
//! `cargo bench --no-default-features --bench gates` prints a table: CPU time of the thread, median of five rounds. With
//! `-- WORKLOAD ORDERS [EARLIER [DAYS]]` it judges so many orders of one workload, after so many earlier ones (sent, filled and reported)
//! on so many days, and prints nothing: that is what the instruction count in `.ci/instructions` measures. Workloads: `off`, `armed` (flat,
//! nothing open), `busy` (a position, orders of both sides open), `busy-GATE` (the same with one gate off).

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/desk.rs"]
mod desk;
#[path = "support/timing.rs"]
mod timing;

use desk::{START_NS, armed, armed_but, busy, buy, filled, mark, risk};
use seatrial::gates::{Execution, GateConfig, Gates, RiskView};
use seatrial::model::{ClientOrderId, Intent};
use seatrial::units::{DAY, Money, Quantity, Timestamp};
use std::env;
use std::hint::black_box;
use timing::print_each;

const ORDERS: u64 = 1_000_000;
/// Between two orders, so that the burst gate forgets as it goes.
const STEP_NS: i64 = 1_000;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let numbers = words.iter().skip(1).map(|word| word.parse().expect("a number"));
    match (words.first(), numbers.collect::<Vec<u64>>().as_slice()) {
        (Some(workload), [orders, history @ ..]) => {
            let earlier = history.first().copied().unwrap_or(0);
            let days = history.get(1).copied().unwrap_or(1);
            Desk::after(workload, earlier, days).orders(*orders);
        }
        _ => table(),
    }
}

fn table() {
    orders("order cleared, all gates off", Desk::after("off", 0, 1));
    orders("order cleared, all gates armed", Desk::after("armed", 0, 1));
    orders("the same, orders of both sides open", Desk::after("busy", 0, 1));
    for (earlier, days) in [(10, 1), (1_000, 1), (100_000, 1), (1_000, 30), (1_000, 365)] {
        orders(&format!("the same after {earlier} orders in {days} days"), Desk::after("busy", earlier, days));
    }
    refusals();
    cancels();
    marks();
}

/// Gates, and what they are asked next.
struct Desk {
    gates: Gates,
    view: fn(i64) -> RiskView,
    number: u64,
    now: i64,
}

impl Desk {
    /// A desk at which so many orders were sent and filled before, spread over so many days.
    fn after(workload: &str, earlier: u64, days: u64) -> Self {
        let off = || Gates::new(&GateConfig::off(), &desk::instrument()).expect("no limits");
        let (gates, view): (Gates, fn(i64) -> RiskView) = match workload {
            "off" => (off(), risk),
            "armed" => (armed(), risk),
            "busy" => (armed(), busy),
            other => match other.strip_prefix("busy-") {
                Some(gate) => (armed_but(gate), busy),
                None => panic!("workload `{other}`; known: off, armed, busy, busy-GATE"),
            },
        };
        let mut desk = Self { gates, view, number: 0, now: START_NS };
        desk.gates.open(&mark(desk.now));
        // As many as settle a price, for the gates that look at where it has been.
        (0..5).for_each(|_| desk.mark(1_000_000_000));
        for day in 0..days {
            desk.day(earlier * (day + 1) / days);
        }
        desk
    }

    /// Goes on with orders up to that one, a mark before and a fill after each, all over a day and past its midnight.
    fn day(&mut self, last: u64) {
        let step = DAY.nanos() / (last - self.number + 1) as i64;
        while self.number < last {
            self.mark(step);
            self.orders(1);
            let (now, before) = (Timestamp::from_nanos(self.now), (self.number % 2) as i64);
            let [before, after] = [before, 1 - before].map(Quantity::new);
            let execution = Execution { before, after, result: Money::from_units(1) };
            self.gates.on_report(&filled(self.number, now), Some(&execution), &mut Vec::new());
        }
        self.mark(step);
    }

    fn mark(&mut self, step: i64) {
        self.now += step;
        self.gates.heartbeat(Timestamp::from_nanos(self.now), &mut Vec::new());
        self.gates.on_mark(&mark(self.now), &mut Vec::new());
    }

    fn orders(&mut self, count: u64) {
        for _ in 0..count {
            (self.number, self.now) = (self.number + 1, self.now + STEP_NS);
            let cleared = self.gates.clear_order(buy(self.number, 9_990), &(self.view)(self.now));
            black_box(cleared.expect("limits far away"));
        }
    }
}

fn orders(name: &str, mut desk: Desk) {
    print_each(name, ORDERS, || desk.orders(ORDERS));
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
