use serde::Serialize;
use serde::ser::SerializeStruct;

/// A figure, or the reason why there is none. Never NaN, infinite, or a stand-in such as 0.
///
/// In JSON `{"value": 1.25}` or `{"value": null, "reason": "fewer than two days"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric<T> {
    /// The figure.
    Value(T),
    /// There is no such figure.
    Undefined {
        /// Why not, as a lowercase fragment.
        reason: &'static str,
    },
}

impl<T> Metric<T> {
    /// The reason instead of a figure.
    #[must_use]
    pub const fn undefined(reason: &'static str) -> Self {
        Self::Undefined { reason }
    }

    /// The figure, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Undefined { .. } => None,
        }
    }

    /// Why there is no figure; `None` when there is one.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Value(_) => None,
            Self::Undefined { reason } => Some(reason),
        }
    }

    /// Applies `change` to the figure.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Metric<U> {
        match self {
            Self::Value(value) => Metric::Value(change(value)),
            Self::Undefined { reason } => Metric::Undefined { reason },
        }
    }

    /// The figure in `option`, or `reason`.
    #[must_use]
    pub fn from_option(option: Option<T>, reason: &'static str) -> Self {
        option.map_or(Self::Undefined { reason }, Self::Value)
    }
}

impl Metric<f64> {
    /// `numerator / denominator`; `reason` when the denominator is zero.
    #[must_use]
    pub fn ratio(numerator: f64, denominator: f64, reason: &'static str) -> Self {
        let quotient = numerator / denominator;
        if denominator != 0.0 && quotient.is_finite() { Self::Value(quotient) } else { Self::Undefined { reason } }
    }
}

impl<T: Serialize> Serialize for Metric<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 1 + usize::from(self.value().is_none());
        let mut object = serializer.serialize_struct("Metric", fields)?;
        object.serialize_field("value", &self.value())?;
        if let Some(reason) = self.reason() {
            object.serialize_field("reason", reason)?;
        }
        object.end()
    }
}
