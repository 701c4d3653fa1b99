//! A recorded tape in another order: blocks of it, drawn by chance and joined where the book looked alike.
//!
//! The stationary bootstrap (D. Politis, J. Romano, 1994): blocks of exponential length, each from anywhere. A block begins where the
//! spread was the same, the best quantities leaned the same way and the hour was near; its prices are shifted by whole ticks so that
//! the mid goes on, its stamps so that time does. Where two blocks meet, one message turns the book of the one into that of the other.

mod auto;
mod book;
mod plan;
mod source;
mod states;
mod write;

#[cfg(test)]
mod tests;

pub use auto::{AutoBlock, auto_block, block_length};
pub use plan::{Joins, RemixError, RemixRecipe};
pub use source::{RemixAsk, RemixMarket};
pub use write::{Remixed, remix};
