use crate::units::{Span, Timestamp};
use std::fmt;

/// An alert rule's number in the catalogue, stable for good: journals hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct AlertId(pub u8);

/// What of an alert is said: one is raised, repeated while its cause lasts, and resolved when that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertPhase {
    /// The cause was not there, and now is.
    Raised,
    /// The cause has lasted for another of the configured spans.
    Reminder,
    /// The cause has ended.
    Resolved,
}

impl AlertPhase {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Raised, Self::Reminder, Self::Resolved];

    /// Its word in journals, reports and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
        }
    }
}

impl fmt::Display for AlertPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule has to say of one market, in the rule's own unit (atto of quote, parts per billion, nanoseconds, orders).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alert {
    /// Which rule.
    pub rule: AlertId,
    /// Raised, repeated or resolved.
    pub phase: AlertPhase,
    /// The first instant at which the cause can have been there; of a reminder and a resolution, that of the alert raised.
    pub cause_at: Timestamp,
    /// Value found.
    pub value: i128,
    /// Limit it was held against.
    pub limit: i128,
}

impl Alert {
    /// How long after its cause an alert that was raised `at` was raised, at most.
    #[must_use]
    pub const fn delay(&self, at: Timestamp) -> Span {
        at.since(self.cause_at)
    }
}
