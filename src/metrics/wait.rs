use crate::model::GateId;
use crate::units::{Money, Span, Timestamp};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// How long something took, or why there is no such time.
///
/// In JSON `{"value": 1500000000}`, in nanoseconds, or `{"value": null, "reason": "something was held until the run's end"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// So long.
    Took(Span),
    /// It should have come and had not when the run ended; how it stood then.
    Never(&'static str),
    /// Nobody can wait for it: why not.
    Nothing(&'static str),
}

impl Wait {
    /// From `since` to `at`; what was so before took no time.
    #[must_use]
    pub fn between(since: Timestamp, at: Timestamp) -> Self {
        Self::Took(at.since(since).max(Span::ZERO))
    }

    /// It has not come yet and still can.
    #[must_use]
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Never(_))
    }
}

impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (value, reason) = match self {
            Self::Took(span) => (Some(*span), None),
            Self::Never(reason) | Self::Nothing(reason) => (None, Some(*reason)),
        };
        let mut object = serializer.serialize_struct("Wait", 1 + usize::from(reason.is_some()))?;
        object.serialize_field("value", &value)?;
        if let Some(reason) = reason {
            object.serialize_field("reason", reason)?;
        }
        object.end()
    }
}

/// Equity at the marks since a shock began, for the first of them that was beyond the limit of the control that then stopped the bot.
#[derive(Debug, Default)]
pub(super) struct Causes {
    /// Gates whose figure is a fall of equity below a baseline, in atto of quote.
    gates: Vec<GateId>,
    marks: Vec<(Timestamp, Money)>,
}

impl Causes {
    pub(super) fn new(gates: &[GateId]) -> Self {
        Self { gates: gates.to_vec(), marks: Vec::new() }
    }

    pub(super) fn mark(&mut self, at: Timestamp, equity: Money) {
        self.marks.push((at, equity));
    }

    /// From the first of the marks beyond `limit` that led to the trip at `at`, where `value` was found. Every mark that gates are
    /// shown is journalled before what they say of it, so that the last one is that of the trip.
    pub(super) fn until(&mut self, at: Timestamp, gate: GateId, (value, limit): (i128, i128)) -> Wait {
        let marks = std::mem::take(&mut self.marks);
        if !self.gates.contains(&gate) {
            return Wait::Nothing("the control that stopped it is about no fall of equity");
        }
        let baseline = marks.last().and_then(|(_, equity)| equity.atto().checked_add(value));
        let Some(baseline) = baseline else { return Wait::Nothing("there was no mark before it") };
        let is_beyond = |equity: Money| limit < baseline.saturating_sub(equity.atto());
        let cause = marks.iter().rev().take_while(|(_, equity)| is_beyond(*equity)).last();
        cause.map_or(Wait::Nothing("no mark was beyond its limit"), |(first, _)| Wait::between(*first, at))
    }
}
