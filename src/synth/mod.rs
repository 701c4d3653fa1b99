//! Markets that never were.
//!
//! [`SimpleMarket`] is a seeded order book with trades, streamed batch by batch: an efficient price walks, quotes follow it
//! when it has left the spread far enough, trades take from the touch in between.
//!
//! Order rule: a market's rows depend on configuration and seed alone; venue time never decreases and arrival order is venue
//! order.
//! Invariants: no row of any message shows a crossed book (removals come first); every level set has a quantity above zero
//! and every level deleted was there; memory does not grow with length. Floats move the price and nothing else; they use
//! addition, multiplication and `libm`, so every machine makes the same bytes.
//! Known limits: one instrument; no reaction to the bot's orders; arrivals are Poisson without a time of day; depth ends a
//! hundred ticks from the touch; trades are independent given the walk, so order flow has no long memory; no price jumps.

mod batches;
mod config;
mod levels;
mod simple;
#[cfg(test)]
mod tests;

pub use config::{SimpleMarketConfig, SimpleMarketError};
pub use simple::SimpleMarket;
