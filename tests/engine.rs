//! Proofs about the engine's loop: views, order of events, isolation of lanes, no look-ahead, the risk clock, bars.

#[path = "engine/ahead.rs"]
mod ahead;
#[path = "engine/alert_audit.rs"]
mod alert_audit;
#[path = "engine/alert_edges.rs"]
mod alert_edges;
#[path = "engine/alerts.rs"]
mod alerts;
#[path = "engine/allocations.rs"]
mod allocations;
#[path = "engine/audit.rs"]
mod audit;
#[path = "engine/bars.rs"]
mod bars;
#[path = "engine/breakers.rs"]
mod breakers;
#[path = "engine/breakout.rs"]
mod breakout;
#[path = "engine/charges.rs"]
mod charges;
#[path = "engine/commands.rs"]
mod commands;
#[path = "engine/corrections.rs"]
mod corrections;
#[path = "engine/days.rs"]
mod days;
#[path = "engine/edges.rs"]
mod edges;
#[path = "engine/equality.rs"]
mod equality;
#[path = "engine/faults.rs"]
mod faults;
#[path = "engine/feeds.rs"]
mod feeds;
#[path = "engine/halts.rs"]
mod halts;
#[path = "engine/instants.rs"]
mod instants;
#[path = "engine/ledger.rs"]
mod ledger;
#[path = "engine/markouts.rs"]
mod markouts;
#[path = "engine/naive.rs"]
mod naive;
#[path = "engine/order_edges.rs"]
mod order_edges;
#[path = "engine/peers.rs"]
mod peers;
#[path = "engine/planted.rs"]
mod planted;
#[path = "engine/risk.rs"]
mod risk;
#[path = "engine/shaker.rs"]
mod shaker;
#[path = "engine/silence.rs"]
mod silence;
mod support;
#[path = "engine/tripping.rs"]
mod tripping;
#[path = "engine/views.rs"]
mod views;
#[path = "engine/world.rs"]
mod world;
