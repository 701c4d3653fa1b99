use super::JournalError;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where sealed blocks go.
#[derive(Debug)]
pub(super) enum Sink {
    /// A file that gets its name when it is whole.
    File(FileSink),
    /// Memory.
    Memory(Vec<u8>),
    /// Nowhere: only digests and counts are kept.
    Nowhere,
}

impl Sink {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Memory(memory) => {
                memory.extend_from_slice(bytes);
                Ok(())
            }
            Self::Nowhere => Ok(()),
        }
    }

    /// Gives a file its name; returns the bytes kept in memory.
    pub(super) fn finish(self) -> Result<Vec<u8>, JournalError> {
        match self {
            Self::File(file) => file.finish().map(|()| Vec::new()),
            Self::Memory(memory) => Ok(memory),
            Self::Nowhere => Ok(Vec::new()),
        }
    }
}

/// A file under a temporary name. Dropped unfinished, it is removed.
#[derive(Debug)]
pub(super) struct FileSink {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    is_finished: bool,
}

impl FileSink {
    pub(super) fn create(path: &Path) -> Result<Self, JournalError> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".partial");
        let temporary = PathBuf::from(temporary);
        let file = File::create(&temporary).map_err(|source| refused(&temporary, "cannot create", source))?;
        Ok(Self { file, temporary, path: path.to_owned(), is_finished: false })
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
        if !self.is_finished {
            // Nothing better can be done about a leftover than to leave it under its temporary name.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn refused(path: &Path, action: &'static str, source: std::io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), action, source }
}
