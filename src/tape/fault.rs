use super::TapeError;
use std::path::Path;

/// What is wrong, before it is known where: the place is added by whoever knows the path or the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What was found.
    pub found: String,
    /// What a tape has there.
    pub expected: &'static str,
}

impl Fault {
    #[cold]
    pub(super) fn new(found: impl Into<String>, expected: &'static str) -> Self {
        Self { found: found.into(), expected }
    }

    /// The same, for `held` conditions: `Ok` when it holds.
    pub(super) fn unless(held: bool, found: impl FnOnce() -> String, expected: &'static str) -> Result<(), Self> {
        if held { Ok(()) } else { Err(Self::new(found(), expected)) }
    }

    #[cold]
    pub(super) fn in_row(self, row: u64) -> TapeError {
        TapeError::InvalidRow { row, found: self.found, expected: self.expected }
    }

    #[cold]
    pub(super) fn in_file(self, path: &Path) -> TapeError {
        TapeError::NotATape { path: path.to_owned(), found: self.found, expected: self.expected }
    }
}

/// Wraps an error of the operating system.
#[cold]
pub(super) fn io_error(path: &Path, action: &'static str, source: std::io::Error) -> TapeError {
    TapeError::Io { path: path.to_owned(), action, source }
}
