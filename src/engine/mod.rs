//! One loop: next event, one step, one record.
//!
//! The market runs between decision points in a loop that compares no times; orders, reports, timers, feed deliveries and
//! the risk clock are events with a total order. Several lanes (bots that cannot see each other) share one pass.
//!
//! `rows` and `cursor` run the market and `merge` several of them; `agenda` holds when each kind of event happens next;
//! `dispatch` takes what the gates cleared into the journal and on its way, and `reports` keeps what the venues say until the
//! bots have learned of it; `script` is what the bots are told, `reinvest` what moves money between them. A `lane` is one bot, a `site` its account at one venue.
//!
//! In the closed loop (`live`) the market is made message by message as the loop goes on, and the one lane's orders stand in its book.
//!
//! Order rule: by time; within one instant the markets' rows first, market by market, then expiries, arriving requests,
//! the risk clock, scripted events, reinvestments, commands, reports, feed deliveries and timers, in that order, lane by lane, and market by market within a lane. What
//! an instant causes at the same instant runs in a further round of the same order.
//! Invariants: no clock, no entropy, no thread; no allocation per row; a lane's entries do not depend on its neighbours, but for reinvestments.
//! Known limits: up to 16 tapes a run, of one quote asset; bars merge with bars of the same period only; between two ticks
//! of the risk clock a breaker's price holds the other markets where they were last marked.

mod agenda;
mod bar_tape;
mod bars;
mod builder;
mod config;
mod cursor;
mod disk;
mod dispatch;
mod error;
mod feed;
mod fills;
mod heard;
mod history;
mod horizons;
mod interest;
mod lane;
mod live;
mod merge;
mod order_budget;
mod paused;
mod records;
mod reinvest;
mod reports;
mod rows;
mod run;
mod script;
mod site;
mod track;
mod twin;
mod wire;
mod wired;

pub use config::{EngineConfig, Held, LaneSetup, MarketSetup, Progress, ViewMode};
pub use error::EngineError;
pub use heard::{FedMarket, FeedSetup};
pub use lane::LaneOutcome;
pub use order_budget::OrderBudget;
pub use reinvest::Reinvesting;
pub use run::{
    Checkpoints, MARKETS_MAX, MarketOutcome, Outcome, run, run_heard, run_kept, run_live, run_live_family,
    run_live_kept, run_merged,
};
pub use script::{Condition, Rebuild, Scope, Script, Scripted, ScriptedEvent, When};
pub use wire::WireSetup;
