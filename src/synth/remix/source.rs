use super::auto::auto_of;
use super::plan::{Block, Joins, Planner, RemixError, RemixRecipe};
use super::states::Found;
use super::write::{Mixer, Sink, Source, VERSION, note};
use crate::tape::{
    BATCH_ROWS, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader, TapeKind, TapeReader, TapeRow,
};
use crate::units::Span;
use std::collections::VecDeque;

/// Batches kept for readers that trail.
const KEPT: usize = 4;

/// Which remix of a tape, as far as the tape does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemixAsk {
    /// How long it is; none for as long as the tape.
    pub duration: Option<Span>,
    /// Mean length of a block; none for the one that the tape asks for.
    pub block: Option<Span>,
    /// Seed of the draws.
    pub seed: u64,
    /// Whether a block may begin at any hour of the day.
    pub any_hour: bool,
}

/// A remix of a tape that is read as it is made: the rows that [`remix`](super::remix) would write. Memory does not grow with its length,
/// but for the list of its blocks.
pub struct RemixMarket {
    reader: TapeReader,
    found: Found,
    blocks: Vec<Block>,
    header: TapeHeader,
    mixer: Mixer<Rows>,
    /// The block that is being mixed, and the next batch of the tape that it has rows of; none before it has begun.
    place: usize,
    number: Option<u64>,
    is_over: bool,
}

impl RemixMarket {
    /// The remix of `reader`'s tape.
    ///
    /// # Errors
    /// [`RemixError`] when the recipe is none, the tape has no book, or cannot be read.
    pub fn new(reader: TapeReader, ask: &RemixAsk) -> Result<Self, RemixError> {
        let source = reader.header();
        if source.kind != TapeKind::L2 {
            return Err(RemixError::Kind);
        }
        let whole = Span::from_nanos(source.last_at.since(source.first_at).nanos().saturating_add(1));
        let found = Found::of(&reader)?;
        if found.states.len() < 2 {
            return Err(RemixError::NoBook);
        }
        let auto = if ask.block.is_none() { Some(auto_of(&found)?) } else { None };
        let block = ask.block.or(auto.map(|auto| auto.block)).unwrap_or(whole);
        let recipe =
            RemixRecipe { duration: ask.duration.unwrap_or(whole), block, seed: ask.seed, any_hour: ask.any_hour };
        recipe.check()?;
        let ends = (source.first_at.nanos(), source.last_at.nanos());
        let mut planner = Planner::new(&recipe, &found.states, source.rows, ends);
        let blocks = planner.blocks()?;
        let header = header_of(source, &recipe, planner.joins, blocks.first().is_some_and(|block| block.from == 0));
        let mixer = mixer(&header);
        Ok(Self { reader, found, blocks, header, mixer, place: 0, number: None, is_over: false })
    }

    /// A part of a block that lies in one batch of the tape.
    fn step(&mut self) -> Result<(), RemixError> {
        let Some(block) = self.blocks.get(self.place) else {
            self.mixer.sink.seal();
            self.is_over = true;
            return Ok(());
        };
        let source = Source { reader: &self.reader, found: &self.found };
        let number = self.number.map_or_else(|| self.mixer.begin(&source, block), Ok)?;
        self.number = Some(number + 1);
        if !self.mixer.part(&source, block, number)? {
            (self.place, self.number) = (self.place + 1, None);
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.mixer = mixer(&self.header);
        (self.place, self.number, self.is_over) = (0, None, false);
    }
}

fn mixer(header: &TapeHeader) -> Mixer<Rows> {
    Mixer::new(Rows::default(), (header.first_at.nanos(), header.last_at.nanos()))
}

/// What the remix says about itself: its name is that of the tape's content and of the recipe.
fn header_of(source: &TapeHeader, recipe: &RemixRecipe, joins: Joins, begins_with_tape: bool) -> TapeHeader {
    let name = format!("remix {VERSION}\n{}\n{recipe:?}", source.content_hash);
    TapeHeader {
        rows: 0,
        last_at: source.first_at.plus(recipe.duration),
        content_hash: blake3::hash(name.as_bytes()).to_hex().to_string(),
        format: "remix".to_owned(),
        importer_version: VERSION,
        reordered: false,
        starts_with_snapshot: !begins_with_tape || source.starts_with_snapshot,
        findings: source.findings.iter().cloned().chain([note(source, recipe, joins)]).collect(),
        ..source.clone()
    }
}

impl BatchSource for RemixMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if index < self.mixer.sink.first {
            self.restart();
        }
        while self.mixer.sink.next() <= index && !self.is_over {
            self.step().map_err(|error| match error {
                RemixError::Tape(error) => error,
                other => panic!("a remix that was planned: {other}"),
            })?;
        }
        Ok(self.mixer.sink.get(index).map(Batch::Rows))
    }
}

/// The last few batches and the one being filled.
#[derive(Default)]
struct Rows {
    first: usize,
    kept: VecDeque<RowBatch>,
    filling: Vec<TapeRow>,
}

impl Rows {
    fn next(&self) -> usize {
        self.first + self.kept.len()
    }

    fn get(&self, index: usize) -> Option<RowBatch> {
        self.kept.get(index.checked_sub(self.first)?).cloned()
    }

    fn seal(&mut self) {
        if self.filling.is_empty() {
            return;
        }
        let rows = std::mem::replace(&mut self.filling, Vec::with_capacity(BATCH_ROWS));
        let column = |of: fn(&TapeRow) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
        self.kept.push_back(RowBatch {
            venue_at: column(|row| row.venue_at.nanos()).into(),
            local_at: column(|row| row.local_at.nanos()).into(),
            price: IntColumn::Wide(column(|row| row.price.ticks()).into()),
            quantity: IntColumn::Wide(column(|row| row.quantity.steps()).into()),
            flags: rows.iter().map(|row| row.flags).collect::<Vec<u32>>().into(),
            delivery: None,
        });
        if KEPT < self.kept.len() {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

impl Sink for Rows {
    fn put(&mut self, row: TapeRow) -> Result<(), RemixError> {
        self.filling.push(row);
        if self.filling.len() == BATCH_ROWS {
            self.seal();
        }
        Ok(())
    }
}
