use super::audit::Heard;
use crate::journal::{Entry, JournalError, JournalReader};
use std::fs::File;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{JoinHandle, spawn};
use std::vec::IntoIter;

/// Entries that are handed over at once, and handed over before they are asked for.
const CHUNK: usize = 4_096;
const CHUNKS_AHEAD: usize = 2;

/// What a journal says, entry by entry.
type Read = Result<Entry, JournalError>;

/// A journal that a thread of its own decodes ahead of whoever reads it: the same entries in the same order. An audit of several
/// lanes waits for none of them. Memory does not grow with the journal.
pub(super) struct ReadAhead<'a> {
    chunks: Receiver<Vec<Read>>,
    now: IntoIter<Read>,
    thread: Option<JoinHandle<()>>,
    heard: Heard<'a>,
}

impl<'a> ReadAhead<'a> {
    pub(super) fn new(mut journal: JournalReader<File>, heard: Heard<'a>) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let thread = spawn(move || {
            loop {
                let chunk: Vec<Read> = journal.by_ref().take(CHUNK).collect();
                // Nobody listens any more when an audit was given up.
                if chunk.is_empty() || sender.send(chunk).is_err() {
                    break;
                }
            }
        });
        Self { chunks, now: Vec::new().into_iter(), thread: Some(thread), heard }
    }

    /// The thread has ended: after the last entry, or in a panic, which is passed on so that no journal ends early unnoticed.
    fn end(&mut self) -> Option<Read> {
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        None
    }
}

impl Iterator for ReadAhead<'_> {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        if let Some(entry) = self.now.next() {
            return Some(entry);
        }
        match self.chunks.recv() {
            Ok(chunk) => {
                (self.heard)(chunk.len() as u64);
                self.now = chunk.into_iter();
                self.now.next()
            }
            Err(_) => self.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{EntrySink, JournalWriter};
    use crate::model::{ClientOrderId, MarketId};
    use crate::units::Timestamp;
    use std::cell::Cell;
    use std::path::Path;

    fn journal(path: &Path, entries: i64) {
        let mut journal = JournalWriter::file(path).unwrap();
        for number in 0..entries {
            let client_order_id = ClientOrderId(number as u64);
            journal.record_cancel_sent(Timestamp::from_nanos(number * 1_000), MarketId::FIRST, client_order_id);
        }
        journal.finish().unwrap();
    }

    /// Up to the first error: nobody reads on behind one.
    fn told(entries: impl Iterator<Item = Read>) -> Vec<String> {
        let mut failed = false;
        let until = entries.take_while(move |entry| !std::mem::replace(&mut failed, entry.is_err()));
        until.map(|entry| format!("{entry:?}")).collect()
    }

    /// Whole, empty or torn: what is read ahead is what is read.
    #[test]
    fn a_thread_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("journal.bin");
        for (entries, torn) in [(0, false), (1, false), (3 * CHUNK as i64 + 7, false), (3 * CHUNK as i64, true)] {
            journal(&path, entries);
            if torn {
                let whole = std::fs::read(&path).unwrap();
                std::fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
            }
            let open = || JournalReader::open(&path).unwrap();
            let count = Cell::new(0);
            let heard = |more| count.set(count.get() + more);
            let ahead = told(ReadAhead::new(open(), &heard));
            assert_eq!(ahead, told(open()), "{entries} entries, torn: {torn}");
            assert!(torn || count.get() == entries as u64, "{} of {entries} heard", count.get());
        }
    }

    /// Whoever gives up leaves no thread that waits for ever.
    #[test]
    fn reading_can_be_given_up() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("journal.bin");
        journal(&path, 20 * CHUNK as i64);
        let mut ahead = ReadAhead::new(JournalReader::open(&path).unwrap(), &|_| {});
        assert!(ahead.next().is_some());
        let thread = ahead.thread.take().unwrap();
        drop(ahead);
        thread.join().unwrap();
    }
}
