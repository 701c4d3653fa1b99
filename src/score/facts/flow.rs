//! Order flow: signs with a long memory.

use super::{Fact, Measure};
use crate::score::band::Band;
use crate::score::figure::{Figure, figure, needs};
use crate::score::observe::Observation;
use crate::tape::TapeKind;

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "order sign acf, decay exponent",
        unit: "",
        estimator: "less the slope of log acf on log lag, 19 lags up to 1,000 orders; less than one standard error counts as one",
        band: Some(Band::Within(0.3, 0.7)),
        source: "Lillo, Mike, Farmer 2005",
        measure: Measure::Whole(|seen| signs(seen, seen.orders.signs.exponent())),
    },
    Fact {
        family: FAMILY,
        name: "order sign Hurst exponent",
        unit: "",
        estimator: "half the slope of the log variance of sums over blocks of 8 to 1,024 orders",
        band: Some(Band::Within(0.65, 0.85)),
        source: "Gould, Porter, Howison 2015",
        measure: Measure::Whole(|seen| signs(seen, seen.orders.signs.hurst())),
    },
    Fact {
        family: FAMILY,
        name: "order sign acf(100)",
        unit: "",
        estimator: "correlation of the signs of market orders 100 orders apart",
        band: Some(Band::Above(0.03)),
        source: "Lillo, Mike, Farmer 2005; measured: a book simulator without order splitting gives 0.002",
        measure: Measure::Whole(|seen| signs(seen, seen.orders.signs.memory_at(100))),
    },
    Fact {
        family: FAMILY,
        name: "order sign acf(1)",
        unit: "",
        estimator: "correlation of the signs of successive market orders",
        band: None,
        source: "",
        measure: Measure::Whole(|seen| signs(seen, seen.orders.signs.memory_at(1))),
    },
];

const FAMILY: &str = "order flow";
const ORDERS_LEAST: u64 = 10_000;

/// Refuses a tape without trades.
pub(super) fn needs_trades(seen: &Observation, least: u64) -> Result<(), String> {
    if seen.header.kind == TapeKind::Bars {
        return Err("a tape of bars has no trades".to_owned());
    }
    needs(least, seen.orders.signs.count, "market orders")
}

fn signs(seen: &Observation, value: Option<f64>) -> Figure {
    needs_trades(seen, ORDERS_LEAST)?;
    figure(value)
}
