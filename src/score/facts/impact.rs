//! Impact: what follows a market order, and what the queues foretell.

use super::book::needs_book;
use super::flow::needs_trades;
use super::{Fact, Measure, NOBLE};
use crate::score::band::Band;
use crate::score::figure::{Figure, figure, needs};
use crate::score::observe::Observation;

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "response R(1)",
        unit: "ticks",
        estimator: "mean move of the mid in the direction of a market order until the next one",
        band: Some(Band::Above(0.0)),
        source: NOBLE,
        measure: Measure::Whole(response),
    },
    Fact {
        family: FAMILY,
        name: "imbalance foretells the next move",
        unit: "",
        estimator: "share of states before a move up, by fifths of the bid's share of the best quantities; \
                    the smallest step from one fifth to the next",
        band: Some(Band::Above(0.0)),
        source: NOBLE,
        measure: Measure::Whole(imbalance),
    },
];

const FAMILY: &str = "impact";

fn response(seen: &Observation) -> Figure {
    needs_book(seen)?;
    needs_trades(seen, 1_000)?;
    needs(1_000, seen.orders.responses(), "market orders with a mid before and after")?;
    figure(seen.orders.response().first().map(|(_, response)| *response))
}

fn imbalance(seen: &Observation) -> Figure {
    needs_book(seen)?;
    let bins = seen.quotes.foretold();
    let fewest = bins.iter().map(|(count, _)| *count).fold(f64::INFINITY, f64::min);
    needs(200, fewest as u64, "states before a move in each fifth")?;
    let steps = bins.windows(2).map(|pair| pair[1].1 - pair[0].1);
    figure(Some(steps.fold(f64::INFINITY, f64::min)))
}
