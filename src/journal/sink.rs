use super::block::Header;
use super::{Digest, JournalError};
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where sealed blocks go.
#[derive(Debug)]
pub(super) enum Sink {
    /// A file that gets its name when it is whole.
    File(FileSink),
    /// Such a file, with nothing but hashes of the blocks in which nothing mattered.
    Windows(Windows),
    /// Memory.
    Memory(Vec<u8>),
    /// Nowhere: only digests and counts are kept.
    Nowhere,
}

impl Sink {
    /// Takes a sealed block.
    pub(super) fn block(&mut self, block: &Sealed<'_>) -> Result<(), JournalError> {
        let header = block.header.to_bytes();
        match self {
            Self::File(file) => file.write(&header).and_then(|()| file.write(block.payload)),
            Self::Windows(windows) => windows.block(block),
            Self::Memory(memory) => {
                memory.extend_from_slice(&header);
                memory.extend_from_slice(block.payload);
                Ok(())
            }
            Self::Nowhere => Ok(()),
        }
    }

    /// What was written stays there whatever becomes of the process. Of a journal with every entry alone.
    pub(super) fn keep(&mut self) -> Result<(), JournalError> {
        match self {
            Self::File(file) => {
                file.is_kept = true;
                Ok(())
            }
            Self::Windows(_) | Self::Memory(_) | Self::Nowhere => Err(JournalError::NotWhole),
        }
    }

    /// Gives a file its name; returns the bytes kept in memory.
    pub(super) fn finish(self) -> Result<Vec<u8>, JournalError> {
        match self {
            Self::File(file) => file.finish().map(|()| Vec::new()),
            Self::Windows(windows) => windows.finish().map(|()| Vec::new()),
            Self::Memory(memory) => Ok(memory),
            Self::Nowhere => Ok(Vec::new()),
        }
    }
}

/// A block as it leaves the writer.
pub(super) struct Sealed<'a> {
    pub(super) header: Header,
    pub(super) payload: &'a [u8],
    pub(super) payload_hash: Digest,
    /// It holds an entry that a coarse journal keeps.
    pub(super) mattered: bool,
}

/// Keeps the blocks in which something mattered and their neighbours; of the others header and hash. A block waits until the
/// next one is known: at most one is held in memory.
#[derive(Debug)]
pub(super) struct Windows {
    file: FileSink,
    waiting: Option<Waiting>,
    /// The buffer of the block that waited before.
    spare: Vec<u8>,
    mattered_before: bool,
}

#[derive(Debug)]
struct Waiting {
    header: Header,
    payload: Vec<u8>,
    payload_hash: Digest,
    keep: bool,
}

impl Windows {
    pub(super) const fn new(file: FileSink) -> Self {
        Self { file, waiting: None, spare: Vec::new(), mattered_before: false }
    }

    fn block(&mut self, block: &Sealed<'_>) -> Result<(), JournalError> {
        self.release(block.mattered)?;
        let mut payload = std::mem::take(&mut self.spare);
        payload.clear();
        payload.extend_from_slice(block.payload);
        let keep = block.mattered || self.mattered_before;
        self.mattered_before = block.mattered;
        self.waiting = Some(Waiting { header: block.header, payload, payload_hash: block.payload_hash, keep });
        Ok(())
    }

    /// Writes the block that waits, whole or as its hash.
    fn release(&mut self, mattered_after: bool) -> Result<(), JournalError> {
        let Some(Waiting { header, payload, payload_hash, keep }) = self.waiting.take() else { return Ok(()) };
        // The hash of a small payload would take up more than the payload.
        let is_left_out = !keep && !mattered_after && payload.len() > payload_hash.bytes().len();
        self.file.write(&Header { is_left_out, ..header }.to_bytes())?;
        self.file.write(if is_left_out { payload_hash.bytes() } else { &payload })?;
        self.spare = payload;
        Ok(())
    }

    fn finish(mut self) -> Result<(), JournalError> {
        self.release(false)?;
        self.file.finish()
    }
}

/// A file under a temporary name. Dropped unfinished, it is removed.
#[derive(Debug)]
pub(super) struct FileSink {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    is_finished: bool,
    /// It stays, finished or not.
    is_kept: bool,
}

impl FileSink {
    pub(super) fn create(path: &Path) -> Result<Self, JournalError> {
        let temporary = Self::temporary(path);
        let file = File::create(&temporary).map_err(|source| refused(&temporary, "cannot create", source))?;
        Ok(Self { file, temporary, path: path.to_owned(), is_finished: false, is_kept: false })
    }

    /// The file as somebody else left it, cut off behind so many bytes.
    pub(super) fn reopen(path: &Path, bytes: u64) -> Result<Self, JournalError> {
        let temporary = Self::temporary(path);
        let reopened = File::options().write(true).open(&temporary).and_then(|mut file| {
            file.set_len(bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        });
        let file = reopened.map_err(|source| refused(&temporary, "cannot open", source))?;
        Ok(Self { file, temporary, path: path.to_owned(), is_finished: false, is_kept: true })
    }

    /// What the file is called until it is whole.
    pub(super) fn temporary(path: &Path) -> PathBuf {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".partial");
        PathBuf::from(temporary)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.file.write_all(bytes).map_err(|source| refused(&self.temporary, "cannot write", source))
    }

    fn finish(mut self) -> Result<(), JournalError> {
        self.file.sync_all().map_err(|source| refused(&self.temporary, "cannot write", source))?;
        fs::rename(&self.temporary, &self.path).map_err(|source| refused(&self.path, "cannot rename to", source))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        if !self.is_finished && !self.is_kept {
            // Nothing better can be done about a leftover than to leave it under its temporary name.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn refused(path: &Path, action: &'static str, source: std::io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), action, source }
}
