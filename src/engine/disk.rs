//! The disk that a bot's gateway writes its log to: it takes its time, is full, and loses what was being written when the process ends.

use super::wire::Wire;
use crate::bot::gateway::{LogRead, Write, Written, read_log};
use crate::checkpoint::kept;
use crate::fault::wire::WriteFate;
use crate::journal::EntrySink;
use crate::model::{ClientOrderId, WireEvent, WireFault};
use crate::units::Timestamp;

/// One file of one gateway.
#[derive(Debug, Default)]
pub(super) struct Disk {
    file: Vec<u8>,
    /// The write that is under way, when it is over, and what has become of it then.
    out: Option<(Timestamp, Write, Written)>,
}

impl Disk {
    /// When a write is over.
    pub fn next(&self) -> Timestamp {
        self.out.as_ref().map_or(Timestamp::MAX, |(at, ..)| *at)
    }

    fn begin(&mut self, write: Write, done_at: Timestamp, written: Written) {
        let before = self.out.replace((done_at, write, written));
        assert!(before.is_none(), "a gateway has two writes out: {before:?} and {:?}", self.out);
    }

    /// The write that is over by `now`: it is in the file, or a half of it is where it failed.
    fn finish(&mut self, now: Timestamp) -> Option<(Write, Written)> {
        let (_, write, written) = self.out.take_if(|(at, ..)| *at <= now)?;
        match written {
            Written::Whole => self.put(&write, write.bytes.len()),
            Written::Failed => self.put(&write, write.bytes.len() / 2),
        }
        Some((write, written))
    }

    /// So many bytes of a write are there. A file that takes another's place does so when it is whole.
    fn put(&mut self, write: &Write, bytes: usize) {
        if !write.replaces {
            self.file.extend(&write.bytes[..bytes]);
        } else if bytes == write.bytes.len() {
            self.file.clone_from(&write.bytes);
        }
    }

    /// The process ends: what was being written is not there. Where it tears, it is but for a half of its last record; where nothing was
    /// being written behind the rest, the last record of the file is half there, although it was said to be safe. Returns what a new
    /// process reads.
    fn crash(&mut self, tears: bool) -> &[u8] {
        let out = self.out.take().filter(|(_, write, written)| !write.replaces && *written == Written::Whole);
        if tears {
            out.into_iter().for_each(|(_, write, _)| self.put(&write, write.bytes.len()));
            let LogRead { last, whole, torn, .. } = read_log(&self.file);
            // Where a write that failed has left a part, it is torn already.
            if torn == 0 {
                self.file.truncate(last + (whole - last) / 2);
            }
        }
        &self.file
    }
}

kept!(Disk {
    state: file, out;
    parts: ;
    left: ;
});

impl Wire {
    /// The gateway writes to its log at `now`.
    pub fn write(&mut self, write: Write, now: Timestamp, sink: &mut dyn EntrySink) {
        let id = write.requests.first().map_or(ClientOrderId(0), |(_, id)| *id);
        let (done_at, written) = match self.faults.on_write(now) {
            WriteFate::Passes => (now, Written::Whole),
            WriteFate::Slow(cause, by) => {
                self.fault(now, id, (WireFault::SlowDisk, cause), sink);
                (now.plus(by), Written::Whole)
            }
            WriteFate::Fails(cause) => {
                cause.into_iter().for_each(|cause| self.fault(now, id, (WireFault::FullDisk, cause), sink));
                (now, Written::Failed)
            }
        };
        self.disk.begin(write, done_at, written);
    }

    /// Tells the gateway of writes that are over by `now`; a process that does not run is told when it runs again.
    pub fn finish_writes(&mut self, now: Timestamp, sink: &mut dyn EntrySink) {
        if self.awake_at(now) != now {
            return;
        }
        let Some((write, written)) = self.disk.finish(now) else { return };
        for (record, id) in &write.requests {
            let event = match written {
                Written::Whole => WireEvent::Logged(*record),
                Written::Failed => WireEvent::LogFailed(*record),
            };
            self.note(now, *id, event, sink);
        }
        if written == Written::Failed && write.requests.is_empty() {
            self.note(now, ClientOrderId(0), WireEvent::LogFailed(0), sink);
        }
        self.gateway.on_written(write.number, written, now, &mut self.deeds);
    }

    /// The process has ended without its state, and its gateway with it: the new one reads the log again, as far as it is there.
    pub fn recall(&mut self, is_over: &dyn Fn(ClientOrderId) -> bool, now: Timestamp, sink: &mut dyn EntrySink) {
        let torn = self.faults.tears(now);
        torn.into_iter().for_each(|cause| self.fault(now, ClientOrderId(0), (WireFault::TornWrite, cause), sink));
        self.gateway.recall(self.disk.crash(torn.is_some()), is_over, now, &mut self.deeds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    const FILE: &[u8] = b"SEATLOG1";

    fn write(number: u64, replaces: bool, bytes: &[u8]) -> Write {
        Write { number, replaces, bytes: bytes.to_vec(), requests: Vec::new() }
    }

    fn done(disk: &mut Disk, number: u64, replaces: bool, bytes: &[u8], written: Written) {
        let now = Timestamp::from_nanos(0);
        disk.begin(write(number, replaces, bytes), now, written);
        assert_eq!(disk.finish(now).map(|(write, written)| (write.number, written)), Some((number, written)));
    }

    #[test]
    fn a_write_that_fails_is_half_there_and_a_file_that_replaces_another_is_whole_or_not_there() {
        let mut disk = Disk::default();
        done(&mut disk, 1, true, b"abcd", Written::Whole);
        done(&mut disk, 2, false, b"efgh", Written::Failed);
        assert_eq!(disk.crash(false), b"abcdef");
        done(&mut disk, 3, true, b"ijkl", Written::Failed);
        assert_eq!(disk.crash(true), b"abcdef", "torn as it is");
        done(&mut disk, 4, true, b"ijkl", Written::Whole);
        done(&mut disk, 5, false, b"mnop", Written::Whole);
        assert_eq!(disk.crash(false), b"ijklmnop");
    }

    #[test]
    fn what_is_under_way_when_the_process_ends_is_not_there_or_torn() {
        let file = crate::bot::gateway::LogRecord::Probe.alone();
        let (begin, record) = file.split_at(FILE.len());
        for (tears, replaces, records, torn) in [
            (false, false, 1, 0),
            (true, false, 1, record.len() / 2),
            (false, true, 1, 0),
            (true, true, 0, record.len() / 2),
        ] {
            let (mut disk, now) = (Disk::default(), Timestamp::from_nanos(0));
            done(&mut disk, 1, true, &file, Written::Whole);
            let more = crate::bot::gateway::LogRecord::Probe.behind(&file);
            disk.begin(write(2, replaces, &more), now.plus(SECOND), Written::Whole);
            assert!(disk.finish(now).is_none() && disk.next() == now.plus(SECOND));
            let read = read_log(disk.crash(tears));
            assert_eq!((read.records.len(), read.torn), (records, torn), "torn: {tears}, a new file: {replaces}");
            assert!(begin == FILE && disk.next() == Timestamp::MAX);
        }
    }
}
