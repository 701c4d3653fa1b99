use super::batches::{Batches, Sink, Written};
use crate::model::Instrument;
use crate::tape::{BATCH_ROWS, Batch, BatchSource, RowBatch, TapeError, TapeHeader, TapeKind, TapeSpec, TapeWriter};
use crate::units::{Span, Timestamp};

/// Everything that a generated market depends on.
pub trait Recipe: std::fmt::Debug {
    /// The market as it goes.
    type Market: Market;

    /// The market at its start, with its first message written.
    fn open(&self, sink: &mut dyn Sink) -> Self::Market;
    /// Name of the format in the header.
    fn format(&self) -> &'static str;
    /// Raised with every change of what a seed gives.
    fn version(&self) -> u32;
    /// What is traded.
    fn instrument(&self) -> Instrument;
    /// First instant, and how long it lasts.
    fn span(&self) -> (Timestamp, Span);
    /// All settings and the seed, in words that name no other market.
    fn words(&self) -> String;
}

/// A market that goes on message by message.
pub trait Market: std::fmt::Debug {
    /// Writes the next message or messages. False at the end.
    fn step(&mut self, sink: &mut dyn Sink) -> bool;
    /// Venue time of the last message, nanoseconds since 1970.
    fn last_at(&self) -> i64;
}

/// A market of one instrument, made as it is read. The last four batches are kept; an older one is made again from the start.
///
/// Its header says `rows: 0` and the planned end until the end has been reached: the number of rows is not known before. The
/// content hash names settings, seed and version of the generator.
#[derive(Debug)]
pub struct Generated<R: Recipe> {
    recipe: R,
    header: TapeHeader,
    market: R::Market,
    batches: Batches,
    ended: bool,
}

impl<R: Recipe> Generated<R> {
    /// The market of a recipe.
    pub(in crate::synth) fn of(recipe: R) -> Self {
        let mut batches = Batches::default();
        let market = recipe.open(&mut batches);
        Self { header: header(&recipe), recipe, market, batches, ended: false }
    }

    /// What a tape of this market begins with; see [`Self::write_to`].
    #[must_use]
    pub fn tape_spec(&self) -> TapeSpec {
        TapeSpec {
            kind: TapeKind::L2,
            instrument: self.header.instrument.clone(),
            period: None,
            format: self.recipe.format().to_owned(),
            importer_version: self.recipe.version(),
        }
    }

    /// Writes the whole market to a tape. `passed` is told the venue time that was reached, a batch at a time.
    ///
    /// # Errors
    /// [`TapeError`] of the writer.
    pub fn write_to(&mut self, writer: &mut TapeWriter, passed: &mut dyn FnMut(Timestamp)) -> Result<(), TapeError> {
        let mut written = Written::new(writer);
        let mut market = self.recipe.open(&mut written);
        let mut told = 0;
        while written.failed.is_ok() && market.step(&mut written) {
            if written.rows >= told + BATCH_ROWS as u64 {
                told = written.rows;
                passed(Timestamp::from_nanos(market.last_at()));
            }
        }
        self.header.rows = written.rows;
        self.header.last_at = Timestamp::from_nanos(market.last_at());
        written.failed
    }

    fn rows(&mut self, index: usize) -> Option<&RowBatch> {
        if index < self.batches.first() {
            self.batches = Batches::default();
            self.market = self.recipe.open(&mut self.batches);
            self.ended = false;
        }
        while self.batches.next() <= index && !self.ended {
            self.ended = !self.market.step(&mut self.batches);
            if self.ended {
                self.batches.seal();
                self.header.rows = self.batches.rows;
                self.header.last_at = Timestamp::from_nanos(self.market.last_at());
            }
        }
        self.batches.get(index)
    }
}

impl<R: Recipe> BatchSource for Generated<R> {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.rows(index).cloned().map(Batch::Rows))
    }
}

fn header<R: Recipe>(recipe: &R) -> TapeHeader {
    let (start, duration) = recipe.span();
    TapeHeader {
        kind: TapeKind::L2,
        instrument: recipe.instrument(),
        period: None,
        rows: 0,
        first_at: start,
        last_at: start.plus(duration),
        reordered: false,
        starts_with_snapshot: true,
        format: recipe.format().to_owned(),
        importer_version: recipe.version(),
        sources: Vec::new(),
        clock: None,
        findings: Vec::new(),
        content_hash: blake3::hash(recipe.words().as_bytes()).to_hex().to_string(),
    }
}
