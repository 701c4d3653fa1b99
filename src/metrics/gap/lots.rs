//! The fills of one order on both sides, lot by lot.

use crate::model::FillRecord;
use crate::units::{Money, Price};

/// A quantity that both filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) steps: i64,
    pub(super) log_price: Price,
    pub(super) simulated_price: Price,
}

/// A quantity that one of them filled and the other did not, with its part of the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) steps: i64,
    pub(super) price: Price,
    pub(super) fee: Money,
}

/// The fills of an order, paired.
#[derive(Debug, Default)]
pub(super) struct Paired {
    pub(super) lots: Vec<Lot>,
    pub(super) log_rest: Vec<Rest>,
    pub(super) simulated_rest: Vec<Rest>,
    /// Fees of what both filled.
    pub(super) log_fee: i128,
    pub(super) simulated_fee: i128,
}

/// Pairs first the fills of the same price and quantity, then those of the same quantity, each in order of time; then what is left, lot by
/// lot in order of time.
pub(super) fn pair(log: &[FillRecord], simulated: &[FillRecord]) -> Paired {
    let mut left: Vec<(FillRecord, i64)> = open(log);
    let mut right: Vec<(FillRecord, i64)> = open(simulated);
    let mut paired = Paired::default();
    let same_quantity = |one: &FillRecord, two: &FillRecord| one.quantity == two.quantity;
    take(&mut left, &mut right, &mut paired, |one, two| same_quantity(one, two) && one.price == two.price);
    take(&mut left, &mut right, &mut paired, same_quantity);
    take(&mut left, &mut right, &mut paired, |_, _| true);
    (paired.log_rest, paired.log_fee) = split(&left);
    (paired.simulated_rest, paired.simulated_fee) = split(&right);
    paired
}

/// Fills with what is still to be paired of each.
fn open(fills: &[FillRecord]) -> Vec<(FillRecord, i64)> {
    fills.iter().map(|fill| (*fill, fill.quantity.steps())).collect()
}

fn take(
    left: &mut [(FillRecord, i64)],
    right: &mut [(FillRecord, i64)],
    paired: &mut Paired,
    fits: impl Fn(&FillRecord, &FillRecord) -> bool,
) {
    for (one, open) in left.iter_mut() {
        for (two, other) in right.iter_mut().filter(|(two, other)| 0 < *other && fits(one, two)) {
            let steps = (*open).min(*other);
            if steps == 0 {
                break;
            }
            paired.lots.push(Lot { steps, log_price: one.price, simulated_price: two.price });
            *open -= steps;
            *other -= steps;
        }
    }
}

/// What no lot took, and the fees of what one did. A fee is split by quantity, rounded toward zero; the rest bears the remainder.
fn split(fills: &[(FillRecord, i64)]) -> (Vec<Rest>, i128) {
    let mut rests = Vec::new();
    let mut fees = 0;
    for (fill, open) in fills {
        let (all, fee) = (fill.quantity.steps(), fill.fee.atto());
        // Whole and part, so that the product of a fee and a quantity never leaves its type.
        let part = |steps: i64| {
            let (steps, all) = (i128::from(steps), i128::from(all.max(1)));
            fee / all * steps + fee % all * steps / all
        };
        let paired = if *open == 0 { fee } else { part(all - open) };
        fees += paired;
        if 0 < *open {
            rests.push(Rest { steps: *open, price: fill.price, fee: Money::from_atto(fee - paired) });
        }
    }
    (rests, fees)
}
