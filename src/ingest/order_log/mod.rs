//! The log of a real session, paper or live: a CSV file of orders and fills under whatever names its columns have.
//!
//! Order rule: rows in the file's order; orders by the time of their sending, or of their first fill.
//! Invariants: nothing is guessed: a side, a unit of time or a kind of row that the mapping does not know is an error with its place; prices and
//! quantities lie on the instrument's grid exactly.
//! Known limits: one instrument; fees in the quote asset; cancels and amends are passed over where the mapping says so.

mod mapping;
mod read;
mod stamp;
#[cfg(test)]
mod tests;

pub use mapping::{COLUMNS, LogClock, LogMapping, Outside};
pub use read::{OrderLog, read_order_log};
