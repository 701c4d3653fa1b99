//! How much worse a metric may become.

use crate::readiness::{Direction, Threshold, Value};
use crate::units::Money;
use std::fmt;

/// How much worse than the base's a metric of the candidate may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    /// Name of the metric.
    pub metric: String,
    /// How much.
    pub amount: Amount,
}

/// An amount of a [`Tolerance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// In the metric's unit.
    Absolute(Threshold),
    /// In percent of the base's figure, whatever its sign.
    Percent(Threshold),
}

/// What the amount of a tolerance has to be.
pub const AMOUNT_EXPECTED: &str =
    "a decimal of zero or more in the metric's unit, or in percent of the base: `0.5`, `5%`";

impl Amount {
    /// Reads `0.5` or `5%`.
    ///
    /// # Errors
    /// [`AMOUNT_EXPECTED`] for any other text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (digits, kind): (&str, fn(Threshold) -> Self) = match text.strip_suffix('%') {
            Some(digits) => (digits.trim_end(), Self::Percent),
            None => (text, Self::Absolute),
        };
        let threshold = Threshold::parse(digits).map_err(|_| AMOUNT_EXPECTED)?;
        if threshold.atto() < 0 { Err(AMOUNT_EXPECTED) } else { Ok(kind(threshold)) }
    }

    /// A loss of that size, from a base of that, is more than is allowed.
    #[must_use]
    pub fn is_exceeded(self, loss: Value, base: Value) -> bool {
        match self {
            Self::Absolute(allowed) => loss.compare(allowed).is_some_and(std::cmp::Ordering::is_gt),
            Self::Percent(percent) => {
                let exact = loss.atto().zip(base.atto()).and_then(|(loss, base)| exceeds(loss, base, percent));
                let nearest = || loss.to_f64() * 100.0 > base.to_f64().abs() * percent.to_f64();
                exact.unwrap_or_else(nearest)
            }
        }
    }
}

/// `loss * 100 > |base| * percent` in integers; `None` where they do not hold it.
fn exceeds(loss: i128, base: i128, percent: Threshold) -> Option<bool> {
    // A percentage of more than six decimals is not told apart from its neighbour.
    const PARTS: i128 = 1_000_000;
    let percent = percent.atto() / (Money::ONE.atto() / PARTS);
    Some(loss.checked_mul(100 * PARTS)? > base.abs().checked_mul(percent)?)
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(allowed) => write!(f, "{allowed}"),
            Self::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}

/// By how much the candidate's figure is worse; negative where it is better. Where nobody knows which way is better, every
/// difference counts.
pub(super) fn loss(direction: Direction, base: Value, candidate: Value) -> Value {
    let difference = candidate.less(base);
    match direction {
        Direction::Higher => difference.negated(),
        Direction::Lower => difference,
        Direction::Neither if difference.to_f64() < 0.0 => difference.negated(),
        Direction::Neither => difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        for text in ["0.5", "5%", "5 %", "0", "0%", "12.345678901"] {
            assert!(Amount::parse(text).is_ok(), "{text}");
        }
        for text in ["", "%", "-1", "-5%", "NaN", "inf", "5%%", "1e3", "five"] {
            assert_eq!(Amount::parse(text), Err(AMOUNT_EXPECTED), "{text}");
        }
        assert_eq!(Amount::parse("5%").unwrap().to_string(), "5 %");
    }

    #[test]
    fn the_edge_is_allowed_and_one_unit_beyond_it_is_not() {
        let money = |text: &str| Value::Money(Money::parse(text).unwrap());
        let five = Amount::parse("5%").unwrap();
        let check = |amount: Amount, direction, base: &str, candidate: &str| {
            let (base, candidate) = (money(base), money(candidate));
            amount.is_exceeded(loss(direction, base, candidate), base)
        };
        let (up, down, either) = (Direction::Higher, Direction::Lower, Direction::Neither);
        let table = [
            (five, up, "100", "95", false),
            (five, up, "100", "94.999999999999999999", true),
            (five, up, "100", "1000", false),
            (five, up, "-100", "-105", false),
            (five, up, "-100", "-105.000000000000000001", true),
            (five, down, "100", "105", false),
            (five, down, "100", "105.000000000000000001", true),
            (five, either, "100", "94", true),
            (five, either, "100", "106", true),
            (five, either, "100", "105", false),
            (five, up, "0", "-0.000000000000000001", true),
            (five, up, "123456789012", "117283949561.4", false),
            (five, up, "123456789012", "117283949561.399999999999999999", true),
            (Amount::parse("0.5").unwrap(), up, "1", "0.5", false),
            (Amount::parse("0.5").unwrap(), up, "1", "0.499999999999999999", true),
            (Amount::parse("0").unwrap(), down, "1", "1", false),
        ];
        for (amount, direction, base, candidate, expected) in table {
            assert_eq!(
                check(amount, direction, base, candidate),
                expected,
                "{amount} {direction:?} {base} {candidate}"
            );
        }
        assert!(five.is_exceeded(Value::Real(5.01), Value::Real(100.0)));
        assert!(!five.is_exceeded(Value::Real(f64::NAN), Value::Real(100.0)));
    }
}
