//! The golden check: whenever a bookTicker and a depth message carry the same update id, both speak of the same book.

use super::assemble::Counts;
use super::message::Ticker;
use crate::ingest::doctor::{SideBooks, Spot};
use crate::ingest::error::Mismatch;
use crate::ingest::grid::Grid;
use crate::model::{Level, Side};
use crate::units::{Price, Quantity};
use std::collections::VecDeque;

/// Tickers that wait for their depth message; the oldest are forgotten.
const KEPT: usize = 1 << 14;

/// What a bookTicker states: best bid, best ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    id: u64,
    best: [Option<Level>; 2],
    spot: Spot,
}

/// Tickers newer than the book.
#[derive(Debug, Default)]
pub(super) struct Tickers {
    waiting: VecDeque<Stated>,
}

impl Tickers {
    /// Reads a ticker; a side without quantity is an empty side.
    pub fn read(spot: Spot, ticker: &Ticker<'_>, prices: Grid, quantities: Grid) -> Result<Stated, Mismatch> {
        let level = |keys: [&str; 2], price: &str, quantity: &str| {
            let price = prices.count_unsigned(price).map_err(|mismatch| mismatch.key(keys[0]))?;
            let quantity = quantities.count_unsigned(quantity).map_err(|mismatch| mismatch.key(keys[1]))?;
            Ok((quantity != 0).then(|| Level { price: Price::new(price), quantity: Quantity::new(quantity) }))
        };
        let bid = level(["b", "B"], ticker.bid_price, ticker.bid_quantity)?;
        let ask = level(["a", "A"], ticker.ask_price, ticker.ask_quantity)?;
        Ok(Stated { id: ticker.id, best: [bid, ask], spot })
    }

    /// Keeps a ticker until the book has reached it.
    pub fn keep(&mut self, stated: Stated) {
        if self.waiting.len() == KEPT {
            self.waiting.pop_front();
        }
        self.waiting.push_back(stated);
    }

    /// The ticker of update `id`, if it came; those up to it are forgotten.
    pub fn take(&mut self, id: u64) -> Option<Stated> {
        let mut taken = None;
        while self.waiting.front().is_some_and(|stated| stated.id <= id) {
            taken = self.waiting.pop_front().filter(|stated| stated.id == id).or(taken);
        }
        taken
    }
}

impl Counts {
    /// Compares prices and quantities of both sides.
    pub fn compare(&mut self, stated: &Stated, book: &SideBooks) {
        let rebuilt = Side::BOTH.map(|side| book.best(side));
        self.tickers.compared += 1;
        if rebuilt == stated.best {
            self.tickers.equal += 1;
        } else if self.first_difference.is_none() {
            let words = format!("bookTicker says {}, the book {}", show(stated.best), show(rebuilt));
            self.first_difference = Some((stated.spot, words));
        }
    }
}

/// `616861 x 12 / 616862 x 3` in ticks and steps.
fn show(best: [Option<Level>; 2]) -> String {
    let side = |level: Option<Level>| {
        level.map_or_else(
            || "nothing".to_owned(),
            |level| format!("{} x {}", level.price.ticks(), level.quantity.steps()),
        )
    };
    format!("{} / {} ticks x steps", side(best[0]), side(best[1]))
}
