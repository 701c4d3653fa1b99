//! Data fitness: what is wrong with a recording, how often, where first, and which conclusion that forbids.
//!
//! The same checks run while a recording is imported (rows in arrival order, places named by input line) and over a
//! written tape (rows in venue order, places named by row). Nothing is repaired here and nothing is left out.
//!
//! Order rule: findings come in a fixed order of checks. Invariants: memory does not grow with the length of the tape
//! (apart from the book); one pass; integers only.
//! Known limits: a hole that hides inside the tape's usual rhythm is not seen unless sequence numbers tell (import
//! knows them, the tape does not); thresholds are relative to the tape's own mean rate.

mod bars;
mod rows;
mod sides;
mod stretch;
mod tally;

pub use bars::BarDoctor;
pub use rows::RowDoctor;
pub(crate) use sides::SideBooks;
pub use tally::Spot;

use crate::tape::TapeRow;
use crate::tape::{Batch, BatchSource, FitnessFinding, RowBatch, TapeError, TapeKind};
use crate::units::{Price, Quantity, Timestamp};

/// Examines a written tape from its first row to its last.
///
/// # Errors
/// [`TapeError`] when the tape cannot be read.
pub fn examine(source: &mut dyn BatchSource) -> Result<Vec<FitnessFinding>, TapeError> {
    let period = source.header().period;
    let kind = source.header().kind;
    let mut rows = RowDoctor::new(kind == TapeKind::L2);
    let mut bars = BarDoctor::default();
    let mut number = 0;
    for index in 0.. {
        match source.batch(index)? {
            None => break,
            Some(Batch::Rows(batch)) => {
                examine_rows(&batch, &mut rows, number);
                number += batch.len() as u64;
            }
            Some(Batch::Bars(batch)) => {
                let period = period.unwrap_or_default();
                for at in 0..batch.len() {
                    bars.bar(&batch.bar(at, period), Spot::row(number + at as u64, batch.open_at[at]));
                }
                number += batch.len() as u64;
            }
        }
    }
    let name = |spot: Spot| spot.to_string();
    Ok(if kind == TapeKind::Bars { bars.findings(&name) } else { rows.findings(&name) })
}

/// Findings of an import, and those of an examination that the import did not have.
#[must_use]
pub fn merge(mut findings: Vec<FitnessFinding>, examined: Vec<FitnessFinding>) -> Vec<FitnessFinding> {
    for finding in examined {
        if findings.iter().all(|known| known.code != finding.code) {
            findings.push(finding);
        }
    }
    findings
}

fn examine_rows(batch: &RowBatch, doctor: &mut RowDoctor, first: u64) {
    for index in 0..batch.len() {
        let row = TapeRow {
            venue_at: Timestamp::from_nanos(batch.venue_at[index]),
            local_at: Timestamp::from_nanos(batch.local_at[index]),
            price: Price::new(batch.price.get(index)),
            quantity: Quantity::new(batch.quantity.get(index)),
            flags: batch.flags[index],
        };
        doctor.row(&row, Spot::row(first + index as u64, batch.venue_at[index]));
        if let Some(delivery) = &batch.delivery {
            doctor.delivery(delivery[index], Spot::row(first + index as u64, batch.venue_at[index]));
        }
    }
}

#[cfg(test)]
mod tests;
