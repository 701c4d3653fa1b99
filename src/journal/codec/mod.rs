//! How entries become bytes: tag byte, then fields as zigzag varints, most of them differences to the previous record.
//!
//! The layout of every record is written once, in `layout`, and walked by an encoder and by a decoder. Differences wrap
//! around, so every value of every field survives, extremes included. An entry about another market than the first has
//! its tag marked and the market's number behind it: a run of one market pays nothing for it.
//! Order rule: fields travel in the order of the layout. Invariants: a record is at most [`MAX_RECORD`] bytes and never
//! crosses a block; each block starts from an empty [`Previous`], so that it can be read alone.

pub(super) mod layout;
mod tag;
mod varint;

pub(super) use layout::Previous;
pub(super) use tag::{CANCEL_SENT, KIND_NAMES, MARK, ORDER_SENT, QUOTE, kind_index, matters, report_kind_index};
pub(super) use varint::Encoder;

use super::Entry;
use crate::model::MarketId;
use std::convert::Infallible;
use varint::Decoder;

/// Room for a record in bytes; the longest one possible has about 180. One byte counts it: see the encoder.
pub(super) const MAX_RECORD: usize = 256;
/// Bytes behind that room that the encoder may write over: it writes long numbers four bytes at a time.
pub(super) const SPARE: usize = 4;

/// Where a record is written.
pub(super) type Room = [u8; MAX_RECORD + SPARE];

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

/// Writes a record of that kind and market into `room` and returns its length; `walk` writes the fields.
#[inline(always)]
pub(super) fn encode<'a, T>(
    kind: usize,
    market: MarketId,
    room: &'a mut Room,
    walk: impl FnOnce(&mut Encoder<'a>) -> Result<T, Infallible>,
) -> usize {
    let mut encoder = Encoder::new(room);
    match market {
        MarketId::FIRST => encoder.put(tag::of(kind)),
        MarketId(other) => {
            encoder.put(tag::of(kind) | tag::ELSEWHERE);
            encoder.put(other);
        }
    }
    match walk(&mut encoder) {
        Ok(_) => encoder.length(),
        Err(never) => match never {},
    }
}

/// Reads the record at `offset` of `payload`; returns it and the offset of the next one.
pub(super) fn decode(payload: &[u8], offset: usize, previous: &mut Previous) -> Result<(Entry, usize), DecodeError> {
    let mut decoder = Decoder::new(payload, offset);
    let tag = decoder.take()?;
    let refuse = |found: String, expected| DecodeError { offset, found, expected };
    let blank = tag::blank(tag & !tag::ELSEWHERE);
    let mut blank = blank.ok_or_else(|| refuse(format!("tag {tag}"), "the tag of a record"))?;
    if tag & tag::ELSEWHERE != 0 {
        let market = decoder.take()?;
        match blank.market_mut() {
            Some(place) if market != MarketId::FIRST.0 => *place = MarketId(market),
            Some(_) => return Err(refuse(format!("market {market}"), "a market above 0, or no market at all")),
            None => return Err(refuse(format!("tag {tag}"), "an entry that is about a market")),
        }
    }
    let entry = layout::walk(&mut decoder, previous, &blank)?;
    Ok((entry, decoder.offset()))
}

#[cfg(test)]
mod tests {
    use super::{Previous, decode};

    #[test]
    fn a_marked_tag_wants_a_market_above_the_first_and_an_entry_about_one() {
        let refusal = |bytes: &[u8]| decode(bytes, 0, &mut Previous::default()).expect_err("a refusal");
        let cancel = 4 | 0x80;
        assert_eq!(refusal(&[cancel, 0, 2, 2]).found, "market 0");
        assert_eq!(refusal(&[cancel]).found, "the end of the block");
        let end = 12 | 0x80;
        assert_eq!(refusal(&[end, 1, 2, 2]).expected, "an entry that is about a market");
        assert!(decode(&[cancel, 1, 2, 2], 0, &mut Previous::default()).is_ok());
    }
}
