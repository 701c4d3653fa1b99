use super::block::{BLOCK, Chain, HEADER, Position};
use super::codec::{self, Encoder, KIND_NAMES, Previous, layout};
use super::sink::{FileSink, Sealed, Sink, Windows};
use super::{Digest, Entry, EntrySink, JournalError};
use crate::model::{BestPrices, ClientOrderId, ExecutionReport, Intent, Mark, MarketId, ReportKind};
use crate::units::Timestamp;
use std::convert::Infallible;
use std::path::Path;

/// How much of a run is kept. Digests, counts and the head of the chain are the same at every level, so a journal that was not
/// kept whole can be had again by replay and compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Every entry.
    #[default]
    Full,
    /// Every entry of the 64 KiB blocks in which something mattered (a refusal or rejection, a breaker, a command, an alert, a
    /// charge, an ambiguous fill, start, end) and of their neighbours; of the other blocks the hash.
    Windows,
    /// Digests and counts only: the entries can be had again by replay.
    Digest,
}

impl Detail {
    /// As it stands in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Windows => "windows",
            Self::Digest => "digest",
        }
    }
}

/// What a journal amounts to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct JournalSummary {
    /// Digest of what happened: the same at every level of detail, and free of names, paths and versions.
    pub digest: Digest,
    /// Hash of the last block; it depends on every byte of the journal.
    pub head: Digest,
    /// Entries.
    pub entries: u64,
    /// Blocks.
    pub blocks: u64,
    /// Bytes of the whole journal, kept or not.
    pub bytes: u64,
    /// Entries of blocks of which only the hash was kept; they are among `entries`, not among `kinds`. A writer leaves this
    /// at zero: it has seen them all.
    pub left_out: u64,
    /// Entries by kind, kinds that did not occur left out.
    pub kinds: Vec<KindCount>,
}

/// How many entries of one kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KindCount {
    /// Name of the kind: `order-sent`, `filled`.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
}

/// Counts of entries by kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts([u64; KIND_NAMES.len()]);

impl Counts {
    #[inline]
    pub(super) fn add(&mut self, kind: usize) {
        self.0[kind] += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Entries of the kinds that a coarse journal keeps.
    fn matter(&self) -> u64 {
        let kept = self.0.iter().enumerate().filter(|(kind, _)| codec::matters(*kind));
        kept.map(|(_, count)| count).sum()
    }

    pub(super) fn summary(&self, chain: &Chain, bytes: u64, left_out: u64) -> JournalSummary {
        let kinds = KIND_NAMES.iter().zip(self.0).filter(|(_, count)| *count > 0);
        JournalSummary {
            digest: chain.digest(),
            head: chain.head,
            entries: self.total() + left_out,
            blocks: chain.number,
            bytes,
            left_out,
            kinds: kinds.map(|(kind, count)| KindCount { kind, count }).collect(),
        }
    }
}

/// Writes a journal. The block buffer is reused: nothing is allocated between blocks.
///
/// The first error is kept, writing stops, digests and counts go on; [`finish`](Self::finish) returns the error.
#[derive(Debug)]
pub struct JournalWriter {
    /// The block, and behind it bytes that the encoder may write over.
    payload: Vec<u8>,
    used: usize,
    sealed_entries: u64,
    previous: Previous,
    chain: Chain,
    counts: Counts,
    bytes: u64,
    sink: Sink,
    /// Entries in the blocks before this one that [`Detail::Windows`] keeps.
    sealed_mattered: u64,
    error: Option<JournalError>,
}

impl JournalWriter {
    /// A journal in a file. Until [`finish`](Self::finish) the file is called `PATH.partial`; dropped, it is removed.
    ///
    /// # Errors
    /// [`JournalError::Io`] when the file cannot be created.
    pub fn file(path: &Path) -> Result<Self, JournalError> {
        FileSink::create(path).map(|file| Self::new(Sink::File(file)))
    }

    /// A journal in a file at that level of detail; at [`Detail::Digest`] there is no file.
    ///
    /// # Errors
    /// [`JournalError::Io`] when the file cannot be created.
    pub fn at_detail(path: &Path, detail: Detail) -> Result<Self, JournalError> {
        match detail {
            Detail::Full => Self::file(path),
            Detail::Windows => Ok(Self::new(Sink::Windows(Windows::new(FileSink::create(path)?)))),
            Detail::Digest => Ok(Self::digest_only()),
        }
    }

    /// A journal in memory, for [`finish_bytes`](Self::finish_bytes).
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Sink::Memory(Vec::new()))
    }

    /// Digests and counts only.
    #[must_use]
    pub fn digest_only() -> Self {
        Self::new(Sink::Nowhere)
    }

    fn new(sink: Sink) -> Self {
        Self {
            payload: vec![0; BLOCK + codec::SPARE],
            used: 0,
            sealed_entries: 0,
            previous: Previous::default(),
            chain: Chain::new(),
            counts: Counts::default(),
            bytes: 0,
            sink,
            sealed_mattered: 0,
            error: None,
        }
    }

    /// A journal that has come so far, with an empty block.
    pub(super) fn at(sink: Sink, chain: Chain, counts: Counts, bytes: u64) -> Self {
        let (sealed_entries, sealed_mattered) = (counts.total(), counts.matter());
        Self { chain, counts, bytes, sealed_entries, sealed_mattered, ..Self::new(sink) }
    }

    /// Bytes of the blocks so far, entries (those of the open block too), and the digest of the blocks.
    pub(super) fn sealed(&self) -> (u64, u64, Digest) {
        (self.bytes, self.entries(), self.chain.digest())
    }

    /// The block that is being filled.
    pub(super) fn tail(&self) -> &[u8] {
        &self.payload[..self.used]
    }

    /// What was written stays there.
    pub(super) fn keep_file(&mut self) -> Result<(), JournalError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.sink.keep()
    }

    /// Entries taken so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.counts.total()
    }

    /// Adds a record of that kind and market; `walk` writes its fields.
    #[inline(always)]
    fn add<T>(
        &mut self,
        kind: usize,
        market: MarketId,
        walk: impl FnOnce(&mut Encoder<'_>, &mut Previous) -> Result<T, Infallible>,
    ) {
        let room = loop {
            match self.payload[self.used..].first_chunk_mut() {
                Some(room) => break room,
                None => self.seal(Position::Inner),
            }
        };
        self.used += codec::encode(kind, market, room, |encoder| walk(encoder, &mut self.previous));
        self.counts.add(kind);
    }

    /// Adds a report of a fill. Apart from the other reports: it has thrice their fields.
    #[inline(never)]
    fn record_fill(&mut self, report: &ExecutionReport) {
        let kind = codec::report_kind_index(&report.kind);
        self.add(kind, report.market, |c, previous| layout::walk_report(c, previous, report));
    }

    #[cold]
    fn seal(&mut self, position: Position) {
        let payload = &self.payload[..self.used];
        let entries = self.entries();
        let (header, payload_hash) = self.chain.seal(payload, (entries - self.sealed_entries) as u32, position);
        self.bytes += (HEADER + payload.len()) as u64;
        let matter = self.counts.matter();
        if self.error.is_none() {
            let mattered = matter > self.sealed_mattered;
            self.error = self.sink.block(&Sealed { header, payload, payload_hash, mattered }).err();
        }
        self.used = 0;
        (self.sealed_entries, self.sealed_mattered) = (entries, matter);
        self.previous = Previous::default();
    }

    /// Closes the journal: the last block is written and a file gets its name.
    ///
    /// # Errors
    /// The first [`JournalError`] since the journal was begun; a file is then removed.
    pub fn finish(self) -> Result<JournalSummary, JournalError> {
        self.finish_bytes().map(|(summary, _)| summary)
    }

    /// Closes the journal; returns also the bytes of a journal in memory (of any other, none).
    ///
    /// # Errors
    /// The first [`JournalError`] since the journal was begun.
    pub fn finish_bytes(mut self) -> Result<(JournalSummary, Vec<u8>), JournalError> {
        self.seal(Position::Last);
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let summary = self.counts.summary(&self.chain, self.bytes, 0);
        self.sink.finish().map(|bytes| (summary, bytes))
    }
}

impl EntrySink for JournalWriter {
    fn record(&mut self, entry: &Entry) {
        match entry {
            Entry::OrderSent { at, intent } => self.record_order_sent(*at, intent),
            Entry::CancelSent { at, market, client_order_id } => {
                self.record_cancel_sent(*at, *market, *client_order_id);
            }
            Entry::Venue(report) => self.record_report(report),
            Entry::Mark(mark) => self.record_mark(mark),
            Entry::Quote { at, market, best } => self.record_quote(*at, *market, best),
            rare => self.add(codec::kind_index(rare), rare.market(), |c, previous| layout::walk(c, previous, rare)),
        }
    }

    #[inline]
    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        self.add(codec::ORDER_SENT, intent.market, |c, previous| layout::walk_order_sent(c, previous, at, intent));
    }

    #[inline]
    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        self.add(codec::CANCEL_SENT, market, |c, previous| layout::walk_cancel_sent(c, previous, at, client_order_id));
    }

    #[inline]
    fn record_report(&mut self, report: &ExecutionReport) {
        match &report.kind {
            ReportKind::Filled(_) => self.record_fill(report),
            kind => {
                let kind = codec::report_kind_index(kind);
                self.add(kind, report.market, |c, previous| layout::walk_report(c, previous, report));
            }
        }
    }

    fn record_mark(&mut self, mark: &Mark) {
        self.add(codec::MARK, mark.market, |c, previous| layout::walk_mark(c, previous, mark));
    }

    #[inline]
    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        self.add(codec::QUOTE, market, |c, previous| layout::walk_quote(c, previous, at, best));
    }
}
