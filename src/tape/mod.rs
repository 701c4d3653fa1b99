//! Recorded or generated market data of one instrument at one venue: ordered, validated, immutable.
//!
//! A tape is an uncompressed Arrow IPC file of plain integer columns (i64, i32, u32) without nulls, 65,536 rows a batch, so
//! that polars, pyarrow and DuckDB read it too. The format version stands in the metadata of the schema, at the very beginning
//! of the file: a reader knows exactly one version and refuses every other by name. The header is JSON in the footer's
//! metadata, with its own hash.
//!
//! Order rule: rows stand in venue order; rows of one instant in order of arrival; rows of one message together. Where
//! arrival order differs, `delivery` says how.
//! Invariants: everything is checked when a tape is written ([`TapeWriter`]) and can be checked again
//! ([`TapeReader::verify`]); a reader copies nothing, and its memory does not grow with length; a tape appears whole under its
//! name or not at all; the same rows give the same bytes and the same content hash.
//! Known limits: who shortens a file while it is mapped gets SIGBUS; a process that is killed leaves its temporary file
//! (`.NAME.PROCESS-NUMBER.tmp`), which the next writer of that name removes on Linux and nobody elsewhere; venue order may
//! stray from arrival order by the reorder window at most; stamps between 2000 and 2200; one width for all price and quantity
//! columns of a file.

mod batch;
mod column;
mod content;
mod error;
mod fault;
mod file;
mod header;
mod layout;
mod outbox;
mod reader;
mod record;
mod row;
mod rules;
mod sink;
mod spare;
mod temporary;
#[cfg(test)]
mod tests;
mod verify;
mod window;
mod writer;

pub use batch::{BATCH_ROWS, BarBatch, Batch, IntColumn, RowBatch};
pub use error::TapeError;
pub use header::{ClockCorrection, Fitness, FitnessFinding, Severity, SourceFile, TapeHeader, TapeKind};
pub use reader::TapeReader;
pub use row::TapeRow;
pub use window::ReorderWindow;
pub use writer::{Provenance, TapeSpec, TapeWriter};

/// Where the engine pulls batches from: a tape file, or a generator. Batches are numbered from 0 and each can be asked
/// for again while it is among the last few (the bot's view trails the venue's).
pub trait BatchSource {
    /// What is in it.
    fn header(&self) -> &TapeHeader;

    /// Batch `index`, or `None` past the end.
    ///
    /// # Errors
    /// [`TapeError`] when the file cannot be read.
    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError>;
}
