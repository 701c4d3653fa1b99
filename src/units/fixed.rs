use std::fmt;

/// An exact decimal `mantissa x 10^-scale`, as found in files: a tick size, a step size, a multiplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fixed {
    /// The digits as one integer.
    pub mantissa: i64,
    /// Decimals.
    pub scale: u8,
}

/// Why a text is no exact decimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixedError {
    /// Nothing there.
    Empty,
    /// Something other than sign, digits and one point. `NaN`, `inf` and exponents end here.
    NotDecimal(String),
    /// More non-zero decimals than the scale holds.
    TooFine(String, u8),
    /// Out of range.
    TooLarge(String),
}

impl fmt::Display for FixedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("expected a decimal, found nothing"),
            Self::NotDecimal(text) => write!(f, "expected a decimal such as 12.5, found `{text}`"),
            Self::TooFine(text, scale) => write!(f, "expected at most {scale} decimals, found `{text}`"),
            Self::TooLarge(text) => write!(f, "expected a number of at most 18 digits, found `{text}`"),
        }
    }
}

impl std::error::Error for FixedError {}

impl Fixed {
    /// `mantissa x 10^-scale`.
    #[must_use]
    pub const fn new(mantissa: i64, scale: u8) -> Self {
        Self { mantissa, scale }
    }

    /// Reads an exact decimal; trailing zeros are dropped, so `0.10` is 1 x 10^-1.
    ///
    /// # Errors
    /// [`FixedError`] when the text is empty, no plain decimal, or out of range.
    pub fn parse(text: &str) -> Result<Self, FixedError> {
        let decimals = text.split_once('.').map_or("", |(_, decimals)| decimals).trim_end_matches('0');
        let scale = u8::try_from(decimals.len()).map_err(|_| FixedError::TooLarge(text.to_owned()))?;
        if scale > 18 {
            return Err(FixedError::TooFine(text.to_owned(), 18));
        }
        let mantissa = Self::parse_scaled(text, scale)?;
        let mantissa = i64::try_from(mantissa).map_err(|_| FixedError::TooLarge(text.to_owned()))?;
        Ok(Self { mantissa, scale })
    }

    /// Reads a decimal as an integer of 10^-`scale`. Exact: a non-zero digit beyond the scale is an error.
    ///
    /// # Errors
    /// [`FixedError`] when the text is empty, no plain decimal, too fine, or out of range.
    pub fn parse_scaled(text: &str, scale: u8) -> Result<i128, FixedError> {
        if text.is_empty() {
            return Err(FixedError::Empty);
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + decimals.len() == 0 || !plain(whole) || !plain(decimals) {
            return Err(FixedError::NotDecimal(text.to_owned()));
        }
        let kept = decimals.len().min(usize::from(scale));
        if decimals.as_bytes()[kept..].iter().any(|&byte| byte != b'0') {
            return Err(FixedError::TooFine(text.to_owned(), scale));
        }
        let value = accumulate(whole.bytes().chain(decimals[..kept].bytes()))
            .and_then(|value| value.checked_mul(10_i128.checked_pow(u32::from(scale) - kept as u32)?))
            .ok_or_else(|| FixedError::TooLarge(text.to_owned()))?;
        Ok(if negative { -value } else { value })
    }

    /// `value x 10^-scale` as text without trailing zeros.
    #[must_use]
    pub fn format_exact(value: i128, scale: u8) -> String {
        let text = Self::format_rounded(value, scale, scale);
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    }

    /// So many times this number, with its decimals: 3 of `0.10` are `0.30`.
    #[must_use]
    pub fn show_multiple(self, count: i64) -> String {
        Self::format_rounded(i128::from(count) * i128::from(self.mantissa), self.scale, self.scale)
    }

    /// `value x 10^-scale` as text with exactly `decimals` decimals, rounded half away from zero.
    #[must_use]
    pub fn format_rounded(value: i128, scale: u8, decimals: u8) -> String {
        let unit = 10_u128.pow(u32::from(scale.saturating_sub(decimals)));
        let magnitude = (value.unsigned_abs() + unit / 2) / unit;
        let padding = usize::from(decimals.saturating_sub(scale));
        let decimals = usize::from(decimals.min(scale));
        let digits = format!("{magnitude:0width$}", width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let sign = if value < 0 && magnitude != 0 { "-" } else { "" };
        let point = if decimals + padding > 0 { "." } else { "" };
        format!("{sign}{whole}{point}{fraction}{}", "0".repeat(padding))
    }
}

fn accumulate(mut digits: impl Iterator<Item = u8>) -> Option<i128> {
    digits.try_fold(0_i128, |value, digit| value.checked_mul(10)?.checked_add(i128::from(digit - b'0')))
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::format_exact(i128::from(self.mantissa), self.scale))
    }
}

impl serde::Serialize for Fixed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Fixed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FixedVisitor)
    }
}

struct FixedVisitor;

impl serde::de::Visitor<'_> for FixedVisitor {
    type Value = Fixed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes such as \"0.15\", or a whole number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Fixed, E> {
        Fixed::parse(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Fixed, E> {
        Ok(Fixed::new(value, 0))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Fixed, E> {
        Fixed::parse(&value.to_string()).map_err(E::custom)
    }
}
