use super::left::{LeftRecipe, LeftRun};
use super::run::Run;
use super::source::FamilyRecipe;
use crate::synth::batches::{Batches, Sink};
use crate::tape::{Batch, BatchSource, RowBatch, TapeError, TapeHeader};
use crate::units::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;

/// Where the markets of a family come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Nobody acts in them.
    Alone(FamilyRecipe),
    /// As venues have left them.
    AsLeft(LeftRecipe),
}

/// What makes the markets of a family, window by window.
#[derive(Debug)]
enum Maker {
    Alone(Run),
    AsLeft(Box<LeftRun>),
}

/// A family as it goes, and what was made of it, by member.
#[derive(Debug)]
struct Shared {
    maker: Maker,
    batches: Vec<Batches>,
    ended: bool,
}

impl Origin {
    pub(super) const fn recipe(&self) -> &FamilyRecipe {
        match self {
            Self::Alone(recipe) => recipe,
            Self::AsLeft(left) => &left.recipe,
        }
    }

    /// The family at its start; what is made of a market that is `read` is kept until then.
    fn open(&self, read: &[bool]) -> Shared {
        let recipe = self.recipe();
        recipe.assert_checked();
        let batches = read.iter().map(|read| {
            let mut batches = Batches::default();
            batches.widen();
            batches.keep_for(read.then_some(0));
            batches
        });
        let mut batches: Vec<Batches> = batches.collect();
        let maker = match self {
            Self::Alone(recipe) => Maker::Alone(Run::open(recipe, &mut batches)),
            Self::AsLeft(left) => Maker::AsLeft(Box::new(LeftRun::open(left))),
        };
        Shared { maker, batches, ended: false }
    }
}

impl Shared {
    fn advance(&mut self) {
        let goes_on = match &mut self.maker {
            Maker::Alone(run) => run.advance(&mut self.batches),
            Maker::AsLeft(run) => run.advance(&mut self.batches),
        };
        self.ended = !goes_on;
        if self.ended {
            self.batches.iter_mut().for_each(Batches::seal);
        }
    }

    /// Venue time of a market's last message.
    fn last_at(&self, place: usize) -> Timestamp {
        Timestamp::from_nanos(match &self.maker {
            Maker::Alone(run) => run.members[place].broadcast.last_at,
            Maker::AsLeft(run) => run.last_at(place),
        })
    }
}

/// A market of a family, made as it is read: what is made of the others on the way is kept until they are read.
///
/// Its header says `rows: 0` and the planned end until the end has been reached. Batches that are older than the last few are made again
/// from the start, the whole family with them.
#[derive(Debug)]
pub struct FamilyMarket {
    origin: Origin,
    place: usize,
    header: TapeHeader,
    shared: Rc<RefCell<Shared>>,
}

impl FamilyMarket {
    /// All members, in order, which go on together.
    pub(super) fn all(origin: &Origin) -> Vec<Self> {
        let count = origin.recipe().model.members.len();
        let shared = Rc::new(RefCell::new(origin.open(&vec![true; count])));
        let market = |place: usize| Self {
            origin: origin.clone(),
            place,
            header: origin.recipe().header(place),
            shared: Rc::clone(&shared),
        };
        (0..count).map(market).collect()
    }

    fn rows(&mut self, index: usize) -> Option<RowBatch> {
        if index < self.shared.borrow().batches[self.place].first() {
            let count = self.origin.recipe().model.members.len();
            let alone: Vec<bool> = (0..count).map(|place| place == self.place).collect();
            // What is left behind goes on for the others alone.
            self.shared.borrow_mut().batches[self.place].keep_for(None);
            self.shared = Rc::new(RefCell::new(self.origin.open(&alone)));
        }
        let mut shared = self.shared.borrow_mut();
        shared.batches[self.place].keep_for(Some(index));
        while shared.batches[self.place].next() <= index && !shared.ended {
            shared.advance();
        }
        if shared.ended {
            self.header.rows = shared.batches[self.place].rows;
            self.header.last_at = shared.last_at(self.place);
        }
        shared.batches[self.place].get(index).cloned()
    }
}

impl Drop for FamilyMarket {
    /// Nobody reads it any more: nothing of it has to be kept.
    fn drop(&mut self) {
        self.shared.borrow_mut().batches[self.place].keep_for(None);
    }
}

impl BatchSource for FamilyMarket {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        Ok(self.rows(index).map(Batch::Rows))
    }
}
