//! What can go wrong around a bot, written down by instant.
//!
//! A fault changes what reaches the bot, never what the venue knows: a [`Stalled`] source is the same market, heard later.
//! Order rule: what was behind stays behind. Invariants: venue time is untouched; the same faults over the same market give
//! the same market; audit and engine read it through the same faults. Known limits: nothing is lost, only late; slow venues are
//! a matter of [`crate::venue::Latency`].

mod stall;

pub use stall::{Stall, Stalled};
