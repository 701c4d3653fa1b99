use super::{Fixed, FixedError, Overflow};
use std::fmt;

/// An exact amount of one asset in units of 10^-18 (atto). Which asset is said by the account it is posted to.
///
/// 18 decimals hold every product of a venue's tick and step exactly, so a notional is never rounded; only a fee is,
/// once, when it is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Decimals held.
    pub const SCALE: u8 = 18;
    /// Atto in one whole unit.
    pub const ONE: Self = Self(1_000_000_000_000_000_000);

    /// An amount of `atto` x 10^-18.
    #[must_use]
    pub const fn from_atto(atto: i128) -> Self {
        Self(atto)
    }

    /// The amount in units of 10^-18.
    #[must_use]
    pub const fn atto(self) -> i128 {
        self.0
    }

    /// A whole number of units.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units as i128 * Self::ONE.0)
    }

    /// Reads a decimal such as `-12.5`; at most 18 decimals.
    ///
    /// # Errors
    /// [`FixedError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, FixedError> {
        Fixed::parse_scaled(text, Self::SCALE).map(Self)
    }

    /// Absolute amount.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The amount times a whole number.
    ///
    /// # Errors
    /// [`Overflow`] when the product leaves `i128`.
    #[inline]
    pub fn times(self, factor: i128) -> Result<Self, Overflow> {
        // Two numbers of 64 bits cannot leave 128: one multiplication instead of many.
        if let (Ok(amount), Ok(narrow)) = (i64::try_from(self.0), i64::try_from(factor)) {
            return Ok(Self(i128::from(amount) * i128::from(narrow)));
        }
        self.0.checked_mul(factor).map(Self).ok_or_else(|| Overflow::new("money product", self.0, factor))
    }

    /// The amount times -1.
    ///
    /// # Errors
    /// [`Overflow`] for the lowest amount there is.
    #[inline]
    pub fn checked_neg(self) -> Result<Self, Overflow> {
        self.0.checked_neg().map(Self).ok_or_else(|| Overflow::new("money product", self.0, -1))
    }

    /// Quotient and remainder of a division by `parts`, toward zero: the remainder has the sign of the amount.
    ///
    /// # Panics
    /// When `parts` is zero.
    #[inline]
    #[must_use]
    pub fn divided(self, parts: i64) -> (Self, i64) {
        let (quotient, remainder) = match u32::try_from(parts.unsigned_abs()) {
            Ok(narrow) => divide_narrow(self.0.unsigned_abs(), u64::from(narrow)),
            Err(_) => divide_wide(self.0.unsigned_abs(), parts.unsigned_abs()),
        };
        let negative = self.0 < 0;
        let remainder = if negative { -(remainder as i64) } else { remainder as i64 };
        if negative != (parts < 0) {
            return (Self((quotient as i128).wrapping_neg()), remainder);
        }
        assert!(quotient <= i128::MAX as u128, "{self} divided by {parts} leaves the range of money");
        (Self(quotient as i128), remainder)
    }

    /// Sum.
    ///
    /// # Errors
    /// [`Overflow`] when the sum leaves `i128`.
    #[inline]
    pub fn checked_add(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or_else(|| Overflow::new("money sum", self.0, other.0))
    }

    /// Difference.
    ///
    /// # Errors
    /// [`Overflow`] when the difference leaves `i128`.
    #[inline]
    pub fn checked_sub(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or_else(|| Overflow::new("money difference", self.0, other.0))
    }

    /// The nearest `f64`, for statistics and pictures only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e18
    }

    /// Text with exactly `decimals` decimals, rounded half away from zero. For people; the exact text is `Display`.
    #[must_use]
    pub fn rounded(self, decimals: u8) -> String {
        Fixed::format_rounded(self.0, Self::SCALE, decimals)
    }
}

/// Quotient and remainder by a divisor of 32 bits, as on paper: three digits of 32 bits or more, each below 64 bits with what
/// the one before has left. A general division of 128 bits takes three times as long.
#[inline]
fn divide_narrow(number: u128, divisor: u64) -> (u128, u64) {
    let (high, low) = ((number >> 64) as u64, number as u64);
    if high == 0 {
        return (u128::from(low / divisor), low % divisor);
    }
    let middle = (high % divisor) << 32 | low >> 32;
    let last = (middle % divisor) << 32 | low & u64::from(u32::MAX);
    let quotient = u128::from(high / divisor) << 64 | u128::from(middle / divisor) << 32 | u128::from(last / divisor);
    (quotient, last % divisor)
}

#[cold]
fn divide_wide(number: u128, divisor: u64) -> (u128, u64) {
    let divisor = u128::from(divisor);
    (number / divisor, (number % divisor) as u64)
}

impl std::ops::Add for Money {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Money {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::ops::Neg for Money {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::ops::AddAssign for Money {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}

/// The exact decimal, without trailing zeros: `-0.000000000000000001`, `12.5`, `0`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Fixed::format_exact(self.0, Self::SCALE))
    }
}

impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
