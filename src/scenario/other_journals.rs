//! What the user's other bots did: when they sent orders, and what they made, read from the journals beside a run's folder.

use super::bots::{counts_together, is_name};
use super::execute::journal_name;
use super::file::ScenarioFile;
use super::manifest::Manifest;
use super::read_ahead::ReadAhead;
use super::saved::own_file;
use super::user::BotRecord;
use crate::audit::{Entries, SentByOthers};
use crate::journal::{Entry, JournalError, JournalReader};
use crate::units::Timestamp;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// The journals of the user's other bots, lane by lane, as far as a limit for all of them is armed or money moves between them.
pub(super) struct OtherJournals {
    paths: Vec<Vec<PathBuf>>,
    /// A limit for all of them is armed.
    counts: bool,
}

impl OtherJournals {
    /// Those of the run in `folder`, beside which its other bots' folders lie.
    ///
    /// # Errors
    /// A sentence, when one of them is not there, is damaged, or is another run's.
    pub fn of(folder: &Path, manifest: &Manifest, file: &ScenarioFile) -> Result<Option<Self>, String> {
        let counts = counts_together(&file.gates);
        let Some(user) = manifest.user.as_ref().filter(|_| counts || file.reinvest.is_some()) else { return Ok(None) };
        let beside = folder.join("..");
        let lane = |place: usize| user.others().map(|bot| found(&beside, bot, place)).collect::<Result<Vec<_>, _>>();
        (0..manifest.lanes.len()).map(lane).collect::<Result<_, _>>().map(|paths| Some(Self { paths, counts }))
    }

    /// All that they hold of a lane, in the order of the bots.
    pub fn entries(&self, lane: usize) -> Result<Vec<Entries<'static>>, JournalError> {
        let open = |path: &PathBuf| -> Result<Entries<'static>, JournalError> {
            Ok(Box::new(ReadAhead::new(JournalReader::open(path)?, &|_| {})))
        };
        self.paths[lane].iter().map(open).collect()
    }

    /// When they sent orders in a lane, in order of time; nothing where nobody counts them.
    pub fn sent(&self, lane: usize) -> Result<Option<SentByOthers<'static>>, JournalError> {
        if !self.counts {
            return Ok(None);
        }
        let open = |path: &PathBuf| -> Result<_, JournalError> { Ok(sent(JournalReader::open(path)?).peekable()) };
        let journals = self.paths[lane].iter().map(open).collect::<Result<_, _>>()?;
        Ok(Some(Box::new(Merged(journals))))
    }
}

/// The journal of another bot, if it is the one that the record names.
fn found(beside: &Path, bot: &BotRecord, place: usize) -> Result<PathBuf, String> {
    let wrong = |what: String| format!("bot `{}`: {what}", bot.name);
    let lane = bot.lanes.get(place).filter(|_| is_name(&bot.name));
    let lane = lane.ok_or_else(|| wrong("the manifest does not say where its journal is".to_owned()))?;
    let path = beside.join(&bot.name).join(journal_name(&lane.preset));
    if own_file(beside, &format!("{}/{}", bot.name, journal_name(&lane.preset))).is_err() {
        return Err(wrong(format!("no {} beside this folder", journal_name(&lane.preset))));
    }
    let summary =
        JournalReader::open(&path).and_then(JournalReader::check).map_err(|error| wrong(error.to_string()))?;
    match summary.digest == lane.digest {
        true => Ok(path),
        false => Err(wrong(format!("its journal has digest {}, expected {}", summary.digest, lane.digest))),
    }
}

type Instants = Box<dyn Iterator<Item = Result<Timestamp, JournalError>>>;

fn sent(journal: JournalReader<std::fs::File>) -> Instants {
    let instant = |entry| match entry {
        Ok(Entry::OrderSent { at, .. }) => Some(Ok(at)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    Box::new(ReadAhead::new(journal, &|_| {}).filter_map(instant))
}

/// Several rows of instants as one, in order of time. An error comes first.
struct Merged(Vec<Peekable<Instants>>);

impl Iterator for Merged {
    type Item = Result<Timestamp, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let soonest = |row: &mut Peekable<Instants>| match row.peek() {
            Some(Ok(at)) => *at,
            Some(Err(_)) => Timestamp::MIN,
            None => Timestamp::MAX,
        };
        let next: Vec<Timestamp> = self.0.iter_mut().map(soonest).collect();
        let row = (0..next.len()).min_by_key(|row| next[*row])?;
        self.0[row].next()
    }
}
