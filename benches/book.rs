//! The ladder alone: what one level change costs near the best price, far from it, and at it.
//!
//! `cargo bench --no-default-features --bench book`. CPU time of the thread, median of five rounds.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/draw.rs"]
mod draw;
#[path = "support/timing.rs"]
mod timing;

use draw::Draw;
use seatrial::book::Ladder;
use seatrial::model::Side;
use seatrial::units::{Price, Quantity};
use std::hint::black_box;
use timing::print_each;

const CHANGES: usize = 1_000_000;
const MID: i64 = 6_000_000;

fn main() {
    changes("change of one of 20 levels at the best", 20, 0);
    changes("change of one of 1,000 levels at the best", 1_000, 0);
    changes("change 20,000 ticks behind the best", 20, 20_000);
    changes("change 1,000,000 ticks behind the best (in the map)", 1_000, 1_000_000);
    retreats("best level deleted and set again, next one a tick on", 1);
    retreats("the same, next one 10,000 ticks on", 10_000);
    walk();
}

/// Drawn changes of both sides, `away` ticks behind the best price; every tenth deletes.
fn changes(name: &str, levels: i64, away: i64) {
    let mut draw = Draw::new(7);
    let rows: Vec<(Side, Price, Quantity)> = (0..CHANGES)
        .map(|index| {
            let (sell, behind) = (index % 2 == 0, away + draw.below(levels));
            let tick = if sell { MID + 1 + behind } else { MID - behind };
            let quantity = if draw.below(10) == 0 { 0 } else { 1 + draw.below(1_000) };
            (if sell { Side::Sell } else { Side::Buy }, Price::new(tick), Quantity::new(quantity))
        })
        .collect();
    let mut book = Ladder::new();
    book.set(Side::Buy, Price::new(MID), Quantity::new(1));
    book.set(Side::Sell, Price::new(MID + 1), Quantity::new(1));
    print_each(name, CHANGES as u64, || {
        for &(side, price, quantity) in &rows {
            black_box(book.set(side, price, quantity));
        }
    });
}

/// The best bid goes and comes, with the next level `gap` ticks behind it: two changes a round.
fn retreats(name: &str, gap: i64) {
    let mut book = Ladder::new();
    book.set(Side::Buy, Price::new(MID - gap), Quantity::new(1));
    print_each(name, CHANGES as u64, || {
        for index in 0..CHANGES {
            let quantity = Quantity::new(index as i64 % 2);
            black_box(book.set(Side::Buy, Price::new(MID), quantity));
        }
    });
}

/// Best prices that wander, so that the window follows them.
fn walk() {
    let (mut book, mut draw, mut tick) = (Ladder::new(), Draw::new(3), MID);
    print_each("best price moves by up to 50 ticks", CHANGES as u64, || {
        for _ in 0..CHANGES / 2 {
            book.set(Side::Buy, Price::new(tick), Quantity::ZERO);
            tick += draw.below(101) - 50;
            black_box(book.set(Side::Buy, Price::new(tick), Quantity::new(5)));
        }
    });
}
