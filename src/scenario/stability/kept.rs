//! Runs that have ended, kept line by line while the others go on: what is interrupted loses no more than the runs that were on their way.

use super::plan::StabilityCell;
use super::run::StabilityRun;
use crate::scenario::campaign_kept::KeptLines;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Among the checkpoints of the folder.
const FILE: &str = "runs.jsonl";
const KIND: &str = "a run of these";

/// The runs of one report.
#[derive(Debug)]
pub struct KeptRuns {
    lines: KeptLines,
    before: BTreeMap<(usize, u64), StabilityRun>,
}

impl KeptRuns {
    /// Begins to keep runs in `folder`, or goes on with those that lie there.
    ///
    /// # Errors
    /// What cannot be read or written, and a line before the last that is none: file, line and what is wrong with it.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let (lines, before) = KeptLines::of::<StabilityRun>(folder, FILE, KIND)?;
        let before = before.into_iter().map(|run| ((run.group, run.seed), run)).collect();
        Ok(Self { lines, before })
    }

    /// How a run ended before, if it did.
    #[must_use]
    pub fn before(&self, cell: StabilityCell) -> Option<StabilityRun> {
        self.before.get(&(cell.group, cell.seed)).cloned()
    }

    /// How many there are already.
    #[must_use]
    pub fn count(&self) -> usize {
        self.before.len()
    }

    /// Keeps a run that has ended.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(&self, run: &StabilityRun) -> io::Result<()> {
        self.lines.keep(run)
    }
}
