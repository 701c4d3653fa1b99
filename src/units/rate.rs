use super::{Fixed, FixedError, Money, Overflow};

/// A fraction in parts per billion (10^-9). Negative as a fee is a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Rate(i64);

/// Which way an inexact amount goes when it is posted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Against the trader: fees up, rebates down. The default, because a rounding error must never pay the strategy.
    #[default]
    TowardVenue,
    /// Toward zero.
    Down,
    /// To the nearest, ties to even.
    HalfEven,
}

impl Rate {
    /// Parts in one.
    pub const ONE: i64 = 1_000_000_000;
    /// No rate.
    pub const ZERO: Self = Self(0);

    /// A rate of `ppb` parts per billion.
    #[must_use]
    pub const fn from_ppb(ppb: i64) -> Self {
        Self(ppb)
    }

    /// A rate of `bps` basis points (10^-4).
    #[must_use]
    pub const fn from_bps(bps: i64) -> Self {
        Self(bps * 100_000)
    }

    /// Parts per billion.
    #[must_use]
    pub const fn ppb(self) -> i64 {
        self.0
    }

    /// Reads a fraction such as `0.0002`; at most 9 decimals.
    ///
    /// # Errors
    /// [`FixedError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, FixedError> {
        let ppb = Fixed::parse_scaled(text, 9)?;
        i64::try_from(ppb).map(Self).map_err(|_| FixedError::TooLarge(text.to_owned()))
    }

    /// `amount` times this rate, rounded to `decimals` decimals in the direction of `rounding`.
    ///
    /// # Errors
    /// [`Overflow`] when the product leaves `i128`.
    pub fn of(self, amount: Money, decimals: u8, rounding: Rounding) -> Result<Money, Overflow> {
        let unit = rounded_to(decimals);
        let product = amount
            .atto()
            .checked_mul(i128::from(self.0))
            .ok_or_else(|| Overflow::new("rate product", amount.atto(), self.0))?;
        Ok(Money::from_atto(divide(product, unit * i128::from(Self::ONE), rounding) * unit))
    }
}

/// The smallest amount with `decimals` decimals.
fn rounded_to(decimals: u8) -> i128 {
    assert!(decimals <= Money::SCALE, "decimals {decimals} above {}", Money::SCALE);
    10_i128.pow(u32::from(Money::SCALE - decimals))
}

fn divide(numerator: i128, divisor: i128, rounding: Rounding) -> i128 {
    let toward_zero = numerator / divisor;
    let remainder = numerator - toward_zero * divisor;
    let floor = toward_zero - i128::from(remainder < 0);
    match rounding {
        Rounding::TowardVenue => floor + i128::from(remainder != 0),
        Rounding::Down => toward_zero,
        Rounding::HalfEven => {
            let above = if remainder < 0 { remainder + divisor } else { remainder };
            floor + i128::from(above * 2 > divisor || (above * 2 == divisor && floor % 2 != 0))
        }
    }
}

/// A rate of amounts that are all multiples of one: of the value of a tick and a step. Says what [`Rate::of`] says.
///
/// Where the rate's part of that one amount needs no rounding, nor does its part of any multiple: it is counted out, and
/// nothing is divided. So it is with the ticks, steps and rates of most venues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitRate {
    rate: Rate,
    decimals: u8,
    rounding: Rounding,
    unit: Money,
    /// The rate's part of one unit, in atto; without a meaning where `most` is zero.
    each: i64,
    /// So many units, either way, can be counted out.
    most: u64,
}

impl UnitRate {
    /// The rate of multiples of `unit`, rounded to `decimals` decimals in the direction of `rounding`.
    #[must_use]
    pub fn new(rate: Rate, unit: Money, decimals: u8, rounding: Rounding) -> Self {
        // More decimals than money has are for `Rate::of` to refuse.
        let divisor = (decimals <= Money::SCALE).then(|| rounded_to(decimals) * i128::from(Rate::ONE));
        let product = unit.atto().checked_mul(i128::from(rate.0));
        let exact = product.filter(|product| divisor.is_some_and(|divisor| product % divisor == 0));
        let each = exact.and_then(|product| i64::try_from(product / i128::from(Rate::ONE)).ok());
        // Beyond, the product of rate and amount overflows, which is for `Rate::of` to say.
        let most = i128::MAX / exact.unwrap_or(0).saturating_abs().max(1);
        let most = if each.is_some() { u64::try_from(most).unwrap_or(u64::MAX) } else { 0 };
        Self { rate, decimals, rounding, unit, each: each.unwrap_or(0), most }
    }

    /// The rate of `count` units.
    ///
    /// # Errors
    /// [`Overflow`] when a product leaves `i128`.
    #[inline]
    pub fn of(&self, count: i128) -> Result<Money, Overflow> {
        match i64::try_from(count) {
            Ok(count) if count.unsigned_abs() <= self.most => {
                Ok(Money::from_atto(i128::from(self.each) * i128::from(count)))
            }
            _ => self.rate.of(self.unit.times(count)?, self.decimals, self.rounding),
        }
    }
}

/// The exact fraction: `0.0002`.
impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Fixed::format_exact(i128::from(self.0), 9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn roundings() -> impl Strategy<Value = Rounding> {
        prop_oneof![Just(Rounding::TowardVenue), Just(Rounding::Down), Just(Rounding::HalfEven)]
    }

    /// As the rule is written: floor and remainder, each by its own division.
    fn divide_plainly(numerator: i128, divisor: i128, rounding: Rounding) -> i128 {
        match rounding {
            Rounding::TowardVenue => -(-numerator).div_euclid(divisor),
            Rounding::Down => numerator / divisor,
            Rounding::HalfEven => {
                let floor = numerator.div_euclid(divisor);
                let twice = numerator.rem_euclid(divisor) * 2;
                floor + i128::from(twice > divisor || (twice == divisor && floor % 2 != 0))
            }
        }
    }

    /// Amounts of one tick x one step: decimals as venues have them, and any.
    fn units() -> impl Strategy<Value = i128> {
        let decimal = (0_u32..=22, 1_i128..=50).prop_map(|(power, times)| 10_i128.pow(power) * times);
        prop_oneof![6 => decimal, 1 => 0_i128..1_000, 1 => any::<i64>().prop_map(i128::from), 1 => any::<i128>()]
    }

    fn rates() -> impl Strategy<Value = i64> {
        let basis_points = (-100_i64..=100).prop_map(|points| points * 50_000);
        prop_oneof![4 => basis_points, 2 => -1_000_000_i64..1_000_000, 1 => any::<i64>()]
    }

    fn counts() -> impl Strategy<Value = i128> {
        prop_oneof![
            4 => 0_i128..100_000_000,
            1 => -1_000_i128..1_000,
            1 => any::<i64>().prop_map(i128::from),
            1 => any::<i128>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_rate_counted_out_is_the_rate_of_the_amount(
            unit in units(),
            ppb in rates(),
            count in counts(),
            decimals in 0_u8..=18,
            rounding in roundings(),
        ) {
            let (unit, rate) = (Money::from_atto(unit), Rate::from_ppb(ppb));
            if let Ok(amount) = unit.times(count) {
                let counted = UnitRate::new(rate, unit, decimals, rounding).of(count);
                prop_assert_eq!(counted, rate.of(amount, decimals, rounding));
            }
        }

        #[test]
        fn one_division_rounds_as_two_do(numerator in any::<i128>(), divisor in 1_i64.., close in any::<bool>(), rounding in roundings()) {
            let divisor = i128::from(divisor);
            let numerator = if close { numerator % (3 * divisor) } else { numerator / 2 };
            prop_assert_eq!(divide(numerator, divisor, rounding), divide_plainly(numerator, divisor, rounding));
        }
    }

    #[test]
    fn halves_are_found() {
        for (numerator, expected) in [(-15, -2), (-5, 0), (5, 0), (15, 2), (25, 2), (-25, -2), (35, 4), (-35, -4)] {
            assert_eq!(divide(numerator, 10, Rounding::HalfEven), expected, "{numerator}");
        }
    }

    /// The rate of the comparison with peers: nothing is left to round, and nothing is divided.
    #[test]
    fn usual_scales_are_counted_out() {
        let unit = Money::from_atto(100_000_000_000_000);
        for (ppb, each) in [(200_000, 20_000_000_000), (-50_000, -5_000_000_000), (0, 0)] {
            let rate = UnitRate::new(Rate::from_ppb(ppb), unit, 9, Rounding::TowardVenue);
            assert_eq!((rate.each, rate.most > 1 << 60), (each, true), "{ppb}");
        }
        // A tenth of an atto a unit.
        assert_eq!(UnitRate::new(Rate::from_ppb(1), Money::from_atto(100_000_000), 18, Rounding::Down).most, 0);
    }
}
