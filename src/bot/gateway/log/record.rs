//! One record of a log as bytes, and what of a file can be read back.

use crate::model::{ClientOrderId, Side};
use crate::units::Timestamp;

/// What a file begins with.
pub(super) const MAGIC: &[u8; 8] = b"SEATLOG1";

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum RequestKind {
    /// A new order.
    New = 0,
    /// The end of an order.
    Cancel = 1,
    /// A change of an order.
    Amend = 2,
    /// What became of an order that an earlier process had sent.
    Query = 3,
}

impl RequestKind {
    const ALL: [Self; 4] = [Self::New, Self::Cancel, Self::Amend, Self::Query];
}

/// One line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LogRecord {
    /// A request is about to be sent.
    Request {
        /// The order it is about.
        id: ClientOrderId,
        /// Its number among the requests of the log, from 1.
        number: u64,
        /// What it asks for.
        kind: RequestKind,
        /// Side of the order; of what is no new order it may not be known, and is `Buy`.
        side: Side,
        /// When the bot sent it.
        sent_at: Timestamp,
    },
    /// The request with that number has come to its end.
    Answer {
        /// Number of the request.
        of: u64,
    },
    /// Nothing: to see whether there is space.
    Probe,
}

const LENGTH: usize = 4;
const CHECKSUM: usize = 8;

/// Bytes up to the end of the order's number, in a record of a request.
const UP_TO_ID: usize = LENGTH + 1 + 8;

/// Longer than any record is.
const PAYLOAD_MAX: usize = 64;

/// Checksum of a record behind one with the checksum `link`.
fn chained(link: u64, framed: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&link.to_le_bytes());
    hasher.update(framed);
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(CHECKSUM).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The checksum that the first record goes on from.
pub(super) fn first_link() -> u64 {
    chained(0, MAGIC)
}

impl LogRecord {
    fn payload(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PAYLOAD_MAX);
        match *self {
            Self::Request { id, number, kind, side, sent_at } => {
                bytes.push(kind as u8);
                bytes.extend(id.0.to_le_bytes());
                bytes.extend(number.to_le_bytes());
                bytes.push(side.index() as u8);
                bytes.extend(sent_at.nanos().to_le_bytes());
            }
            Self::Answer { of } => {
                bytes.push(ANSWER);
                bytes.extend(of.to_le_bytes());
            }
            Self::Probe => bytes.push(PROBE),
        }
        bytes
    }

    /// Appends the record to `bytes` behind one with the checksum `link`; returns its own.
    pub(super) fn put(&self, link: u64, bytes: &mut Vec<u8>) -> u64 {
        let begin = bytes.len();
        let payload = self.payload();
        bytes.extend((payload.len() as u32).to_le_bytes());
        bytes.extend(payload);
        let link = chained(link, &bytes[begin..]);
        bytes.extend(link.to_le_bytes());
        link
    }

    /// The bytes of a file of this record alone.
    #[cfg(test)]
    pub(crate) fn alone(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        self.put(first_link(), &mut bytes);
        bytes
    }

    /// The bytes of this record behind the last of a file.
    #[cfg(test)]
    pub(crate) fn behind(&self, file: &[u8]) -> Vec<u8> {
        let (_, link) = file.split_last_chunk::<CHECKSUM>().expect("a record");
        let mut bytes = Vec::new();
        self.put(u64::from_le_bytes(*link), &mut bytes);
        bytes
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let (tag, rest) = payload.split_first()?;
        let mut words = Words(rest);
        let record = match *tag {
            ANSWER => Self::Answer { of: words.number()? },
            PROBE => Self::Probe,
            tag => Self::Request {
                id: ClientOrderId(words.number()?),
                number: words.number()?,
                kind: *RequestKind::ALL.get(usize::from(tag))?,
                side: *Side::BOTH.get(usize::from(words.byte()?))?,
                sent_at: Timestamp::from_nanos(words.number()?.cast_signed()),
            },
        };
        words.0.is_empty().then_some(record)
    }
}

const ANSWER: u8 = 16;
const PROBE: u8 = 17;

/// Numbers out of bytes.
struct Words<'b>(&'b [u8]);

impl Words<'_> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }
}

/// What is in the bytes of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogRead {
    /// The records that are whole, in order.
    pub records: Vec<LogRecord>,
    /// So many bytes are whole; what is behind them has to be cut off.
    pub whole: usize,
    /// Where the last of the records begins.
    pub last: usize,
    /// So many are behind them.
    pub torn: usize,
    /// The order that the torn record may be about, where so much of it is there. It is not to be believed, only to be asked for.
    pub hint: Option<ClientOrderId>,
}

/// Reads the bytes of a log up to the first that is not as it was written. An empty file is a log that nothing was written to yet.
#[must_use]
pub fn read_log(bytes: &[u8]) -> LogRead {
    let mut read = LogRead::default();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        return LogRead { torn: bytes.len(), ..read };
    };
    let mut link = first_link();
    read.whole = MAGIC.len();
    while let Some((record, own, behind)) = first_record(rest, link) {
        read.records.push(record);
        read.last = read.whole;
        read.whole += rest.len() - behind.len();
        (link, rest) = (own, behind);
    }
    (read.torn, read.hint) = (rest.len(), hint(rest));
    read
}

/// The first record of `bytes`, its checksum, and what is behind it; nothing where it is not whole.
fn first_record(bytes: &[u8], link: u64) -> Option<(LogRecord, u64, &[u8])> {
    let (length, _) = bytes.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= PAYLOAD_MAX)?;
    let (framed, rest) = bytes.split_at_checked(LENGTH + length)?;
    let (checksum, behind) = rest.split_first_chunk::<CHECKSUM>()?;
    let own = chained(link, framed);
    let record = LogRecord::from_payload(&framed[LENGTH..]).filter(|_| own.to_le_bytes() == *checksum)?;
    Some((record, own, behind))
}

/// The order that a torn record may be about.
fn hint(torn: &[u8]) -> Option<ClientOrderId> {
    torn.get(LENGTH).filter(|tag| usize::from(**tag) < RequestKind::ALL.len())?;
    let id = torn.get(LENGTH + 1..UP_TO_ID)?;
    Some(ClientOrderId(u64::from_le_bytes(id.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = LogRecord> {
        let request = (any::<u64>(), any::<u64>(), 0_usize..4, any::<bool>(), any::<i64>());
        let request = request.prop_map(|(id, number, kind, sells, at)| LogRecord::Request {
            id: ClientOrderId(id),
            number,
            kind: RequestKind::ALL[kind],
            side: if sells { Side::Sell } else { Side::Buy },
            sent_at: Timestamp::from_nanos(at),
        });
        let answer = any::<u64>().prop_map(|of| LogRecord::Answer { of });
        prop_oneof![4 => request, 3 => answer, 1 => Just(LogRecord::Probe)]
    }

    /// A file of these records, and where each ends.
    fn file(records: &[LogRecord]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut link, mut ends) = (MAGIC.to_vec(), first_link(), Vec::new());
        for record in records {
            link = record.put(link, &mut bytes);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    proptest! {
        /// Torn at every byte: every record that is whole is read as it was written, no other is, and the order of the torn one is found
        /// where so much of it is there.
        #[test]
        fn a_log_that_is_torn_anywhere_holds_its_whole_records(records in proptest::collection::vec(record(), 0..12)) {
            let (bytes, ends) = file(&records);
            for cut in 0..=bytes.len() {
                let read = read_log(&bytes[..cut]);
                let whole = ends.iter().filter(|end| **end <= cut).count();
                prop_assert_eq!(&read.records[..], &records[..whole], "cut at {}", cut);
                let begin = if cut < MAGIC.len() { 0 } else { whole.checked_sub(1).map_or(MAGIC.len(), |last| ends[last]) };
                prop_assert_eq!((read.whole, read.torn), (begin, cut - begin));
                let last = whole.checked_sub(2).map_or(if whole == 1 { MAGIC.len() } else { 0 }, |before| ends[before]);
                prop_assert_eq!(read.last, last);
                let is_hinted = MAGIC.len() <= cut && begin + UP_TO_ID <= cut;
                let expected = records.get(whole).and_then(|record| match record {
                    LogRecord::Request { id, .. } => Some(*id),
                    _ => None,
                });
                prop_assert_eq!(read.hint, expected.filter(|_| is_hinted), "cut at {}", cut);
            }
        }

        /// One byte is another: what is before it is read, and nothing that was not written.
        #[test]
        fn a_byte_that_turned_is_never_read(
            records in proptest::collection::vec(record(), 1..8), place in any::<proptest::sample::Index>(), turn in 1_u8..=255,
        ) {
            let (mut bytes, ends) = file(&records);
            let place = place.index(bytes.len());
            bytes[place] ^= turn;
            let whole = ends.iter().filter(|end| **end <= place).count();
            let expected = if place < MAGIC.len() { 0 } else { whole };
            prop_assert_eq!(&read_log(&bytes).records[..], &records[..expected]);
        }

        /// Whatever the bytes are: reading ends, and says of all of them whether they are whole.
        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200), begins in any::<bool>()) {
            let bytes = if begins { [MAGIC.as_slice(), &bytes].concat() } else { bytes };
            let read = read_log(&bytes);
            prop_assert_eq!(read.whole + read.torn, bytes.len());
        }

        /// What is behind a record of an older file, or of zeros, is none of this one.
        #[test]
        fn what_an_older_file_left_behind_is_not_read(
            old in proptest::collection::vec(record(), 2..8), new in proptest::collection::vec(record(), 1..4), zeros in 0_usize..64,
        ) {
            prop_assume!(!old.starts_with(&new));
            let ((old, ends), (mut bytes, _)) = (file(&old), file(&new));
            let next = ends.iter().find(|end| bytes.len() <= **end).copied();
            let left: Vec<u8> = next.map_or_else(|| vec![0; zeros], |end| old[end..].to_vec());
            bytes.extend(&left);
            prop_assert_eq!(&read_log(&bytes).records[..], &new[..]);
        }
    }

    /// The bytes of a file are what they were: a bot of a later version reads what an earlier one wrote.
    #[test]
    fn the_format_is_frozen() {
        let sent_at = Timestamp::from_nanos(1_767_571_200_000_000_000);
        let (id, side) = (ClientOrderId(7), Side::Sell);
        let request = LogRecord::Request { id, number: 1, kind: RequestKind::New, side, sent_at };
        let (bytes, _) = file(&[request, LogRecord::Answer { of: 1 }, LogRecord::Probe]);
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        insta::assert_snapshot!(text, @"534541544c4f47311a00000000070000000000000001000000000000000100003633a4ac87182f9b2cb8050456f709000000100100000000000000964732bd904deb39010000001166b4329cbd5cc10d");
    }
}
