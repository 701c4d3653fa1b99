//! Proofs about runs of several markets: one order of rows, each market as it would be alone, one account over all.

#[path = "markets/account.rs"]
mod account;
#[path = "markets/audit.rs"]
mod audit;
#[path = "markets/bars.rs"]
mod bars;
#[path = "markets/ledger.rs"]
mod ledger;
#[path = "markets/naive.rs"]
mod naive;
#[path = "markets/order.rs"]
mod order;
mod support;
#[path = "markets/world.rs"]
mod world;
