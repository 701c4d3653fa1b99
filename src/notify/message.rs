use crate::alert::AlertRule;
use crate::journal::{Entry, JournalError};
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};

/// One alert as a receiver reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same whenever this alert of this run is delivered: run, lane and which of its alerts, from 1.
    pub id: String,
    /// Name of the rule.
    pub alert: String,
    /// `raised`, `reminder` or `resolved`.
    pub phase: String,
    /// `warning` or `critical`.
    pub severity: String,
    /// In words: what, value and limit.
    pub text: String,
    /// Symbol of the market; of the first for what concerns the whole account.
    pub market: String,
    /// Simulated time, nanoseconds since 1970 UTC.
    pub at_ns: i64,
    /// The same as text.
    pub at: String,
    /// The first instant at which its cause can have been there, nanoseconds since 1970 UTC.
    pub cause_at_ns: i64,
    /// Value with unit.
    pub value: String,
    /// Limit with unit; empty where the rule has none.
    pub limit: String,
    /// Which run.
    pub run: String,
}

/// The alerts of a journal, in order; `names` are run id and lane, `symbols` those of the markets.
///
/// # Errors
/// The first [`JournalError`] of the journal.
pub fn messages(
    entries: impl IntoIterator<Item = Result<Entry, JournalError>>,
    (run, lane): (&str, &str),
    symbols: &[String],
) -> Result<Vec<Message>, JournalError> {
    let mut found = Vec::new();
    for entry in entries {
        if let Entry::Alert { at, market, alert } = entry? {
            let rule = AlertRule::of(alert.rule);
            let name = rule.map_or_else(|| alert.rule.0.to_string(), |rule| rule.name.to_owned());
            let value = rule.map_or_else(|| alert.value.to_string(), |rule| rule.show(alert.value));
            let limit = rule.map_or_else(String::new, |rule| rule.show_limit(alert.limit));
            found.push(Message {
                id: format!("{run}-{lane}-{}", found.len() + 1),
                text: text(rule.map_or(name.as_str(), |rule| rule.words), &value, &limit),
                alert: name,
                phase: alert.phase.to_string(),
                severity: rule.map_or_else(String::new, |rule| rule.severity.to_string()),
                market: symbols.get(market.index()).cloned().unwrap_or_default(),
                at_ns: at.nanos(),
                at: Timestamp::to_string(&at),
                cause_at_ns: alert.cause_at.nanos(),
                value,
                limit,
                run: run.to_owned(),
            });
        }
    }
    Ok(found)
}

fn text(words: &str, value: &str, limit: &str) -> String {
    if limit.is_empty() { format!("{words}: {value}") } else { format!("{words}: {value}, limit {limit}") }
}

impl Message {
    /// One line of JSON, without the end of the line.
    ///
    /// # Panics
    /// Never: texts and numbers have JSON.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| panic!("{self:?} has no JSON: {error}"))
    }
}
