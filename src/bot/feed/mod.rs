//! A bot's side of its market data: what makes a book that can be believed out of messages that are lost, late, doubled, damaged, or out of order.
//!
//! A [`Supervisor`] takes messages as they arrive and says what the bot may see: a careful one shows a book while every message up to
//! now is in it, in order, and nothing at all while it knows of something that is wrong. It asks for a snapshot, keeps differences
//! until it comes, and splices both; it connects again with growing pauses, and shows a second source of data meanwhile.
//! It does no input or output of its own and reads no clock: it is told the time with everything it is told, and answers with
//! [`FeedDeed`]s. A bot of one's own can use it as it is.
//!
//! Order rule: deeds are done in the order given. Invariants: a careful one never shows a book that lacks a message of which it has heard
//! a later one; a message is applied once. Known limits: a level that is wrong below the ten best is not found; one snapshot is asked
//! for at a time.

mod book;
mod message;
mod policy;
mod supervisor;
#[cfg(test)]
mod tests;
mod ticks;

pub use message::{Body, FeedDeed, FeedMessage, Update};
pub use policy::FeedPolicy;
pub use supervisor::Supervisor;
