use crate::units::{Fixed, FixedError, Money};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A gate or a limit that is armed, or `"off"` in so many words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting<T> {
    /// Armed.
    On(T),
    /// Not armed: checks nothing, and reports say so.
    Off,
}

impl<T> Setting<T> {
    /// The value, if armed.
    #[must_use]
    pub const fn as_ref(&self) -> Option<&T> {
        match self {
            Self::On(value) => Some(value),
            Self::Off => None,
        }
    }
}

impl<T: Default> Default for Setting<T> {
    fn default() -> Self {
        Self::On(T::default())
    }
}

impl<T: Serialize> Serialize for Setting<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(value) => value.serialize(serializer),
            Self::Off => serializer.serialize_str("off"),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingVisitor(PhantomData))
    }
}

struct SettingVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SettingVisitor<T> {
    type Value = Setting<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`off`, a limit (a decimal in quotes), or a table of limits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "off" => Ok(Setting::Off),
            _ => T::deserialize(text.into_deserializer()).map(Setting::On),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        T::deserialize(value.into_deserializer()).map(Setting::On)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        T::deserialize(value.into_deserializer()).map(Setting::On)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Setting::On)
    }
}

impl<T: JsonSchema> JsonSchema for Setting<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrOff", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let armed = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "const": "off", "description": "Not armed." }, armed] })
    }
}

/// An amount of an asset, written as a decimal in quotes or as a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(Money);

/// A share of one in parts per billion, written as a decimal in quotes or as a whole number with `SCALE` decimals less than
/// nine before the point: see its three names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio<const SCALE: u8>(i64);

/// Per cent: `5` is five per cent, never five hundred.
pub type Percent = Ratio<7>;
/// Hundredths of a per cent: `10` is a thousandth.
pub type BasisPoints = Ratio<5>;
/// Times: `3` is three times as much.
pub type Multiple = Ratio<9>;

impl Amount {
    /// That amount.
    #[must_use]
    pub const fn new(amount: Money) -> Self {
        Self(amount)
    }

    /// The amount.
    #[must_use]
    pub const fn money(self) -> Money {
        self.0
    }
}

impl<const SCALE: u8> Ratio<SCALE> {
    /// `ppb` parts per billion of one: 10^7 is one per cent.
    #[must_use]
    pub const fn from_ppb(ppb: i64) -> Self {
        Self(ppb)
    }

    /// Parts per billion of one.
    #[must_use]
    pub const fn ppb(self) -> i64 {
        self.0
    }
}

/// Reads a decimal as a whole number of 10^-scale.
struct Decimal(u8);

impl Visitor<'_> for Decimal {
    type Value = i128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a decimal in quotes with at most {} decimals, such as \"12.5\"", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
        Fixed::parse_scaled(text, self.0).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
        Ok(i128::from(value) * 10_i128.pow(u32::from(self.0)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
        Ok(i128::from(value) * 10_i128.pow(u32::from(self.0)))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Decimal(Money::SCALE)).map(|atto| Self(Money::from_atto(atto)))
    }
}

impl<'de, const SCALE: u8> Deserialize<'de> for Ratio<SCALE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ppb = deserializer.deserialize_any(Decimal(SCALE))?;
        let too_large = |_| D::Error::custom(FixedError::TooLarge(Fixed::format_exact(ppb, SCALE)));
        i64::try_from(ppb).map(Self).map_err(too_large)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<const SCALE: u8> Serialize for Ratio<SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Fixed::format_exact(i128::from(self.0), SCALE))
    }
}

fn decimal_schema(description: &str) -> Schema {
    json_schema!({
        "description": description,
        "anyOf": [{ "type": "string", "pattern": "^[0-9]*(\\.[0-9]+)?$" }, { "type": "integer", "minimum": 0 }]
    })
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        decimal_schema("An exact amount: a decimal in quotes, or a whole number.")
    }
}

impl<const SCALE: u8> JsonSchema for Ratio<SCALE> {
    fn schema_name() -> Cow<'static, str> {
        match SCALE {
            7 => "Percent".into(),
            5 => "BasisPoints".into(),
            9 => "Multiple".into(),
            _ => format!("Ratio{SCALE}").into(),
        }
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        decimal_schema(match SCALE {
            7 => "Per cent: a decimal in quotes, or a whole number. \"5\" is five per cent.",
            5 => "Basis points: a decimal in quotes, or a whole number. \"10\" is a tenth of a per cent.",
            _ => "Times: a decimal in quotes, or a whole number. \"3\" is three times as much.",
        })
    }
}
