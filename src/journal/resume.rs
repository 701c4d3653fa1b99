use super::block::HEADER;
use super::codec::{self, Previous};
use super::sink::{FileSink, Sink};
use super::{Digest, Entry, EntrySink, JournalError, JournalReader, JournalWriter};
use crate::units::Timestamp;
use std::fs::{self, File};
use std::path::Path;

/// How far a journal has come: what of it lies in its file, and what does not yet. With both it can be written on by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JournalMark {
    /// Bytes of whole blocks in the file.
    pub bytes: u64,
    /// Entries so far.
    pub entries: u64,
    /// Digest of what happened in those blocks.
    pub digest: Digest,
    /// The block that is being filled.
    pub tail: Vec<u8>,
}

impl JournalWriter {
    /// How far the journal has come. What it amounts to has been written then; should the run fail later, the file stays.
    ///
    /// # Errors
    /// The first [`JournalError`] since the journal was begun, and when there is no file with every entry.
    pub fn mark(&mut self) -> Result<JournalMark, JournalError> {
        let (bytes, entries, digest) = self.sealed();
        let tail = self.tail().to_vec();
        self.keep_file()?;
        Ok(JournalMark { bytes, entries, digest, tail })
    }

    /// Goes on with the journal at `path` from `mark`: what lies behind it in the file is cut off, and what lies before it is played into
    /// `sink`, once more.
    ///
    /// # Errors
    /// [`JournalError`] when the file is not there, or damaged before the mark.
    pub fn resume(path: &Path, mark: &JournalMark, sink: &mut impl EntrySink) -> Result<Self, JournalError> {
        let partial = FileSink::temporary(path);
        if !partial.exists() && path.exists() {
            // The run was stopped after its last entry.
            fs::rename(path, &partial).map_err(|source| refused(&partial, "cannot rename to", source))?;
        }
        let mut reader = JournalReader::open(&partial)?.of_cut();
        reader.stop_at(mark.bytes);
        while let Some(entry) = reader.advance()? {
            sink.record(&entry);
        }
        let (chain, counts) = reader.into_chain(mark)?;
        let file = FileSink::reopen(path, mark.bytes)?;
        let mut writer = Self::at(Sink::File(file), chain, counts, mark.bytes);
        for entry in tail_entries(mark, &partial)? {
            writer.record(&entry);
            sink.record(&entry);
        }
        let (entries, tail) = (writer.entries(), writer.tail());
        if tail != mark.tail || entries != mark.entries {
            let found = format!("{entries} entries, {} bytes of them in a block that is being filled", tail.len());
            return Err(of_mark(&partial, 0, found, format!("{} entries, {} bytes", mark.entries, mark.tail.len())));
        }
        Ok(writer)
    }
}

/// The entries of the block that was being filled.
fn tail_entries(mark: &JournalMark, file: &Path) -> Result<Vec<Entry>, JournalError> {
    let (mut entries, mut offset, mut previous) = (Vec::new(), 0, Previous::default());
    while offset < mark.tail.len() {
        let (entry, next) = codec::decode(&mark.tail, offset, &mut previous)
            .map_err(|error| of_mark(file, error.offset, error.found, error.expected.to_owned()))?;
        entries.push(entry);
        offset = next;
    }
    Ok(entries)
}

/// The mark of the journal in `file` is none.
fn of_mark(file: &Path, offset: usize, found: String, expected: String) -> JournalError {
    let file = format!("the checkpoint of {}", file.display());
    JournalError::Damaged { file, block: 0, offset: (HEADER + offset) as u64, found, expected }
}

/// When the last entry was made that lies in the file behind `mark`, if any does: what a run that was killed had come to at least.
///
/// # Errors
/// [`JournalError::Io`] when the file cannot be opened.
pub fn last_behind(path: &Path, mark: &JournalMark) -> Result<Option<Timestamp>, JournalError> {
    let partial = FileSink::temporary(path);
    let file = if partial.exists() { partial } else { path.to_owned() };
    let mut reader = JournalReader::open(&file)?.of_cut();
    let (mut last, mut seen) = (None, 0);
    // What is damaged there was being written.
    while let Ok(Some(entry)) = reader.advance() {
        seen += 1;
        if mark.entries < seen {
            last = last.max(Some(entry.at()));
        }
    }
    Ok(last)
}

/// Bytes of a journal's file, under whichever name it lies there; none where there is no file.
///
/// # Errors
/// [`JournalError::Io`] when it cannot be opened.
pub fn bytes_there(path: &Path) -> Result<u64, JournalError> {
    let partial = FileSink::temporary(path);
    let file = if partial.exists() { partial } else { path.to_owned() };
    let length = File::open(&file).and_then(|opened| opened.metadata()).map(|metadata| metadata.len());
    match length {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(0),
        length => length.map_err(|source| refused(&file, "cannot open", source)),
    }
}

fn refused(path: &Path, action: &'static str, source: std::io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), action, source }
}
