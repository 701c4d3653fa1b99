//! What a person should hear of while a bot trades: observed, never blocking.
//!
//! A rule is a row of the catalogue and a few lines in the file of its family: `account` (what is held and lost), `trades` (what the
//! bot does), `path` (what travels between bot and venue), `feed` (what the bot hears of the market), `price` (how far it moves). A
//! [`Monitor`] hears what happens in one lane, and says of each rule and market when its cause begins, that it lasts, and when it ends.
//!
//! Order rule: at a tick the rules of a market speak in the order of their families, market by market, then those of the account; all of
//! them after the gates. Invariants: exactly at a limit is
//! within it, one unit above is not; one alert is raised while its cause lasts, however often it is found; what is raised is resolved
//! before it is raised again; nothing here reaches the bot, and nothing is allocated per tick of the clock.
//! Known limits: what begins and ends between two ticks of the clock is not seen, except in reports, in gates and in commands, which
//! are heard as they come; on bars nobody knows how long anything took, and nothing is silent: rules of feed and path are not watched.

mod account;
mod config;
mod feed;
mod monitor;
mod path;
mod price;
mod rule;
mod standing;
mod trades;

pub use config::{AlertConfig, AlertError, Watch};
pub use monitor::{AlertMarket, Monitor, Sight};
pub use rule::{AlertRule, RULES, Severity};

#[cfg(test)]
mod tests;
