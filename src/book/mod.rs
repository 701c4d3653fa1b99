//! Price levels and queues of one instrument's order book, and nothing about rules: no order types, no accounts, no queue models.
//!
//! [`Queues`] is a book of single orders, first come first served. A [`Ladder`] holds the absolute quantity of every level as last
//! heard. Order rule: rows are applied in the order given; when a new level crosses the other side, the newer side wins and the
//! other best moves away (the overrun levels stay stored and come back when a row of their side puts its best price at or beyond
//! them).
//!
//! Invariants: the best price of a side is the best level at or behind which rows left quantity; quantities are never
//! negative. Known limits: a spread of more than 100,000 ticks does not fit the ladder's window of fast levels: such books are right, and
//! slow.

mod bits;
mod ladder;
mod queues;
#[cfg(test)]
mod queues_tests;
mod shared;
mod window;

pub use ladder::{DepthChange, Ladder, LevelChange};
pub use queues::{OrderKey, QueuedOrder, Queues, Taken};
pub use shared::{SharedBook, SharedEvent};
