use super::{Fixed, FixedError, Money, Overflow};

/// A fraction in parts per billion (10^-9). Negative as a fee is a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
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
        assert!(decimals <= Money::SCALE, "decimals {decimals} above {}", Money::SCALE);
        let product = amount
            .atto()
            .checked_mul(i128::from(self.0))
            .ok_or_else(|| Overflow::new("rate product", amount.atto(), self.0))?;
        let unit = 10_i128.pow(u32::from(Money::SCALE - decimals));
        let divisor = unit * i128::from(Self::ONE);
        Ok(Money::from_atto(divide(product, divisor, rounding) * unit))
    }
}

fn divide(numerator: i128, divisor: i128, rounding: Rounding) -> i128 {
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

/// The exact fraction: `0.0002`.
impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Fixed::format_exact(i128::from(self.0), 9))
    }
}
