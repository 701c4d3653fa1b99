use super::*;
use crate::model::{ContractKind, FeeSchedule, FillRecord, Filters, OrderRecord, Side};
use crate::units::{Fixed, Price, Quantity, Rate, Rounding, SECOND, Timestamp};

/// Tick 0.5, step 0.1: a tick of a step is worth 0.05.
fn instrument() -> Instrument {
    Instrument {
        symbol: "X".to_owned(),
        venue: "test".to_owned(),
        kind: ContractKind::Linear,
        base: "X".to_owned(),
        quote: "Q".to_owned(),
        tick_size: Fixed::new(5, 1),
        step_size: Fixed::new(1, 1),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_bps(2),
            taker: Rate::from_bps(5),
            rounding: Rounding::TowardVenue,
            decimals: 8,
        },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// A fill: second, ticks, steps, fee.
fn fill((second, ticks, steps, fee): (i64, i64, i64, &str)) -> FillRecord {
    FillRecord {
        at: Timestamp::from_nanos(second * SECOND.nanos()),
        price: Price::new(ticks),
        quantity: Quantity::new(steps),
        fee: money(fee),
        liquidity: None,
    }
}

fn order(id: u64, side: Side, second: i64, fills: &[(i64, i64, i64, &str)]) -> OrderRecord {
    OrderRecord {
        name: id.to_string(),
        client_order_id: Some(id),
        side,
        sent_at: Some(Timestamp::from_nanos(second * SECOND.nanos())),
        price: Some(Price::new(100)),
        quantity: Some(Quantity::new(10)),
        fills: fills.iter().copied().map(fill).collect(),
    }
}

fn record(orders: Vec<OrderRecord>) -> TradingRecord {
    TradingRecord { orders, knows_orders: true }
}

/// Everything is valued at 110 ticks, which is 55.
const MARKS: Marks = Marks { run_twice: 220, log_twice: 220 };

fn between(log: &TradingRecord, simulation: &TradingRecord) -> Gap {
    gap(log, simulation, &instrument(), (MARKS, SECOND)).unwrap()
}

/// Every cause that came to something.
fn shown(gap: &Gap) -> Vec<String> {
    let rows = gap.causes.iter().filter(|row| row.orders > 0 || row.amount != Money::ZERO);
    rows.map(|row| format!("{}: {} orders, {} steps, {}", row.cause.words(), row.orders, row.steps, row.amount))
        .collect()
}

/// The record that the others are held against: a buy in two fills, a sell, and a buy that was not filled.
fn base() -> TradingRecord {
    record(vec![
        order(1, Side::Buy, 1, &[(2, 100, 4, "0.2"), (3, 100, 6, "0.3")]),
        order(2, Side::Sell, 5, &[(6, 112, 10, "0.5")]),
        order(3, Side::Buy, 8, &[]),
    ])
}

#[test]
fn a_record_against_itself_has_no_gap() {
    let found = between(&base(), &base());
    assert_eq!(shown(&found), [] as [String; 0]);
    assert_eq!((found.profit(), found.distance.fraction()), (Money::ZERO, 0.0));
    // Bought 10 steps at 100 and sold 10 at 112: 12 ticks of 10 steps are 6, and fees of 1.
    assert_eq!(found.log_profit, money("5"));
    assert_eq!((found.matching.by_id, found.matching.by_time), (3, 0));
    assert_eq!(found.log.by_orders(), Some(2.0 / 3.0));
    assert_eq!(found.log.by_quantity(), Some(20.0 / 30.0));
}

/// A change of a log, and the causes that have to come to something.
type Disturbed = (fn(&mut TradingRecord), &'static [&'static str]);

/// What each change of a log comes to, by hand.
#[test]
fn each_cause_shows_what_was_put_in() {
    let table: [Disturbed; 9] = [
        (|log| log.orders[1].fills[0].price = Price::new(111), &["price: 1 orders, 10 steps, -0.5"]),
        (|log| log.orders[0].fills[1].price = Price::new(101), &["price: 1 orders, 6 steps, -0.3"]),
        (|log| log.orders[1].fills[0].fee = money("1"), &["fee: 1 orders, 10 steps, -0.5"]),
        // The simulation bought 6 steps at 100 that are worth 110: 10 ticks of 6 steps are 3, less the fee of 0.3.
        (|log| log.orders[0].fills.truncate(1), &["quantity: 1 orders, 6 steps, -2.7"]),
        (|log| log.orders[0].fills = log.orders[0].fills.split_off(1), &["quantity: 1 orders, 4 steps, -1.8"]),
        // Sold 10 steps at 112 that are worth 110: 1, less the fee of 0.5.
        (|log| log.orders[1].fills.clear(), &["fills extra in the simulation: 1 orders, 10 steps, -0.5"]),
        (
            |log| log.orders[2].fills = vec![fill((9, 108, 10, "0.1"))],
            &["fills missing in the simulation: 1 orders, 10 steps, 0.9"],
        ),
        (
            |log| log.orders.push(order(9, Side::Buy, 99, &[(99, 108, 10, "0.1")])),
            &["orders only in the log: 1 orders, 10 steps, 0.9"],
        ),
        (|log| drop(log.orders.remove(1)), &["orders only in the simulation: 1 orders, 10 steps, -0.5"]),
    ];
    for (change, expected) in table {
        let mut log = base();
        change(&mut log);
        let found = between(&log, &base());
        assert_eq!(shown(&found), expected);
        let turned = between(&base(), &log);
        assert_eq!(turned.profit().atto(), -found.profit().atto(), "{expected:?}");
    }
}

#[test]
fn a_later_fill_moves_time_and_no_money() {
    let mut log = base();
    for fill in log.orders.iter_mut().flat_map(|order| &mut order.fills) {
        fill.at = Timestamp::from_nanos(fill.at.nanos() + 250_000_000);
    }
    let found = between(&log, &base());
    assert_eq!((found.profit(), shown(&found)), (Money::ZERO, Vec::new()));
    let difference = found.delays.difference;
    assert_eq!((difference.count, difference.p50.nanos(), difference.p95.nanos()), (2, 250_000_000, 250_000_000));
}

#[test]
fn a_part_of_a_fill_bears_its_part_of_the_fee_and_the_sum_is_exact() {
    let log = record(vec![order(1, Side::Buy, 1, &[(2, 100, 10, "0.000000000000000010")])]);
    let simulation = record(vec![order(1, Side::Buy, 1, &[(2, 99, 3, "0")])]);
    let found = between(&log, &simulation);
    assert_eq!(
        shown(&found),
        [
            // 7 steps bought at 100, worth 110: 3.5, less 7 atto of the fee.
            "quantity: 1 orders, 7 steps, 3.499999999999999993",
            "price: 1 orders, 3 steps, -0.15",
            "fee: 1 orders, 3 steps, -0.000000000000000003",
        ]
    );
}

#[test]
fn the_marks_difference_is_what_is_held() {
    let mut log = base();
    log.orders.remove(1);
    let marks = Marks { run_twice: 220, log_twice: 221 };
    let found = gap(&log, &log, &instrument(), (marks, SECOND)).unwrap();
    assert_eq!(shown(&found), ["mark: 0 orders, 10 steps, 0.25"]);
}

#[test]
fn orders_without_numbers_are_matched_by_side_size_price_and_time() {
    let mut log = base();
    for order in &mut log.orders {
        order.client_order_id = None;
    }
    let found = between(&log, &base());
    assert_eq!((found.matching.by_id, found.matching.by_time, found.profit()), (0, 3, Money::ZERO));
    // A second and a nanosecond away is somebody else's.
    log.orders[1].sent_at = Some(Timestamp::from_nanos(6 * SECOND.nanos() + 1));
    let found = between(&log, &base());
    assert_eq!(
        (found.matching.by_time, found.matching.only_log.len(), found.matching.only_simulation.len()),
        (2, 1, 1)
    );
    // The same number on the other side, or of another size, is another order.
    let mut log = base();
    log.orders[2].side = Side::Sell;
    assert_eq!(between(&log, &base()).matching.by_id, 2);
}

/// Whatever two records are, the causes add up: [`gap`] asserts it.
#[test]
fn causes_add_up_for_any_two_records() {
    let mut state = 7_u64;
    let mut below = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % bound
    };
    let mut drawn = || {
        let mut orders = Vec::new();
        for id in 0..below(40) {
            let side = if below(2) == 0 { Side::Buy } else { Side::Sell };
            let mut one = order(id, side, i64::try_from(below(30)).unwrap(), &[]);
            for _ in 0..below(4) {
                let fee = Money::from_atto(i128::from(below(1_000_000)) - 300_000);
                one.fills.push(FillRecord {
                    fee,
                    ..fill((
                        i64::try_from(30 + below(9)).unwrap(),
                        90 + i64::try_from(below(30)).unwrap(),
                        1 + i64::try_from(below(9)).unwrap(),
                        "0",
                    ))
                });
            }
            orders.push(one);
        }
        record(orders)
    };
    for _ in 0..300 {
        let (log, simulation) = (drawn(), drawn());
        let marks = Marks { run_twice: 205, log_twice: 203 };
        let found = gap(&log, &simulation, &instrument(), (marks, SECOND)).unwrap();
        assert!((0.0..=1.0).contains(&found.distance.fraction()), "{:?}", found.distance);
    }
}

#[test]
fn the_nearest_simulation_is_the_one_that_filled_the_same() {
    let mut fewer = base();
    fewer.orders[1].fills.clear();
    let mut worse = base();
    worse.orders[1].fills[0].price = Price::new(111);
    let mut later = base();
    later.orders[1].fills[0].at = Timestamp::from_nanos(60 * SECOND.nanos());
    let distance = |other: &TradingRecord| between(&base(), other).distance;
    let mut all = [distance(&fewer), distance(&worse), distance(&later), distance(&base())];
    all.sort_unstable();
    assert_eq!(all, [distance(&base()), distance(&later), distance(&worse), distance(&fewer)]);
    assert_eq!(distance(&fewer).fraction(), 10.0 / 30.0);
}
