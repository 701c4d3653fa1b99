//! How a run stood after an entry of its journal: positions, money, open orders, gates, the wire.
//!
//! Everything is folded from the journal of one lane; nothing is run again. What the bot knew is read from when it heard of each
//! report, so that what the venue has and what the bot believes stand beside each other.
//! Order rule: entries as journalled; the clock is the latest stamp up to the entry. Invariants: at the last entry position, fees and
//! equity are those of the run's report. Known limits: what a strategy had in mind is in no journal; an order
//! that a naive gateway brought to life after its end has no price here.

mod fold;
mod order;
mod show;
mod wire;

pub use order::{OrderKnown, OrderStand};
pub use show::{EntryShown, MarketStand, Stand};
pub use wire::{AnsweredAs, LastFault, UnknownFate, WireStand};

use super::ledger::{LaneChoice, RunLedger, RunLedgerError};
use super::replay::Replay;
use super::text::Moment;
use crate::fault::wire::VenueReplies;
use crate::journal::Entry;
use crate::units::{Overflow, Timestamp};
use fold::StandFold;
use std::path::Path;

/// Up to where a journal is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To the entry with this number, from 0, as audits name them.
    Entry(u64),
    /// To the last entry before any that is later than this.
    At(Moment),
    /// To the last entry.
    End,
}

impl Until {
    /// An instant: a span after the start, or UTC.
    ///
    /// # Errors
    /// What was found and what is allowed.
    pub fn instant(text: &str) -> Result<Self, String> {
        let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
        serde::Deserialize::deserialize(value).map(Self::At).map_err(|error| error.to_string())
    }
}

/// A stand that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum StandError {
    /// The folder holds no sound run with whole journals.
    #[error(transparent)]
    Run(#[from] RunLedgerError),
    /// There is no such entry, or nothing has happened by that instant.
    #[error("{0}")]
    Beyond(String),
}

/// How the run in `folder` stood, in one of its lanes; with the last `count` entries up to there.
///
/// # Errors
/// [`StandError`] when the folder holds no sound run with whole journals, or nothing of it lies there.
pub fn stand_at(
    folder: &Path,
    with: Replay<'_>,
    (lane, until, count): (LaneChoice<'_>, Until, usize),
) -> Result<Stand, StandError> {
    let run = RunLedger::open(folder, with)?;
    let lane = run.lane(lane)?;
    let (entries, replayed) = (lane.entries, run.manifest.replayed);
    beyond(until, entries, (replayed.start, replayed.end)).map_or(Ok(()), |text| Err(StandError::Beyond(text)))?;
    let opened = StandFold::new(&run.markets, count);
    let problem =
        |source: Overflow| RunLedgerError::Fill { lane: lane.preset.clone(), entry: 0, source: source.into() };
    let mut fold = opened.map_err(problem)?;
    let mut is_over = false;
    run.fold(lane, |number, entry| {
        is_over |= is_behind(until, replayed.start, number, entry);
        if is_over { Ok(()) } else { fold.take(number, entry) }
    })?;
    let mut stand = fold.finish((&run.manifest.run_id, lane, replayed.start))?;
    if let Ok(venue) = VenueReplies::called(&run.manifest.value("faults.venue")) {
        stand.markets.iter_mut().filter_map(|market| market.wire.as_mut()).for_each(|wire| {
            wire.answered_as = wire.last_fault.and_then(|last| AnsweredAs::of(&venue, last.fault, last.cause));
        });
    }
    Ok(stand)
}

/// Why nothing of the run lies there.
fn beyond(until: Until, entries: u64, (start, end): (Timestamp, Timestamp)) -> Option<String> {
    match until {
        Until::Entry(number) if entries <= number => {
            Some(format!("entry {number}: the journal has {entries}; expected 0 to {}", entries.saturating_sub(1)))
        }
        Until::At(moment) => {
            let at = moment.after(start);
            (at < start || end < at).then(|| format!("{at}: expected an instant of the run, {start} to {end}"))
        }
        _ => None,
    }
}

fn is_behind(until: Until, start: Timestamp, number: u64, entry: &Entry) -> bool {
    match until {
        Until::Entry(last) => last < number,
        Until::At(moment) => moment.after(start) < entry.at(),
        Until::End => false,
    }
}
