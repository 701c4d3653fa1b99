//! Named, independent, portable random streams from one seed, and integer samplers over them.
//!
//! A consumer asks for a stream by name once and keeps it: `streams.stream("feed-latency")`. Drawing from one stream never
//! shifts another, so a new consumer leaves every old sequence as it was.
//!
//! Order rule: a stream's numbers depend on seed, name and the number of draws before, and on nothing else.
//! Invariants: integers only, so every machine draws the same; frozen test vectors guard all of it. Changing a vector is
//! changing behaviour.
//! Known limits: not for secrets; the normal sampler ends at eight standard deviations and is a little thin in the tails.

mod log2;
mod quantiles;
mod sample;
mod stream;

pub use quantiles::{Quantiles, QuantilesError};
pub use stream::{Rng, Streams};
