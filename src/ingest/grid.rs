use super::error::Mismatch;
use crate::units::Fixed;

/// Most digits that are read without looking for overflow; such numbers lie within [`COUNT_MAX`] too.
const SAFE_DIGITS: usize = 18;

/// Largest count either way: the sum of two prices, or of many quantities, is still an `i64`.
const COUNT_MAX: i64 = 1 << 60;
const IN_RANGE: &str = "a number of at most 2^60 units";

/// The grid of a tick or step size: reads decimal texts as whole numbers of it, exactly or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    unit: Fixed,
    divisor: i64,
}

impl Grid {
    /// The grid of multiples of `unit`.
    ///
    /// # Panics
    /// When `unit` is not above zero; readers check before.
    #[must_use]
    pub fn new(unit: Fixed) -> Self {
        assert!(unit.mantissa > 0, "grid unit {unit} is not above zero");
        Self { unit, divisor: unit.mantissa }
    }

    /// The size of one unit.
    #[must_use]
    pub const fn unit(&self) -> Fixed {
        self.unit
    }

    /// `text` in units. Exact: a text between two grid points is refused.
    ///
    /// # Errors
    /// [`Mismatch`] when the text is no plain decimal, off the grid or out of range.
    #[inline]
    pub fn count(&self, text: &str) -> Result<i64, Mismatch> {
        match self.count_plain(text.as_bytes()) {
            Some(count) => Ok(count),
            None => self.count_slowly(text),
        }
    }

    /// As [`Grid::count`] for the texts that make up nearly all data: digits and at most one point, on the grid, 18 digits
    /// at most. `None`: ask [`Grid::count`], which says why, or reads it after all.
    #[inline]
    pub(super) fn count_plain(&self, text: &[u8]) -> Option<i64> {
        self.count_scaled(read_plain(text, usize::from(self.unit.scale))?)
    }

    /// `value`, which is in units of the last decimal of [`Grid::unit`], in units; `None` between two grid points.
    #[inline]
    pub(super) const fn count_scaled(&self, value: i64) -> Option<i64> {
        match self.divisor {
            1 => Some(value),
            divisor if value % divisor == 0 => Some(value / divisor),
            _ => None,
        }
    }

    /// As [`Grid::count`], and refuses what is below zero.
    ///
    /// # Errors
    /// [`Mismatch`], as above.
    #[inline]
    pub fn count_unsigned(&self, text: &str) -> Result<i64, Mismatch> {
        match self.count(text)? {
            count if count < 0 => Err(Mismatch::new(text, "zero or more")),
            count => Ok(count),
        }
    }

    /// `value` in units, if it lies on the grid and in range.
    #[must_use]
    pub fn count_fixed(&self, value: Fixed) -> Option<i64> {
        let (value_up, unit_up) =
            (self.unit.scale.saturating_sub(value.scale), value.scale.saturating_sub(self.unit.scale));
        let scaled = |fixed: Fixed, up: u8| i128::from(fixed.mantissa).checked_mul(10_i128.checked_pow(up.into())?);
        let (value, unit) = (scaled(value, value_up)?, scaled(self.unit, unit_up)?);
        if value % unit == 0 { i64::try_from(value / unit).ok() } else { None }
    }

    fn count_slowly(&self, text: &str) -> Result<i64, Mismatch> {
        let value = Fixed::parse_scaled(text, self.unit.scale).map_err(|error| match error {
            crate::units::FixedError::TooFine(..) => self.off_grid(text),
            crate::units::FixedError::TooLarge(_) => Mismatch::new(text, IN_RANGE),
            _ => Mismatch::new(text, "a plain decimal such as 12.5"),
        })?;
        if value % i128::from(self.divisor) != 0 {
            return Err(self.off_grid(text));
        }
        let count = i64::try_from(value / i128::from(self.divisor)).ok();
        count.filter(|count| count.abs() <= COUNT_MAX).ok_or_else(|| Mismatch::new(text, IN_RANGE))
    }

    fn off_grid(&self, text: &str) -> Mismatch {
        Mismatch::new(text, format!("a multiple of {}", self.unit))
    }
}

/// Digits and at most one point, at most 18 digits after scaling, as an integer of 10^-`scale`. `None`: read it slowly.
#[inline]
fn read_plain(text: &[u8], scale: usize) -> Option<i64> {
    let mut value = 0_i64;
    let mut digits = 0;
    let mut left = scale;
    let mut after_point = false;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if byte != b'.' || after_point {
                return None;
            }
            after_point = true;
            continue;
        }
        digits += 1;
        if after_point && left == 0 {
            if digit != 0 {
                return None;
            }
            continue;
        }
        left -= usize::from(after_point);
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    if digits == 0 || digits + left > SAFE_DIGITS {
        return None;
    }
    Some(value * POWERS[left])
}

const POWERS: [i64; SAFE_DIGITS + 1] = {
    let mut powers = [1_i64; SAFE_DIGITS + 1];
    let mut index = 1;
    while index <= SAFE_DIGITS {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: &str, text: &str, expected: Result<i64, &str>) {
        let grid = Grid::new(Fixed::parse(unit).unwrap());
        let found = grid.count_unsigned(text).map_err(|mismatch| mismatch.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{text} on {unit}");
    }

    #[test]
    fn reads_exactly_or_refuses() {
        check("0.1", "61686.10", Ok(616_861));
        check("0.1", "61686", Ok(616_860));
        check("0.1", ".5", Ok(5));
        check("5", "61685.000", Ok(12_337));
        check("0.25", "10.75", Ok(43));
        check("0.000001", "244.566304", Ok(244_566_304));
        check(
            "0.00000001",
            "123456789012.00000001",
            Err("found `123456789012.00000001`, expected a number of at most 2^60 units"),
        );
        check("1", "000000000000000000000000000000000000000007", Ok(7));
    }

    #[test]
    fn refuses_what_is_no_size() {
        check("0.1", "61686.11", Err("found `61686.11`, expected a multiple of 0.1"));
        check("0.25", "10.80", Err("found `10.80`, expected a multiple of 0.25"));
        for text in ["", ".", "NaN", "inf", "1e5", "1.2.3", " 1", "0x10", "1,5"] {
            check("0.1", text, Err(&format!("found `{text}`, expected a plain decimal such as 12.5")));
        }
        check("0.1", "-0.5", Err("found `-0.5`, expected zero or more"));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_slow_way(text in "-?[0-9]{0,20}\\.?[0-9]{0,12}", unit in "(1|5|25)", scale in 0_u8..9) {
            let grid = Grid::new(Fixed::new(unit.parse().unwrap(), scale));
            proptest::prop_assert_eq!(grid.count(&text), grid.count_slowly(&text));
        }
    }
}
