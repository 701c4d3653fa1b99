use super::book::{Scales, Split};
use crate::units::{Money, Overflow, Price, Quantity};
use std::collections::VecDeque;

/// A quantity opened at one price. Signed: a short lot is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Lot {
    pub price: Price,
    pub quantity: Quantity,
}

/// Open lots, oldest first, all of one sign. Neighbours at one price are one lot, so that a ladder of partial fills takes
/// one place.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Lots(VecDeque<Lot>);

impl Lots {
    const PLACES: usize = 64;

    pub fn opened(price: Price, quantity: Quantity) -> Self {
        let mut lots = Self(VecDeque::with_capacity(Self::PLACES));
        lots.open(price, quantity);
        lots
    }

    pub fn from_lots(lots: impl Iterator<Item = Lot>) -> Self {
        let mut places = VecDeque::with_capacity(Self::PLACES);
        places.extend(lots);
        Self(places)
    }

    pub fn iter(&self) -> impl Iterator<Item = Lot> + '_ {
        self.0.iter().copied()
    }

    pub fn basis(&self, scales: &Scales) -> Result<Money, Overflow> {
        self.iter().try_fold(Money::ZERO, |sum, lot| sum.checked_add(scales.notional(lot.price, lot.quantity)?))
    }

    /// Basis that closing `closed` (of the other sign) from the front would release. Exact; changes nothing.
    #[inline]
    pub fn release(&self, closed: Quantity, scales: &Scales) -> Result<Money, Overflow> {
        Self::release_of(self.iter(), closed, scales)
    }

    /// The same from the back.
    pub fn release_newest(&self, closed: Quantity, scales: &Scales) -> Result<Money, Overflow> {
        Self::release_of(self.0.iter().rev().copied(), closed, scales)
    }

    #[inline]
    fn release_of(lots: impl Iterator<Item = Lot>, closed: Quantity, scales: &Scales) -> Result<Money, Overflow> {
        let mut rest = closed.steps().unsigned_abs();
        if rest == 0 {
            return Ok(Money::ZERO);
        }
        let mut released = Money::ZERO;
        for lot in lots {
            let taken = rest.min(lot.quantity.steps().unsigned_abs());
            let steps = Quantity::new(lot.quantity.steps().signum() * taken as i64);
            released = released.checked_add(scales.notional(lot.price, steps)?)?;
            rest -= taken;
            if rest == 0 {
                break;
            }
        }
        Ok(released)
    }

    /// Closes from the front, then opens the rest at the fill's price.
    #[inline]
    pub fn apply(&mut self, split: &Split) {
        self.close(split.closed.steps().unsigned_abs());
        self.open(split.price, split.opened);
    }

    /// Closes from the back, then opens the rest at the fill's price.
    pub fn apply_newest(&mut self, split: &Split) {
        let mut rest = split.closed.steps().unsigned_abs();
        while let Some(lot) = self.0.back_mut().filter(|_| 0 < rest) {
            let open = lot.quantity.steps().unsigned_abs();
            let left = open - rest.min(open);
            rest -= open - left;
            lot.quantity = Quantity::new(lot.quantity.steps().signum() * left as i64);
            if left == 0 {
                self.0.pop_back();
            }
        }
        assert!(rest == 0, "closed {rest} steps more than the lots hold");
        self.open(split.price, split.opened);
    }

    #[inline]
    fn close(&mut self, mut rest: u64) {
        while let Some(lot) = self.0.front_mut().filter(|_| 0 < rest) {
            let open = lot.quantity.steps().unsigned_abs();
            let left = open - rest.min(open);
            rest -= open - left;
            lot.quantity = Quantity::new(lot.quantity.steps().signum() * left as i64);
            if left == 0 {
                self.0.pop_front();
            }
        }
        assert!(rest == 0, "closed {rest} steps more than the lots hold");
    }

    #[inline]
    fn open(&mut self, price: Price, quantity: Quantity) {
        match self.0.back_mut() {
            _ if quantity.is_zero() => {}
            Some(lot) if lot.price == price => lot.quantity = lot.quantity + quantity,
            _ => self.0.push_back(Lot { price, quantity }),
        }
    }
}
