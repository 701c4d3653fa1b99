use crate::model::Instrument;
use crate::units::{Fixed, Money, Price, Quantity, Span};
use std::fmt;

/// A parameter a strategy cannot work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// Its name.
    pub name: &'static str,
    /// Value found.
    pub found: String,
    /// What is allowed.
    pub expected: String,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` must be {}, found {}", self.name, self.expected, self.found)
    }
}

impl std::error::Error for ParameterError {}

/// A quantity in base units as whole steps of the instrument, a multiple of its lot.
///
/// # Errors
/// [`ParameterError`] when it is not positive or does not fit the lot.
pub fn steps(name: &'static str, quantity: Fixed, instrument: &Instrument) -> Result<Quantity, ParameterError> {
    let lot = instrument.filters.lot.steps().max(1);
    let lot_text = instrument.show_quantity(Quantity::new(lot));
    let refuse =
        || ParameterError { name, found: quantity.to_string(), expected: format!("a positive multiple of {lot_text}") };
    let step = instrument.step_size;
    let scale = u32::from(quantity.scale.max(step.scale));
    let scaled = |fixed: Fixed| i128::from(fixed.mantissa) * 10_i128.pow(scale - u32::from(fixed.scale));
    let (quantity, step) = (scaled(quantity), scaled(step));
    if step <= 0 || quantity <= 0 || quantity % step != 0 {
        return Err(refuse());
    }
    let steps = i64::try_from(quantity / step).map_err(|_| refuse())?;
    if steps % lot == 0 { Ok(Quantity::new(steps)) } else { Err(refuse()) }
}

/// A quantity in base units, or `auto`: what is worth about [`AUTO_WORTH`] of the quote asset at the first price seen, in
/// whole lots, at least one lot and what the venue's filters demand. So that a strategy runs on any instrument unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, schemars::JsonSchema)]
#[schemars(with = "String")]
pub enum Size {
    /// Worked out from the first price.
    #[default]
    Auto,
    /// As written.
    Fixed(Fixed),
}

/// Worth of an `auto` quantity in whole units of the quote asset.
pub const AUTO_WORTH: i64 = 60;

impl Size {
    /// The quantity in steps, or `None` for `auto`.
    ///
    /// # Errors
    /// [`ParameterError`] as for [`steps`].
    pub fn steps(self, name: &'static str, instrument: &Instrument) -> Result<Option<Quantity>, ParameterError> {
        match self {
            Self::Auto => Ok(None),
            Self::Fixed(quantity) => steps(name, quantity, instrument).map(Some),
        }
    }
}

/// What `auto` stands for at `price`. A worth that cannot be held counts as more than enough.
#[must_use]
pub fn auto_quantity(instrument: &Instrument, price: Price) -> Quantity {
    let lot = instrument.filters.lot.steps().max(1);
    let lot_worth = instrument.notional(price, Quantity::new(lot)).map_or(i128::MAX, |worth| worth.atto().max(1));
    let wanted = Money::from_units(AUTO_WORTH).atto() / lot_worth;
    // A tenth above the smallest notional, so that a falling price does not make the order too small at once.
    let least = instrument.filters.min_notional.map_or(0, |least| (least.atto() / 10 * 11) / lot_worth + 1);
    let least =
        least.max(instrument.filters.min_quantity.map_or(1, |least| i128::from((least.steps() + lot - 1) / lot)));
    let lots = i64::try_from(wanted.max(least).max(1)).unwrap_or(i64::MAX);
    Quantity::new(lots.saturating_mul(lot))
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(quantity) => quantity.fmt(f),
        }
    }
}

impl serde::Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl serde::de::Visitor<'_> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`auto`, a decimal in quotes such as \"0.15\", or a whole number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Size, E> {
        if text == "auto" { Ok(Size::Auto) } else { Fixed::parse(text).map(Size::Fixed).map_err(E::custom) }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Size, E> {
        Ok(Size::Fixed(Fixed::new(value, 0)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Size, E> {
        Fixed::parse(&value.to_string()).map(Size::Fixed).map_err(E::custom)
    }
}

/// A positive span written with its unit: `100ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(with = "String")]
pub struct ParameterSpan(pub Span);

impl serde::Serialize for ParameterSpan {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ParameterSpan {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let span: Span = text.parse().map_err(serde::de::Error::custom)?;
        if span.nanos() <= 0 {
            return Err(serde::de::Error::custom(format!("expected a span above zero, found `{text}`")));
        }
        Ok(Self(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ContractKind, FeeSchedule, Filters};
    use crate::units::{Rate, Rounding};

    /// Tick 0.0001 and step 0.01, as a cheap coin has them.
    fn cheap(lot: i64, min_notional: Option<i64>, min_quantity: Option<i64>) -> Instrument {
        Instrument {
            symbol: "ABCUSDT".to_owned(),
            venue: "test".to_owned(),
            kind: ContractKind::Spot,
            base: "ABC".to_owned(),
            quote: "USDT".to_owned(),
            tick_size: Fixed::new(1, 4),
            step_size: Fixed::new(1, 2),
            multiplier: Fixed::new(1, 0),
            fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::HalfEven, decimals: 8 },
            filters: Filters {
                min_quantity: min_quantity.map(Quantity::new),
                min_notional: min_notional.map(Money::from_units),
                ..Filters::lot_only(Quantity::new(lot))
            },
            inferred: Vec::new(),
        }
    }

    #[test]
    fn auto_is_worth_about_the_same_on_every_instrument_and_never_too_small_for_its_filters() {
        let cases = [
            // lot, min notional, min quantity, price -> steps
            (1, None, None, 12_000, 5_000),
            (1_000, None, None, 12_000, 5_000),
            (7_000, None, None, 12_000, 7_000),
            (1, Some(100), None, 10_000, 11_001),
            (10, None, Some(9_001), 12_000, 9_010),
            (1, None, None, 1, 60_000_000 / 10_000 * 10_000),
            (1, None, None, i64::MAX, 1),
        ];
        for (lot, min_notional, min_quantity, price, expected) in cases {
            let found = auto_quantity(&cheap(lot, min_notional, min_quantity), Price::new(price));
            assert_eq!(found.steps(), expected, "lot {lot}, {min_notional:?}, {min_quantity:?}, price {price}");
        }
    }

    #[test]
    fn a_size_is_auto_a_decimal_or_a_whole_number() {
        let read = |json: &str| serde_json::from_str::<Size>(json);
        assert_eq!(read("\"auto\"").unwrap(), Size::Auto);
        assert_eq!(read("\"0.5\"").unwrap(), Size::Fixed(Fixed::new(5, 1)));
        assert_eq!(read("10").unwrap(), Size::Fixed(Fixed::new(10, 0)));
        assert!(read("0.5").is_err() && read("\"some\"").is_err());
        assert_eq!(Size::Fixed(Fixed::new(5, 1)).to_string(), "0.5");
    }
}
