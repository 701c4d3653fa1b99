use super::alerts::Alerts;
use super::feed::{FeedFold, Truths};
use super::fold::{Auditor, Ears};
use super::hearing::Hearing;
use super::others::{Others, SentByOthers};
use super::outcome::Audit;
use super::reinvest::Reinvestments;
use super::setup::AuditSetup;
use super::truth::Truth;
use super::wire::WireFold;
use crate::journal::{Entry, HeardAt, JournalError};
use crate::tape::{BatchSource, TapeError};
use crate::units::{Overflow, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// An audit that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A tape cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// A journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An instrument's scales do not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// The entries of one lane, in order.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<Entry, JournalError>> + 'a>;

/// What one lane is audited by.
pub struct Lane<'a> {
    /// Its journal.
    pub entries: Entries<'a>,
    /// What the user's other bots sent; `None` for a bot that is the only one.
    pub others: Option<SentByOthers<'a>>,
    /// The journals of the user's other bots, in order, where money moves between them; none elsewhere, and where they are not at hand.
    pub beside: Vec<Entries<'a>>,
}

impl<'a> Lane<'a> {
    /// The lane of a user's only bot.
    #[must_use]
    pub fn alone(entries: Entries<'a>) -> Self {
        Self { entries, others: None, beside: Vec::new() }
    }
}

/// Audits the lanes of a run in one pass over its tapes; without the tapes, what the journals alone allow.
///
/// # Errors
/// [`AuditError`] when a journal or a tape cannot be read, or an instrument's scales do not fit.
pub fn audit(
    setup: &AuditSetup,
    lanes: Vec<Lane<'_>>,
    tapes: Option<Vec<&mut dyn BatchSource>>,
) -> Result<Vec<Audit>, AuditError> {
    audit_fed(setup, lanes, tapes, Vec::new())
}

/// As [`audit`], of bots whose feeds are supervised: `tapes` are the markets as the feeds showed them, `venues` as they were at their venues.
///
/// # Errors
/// As [`audit`].
pub fn audit_fed(
    setup: &AuditSetup,
    lanes: Vec<Lane<'_>>,
    tapes: Option<Vec<&mut dyn BatchSource>>,
    venues: Vec<Option<&mut dyn BatchSource>>,
) -> Result<Vec<Audit>, AuditError> {
    let truth = |venue| {
        let venue: &mut dyn BatchSource = venue;
        Truth::new(venue)
    };
    let truths: Truths<'_> = Rc::new(RefCell::new(venues.into_iter().map(|venue| venue.map(truth)).collect()));
    let period = |tape: &&mut dyn BatchSource| tape.header().period;
    let bar = tapes.iter().flatten().filter_map(period).max().unwrap_or(Span::ZERO).max(setup.bar);
    let has_tapes = tapes.is_some();
    let mut ears: Ears<'_> = tapes.map(|tapes| {
        let rows = setup.markets.iter().map(|market| market.rows);
        tapes.into_iter().zip(rows).map(|(tape, rows)| Hearing::new(tape, rows)).collect()
    });
    let mut readings = Vec::new();
    for Lane { entries, others, beside } in lanes {
        let (auditor, others) = (Auditor::new(setup, has_tapes, bar)?, others.map(Others::new));
        let alerts = Alerts::new(setup, &auditor.worth(), has_tapes, bar);
        let reinvestments = Reinvestments::new(setup, &auditor.worth(), beside, bar);
        let (wire, feed) = (WireFold::new(setup), FeedFold::new(setup, &truths));
        readings.push(Reading { entries, next: None, held: None, others, auditor, alerts, reinvestments, wire, feed });
    }
    for reading in &mut readings {
        reading.run(&mut ears)?;
    }
    while let Some(reading) = soonest(&mut readings) {
        reading.step(&mut ears)?;
        reading.run(&mut ears)?;
    }
    Ok(readings.into_iter().map(Reading::finish).collect())
}

/// Audits the entries of one lane.
///
/// # Errors
/// As [`audit`].
pub fn audit_entries(
    setup: &AuditSetup,
    entries: &[Entry],
    tapes: Option<Vec<&mut dyn BatchSource>>,
) -> Result<Audit, AuditError> {
    audit_entries_fed(setup, entries, tapes, Vec::new())
}

/// As [`audit_entries`], with the `venues` of [`audit_fed`].
///
/// # Errors
/// As [`audit`].
pub fn audit_entries_fed(
    setup: &AuditSetup,
    entries: &[Entry],
    tapes: Option<Vec<&mut dyn BatchSource>>,
    venues: Vec<Option<&mut dyn BatchSource>>,
) -> Result<Audit, AuditError> {
    let told = HeardAt::of_entries(entries);
    let lane = Lane::alone(Box::new(told.within(entries.iter().copied().map(Ok))));
    let mut audits = audit_fed(setup, vec![lane], tapes, venues)?;
    let count = audits.len();
    Ok(audits.pop().unwrap_or_else(|| panic!("{count} audits of 1 lane")))
}

/// One lane, up to the next decision: lanes wait for each other there, so that one pass over the tapes serves all.
struct Reading<'a> {
    entries: Entries<'a>,
    next: Option<(Timestamp, Step)>,
    /// Read, and behind a look.
    held: Option<Entry>,
    others: Option<Others<'a>>,
    auditor: Auditor,
    alerts: Option<Alerts>,
    reinvestments: Option<Reinvestments<'a>>,
    wire: Option<WireFold>,
    feed: Option<FeedFold<'a>>,
}

/// What a lane waits with.
enum Step {
    Decision(Entry),
    /// A look for causes of alerts that is no entry.
    Look,
}

fn soonest<'r, 'a>(readings: &'r mut [Reading<'a>]) -> Option<&'r mut Reading<'a>> {
    let waiting = readings.iter_mut().filter(|reading| reading.next.is_some());
    waiting.min_by_key(|reading| reading.next.as_ref().map(|(at, _)| *at))
}

impl Reading<'_> {
    /// Takes the decision, or the look, that it waits at.
    fn step(&mut self, ears: &mut Ears<'_>) -> Result<(), AuditError> {
        match (self.next.take(), &mut self.alerts) {
            (Some((at, Step::Decision(entry))), _) => {
                if let Some(others) = &mut self.others {
                    self.auditor.sent_by_others = others.sent_by(at)?;
                }
                self.take(&entry, ears)
            }
            (Some((at, Step::Look)), Some(alerts)) => Ok(alerts.look_at(at, ears)?),
            (Some((_, Step::Look)), None) | (None, _) => Ok(()),
        }
    }

    fn take(&mut self, entry: &Entry, ears: &mut Ears<'_>) -> Result<(), AuditError> {
        if let Some(alerts) = &mut self.alerts {
            alerts.take(entry, ears)?;
        }
        if let Some(reinvestments) = &mut self.reinvestments {
            reinvestments.take(entry, &mut self.auditor.audit)?;
        }
        if let Some(wire) = &mut self.wire {
            wire.take(entry);
        }
        if let Some(feed) = &mut self.feed {
            feed.take(entry)?;
        }
        Ok(self.auditor.take(entry, ears)?)
    }

    /// Goes on to the next decision, or look.
    fn run(&mut self, ears: &mut Ears<'_>) -> Result<(), AuditError> {
        while let Some(entry) =
            self.held.take().map_or_else(|| self.entries.next().transpose(), |held| Ok(Some(held)))?
        {
            if let Some(alerts) = &self.alerts
                && let Some(look) = alerts.look_before(&entry, ears)?
            {
                self.held = Some(entry);
                self.next = Some((look, Step::Look));
                break;
            }
            let at = match entry {
                Entry::OrderSent { at, .. }
                | Entry::OrderRefused { at, .. }
                | Entry::AmendSent { at, .. }
                | Entry::RequestRefused { at, .. } => Some(at),
                Entry::Mark(mark) => self.alerts.is_some().then_some(mark.at),
                _ => None,
            };
            match at {
                Some(at) => {
                    self.next = Some((at, Step::Decision(entry)));
                    break;
                }
                None => self.take(&entry, ears)?,
            }
        }
        Ok(())
    }

    fn finish(self) -> Audit {
        let mut audit = self.auditor.finish();
        if let Some(alerts) = self.alerts {
            alerts.finish(&mut audit);
        }
        if let Some(reinvestments) = self.reinvestments {
            reinvestments.finish(&mut audit);
        }
        if let Some(wire) = self.wire {
            wire.finish(&mut audit);
        }
        if let Some(feed) = self.feed {
            feed.finish(&mut audit);
        }
        audit
    }
}
