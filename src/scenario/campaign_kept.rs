//! Seeds of a campaign that have ended, kept line by line while it goes: one that is interrupted loses no more than the seeds that were on their way.

use super::campaign::SeedOutcome;
use super::campaign_figures::SeedFigures;
use super::checkpoint::CHECKPOINTS;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Among the checkpoints of the campaign's folder.
const FILE: &str = "seeds.jsonl";

/// One seed as it is kept: everything that the campaign says of it, or is compared by.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    outcome: SeedOutcome,
    faults: BTreeMap<String, u64>,
    reached: BTreeMap<String, u64>,
    figures: Option<SeedFigures>,
    units: BTreeMap<String, String>,
}

/// Lines of a file that grows, each what one run came to.
#[derive(Debug)]
pub(super) struct KeptLines {
    path: PathBuf,
    file: Mutex<File>,
}

impl KeptLines {
    /// Begins to keep lines in a file of `folder`, or goes on with those that lie there. A line is `what` of this folder.
    ///
    /// # Errors
    /// What cannot be read or written, and a line before the last that is none: file, line and what is wrong with it.
    pub fn of<T: DeserializeOwned>(folder: &Path, name: &str, what: &str) -> io::Result<(Self, Vec<T>)> {
        let checkpoints = folder.join(CHECKPOINTS);
        fs::create_dir_all(&checkpoints).map_err(|error| named(&checkpoints, &error))?;
        let path = checkpoints.join(name);
        let (before, whole) = read(&path, what)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let mut file = file.map_err(|error| named(&path, &error))?;
        // What was torn off goes.
        file.set_len(whole)
            .and_then(|()| io::Seek::seek(&mut file, io::SeekFrom::End(0)))
            .map_err(|error| named(&path, &error))?;
        Ok((Self { path, file: Mutex::new(file) }, before))
    }

    /// Keeps one more.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep<T: Serialize>(&self, line: &T) -> io::Result<()> {
        let text = serde_json::to_string(line)? + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece: what a kill tears off is the end of the last line.
        file.write_all(text.as_bytes()).map_err(|error| named(&self.path, &error))
    }
}

/// The seeds of one campaign.
#[derive(Debug)]
pub struct KeptSeeds {
    lines: KeptLines,
    before: BTreeMap<u64, SeedOutcome>,
}

impl KeptSeeds {
    /// Begins to keep the seeds of a campaign in `folder`, or goes on with those that lie there.
    ///
    /// # Errors
    /// What cannot be read or written, and a line before the last that is none: file, line and what is wrong with it.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let (lines, before) = KeptLines::of::<Line>(folder, FILE, "a seed of this campaign")?;
        let outcome = |line: Line| {
            let Line { outcome, faults, reached, figures, units } = line;
            (outcome.seed, SeedOutcome { faults, reached, figures, units, ..outcome })
        };
        Ok(Self { lines, before: before.into_iter().map(outcome).collect() })
    }

    /// How a seed ended before the campaign was interrupted, if it did.
    #[must_use]
    pub fn before(&self, seed: u64) -> Option<SeedOutcome> {
        self.before.get(&seed).cloned()
    }

    /// How many seeds there are already.
    #[must_use]
    pub fn count(&self) -> usize {
        self.before.len()
    }

    /// Keeps a seed that has ended.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(&self, outcome: &SeedOutcome) -> io::Result<()> {
        let SeedOutcome { faults, reached, figures, units, .. } = outcome.clone();
        self.lines.keep(&Line { outcome: outcome.clone(), faults, reached, figures, units })
    }
}

/// What the whole lines of a file say, and how many bytes those are. There is no line in a file that is not there.
fn read<T: DeserializeOwned>(path: &Path, what: &str) -> io::Result<(Vec<T>, u64)> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(named(path, &error)),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let text = format!("line {number}: {error}; expected {what}; begin it anew with --force");
            named(path, &io::Error::new(io::ErrorKind::InvalidData, text))
        })
    };
    let lines = (1..).zip(whole.lines()).map(line).collect::<io::Result<Vec<T>>>()?;
    Ok((lines, whole.len() as u64))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::Verdict;
    use crate::units::Money;

    fn outcome(seed: u64) -> SeedOutcome {
        SeedOutcome {
            seed,
            verdict: Verdict::NoGo,
            reason: "one\nline, two".to_owned(),
            digest: "d".to_owned(),
            orders: 1,
            fills: 2,
            profit: Money::from_atto(-3),
            found: 4,
            broken: vec!["b".to_owned()],
            faults: BTreeMap::from([("f".to_owned(), 5)]),
            reached: BTreeMap::from([("r".to_owned(), 1)]),
            figures: None,
            units: BTreeMap::from([("m".to_owned(), "u".to_owned())]),
        }
    }

    #[test]
    fn what_was_kept_is_there_again_and_a_torn_end_is_not() {
        let home = tempfile::tempdir().unwrap();
        let kept = KeptSeeds::of(home.path()).unwrap();
        assert_eq!((kept.count(), kept.before(1)), (0, None));
        [3, 1, 2].iter().for_each(|seed| kept.keep(&outcome(*seed)).unwrap());
        let path = home.path().join(CHECKPOINTS).join(FILE);
        let whole = fs::read(&path).unwrap();
        for torn in [0, 1, 40] {
            fs::write(&path, &whole[..whole.len() - torn]).unwrap();
            let again = KeptSeeds::of(home.path()).unwrap();
            assert_eq!(again.before(3), Some(outcome(3)));
            assert_eq!(again.before(2), (torn == 0).then(|| outcome(2)), "{torn} bytes torn off");
            again.keep(&outcome(4)).unwrap();
            let seeds: Vec<u64> = KeptSeeds::of(home.path()).unwrap().before.into_keys().collect();
            assert_eq!(seeds, if torn == 0 { vec![1, 2, 3, 4] } else { vec![1, 3, 4] });
        }
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(CHECKPOINTS)).unwrap();
        fs::write(home.path().join(CHECKPOINTS).join(FILE), "{}\n{\"a\n").unwrap();
        let error = KeptSeeds::of(home.path()).unwrap_err().to_string();
        assert!(error.contains("seeds.jsonl: line 1: ") && error.contains("--force"), "{error}");
    }
}
