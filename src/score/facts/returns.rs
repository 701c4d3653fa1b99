//! Returns: no memory, heavy tails that grow thinner with the horizon.

use super::flow::needs_trades;
use super::{CONT, DAILY, DAYS_LEAST, Fact, Measure, PERPETUAL, SCHNAUBELT};
use crate::score::band::Band;
use crate::score::cells::{Sums, TAIL};
use crate::score::figure::{Estimate, Figure, figure, needs};
use crate::score::observe::Observation;
use crate::score::statistics::hill_of;

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "return acf(1), 1 min",
        unit: "",
        estimator: "correlation of successive 1-minute log returns",
        band: Some(Band::Within(-0.10, 0.05)),
        source: PERPETUAL,
        measure: Measure::Minutes(memory),
    },
    Fact {
        family: FAMILY,
        name: "return acf(1), 1 d",
        unit: "",
        estimator: "correlation of successive daily log returns; band: zero, give or take 0.05 and two standard errors",
        band: Some(Band::NearZero(0.05)),
        source: DAILY,
        measure: Measure::Whole(daily_memory),
    },
    Fact {
        family: FAMILY,
        name: "price change acf(1), order to order",
        unit: "",
        estimator: "correlation of successive changes of the last price of market orders (bounce)",
        band: Some(Band::Below(0.0)),
        source: SCHNAUBELT,
        measure: Measure::Whole(bounce),
    },
    Fact {
        family: FAMILY,
        name: "excess kurtosis, 1 min",
        unit: "",
        estimator: KURTOSIS,
        band: Some(Band::Within(10.0, 60.0)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| kurtosis(sums, 1, 1_440)),
    },
    Fact {
        family: FAMILY,
        name: "excess kurtosis, 15 min",
        unit: "",
        estimator: KURTOSIS,
        band: Some(Band::Within(4.0, 15.0)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| kurtosis(sums, 15, 480)),
    },
    Fact {
        family: FAMILY,
        name: "excess kurtosis, 60 min",
        unit: "",
        estimator: KURTOSIS,
        band: Some(Band::Within(2.0, 10.0)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| kurtosis(sums, 60, 480)),
    },
    Fact {
        family: FAMILY,
        name: "excess kurtosis, 1 d",
        unit: "",
        estimator: "fourth standardised moment of daily log returns, less 3",
        band: Some(Band::Within(2.0, 20.0)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.moments().excess_kurtosis())),
    },
    Fact {
        family: FAMILY,
        name: "kurtosis falls, 1 min to 60 min",
        unit: "",
        estimator: "excess kurtosis of 1-minute returns less that of 60-minute returns (aggregational Gaussianity)",
        band: Some(Band::Above(0.0)),
        source: CONT,
        measure: Measure::Minutes(kurtosis_falls),
    },
    Fact {
        family: FAMILY,
        name: "tail index of |return|, 1 min",
        unit: "",
        estimator: HILL,
        band: Some(Band::Within(2.2, 3.2)),
        source: PERPETUAL,
        measure: Measure::Minutes(tail),
    },
    Fact {
        family: FAMILY,
        name: "tail index of |return|, 1 d",
        unit: "",
        estimator: HILL,
        band: Some(Band::Within(2.5, 4.0)),
        source: "Takaishi 2020",
        measure: Measure::Whole(|seen| daily(seen, |seen| hill_of(seen.days.returns.values(), TAIL))),
    },
    Fact {
        family: FAMILY,
        name: "skew, 1 d",
        unit: "",
        estimator: "third standardised moment of daily log returns",
        band: Some(Band::Within(-1.2, 0.3)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.moments().skew())),
    },
];

const FAMILY: &str = "returns";
const KURTOSIS: &str = "fourth standardised moment of log returns that do not overlap, less 3";
const HILL: &str = "Hill: the largest 5 % of absolute log returns";

fn memory(sums: &Sums) -> Figure {
    needs(1_440, sums.memory[0].count as u64, "pairs of returns of 1 min")?;
    figure(sums.memory[0].correlation())
}

fn kurtosis(sums: &Sums, step: i32, least: u64) -> Figure {
    let returns = sums.returns_of(step);
    needs(least, returns.count as u64, &format!("returns of {step} min"))?;
    figure(returns.excess_kurtosis())
}

fn kurtosis_falls(sums: &Sums) -> Figure {
    let long = kurtosis(sums, 60, 480)?;
    let short = kurtosis(sums, 1, 1_440)?;
    figure(Some(short.value - long.value))
}

fn tail(sums: &Sums) -> Figure {
    needs(1_440, sums.returns_of(1).count as u64, "returns of 1 min")?;
    sums.tail
        .map_or_else(|| Err("more than 95 % of the returns are of one size".to_owned()), |value| figure(Some(value)))
}

fn bounce(seen: &Observation) -> Figure {
    needs_trades(seen, 1_000)?;
    needs(1_000, seen.orders.bounce.count as u64, "price changes between market orders")?;
    figure(seen.orders.bounce.correlation())
}

fn daily_memory(seen: &Observation) -> Figure {
    let estimate = daily(seen, |seen| seen.days.memory(1))?;
    let error = 1.0 / (seen.days.returns.len() as f64).sqrt();
    Ok(Estimate::with_error(estimate.value, error))
}

/// A figure of daily returns.
pub(super) fn daily(seen: &Observation, measure: fn(&Observation) -> Option<f64>) -> Figure {
    needs(DAYS_LEAST, seen.days.returns.len() as u64, "daily returns")?;
    figure(measure(seen))
}
