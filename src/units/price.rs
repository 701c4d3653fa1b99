use super::Overflow;

/// A price in whole ticks of its instrument. May be negative in principle; venues refuse what their rules forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Price(i64);

/// A quantity in whole steps of its instrument (the scale found in the data, which can be finer than the venue's lot).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Quantity(i64);

impl Price {
    /// A price of `ticks` ticks.
    #[must_use]
    pub const fn new(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Number of ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// This price moved by `ticks`; saturates, since an order at the edge of `i64` is refused by every venue anyway.
    #[must_use]
    pub const fn offset(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }
}

impl Quantity {
    /// No quantity.
    pub const ZERO: Self = Self(0);

    /// A quantity of `steps` steps.
    #[must_use]
    pub const fn new(steps: i64) -> Self {
        Self(steps)
    }

    /// Number of steps.
    #[must_use]
    pub const fn steps(self) -> i64 {
        self.0
    }

    /// True when there is nothing left.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The smaller of both.
    #[inline]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Sum.
    ///
    /// # Errors
    /// [`Overflow`] when the sum leaves `i64`.
    #[inline]
    pub fn checked_add(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or_else(|| Overflow::new("quantity sum", self.0, other.0))
    }

    /// Difference.
    ///
    /// # Errors
    /// [`Overflow`] when the difference leaves `i64`.
    #[inline]
    pub fn checked_sub(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or_else(|| Overflow::new("quantity difference", self.0, other.0))
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Quantity {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::ops::Neg for Quantity {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
