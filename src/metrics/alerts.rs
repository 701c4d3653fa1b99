use crate::model::{Alert, AlertPhase, MarketId};
use crate::units::{Span, Timestamp};
use serde::{Serialize, Serializer};

/// Alerts kept one by one at most; the first ones.
const KEPT: usize = 200;

/// The alerts of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AlertStatistics {
    /// One row a rule that raised any, by its number.
    pub rules: Vec<AlertCounts>,
    /// Alerts raised, repeated and resolved, all together.
    pub said: u64,
    /// The first of them, in order.
    pub first: Vec<Said>,
}

impl AlertStatistics {
    /// True when nothing was said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.said == 0
    }

    /// Takes the next one.
    pub(super) fn take(&mut self, at: Timestamp, market: MarketId, alert: &Alert) {
        self.said += 1;
        let place = self.rules.binary_search_by_key(&alert.rule.0, |row| row.rule).unwrap_or_else(|place| {
            self.rules.insert(place, AlertCounts::of(alert.rule.0, at));
            place
        });
        self.rules[place].take(at, alert);
        if self.first.len() < KEPT {
            let Alert { rule, phase, cause_at, value, limit } = *alert;
            self.first.push(Said { at, market, rule: rule.0, phase, cause_at, value, limit });
        }
    }
}

/// What one rule said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AlertCounts {
    /// Number of the rule.
    pub rule: u8,
    /// Alerts raised.
    pub raised: u64,
    /// Of those, repeated.
    pub reminders: u64,
    /// Of those, resolved.
    pub resolved: u64,
    /// The longest time from the first instant at which a cause can have been there until its alert was raised.
    pub longest_delay: Span,
    /// When the first was raised.
    pub first_at: Timestamp,
    /// When the last was raised.
    pub last_at: Timestamp,
}

impl AlertCounts {
    const fn of(rule: u8, at: Timestamp) -> Self {
        Self { rule, raised: 0, reminders: 0, resolved: 0, longest_delay: Span::ZERO, first_at: at, last_at: at }
    }

    fn take(&mut self, at: Timestamp, alert: &Alert) {
        match alert.phase {
            AlertPhase::Raised => {
                self.raised += 1;
                self.longest_delay = self.longest_delay.max(alert.delay(at));
                self.last_at = at;
            }
            AlertPhase::Reminder => self.reminders += 1,
            AlertPhase::Resolved => self.resolved += 1,
        }
    }
}

/// One alert raised, repeated or resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Of which market; the first for what concerns the whole account.
    pub market: MarketId,
    /// Number of the rule.
    pub rule: u8,
    /// Raised, repeated or resolved.
    pub phase: AlertPhase,
    /// The first instant at which its cause can have been there.
    pub cause_at: Timestamp,
    /// Value found, in the rule's unit.
    #[serde(serialize_with = "text")]
    pub value: i128,
    /// Limit it was held against.
    #[serde(serialize_with = "text")]
    pub limit: i128,
}

/// JSON has no numbers of 128 bits.
fn text<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
