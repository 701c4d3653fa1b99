//! The audit of gates on orders that have to be asked for, by hand: exactly at the limit, and one above.

use crate::planted::{after, buy, gate, had_to_fire, had_to_fire_under, sent, still, wrong_figures};
use crate::support::{MemoryMarket, TestRow};
use seatrial::audit::{AuditGate, Limits};
use seatrial::journal::Entry;
use seatrial::model::{
    ClientOrderId, Filters, GateId, Intent, IntentKey, MarketId, OrderType, Refusal, Side, TimeInForce,
};
use seatrial::units::{MILLISECOND, Money, Price, Quantity, Rate};

const MS: i64 = 1_000_000;

/// The same order with something changed.
fn but(order: Entry, change: impl FnOnce(&mut Intent)) -> Entry {
    let Entry::OrderSent { at, mut intent } = order else { unreachable!() };
    change(&mut intent);
    Entry::OrderSent { at, intent }
}

fn cancel(number: u64, at: i64) -> Entry {
    Entry::CancelSent { at: after(at), market: MarketId::FIRST, client_order_id: ClientOrderId(number) }
}

fn amend(number: u64, at: i64, steps: i64) -> Entry {
    let (market, quantity) = (MarketId::FIRST, Some(Quantity::new(steps)));
    Entry::AmendSent { at: after(at), market, client_order_id: ClientOrderId(number), price: None, quantity }
}

#[test]
fn order_quantity_at_its_edge() {
    let limit = |atto: i128| gate(7, Limits::OrderQuantity(Money::from_atto(7_000_000_000_000_000 + atto)));
    had_to_fire(limit(0), &[buy(1, 2 * MS, 10, 7)], 0);
    had_to_fire(limit(-1), &[buy(1, 2 * MS, 10, 7)], 1);
    // Of an amend what it would leave open.
    had_to_fire(limit(0), &[buy(1, 2 * MS, 10, 7), amend(1, 3 * MS, 8)], 1);
}

/// An order counts until its end is reported: its cancel is on its way. One in another's place adds none.
#[test]
fn open_orders_at_their_edge() {
    let limit = |most| gate(8, Limits::OpenOrders(most));
    let two = [buy(1, 2 * MS, 10, 1), cancel(1, 3 * MS), buy(2, 4 * MS, 10, 1)];
    had_to_fire(limit(2), &two, 0);
    had_to_fire(limit(1), &two, 1);
    let instead = but(buy(2, 4 * MS, 10, 1), |intent| intent.replaces = Some(ClientOrderId(1)));
    had_to_fire(limit(1), &[two[0], instead], 0);
    had_to_fire(limit(1), &[two[0], amend(1, 3 * MS, 9)], 0);
}

#[test]
fn a_book_is_no_market_before_it_is_heard() {
    let book = || gate(9, Limits::BookState);
    had_to_fire(book(), &[buy(1, MS, 10, 1)], 0);
    had_to_fire(book(), &[buy(1, MS - 1, 10, 1)], 1);
}

#[test]
fn a_wish_is_used_once_whatever_its_number() {
    let used = || gate(10, Limits::Idempotency);
    let wish = |number, key| but(buy(number, 2 * MS, 10, 1), |intent| intent.intent_key = IntentKey(key));
    had_to_fire(used(), &[wish(1, 5), wish(2, 6)], 0);
    had_to_fire(used(), &[wish(1, 5), wish(2, 5)], 1);
    had_to_fire(used(), &[wish(1, 5), wish(2, 4)], 1);
    // What reduces risk is an order as well, and an amend is none.
    had_to_fire(used(), &[wish(1, 5), amend(1, 3 * MS, 2)], 0);
}

/// Seven steps at the ask of 1,010 ticks are worth 0.707 of an account of 1,000.
#[test]
fn shares_of_equity_at_their_edge() {
    type Of = fn(i64) -> AuditGate;
    let both: [Of; 2] = [|ppb| gate(11, Limits::Exposure(ppb)), |ppb| gate(12, Limits::Leverage(ppb))];
    for of in both {
        let seven: [&[Entry]; 3] = [
            &[buy(1, 2 * MS, 10, 7)],
            &[buy(1, 2 * MS, 10, 4), buy(2, 3 * MS, 10, 3)],
            // An amend that is on its way counts at its largest, and a cancel that is not yet answered takes nothing away.
            &[
                buy(1, 2 * MS, 10, 2),
                amend(1, 2 * MS, 6),
                amend(1, 2 * MS, 1),
                cancel(1, 2 * MS),
                buy(2, 3 * MS, 10, 1),
            ],
        ];
        for entries in seven {
            had_to_fire(of(707_000), entries, 0);
            had_to_fire(of(706_999), entries, 1);
        }
        had_to_fire(of(900_000_000), &[buy(1, 0, 10, 1)], 1);
    }
}

#[test]
fn fee_coverage_at_its_edge() {
    let margin = || gate(13, Limits::FeeCoverage { margin_ppb: 2_500_000, needs_edge: true });
    let order = |ppb: i64, post_only: bool| {
        but(buy(1, 2 * MS, 10, 1), |intent| {
            (intent.expected_edge, intent.post_only) = (Some(Rate::from_ppb(ppb)), post_only);
        })
    };
    had_to_fire(margin(), &[order(3_000_000, false)], 0);
    had_to_fire(margin(), &[order(2_999_999, false)], 1);
    had_to_fire(margin(), &[order(2_700_000, true)], 0);
    had_to_fire(margin(), &[order(2_699_999, true)], 1);
    had_to_fire(margin(), &[buy(1, 2 * MS, 10, 1)], 1);
    had_to_fire(gate(13, Limits::FeeCoverage { margin_ppb: 1, needs_edge: false }), &[buy(1, 2 * MS, 10, 1)], 0);
}

/// Midnight is 6,400 seconds after the start.
#[test]
fn daily_orders_at_their_edge() {
    let midnight = 6_400_000 * MS;
    let limit = || gate(14, Limits::DailyOrders(2));
    let orders = |last| [buy(1, MS, 10, 1), buy(2, 2 * MS, 10, 1), cancel(2, 3 * MS), buy(3, last, 10, 1)];
    had_to_fire(limit(), &orders(midnight), 0);
    had_to_fire(limit(), &orders(midnight - 1), 1);
    // A replacement is an order, an amend is none.
    let instead = but(buy(3, 3 * MS, 10, 1), |intent| intent.replaces = Some(ClientOrderId(2)));
    had_to_fire(limit(), &[orders(0)[0], orders(0)[1], amend(1, 3 * MS, 4), instead], 1);
}

/// Cancels and amends use up the budget, and are never stopped themselves unless they add.
#[test]
fn message_rate_at_its_edge() {
    let limits = || gate(15, Limits::MessageRate { messages: 5, reserve: 2, window: MILLISECOND.times(10) });
    let messages = |last| [buy(1, 2 * MS, 10, 1), amend(1, 3 * MS, 1), cancel(1, 3 * MS), buy(2, last, 10, 1)];
    had_to_fire(limits(), &messages(12 * MS), 0);
    had_to_fire(limits(), &messages(12 * MS - 1), 1);
    let only_cancels =
        [buy(1, 2 * MS, 10, 1), cancel(1, 2 * MS), cancel(1, 2 * MS), cancel(1, 2 * MS), cancel(1, 2 * MS)];
    had_to_fire(limits(), &only_cancels, 0);
}

#[test]
fn venue_filters_at_their_edge() {
    let filters = || gate(16, Limits::VenueFilters);
    had_to_fire(filters(), &[buy(1, 2 * MS, 1, 1)], 0);
    had_to_fire(filters(), &[buy(1, 2 * MS, 0, 1)], 1);
    had_to_fire(filters(), &[buy(1, 2 * MS, 10, 0)], 1);
    had_to_fire(filters(), &[sent(1, 2 * MS, Side::Sell, OrderType::Stop { trigger: Price::new(0) }, 1)], 1);
}

/// A step at a tick is worth 0.0001: seven at the ask of 1,010 are worth 0.707, at the bid of 1,000 0.7.
#[test]
fn filters_of_value_and_room_at_their_edge() {
    let at = 2 * MS;
    let filters = |change: fn(&mut Filters), entries: &[Entry], times| {
        had_to_fire_under(change, &mut still(), gate(16, Limits::VenueFilters), entries, times);
    };
    let least: fn(&mut Filters) = |filters| filters.min_notional = Some(Money::from_atto(707_000_000_000_000_000));
    let market = |side, steps| sent(1, at, side, OrderType::Market, steps);
    filters(least, &[market(Side::Buy, 7)], 0);
    filters(least, &[market(Side::Sell, 7)], 1);
    filters(least, &[buy(1, at, 1_010, 7)], 0);
    filters(least, &[buy(1, at, 1_009, 7)], 1);
    let one: fn(&mut Filters) = |filters| filters.max_open_orders = Some(1);
    filters(one, &[buy(1, at, 10, 1), sent(2, at, Side::Buy, OrderType::Market, 1)], 0);
    filters(one, &[buy(1, at, 10, 1), buy(2, at, 10, 1)], 1);
    let at_once = |time_in_force| but(buy(2, at, 10, 1), |intent| intent.time_in_force = time_in_force);
    filters(one, &[buy(1, at, 10, 1), at_once(TimeInForce::ImmediateOrCancel)], 0);
    filters(one, &[buy(1, at, 10, 1), at_once(TimeInForce::FillOrKill)], 0);
    filters(one, &[buy(1, at, 10, 1), at_once(TimeInForce::GoodTilCancel)], 1);
    filters(one, &[buy(1, at, 10, 1), sent(2, at, Side::Sell, OrderType::Stop { trigger: Price::new(900) }, 1)], 1);
    let instead = but(buy(2, at, 10, 1), |intent| intent.replaces = Some(ClientOrderId(1)));
    filters(one, &[buy(1, at, 10, 1), instead], 0);
    let sizes: fn(&mut Filters) = |filters| {
        (filters.lot, filters.min_quantity, filters.max_quantity) =
            (Quantity::new(2), Some(Quantity::new(4)), Some(Quantity::new(8)));
        (filters.min_price, filters.max_price) = (Some(Price::new(9)), Some(Price::new(11)));
    };
    for (price, steps, times) in
        [(10, 4, 0), (10, 8, 0), (10, 5, 1), (10, 2, 1), (10, 10, 1), (9, 4, 0), (11, 4, 0), (8, 4, 1), (12, 4, 1)]
    {
        filters(sizes, &[buy(1, at, price, steps)], times);
    }
}

/// What a book lacks is a figure of the refusal: one said of another kind is wrong.
#[test]
fn a_book_of_one_side_is_told_from_an_empty_one() {
    let t0 = after(0).nanos();
    let bid = TestRow::depth(t0, t0 + MS, Side::Buy, 1_000, 5);
    let refused = |value| {
        let Entry::OrderSent { at, intent } = buy(1, 2 * MS, 10, 1) else { unreachable!() };
        let refusal = Refusal { gate: GateId(9), value, limit: 0 };
        vec![Entry::OrderRefused { at, intent, refusal }]
    };
    let (empty, one_sided) = (1, 2);
    let found = |rows: &[TestRow], value| {
        wrong_figures(&mut MemoryMarket::new(rows), gate(9, Limits::BookState), &refused(value))
    };
    assert_eq!(found(&[bid], one_sided), 0);
    assert_eq!(found(&[bid], empty), 1);
    let gone = TestRow::depth(t0, t0 + MS, Side::Buy, 1_000, 0);
    assert_eq!(found(&[bid.more(), gone], empty), 0);
    assert_eq!(found(&[bid.more(), gone], one_sided), 1);
}

/// The mid is 1,005: 905 and 1,105 are 100 ticks away, 9.95024875... %.
#[test]
fn price_collar_at_its_edge() {
    let limit = |ppb| gate(17, Limits::PriceCollar(ppb));
    let at = 2 * MS;
    for price in [905, 1_105] {
        had_to_fire(limit(99_502_488), &[buy(1, at, price, 1)], 0);
        had_to_fire(limit(99_502_487), &[buy(1, at, price, 1)], 1);
    }
    let (trigger, price) = (Price::new(905), Price::new(1_000));
    had_to_fire(limit(99_502_487), &[sent(1, at, Side::Sell, OrderType::StopLimit { trigger, price }, 1)], 1);
    // A market order trades at the other side, five ticks from the mid.
    had_to_fire(limit(4_975_125), &[sent(1, at, Side::Buy, OrderType::Market, 1)], 0);
    had_to_fire(limit(4_975_124), &[sent(1, at, Side::Sell, OrderType::Market, 1)], 1);
    had_to_fire(limit(900_000_000), &[buy(1, 0, 10, 1)], 1);
}
