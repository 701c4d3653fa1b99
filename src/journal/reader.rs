use super::block::{BLOCK, Chain, HEADER, Header, MAGIC, Position, VERSION, place};
use super::codec::{self, Previous};
use super::writer::Counts;
use super::{Digest, Entry, EntrySink, JournalError, JournalMark, JournalSummary};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Streams the entries of a journal. Chain and hash of a block are checked before its first entry is handed out.
///
/// Memory: one block. After the first error the iterator ends.
#[derive(Debug)]
pub struct JournalReader<R> {
    source: R,
    name: String,
    payload: Vec<u8>,
    offset: usize,
    entries_left: u32,
    previous: Previous,
    chain: Chain,
    counts: Counts,
    block: u64,
    block_start: u64,
    bytes: u64,
    /// Entries of blocks whose payload was left out, and the bytes of those payloads that are not in the file.
    left_out: u64,
    left_out_bytes: u64,
    may_skip: bool,
    /// It may end behind any block: whoever wrote it was stopped.
    may_end: bool,
    /// Where it ends, whatever lies behind.
    bytes_max: u64,
    state: State,
}

/// How far a reader has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// More blocks are expected.
    Reading,
    /// The last block has been read.
    InLastBlock,
    /// Whole and intact.
    Complete,
    /// An error was handed out.
    Failed,
}

impl JournalReader<File> {
    /// Opens a journal.
    ///
    /// # Errors
    /// [`JournalError::Io`] when the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let refused = |source| JournalError::Io { path: path.to_owned(), action: "cannot open", source };
        File::open(path).map_err(refused).map(|file| Self::new(path.display().to_string(), file))
    }
}

impl<R: Read> JournalReader<R> {
    /// Reads a journal from `source`; `name` stands for the file in errors.
    pub fn new(name: impl Into<String>, source: R) -> Self {
        Self {
            source,
            name: name.into(),
            payload: Vec::with_capacity(BLOCK),
            offset: 0,
            entries_left: 0,
            previous: Previous::default(),
            chain: Chain::new(),
            counts: Counts::default(),
            block: 0,
            block_start: 0,
            bytes: 0,
            left_out: 0,
            left_out_bytes: 0,
            may_skip: false,
            may_end: false,
            bytes_max: u64::MAX,
            state: State::Reading,
        }
    }

    /// What the journal amounts to; `None` until all of it was read and found intact.
    #[must_use]
    pub fn summary(&self) -> Option<JournalSummary> {
        (self.state == State::Complete).then(|| self.amounts_to())
    }

    fn amounts_to(&self) -> JournalSummary {
        self.counts.summary(&self.chain, self.bytes + self.left_out_bytes, self.left_out)
    }

    /// Plays the whole journal into `sink`.
    ///
    /// # Errors
    /// [`JournalError`] at the first damage, or at the first block that was left out; `sink` has taken the entries before.
    pub fn replay(mut self, sink: &mut impl EntrySink) -> Result<JournalSummary, JournalError> {
        while let Some(entry) = self.advance()? {
            sink.record(&entry);
        }
        Ok(self.amounts_to())
    }

    /// The same reader, which passes over blocks that were left out instead of ending there with an error.
    #[must_use]
    pub const fn over_gaps(mut self) -> Self {
        self.may_skip = true;
        self
    }

    /// The same reader of a journal whose writer was stopped: it may end behind any block.
    #[must_use]
    pub(super) const fn of_cut(mut self) -> Self {
        self.may_end = true;
        self
    }

    /// Reads no further than that.
    pub(super) const fn stop_at(&mut self, bytes: u64) {
        self.bytes_max = bytes;
    }

    /// Chain and counts, to be gone on with from `mark`, up to which all has been read.
    pub(super) fn into_chain(self, mark: &JournalMark) -> Result<(Chain, Counts), JournalError> {
        if self.bytes != mark.bytes || self.chain.digest() != mark.digest {
            let expected = format!("{} bytes with digest {}, as the checkpoint says", mark.bytes, mark.digest);
            return Err(self.damaged(0, format!("{} with {}", self.bytes, self.chain.digest()), expected));
        }
        Ok((self.chain, self.counts))
    }

    /// Reads the journal to its end for the sake of its chain and hashes. Blocks may have been left out.
    ///
    /// # Errors
    /// [`JournalError`] at the first damage.
    pub fn check(self) -> Result<JournalSummary, JournalError> {
        let mut reader = self.over_gaps();
        while reader.advance()?.is_some() {}
        Ok(reader.amounts_to())
    }

    pub(super) fn advance(&mut self) -> Result<Option<Entry>, JournalError> {
        while self.entries_left == 0 {
            match self.state {
                State::Reading => self.next_block()?,
                State::InLastBlock => self.close()?,
                State::Complete | State::Failed => return Ok(None),
            }
        }
        self.next_entry().map(Some)
    }

    fn next_entry(&mut self) -> Result<Entry, JournalError> {
        let record = codec::decode(&self.payload, self.offset, &mut self.previous);
        let (entry, offset) =
            record.map_err(|error| self.damaged(HEADER + error.offset, error.found, error.expected))?;
        self.offset = offset;
        self.entries_left -= 1;
        self.counts.add(codec::kind_index(&entry));
        if self.entries_left == 0 && self.offset != self.payload.len() {
            let left = self.payload.len() - self.offset;
            return Err(self.damaged(HEADER + self.offset, format!("{left} bytes"), "the end of the block"));
        }
        Ok(entry)
    }

    fn next_block(&mut self) -> Result<(), JournalError> {
        self.block = self.chain.number;
        self.block_start = self.bytes;
        if self.bytes_max <= self.bytes {
            self.state = State::Complete;
            return Ok(());
        }
        let Some(header) = self.read_header()? else {
            self.state = State::Complete;
            return Ok(());
        };
        self.state = if header.position == Position::Last { State::InLastBlock } else { State::Reading };
        if header.is_left_out {
            return self.left_out_block(&header);
        }
        self.payload.resize(header.length as usize, 0);
        let mut payload = std::mem::take(&mut self.payload);
        let read = self.fill(&mut payload)?;
        self.payload = payload;
        if read < self.payload.len() {
            let expected = format!("{} bytes of records", self.payload.len());
            return Err(self.damaged(HEADER + read, "the end of the file".to_owned(), expected));
        }
        let (computed, _) = self.chain.seal(&self.payload, header.entries, header.position);
        self.check_hash(&header, &computed)?;
        self.offset = 0;
        self.entries_left = header.entries;
        self.previous = Previous::default();
        Ok(())
    }

    /// A block of which there is the hash alone.
    fn left_out_block(&mut self, header: &Header) -> Result<(), JournalError> {
        if !self.may_skip {
            return Err(JournalError::LeftOut { file: self.name.clone() });
        }
        let mut hash = [0; Digest::LENGTH];
        let read = self.fill(&mut hash)?;
        if read < hash.len() {
            let expected = format!("{} bytes of the hash of a block that was left out", hash.len());
            return Err(self.damaged(HEADER + read, "the end of the file".to_owned(), expected));
        }
        let Header { length, entries, position, .. } = *header;
        let computed = self.chain.seal_hashed(Digest::from_bytes(hash), length, entries, position);
        self.check_hash(header, &computed)?;
        self.left_out += u64::from(entries);
        self.left_out_bytes += u64::from(length) - hash.len() as u64;
        Ok(())
    }

    /// The next header; `None` at the end of a journal that may end there.
    fn read_header(&mut self) -> Result<Option<Header>, JournalError> {
        let mut bytes = [0; HEADER];
        let read = self.fill(&mut bytes)?;
        if read == 0 && self.may_end {
            return Ok(None);
        }
        if read < HEADER {
            let expected = "the header of a block; the journal was cut off";
            return Err(self.damaged(read, "the end of the file".to_owned(), expected));
        }
        if bytes[..MAGIC.len()] != MAGIC {
            let found = format!("bytes {:02x?}", &bytes[..MAGIC.len()]);
            return Err(self.damaged(place::MAGIC, found, format!("{MAGIC:02x?}, the start of a block")));
        }
        let header = Header::from_bytes(&bytes)
            .map_err(|flags| self.damaged(place::FLAGS, format!("flags {flags:#06x}"), "flags 0 to 3"))?;
        self.check_header(&header)?;
        Ok(Some(header))
    }

    fn check_header(&self, header: &Header) -> Result<(), JournalError> {
        let Header { version, number, length, entries, previous, .. } = *header;
        if version != VERSION {
            let expected = format!("{VERSION}; use the seatrial that wrote the journal");
            return Err(self.damaged(place::VERSION, format!("format version {version}"), expected));
        }
        if number != self.chain.number {
            let expected = format!("block number {}", self.chain.number);
            return Err(self.damaged(place::NUMBER, format!("block number {number}"), expected));
        }
        if length as usize > BLOCK {
            return Err(self.damaged(place::LENGTH, format!("{length} bytes"), format!("at most {BLOCK} bytes")));
        }
        if entries > length || (entries == 0) != (length == 0) {
            let found = format!("{entries} entries in {length} bytes");
            return Err(self.damaged(place::ENTRIES, found, "at least one byte an entry and no bytes without entries"));
        }
        if header.is_left_out && length as usize <= Digest::LENGTH {
            return Err(self.damaged(place::LENGTH, format!("{length} bytes left out"), "more bytes than a hash has"));
        }
        if previous != self.chain.head && !cfg!(fuzzing) {
            let found = format!("previous hash {previous}");
            return Err(self.damaged(
                place::PREVIOUS,
                found,
                format!("{}, the hash of the block before", self.chain.head),
            ));
        }
        Ok(())
    }

    fn check_hash(&self, header: &Header, computed: &Header) -> Result<(), JournalError> {
        if computed.hash != header.hash && !cfg!(fuzzing) {
            let found = format!("hash {}", header.hash);
            return Err(self.damaged(place::HASH, found, format!("{}, the hash of this block", computed.hash)));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), JournalError> {
        self.block = self.chain.number;
        self.block_start = self.bytes;
        if self.fill(&mut [0])? > 0 {
            return Err(self.damaged(0, "more bytes".to_owned(), "the end of the file after the last block"));
        }
        self.state = State::Complete;
        Ok(())
    }

    /// Reads until `room` is full or the source ends; returns how much there was.
    fn fill(&mut self, room: &mut [u8]) -> Result<usize, JournalError> {
        let mut read = 0;
        while read < room.len() {
            match self.source.read(&mut room[read..]) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(JournalError::Io { path: self.name.clone().into(), action: "cannot read", source });
                }
            }
        }
        self.bytes += read as u64;
        Ok(read)
    }

    fn damaged(&self, place: usize, found: String, expected: impl Into<String>) -> JournalError {
        JournalError::Damaged {
            file: self.name.clone(),
            block: self.block,
            offset: self.block_start + place as u64,
            found,
            expected: expected.into(),
        }
    }
}

impl<R: Read> Iterator for JournalReader<R> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(entry) => entry.map(Ok),
            Err(error) => {
                self.state = State::Failed;
                self.entries_left = 0;
                Some(Err(error))
            }
        }
    }
}
