//! How entries become bytes: tag byte, then fields as zigzag varints, most of them differences to the previous record.
//!
//! The layout of every record is written once, in `layout`, and walked by an encoder and by a decoder. Differences wrap
//! around, so every value of every field survives, extremes included.
//! Order rule: fields travel in the order of the layout. Invariants: a record is at most [`MAX_RECORD`] bytes and never
//! crosses a block; each block starts from an empty [`Previous`], so that it can be read alone.

mod layout;
mod tag;
mod varint;

pub(super) use layout::Previous;
pub(super) use tag::{KIND_NAMES, kind_index};

use super::Entry;
use varint::{Decoder, Encoder};

/// Room for a record in bytes; the longest one possible has about 180. One byte counts it: see the encoder.
pub(super) const MAX_RECORD: usize = 256;

/// Why bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DecodeError {
    /// Place in the payload.
    pub offset: usize,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: &'static str,
}

/// Writes `entry`, which is of that kind, into `room` and returns its length.
pub(super) fn encode(kind: usize, entry: &Entry, previous: &mut Previous, room: &mut [u8; MAX_RECORD]) -> usize {
    let mut encoder = Encoder::new(room);
    encoder.put(tag::of(kind));
    match layout::walk(&mut encoder, previous, entry) {
        Ok(_) => encoder.length(),
        Err(never) => match never {},
    }
}

/// Reads the record at `offset` of `payload`; returns it and the offset of the next one.
pub(super) fn decode(payload: &[u8], offset: usize, previous: &mut Previous) -> Result<(Entry, usize), DecodeError> {
    let mut decoder = Decoder::new(payload, offset);
    let tag = decoder.take()?;
    let blank = tag::blank(tag).ok_or_else(|| DecodeError {
        offset,
        found: format!("tag {tag}"),
        expected: "the tag of a record",
    })?;
    let entry = layout::walk(&mut decoder, previous, &blank)?;
    Ok((entry, decoder.offset()))
}
