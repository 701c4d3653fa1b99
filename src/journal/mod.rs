//! The record of a run: numbered entries, their digest, the file that keeps them.
//!
//! A journal is a run of blocks: a header of 88 bytes and at most 64 KiB of records. Integers are little-endian.
//!
//! | bytes | field | bytes | field |
//! |---|---|---|---|
//! | 0..4 | `SJNL` | 16..20 | payload length |
//! | 4..6 | format version | 20..24 | entries |
//! | 6..8 | flags: 1 last, 2 left out | 24..56 | hash of the block before (zeros for the first) |
//! | 8..16 | block number from 0 | 56..88 | hash of bytes 0..56 and of the payload's hash |
//!
//! Records are a tag byte and varints, differences to the record before (see `codec`), and never cross a block. The
//! *behaviour digest* is the hash of the payload hashes: it covers what happened, no id, no path, no version.
//!
//! Version rule: any change of record bytes, of the block size or of the header raises the version, and with it all
//! digests. A reader reads exactly its own version: a new kind of entry or a new field is a new version too.
//!
//! Order rule: entries are numbered from 0 in the order they are recorded. Invariants: cut off, altered, reordered or
//! extended bytes are an error, found before an entry of the damaged block is handed out; nothing is allocated per
//! entry. Known limits: the hash chain proves integrity, not authorship: who can rewrite the file can rewrite the
//! chain, so the head is kept elsewhere too. A journal at detail `windows` has blocks of
//! which only the hash was kept (flag 2, the payload's hash in its place): chain, head and digest are those of the whole.

mod block;
mod codec;
mod diff;
mod digest;
mod entry;
mod error;
mod fields;
#[cfg(feature = "frames")]
mod frames;
mod heard_at;
mod reader;
mod resume;
mod sink;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

pub use diff::{Divergence, diff};
pub use digest::Digest;
pub use entry::{Entry, EntrySink};
pub use error::JournalError;
pub use fields::Fields;
#[cfg(feature = "frames")]
pub use frames::{FRAMES, FrameRows, write_frames};
pub use heard_at::{HeardAt, WithHeardAt};
pub use reader::JournalReader;
pub use resume::{JournalMark, bytes_there, last_behind};
pub use writer::{Detail, JournalSummary, JournalWriter, KindCount};
