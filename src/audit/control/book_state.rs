//! The book has two sides, and its bid is below its ask.

use super::{Case, Figures};
use crate::audit::setup::Limits;

/// What a book can be, by number: sound, empty, of one side, locked, crossed.
const BOOKS: [i128; 5] = [0, 1, 2, 3, 4];

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    let best = &case.heard.best;
    let [sound, empty, one_sided, locked, crossed] = BOOKS;
    let spread = best.bid.zip(best.ask).map(|(bid, ask)| i128::from(ask.price.ticks()) - i128::from(bid.price.ticks()));
    let value = match spread {
        Some(1..) => return None,
        Some(0) => locked,
        Some(_) => crossed,
        None if best.bid.is_some() || best.ask.is_some() => one_sided,
        None => empty,
    };
    Some(Figures { value, limit: sound })
}
