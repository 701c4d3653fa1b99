//! The log while it is written: what is open, what waits to be written, and the one write that is out.

use super::record::{LogRead, LogRecord, MAGIC, RequestKind, first_link};
use crate::model::{ClientOrderId, Side};
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// Something to be written to the file of a log, and to be safe there before it is answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Write {
    /// Its number, from 1.
    pub number: u64,
    /// It is the whole of a new file that takes the old one's place at once, or not at all; else it goes behind what is there.
    pub replaces: bool,
    /// What.
    pub bytes: Vec<u8>,
    /// The requests whose records are in it, each with its order.
    pub requests: Vec<(u64, ClientOrderId)>,
}

/// What has become of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Written {
    /// It is safe.
    Whole,
    /// It is not: the disk is full, or broken. What of it is there is unknown.
    Failed,
}

/// A request that has not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Open {
    pub id: ClientOrderId,
    kind: RequestKind,
    side: Side,
    sent_at: Timestamp,
}

/// A file longer than this is begun anew with what is open.
const LENGTH_MAX: u64 = 16_384;

/// The log while it is written. Its memory follows the requests that are open.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct GatewayLog {
    /// Requests so far.
    requests: u64,
    writes: u64,
    /// Those that have not come to their end, by number.
    open: BTreeMap<u64, Open>,
    /// Length of what is whole in the file, and the checksum of its last record; nothing where the next write begins it anew.
    file: Option<(u64, u64)>,
    /// What is to be written with the next write.
    waiting: Vec<LogRecord>,
    /// The write that is out: length and checksum of the file when it is safe, and its records.
    out: Option<(u64, u64, Vec<LogRecord>)>,
}

impl GatewayLog {
    /// A log without a file: the first write begins one.
    pub(in super::super) const fn new() -> Self {
        Self { requests: 0, writes: 0, open: BTreeMap::new(), file: None, waiting: Vec::new(), out: None }
    }

    /// The log that goes on after `read`: requests without an answer in it stay open.
    pub(in super::super) fn after(read: &LogRead, writes: u64) -> Self {
        let mut log = Self { writes, ..Self::new() };
        for record in &read.records {
            match *record {
                LogRecord::Request { id, number, kind, side, sent_at } => {
                    log.requests = log.requests.max(number);
                    log.open.insert(number, Open { id, kind, side, sent_at });
                }
                LogRecord::Answer { of } => drop(log.open.remove(&of)),
                LogRecord::Probe => {}
            }
        }
        log
    }

    /// What was in it is forgotten: the next write begins a new file. No late word is taken for its own.
    pub(in super::super) fn begin_anew(&mut self) {
        *self = Self { writes: self.writes, ..Self::new() };
    }

    /// Writes so far: they count on where another log takes this one's place, so that no late word is taken for another's.
    pub(in super::super) const fn writes(&self) -> u64 {
        self.writes
    }

    /// Requests that have not come to their end: the order of each, oldest first, and its side where a record says so.
    pub fn unanswered(&self) -> impl Iterator<Item = (u64, ClientOrderId, Side)> {
        self.open.iter().map(|(number, open)| (*number, open.id, open.side))
    }

    /// Writes a request down: its number.
    pub(in super::super) fn request(
        &mut self,
        id: ClientOrderId,
        kind: RequestKind,
        (side, sent_at): (Side, Timestamp),
    ) -> u64 {
        self.requests += 1;
        self.open.insert(self.requests, Open { id, kind, side, sent_at });
        self.waiting.push(LogRecord::Request { id, number: self.requests, kind, side, sent_at });
        self.requests
    }

    /// A request has come to its end.
    pub(in super::super) fn answer(&mut self, of: u64) {
        if self.open.remove(&of).is_some() {
            self.waiting.push(LogRecord::Answer { of });
        }
    }

    /// Writes nothing, to see whether it can.
    pub(in super::super) fn probe(&mut self) {
        self.waiting.push(LogRecord::Probe);
    }

    /// What is to be written now: nothing while a write is out.
    pub(in super::super) fn write(&mut self) -> Option<Write> {
        if self.out.is_some() || self.waiting.is_empty() {
            return None;
        }
        self.writes += 1;
        let records = std::mem::take(&mut self.waiting);
        let goes_on = self.file.filter(|(length, _)| *length < LENGTH_MAX);
        let (at, link) = goes_on.unwrap_or((0, first_link()));
        let mut bytes = if goes_on.is_some() { Vec::new() } else { MAGIC.to_vec() };
        let link = match goes_on {
            Some(_) => put(&records, link, &mut bytes),
            // All that is open is in the new file, the new requests with it.
            None => put(&self.all_open(), link, &mut bytes),
        };
        let requests = records.iter().filter_map(|record| match record {
            LogRecord::Request { number, id, .. } => Some((*number, *id)),
            _ => None,
        });
        let requests = requests.collect();
        self.out = Some((at + bytes.len() as u64, link, records));
        Some(Write { number: self.writes, replaces: goes_on.is_none(), bytes, requests })
    }

    fn all_open(&self) -> Vec<LogRecord> {
        let record = |(number, open): (&u64, &Open)| {
            let Open { id, kind, side, sent_at } = *open;
            LogRecord::Request { id, number: *number, kind, side, sent_at }
        };
        let mut all: Vec<LogRecord> = self.open.iter().map(record).collect();
        if all.is_empty() {
            all.push(LogRecord::Probe);
        }
        all
    }

    /// Something has become of the write with that number: the requests whose records were in it. Nothing where it is not the one that is out.
    pub(in super::super) fn written(&mut self, number: u64, written: Written) -> Option<Vec<u64>> {
        let (length, link, records) = self.out.take_if(|_| number == self.writes)?;
        // Behind a write that failed there may be a part of it: the next one begins a new file, with all that is open.
        self.file = (written == Written::Whole).then_some((length, link));
        let number = |record: &LogRecord| match record {
            LogRecord::Request { number, .. } => Some(*number),
            _ => None,
        };
        Some(records.iter().filter_map(number).collect())
    }
}

fn put(records: &[LogRecord], link: u64, bytes: &mut Vec<u8>) -> u64 {
    records.iter().fold(link, |link, record| record.put(link, bytes))
}

#[cfg(test)]
mod tests {
    use super::super::read_log;
    use super::*;
    use proptest::prelude::*;

    /// A disk that does what it is asked, or fails with so many per cent of the bytes there.
    #[derive(Default)]
    struct Disk(Vec<u8>);

    impl Disk {
        fn write(&mut self, write: &Write, share: Option<usize>) -> Written {
            let whole = share.is_none();
            let part = write.bytes.len() * share.unwrap_or(100) / 100;
            if write.replaces {
                // A new file takes the old one's place when it is whole, or not at all.
                self.0 = if whole { write.bytes.clone() } else { std::mem::take(&mut self.0) };
            } else {
                self.0.extend(&write.bytes[..part]);
            }
            if whole { Written::Whole } else { Written::Failed }
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Request(u64),
        Answer(usize),
        Disk(Option<usize>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1_u64..40).prop_map(Step::Request),
            2 => (0_usize..8).prop_map(Step::Answer),
            4 => Just(Step::Disk(None)),
            1 => (0_usize..100).prop_map(|share| Step::Disk(Some(share))),
        ]
    }

    proptest! {
        /// Whatever fails: a request whose write was said to be safe is in the file as long as it is open, and nothing is there that was
        /// never asked to be; and a log that goes on after a file knows what was open in it.
        #[test]
        fn what_was_said_to_be_safe_is_in_the_file(steps in proptest::collection::vec(step(), 0..400)) {
            let (mut log, mut disk) = (GatewayLog::new(), Disk::default());
            let mut out: Option<Write> = None;
            let (mut safe, mut all) = (BTreeMap::new(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Request(id) => {
                        let (id, at) = (ClientOrderId(id), Timestamp::from_nanos(0));
                        all.insert(log.request(id, RequestKind::New, (Side::Sell, at)), id);
                    }
                    Step::Answer(which) => {
                        let number = log.unanswered().nth(which).map(|(number, ..)| number);
                        if let Some(number) = number {
                            log.answer(number);
                            safe.remove(&number);
                        }
                    }
                    Step::Disk(share) => {
                        if let Some(write) = out.take() {
                            let written = disk.write(&write, share);
                            let told = log.written(write.number, written).expect("it is out");
                            prop_assert!(told.iter().eq(write.requests.iter().map(|(number, _)| number)));
                            if written == Written::Whole {
                                safe.extend(write.requests.iter().copied());
                            }
                            safe.retain(|number, _| log.unanswered().any(|(open, ..)| open == *number));
                        }
                    }
                }
                if out.is_none() {
                    out = log.write();
                }
                prop_assert!((disk.0.len() as u64) < 2 * LENGTH_MAX);
                let read = read_log(&disk.0);
                let after = GatewayLog::after(&read, log.writes());
                let there: BTreeMap<u64, ClientOrderId> = after.unanswered().map(|(number, id, _)| (number, id)).collect();
                prop_assert!(safe.iter().all(|(number, id)| there.get(number) == Some(id)), "{:?} of {:?}", there, safe);
                prop_assert!(there.iter().all(|(number, id)| all.get(number) == Some(id)));
            }
        }
    }

    /// What nobody waits for any more does not stay in the file for good.
    #[test]
    fn a_file_is_begun_anew_before_it_is_long() {
        let (mut log, mut disk) = (GatewayLog::new(), Disk::default());
        let mut longest = 0;
        for id in 1..2_000 {
            let number = log.request(ClientOrderId(id), RequestKind::New, (Side::Buy, Timestamp::from_nanos(0)));
            let write = log.write().expect("something to write");
            let written = disk.write(&write, None);
            log.written(write.number, written);
            log.answer(number);
            longest = longest.max(disk.0.len());
        }
        assert!(longest < LENGTH_MAX as usize + 200, "{longest} bytes");
        assert_eq!(log.written(1, Written::Failed), None, "an old word means nothing");
    }
}
