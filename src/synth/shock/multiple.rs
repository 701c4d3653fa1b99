use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How many times as much: of a shock its severity, of a market its volatility.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Multiple(pub f64);

impl Multiple {
    /// As it is.
    pub const ONE: Self = Self(1.0);

    /// Within these, both included; what is no number is within nothing.
    #[must_use]
    pub fn is_within(self, least: f64, most: f64) -> bool {
        least <= self.0 && self.0 <= most
    }

    /// Whether its logarithm is nearer to zero than that of another.
    #[must_use]
    pub fn is_nearer_to_one(self, other: Self) -> bool {
        libm::fabs(libm::log(self.0)) < libm::fabs(libm::log(other.0))
    }
}

impl fmt::Display for Multiple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Multiple {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
