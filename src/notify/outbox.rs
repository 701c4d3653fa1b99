use super::deliver::NotifyError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Name of the outbox in the folder of a run.
pub const OUTBOX: &str = "alerts-outbox.jsonl";

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which message.
    pub id: String,
    /// Name of the sink.
    pub sink: String,
    /// Attempts of this delivery so far, this one included.
    pub attempts: u32,
    /// Wall time of the confirmation, milliseconds since 1970 UTC; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at_ms: Option<i64>,
    /// What went wrong; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The outbox of a run, open and locked: nobody else writes it meanwhile. The lock dies with the process.
#[derive(Debug)]
pub struct Outbox {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
}

impl Outbox {
    /// What the outbox in `folder` says; nothing where there is none. A line that a killed process left half-written says nothing.
    ///
    /// # Errors
    /// [`NotifyError`] when it cannot be read.
    pub fn read(folder: &Path) -> Result<Vec<Record>, NotifyError> {
        let path = folder.join(OUTBOX);
        match File::open(&path).and_then(whole) {
            Ok(bytes) => Ok(records(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(NotifyError::Io { path, action: "cannot read", source }),
        }
    }

    /// Opens and locks the outbox in `folder`, making it where there is none.
    ///
    /// # Errors
    /// [`NotifyError`] when another delivery is at work, or the disk refuses.
    pub fn open(folder: &Path) -> Result<Self, NotifyError> {
        let path = folder.join(OUTBOX);
        let refused = |action, source| NotifyError::Io { path: path.clone(), action, source };
        let opened = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let mut file = opened.map_err(|source| refused("cannot open", source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotifyError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(refused("cannot lock", source)),
        }
        let read = file.try_clone().and_then(whole);
        let bytes = read.map_err(|source| refused("cannot read", source))?;
        if bytes.last().is_some_and(|last| *last != b'\n') {
            // What a killed process began ends here: the next record has a line of its own.
            file.write_all(b"\n").map_err(|source| refused("cannot write", source))?;
        }
        Ok(Self { path, file, records: records(&bytes) })
    }

    /// The same open file once more, as a program has it that is being started.
    #[cfg(test)]
    pub(super) fn duplicate(&self) -> File {
        self.file.try_clone().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }

    /// Ids that a sink has confirmed.
    #[must_use]
    pub fn delivered(&self, sink: &str) -> BTreeSet<&str> {
        delivered(&self.records, sink)
    }

    /// Adds a record and waits until the disk has it.
    ///
    /// # Errors
    /// [`NotifyError`] when the disk refuses.
    pub fn add(&mut self, record: &Record) -> Result<(), NotifyError> {
        let line = serde_json::to_string(record).unwrap_or_else(|error| panic!("{record:?} has no JSON: {error}"));
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| NotifyError::Io { path: self.path.clone(), action: "cannot write", source })
    }
}

impl Drop for Outbox {
    /// A program that is just being started holds the file open too, for an instant: the lock must not live on with it.
    fn drop(&mut self) {
        // Without the lock nothing is lost; at the latest it goes with the file.
        let _ = self.file.unlock();
    }
}

/// All of a file. What is no file, such as a device, may have no end.
fn whole(mut file: File) -> std::io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes).map(|_| bytes)
}

/// Ids that a sink has confirmed.
pub(super) fn delivered<'a>(records: &'a [Record], sink: &str) -> BTreeSet<&'a str> {
    let confirmed = records.iter().filter(|record| record.sink == sink && record.delivered_at_ms.is_some());
    confirmed.map(|record| record.id.as_str()).collect()
}

fn records(bytes: &[u8]) -> Vec<Record> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
