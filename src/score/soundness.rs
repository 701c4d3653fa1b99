//! What must hold before any statistic means something.

use crate::book::Ladder;
use crate::model::{Bar, Level, Side};
use crate::units::{Price, Quantity};

/// A precondition and how often it was broken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Precondition {
    /// Stable name.
    pub name: &'static str,
    /// In words.
    pub words: &'static str,
    /// How often it did not hold.
    pub violations: u64,
    /// The first row or bar at which it did not hold, counted from 0.
    pub first_row: Option<u64>,
}

/// Counts what is broken.
#[derive(Debug, Clone, Default)]
pub(super) struct Soundness {
    row: u64,
    last_at: Option<i64>,
    disorder: Broken,
    quantity: Broken,
    crossed: Broken,
    shape: Broken,
    overrun: Vec<(Side, Price)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Broken {
    count: u64,
    first: Option<u64>,
}

impl Broken {
    fn add(&mut self, row: u64) {
        self.count += 1;
        self.first.get_or_insert(row);
    }

    const fn precondition(self, name: &'static str, words: &'static str) -> Precondition {
        Precondition { name, words, violations: self.count, first_row: self.first }
    }
}

impl Soundness {
    /// The next row begins.
    pub fn row(&mut self, at: i64) {
        if self.last_at.is_some_and(|last| at < last) {
            self.disorder.add(self.row);
        }
        self.last_at = Some(at);
        self.row += 1;
    }

    const fn here(&self) -> u64 {
        self.row.saturating_sub(1)
    }

    pub fn trade(&mut self, quantity: i64) {
        if quantity <= 0 {
            self.quantity.add(self.here());
        }
    }

    /// A level is about to be stored. Remembers the levels of the other side that it runs over.
    pub fn level(&mut self, book: &Ladder, side: Side, price: Price, quantity: i64) {
        if quantity < 0 {
            self.quantity.add(self.here());
        }
        let other = side.opposite();
        if 0 < quantity && book.best_price(other).is_some_and(|best| side.improves(price, best)) {
            let run_over = book.levels(other).take_while(|level| side.improves(price, level.price));
            self.overrun.extend(run_over.map(|level| (other, level.price)));
        }
    }

    /// A message ended: what was run over and still stands crosses the book.
    pub fn message_end(&mut self, book: &Ladder) {
        if self.overrun.is_empty() {
            return;
        }
        let crosses = |(side, price): &(Side, Price)| {
            let other = side.opposite();
            let stands = !book.quantity(*side, *price).is_zero();
            stands && book.best_price(other).is_some_and(|best| other.improves(best, *price))
        };
        self.overrun.retain(crosses);
        self.overrun.sort_unstable();
        self.overrun.dedup();
        if !self.overrun.is_empty() {
            self.crossed.add(self.here());
        }
    }

    pub fn bar(&mut self, bar: &Bar, last_open: Option<i64>) {
        self.row += 1;
        if last_open.is_some_and(|last| bar.open_at.nanos() <= last) {
            self.disorder.add(self.here());
        }
        if bar.volume < Quantity::new(0) {
            self.quantity.add(self.here());
        }
        if [bar.open, bar.close].iter().any(|price| *price < bar.low || bar.high < *price) {
            self.shape.add(self.here());
        }
    }

    /// For a tape of rows.
    pub fn of_rows(&self) -> Vec<Precondition> {
        vec![
            self.crossed.precondition("book-not-crossed", "the best bid is never above the best ask"),
            self.quantity.precondition("quantity-positive", "no trade without a quantity, no level below zero"),
            self.disorder.precondition("time-monotone", "venue time never goes back"),
        ]
    }

    /// For a tape of bars.
    pub fn of_bars(&self) -> Vec<Precondition> {
        vec![
            self.shape.precondition("bar-in-range", "open and close lie between low and high"),
            self.quantity.precondition("quantity-positive", "no volume below zero"),
            self.disorder.precondition("time-monotone", "every bar opens after the one before"),
        ]
    }
}

/// The best levels of a book that has both sides and is neither locked nor crossed.
pub(super) fn touch(book: &Ladder) -> Option<[Level; 2]> {
    let best = book.best();
    let pair = [best.bid?, best.ask?];
    (pair[0].price < pair[1].price).then_some(pair)
}
