//! Gates that look at own orders, at other markets, at the session and at who watches: at their edges.

use super::super::{AmendedOrder, RiskView, UNKNOWN};
use super::*;
use crate::model::{AmendOrder, Command, Session};
use crate::units::Span;

fn price(ticks: i64) -> Option<Price> {
    Some(Price::new(ticks))
}

/// An own order of the other side rests at 105 (for buys) or at 95 (for sells), in a market of 99 to 101.
#[test]
fn self_trade_refuses_at_the_own_price_and_beyond_it_and_mirrors() {
    for side in Side::BOTH {
        let (own, toward) = (100 + 5 * side.sign(), side.sign());
        let risk = match side {
            Side::Buy => RiskView { own_ask: price(own), ..risk() },
            Side::Sell => RiskView { own_bid: price(own), ..risk() },
        };
        let mut gates = armed("[self_trade]").0;
        let limits = [(own - toward, true), (own, false), (own + toward, false)];
        for (to, passes) in limits {
            let expected = if passes { Ok(()) } else { Err(refusal("self_trade", own.into(), to.into())) };
            assert_eq!(judge(&mut gates, limit(side, 1, to), &risk), expected, "{side:?} {to}");
            let maker = Intent { post_only: true, ..limit(side, 1, to) };
            assert_eq!(judge(&mut gates, maker, &risk), Ok(()), "a post-only order takes nothing");
        }
        // One step is all that the best level shows: a market order for more may go anywhere.
        assert_eq!(judge(&mut gates, order(side, OrderType::Market, 1), &risk), Ok(()));
        let far = Err(refusal("self_trade", own.into(), UNKNOWN));
        assert_eq!(judge(&mut gates, order(side, OrderType::Market, 2), &risk), far);
        let stop = OrderType::Stop { trigger: Price::new(own + toward) };
        assert_eq!(judge(&mut gates, order(side, stop, 9), &risk), Ok(()), "its market is not there yet");
        assert_eq!(judge(&mut gates, limit(side, 1, own), &super::risk()), Ok(()), "no own order");
    }
}

#[test]
fn self_trade_stops_what_reduces_unless_it_protects() {
    let risk = RiskView { own_bid: price(99), position: Quantity::new(5), ..risk() };
    let mut gates = armed("[self_trade]").0;
    let close = Intent { reduce_only: true, ..limit(Side::Sell, 5, 99) };
    assert_eq!(judge(&mut gates, close, &risk), Err(refusal("self_trade", 99, 99)));
    assert_eq!(judge(&mut gates, Intent { protective: true, ..close }, &risk), Ok(()));
    assert!(gates.clear_cancel(ClientOrderId(1), &risk).is_ok());
}

#[test]
fn self_trade_judges_an_amend_by_the_price_it_would_leave() {
    let order = AmendedOrder {
        side: Side::Sell,
        order_type: OrderType::Limit { price: Price::new(110) },
        executed: Quantity::ZERO,
        open: Quantity::new(1),
        reduce_only: false,
        protective: false,
    };
    let risk = RiskView { own_bid: price(99), open_sell: Quantity::new(1), ..risk() };
    let to = |ticks| AmendOrder {
        client_order_id: ClientOrderId(1),
        price: price(ticks),
        quantity: None,
        sent_at: risk.now,
    };
    let mut gates = armed("[self_trade]").0;
    assert!(gates.clear_amend(to(100), &order, &risk).is_ok());
    assert_eq!(gates.clear_amend(to(99), &order, &risk).map(drop), Err(refusal("self_trade", 99, 99)));
}

#[test]
fn concurrent_positions_counts_the_market_of_the_order() {
    for (max, others, passes) in [(1, 0, true), (1, 1, false), (3, 2, true), (3, 3, false), (3, 9, false)] {
        let mut gates = armed(&format!("[concurrent_positions]\nmax = {max}")).0;
        let risk = RiskView { other_positions: others, ..risk() };
        let value = i128::from(others) + 1;
        let expected = if passes { Ok(()) } else { Err(refusal("concurrent_positions", value, max)) };
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk), expected);
        assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &risk), expected);
        let held = RiskView { position: Quantity::new(1), ..risk };
        assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &held), Ok(()), "it reduces");
    }
}

#[test]
fn paper_mode_lets_nothing_but_cancels_leave_until_somebody_says_paper() {
    let mut gates = armed("[paper_mode]").0;
    let risk = RiskView { position: Quantity::new(5), ..risk() };
    let orders = [
        limit(Side::Buy, 1, 100),
        Intent { reduce_only: true, protective: true, ..limit(Side::Sell, 1, 100) },
        order(Side::Sell, OrderType::Market, 5),
    ];
    let refused = |gates: &mut Gates, value| {
        for intent in orders {
            assert_eq!(judge(gates, intent, &risk), Err(refusal("paper_mode", value, 0)), "{intent:?}");
        }
        assert!(gates.clear_cancel(ClientOrderId(1), &risk).is_ok());
    };
    refused(&mut gates, 2);
    gates.connect(Session::Paper);
    orders.iter().for_each(|intent| assert_eq!(judge(&mut gates, *intent, &risk), Ok(())));
    gates.connect(Session::Live);
    refused(&mut gates, 1);
    let mut restarted = armed("[paper_mode]").0;
    gates.connect(Session::Paper);
    restarted.restore(gates.save());
    refused(&mut restarted, 2);
    let mut out = Vec::new();
    assert_eq!(restarted.command(Command::ConnectPaper, noon(0), &mut out), crate::model::BotStatus::Running);
    orders.iter().for_each(|intent| assert_eq!(judge(&mut restarted, *intent, &risk), Ok(())));
    restarted.command(Command::ConnectLive, noon(0), &mut out);
    refused(&mut restarted, 1);
    assert_eq!(out, []);
}

const HEARTBEAT: &str = "[heartbeat]\nmax_silence_ms = 5000";

fn after(nanos: i64) -> RiskView {
    RiskView { now: noon(0).plus(Span::from_nanos(nanos)), ..risk() }
}

#[test]
fn a_heartbeat_lasts_exactly_its_limit() {
    let mut gates = armed(HEARTBEAT).0;
    let buy = limit(Side::Buy, 1, 100);
    assert_eq!(
        judge(&mut gates, buy, &after(0)),
        Err(refusal("heartbeat", UNKNOWN, 5_000_000_000)),
        "nobody ever came"
    );
    gates.heartbeat(noon(0), &mut Vec::new());
    assert_eq!(judge(&mut gates, buy, &after(5_000_000_000)), Ok(()));
    let late = Err(refusal("heartbeat", 5_000_000_001, 5_000_000_000));
    assert_eq!(judge(&mut gates, buy, &after(5_000_000_001)), late);
    let long = RiskView { position: Quantity::new(1), ..after(9_000_000_000) };
    assert_eq!(judge(&mut gates, limit(Side::Sell, 1, 100), &long), Ok(()), "it reduces");
    assert!(gates.clear_cancel(ClientOrderId(1), &long).is_ok());
}

#[test]
fn silence_trips_once_demands_cancels_and_ends_with_a_heartbeat() {
    let mut gates = armed(HEARTBEAT).0;
    gates.open(&mark(noon(0), 1_000));
    judge(&mut gates, limit(Side::Buy, 1, 100), &after(0)).unwrap();
    let tripped = GateEvent::Tripped(refusal("heartbeat", 6_000_000_000, 5_000_000_000));
    assert_eq!(marks(&mut gates, noon(0), &[1_000; 10]), [tripped]);
    assert_eq!(gates.cancel_up_to(), Some(ClientOrderId(1)));
    // Through a restart it stays tripped, and a heartbeat that is older than the last one is none.
    let (mut again, mut out) = (armed(HEARTBEAT).0, Vec::new());
    again.restore(serde_json::from_value(serde_json::to_value(gates.save()).unwrap()).unwrap());
    assert_eq!(again.cancel_up_to(), Some(ClientOrderId(1)));
    assert!(judge(&mut again, limit(Side::Buy, 1, 100), &after(9_000_000_000)).is_err());
    again.heartbeat(noon(0).plus(SECOND.times(9)), &mut out);
    assert_eq!(out, [GateEvent::Cleared(refusal("heartbeat", 0, 0).gate)]);
    assert_eq!(
        (again.cancel_up_to(), judge(&mut again, limit(Side::Buy, 1, 100), &after(14_000_000_000))),
        (None, Ok(()))
    );
    again.heartbeat(noon(0).plus(SECOND.times(10)), &mut out);
    assert_eq!(out.len(), 1, "it was open");
}
