//! A market as a supervised feed tells it: the venue's end of the feed, what goes wrong on the way, and the bot's [`Supervisor`].
//!
//! The venue's own matching never hears of any of it. Nothing here depends on what the bot does, so that the whole of it can be had
//! again from the same market, seed and plan: the engine reads it, and so does whoever asks later what the bot can have heard.

mod line;
mod out;
mod venue_end;
mod way;

use crate::bot::feed::FeedPolicy;
use crate::fault::Stall;
use crate::fault::wire::{FaultPlan, Firings};
use crate::model::WireEvent;
use crate::tape::{Batch, BatchSource, RowBatch, TapeError, TapeHeader};
use crate::units::Timestamp;
use line::Line;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A bot's feed of a market, in place of one that never loses a message.
#[derive(Debug, Clone)]
pub struct FeedSetup {
    /// How it is supervised.
    pub policy: FeedPolicy,
    /// What goes wrong.
    pub plan: FaultPlan,
    /// Stretches in which nothing arrives.
    pub stalls: Vec<Stall>,
    /// Seed of its random streams.
    pub seed: u64,
    /// Its name among the run's feeds.
    pub name: String,
    /// Where every fault that fires is noted, for whoever wants to have it again.
    pub firings: Option<Firings>,
}

/// What happened on a feed, by rising instants, for whoever keeps the journal.
pub(super) type Notes = Rc<RefCell<VecDeque<(Timestamp, WireEvent)>>>;

/// Batches kept for those who trail the first reader.
const KEPT: usize = 6;

/// A market in the order and the state in which a supervised feed shows it to the bots: rows by rising local time.
pub struct FedMarket {
    header: TapeHeader,
    line: Line,
    /// Batches made and not forgotten, by number.
    made: VecDeque<(usize, RowBatch)>,
    count: usize,
}

impl FedMarket {
    /// The market of `source` as this feed tells it.
    #[must_use]
    pub fn new(source: Box<dyn BatchSource>, setup: &FeedSetup) -> Self {
        let header = source.header().clone();
        Self { line: Line::new(source, setup), header, made: VecDeque::new(), count: 0 }
    }

    /// From now on notes are kept for the one who takes these.
    pub(super) fn notes(&mut self) -> Notes {
        self.line.notes.get_or_insert_default().clone()
    }

    /// Makes batches up to and with number `index`.
    fn make(&mut self, index: usize) -> Result<(), TapeError> {
        while self.count <= index {
            let Some(batch) = self.line.batch()? else { return Ok(()) };
            if self.made.len() == KEPT {
                self.made.pop_front();
            }
            self.made.push_back((self.count, batch));
            self.count += 1;
        }
        Ok(())
    }
}

impl BatchSource for FedMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        // One more than is asked for: what is noted is known before the bots get there.
        self.make(index + 1)?;
        let first = self.made.front().map_or(0, |(first, _)| *first);
        assert!(first <= index, "batch {index} of a feed was asked for, and those before {first} are forgotten");
        Ok(self.made.iter().find(|(number, _)| *number == index).map(|(_, batch)| Batch::Rows(batch.clone())))
    }
}
