//! The order gates that have to be asked for, at their edges.

use super::super::{AmendedOrder, BasisPoints, Gates, Multiple, Percent, RiskView, UNKNOWN};
use super::*;
use crate::gates::gate::{share, share_at_least};
use crate::gates::{
    book_state, daily_orders, exposure, fee_coverage, idempotency, leverage, message_rate, open_orders, order_quantity,
    price_collar, venue_filters,
};
use crate::model::{AmendOrder, RejectReason};
use crate::units::{MILLISECOND, Span};
use proptest::prelude::*;

const PERCENT: i128 = 10_000_000;
const BPS: i128 = 100_000;
const TIMES: i128 = 1_000_000_000;

fn of(instrument: &Instrument, configure: impl FnOnce(&mut GateConfig)) -> Gates {
    let mut config = GateConfig::off();
    configure(&mut config);
    Gates::new(&config, instrument).unwrap()
}

fn numbered(number: u64, key: u64) -> Intent {
    Intent { client_order_id: ClientOrderId(number), intent_key: IntentKey(key), ..limit(Side::Buy, 1, 100) }
}

/// An order of `open` steps at 100 that is amended to `quantity` at `price`.
fn amend(gates: &mut Gates, open: i64, quantity: i64, price: i64, risk: &RiskView) -> Result<(), Refusal> {
    let order = AmendedOrder {
        side: Side::Buy,
        order_type: OrderType::Limit { price: Price::new(100) },
        executed: Quantity::ZERO,
        open: Quantity::new(open),
        reduce_only: false,
        protective: false,
    };
    let amend = AmendOrder {
        client_order_id: ClientOrderId(1),
        price: Some(Price::new(price)),
        quantity: Some(Quantity::new(quantity)),
        sent_at: risk.now,
    };
    gates.clear_amend(amend, &order, risk).map(drop)
}

fn order_quantity(max: &str) -> Gates {
    gates(|config| config.order_quantity = on(order_quantity::Limits { max: on(amount(max)) }))
}

#[test]
fn order_quantity_passes_at_the_limit_and_refuses_one_step_above() {
    for side in Side::BOTH {
        for (max, quantity, passes) in
            [("10", 10, true), ("10", 11, false), ("10.999", 10, true), ("10.999", 11, false)]
        {
            let expected = if passes { Ok(()) } else { Err(refusal("order_quantity", i128::from(quantity), 10)) };
            assert_eq!(judge(&mut order_quantity(max), limit(side, quantity, 100), &risk()), expected, "{max}");
            assert_eq!(judge(&mut order_quantity(max), order(side, OrderType::Market, quantity), &risk()), expected);
        }
        assert!(judge(&mut order_quantity("10"), limit(side, i64::MIN, 100), &risk()).is_err());
    }
    let view = RiskView { open_buy: Quantity::new(5), ..risk() };
    assert_eq!(amend(&mut order_quantity("10"), 5, 10, 100, &view), Ok(()));
    assert_eq!(amend(&mut order_quantity("10"), 5, 11, 100, &view), Err(refusal("order_quantity", 11, 10)));
}

#[test]
fn open_orders_counts_the_one_asked_for_but_no_replacement_and_no_amend() {
    let armed = || gates(|config| config.open_orders = on(open_orders::Limits { max: 3 }));
    for (open, passes) in [(0, true), (2, true), (3, false), (4, false)] {
        let view = RiskView { open_orders: open, open_buy: Quantity::new(5), ..risk() };
        let expected = if passes { Ok(()) } else { Err(refusal("open_orders", i128::from(open) + 1, 3)) };
        assert_eq!(judge(&mut armed(), limit(Side::Buy, 1, 100), &view), expected, "{open}");
        let replacement =
            Intent { replaces: Some(ClientOrderId(1)), client_order_id: ClientOrderId(2), ..limit(Side::Buy, 1, 100) };
        assert_eq!(judge(&mut armed(), replacement, &view), Ok(()));
        assert_eq!(amend(&mut armed(), 5, 6, 101, &view), Ok(()));
    }
}

#[test]
fn a_book_needs_two_sides_the_bid_below_the_ask() {
    let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(1) });
    let books = [
        (quotes(99, 100), 0, "two sides"),
        (BestPrices::default(), 1, "empty"),
        (BestPrices { bid: level(99), ask: None }, 2, "one side"),
        (BestPrices { bid: None, ask: level(99) }, 2, "one side"),
        (quotes(100, 100), 3, "locked"),
        (quotes(101, 100), 4, "crossed"),
    ];
    for (best, fault, words) in books {
        let mut gates = gates(|config| config.book_state = on(book_state::Limits {}));
        let expected = if fault == 0 { Ok(()) } else { Err(refusal("book_state", fault, 0)) };
        assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &RiskView { best, ..risk() }), expected);
        let spec = super::super::GateSpec::named("book_state").unwrap();
        assert_eq!(spec.unit.show(fault), words);
        // It opens with the next sound book.
        assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &risk()), Ok(()));
    }
}

fn collar(percent: i64) -> Gates {
    let percent = Percent::from_ppb(percent * PERCENT as i64);
    gates(|config| config.price_collar = on(price_collar::Limits { percent }))
}

#[test]
fn a_price_may_be_as_far_from_the_mid_as_the_collar_and_not_a_tick_farther() {
    let price = Price::new;
    let wide = RiskView { best: quotes(980, 1_020), ..risk() };
    let far = |percent: i128| Err(refusal("price_collar", percent * PERCENT / 10, 5 * PERCENT));
    for side in Side::BOTH {
        let types = [
            (OrderType::Limit { price: price(1_050) }, Ok(())),
            (OrderType::Limit { price: price(950) }, Ok(())),
            (OrderType::Limit { price: price(1_051) }, far(51)),
            (OrderType::Limit { price: price(949) }, far(51)),
            (OrderType::Limit { price: price(0) }, far(1_000)),
            (OrderType::Stop { trigger: price(1_100) }, far(100)),
            (OrderType::TakeProfit { trigger: price(900) }, far(100)),
            (OrderType::StopLimit { trigger: price(1_000), price: price(1_200) }, far(200)),
            (OrderType::StopLimit { trigger: price(1_300), price: price(1_200) }, far(300)),
            (OrderType::Market, Ok(())),
        ];
        for (order_type, expected) in types {
            assert_eq!(judge(&mut collar(5), order(side, order_type, 1), &wide), expected, "{side:?} {order_type:?}");
        }
        // A market order trades at the opposite best: 2 % from the mid.
        assert_eq!(judge(&mut collar(2), order(side, OrderType::Market, 1), &wide), Ok(()));
        let refused = refusal("price_collar", 2 * PERCENT, PERCENT);
        assert_eq!(judge(&mut collar(1), order(side, OrderType::Market, 1), &wide), Err(refused));
    }
    // A mid on half a tick, and a distance that is rounded up.
    let odd = RiskView { best: quotes(100, 101), ..risk() };
    let refused = refusal("price_collar", 54_726_369, 5 * PERCENT);
    assert_eq!(judge(&mut collar(5), limit(Side::Buy, 1, 95), &odd), Err(refused));
}

#[test]
fn without_a_mid_above_zero_nothing_is_within_the_collar() {
    let bid = Some(Level { price: Price::new(100), quantity: Quantity::new(1) });
    let books = [BestPrices::default(), BestPrices { bid, ask: None }, quotes(-1, 1), quotes(-5, -3)];
    for best in books {
        let refused = judge(&mut collar(100), limit(Side::Buy, 1, 100), &RiskView { best, ..risk() });
        assert_eq!(refused, Err(refusal("price_collar", UNKNOWN, 100 * PERCENT)));
    }
    let extreme = RiskView { best: quotes(i64::MAX - 1, i64::MAX), ..risk() };
    assert!(judge(&mut collar(100), limit(Side::Buy, 1, i64::MIN), &extreme).is_err());
    assert_eq!(judge(&mut collar(1), limit(Side::Buy, 1, i64::MAX), &extreme), Ok(()));
}

#[test]
fn an_amend_is_held_to_the_collar_by_the_price_it_leads_to() {
    let view = RiskView { best: quotes(980, 1_020), open_buy: Quantity::new(5), ..risk() };
    assert_eq!(amend(&mut collar(5), 5, 5, 950, &view), Ok(()));
    assert_eq!(amend(&mut collar(5), 5, 5, 949, &view), Err(refusal("price_collar", 51 * PERCENT / 10, 5 * PERCENT)));
}

fn exposure(percent: i64) -> Gates {
    let percent = Percent::from_ppb(percent * PERCENT as i64);
    gates(|config| config.exposure = on(exposure::Limits { percent }))
}

fn leverage(thousandths: i64) -> Gates {
    let max = Multiple::from_ppb(thousandths * 1_000_000);
    gates(|config| config.leverage = on(leverage::Limits { max }))
}

/// Equity of 2020, the higher best price 101: twenty steps are all of it.
fn twenty() -> RiskView {
    RiskView { equity: Money::from_units(2_020), ..risk() }
}

#[test]
fn exposure_and_leverage_hold_the_worst_case_of_the_side_against_equity() {
    for side in Side::BOTH {
        let mut view = RiskView { position: Quantity::new(side.sign() * 3), ..twenty() };
        (view.open_buy, view.open_sell) = match side {
            Side::Buy => (Quantity::new(4), Quantity::new(50)),
            Side::Sell => (Quantity::new(50), Quantity::new(4)),
        };
        assert_eq!(judge(&mut exposure(50), limit(side, 3, 1), &view), Ok(()));
        let refused = refusal("exposure", 55 * PERCENT, 50 * PERCENT);
        assert_eq!(judge(&mut exposure(50), limit(side, 4, 1), &view), Err(refused));
        assert_eq!(judge(&mut leverage(500), limit(side, 3, 1), &view), Ok(()));
        let refused = refusal("leverage", TIMES * 55 / 100, TIMES / 2);
        assert_eq!(judge(&mut leverage(500), limit(side, 4, 1), &view), Err(refused));
    }
}

#[test]
fn an_atto_of_equity_decides() {
    let at = |atto: i128| RiskView { equity: Money::from_atto(2_020 * ATTO + atto), ..risk() };
    assert_eq!(judge(&mut exposure(50), limit(Side::Buy, 10, 1), &at(0)), Ok(()));
    assert!(judge(&mut exposure(50), limit(Side::Buy, 10, 1), &at(-1)).is_err());
    assert_eq!(judge(&mut leverage(2_000), limit(Side::Buy, 40, 1), &at(0)), Ok(()));
    assert!(judge(&mut leverage(2_000), limit(Side::Buy, 40, 1), &at(-1)).is_err());
}

#[test]
fn without_price_or_equity_no_exposure_is_allowed() {
    let blind = RiskView { best: BestPrices::default(), ..twenty() };
    let broke = |units| RiskView { equity: Money::from_units(units), ..risk() };
    for (gates, name, most) in [(exposure(50), "exposure", 50 * PERCENT), (leverage(500), "leverage", TIMES / 2)] {
        for view in [blind, broke(0), broke(-5)] {
            let refused = judge(&mut gates.clone(), limit(Side::Buy, 1, 100), &view);
            assert_eq!(refused, Err(refusal(name, UNKNOWN, most)));
        }
        let huge = RiskView { best: quotes(i64::MAX - 1, i64::MAX), ..twenty() };
        assert!(judge(&mut gates.clone(), limit(Side::Buy, i64::MAX, 1), &huge).is_err());
    }
}

fn priced() -> Instrument {
    let fees = FeeSchedule { maker: Rate::from_bps(-1), taker: Rate::from_bps(5), ..instrument().fees };
    Instrument { fees, ..instrument() }
}

fn coverage(without_edge: fee_coverage::WithoutEdge) -> Gates {
    of(&priced(), |config| config.fee_coverage = on(fee_coverage::Limits { without_edge, ..Default::default() }))
}

#[test]
fn an_edge_covers_fee_and_margins_at_equality() {
    use fee_coverage::WithoutEdge::{Pass, Refuse};
    for (post_only, least) in [(false, 30 * BPS), (true, 24 * BPS)] {
        for (edge, passes) in
            [(least, true), (least - 1, false), (0, false), (-least, false), (i128::from(i64::MAX), true)]
        {
            let expected_edge = Some(Rate::from_ppb(edge as i64));
            let intent = Intent { post_only, expected_edge, ..limit(Side::Buy, 1, 100) };
            let expected = if passes { Ok(()) } else { Err(refusal("fee_coverage", edge, least)) };
            assert_eq!(judge(&mut coverage(Refuse), intent, &risk()), expected, "{edge}");
            assert_eq!(judge(&mut coverage(Pass), intent, &risk()), expected, "{edge}");
        }
        let silent = Intent { post_only, ..limit(Side::Buy, 1, 100) };
        assert_eq!(judge(&mut coverage(Refuse), silent, &risk()), Err(refusal("fee_coverage", UNKNOWN, least)));
        assert_eq!(judge(&mut coverage(Pass), silent, &risk()), Ok(()));
    }
    let view = RiskView { open_buy: Quantity::new(5), ..risk() };
    assert_eq!(amend(&mut coverage(Refuse), 5, 6, 100, &view), Err(refusal("fee_coverage", UNKNOWN, 30 * BPS)));
    assert_eq!(amend(&mut coverage(Refuse), 5, 4, 100, &view), Ok(()), "a smaller order is a partial cancel");
    assert_eq!(amend(&mut coverage(Pass), 5, 6, 100, &view), Ok(()));
}

#[test]
fn each_margin_of_fee_coverage_counts() {
    let bps = |bps: i64| BasisPoints::from_ppb(bps * BPS as i64);
    for (parts, least) in [([1, 0, 0], 6), ([0, 2, 0], 7), ([0, 0, 4], 9), ([0, 0, 0], 5)] {
        let [min_edge_bps, safety_bps, slippage_bps] = parts.map(bps);
        let without_edge = fee_coverage::WithoutEdge::Refuse;
        let limits = fee_coverage::Limits { min_edge_bps, safety_bps, slippage_bps, without_edge };
        let mut gates = of(&priced(), |config| config.fee_coverage = on(limits));
        let refused = judge(&mut gates, limit(Side::Buy, 1, 100), &risk());
        assert_eq!(refused, Err(refusal("fee_coverage", UNKNOWN, least * BPS)));
    }
}

fn idempotent() -> Gates {
    gates(|config| config.idempotency = on(idempotency::Limits {}))
}

#[test]
fn a_number_is_used_once() {
    let mut gates = idempotent();
    let used = |value, limit| Err(refusal("idempotency", value, limit));
    let script = [
        (0, 0, Ok(())),
        (0, 1, used(0, 0)),
        (1, 0, used(0, 0)),
        (1, 1, Ok(())),
        (7, 9, Ok(())),
        (7, 10, used(7, 7)),
        (6, 10, used(6, 7)),
        (8, 9, used(9, 9)),
        (8, 10, Ok(())),
        (u64::MAX, u64::MAX, Ok(())),
        (u64::MAX, u64::MAX, used(i128::from(u64::MAX), i128::from(u64::MAX))),
    ];
    for (number, key, expected) in script {
        assert_eq!(judge(&mut gates, numbered(number, key), &risk()), expected, "{number} {key}");
    }
    let view = RiskView { open_buy: Quantity::new(5), ..risk() };
    assert_eq!(amend(&mut gates, 5, 6, 100, &view), Ok(()), "an amend is no new order");
}

#[test]
fn what_another_gate_refused_uses_no_number_up() {
    let mut gates = gates(|config| {
        config.idempotency = on(idempotency::Limits {});
        config.order_quantity = on(order_quantity::Limits { max: on(amount("1")) });
    });
    let large = Intent { quantity: Quantity::new(2), ..numbered(5, 5) };
    assert!(judge(&mut gates, large, &risk()).is_err());
    assert_eq!(judge(&mut gates, numbered(5, 5), &risk()), Ok(()));
}

fn daily(max: u32) -> Gates {
    gates(|config| config.daily_orders = on(daily_orders::Limits { max }))
}

#[test]
fn a_day_has_its_number_of_orders_and_midnight_begins_the_next() {
    let midnight = noon(0).day().start().plus(DAY);
    let at = |nanos: i64| RiskView { now: midnight.plus(Span::from_nanos(nanos)), ..risk() };
    let mut gates = daily(2);
    let refused = Err(refusal("daily_orders", 3, 2));
    let script = [(-2, Ok(())), (-1, Ok(())), (-1, refused), (0, Ok(())), (-1, Ok(())), (1, refused), (-1, refused)];
    for (nanos, expected) in script {
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &at(nanos)), expected, "{nanos}");
    }
    let view = RiskView { open_buy: Quantity::new(5), ..at(1) };
    assert_eq!(amend(&mut gates, 5, 6, 101, &view), Ok(()), "an amend is no new order");
}

#[test]
fn what_reduces_risk_passes_the_daily_count_and_counts() {
    let mut gates = daily(2);
    let long = RiskView { position: Quantity::new(10), ..risk() };
    for _ in 0..5 {
        assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &long), Ok(()));
    }
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &long), Err(refusal("daily_orders", 6, 2)));
}

fn rate(messages: u32, reserve: u32) -> Gates {
    gates(|config| config.message_rate = on(message_rate::Limits { messages, reserve, window_ms: 1_000 }))
}

fn at(millis: i64) -> RiskView {
    RiskView { now: noon(0).plus(MILLISECOND.times(millis)), ..risk() }
}

#[test]
fn cancels_use_the_budget_and_are_never_stopped() {
    let mut gates = rate(4, 1);
    let refused = Err(refusal("message_rate", 4, 3));
    let cancel = |gates: &mut Gates, millis| gates.clear_cancel(ClientOrderId(1), &at(millis)).map(drop);
    let send = |gates: &mut Gates, millis| judge(gates, limit(Side::Buy, 1, 100), &at(millis));
    assert_eq!([send(&mut gates, 0), cancel(&mut gates, 100), send(&mut gates, 200)], [Ok(()); 3]);
    assert_eq!(send(&mut gates, 999), refused);
    assert_eq!(cancel(&mut gates, 999), Ok(()), "the reserve");
    assert_eq!(cancel(&mut gates, 999), Ok(()), "past the budget");
    assert_eq!(send(&mut gates, 1_000), refused, "100 has left, 200 and two cancels have not");
    assert_eq!(send(&mut gates, 1_199), refused);
    assert_eq!(send(&mut gates, 1_200), Ok(()), "exactly a window old is outside");
    assert_eq!(send(&mut gates, 1_200), refused);
    assert_eq!(send(&mut gates, 0), refused, "a clock that runs backwards opens nothing");
}

#[test]
fn a_protective_order_that_reduces_takes_of_the_reserve() {
    let mut gates = rate(2, 1);
    let long = RiskView { position: Quantity::new(5), ..at(0) };
    let stop = Intent { protective: true, ..limit(Side::Sell, 5, 100) };
    for _ in 0..3 {
        assert_eq!(judge(&mut gates, stop, &long), Ok(()));
    }
    assert_eq!(judge(&mut gates, limit(Side::Sell, 5, 100), &long), Err(refusal("message_rate", 2, 1)));
}

fn filtered() -> Instrument {
    let filters = Filters {
        lot: Quantity::new(2),
        min_quantity: Some(Quantity::new(4)),
        max_quantity: Some(Quantity::new(10)),
        min_price: Some(Price::new(50)),
        max_price: Some(Price::new(200)),
        min_notional: Some(Money::parse("399.5").unwrap()),
        max_open_orders: Some(3),
    };
    Instrument { filters, ..instrument() }
}

#[test]
fn the_venues_filters_pass_at_their_edges_and_name_the_first_that_breaks() {
    use RejectReason::{InvalidQuantity, LotSize, MinNotional, PriceOutOfRange, QuantityTooLarge, QuantityTooSmall};
    let armed = || of(&filtered(), |config| config.venue_filters = on(venue_filters::Limits {}));
    let price = Price::new;
    let script = [
        (limit(Side::Buy, 4, 100), None),
        (limit(Side::Buy, 10, 200), None),
        (limit(Side::Buy, 10, 50), None),
        (limit(Side::Buy, 0, 100), Some(InvalidQuantity)),
        (limit(Side::Buy, -4, 100), Some(InvalidQuantity)),
        (limit(Side::Buy, 5, 100), Some(LotSize)),
        (limit(Side::Buy, 3, 49), Some(LotSize)),
        (limit(Side::Buy, 2, 49), Some(QuantityTooSmall)),
        (limit(Side::Buy, 12, 100), Some(QuantityTooLarge)),
        (limit(Side::Buy, 10, 49), Some(PriceOutOfRange)),
        (limit(Side::Buy, 10, 201), Some(PriceOutOfRange)),
        (limit(Side::Buy, 4, 99), Some(MinNotional)),
        (order(Side::Buy, OrderType::Stop { trigger: price(201) }, 4), Some(PriceOutOfRange)),
        (order(Side::Buy, OrderType::StopLimit { trigger: price(100), price: price(49) }, 4), Some(PriceOutOfRange)),
        (order(Side::Buy, OrderType::Stop { trigger: price(99) }, 4), Some(MinNotional)),
        (order(Side::Buy, OrderType::Market, 4), None),
        (order(Side::Sell, OrderType::Market, 4), Some(MinNotional)),
    ];
    for (intent, broken) in script {
        let expected = broken.map_or(Ok(()), |reason| Err(refusal("venue_filters", i128::from(reason.code()), 0)));
        assert_eq!(judge(&mut armed(), intent, &risk()), expected, "{intent:?}");
    }
    let blind = RiskView { best: BestPrices::default(), ..risk() };
    assert_eq!(judge(&mut armed(), order(Side::Sell, OrderType::Market, 4), &blind), Ok(()), "the venue decides");
    let view = RiskView { open_buy: Quantity::new(4), ..risk() };
    assert_eq!(amend(&mut armed(), 4, 4, 200, &view), Ok(()));
    let refused = refusal("venue_filters", i128::from(PriceOutOfRange.code()), 0);
    assert_eq!(amend(&mut armed(), 4, 4, 201, &view), Err(refused));
}

#[test]
fn the_venue_has_room_for_so_many_orders_that_may_rest() {
    let mut gates = of(&filtered(), |config| config.venue_filters = on(venue_filters::Limits {}));
    let full = |open_orders| RiskView { open_orders, ..risk() };
    let refused = Err(refusal("venue_filters", i128::from(RejectReason::TooManyOrders.code()), 0));
    let plain = limit(Side::Buy, 4, 100);
    let immediate = Intent { time_in_force: TimeInForce::ImmediateOrCancel, ..plain };
    let all_or_none = Intent { time_in_force: TimeInForce::FillOrKill, ..plain };
    let stop = order(Side::Buy, OrderType::Stop { trigger: Price::new(120) }, 4);
    let replacement = Intent { replaces: Some(ClientOrderId(0)), ..plain };
    assert_eq!(judge(&mut gates, plain, &full(2)), Ok(()));
    for (intent, expected) in [
        (plain, refused),
        (stop, refused),
        (Intent { time_in_force: TimeInForce::ImmediateOrCancel, ..stop }, refused),
        (immediate, Ok(())),
        (all_or_none, Ok(())),
        (order(Side::Buy, OrderType::Market, 4), Ok(())),
        (replacement, Ok(())),
    ] {
        assert_eq!(judge(&mut gates, intent, &full(3)), expected, "{intent:?}");
    }
    assert_eq!(super::super::GateSpec::named("venue_filters").unwrap().unit.show(10), "too many open orders");
}

/// A hundred times, in parts per billion.
const ONE_HUNDRED: i64 = 100_000_000_000;

proptest! {
    #[test]
    fn no_window_holds_more_than_the_budget_leaves_to_orders(
        steps in prop::collection::vec((0_i64..400, any::<bool>()), 1..200), messages in 2_u32..8, reserve in 0_u32..2
    ) {
        let mut gates = rate(messages, reserve);
        let (mut now, mut sent) = (0, Vec::<i64>::new());
        for (gap, cancels) in steps {
            now += gap;
            let within = sent.iter().filter(|&&sent| now - sent < 1_000).count();
            let passed = if cancels {
                gates.clear_cancel(ClientOrderId(1), &at(now)).is_ok()
            } else {
                judge(&mut gates, limit(Side::Buy, 1, 100), &at(now)).is_ok()
            };
            prop_assert_eq!(passed, cancels || within < (messages - reserve) as usize, "at {} after {:?}", now, &sent);
            if passed {
                sent.push(now);
            }
        }
    }

    #[test]
    fn no_number_is_ever_cleared_twice(numbers in prop::collection::vec((0_u64..40, 0_u64..40), 1..100)) {
        let (mut gates, mut ids, mut keys) = (idempotent(), Vec::new(), Vec::new());
        for (number, key) in numbers {
            let fresh = ids.iter().all(|&used| used < number) && keys.iter().all(|&used| used < key);
            prop_assert_eq!(judge(&mut gates, numbered(number, key), &risk()).is_ok(), fresh);
            if fresh {
                ids.push(number);
                keys.push(key);
            }
        }
    }

    #[test]
    fn a_day_never_has_more_orders_than_its_number(gaps in prop::collection::vec(0_i64..20, 1..120), max in 1_u32..6) {
        let (mut gates, mut hours, mut sent) = (daily(max), 0, Vec::new());
        for gap in gaps {
            hours += gap;
            let view = RiskView { now: noon(0).plus(SECOND.times(3_600 * hours)), ..risk() };
            let today = view.now.day().number();
            let fits = sent.iter().filter(|&&day| day == today).count() < max as usize;
            prop_assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &view).is_ok(), fits);
            sent.extend(fits.then_some(today));
        }
    }

    /// What passes without a division is never more than what passes, and a fourteenth less at most.
    #[test]
    fn the_share_without_a_division_is_a_little_less(atto in -5_i128..=1_000_000_000 * ATTO, ppb in -1_i64..=ONE_HUNDRED) {
        let [least, share] = [share_at_least(Money::from_atto(atto), ppb), share(Money::from_atto(atto), ppb).atto()];
        prop_assert!(0 <= least && least <= share, "{least} of {share}");
        prop_assert!(share - least <= share / 14 + i128::from(ppb.max(0)) + 1, "{least} of {share}");
    }

    #[test]
    fn exposure_agrees_with_plain_money(
        position in -1_000_i64..1_000, quantity in 1_i64..1_000, equity in 1_i64..1_000_000, percent in 1_i64..100
    ) {
        let view = RiskView { position: Quantity::new(position), equity: Money::from_units(equity), ..risk() };
        // A sale against a longer position reduces and is exempt.
        prop_assume!(position >= 0);
        let worth = i128::from(101 * (position + quantity));
        let fits = worth * 100 <= i128::from(percent) * i128::from(equity);
        prop_assert_eq!(judge(&mut exposure(percent), limit(Side::Buy, quantity, 1), &view).is_ok(), fits);
        let multiple = leverage(percent * 10);
        prop_assert_eq!(judge(&mut multiple.clone(), limit(Side::Buy, quantity, 1), &view).is_ok(), fits);
    }

    #[test]
    fn a_minimum_of_notional_agrees_with_plain_money(price in 1_i64..1_000_000, quantity in 1_i64..1_000_000, min in 1_i128..i128::from(u64::MAX)) {
        let mut fine = instrument();
        (fine.tick_size, fine.step_size) = (Fixed::new(25, 3), Fixed::new(3, 5));
        let min = Money::from_atto(min * 1_000_000_000);
        fine.filters.min_notional = Some(min);
        let mut gates = of(&fine, |config| config.venue_filters = on(venue_filters::Limits {}));
        let worth = fine.notional(Price::new(price), Quantity::new(quantity)).unwrap();
        let passed = judge(&mut gates, limit(Side::Buy, quantity, price), &risk()).is_ok();
        prop_assert_eq!(passed, min <= worth);
    }
}

/// The same gates after their state went through text, as at a restart.
fn restarted(gates: &Gates, configure: impl FnOnce(&mut GateConfig)) -> Gates {
    let state = serde_json::from_str(&serde_json::to_string(&gates.save()).unwrap()).unwrap();
    let mut fresh = self::gates(configure);
    fresh.restore(state);
    assert_eq!(digest(&fresh), digest(gates));
    fresh
}

fn digest(gates: &Gates) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    gates.digest(&mut hasher);
    hasher.finalize()
}

fn stateful(config: &mut GateConfig) {
    config.idempotency = on(idempotency::Limits {});
    config.daily_orders = on(daily_orders::Limits { max: 4 });
    config.message_rate = on(message_rate::Limits { messages: 4, reserve: 1, window_ms: 1_000 });
}

#[test]
fn a_restart_in_the_middle_of_a_day_forgets_no_number_no_count_and_no_message() {
    let mut gates = gates(stateful);
    let mut seen = vec![digest(&gates)];
    for number in 1..=4 {
        let view = at(400 * number as i64);
        assert_eq!(judge(&mut gates, numbered(number, number), &view), Ok(()));
        seen.push(digest(&gates));
    }
    seen.dedup();
    assert_eq!(seen.len(), 5, "every order changes the digest");
    let mut gates = restarted(&gates, stateful);
    assert_eq!(judge(&mut gates, numbered(4, 9), &at(9_000)), Err(refusal("idempotency", 4, 4)));
    assert_eq!(judge(&mut gates, numbered(9, 4), &at(9_000)), Err(refusal("idempotency", 4, 4)));
    assert_eq!(judge(&mut gates, numbered(5, 5), &at(9_000)), Err(refusal("daily_orders", 5, 4)));
    let tomorrow = RiskView { now: noon(1), ..risk() };
    assert_eq!(judge(&mut gates, numbered(5, 5), &tomorrow), Ok(()));
    // The ring of messages: 800, 1200 and 1600 are in it, and 1799 is within a window of the first.
    let mut gates = self::gates(|config| config.message_rate = rate_limits());
    for millis in [0, 400, 800, 1_200, 1_600] {
        assert_eq!(gates.clear_cancel(ClientOrderId(1), &at(millis)).map(drop), Ok(()));
    }
    let mut gates = restarted(&gates, |config| config.message_rate = rate_limits());
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &at(1_799)).is_err());
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &at(1_800)), Ok(()));
}

fn rate_limits() -> super::super::Setting<message_rate::Limits> {
    on(message_rate::Limits { messages: 4, reserve: 1, window_ms: 1_000 })
}

#[test]
fn a_gate_nobody_asked_for_leaves_no_trace_in_the_digest() {
    let digest_of = |config: &GateConfig| digest(&Gates::new(config, &instrument()).unwrap());
    let off = GateConfig::off();
    let mut hasher = blake3::Hasher::new();
    // Six gates of old, not armed: three counts and a flag each; then what all gates share.
    hasher.update(&[0; 6 * 25]);
    for number in [0, u64::MAX, 0] {
        hasher.update(&number.to_le_bytes());
    }
    assert_eq!(digest_of(&off), hasher.finalize());
    let mut armed = off;
    armed.book_state = on(book_state::Limits {});
    assert_ne!(digest_of(&armed), digest_of(&GateConfig::off()));
}
