use std::path::PathBuf;

/// A tape that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried: `cannot open`, `cannot write`.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no tape, or a damaged one.
    #[error("{path}: {found}; expected {expected}")]
    NotATape {
        /// Which file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What a tape has there.
        expected: &'static str,
    },
    /// The rows handed to the writer break a rule of tapes (importers check first; this is the last line of defence).
    #[error("row {row}: {found}; expected {expected}")]
    InvalidRow {
        /// Row number from 0.
        row: u64,
        /// What was found.
        found: String,
        /// What the rule is.
        expected: &'static str,
    },
}
