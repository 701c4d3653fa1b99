//! What of a shock can do nothing in a market that it is laid over.

use super::shock::{PlacedShock, ShockModel};
use crate::tape::TapeKind;

/// Before and after what has no effect, in the format of a market that shocks were laid over.
const BEFORE: &str = ", without ";
const AFTER: &str = ", shocked";

/// The format of a market with shocks laid over it: what has no effect there is named, so that whoever reads of the market reads of it.
pub(super) fn format_under(format: &str, kind: TapeKind, shocks: &[PlacedShock]) -> String {
    let mut idle: Vec<String> = shocks.iter().filter_map(|placed| of_shock(&placed.shock, kind)).collect();
    idle.dedup();
    let idle = if idle.is_empty() { String::new() } else { format!("{BEFORE}{}", idle.join("; ")) };
    format!("{format}{idle}{AFTER}")
}

/// What has no effect in a market of this format: `leveraged accounts of liquidation-cascade`; nothing where all has one.
#[must_use]
pub fn without_effect(format: &str) -> Option<&str> {
    let (_, idle) = format.strip_suffix(AFTER)?.split_once(BEFORE)?;
    Some(idle)
}

/// Leveraged accounts need orders that react; of bars only prices can be moved; a tape of trades has no book that an order could go through.
fn of_shock(shock: &ShockModel, kind: TapeKind) -> Option<String> {
    let is_bars = kind == TapeKind::Bars;
    let parts = [
        (shock.leverage.is_some(), "leveraged accounts"),
        (kind == TapeKind::Trades && !shock.sweeps.is_empty(), "orders through the book"),
        (is_bars && !shock.liquidity.is_empty(), "depth and spread"),
        (is_bars && shock.pace.iter().any(|phase| phase.volatility != 1.0), "volatility"),
        (is_bars && shock.pace.iter().any(|phase| phase.orders != 1.0), "orders"),
    ];
    let idle: Vec<&str> = parts.iter().filter(|(is_idle, _)| *is_idle).map(|(_, what)| *what).collect();
    (!idle.is_empty()).then(|| format!("{} of {}", idle.join(", "), shock.name))
}
