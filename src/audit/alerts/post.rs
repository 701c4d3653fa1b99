use super::outcome::AlertAudit;
use super::rule::Rule;
use super::setup::AlertSetup;
use crate::audit::control::{Figures, Unit};
use crate::audit::finding::{Finding, FindingKind, Place};
use crate::model::{Alert, AlertPhase, MarketId};
use crate::units::{MINUTE, Span, Timestamp};

/// Findings kept of each alert.
const FINDINGS_KEPT: usize = 3;
/// Entries kept as evidence of an alert.
const ENTRIES_KEPT: usize = 3;

/// What is known of one alert in all markets.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub audit: AlertAudit,
    pub findings: Vec<Finding>,
    pub limit: i128,
    pub unit: Unit,
    /// The severity that it has to have.
    pub severity: &'static str,
    pub within: Span,
    pub remind_after: Span,
}

impl Row {
    pub fn new(audit: AlertAudit, limit: i128, rule: Option<Rule>, setup: &AlertSetup) -> Self {
        let (unit, severity) = rule.map_or((Unit::Number, ""), |rule| (rule.unit, rule.severity));
        let AlertSetup { within, remind_after, .. } = *setup;
        Self { audit, findings: Vec::new(), limit, unit, severity, within, remind_after }
    }

    /// An alert that is not audited has spoken.
    pub fn only_said(&mut self, now: Now, phase: AlertPhase) {
        if phase == AlertPhase::Raised {
            self.is_raised_by(now.entry);
        }
    }

    pub fn note(&mut self, kind: FindingKind, place: Place, text: String) {
        let count = match kind {
            FindingKind::Missed => &mut self.audit.missed,
            FindingKind::False => &mut self.audit.false_alarms,
            FindingKind::Late => &mut self.audit.late,
            FindingKind::Repeated => &mut self.audit.repeated,
            FindingKind::NotFollowed => &mut self.audit.not_followed,
            FindingKind::WrongFigures | FindingKind::Broken => &mut self.audit.wrong_figures,
        };
        *count += 1;
        if self.findings.len() < FINDINGS_KEPT {
            self.findings.push(place.finding(&self.audit.finding_name(), kind, text));
        }
    }

    fn figures(&self, found: &Found) -> String {
        let figures = self.unit.figures(Figures { value: found.value, limit: self.limit });
        format!("{figures}, since {}", found.cause_at)
    }

    fn is_raised_by(&mut self, entry: u64) {
        self.audit.raised += 1;
        if self.audit.first_entries.len() < ENTRIES_KEPT {
            self.audit.first_entries.push(entry);
        }
    }
}

/// A cause, in the alert's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The first instant at which it can have been there.
    pub cause_at: Timestamp,
    pub value: i128,
}

/// What a look has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// More than the limit.
    Over(Found),
    /// The limit or less: the value.
    Within(i128),
}

impl Seen {
    /// A value held against its limit.
    pub const fn of(cause_at: Timestamp, value: i128, limit: i128) -> Self {
        if limit < value { Self::Over(Found { cause_at, value }) } else { Self::Within(value) }
    }
}

/// Where and when something is seen or said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub entry: u64,
    pub at: Timestamp,
    pub market: MarketId,
}

impl Now {
    pub const fn place(&self) -> Place {
        Place { entry: self.entry, at: self.at, market: self.market, id: None }
    }
}

/// One alert of one market (and of one gate, where each has its own), as the journal tells it.
#[derive(Debug, Clone, Default)]
pub(super) struct Post {
    /// It was raised and has not been resolved.
    stands: Option<Stands>,
    /// What has to be said next.
    owed: Option<Owed>,
    /// What there is once that has been said, at the same instant.
    next: Option<(Now, Seen)>,
    /// The last event, where the cause is one.
    last: Option<(Timestamp, i128)>,
}

#[derive(Debug, Clone, Copy)]
struct Stands {
    cause_at: Timestamp,
    said_at: Timestamp,
}

#[derive(Debug, Clone)]
struct Owed {
    /// Since when.
    since: Now,
    /// The first instant at which the first cause can have been there.
    cause_at: Timestamp,
    /// Otherwise it may be said or not.
    must: bool,
    /// What may be said.
    words: Vec<(AlertPhase, Found)>,
}

impl Owed {
    fn allows(&self, phase: AlertPhase) -> bool {
        self.words.iter().any(|(word, _)| *word == phase)
    }
}

impl Post {
    pub fn owes(&self, phase: AlertPhase) -> bool {
        self.owed.as_ref().is_some_and(|owed| owed.allows(phase))
    }

    /// What an alert says is owed. Where it only may be said, with those figures: what is heard at the same instant may call for others.
    pub fn owes_word(&self, alert: &Alert) -> bool {
        let said = Found { cause_at: alert.cause_at, value: alert.value };
        let is_it = |(word, found): &(AlertPhase, Found)| *word == alert.phase && *found == said;
        self.owed.as_ref().is_some_and(
            |owed| {
                if owed.must { owed.allows(alert.phase) } else { owed.words.iter().any(is_it) }
            },
        )
    }

    pub const fn stands(&self) -> bool {
        self.stands.is_some()
    }

    /// What is there at a look, whichever of these it is. `is_sure`: that it was looked at.
    pub fn look(&mut self, now: Now, seen: &[Seen], is_sure: bool, row: &mut Row) {
        self.bring_to(now.at, row);
        let is_open = self.owed.as_ref().is_some_and(|owed| owed.since.at == now.at);
        if !is_sure && is_open {
            return;
        }
        match self.stands {
            Some(stands) => self.goes_on(stands, now, (seen, is_sure), row),
            None => self.begins(now, (seen, is_sure), row),
        }
    }

    fn begins(&mut self, now: Now, (seen, is_sure): (&[Seen], bool), row: &mut Row) {
        let over = |seen: &Seen| match seen {
            Seen::Over(found) => Some((AlertPhase::Raised, *found)),
            Seen::Within(_) => None,
        };
        let words: Vec<_> = seen.iter().filter_map(over).collect();
        let must = is_sure && words.len() == seen.len();
        let Some((_, first)) = words.first().copied() else { return self.forgo(row) };
        row.audit.ambiguous += u64::from(!must);
        match &mut self.owed {
            Some(owed) if owed.must => {
                if owed.since.at < now.at {
                    owed.words.clear();
                }
                owed.words.extend(words);
            }
            owed => {
                row.audit.had_to_raise += u64::from(must);
                *owed = Some(Owed { since: now, cause_at: first.cause_at, must, words });
            }
        }
    }

    fn goes_on(&mut self, stands: Stands, now: Now, (seen, is_sure): (&[Seen], bool), row: &mut Row) {
        let is_long = row.remind_after <= now.at.since(stands.said_at);
        let word = |seen: &Seen| match seen {
            Seen::Over(found) if is_long => Some((AlertPhase::Reminder, found.value)),
            Seen::Over(_) => None,
            Seen::Within(value) => Some((AlertPhase::Resolved, *value)),
        };
        let cause_at = stands.cause_at;
        let words: Vec<_> =
            seen.iter().filter_map(word).map(|(word, value)| (word, Found { cause_at, value })).collect();
        let Some((first, _)) = words.first().copied() else { return };
        // Of one instant only the first is said: after it the last word is not long ago.
        let is_said = |owed: &Owed| owed.must && owed.since.at == now.at && owed.allows(AlertPhase::Reminder);
        if first == AlertPhase::Reminder && self.owed.as_ref().is_some_and(is_said) {
            return;
        }
        let must = is_sure && words.len() == seen.len() && words.iter().all(|(word, _)| *word == first);
        row.audit.ambiguous += u64::from(!must);
        self.owed = Some(Owed { since: now, cause_at, must, words });
    }

    /// The cause has gone: what was not raised by now never will be.
    fn forgo(&mut self, row: &mut Row) {
        let Some(owed) = self.owed.take().filter(|owed| owed.must) else { return };
        let found = owed.words.first().map(|(_, found)| row.figures(found)).unwrap_or_default();
        row.note(FindingKind::Missed, owed.since.place(), format!("it was not raised: {found}"));
    }

    /// A gate has tripped. One that trips again while it is says nothing.
    pub fn trips(&mut self, now: Now, found: Found, row: &mut Row) {
        self.bring_to(now.at, row);
        if self.owes(AlertPhase::Resolved) {
            self.next = Some((now, Seen::Over(found)));
        } else if !self.stands() {
            self.look(now, &[Seen::Over(found)], true, row);
        }
    }

    /// A gate has opened.
    pub fn opens(&mut self, now: Now, value: i128, row: &mut Row) {
        self.bring_to(now.at, row);
        if self.owed.as_ref().is_some_and(|owed| owed.since.at == now.at && owed.allows(AlertPhase::Raised)) {
            self.next = Some((now, Seen::Within(value)));
        } else {
            self.look(now, &[Seen::Within(value)], true, row);
        }
    }

    /// Something has happened that is over the limit, one of these. `is_sure`: that it has.
    pub fn happens(&mut self, now: Now, found: &[Found], is_sure: bool, row: &mut Row) {
        self.bring_to(now.at, row);
        if let Some(found) = found.first() {
            self.last = Some((now.at, found.value));
        }
        let says_other =
            self.owed.as_ref().is_some_and(|owed| owed.since.at == now.at && !owed.allows(AlertPhase::Raised));
        if !says_other {
            let seen: Vec<Seen> = found.iter().copied().map(Seen::Over).collect();
            self.look(now, &seen, is_sure, row);
        }
    }

    /// Nothing has happened at a look. `is_sure`: that no report of the same instant came first.
    pub fn is_quiet(&mut self, now: Now, is_sure: bool, row: &mut Row) {
        let Some((at, value)) = self.last.filter(|(at, _)| MINUTE <= now.at.since(*at)) else { return };
        self.look(now, &[Seen::Within(value)], is_sure, row);
        self.last = (!is_sure).then_some((at, value));
    }

    /// Time has come to `now`.
    pub fn bring_to(&mut self, now: Timestamp, row: &mut Row) {
        self.settle(now, row);
        // What was seen or not is said at once, or it was not.
        if self.stands.is_none() {
            drop(self.owed.take_if(|owed| !owed.must && owed.since.at < now));
        }
        if let Some((then, seen)) = self.next.take_if(|(then, _)| then.at < now) {
            self.look(then, &[seen], true, row);
        }
    }

    /// What was to be said of a standing alert before `now` was said by then, or is not any more.
    fn settle(&mut self, now: Timestamp, row: &mut Row) {
        let Some(stands) = &mut self.stands else { return };
        let Some(owed) = self.owed.take_if(|owed| owed.since.at < now) else { return };
        if !owed.must {
            return;
        }
        let is_over = owed.allows(AlertPhase::Resolved);
        let text = if is_over { "it was not resolved when its cause had gone" } else { "it was not repeated" };
        row.note(FindingKind::NotFollowed, owed.since.place(), format!("{text}; raised for {}", stands.cause_at));
        stands.said_at = owed.since.at;
        if is_over {
            self.stands = None;
        }
    }

    /// The run is over.
    pub fn finish(&mut self, row: &mut Row) {
        self.bring_to(Timestamp::MAX, row);
        self.forgo(row);
    }

    /// The journal says something of it.
    pub fn said(&mut self, now: Now, alert: &Alert, row: &mut Row) {
        let is_raised = alert.phase == AlertPhase::Raised;
        if is_raised {
            row.is_raised_by(now.entry);
        }
        self.judge(now, alert, row);
        if is_raised && row.audit.severity != row.severity {
            let text = format!("said to be {}, and is {}", row.audit.severity, row.severity);
            row.note(FindingKind::WrongFigures, now.place(), text);
        }
        self.stands = match (alert.phase, self.stands) {
            (AlertPhase::Raised, _) => Some(Stands { cause_at: alert.cause_at, said_at: now.at }),
            (AlertPhase::Reminder, stands) => stands.map(|stands| Stands { said_at: now.at, ..stands }),
            (AlertPhase::Resolved, _) => None,
        };
        if let Some((then, seen)) = self.next.take() {
            self.look(then, &[seen], true, row);
        }
    }

    fn judge(&mut self, now: Now, alert: &Alert, row: &mut Row) {
        let place = now.place();
        let said = Found { cause_at: alert.cause_at, value: alert.value };
        let Some(owed) = self.owed.take_if(|owed| owed.allows(alert.phase)) else {
            let (kind, text) = self.uncalled(alert.phase);
            return row.note(kind, place, format!("{text}: {}", row.figures(&said)));
        };
        row.audit.had_to_raise += u64::from(!owed.must && alert.phase == AlertPhase::Raised);
        let fits = |found: &Found| {
            found.value == said.value && (found.cause_at == said.cause_at || owed.cause_at == said.cause_at)
        };
        let expected: Vec<Found> =
            owed.words.iter().filter(|(word, _)| *word == alert.phase).map(|(_, found)| *found).collect();
        if alert.limit != row.limit || !expected.iter().any(fits) {
            let limit = row.unit.figures(Figures { value: said.value, limit: alert.limit });
            let expected = expected.last().map(|found| row.figures(found)).unwrap_or_default();
            let text = format!("{} with {limit}, since {}; expected {expected}", alert.phase, said.cause_at);
            row.note(FindingKind::WrongFigures, place, text);
        }
        let delay = now.at.since(owed.cause_at);
        if alert.phase == AlertPhase::Raised && row.within < delay {
            row.audit.late_longest = row.audit.late_longest.max(delay);
            let text = format!("raised {delay} after its cause, {} allowed", row.within);
            row.note(FindingKind::Late, place, text);
        }
    }

    /// A word that nothing called for.
    const fn uncalled(&self, phase: AlertPhase) -> (FindingKind, &'static str) {
        match (phase, self.stands) {
            (AlertPhase::Raised, None) => (FindingKind::False, "raised without a cause"),
            (AlertPhase::Raised, Some(_)) => (FindingKind::Repeated, "raised while it stood"),
            (AlertPhase::Reminder, None) => (FindingKind::False, "repeated and never raised"),
            (AlertPhase::Reminder, Some(_)) => (FindingKind::Repeated, "repeated too soon or without a cause"),
            (AlertPhase::Resolved, None) => (FindingKind::False, "resolved and never raised"),
            (AlertPhase::Resolved, Some(_)) => (FindingKind::NotFollowed, "resolved while its cause lasted"),
        }
    }
}
