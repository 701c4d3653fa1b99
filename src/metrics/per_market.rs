use super::Metric;
use serde::Serialize;
use serde::ser::SerializeStruct;

/// Why figures in an instrument's own scale are not those of a run of several markets.
pub(super) const SEVERAL: &str = "of each market apart, not of several together: see `markets`";

/// What only one market has: figures in ticks and steps, or of one asset. A run of several markets has them once for each
/// market and none for the whole.
///
/// In JSON the figures themselves, or `{"value": null, "reason": "..."}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PerMarket<T> {
    /// The run has one market.
    One(T),
    /// The run has several; the figures are with each of them.
    Several,
}

impl<T> PerMarket<T> {
    /// The figures, when the run has one market.
    #[must_use]
    pub const fn one(&self) -> Option<&T> {
        match self {
            Self::One(figures) => Some(figures),
            Self::Several => None,
        }
    }

    /// One of the figures.
    #[must_use]
    pub fn figure<U>(&self, read: impl FnOnce(&T) -> Metric<U>) -> Metric<U> {
        self.one().map_or(Metric::undefined(SEVERAL), read)
    }

    /// One of the figures that is always there when the market is one.
    #[must_use]
    pub fn known<U>(&self, read: impl FnOnce(&T) -> U) -> Metric<U> {
        self.figure(|figures| Metric::Value(read(figures)))
    }
}

impl<T: Serialize> Serialize for PerMarket<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(figures) => figures.serialize(serializer),
            Self::Several => {
                let mut object = serializer.serialize_struct("PerMarket", 2)?;
                object.serialize_field("value", &None::<()>)?;
                object.serialize_field("reason", SEVERAL)?;
                object.end()
            }
        }
    }
}
