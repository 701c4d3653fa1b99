use crate::units::Span;
use serde::{Deserialize, Serialize};

/// What one alert did against what it had to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertAudit {
    /// Name.
    pub name: String,
    /// How urgent it is: `warning` or `critical`.
    pub severity: String,
    /// Its limit in words; empty where it has none.
    pub limit: String,
    /// Why it was not recomputed; `None` where it was.
    pub not_audited: Option<String>,
    /// How often it had to be raised.
    pub had_to_raise: u64,
    /// How often it was.
    pub raised: u64,
    /// Of those it had to be, how often it was not.
    pub missed: u64,
    /// Raised, repeated or resolved with nothing behind it.
    pub false_alarms: u64,
    /// Raised longer after its cause than it may be.
    pub late: u64,
    /// Longest such delay.
    pub late_longest: Span,
    /// Said with another value, limit, cause or severity than there was.
    pub wrong_figures: u64,
    /// Raised while it stood, or repeated too soon.
    pub repeated: u64,
    /// Not repeated or not resolved when it had to be, or resolved while its cause lasted.
    pub not_followed: u64,
    /// Looks at which the order of events within one nanosecond decides.
    pub ambiguous: u64,
    /// Numbers of the journal entries that raised it first, at most three.
    pub first_entries: Vec<u64>,
}

/// Why an alert is not audited that has nothing to do.
pub(super) const NOT_ON_BARS: &str = "it is not watched on bars";

/// Before an alert's name in findings: controls have some of the same names.
const PREFIX: &str = "alert ";

impl AlertAudit {
    /// Its name in findings.
    #[must_use]
    pub fn finding_name(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// A run of this kind watches for it.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.not_audited.as_deref() != Some(NOT_ON_BARS)
    }

    /// It is watched, and nobody knows whether it did what it had to.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.not_audited.is_some() && self.is_watched()
    }

    /// Nothing disagrees.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.found() == 0
    }

    /// How often it did not do what it had to.
    #[must_use]
    pub const fn found(&self) -> u64 {
        self.missed + self.false_alarms + self.late + self.wrong_figures + self.repeated + self.not_followed
    }
}
