use crate::model::{Alert, AlertId, AlertPhase};
use crate::units::{Span, Timestamp};

/// What a rule has found: over its limit or not, and the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The first instant at which the cause can have been there.
    pub(super) cause_at: Timestamp,
    pub(super) value: i128,
    pub(super) limit: i128,
}

/// Whether one alert stands: raised and not resolved.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Standing(Option<Raised>);

#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Raised {
    cause_at: Timestamp,
    /// When it was said last.
    said_at: Timestamp,
    limit: i128,
}

impl Standing {
    pub(super) const fn is_raised(&self) -> bool {
        self.0.is_some()
    }

    /// The cause is there: says so when it was not there before, or when the last word of it is long ago.
    pub(super) fn holds(&mut self, rule: AlertId, now: Timestamp, found: &Found, remind_after: Span) -> Option<Alert> {
        let Found { cause_at, value, limit } = *found;
        let Some(raised) = &mut self.0 else {
            self.0 = Some(Raised { cause_at, said_at: now, limit });
            return Some(Alert { rule, phase: AlertPhase::Raised, cause_at, value, limit });
        };
        raised.limit = limit;
        if now.since(raised.said_at) < remind_after {
            return None;
        }
        raised.said_at = now;
        Some(Alert { rule, phase: AlertPhase::Reminder, cause_at: raised.cause_at, value, limit })
    }

    /// The cause is not there, by `value`: says so when it was there before.
    pub(super) fn ends(&mut self, rule: AlertId, value: i128) -> Option<Alert> {
        let Raised { cause_at, limit, .. } = self.0.take()?;
        Some(Alert { rule, phase: AlertPhase::Resolved, cause_at, value, limit })
    }
}

/// How long after the last event of a kind nothing of it is left.
pub(super) const QUIET: Span = crate::units::MINUTE;

/// Whether an alert stands whose cause is an event: it lasts until a minute has passed without another one.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Episode {
    standing: Standing,
    last: Option<(Timestamp, i128)>,
}

impl Episode {
    /// It happened.
    pub(super) fn happens(
        &mut self,
        rule: AlertId,
        now: Timestamp,
        found: &Found,
        remind_after: Span,
    ) -> Option<Alert> {
        self.last = Some((now, found.value));
        self.standing.holds(rule, now, found, remind_after)
    }

    /// True when a look has something to do.
    pub(super) const fn is_raised(&self) -> bool {
        self.standing.is_raised()
    }

    /// Ends it when all has been quiet for long enough; the value is that of the last event.
    pub(super) fn look(&mut self, rule: AlertId, now: Timestamp) -> Option<Alert> {
        let (at, value) = self.last?;
        if now.since(at) < QUIET {
            return None;
        }
        self.last = None;
        self.standing.ends(rule, value)
    }
}
