//! One thing under test: strategy, gates, and what the bot knows of its own account.
//!
//! A [`Bot`] learns from execution reports and nothing else; its position is what it was told, not what is true at the
//! venue. Every wish of the strategy passes the gates here, and only what they cleared leaves. Who runs the bot can pause,
//! stop, kill, flatten and restart it; the orders that bring a position to nothing pass the gates like any other.
//!
//! Order rule: wishes are judged and sent in the order the strategy stated them, cancels demanded by a gate first.
//! A bot of several markets has one strategy, one list of orders and one equity, but gates, open quantity and ledger of
//! each market apart.
//! Invariants: open quantity per side is the sum over the orders listed; an order whose cancel is on its way still counts.
//! What travels between bot and venue is the matter of its [`gateway`]. Known limits: without one the connection never loses a message.

mod account;
mod command;
mod decision;
pub mod feed;
mod flatten;
pub mod gateway;
mod kept;
mod lifecycle;

pub use account::Account;
pub use decision::{Decision, Request};
pub use flatten::FLATTEN_REASON;
pub use lifecycle::{Bot, BotMarket, MarketKnowledge, Wake};
