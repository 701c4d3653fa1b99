//! Values that a scenario writes as texts: spans of time and exact decimals.

use crate::units::{Day, Fixed, FixedError, Money, Rate, Span, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// A span of time such as `"100ms"` or `"3d"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanText(pub Span);

impl fmt::Display for SpanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for SpanText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpanText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

/// An instant of a run: a span after its start such as `"90s"`, or a UTC instant such as `"2026-09-22T20:19:30Z"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// So long after the first venue time.
    After(Span),
    /// Venue time.
    At(Timestamp),
}

impl Moment {
    /// The instant in a run that starts at `start`.
    #[must_use]
    pub const fn after(self, start: Timestamp) -> Timestamp {
        match self {
            Self::After(span) => start.plus(span),
            Self::At(at) => at,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(span) => span.fmt(f),
            Self::At(at) => at.fmt(f),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(span) = text.parse() {
            return Ok(Self::After(span));
        }
        let instant = text.parse().ok().and_then(utc);
        instant.map(Self::At).ok_or_else(|| {
            de::Error::custom(format!(
                "found `{text}`, expected a span after the start such as `90s`, or an instant such as \
                 `2026-09-22T20:19:30Z`"
            ))
        })
    }
}

/// The first instant of a day written as `2026-01-05`, or an instant written as `2026-01-05T13:30:00Z`.
///
/// # Errors
/// What was found and what is allowed.
pub fn day_start(text: &str) -> Result<Timestamp, String> {
    let read = text.parse::<toml::value::Datetime>().ok();
    let midnight = |read: &toml::value::Datetime| read.date.filter(|_| read.time.is_none() && read.offset.is_none());
    let day = read.as_ref().and_then(midnight);
    let civil =
        |date: toml::value::Date| Day::from_civil(i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let start = day.and_then(civil).map(Day::start).or_else(|| read.and_then(utc));
    start.ok_or_else(|| {
        format!("found `{text}`; expected a day such as 2026-01-05, or an instant such as 2026-01-05T13:30:00Z")
    })
}

/// A date and time with its distance to UTC; a nanosecond at the finest.
fn utc(read: toml::value::Datetime) -> Option<Timestamp> {
    let (date, time, offset) = (read.date?, read.time?, read.offset?);
    let minutes = match offset {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i64::from(minutes),
    };
    let day = Day::from_civil(i64::from(date.year), i64::from(date.month), i64::from(date.day))?;
    let clock = 60 * (60 * i64::from(time.hour) + i64::from(time.minute) - minutes) + i64::from(time.second?);
    let seconds = day.number().checked_mul(86_400)?.checked_add(clock)?;
    let nanos = seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(time.nanosecond.unwrap_or(0)))?;
    Some(Timestamp::from_nanos(nanos))
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A span after the start of the run, such as \"90s\", or an instant, such as \"2026-09-22T20:19:30Z\".",
            "type": "string"
        })
    }
}

impl JsonSchema for SpanText {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A span of time: a whole number and ns, us, ms, s, min (or m), h or d.",
            "type": "string",
            "pattern": "^[0-9]+ ?(ns|us|ms|s|min|m|h|d)$"
        })
    }
}

/// An exact decimal: in quotes, such as `"0.0002"`, or a whole number. A floating-point literal is refused: its digits would not
/// be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal(pub Fixed);

impl Decimal {
    /// A whole number.
    #[must_use]
    pub const fn whole(value: i64) -> Self {
        Self(Fixed::new(value, 0))
    }

    /// As an amount of money.
    ///
    /// # Errors
    /// [`FixedError`] when it has more than 18 decimals.
    pub fn money(self) -> Result<Money, FixedError> {
        Money::parse(&self.to_string())
    }

    /// As a rate.
    ///
    /// # Errors
    /// [`FixedError`] when it has more than 9 decimals.
    pub fn rate(self) -> Result<Rate, FixedError> {
        Rate::parse(&self.to_string())
    }

    /// In whole units of `step`. Exact.
    ///
    /// # Errors
    /// A fragment when it is no multiple of `step`, or out of range.
    pub fn multiple_of(self, step: Fixed) -> Result<i64, String> {
        let scale = self.0.scale.max(step.scale);
        let raised = |value: Fixed| i128::from(value.mantissa) * 10_i128.pow(u32::from(scale - value.scale));
        let (value, unit) = (raised(self.0), raised(step));
        let whole = (unit != 0 && value % unit == 0).then(|| i64::try_from(value / unit).ok()).flatten();
        whole.ok_or_else(|| format!("a multiple of {step}"))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fixed::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact decimal: in quotes, or a whole number.",
            "type": ["string", "integer"],
            "pattern": "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_turn_into_whole_steps_or_say_so() {
        let step = Fixed::parse("0.005").unwrap();
        let multiple = |text: &str| Decimal(Fixed::parse(text).unwrap()).multiple_of(step);
        assert_eq!(multiple("0.01"), Ok(2));
        assert_eq!(multiple("-1"), Ok(-200));
        assert_eq!(multiple("0.007"), Err("a multiple of 0.005".to_owned()));
    }
}
