use super::book::{Held, levels};
use super::plan::{Block, Joins, Planner, RemixError, RemixRecipe};
use super::states::{Found, rows_of};
use crate::book::Ladder;
use crate::model::{RowKind, Side, row};
use crate::tape::{
    BATCH_ROWS, FitnessFinding, Provenance, RowBatch, Severity, TapeHeader, TapeKind, TapeReader, TapeRow, TapeSpec,
    TapeWriter,
};
use crate::units::{Price, Quantity, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// Raised with every change of what a seed gives.
pub(super) const VERSION: u32 = 1;

/// A remix that was written.
#[derive(Debug, Clone)]
pub struct Remixed {
    /// What the new tape says about itself.
    pub header: TapeHeader,
    /// How its blocks were joined.
    pub joins: Joins,
}

/// Writes a remix of a tape. `passed` is told the time that was reached, now and then.
///
/// # Errors
/// [`RemixError`] when the recipe is none, the tape has no book, or a file cannot be read or written. Nothing is left behind then.
pub fn remix(
    reader: &TapeReader,
    recipe: &RemixRecipe,
    out: &Path,
    passed: &mut dyn FnMut(Timestamp),
) -> Result<Remixed, RemixError> {
    recipe.check()?;
    let header = reader.header();
    if header.kind != TapeKind::L2 {
        return Err(RemixError::Kind);
    }
    let found = Found::of(reader)?;
    if found.states.len() < 2 {
        return Err(RemixError::NoBook);
    }
    let ends = (header.first_at.nanos(), header.last_at.nanos());
    let mut planner = Planner::new(recipe, &found.states, header.rows, ends);
    let blocks = planner.blocks()?;
    let joins = planner.joins;
    let spec = TapeSpec {
        kind: TapeKind::L2,
        instrument: header.instrument.clone(),
        period: None,
        format: "remix".to_owned(),
        importer_version: VERSION,
    };
    let end = header.first_at.plus(recipe.duration).nanos();
    let mut mixer = Mixer::new(TapeWriter::create(out, spec)?, (ends.0, end));
    for block in &blocks {
        mixer.block(&Source { reader, found: &found }, block)?;
        passed(Timestamp::from_nanos(mixer.venue_at));
    }
    let header = mixer.sink.finish(provenance(header, recipe, joins))?;
    Ok(Remixed { header, joins })
}

/// Where the rows come from: the tape's own sources, findings and clock, and a note that names the tape.
fn provenance(header: &TapeHeader, recipe: &RemixRecipe, joins: Joins) -> Provenance {
    Provenance {
        sources: header.sources.clone(),
        clock: header.clock.clone(),
        findings: header.findings.iter().cloned().chain([note(header, recipe, joins)]).collect(),
    }
}

/// What names the tape and how it was mixed.
pub(super) fn note(header: &TapeHeader, recipe: &RemixRecipe, joins: Joins) -> FitnessFinding {
    let hours = if recipe.any_hour { "at any hour" } else { "near the hour" };
    FitnessFinding {
        code: "remixed".to_owned(),
        severity: Severity::Note,
        count: joins.blocks,
        first: String::new(),
        detail: format!(
            "blocks of {} on average, drawn {hours} by seed {} from the tape with content {}; {} joined where only the spread or less was equal",
            recipe.block, recipe.seed, header.content_hash, joins.loose
        ),
        forbids: String::new(),
    }
}

/// The tape that blocks are drawn from.
pub(super) struct Source<'a> {
    pub reader: &'a TapeReader,
    pub found: &'a Found,
}

/// Takes the rows of a remix.
pub(super) trait Sink {
    fn put(&mut self, row: TapeRow) -> Result<(), RemixError>;
}

impl Sink for TapeWriter {
    fn put(&mut self, row: TapeRow) -> Result<(), RemixError> {
        Ok(self.push(row)?)
    }
}

pub(super) struct Mixer<S> {
    pub sink: S,
    /// The book of the new tape.
    book: Ladder,
    end: i64,
    /// Stamps of the last row written.
    venue_at: i64,
    local_at: i64,
    /// The row before ended its message.
    between: bool,
}

impl<S: Sink> Mixer<S> {
    /// A remix from its first instant to before its end.
    pub fn new(sink: S, (start, end): (i64, i64)) -> Self {
        Self { sink, book: Ladder::new(), end, venue_at: start, local_at: i64::MIN, between: true }
    }

    fn block(&mut self, source: &Source<'_>, block: &Block) -> Result<(), RemixError> {
        let mut number = self.begin(source, block)?;
        while self.part(source, block, number)? {
            number += 1;
        }
        Ok(())
    }

    /// The book becomes the one with which the block begins. Returns the first batch of the tape that it has rows of.
    pub fn begin(&mut self, source: &Source<'_>, block: &Block) -> Result<u64, RemixError> {
        if 0 < block.from {
            self.turn(source, block)?;
        }
        self.between = true;
        Ok(block.from / BATCH_ROWS as u64)
    }

    /// The block's rows of one batch of the tape. False when the block has no more.
    pub fn part(&mut self, source: &Source<'_>, block: &Block, number: u64) -> Result<bool, RemixError> {
        let start = number * BATCH_ROWS as u64;
        if block.to <= start {
            return Ok(false);
        }
        let Some(batch) = rows_of(source.reader, number as usize)? else { return Ok(false) };
        let (from, to) = (block.from.saturating_sub(start), (block.to - start).min(batch.len() as u64));
        for index in from as usize..to as usize {
            if self.between && self.end <= batch.venue_at[index].saturating_add(block.later) {
                return Ok(false);
            }
            self.row(block, &batch, index)?;
            self.between = batch.flags[index] & row::LAST != 0;
        }
        Ok(true)
    }

    /// One row of the tape at its new place. A message whose levels are all off the grid is left out.
    fn row(&mut self, block: &Block, batch: &RowBatch, index: usize) -> Result<(), RemixError> {
        let flags = batch.flags[index];
        let shift = if flags & row::KIND == row::CLEAR { 0 } else { block.higher };
        let price = batch.price.get(index) + shift;
        let (venue_at, local_at) = (batch.venue_at[index] + block.later, batch.local_at[index] + block.later);
        self.stamp(venue_at, local_at);
        if flags & row::KIND == row::DEPTH && price < 1 {
            // No such price. What ends a message must be there all the same: a level that is empty stays so.
            return if flags & row::LAST == 0 { Ok(()) } else { self.push(flags, Price::new(1), Quantity::ZERO) };
        }
        self.push(flags, Price::new(price), Quantity::new(batch.quantity.get(index)))
    }

    fn stamp(&mut self, venue_at: i64, local_at: i64) {
        self.venue_at = self.venue_at.max(venue_at);
        self.local_at = self.local_at.max(local_at).max(self.venue_at);
    }

    fn push(&mut self, flags: u32, price: Price, quantity: Quantity) -> Result<(), RemixError> {
        let side = row::side(flags);
        match flags & row::KIND {
            row::DEPTH => drop(self.book.set(side, price, quantity)),
            row::CLEAR => self.book.clear(side),
            _ => {}
        }
        let [venue_at, local_at] = [self.venue_at, self.local_at].map(Timestamp::from_nanos);
        self.sink.put(TapeRow { venue_at, local_at, price, quantity, flags })
    }

    /// One message that turns the book into that with which the block begins: what is gone first, so that nothing crosses.
    fn turn(&mut self, source: &Source<'_>, block: &Block) -> Result<(), RemixError> {
        let held = source.found.books.at(source.reader, block.from)?;
        let wanted: BTreeMap<(Side, i64), Quantity> = held
            .into_iter()
            .map(|(side, price, quantity): Held| ((side, price + block.higher), quantity))
            .filter(|((_, price), _)| 1 <= *price)
            .collect();
        let opens = self.local_at == i64::MIN;
        let now = levels(&self.book);
        let gone = now.iter().filter(|(side, price, _)| !wanted.contains_key(&(*side, *price)));
        let mut changes: Vec<Held> = gone.map(|(side, price, _)| (*side, *price, Quantity::ZERO)).collect();
        let differs = |((side, price), quantity): (&(Side, i64), &Quantity)| {
            (self.book.quantity(*side, Price::new(*price)) != *quantity).then_some((*side, *price, *quantity))
        };
        changes.extend(wanted.iter().filter_map(differs));
        self.stamp(block.at + block.later, latency(source.reader, block)? + block.at + block.later);
        let last = changes.len().saturating_sub(1);
        for (place, (side, price, quantity)) in changes.into_iter().enumerate() {
            let flags = row::pack(RowKind::Depth, side);
            let flags = flags | if opens { row::SNAPSHOT } else { 0 } | if place == last { row::LAST } else { 0 };
            self.push(flags, Price::new(price), quantity)?;
        }
        Ok(())
    }
}

/// How long the row before the block had been under way.
fn latency(reader: &TapeReader, block: &Block) -> Result<i64, RemixError> {
    let before = block.from - 1;
    let batch = rows_of(reader, (before / BATCH_ROWS as u64) as usize)?;
    let index = (before % BATCH_ROWS as u64) as usize;
    Ok(batch.map_or(0, |batch| batch.local_at[index] - batch.venue_at[index]))
}
