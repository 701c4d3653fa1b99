use super::book::Worth;
use crate::units::{Money, Overflow, Quantity};

/// What a fill does to a basis: how much of it a close releases, how much an opening adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    /// Signed basis that leaves with the closed quantity.
    pub released: Money,
    /// Signed basis of the quantity opened.
    pub added: Money,
    /// Profit of the closed quantity, before fees.
    pub realized: Money,
}

impl Move {
    /// Closes what is worth `closed` against the `released` basis, and opens the rest.
    pub fn of(worth: &Worth, released: Money) -> Result<Self, Overflow> {
        let proceeds = Money::ZERO.checked_sub(worth.closed)?;
        Ok(Self { released, added: worth.opened, realized: proceeds.checked_sub(released)? })
    }
}

/// The part of `basis` that closing `closed` of `position` releases, toward zero; a full close releases all.
/// The quantities have opposite signs.
pub(super) fn release(basis: Money, position: Quantity, closed: Quantity) -> Money {
    if closed.is_zero() {
        return Money::ZERO;
    }
    let whole = i128::from(position.steps());
    let part = -i128::from(closed.steps());
    let quotient = basis.atto() / whole;
    let remainder = basis.atto() - quotient * whole;
    Money::from_atto(quotient * part + remainder * part / whole)
}
