//! The market a bot hears of, one row after the other: sorted maps and plain code.

use crate::support::TestRow;
use seatrial::model::{BestPrices, Level, Side, row};
use seatrial::units::{Price, Quantity};
use std::collections::BTreeMap;

/// A book and the last trade.
#[derive(Debug, Clone, Default)]
pub struct NaiveMarket {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
    pub last_trade: Option<i64>,
}

impl NaiveMarket {
    pub fn apply(&mut self, line: &TestRow) {
        let levels = match row::side(line.flags) {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        match (line.flags & row::KIND, line.quantity) {
            (row::TRADE, _) => self.last_trade = Some(line.price),
            (row::CLEAR, _) => levels.clear(),
            (_, 0) => {
                levels.remove(&line.price);
            }
            (_, quantity) => {
                levels.insert(line.price, quantity);
            }
        }
    }

    /// Best prices of a book that is never crossed at the end of a message.
    pub fn best(&self) -> BestPrices {
        let level =
            |(&price, &quantity): (&i64, &i64)| Level { price: Price::new(price), quantity: Quantity::new(quantity) };
        BestPrices { bid: self.bids.last_key_value().map(level), ask: self.asks.first_key_value().map(level) }
    }
}

/// Rows as messages.
pub fn messages(rows: &[TestRow]) -> Vec<Vec<TestRow>> {
    let ends = |line: &TestRow| line.flags & row::LAST != 0;
    rows.split_inclusive(ends).map(<[TestRow]>::to_vec).collect()
}
