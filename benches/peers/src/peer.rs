//! hftbacktest with its vector book, as its own examples build it.

use crate::feed::{Feed, unit};
use crate::workload::{Ended, INTERVAL_NS, LATENCY_NS, LOTS_MAX, MAKER_PPB, OFFSET_TICKS, TAKER_PPB};
use hftbacktest::backtest::assettype::LinearAsset;
use hftbacktest::backtest::data::{Data, DataSource};
use hftbacktest::backtest::models::{CommonFees, ConstantLatency, RiskAdverseQueueModel, TradingValueFeeModel};
use hftbacktest::backtest::{Backtest, ExchangeKind, L2AssetBuilder};
use hftbacktest::depth::{INVALID_MAX, INVALID_MIN, MarketDepth, ROIVectorMarketDepth};
use hftbacktest::types::{Bot, ElapseResult, OrdType, Side, TimeInForce};

/// Ticks of book the peer keeps at most; rows further out cannot reach a quote.
const ROI_MAX: i64 = 20_000_000;

pub fn build(feed: &Feed) -> Backtest<ROIVectorMarketDepth> {
    build_with(feed, [LATENCY_NS; 2])
}

/// The same with an order latency of its own, in nanoseconds, there and back.
pub fn build_with(feed: &Feed, latency: [i64; 2]) -> Backtest<ROIVectorMarketDepth> {
    let [there, back] = latency;
    let [tick, lot, low, high] = range(feed);
    Backtest::builder()
        .add_asset(
            L2AssetBuilder::new()
                .data(vec![DataSource::Data(Data::from_data(&feed.events))])
                .latency_model(ConstantLatency::new(there, back))
                .asset_type(LinearAsset::new(1.0))
                .fee_model(TradingValueFeeModel::new(CommonFees::new(MAKER_PPB as f64 / 1e9, TAKER_PPB as f64 / 1e9)))
                .exchange(ExchangeKind::NoPartialFillExchange)
                .queue_model(RiskAdverseQueueModel::new())
                .depth(move || ROIVectorMarketDepth::new(tick, lot, low, high))
                .build()
                .expect("a complete asset"),
        )
        .build()
        .expect("a complete backtest")
}

/// Tick, lot, and the lowest and highest price of the peer's book.
fn range(feed: &Feed) -> [f64; 4] {
    let tick = unit(feed.instrument.tick_size);
    let lot = unit(feed.instrument.step_size) * feed.instrument.filters.lot.steps().max(1) as f64;
    let low = feed.ticks.0.max(0);
    let high = feed.ticks.1.min(low + ROI_MAX);
    [tick, lot, low as f64 * tick, high as f64 * tick]
}

/// The peer's book, empty.
pub fn depth(feed: &Feed) -> ROIVectorMarketDepth {
    let [tick, lot, low, high] = range(feed);
    ROIVectorMarketDepth::new(tick, lot, low, high)
}

/// Replays the feed without a strategy.
pub fn replay(backtest: &mut Backtest<ROIVectorMarketDepth>) {
    backtest.goto_end().expect("a replay");
}

/// Runs the market maker to the end of the data.
pub fn market_maker(backtest: &mut Backtest<ROIVectorMarketDepth>, feed: &Feed, lot: i64) -> Ended {
    let step = unit(feed.instrument.step_size);
    let quantity = lot as f64 * step;
    let mut quotes = 0_u64;
    while backtest.elapse(INTERVAL_NS).expect("time passes") == ElapseResult::Ok {
        backtest.clear_inactive_orders(Some(0));
        let (bid, ask, tick) = {
            let depth = backtest.depth(0);
            (depth.best_bid_tick(), depth.best_ask_tick(), depth.tick_size())
        };
        let resting: Vec<u64> =
            backtest.orders(0).values().filter(|order| order.cancellable()).map(|order| order.order_id).collect();
        for order_id in resting {
            backtest.cancel(0, order_id, false).expect("a cancel");
        }
        if bid == INVALID_MIN || ask == INVALID_MAX {
            continue;
        }
        let position = (backtest.position(0) / quantity).round() as i64;
        for (side, sign, price) in [(Side::Buy, 1, bid - OFFSET_TICKS), (Side::Sell, -1, ask + OFFSET_TICKS)] {
            if sign * position + 1 > LOTS_MAX {
                continue;
            }
            quotes += 1;
            let price = price as f64 * tick;
            let (gtx, limit) = (TimeInForce::GTX, OrdType::Limit);
            let sent = match side {
                Side::Buy => backtest.submit_buy_order(0, quotes, price, quantity, gtx, limit, false),
                _ => backtest.submit_sell_order(0, quotes, price, quantity, gtx, limit, false),
            };
            sent.expect("an order");
        }
    }
    ended(backtest, step, quotes)
}

fn ended(backtest: &Backtest<ROIVectorMarketDepth>, step: f64, quotes: u64) -> Ended {
    let state = backtest.state_values(0);
    let depth = backtest.depth(0);
    let mid = f64::midpoint(depth.best_bid(), depth.best_ask());
    Ended {
        quotes,
        fills: state.num_trades as u64,
        position: (state.position / step).round() as i64,
        balance: state.balance,
        fee: state.fee,
        equity: state.balance + state.position * mid - state.fee,
    }
}
