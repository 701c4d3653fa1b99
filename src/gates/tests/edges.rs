use super::super::{AmendedOrder, GateEvent, Gates, RiskView, Setting, UNKNOWN, daily_loss};
use super::*;
use crate::gates::{Percent, kill_switch, order_burst, order_value, position, stale_data};
use crate::model::AmendOrder;
use crate::units::{MILLISECOND, Span};

fn order_value(max: &str) -> Gates {
    gates(|config| config.order_value = on(order_value::Limits { max: amount(max) }))
}

fn by_quantity(max: &str) -> Gates {
    gates(|config| config.position = on(position::Limits { max_value: Setting::Off, max_quantity: on(amount(max)) }))
}

fn by_value(max: &str) -> Gates {
    gates(|config| config.position = on(position::Limits { max_value: on(amount(max)), max_quantity: Setting::Off }))
}

fn daily(percent: Option<i64>, absolute: Option<i64>, confirm_marks: u32) -> Gates {
    gates(|config| {
        config.daily_loss = on(daily_loss::Limits {
            percent: percent.map_or(Setting::Off, |percent| on(Percent::from_ppb(percent * 10_000_000))),
            absolute: absolute.map_or(Setting::Off, |units| on(Amount::new(Money::from_units(units)))),
            confirm_marks,
            engages_kill_switch: false,
        });
    })
}

#[test]
fn order_value_passes_at_the_limit_and_refuses_one_atto_above() {
    for (max, expected) in [
        ("1000", Ok(())),
        ("999.999999999999999999", Err(refusal("order_value", 1_000 * ATTO, 1_000 * ATTO - 1))),
        ("1000.000000000000000001", Ok(())),
    ] {
        assert_eq!(judge(&mut order_value(max), limit(Side::Buy, 10, 100), &risk()), expected, "{max}");
    }
    let above = judge(&mut order_value("1000"), limit(Side::Buy, 11, 100), &risk());
    assert_eq!(above, Err(refusal("order_value", 1_100 * ATTO, 1_000 * ATTO)));
}

#[test]
fn order_value_takes_the_worst_price_known() {
    let price = Price::new;
    let types = [
        (Side::Buy, OrderType::Market, 101),
        (Side::Sell, OrderType::Market, 99),
        (Side::Buy, OrderType::Limit { price: price(200) }, 200),
        (Side::Buy, OrderType::Limit { price: price(50) }, 50),
        (Side::Sell, OrderType::Limit { price: price(1) }, 99),
        (Side::Sell, OrderType::Limit { price: price(150) }, 150),
        (Side::Buy, OrderType::Stop { trigger: price(120) }, 120),
        (Side::Buy, OrderType::TakeProfit { trigger: price(80) }, 101),
        (Side::Sell, OrderType::Stop { trigger: price(80) }, 99),
        (Side::Sell, OrderType::TakeProfit { trigger: price(130) }, 130),
        (Side::Buy, OrderType::StopLimit { trigger: price(120), price: price(125) }, 125),
        (Side::Sell, OrderType::StopLimit { trigger: price(80), price: price(70) }, 99),
    ];
    for (side, order_type, worth) in types {
        let at = worth.to_string();
        assert_eq!(
            judge(&mut order_value(&at), order(side, order_type, 1), &risk()),
            Ok(()),
            "{side:?} {order_type:?}"
        );
        let below = (worth - 1).to_string();
        let refused = refusal("order_value", worth * ATTO, (worth - 1) * ATTO);
        assert_eq!(judge(&mut order_value(&below), order(side, order_type, 1), &risk()), Err(refused));
    }
}

#[test]
fn an_order_without_a_price_to_value_it_at_is_refused() {
    let blind = RiskView { best: BestPrices::default(), ..risk() };
    for side in Side::BOTH {
        let refused = refusal("order_value", UNKNOWN, 1_000 * ATTO);
        assert_eq!(judge(&mut order_value("1000"), order(side, OrderType::Market, 1), &blind), Err(refused));
        assert_eq!(judge(&mut order_value("1000"), limit(side, 1, 100), &blind), Ok(()));
        let refused = refusal("position", 1, 0);
        assert_eq!(judge(&mut by_value("1000"), limit(side, 1, 100), &blind), Err(refused));
        assert_eq!(judge(&mut by_quantity("1000"), order(side, OrderType::Market, 1), &blind), Ok(()));
    }
}

#[test]
fn extremes_are_refused_and_never_wrap() {
    let edge = |side, quantity, price| limit(side, quantity, price);
    for side in Side::BOTH {
        for quantity in [i64::MAX, i64::MIN] {
            for price in [i64::MAX, i64::MIN] {
                let risk = RiskView {
                    position: Quantity::new(side.sign() * i64::MAX),
                    open_buy: Quantity::new(i64::MAX),
                    open_sell: Quantity::new(i64::MAX),
                    best: quotes(i64::MAX - 1, i64::MAX),
                    ..risk()
                };
                assert!(judge(&mut order_value("1000000000000000"), edge(side, quantity, price), &risk).is_err());
                assert!(judge(&mut by_value("1000000000000000"), edge(side, quantity, price), &risk).is_err());
                assert!(judge(&mut by_quantity("1000000000000000"), edge(side, quantity, price), &risk).is_err());
            }
        }
    }
}

#[test]
fn position_counts_open_orders_of_the_side_and_passes_at_the_limit() {
    for side in Side::BOTH {
        let mut risk = RiskView { position: Quantity::new(side.sign() * 3), ..risk() };
        (risk.open_buy, risk.open_sell) = match side {
            Side::Buy => (Quantity::new(4), Quantity::new(50)),
            Side::Sell => (Quantity::new(50), Quantity::new(4)),
        };
        assert_eq!(judge(&mut by_quantity("10"), limit(side, 3, 100), &risk), Ok(()));
        let refused = refusal("position", 11, 10);
        assert_eq!(judge(&mut by_quantity("10"), limit(side, 4, 100), &risk), Err(refused));
        // Rounded down to whole steps.
        assert_eq!(judge(&mut by_quantity("10.999"), limit(side, 4, 100), &risk), Err(refused));
    }
}

#[test]
fn position_value_is_at_the_higher_best_price() {
    for side in Side::BOTH {
        assert_eq!(judge(&mut by_value("1010"), limit(side, 10, 1), &risk()), Ok(()));
        let refused = refusal("position", 10, 9);
        assert_eq!(judge(&mut by_value("1009.999999999999999999"), limit(side, 10, 1), &risk()), Err(refused));
    }
}

#[test]
fn a_flip_is_held_against_what_it_leads_to() {
    let long = RiskView { position: Quantity::new(20), ..risk() };
    assert_eq!(judge(&mut by_quantity("5"), limit(Side::Sell, 25, 100), &long), Ok(()));
    assert_eq!(judge(&mut by_quantity("5"), limit(Side::Sell, 26, 100), &long), Err(refusal("position", 6, 5)));
    assert_eq!(judge(&mut by_quantity("5"), limit(Side::Buy, 1, 100), &long), Err(refusal("position", 21, 5)));
}

#[test]
fn daily_loss_trips_one_atto_over_the_limit_and_not_at_it() {
    for (percent, absolute) in [(Some(5), None), (None, Some(50)), (Some(5), Some(70)), (Some(7), Some(50))] {
        let mut gates = daily(percent, absolute, 1);
        marks(&mut gates, noon(0), &[1_000, 950]);
        assert_eq!(gates.trip_equity(), Some(Money::from_atto(950 * ATTO - 1)));
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
        let mut out = Vec::new();
        gates.on_mark(&mark_of(noon(0).plus(SECOND), gates.trip_equity().unwrap()), &mut out);
        let refused = refusal("daily_loss", 50 * ATTO + 1, 50 * ATTO);
        assert_eq!(out, [GateEvent::Tripped(refused)]);
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Err(refused));
        assert_eq!(gates.trip_equity(), None);
    }
}

#[test]
fn one_wild_print_trips_nothing_and_three_may() {
    let mut gates = daily(Some(5), None, 3);
    assert_eq!(marks(&mut gates, noon(0), &[1_000, 1, 1_000, 1, 1, 1_000, 1, 1]), []);
    let more = marks(&mut gates, noon(0).plus(SECOND.times(8)), &[2]);
    assert_eq!(more, [GateEvent::Tripped(refusal("daily_loss", 998 * ATTO, 50 * ATTO))]);
    assert_eq!(marks(&mut gates, noon(0).plus(SECOND.times(9)), &[1, 1, 1]), []);
}

#[test]
fn marks_of_one_instant_confirm_once() {
    let mut gates = daily(Some(5), None, 3);
    let mut out = Vec::new();
    gates.on_mark(&mark(noon(0), 1_000), &mut out);
    (0..10).for_each(|_| gates.on_mark(&mark(noon(0), 0), &mut out));
    gates.on_mark(&mark(noon(0).plus(MILLISECOND), 0), &mut out);
    assert_eq!(out, []);
    gates.on_mark(&mark(noon(0).plus(MILLISECOND.times(2)), 0), &mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn a_tripped_day_stays_tripped_until_the_next_utc_day() {
    let mut gates = daily(Some(5), None, 1);
    marks(&mut gates, noon(0), &[1_000, 900, 2_000]);
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
    let midnight = noon(0).day().start().plus(DAY);
    let before = Timestamp::from_nanos(midnight.nanos() - 1);
    assert_eq!(marks(&mut gates, before, &[2_000]), [GateEvent::Cleared(refusal("daily_loss", 0, 0).gate)][..0]);
    assert_eq!(marks(&mut gates, midnight, &[500]), [GateEvent::Cleared(refusal("daily_loss", 0, 0).gate)]);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
    // The new day's baseline is its own first mark.
    assert_eq!(gates.trip_equity(), Some(Money::from_atto(475 * ATTO - 1)));
}

#[test]
fn the_opening_equity_is_the_first_days_baseline() {
    let mut gates = daily(Some(5), None, 1);
    gates.open(&mark(noon(0), 1_000));
    assert_eq!(marks(&mut gates, noon(0).plus(SECOND), &[949]).len(), 1);
}

#[test]
fn a_baseline_below_zero_allows_no_loss_and_an_overflow_is_a_loss() {
    let mut gates = daily(Some(5), None, 1);
    assert_eq!(marks(&mut gates, noon(0), &[-10, -10]), []);
    assert_eq!(marks(&mut gates, noon(0).plus(SECOND.times(2)), &[-11]).len(), 1);
    let mut gates = daily(Some(5), None, 1);
    let mut out = Vec::new();
    gates.on_mark(&mark_of(noon(0), Money::from_atto(i128::MAX)), &mut out);
    gates.on_mark(&mark_of(noon(0).plus(SECOND), Money::from_atto(i128::MIN)), &mut out);
    assert!(matches!(out[..], [GateEvent::Tripped(Refusal { value: UNKNOWN, .. })]));
}

#[test]
fn a_trip_engages_the_kill_switch_where_asked_and_midnight_does_not_release_it() {
    let mut gates = gates(|config| {
        config.kill_switch = on(kill_switch::Limits {});
        let limits = daily_loss::Limits { engages_kill_switch: true, confirm_marks: 1, ..Default::default() };
        config.daily_loss = on(limits);
    });
    let events = marks(&mut gates, noon(0), &[1_000, 0]);
    let [GateEvent::Tripped(first), GateEvent::Tripped(second)] = events[..] else { panic!("{events:?}") };
    assert_eq!((first.gate, second), (refusal("daily_loss", 0, 0).gate, refusal("kill_switch", 1, 0)));
    assert_eq!(marks(&mut gates, noon(1), &[0]), [GateEvent::Cleared(first.gate)]);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Err(second));
}

fn burst(orders: u32, window_ms: u32) -> Gates {
    gates(|config| config.order_burst = on(order_burst::Limits { orders, window_ms }))
}

fn at(millis: i64) -> RiskView {
    RiskView { now: noon(0).plus(MILLISECOND.times(millis)), ..risk() }
}

#[test]
fn a_window_holds_the_limit_and_not_one_more() {
    let mut gates = burst(3, 1_000);
    let mut send = |millis| judge(&mut gates, limit(Side::Buy, 1, 100), &at(millis));
    let refused = Err(refusal("order_burst", 4, 3));
    let script = [(0, true), (400, true), (900, true), (999, false), (1_000, true), (1_399, false), (1_400, true)];
    for (millis, passes) in script {
        assert_eq!(send(millis), if passes { Ok(()) } else { refused }, "{millis}");
    }
    assert_eq!(send(0), refused, "a clock that ran backwards");
}

#[test]
fn a_refused_order_does_not_count_for_the_burst() {
    let mut gates = gates(|config| {
        config.order_burst = on(order_burst::Limits { orders: 1, window_ms: 1_000 });
        config.order_value = on(order_value::Limits { max: amount("100") });
    });
    (0..5).for_each(|_| assert!(judge(&mut gates, limit(Side::Buy, 2, 100), &risk()).is_err()));
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
}

#[test]
fn the_burst_counts_protective_orders_and_no_cancels() {
    let mut gates = burst(1, 1_000);
    (0..5).for_each(|_| assert!(gates.clear_cancel(ClientOrderId(1), &risk()).is_ok()));
    let long = RiskView { position: Quantity::new(9), ..risk() };
    let stop = Intent { protective: true, ..limit(Side::Sell, 9, 100) };
    assert_eq!(judge(&mut gates, stop, &long), Ok(()));
    assert_eq!(judge(&mut gates, stop, &long), Ok(()));
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
}

#[test]
fn data_exactly_at_the_limit_is_fresh_and_a_nanosecond_more_is_stale() {
    let mut gates = gates(|config| config.stale_data = on(stale_data::Limits::default()));
    let aged = |nanos| RiskView { now: noon(0).plus(Span::from_nanos(nanos)), ..risk() };
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &aged(60_000_000_000)), Ok(()));
    let refused = refusal("stale_data", 60_000_000_001, 60_000_000_000);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &aged(60_000_000_001)), Err(refused));
    let never = RiskView { market_at: None, ..risk() };
    let refused = refusal("stale_data", UNKNOWN, 60_000_000_000);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &never), Err(refused));
}

#[test]
fn the_kill_switch_latches_and_asks_for_cancels_while_orders_are_open() {
    let mut gates = gates(|config| config.kill_switch = on(kill_switch::Limits {}));
    let intent = Intent { client_order_id: ClientOrderId(7), ..limit(Side::Buy, 1, 100) };
    judge(&mut gates, intent, &risk()).unwrap();
    assert_eq!((gates.wants_cancel_all(), gates.cancel_up_to()), (false, None));
    let mut out = Vec::new();
    gates.kill(noon(0), &mut out);
    gates.kill(noon(0), &mut out);
    assert_eq!(out, [GateEvent::Tripped(refusal("kill_switch", 1, 0))]);
    assert_eq!((gates.wants_cancel_all(), gates.cancel_up_to()), (true, Some(ClientOrderId(7))));
    gates.on_mark(&Mark { open_orders: 2, ..mark(noon(0), 0) }, &mut out);
    assert!(gates.wants_cancel_all());
    gates.on_mark(&mark(noon(5), 0), &mut out);
    assert_eq!((gates.wants_cancel_all(), gates.cancel_up_to()), (false, Some(ClientOrderId(7))));
    // A reducing order of after the trip is not among those that must go.
    let long = RiskView { position: Quantity::new(3), ..risk() };
    judge(&mut gates, Intent { client_order_id: ClientOrderId(8), ..limit(Side::Sell, 3, 100) }, &long).unwrap();
    assert_eq!(gates.cancel_up_to(), Some(ClientOrderId(7)));
    out.clear();
    gates.unkill(noon(5), &mut out);
    gates.unkill(noon(5), &mut out);
    assert_eq!(out, [GateEvent::Cleared(refusal("kill_switch", 1, 0).gate)]);
    assert_eq!((judge(&mut gates, intent, &risk()), gates.cancel_up_to()), (Ok(()), None));
    assert_eq!(gates.counters()[0].tripped, 1);
}

#[test]
fn a_switch_that_is_off_does_nothing_and_says_so() {
    let mut gates = gates(|_| {});
    let mut out = Vec::new();
    gates.kill(noon(0), &mut out);
    assert_eq!((out.len(), gates.wants_cancel_all()), (0, false));
    assert_eq!(judge(&mut gates, limit(Side::Buy, i64::MAX, i64::MAX), &risk()), Ok(()));
    assert!(gates.counters().iter().all(|counter| !counter.armed && counter.evaluated == 0));
}

/// A resting buy of 10 at 100 with 4 executed: 6 open, counted in the view.
fn resting() -> (AmendedOrder, RiskView) {
    let order = AmendedOrder {
        side: Side::Buy,
        order_type: OrderType::Limit { price: Price::new(100) },
        executed: Quantity::new(4),
        open: Quantity::new(6),
        reduce_only: false,
        protective: false,
    };
    (order, RiskView { position: Quantity::new(4), open_buy: Quantity::new(6), open_orders: 1, ..risk() })
}

fn amend(gates: &mut Gates, price: Option<i64>, quantity: Option<i64>) -> Result<(), Refusal> {
    let (order, risk) = resting();
    let amend = AmendOrder {
        client_order_id: ClientOrderId(1),
        price: price.map(Price::new),
        quantity: quantity.map(Quantity::new),
        sent_at: risk.now,
    };
    gates.clear_amend(amend, &order, &risk).map(|cleared| assert_eq!(cleared.into_inner(), amend))
}

#[test]
fn an_amend_is_judged_as_the_order_it_leads_to() {
    // 10 in all was within 10 before and is after a new price; 11 in all is not.
    assert_eq!(amend(&mut by_quantity("10"), Some(90), None), Ok(()));
    assert_eq!(amend(&mut by_quantity("10"), Some(90), Some(10)), Ok(()));
    assert_eq!(amend(&mut by_quantity("10"), None, Some(11)), Err(refusal("position", 11, 10)));
    assert_eq!(amend(&mut order_value("600"), None, Some(10)), Ok(()));
    assert_eq!(amend(&mut order_value("600"), Some(101), None), Err(refusal("order_value", 606 * ATTO, 600 * ATTO)));
    assert_eq!(amend(&mut order_value("1"), None, Some(9)), Ok(()), "shrinking at its price is a cancel");
    assert_eq!(amend(&mut order_value("1"), Some(100), Some(2)), Ok(()));
    assert!(amend(&mut order_value("1"), Some(99), Some(5)).is_err(), "a new price is a new order");
    assert_eq!(amend(&mut by_quantity("1"), None, Some(i64::MIN)), Ok(()));
    assert!(amend(&mut by_quantity("1"), None, Some(i64::MAX)).is_err());
}

#[test]
fn a_killed_bot_may_shrink_an_order_and_not_move_it() {
    let mut gates = gates(|config| config.kill_switch = on(kill_switch::Limits {}));
    gates.kill(noon(0), &mut Vec::new());
    assert_eq!(amend(&mut gates, None, Some(5)), Ok(()));
    assert_eq!(amend(&mut gates, Some(99), None), Err(refusal("kill_switch", 1, 0)));
}
