//! How long orders waited for their first fill.

use super::matching::Matching;
use crate::model::{OrderRecord, TradingRecord};
use crate::units::Span;
use serde::Serialize;

/// Median and 95th percentile, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DelayPair {
    /// Observations.
    pub count: u64,
    /// Median.
    pub p50: Span,
    /// 95th percentile.
    pub p95: Span,
}

/// Times from order to first fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Delays {
    /// In the log, of orders whose sending it knows.
    pub log: DelayPair,
    /// In the simulation.
    pub simulation: DelayPair,
    /// First fill in the log less that in the simulation, of orders that both filled; positive is later than simulated.
    pub difference: DelayPair,
    /// Sum of those differences in nanoseconds, whatever their signs.
    #[serde(skip)]
    pub apart: i128,
}

pub(super) fn delays((log, simulation): (&TradingRecord, &TradingRecord), matching: &Matching) -> Delays {
    let waited = |record: &TradingRecord| {
        let of = |order: &OrderRecord| Some(order.first_fill_at()?.since(order.sent_at?).nanos());
        summed(record.orders.iter().filter_map(of).collect())
    };
    let pairs = matching.pairs.iter().map(|&(left, right)| (&log.orders[left], &simulation.orders[right]));
    let differences: Vec<i64> =
        pairs.filter_map(|(left, right)| Some(left.first_fill_at()?.since(right.first_fill_at()?).nanos())).collect();
    Delays {
        log: waited(log),
        simulation: waited(simulation),
        apart: differences.iter().map(|nanos| i128::from(nanos.abs())).sum(),
        difference: summed(differences),
    }
}

fn summed(mut nanos: Vec<i64>) -> DelayPair {
    nanos.sort_unstable();
    let at = |percent: usize| {
        let rank = (nanos.len() * percent).div_ceil(100).max(1);
        Span::from_nanos(nanos.get(rank - 1).copied().unwrap_or_default())
    };
    DelayPair { count: nanos.len() as u64, p50: at(50), p95: at(95) }
}
