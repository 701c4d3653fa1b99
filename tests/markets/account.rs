//! One account over several markets: conservation, gates, refusals.

use crate::support::{Dice, TestRow, random_market};
use crate::world::*;
use seatrial::engine::EngineError;
use seatrial::gates::{Amount, GateConfig, Setting, daily_loss};
use seatrial::journal::Entry;
use seatrial::model::{MarketId, RejectReason, ReportKind, Side};
use seatrial::readiness::measurements;
use seatrial::strategy::{Actions, OrderSpec, Subscriptions, View};
use seatrial::tape::TapeKind;
use seatrial::units::{Money, Price, Quantity, SECOND, Span};

const TIMER: Subscriptions = Subscriptions { timer: Some(Span::from_nanos(200 * MS)), ..NONE };

fn trade_both(seed: u64) -> impl FnMut(Why, &View<'_>, &mut Actions) + 'static {
    let mut dice = Dice::new(seed);
    move |_, view, actions| {
        for market in view.markets() {
            let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
            let (Some(bid), Some(ask)) = (market.best.bid, market.best.ask) else { continue };
            let quantity = Quantity::new(1 + dice.below(12));
            let near = if side == Side::Buy { bid.price } else { ask.price };
            let order = match dice.below(3) {
                0 => OrderSpec::market(side, quantity),
                _ => OrderSpec::limit(side, near.offset(side.sign() * (dice.below(5) - 2)), quantity),
            };
            actions.submit(order.on(market.id));
        }
    }
}

#[test]
fn profits_of_the_markets_add_up_to_the_accounts() {
    for seed in 1..=4 {
        let (a, b) = (random_market(seed, 500), random_market(seed + 20, 700));
        let mut second = market(&b, "B");
        second.header.instrument.tick_size = seatrial::units::Fixed::new(5, 2);
        second.header.instrument.step_size = seatrial::units::Fixed::new(2, 2);
        let played = play(vec![market(&a, "A"), second], &Plan::default(), TIMER, trade_both(seed));
        let summary = played.summary();
        let lane = &played.outcome.lanes[0];
        assert_eq!(summary.returns.end_equity, lane.equity);
        assert!(summary.profit.marks_checked > 5, "{:?}", summary.profit);
        let made: Money = summary.markets.iter().fold(Money::ZERO, |sum, market| sum + market.profit.total);
        let difference = (summary.profit.total - made).atto().abs();
        assert!(difference <= 4, "{} and {made}", summary.profit.total);
        assert_eq!(summary.returns.start_equity, Money::from_units(200_000));
        for (market, ledger) in summary.markets.iter().zip(&lane.ledgers) {
            ledger.check();
            assert_eq!(market.execution.fees, ledger.fees(), "seed {seed}");
            assert!(market.execution.fills > 5, "seed {seed}: {}", market.execution.fills);
        }
        let fills: u64 = summary.markets.iter().map(|market| market.execution.fills).sum();
        assert_eq!((summary.execution.fills, lane.fills), (fills, fills));
        let sent: u64 = summary.markets.iter().map(|market| market.orders.sent).sum();
        assert_eq!((summary.orders.sent, lane.orders), (sent, sent));
    }
}

#[test]
fn what_does_not_add_up_is_not_there_and_says_why() {
    let (a, b) = (random_market(1, 300), random_market(2, 300));
    let summary = play(vec![market(&a, "A"), market(&b, "B")], &Plan::default(), TIMER, trade_both(1)).summary();
    let json = serde_json::to_value(&summary).unwrap();
    for path in ["/inventory", "/spread", "/conventions/base", "/conventions/tick_size", "/execution/bought"] {
        let value = json.pointer(path).unwrap();
        assert!(value["value"].is_null() && value["reason"].as_str().unwrap().contains("each market"), "{path}");
    }
    assert!(json.pointer("/orders/fill_ratio_quantity/value").unwrap().is_null());
    assert_eq!(json.pointer("/conventions/symbol").unwrap(), "A + B");
    for place in ["0", "1"] {
        assert!(json.pointer(&format!("/markets/{place}/inventory/longest")).unwrap().is_string());
        assert!(json.pointer(&format!("/markets/{place}/spread/mean_ticks/value")).unwrap().is_number());
    }
    let measured = measurements(&summary);
    let reason = |name: &str| measured.get(name).unwrap().value.clone().unwrap_err();
    assert!(["position_longest", "position_shortest"].iter().all(|name| reason(name).contains("each market")));
}

/// A market that falls by a tenth at `at`, or stands still.
fn quiet(fall_at: Option<i64>) -> Vec<TestRow> {
    let mut rows =
        vec![TestRow::depth(0, 0, Side::Buy, 600_000, 500).more(), TestRow::depth(0, 0, Side::Sell, 600_010, 500)];
    if let Some(at) = fall_at {
        rows.push(TestRow::depth(at, at, Side::Buy, 600_000, 0).more());
        rows.push(TestRow::depth(at, at, Side::Buy, 540_000, 500).more());
        rows.push(TestRow::depth(at, at, Side::Sell, 600_010, 0).more());
        rows.push(TestRow::depth(at, at, Side::Sell, 540_010, 500));
    }
    rows.push(TestRow::depth(20_000 * MS, 20_000 * MS, Side::Sell, 600_500, 1));
    rows
}

#[test]
fn a_loss_in_one_market_stops_risk_in_all() {
    let limits = daily_loss::Limits {
        absolute: Setting::On(Amount::new(Money::from_units(100))),
        percent: Setting::Off,
        confirm_marks: 1,
        engages_kill_switch: true,
    };
    let gates = GateConfig { daily_loss: Setting::On(limits), ..GateConfig::default() };
    let plan = Plan { gates, ..Plan::default() };
    let second = Subscriptions { timer: Some(SECOND), ..NONE };
    let act = |_: Why, view: &View<'_>, actions: &mut Actions| {
        let at = if view.now.nanos() < 3_000 * MS { MarketId(1) } else { MarketId(0) };
        actions.submit(OrderSpec::market(Side::Buy, Quantity::new(20)).on(at));
        actions.submit(OrderSpec::limit(Side::Buy, Price::new(500_000), Quantity::new(1)).on(MarketId(0)));
    };
    let fall = 3_500 * MS;
    let played = play(vec![market(&quiet(None), "A"), market(&quiet(Some(fall)), "B")], &plan, second, act);
    let tripped: Vec<(u8, i64)> = played
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Tripped { at, market, .. } => Some((market.0, at.nanos())),
            _ => None,
        })
        .collect();
    // Between two ticks of the risk clock: the price of the market that fell is watched.
    assert_eq!(tripped, [(0, fall), (0, fall), (1, fall), (1, fall)], "loss and kill switch, in both markets");
    let risk_after = played.entries.iter().any(|entry| match entry {
        Entry::OrderSent { at, .. } => at.nanos() > fall,
        _ => false,
    });
    assert!(!risk_after, "an order that adds risk was sent after the trip");
    let cancelled = played.entries.iter().filter(|entry| matches!(entry, Entry::CancelSent { .. })).count();
    assert!(cancelled > 0, "nothing was cancelled");
    assert!(
        played.entries.iter().any(|entry| matches!(entry, Entry::OrderRefused { intent, .. } if intent.market.0 == 0))
    );
}

#[test]
fn an_order_for_no_market_is_rejected_by_the_first() {
    let once = |_: Why, view: &View<'_>, actions: &mut Actions| {
        if view.now.nanos() <= 1_000 * MS {
            actions.submit(OrderSpec::limit(Side::Buy, Price::new(590_000), Quantity::new(1)).on(MarketId(9)));
            actions.cancel(seatrial::model::ClientOrderId(777));
        }
    };
    let second = Subscriptions { timer: Some(SECOND), ..NONE };
    for count in [1, 2] {
        let markets = (0..count).map(|_| market(&quiet(None), "A")).collect();
        let played = play(markets, &Plan::default(), second, once);
        let reports: Vec<(u8, ReportKind)> = played
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Venue(report) => Some((report.market.0, report.kind)),
                _ => None,
            })
            .collect();
        let wanted = [
            (0, ReportKind::Rejected(RejectReason::UnknownMarket)),
            (0, ReportKind::RequestRejected(RejectReason::UnknownOrder)),
        ];
        assert_eq!(reports, wanted, "{count} markets");
        assert_eq!(played.summary().orders.rejected, 1);
    }
}

#[track_caller]
fn refused(markets: Vec<Labelled>, words: &[&str]) {
    let strategy = Scripted { subscriptions: NONE, act: Box::new(|_, _, _| {}) };
    let Err(EngineError::Unsupported(text)) = try_play(markets, &Plan::default(), strategy) else {
        panic!("expected a refusal")
    };
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

#[test]
fn markets_that_do_not_go_together_are_refused() {
    let rows = quiet(None);
    let mut other = market(&rows, "ABCEUR");
    other.header.instrument.quote = "EUR".to_owned();
    refused(vec![market(&rows, "BTCUSDT"), other], &["`BTCUSDT` is quoted in USDT", "`ABCEUR` in EUR"]);
    let mut bars = market(&rows, "BARS");
    bars.header = seatrial::tape::TapeHeader { period: Some(SECOND), ..empty(TapeKind::Bars) };
    refused(vec![market(&rows, "BTCUSDT"), bars], &["rows", "bars", "run them apart"]);
    refused((0..17).map(|_| market(&rows, "A")).collect(), &["17 tapes", "16 at most"]);
    refused(Vec::new(), &["no tape"]);
}
