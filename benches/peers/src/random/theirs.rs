//! The random trader at the peer.

use super::outcome::{End, Outcome, Side as Ended, Totals};
use super::trader::{Kind, Trader, Wish};
use crate::feed::{Feed, unit};
use crate::peer;
use crate::workload::{MAKER_PPB, TAKER_PPB};
use hftbacktest::backtest::Backtest;
use hftbacktest::depth::{INVALID_MAX, INVALID_MIN, MarketDepth, ROIVectorMarketDepth};
use hftbacktest::types::{Bot, ElapseResult, OrdType, Order, Status, TimeInForce};
use seatrial::model::Side;
use seatrial::units::MILLISECOND;
use std::collections::BTreeMap;

type Peer = Backtest<ROIVectorMarketDepth>;

/// `mid` values the position at the end: it is the venue's, while the peer's own equity takes the local one.
pub fn run(feed: &Feed, mut trader: Trader, latency: [i64; 2], mid: f64) -> Ended {
    let (tick, step) = (unit(feed.instrument.tick_size), unit(feed.instrument.step_size));
    let mut backtest = peer::build_with(feed, latency);
    // Orders not known to have ended.
    let mut live: Vec<u64> = Vec::new();
    let mut now = 0;
    while let Some(next) = trader.next() {
        let elapsed = backtest.elapse(MILLISECOND.nanos() * (next - now)).expect("time passes");
        assert_eq!(elapsed, ElapseResult::Ok, "the trader stops before the data");
        now = next;
        let orders = backtest.orders(0);
        live.retain(|id| orders[id].active() || orders[id].pending());
        let free: Vec<u64> = live.iter().copied().filter(|id| orders[id].cancellable()).collect();
        let depth = backtest.depth(0);
        let (bid, ask) = (depth.best_bid_tick(), depth.best_ask_tick());
        let best = (bid != INVALID_MIN && ask != INVALID_MAX).then_some((bid, ask));
        for wish in trader.act(best, &free) {
            if let Wish::Submit { id, .. } = wish {
                live.push(id);
            }
            send(&mut backtest, wish, tick, step);
        }
    }
    backtest.goto_end().expect("a replay");
    ended(&backtest, trader, step, mid)
}

fn send(backtest: &mut Peer, wish: Wish, tick: f64, step: f64) {
    let (price_of, quantity_of) = (|ticks: i64| ticks as f64 * tick, |steps: i64| steps as f64 * step);
    let sent = match wish {
        Wish::Submit { id, side, kind, price, quantity } => {
            let (price, quantity) = (price_of(price), quantity_of(quantity));
            let (order_type, lives) = kind_of(kind);
            match side {
                Side::Buy => backtest.submit_buy_order(0, id, price, quantity, lives, order_type, false),
                Side::Sell => backtest.submit_sell_order(0, id, price, quantity, lives, order_type, false),
            }
        }
        Wish::Cancel { id } => backtest.cancel(0, id, false),
        Wish::Amend { id, price, quantity } => backtest.modify(0, id, price_of(price), quantity_of(quantity), false),
    };
    sent.expect("a request the peer takes");
}

const fn kind_of(kind: Kind) -> (OrdType, TimeInForce) {
    match kind {
        Kind::Market => (OrdType::Market, TimeInForce::GTC),
        Kind::GoodTilCancel => (OrdType::Limit, TimeInForce::GTC),
        Kind::PostOnly => (OrdType::Limit, TimeInForce::GTX),
        Kind::ImmediateOrCancel => (OrdType::Limit, TimeInForce::IOC),
        Kind::FillOrKill => (OrdType::Limit, TimeInForce::FOK),
    }
}

fn ended(backtest: &Peer, trader: Trader, step: f64, mid: f64) -> Ended {
    let steps = |quantity: f64| (quantity / step).round() as i64;
    let orders: BTreeMap<u64, &Order> = backtest.orders(0).iter().map(|(id, order)| (*id, order)).collect();
    let filled = || orders.values().copied().filter(|order| order.status == Status::Filled);
    for order in filled() {
        let (executed, id) = (steps(order.exec_qty), order.order_id);
        assert!(trader.stale(id).contains(&executed), "the peer executed {executed} of order {id}: {order:?}");
    }
    let records = orders.iter().map(|(&id, order)| (id, format!("{order:?}"))).collect();
    let outcomes = orders.iter().map(|(&id, order)| (id, outcome(order, steps))).collect();
    Ended { outcomes, totals: totals(backtest, filled(), steps, mid), log: trader.log().take(), records }
}

fn outcome(order: &Order, steps: impl Fn(f64) -> i64) -> Outcome {
    // What was asked for, not what was executed: see `totals`.
    let quantity = Some(steps(order.qty));
    let at = Some(order.exch_timestamp);
    match order.status {
        Status::Filled => {
            let end = End::Filled { maker: order.maker };
            Outcome { end, price: Some(order.exec_price_tick), quantity, at }
        }
        Status::New => Outcome { end: End::Open, price: Some(order.price_tick), quantity, at: None },
        Status::Canceled => Outcome { end: End::Cancelled, price: None, quantity: None, at },
        Status::Expired => Outcome { end: End::Expired, price: None, quantity: None, at },
        other => panic!("the peer's order {} ended as {other:?}: {order:?}", order.order_id),
    }
}

/// The peer's own totals, corrected by a known difference: an amend that loses its place executes there the quantity from
/// before it, not the one that it asked for.
fn totals<'a>(
    backtest: &Peer,
    filled: impl Iterator<Item = &'a Order>,
    steps: impl Fn(f64) -> i64,
    mid: f64,
) -> Totals {
    let state = backtest.state_values(0);
    let (mut position, mut balance, mut fee) = (state.position, state.balance, state.fee);
    for order in filled {
        let missing = order.qty - order.exec_qty;
        let (sign, amount): (&f64, f64) = (order.side.as_ref(), missing * order.exec_price());
        let rate = if order.maker { MAKER_PPB } else { TAKER_PPB };
        position += sign * missing;
        balance -= sign * amount;
        fee += amount * rate as f64 / 1e9;
    }
    let equity = balance + position * mid - fee;
    Totals { fills: state.num_trades as u64, position: steps(position), balance, fee, equity }
}
