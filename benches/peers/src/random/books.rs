//! Both sides' books over all rows in venue order: the same best prices after each row.

use crate::feed::{Feed, unit};
use crate::peer;
use hftbacktest::depth::{INVALID_MAX, INVALID_MIN, L2MarketDepth, MarketDepth};
use hftbacktest::types::{BUY_EVENT, DEPTH_CLEAR_EVENT, EXCH_EVENT, Event, Side as PeerSide, TRADE_EVENT};
use seatrial::book::Ladder;
use seatrial::model::Side;
use seatrial::units::{Price, Quantity};

/// The mid that the peer's book ends with, or the first row after which the best prices differ.
pub fn walk(feed: &Feed) -> Result<f64, String> {
    let (tick, step) = (unit(feed.instrument.tick_size), unit(feed.instrument.step_size));
    let (mut depth, mut ladder) = (peer::depth(feed), Ladder::new());
    for (index, event) in feed.events.iter().filter(|event| event.ev & EXCH_EVENT != 0).enumerate() {
        let price = (event.px / tick).round() as i64;
        let quantity = (event.qty / step).round() as i64;
        let buy = event.ev & BUY_EVENT != 0;
        let side = if buy { Side::Buy } else { Side::Sell };
        match event.ev & 0xff {
            TRADE_EVENT => continue,
            DEPTH_CLEAR_EVENT => {
                depth.clear_depth(if buy { PeerSide::Buy } else { PeerSide::Sell }, event.px);
                ladder.clear(side);
            }
            _ => {
                update(&mut depth, buy, event);
                ladder.set(side, Price::new(price), Quantity::new(quantity));
            }
        }
        let peer = (depth.best_bid_tick(), depth.best_ask_tick());
        let [bid, ask] = Side::BOTH.map(|side| ladder.best_price(side).map(Price::ticks));
        let ours = (bid.unwrap_or(INVALID_MIN), ask.unwrap_or(INVALID_MAX));
        if peer != ours {
            return Err(format!(
                "row {index} ({side:?} {price} x {quantity}): best prices {peer:?}, seatrial {ours:?}"
            ));
        }
    }
    Ok(f64::midpoint(depth.best_bid(), depth.best_ask()))
}

fn update(depth: &mut impl L2MarketDepth, buy: bool, event: &Event) {
    if buy {
        depth.update_bid_depth(event.px, event.qty, event.exch_ts);
    } else {
        depth.update_ask_depth(event.px, event.qty, event.exch_ts);
    }
}
