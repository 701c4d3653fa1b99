use std::path::PathBuf;

/// A journal that cannot be written, or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried: `cannot create`, `cannot write`.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The bytes are not those of an intact journal: cut off, altered, reordered, or no journal at all.
    #[error("{file}: block {block}, byte {offset}: found {found}; expected {expected}")]
    Damaged {
        /// Which file.
        file: String,
        /// Number of the block, from 0.
        block: u64,
        /// Place in the file, in bytes from its start.
        offset: u64,
        /// What is there.
        found: String,
        /// What an intact journal has there.
        expected: String,
    },
    /// The journal is shorter than a checkpoint of its run says.
    #[error("a journal is shorter than its checkpoint says; it was cut off since")]
    CutOff,
    /// A journal without a file that holds every entry cannot be gone on with.
    #[error("a journal that does not keep every entry has no checkpoint; set `run.journal` to `full`")]
    NotWhole,
    /// The journal is intact, but was not kept whole.
    #[error("{file}: kept without the entries in which nothing mattered; replay the run to have them all")]
    LeftOut {
        /// Which file.
        file: String,
    },
}
