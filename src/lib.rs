//! seatrial: the sea trial of a trading bot.
//!
//! A deterministic, event-driven matching simulator replays market data through a bot's strategy and its safety gates and
//! ends in a verdict: GO, NO-GO or INSUFFICIENT EVIDENCE. Data flows one way through the rooms:
//!
//! ```text
//! tape / synth -> engine( strategy -> gates -> venue -> ledger ) -> journal -> metrics, audit -> readiness -> report
//! ```
//!
//! A quant's own crate gets everything by handing its strategies to `seatrial::cli::main`.

pub mod alert;
pub mod audit;
pub mod book;
pub mod bot;
pub mod checkpoint;
pub mod cli;
pub mod engine;
pub mod fault;
pub mod fit;
pub mod gates;
pub mod ingest;
pub mod journal;
pub mod ledger;
pub mod metrics;
pub mod model;
pub mod notify;
pub mod readiness;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod score;
pub mod strategy;
pub mod synth;
pub mod tape;
pub mod units;
pub mod venue;
