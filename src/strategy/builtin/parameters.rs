use crate::model::Instrument;
use crate::units::{Fixed, Quantity, Span};
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
            return Err(serde::de::Error::custom(format!("a span must be positive, found `{text}`")));
        }
        Ok(Self(span))
    }
}
