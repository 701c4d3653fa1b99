//! The gap between the record of a real session and the simulation of the same hours.
//!
//! Order rule: orders are matched first (`matching`), fills within a matched order then (`lots`), and every lot and every rest falls under one
//! cause (`causes`). Invariant: the causes add up to the gap in profit and loss to the last unit of money.
//! Known limits: one market; what was held before the session is left out on both sides; what moves cash without a fill is.

mod causes;
mod lots;
mod matching;
#[cfg(test)]
mod tests;
mod timing;

pub use causes::{Cause, CauseRow, Marks, PriceGap};
pub use matching::Matching;
pub use timing::{DelayPair, Delays};

use crate::model::{Instrument, TradingRecord};
use crate::units::{Money, Overflow, Span};
use serde::Serialize;

/// How many orders were sent and how much of them was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FillRate {
    /// Orders sent; of a log without orders those that were filled.
    pub orders: u64,
    /// Orders with any fill.
    pub filled_any: u64,
    /// Orders filled whole.
    pub filled_whole: u64,
    /// Fills.
    pub fills: u64,
    /// Quantity of the orders, in steps.
    pub quantity_sent: i64,
    /// Quantity filled, in steps.
    pub quantity_filled: i64,
    /// Fees paid, in the quote asset.
    pub fees: Money,
    /// Value of what was traded.
    pub notional: Money,
    /// All orders that were sent are known: shares of them mean something.
    pub knows_orders: bool,
}

impl FillRate {
    /// That of a record.
    fn of(record: &TradingRecord, instrument: &Instrument) -> Result<Self, Overflow> {
        let mut rate = Self { knows_orders: record.knows_orders, ..Self::default() };
        for order in &record.orders {
            rate.orders += 1;
            rate.filled_any += u64::from(!order.fills.is_empty());
            rate.filled_whole += u64::from(order.is_whole());
            rate.fills += order.fills.len() as u64;
            rate.quantity_sent += order.quantity.map_or(0, |quantity| quantity.steps());
            rate.quantity_filled += order.filled();
        }
        for (_, fill) in record.fills() {
            rate.fees = rate.fees.checked_add(fill.fee)?;
            rate.notional = rate.notional.checked_add(instrument.notional(fill.price, fill.quantity)?)?;
        }
        Ok(rate)
    }

    /// Share of the orders that had any fill.
    #[must_use]
    pub fn by_orders(&self) -> Option<f64> {
        (self.knows_orders && self.orders > 0).then(|| self.filled_any as f64 / self.orders as f64)
    }

    /// Share of the quantity that was filled.
    #[must_use]
    pub fn by_quantity(&self) -> Option<f64> {
        let is_known = self.knows_orders && self.quantity_sent > 0;
        is_known.then(|| self.quantity_filled as f64 / self.quantity_sent as f64)
    }

    /// Fees per notional, in basis points.
    #[must_use]
    pub fn fee_bps(&self) -> Option<f64> {
        (self.notional > Money::ZERO).then(|| self.fees.to_f64() / self.notional.to_f64() * 1e4)
    }
}

/// How far a simulation is off a log: the quantity that one of them filled and the other did not, order by order, as a part of what both
/// filled (Bray and Curtis 1957); between equal ones the smaller difference of prices in money, then of the median time to the first fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Distance {
    /// Steps that one filled and the other did not.
    pub apart: i64,
    /// Steps that both filled together.
    pub of: i64,
    /// Sum of what every lot's price differed by, in money.
    pub price: Money,
    /// Sum of what every first fill was apart in time.
    pub time: i128,
}

impl Distance {
    /// From 0 (the same fills) to 1 (none in common).
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.apart as f64 / self.of as f64 }
    }
}

impl Ord for Distance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |one: &Self, two: &Self| i128::from(one.apart) * i128::from(two.of.max(1));
        let first = cross(self, other).cmp(&cross(other, self));
        first.then(self.price.cmp(&other.price)).then(self.time.cmp(&other.time))
    }
}

impl PartialOrd for Distance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The gap between a log and a simulation. Everywhere the log less the simulation: negative is worse than simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// How orders were matched.
    pub matching: Matching,
    /// Fill rate and fees of the log.
    pub log: FillRate,
    /// Fill rate and fees of the simulation.
    pub simulation: FillRate,
    /// Profit and loss of the log's fills at its own mark.
    pub log_profit: Money,
    /// Profit and loss of the simulation's fills at the run's mark.
    pub simulation_profit: Money,
    /// What the gap consists of, in the order in which it was taken apart.
    pub causes: Vec<CauseRow>,
    /// Prices of what both filled.
    pub price: PriceGap,
    /// Time from order to first fill.
    pub delays: Delays,
    /// How far the simulation is off.
    pub distance: Distance,
}

impl Gap {
    /// Profit of the log less that of the simulation.
    #[must_use]
    pub fn profit(&self) -> Money {
        Money::from_atto(self.log_profit.atto() - self.simulation_profit.atto())
    }
}

/// Sets a log against a simulation. Orders that no number matches are matched by time within `within`.
///
/// # Errors
/// [`Overflow`] when a sum leaves its type.
///
/// # Panics
/// When the causes do not add up: a bug.
pub fn gap(
    log: &TradingRecord,
    simulation: &TradingRecord,
    instrument: &Instrument,
    (marks, within): (Marks, Span),
) -> Result<Gap, Overflow> {
    let matching = matching::matched(log, simulation, within);
    let apart = causes::taken_apart((log, simulation), &matching, instrument, marks)?;
    let delays = timing::delays((log, simulation), &matching);
    let gap = Gap {
        log: FillRate::of(log, instrument)?,
        simulation: FillRate::of(simulation, instrument)?,
        log_profit: causes::profit(log, instrument, marks.log_twice)?,
        simulation_profit: causes::profit(simulation, instrument, marks.run_twice)?,
        price: apart.price,
        distance: Distance {
            apart: apart.steps_apart,
            of: apart.steps_of,
            price: apart.price.absolute,
            time: delays.apart,
        },
        causes: apart.rows,
        delays,
        matching,
    };
    let sum: i128 = gap.causes.iter().map(|row| row.amount.atto()).sum();
    let expected = gap.profit().atto();
    assert!(sum == expected, "the causes come to {sum}, expected the gap of {expected}");
    Ok(gap)
}
