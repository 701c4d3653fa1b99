//! The naive twin: book and venue in plain code, written from the rules. It shares only `units` and `model` with the
//! product, looks at every row, keeps nothing it can work out again, and searches sorted vectors from end to end.
//!
//! Where the rules leave a choice, this is how they are read here:
//! * A level that was overrun by the other side is seen again as soon as the best price of its side is at or beyond it.
//! * A cleared side is a feed that was lost: nobody in a queue moves, and what was taken stays taken.
//! * A message fills crossed orders only if it moved a best price or added to a level that an own order crosses.
//! * Where trades at the price do not fill, they do not move the queue either.
//! * The opening position of a linear contract is valued by the first new order that arrives while there is a mark.
//! * Where one event reaches own orders of both sides, the side whose front order is older comes first.
//! * A bar's low is reached from above and its high from below, even where the price is there already.

mod bars;
mod book;
mod market;
mod money;
mod order;
mod queue;
mod requests;
mod settings;
mod state;
mod walk;

pub use settings::{Crossing, Market, Path, Queue, Settings};
pub use state::Naive;

use seatrial::model::Side;

/// True when `a` is the better price to rest at for `side`.
fn beats(side: Side, a: i64, b: i64) -> bool {
    if side == Side::Buy { a > b } else { a < b }
}

/// True when an order of `side` with this limit may trade at `price`.
fn allows(side: Side, limit: i64, price: i64) -> bool {
    !beats(side, price, limit)
}

/// Sorts the better prices of `side` to the front.
fn better_first(side: Side, price: i64) -> i64 {
    if side == Side::Buy { -price } else { price }
}
