use super::execute::{Executed, RunError, execute, journal_name};
use super::folder::FolderError;
use super::trial::Trial;
use crate::journal::{Detail, Digest, Divergence, Entry, EntrySink, JournalError, JournalReader, JournalWriter, diff};
use crate::units::{MINUTE, Span, Timestamp};

use std::fs;
use std::path::{Path, PathBuf};

/// Digests are held against each other so often.
const HOUR: Span = MINUTE.times(60);

/// Where a run that was made again first differs from the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// Which run it is, in words.
    pub run: &'static str,
    /// Fill preset of the lane.
    pub preset: &'static str,
    /// Digest that the lane ended with.
    pub digest: Digest,
    /// Start of the first simulated hour whose digest differs; `None` where no two journals were kept to find it.
    pub hour: Option<Timestamp>,
    /// The first entry and field; `None` where the entries are the same and the blocks are not.
    pub entry: Option<Divergence>,
}

impl Differing {
    /// The place, in words.
    #[must_use]
    pub fn place(&self) -> String {
        let entry = self.entry.as_ref().map_or_else(String::new, |entry| {
            format!(", at entry {}: `{}` is {} and {}", entry.number, entry.field, entry.left, entry.right)
        });
        let hour = self.hour.map_or_else(
            || "; `run.journal` is not `full`, so where is not known".to_owned(),
            |hour| format!(", first in the hour from {hour}"),
        );
        format!("{}, lane {}{hour}{entry}", self.run, self.preset)
    }
}

/// Runs `trial` three times more, twice of them at once in a pool of two threads, and compares its digests hour by hour with those of `first`,
/// whose journals are in `folder`; where they do not hold every entry, with the first of the three. The journals of the three are there
/// meanwhile.
///
/// # Errors
/// [`RunError`] as for [`execute`], and when the disk refuses.
pub fn repeat(trial: &Trial, first: &Executed, folder: &Path) -> Result<Vec<Differing>, RunError> {
    let home = folder.join("repeated");
    let found = repeat_in(&home, trial, first, folder);
    // Whatever came of it, nothing is left; what went wrong first is what is said.
    let removed = fs::remove_dir_all(&home);
    let found = found?;
    removed.map_err(|source| FolderError::Io { path: home, action: "cannot remove", source })?;
    Ok(found)
}

fn repeat_in(home: &Path, trial: &Trial, first: &Executed, folder: &Path) -> Result<Vec<Differing>, RunError> {
    let first_detail = trial.scenario.file.run.journal;
    let trial = &of_every_entry(trial);
    let homes = ["alone", "left", "right"].map(|name| home.join(name));
    homes.iter().try_for_each(|home| made(home))?;
    let [alone, left, right] = &homes;
    let digests = |run: &Executed| run.lanes.iter().map(|lane| lane.journal.digest).collect::<Vec<Digest>>();
    let run = |home: &PathBuf| execute(trial, Some(home), &mut |_| {}).map(|run| digests(&run));
    let after = run(alone)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let pool = pool.map_err(|error| RunError::Threads(error.to_string()))?;
    let (beside, other) = pool.install(|| rayon::join(|| run(left), || run(right)));
    let runs = [
        ("a run after it", alone, after),
        ("a run in a pool of two threads", left, beside?),
        ("a run in a pool of two threads", right, other?),
    ];
    let kept = first_detail == Detail::Full;
    let base: &Path = if kept { folder } else { alone };
    let mut found = Vec::new();
    for (words, home, run) in &runs {
        for (lane, &digest) in first.lanes.iter().zip(run) {
            if lane.journal.digest != digest {
                let name = journal_name(lane.preset);
                let (hour, entry) = place(&base.join(&name), &home.join(&name))?;
                found.push(Differing { run: words, preset: lane.preset, digest, hour, entry });
            }
        }
    }
    Ok(found)
}

/// The same trial, which keeps every entry.
fn of_every_entry(trial: &Trial) -> Trial {
    let mut trial = trial.clone();
    trial.scenario.file.run.journal = Detail::Full;
    let bots = trial.user.iter_mut().flat_map(|user| &mut user.bots);
    bots.for_each(|bot| bot.scenario.file.run.journal = Detail::Full);
    trial
}

fn made(home: &Path) -> Result<(), FolderError> {
    let refused = |source| FolderError::Io { path: home.to_path_buf(), action: "cannot make the folder", source };
    fs::create_dir_all(home).map_err(refused)
}

/// The first hour and the first entry in which two journals differ.
fn place(left: &Path, right: &Path) -> Result<(Option<Timestamp>, Option<Divergence>), JournalError> {
    let (of_left, of_right) = (hourly(left)?, hourly(right)?);
    let pairs = of_left.iter().zip(&of_right);
    let same = pairs.take_while(|(left, right)| left == right).count();
    let hour = [&of_left, &of_right].into_iter().filter_map(|hours| hours.get(same)).map(|(hour, _)| *hour).min();
    let entry = diff(JournalReader::open(left)?, JournalReader::open(right)?)?;
    Ok((hour, entry))
}

/// Start and digest of each simulated hour in which something was recorded.
///
/// # Errors
/// [`JournalError`] when the journal is damaged, or not whole.
pub fn hourly(journal: &Path) -> Result<Vec<(Timestamp, Digest)>, JournalError> {
    let mut hours = Hourly::default();
    for entry in JournalReader::open(journal)? {
        hours.add(&entry?)?;
    }
    hours.close()?;
    Ok(hours.ended)
}

/// A digest an hour.
#[derive(Default)]
struct Hourly {
    open: Option<(Timestamp, JournalWriter)>,
    ended: Vec<(Timestamp, Digest)>,
}

impl Hourly {
    fn add(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let hour = entry.at().nanos().div_euclid(HOUR.nanos()).saturating_mul(HOUR.nanos());
        let hour = Timestamp::from_nanos(hour);
        // What is told of an hour that is over belongs to the one in which it is told.
        if self.open.as_ref().is_none_or(|(open, _)| *open < hour) {
            self.close()?;
            self.open = Some((hour, JournalWriter::digest_only()));
        }
        if let Some((_, writer)) = &mut self.open {
            writer.record(entry);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), JournalError> {
        let Some((hour, writer)) = self.open.take() else { return Ok(()) };
        self.ended.push((hour, writer.finish()?.digest));
        Ok(())
    }
}
