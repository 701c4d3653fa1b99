//! What can go wrong around a bot: feeds by instant, the wire by chance and by script.
//!
//! A fault changes what reaches the bot, or the venue, never what the venue knows: a [`Stalled`] source is the same market, heard later;
//! [`wire`] says what becomes of requests, replies and reports on their way.
//! Order rule: what was behind stays behind. Invariants: venue time is untouched; the same faults over the same market give
//! the same market; audit and engine read it through the same faults. Known limits: slow venues are
//! a matter of [`crate::venue::Latency`].

mod catalogue;
mod stall;
pub mod wire;

pub use catalogue::{CATALOGUE, Tried};
pub use stall::{Stall, Stalled};
