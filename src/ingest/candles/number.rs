use crate::units::Fixed;

/// A value this part of a unit away from a grid point still lies on it.
const TOLERANCE: i128 = 1_000_000;

/// A value on a grid of floats: the nearest grid point, and whether the value lies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nearest {
    pub(super) count: i64,
    pub(super) on_grid: bool,
}

/// The grid point of `unit` nearest to `value`, ties away from zero. On the grid means within a millionth of a unit.
/// `None` when it is out of range.
pub(super) fn nearest(value: Fixed, unit: Fixed) -> Option<Nearest> {
    let scale = value.scale.max(unit.scale);
    let scaled =
        |fixed: Fixed| i128::from(fixed.mantissa).checked_mul(10_i128.checked_pow(u32::from(scale - fixed.scale))?);
    let (value, unit) = (scaled(value)?, scaled(unit)?);
    let half = if value < 0 { -(unit / 2) } else { unit / 2 };
    let count = value.checked_add(half)? / unit;
    let rest = (value - count * unit).abs();
    Some(Nearest { count: i64::try_from(count).ok()?, on_grid: rest <= unit / TOLERANCE })
}

/// Digits of a decimal text from the first to the last that is not zero.
#[cfg_attr(
    not(any(feature = "frames", test)),
    expect(dead_code, reason = "only a reader of floats counts their digits")
)]
pub(super) fn significant_digits(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// Digits after the point.
#[cfg_attr(
    not(any(feature = "frames", test)),
    expect(dead_code, reason = "only a reader of floats counts their digits")
)]
pub(super) fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, unit: &str, expected: Option<(i64, bool)>) {
        let found = nearest(Fixed::parse(value).unwrap(), Fixed::parse(unit).unwrap());
        assert_eq!(found.map(|nearest| (nearest.count, nearest.on_grid)), expected, "{value} on {unit}");
    }

    #[test]
    fn finds_the_nearest_grid_point() {
        check("4.255", "0.001", Some((4255, true)));
        check("4.2554", "0.001", Some((4255, false)));
        check("4.2555", "0.001", Some((4256, false)));
        check("-4.2555", "0.001", Some((-4256, false)));
        check("4.25500000099", "0.001", Some((4255, true)));
        check("4.2550000011", "0.001", Some((4255, false)));
        check("10.75", "0.25", Some((43, true)));
        check("100", "5", Some((20, true)));
        check("9000000000000", "0.00000001", None);
    }

    #[test]
    fn counts_digits() {
        assert_eq!((significant_digits("0.0297680"), decimals("0.0297680")), (5, 7));
        assert_eq!((significant_digits("12000"), decimals("12000")), (2, 0));
    }
}
