use super::world::{Deal, World, at, best, fold, usd};
use crate::journal::Entry;
use crate::metrics::PerMarket;
use crate::metrics::{Metric, MetricsError};
use crate::model::*;
use crate::units::{DAY, Money, Price, Quantity, SECOND, Span};

fn close(left: Metric<f64>, right: f64) {
    let left = *left.value().unwrap_or_else(|| panic!("{left:?}"));
    assert!((left - right).abs() <= 1e-12 * right.abs().max(1.0), "{left} and {right}");
}

/// ```text
/// time  mid    deal                          position  capture  inventory  fees   equity
/// 1.0   100.1                                                                     1000
/// 1.5   100.1  buy 1 at 100.0, maker 0.02           1     +0.1             0.02
/// 2.0   100.3                                                       +0.2          1000.28
/// 2.5   100.4  sell 2 at 100.3, taker 0.10         -1     -0.2      +0.1   0.12
/// 3.0   100.2                                                       +0.2          1000.28
/// 3.5   100.3  buy 1 at 100.2, maker -0.01          0     +0.1      -0.1   0.11
/// 4.0   100.3                                              0.0      +0.4          1000.29
/// ```
fn world() -> World {
    let mut world = World::new(0, usd("1000"));
    let deal = |side, price, quantity, liquidity, fee, (bid, ask)| Deal {
        side,
        price,
        quantity,
        liquidity,
        fee: usd(fee),
        best: best(bid, ask),
    };
    world.mark(1_000, 1_000, 1_002);
    world.fill(1_500, deal(Side::Buy, 1_000, 1_000, Liquidity::Maker, "0.02", (1_000, 1_002)));
    world.mark(2_000, 1_002, 1_004);
    world.fill(2_500, deal(Side::Sell, 1_003, 2_000, Liquidity::Taker, "0.1", (1_003, 1_005)));
    world.mark(3_000, 1_001, 1_003);
    world.fill(3_500, deal(Side::Buy, 1_002, 1_000, Liquidity::Maker, "-0.01", (1_002, 1_004)));
    world.mark(4_000, 1_002, 1_004);
    world.end(4_000);
    world
}

#[test]
fn profit_adds_up_to_the_last_digit() {
    let profit = world().summary().profit;
    assert_eq!((profit.total, profit.spread_capture), (usd("0.29"), Money::ZERO));
    assert_eq!((profit.inventory, profit.fees), (usd("0.4"), usd("0.11")));
    assert_eq!((profit.marks_checked, profit.marks_unchecked, profit.fills_without_mid), (4, 0, 0));
    assert_eq!(profit.funding.reason(), Some("funding is not simulated"));
}

#[test]
fn round_trips_run_from_flat_to_flat_net_of_fees() {
    let trades = world().summary().trades;
    // 100.0 -> 100.3 less 0.02 and half of 0.10; then 100.3 -> 100.2 less the other half plus the rebate.
    assert_eq!((trades.closed, trades.wins, trades.losses, trades.is_open), (2, 2, 0, false));
    assert_eq!((trades.best, trades.worst), (Metric::Value(usd("0.23")), Metric::Value(usd("0.06"))));
    assert_eq!(trades.expectancy, Metric::Value(usd("0.145")));
    assert_eq!(trades.payoff.reason(), Some("no losing round trip"));
    assert_eq!(trades.profit_factor.reason(), Some("no losing round trip"));
    assert_eq!(trades.mean_holding, Metric::Value(SECOND));
    close(trades.win_rate, 1.0);
}

#[test]
fn markouts_use_the_last_mid_at_or_before_the_horizon() {
    let markouts = world().summary().markouts;
    let second = &markouts[0];
    assert_eq!((second.horizon, second.all.fills, second.dropped), (SECOND, 2, 1));
    close(second.maker.basis_points, 40.0);
    close(second.taker.basis_points, 0.0);
    close(second.all.basis_points, 40.0 / 3.0);
    assert_eq!(second.all.money, Metric::Value(usd("0.4")));
    assert_eq!((markouts[1].all.fills, markouts[1].dropped), (0, 3));
    assert_eq!(markouts[1].all.basis_points.reason(), Some("no fill was measured"));
}

#[test]
fn executions_and_inventory() {
    let summary = world().summary();
    let execution = &summary.execution;
    assert_eq!((execution.fills, execution.maker_fills, execution.taker_fills), (3, 2, 1));
    assert_eq!((execution.bought, execution.sold), (PerMarket::One(usd("2")), PerMarket::One(usd("2"))));
    assert_eq!(execution.traded_notional, usd("400.8"));
    assert_eq!((execution.fees, execution.maker_fees), (usd("0.11"), usd("0.01")));
    close(execution.maker_ratio_quantity, 0.5);
    close(execution.maker_ratio_notional, 200.2 / 400.8);
    let inventory = summary.inventory.one().unwrap();
    assert_eq!((inventory.longest, inventory.shortest, inventory.end), (usd("1"), usd("-1"), Money::ZERO));
    close(inventory.mean_absolute, 0.5);
    close(inventory.rms, 0.5_f64.sqrt());
    close(inventory.time_in_market, 0.5);
    assert_eq!(summary.exposure.gross_max, usd("100.3"));
}

#[test]
fn spread_latency_span_and_conventions() {
    let summary = world().summary();
    close(summary.spread.one().unwrap().mean_ticks, 2.0);
    assert_eq!(summary.spread.one().unwrap().median_ticks, Metric::Value(2));
    close(summary.spread.one().unwrap().one_tick_share, 0.0);
    assert_eq!(summary.conventions.mark_interval, Metric::Value(SECOND));
    let latency = &summary.latency;
    assert_eq!((latency.feed.count, latency.feed.p99_ns), (4, Metric::Value(1_500_000)));
    assert_eq!(latency.order_response.max_ns, Metric::Value(3_000_000));
    assert_eq!(latency.order_round_trip.p50_ns.reason(), Some("nothing was measured"), "a fill answers no request");
    assert_eq!((summary.span.rows, summary.span.messages, summary.span.marks), (70, 7, 4));
    assert_eq!((summary.span.entries, summary.span.complete), (9, true));
}

/// On trades and bars both best prices are the last price, without a quantity.
#[test]
fn a_last_price_is_no_book_and_has_no_spread() {
    let mut world = World::new(0, usd("1000"));
    let last = Some(Level { price: Price::new(1_000), quantity: Quantity::new(0) });
    for second in 1..4 {
        world.mark_at_equity(second * 1_000, BestPrices { bid: last, ask: last }, usd("1000"));
    }
    world.end(4_000);
    let summary = world.summary();
    let spread = summary.spread.one().unwrap();
    let why = Some("no mark with a quantity on both sides of the book");
    assert_eq!(
        (spread.mean_ticks.reason(), spread.p95_ticks.reason(), spread.one_tick_share.reason()),
        (why, why, why)
    );
    assert_eq!((spread.crossed, spread.one_sided), (0, 3));
    assert!(summary.series.spread.is_empty() && !summary.series.mid.is_empty());
}

#[test]
fn one_day_has_a_return_and_no_ratio() {
    let returns = world().summary().returns;
    assert_eq!((returns.start_equity, returns.end_equity), (usd("1000"), usd("1000.29")));
    close(returns.total_return, 0.000_29);
    assert_eq!((returns.periods, returns.annualised_is_headline), (0, false));
    assert_eq!((returns.days[0].day.as_str(), returns.days[0].partial), ("1970-01-01", true));
    assert_eq!(returns.sharpe.reason(), Some("fewer than two daily returns"));
    assert_eq!(returns.volatility.reason(), Some("fewer than two daily returns"));
    assert_eq!(returns.sortino.reason(), Some("fewer than two daily returns"));
    assert_eq!(world().summary().exposure.turnover_per_day.reason(), Some("the run is shorter than a day"));
}

/// Four days with marks, of which the last is half a day: three returns, and none of them enough for a year.
#[test]
fn a_part_of_a_day_is_no_daily_return_and_days_are_no_year() {
    let summary = days().summary();
    let returns = &summary.returns;
    assert_eq!((returns.days.len(), returns.periods), (4, 3));
    let fractions = [0.1, -0.05, 121.0 / 104.5 - 1.0];
    close(returns.daily_sharpe, *crate::metrics::statistics::sharpe(&fractions).value().expect("a figure"));
    for yearly in [returns.sharpe, returns.sortino, returns.volatility] {
        assert_eq!(yearly.reason(), Some("too few whole days for a figure per year"));
    }
    close(summary.exposure.turnover_per_day, 0.0);
}

/// Equity 100, 110 (midnight), 99, 104.5, 121 (midnight), 115: marks at noon and midnight, no position.
fn days() -> World {
    let mut world = World::new(0, usd("100"));
    const NOON: i64 = 43_200_000;
    for (mark, equity) in [(1, "110"), (2, "110"), (3, "99"), (4, "104.5"), (6, "121"), (7, "115")] {
        let equity = usd(equity);
        // Equity moves without fills: only a mark without a mid may say so.
        world.mark_at_equity(mark * NOON, BestPrices::default(), equity);
    }
    world.end(7 * NOON);
    world
}

#[test]
fn a_mark_at_midnight_closes_the_day_before() {
    let returns = days().summary().returns;
    let closes: Vec<_> = returns.days.iter().map(|day| (day.day.as_str(), day.close, day.partial)).collect();
    let expected = [
        ("1970-01-01", usd("110"), false),
        ("1970-01-02", usd("104.5"), false),
        ("1970-01-03", usd("121"), false),
        ("1970-01-04", usd("115"), true),
    ];
    assert_eq!(closes, expected);
    close(returns.days[1].fraction, -0.05);
    let product: f64 = returns.days.iter().map(|day| 1.0 + day.fraction.value().expect("positive equity")).product();
    close(returns.total_return, product - 1.0);
    assert_eq!(returns.lowest_equity, usd("99"));
}

#[test]
fn the_deepest_drawdown_has_its_stamps() {
    let half_day = Span::from_nanos(DAY.nanos() / 2);
    let drawdown = days().summary().drawdown;
    close(drawdown.fraction, 0.1);
    assert_eq!((drawdown.money, drawdown.is_open), (usd("11"), true));
    let deepest = drawdown.deepest.expect("a fall");
    assert_eq!((deepest.peak, deepest.trough), (usd("110"), usd("99")));
    let noon = |count: i64| at(count * 43_200_000);
    assert_eq!((deepest.peak_at, deepest.trough_at), (noon(2), noon(3)));
    assert_eq!(deepest.recovered_at, Some(noon(6)));
    assert_eq!((deepest.fall, deepest.recovery), (half_day, Metric::Value(half_day.times(3))));
    assert_eq!(drawdown.longest_under_water, half_day.times(4));
    // From the first mark below the peak to the first at it again: 3 to 6.
    close(drawdown.time_under_water, 3.0 / 7.0);
}

#[test]
fn a_first_day_loss_is_a_drawdown_from_the_start() {
    let mut world = World::new(0, usd("100"));
    world.mark_at_equity(1_000, BestPrices::default(), usd("90"));
    world.end(2_000);
    let summary = world.summary();
    close(summary.drawdown.fraction, 0.1);
    let deepest = summary.drawdown.deepest.expect("a fall");
    assert_eq!((deepest.peak_at, deepest.recovered_at), (at(0), None));
    assert_eq!(deepest.recovery.reason(), Some("equity has not come back to the peak"));
    assert!(summary.drawdown.is_open);
}

#[test]
fn nothing_traded_is_undefined_not_zero() {
    let mut world = World::new(0, usd("100"));
    world.mark(1_000, 1_000, 1_001);
    world.mark(2_000, 1_000, 1_001);
    world.end(2_000);
    let summary = world.summary();
    assert_eq!(summary.trades.win_rate.reason(), Some("no round trip with a profit or a loss"));
    assert_eq!(summary.trades.expectancy.reason(), Some("no closed round trip"));
    assert_eq!(summary.orders.fill_ratio_any.reason(), Some("no order was sent"));
    assert_eq!(summary.orders.cancel_to_fill.reason(), Some("no fill"));
    assert_eq!(summary.execution.maker_ratio_quantity.reason(), Some("no fill"));
    close(summary.drawdown.fraction, 0.0);
    close(summary.inventory.one().unwrap().time_in_market, 0.0);
    close(summary.spread.one().unwrap().one_tick_share, 1.0);
    let json = serde_json::to_string(&summary).expect("plain data");
    assert!(json.contains(r#""win_rate":{"value":null,"reason":"no round trip"#), "{json}");
    assert!(json.contains(r#""end_equity":"100""#), "{json}");
}

#[test]
fn a_mark_that_contradicts_the_fills_is_an_error() {
    let mut world = world();
    let position = world.entries.iter().position(|entry| entry.kind() == "end").expect("an end");
    world.entries.truncate(position);
    world.mark_at_equity(5_000, best(1_002, 1_004), usd("1000.3"));
    let error = fold(&world.entries).expect_err("0.01 too much");
    assert_eq!(error, MetricsError::Equity { entry: 8, journalled: usd("1000.3"), computed: usd("1000.29") });
    world.entries.pop();
    world.position = 3;
    world.mark(5_000, 1_002, 1_004);
    let error = fold(&world.entries).expect_err("3 steps too many");
    assert_eq!(error, MetricsError::Position { entry: 8, journalled: 3, computed: 0 });
}

#[test]
fn an_opening_position_is_revalued_to_the_first_mark() {
    use crate::journal::Entry;
    use crate::units::Quantity;
    let mut world = World::new(0, usd("1000"));
    (world.cash, world.position) = (usd("899.5"), 1_000);
    world.entries[0] =
        Entry::Start { at: at(0), market: MarketId::FIRST, equity: usd("1000"), position: Quantity::new(1_000) };
    world.mark(1_000, 1_000, 1_002);
    world.mark(2_000, 1_010, 1_012);
    world.fill(
        2_500,
        Deal {
            side: Side::Sell,
            price: 1_010,
            quantity: 1_000,
            liquidity: Liquidity::Taker,
            fee: usd("0.3"),
            best: best(1_010, 1_012),
        },
    );
    world.end(3_000);
    let summary = world.summary();
    // 100.5 at the start (unsaid), 100.1 at the first mark, 101.1 at the fill, sold at 101.0.
    assert_eq!(summary.profit.total, usd("0.2"));
    assert_eq!((summary.profit.spread_capture, summary.profit.inventory), (usd("-0.1"), usd("0.6")));
    assert_eq!((summary.trades.closed, summary.trades.began_open, summary.trades.is_open), (0, true, false));
    assert_eq!(summary.returns.end_equity, usd("1000.2"), "a fill after the last mark counts");
}

#[test]
fn orders_are_counted_by_what_became_of_them() {
    use crate::journal::Entry;
    use crate::journal::tests::drawn::order;
    use crate::model::{GateId, Refusal};
    let mut world = World::new(0, usd("1000"));
    (0..4).for_each(|number| world.entries.push(order(number)));
    let refusal = Refusal { gate: GateId(3), value: 7, limit: 5 };
    let Entry::OrderSent { intent, .. } = order(4) else { panic!("an order") };
    world.entries.push(Entry::OrderRefused { at: at(0), intent, refusal });
    world.entries.push(Entry::CancelSent { at: at(0), market: MarketId::FIRST, client_order_id: ClientOrderId(1) });
    world.report(10, Side::Buy, ReportKind::Accepted);
    world.report(11, Side::Buy, ReportKind::Accepted);
    world.report(12, Side::Sell, ReportKind::Rejected(RejectReason::PostOnlyWouldTake));
    world.report(13, Side::Sell, ReportKind::RequestRejected(RejectReason::UnknownOrder));
    world.report(14, Side::Buy, ReportKind::Ended(CancelReason::Requested));
    let fee = Money::ZERO;
    let (side, liquidity) = (Side::Buy, Liquidity::Maker);
    world.fill(15, Deal { side, price: 1_000, quantity: 10, liquidity, fee, best: best(1_000, 1_002) });
    world.entries.push(Entry::Tripped { at: at(16), market: MarketId::FIRST, refusal });
    let summary = world.summary();
    let orders = &summary.orders;
    assert_eq!((orders.sent, orders.refused, orders.accepted, orders.rejected), (4, 1, 2, 1));
    assert_eq!((orders.cancelled, orders.ended, orders.filled, orders.touched), (1, 1, 1, 1));
    assert_eq!(orders.rejected_by_reason[0].name, "post-only would take");
    assert_eq!((orders.requests_rejected, orders.cancels_sent), (1, 1));
    close(orders.fill_ratio_quantity, 0.25);
    close(orders.order_to_trade, 5.0);
    assert_eq!((summary.gates[0].gate, summary.gates[0].refused_orders, summary.gates[0].tripped), (3, 1, 1));
    assert_eq!(summary.latency.order_round_trip.count, 5);
    assert_eq!(summary.latency.order_round_trip.p50_ns, Metric::Value(5_000_000));
    assert!(!summary.span.complete);
}

/// An order of 10 steps that is amended to 90 and filled whole is not filled nine times over.
#[test]
fn an_amended_quantity_leaves_no_fill_ratio() {
    use crate::journal::Entry;
    use crate::journal::tests::drawn::order;
    let check = |quantity: Option<Quantity>, expected: Metric<f64>| {
        let mut world = World::new(0, usd("1000"));
        world.entries.push(order(0));
        let (market, client_order_id) = (MarketId::FIRST, ClientOrderId(0));
        world.entries.push(Entry::AmendSent { at: at(1), market, client_order_id, price: None, quantity });
        assert_eq!(world.summary().orders.fill_ratio_quantity, expected);
    };
    let why = "orders were amended in quantity: there is no one quantity sent";
    check(Some(Quantity::new(90)), Metric::undefined(why));
    check(None, Metric::Value(0.0));
}

#[test]
fn what_was_not_observed_is_marked() {
    let summary = world().summary();
    assert_eq!(summary.returns.profit, usd("0.29"));
    assert!(summary.latency.order_round_trip.assumed, "configured until said otherwise");
    assert!(summary.returns.sharpe.reason().is_some());
}

/// ```text
/// equity   1000 -> 1100 | +1100 -> 2200 -> 1980 | -980 -> 1000 -> 1100
/// return     +10 %               -10 %              +10 %               together 1.1 x 0.9 x 1.1 - 1 = 8.9 %
/// profit       100                -220                100               together -20
/// ```
#[test]
fn money_of_the_owner_is_no_return() {
    let mut world = World::new(0, usd("1000"));
    let step = |world: &mut World, seconds: i64, profit: &str| {
        let (at, charge, market) = (at(seconds * 1_000), Charge::Adjustment, MarketId::FIRST);
        world.cash += usd(profit);
        world.entries.push(Entry::Charged { at, market, charge, amount: usd(profit), line: 1 });
        world.mark(seconds * 1_000, 1_000, 1_002);
    };
    let allocate = |world: &mut World, seconds: i64, amount: &str| {
        let (at, asked, market) = (at(seconds * 1_000), usd(amount), MarketId::FIRST);
        world.cash += asked;
        world.entries.push(Entry::Allocated { at, market, asked, amount: asked, line: 2 });
    };
    step(&mut world, 1, "100");
    allocate(&mut world, 2, "1100");
    step(&mut world, 3, "-220");
    allocate(&mut world, 4, "-980");
    step(&mut world, 5, "100");
    world.end(6_000);
    let summary = world.summary();
    let returns = &summary.returns;
    assert_eq!((returns.profit, returns.allocations), (usd("-20"), Some(usd("120"))));
    assert_eq!((returns.start_equity, returns.end_equity), (usd("1000"), usd("1100")));
    close(returns.total_return, 0.089);
    close(returns.days[0].fraction, 0.089);
    assert_eq!((returns.days[0].profit, returns.lowest_equity), (usd("-20"), usd("1000")));
    // The fall is the 220 lost of 2,200, and stays 10 % when money is taken out below the peak.
    assert_eq!(summary.drawdown.money, usd("220"));
    close(summary.drawdown.fraction, 0.1);
    assert_eq!((summary.profit.total, summary.profit.adjustments), (usd("-20"), Some(usd("-20"))));
}
