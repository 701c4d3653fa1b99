use super::states::{State, hour_of};
use crate::rng::{Rng, Streams};
use crate::tape::TapeError;
use crate::units::{DAY, MINUTE, Span};

/// Highest price that a remix reaches, in ticks: sums of two of them are numbers still.
const HIGHEST: i64 = 1 << 58;
/// Longest remix: ten years.
const DURATION_MAX: Span = Span::from_nanos(3_660 * DAY.nanos());
/// Shortest block.
const BLOCK_MIN: Span = MINUTE;
/// Blocks that go nowhere before it is given up.
const TRIES: usize = 64;

/// Which remix of a tape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemixRecipe {
    /// How long it is.
    pub duration: Span,
    /// Mean length of a block. As long as the tape or longer: the tape as it is, from its beginning, again and again.
    pub block: Span,
    /// Seed of the draws.
    pub seed: u64,
    /// Whether a block may begin at any hour of the day, and not only near the hour that it is.
    pub any_hour: bool,
}

/// Why there is no remix.
#[derive(Debug, thiserror::Error)]
pub enum RemixError {
    /// The tape cannot be read, or the new one not written.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Only a book can be joined to a book.
    #[error("not a tape of level changes; expected one: bars and trades have no book to join")]
    Kind,
    /// No moment at which a block may begin.
    #[error("no moment with a bid below an ask; expected a tape with a book")]
    NoBook,
    /// A figure of the recipe.
    #[error("{key} is {found}; expected {expected}")]
    Recipe {
        /// Which.
        key: &'static str,
        /// Its value.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// Wherever a block would begin, it would end below the first tick.
    #[error("prices would leave the grid: no block goes on from a mid of {mid_ticks} ticks")]
    OffGrid {
        /// The mid reached.
        mid_ticks: i64,
    },
}

/// A stretch of the tape and where it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Rows of the tape.
    pub from: u64,
    pub to: u64,
    /// Venue time of the last row before the stretch, as it was.
    pub at: i64,
    /// Added to stamps, and to prices in ticks.
    pub later: i64,
    pub higher: i64,
}

/// How blocks were joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Joins {
    /// Blocks.
    pub blocks: u64,
    /// Joins at which no state had the same spread, lean and hour: only the spread, or less.
    pub loose: u64,
}

impl RemixRecipe {
    /// Whether it can be.
    ///
    /// # Errors
    /// [`RemixError::Recipe`].
    pub fn check(&self) -> Result<(), RemixError> {
        let refuse = |key, found: Span, expected: &str| {
            Err(RemixError::Recipe { key, found: found.to_string(), expected: expected.to_owned() })
        };
        if self.duration < MINUTE || DURATION_MAX < self.duration {
            return refuse("days", self.duration, "a minute to 3660 days");
        }
        if self.block < BLOCK_MIN {
            return refuse("block", self.block, "a minute at least");
        }
        Ok(())
    }
}

/// States in an order in which like ones stand together.
pub(super) struct Planner<'a> {
    recipe: &'a RemixRecipe,
    states: &'a [State],
    /// Places of states by spread, bin and hour.
    order: Vec<u32>,
    rng: Rng,
    pub joins: Joins,
    /// First and last rows of the tape, and its first time.
    rows: u64,
    first_at: i64,
    last_at: i64,
}

/// Spread, bin and hour: what must be alike.
type Likeness = (i64, u8, i64);

fn likeness(state: &State) -> Likeness {
    (state.spread, state.bin, state.hour())
}

impl<'a> Planner<'a> {
    pub fn new(recipe: &'a RemixRecipe, states: &'a [State], rows: u64, ends: (i64, i64)) -> Self {
        let mut order: Vec<u32> = (0..states.len() as u32).collect();
        order.sort_by_key(|place| likeness(&states[*place as usize]));
        let rng = Streams::new(recipe.seed).stream("synth/remix/blocks");
        let (first_at, last_at) = ends;
        Self { recipe, states, order, rng, joins: Joins::default(), rows, first_at, last_at }
    }

    /// All blocks, one after the other. The first begins with the tape where blocks are as long as it.
    pub fn blocks(&mut self) -> Result<Vec<Block>, RemixError> {
        let end = self.first_at.saturating_add(self.recipe.duration.nanos());
        let mut blocks: Vec<Block> = Vec::new();
        let mut begin = if self.is_whole() {
            Beginning { state: None, later: 0, higher: 0, until: i64::MAX }
        } else {
            let place = self.near(hour_of(self.first_at));
            let later = self.first_at - self.states[place].at;
            Beginning { state: Some(place), later, higher: 0, until: self.until(place) }
        };
        loop {
            let (block, last) = self.stretch(&begin, end);
            self.joins.blocks += 1;
            blocks.push(block);
            // Nothing begins in the last nanosecond.
            let goes_on = |last: &usize| self.states[*last].at.saturating_add(block.later) + 1 < end;
            let Some(last) = last.filter(goes_on) else { return Ok(blocks) };
            begin = self.join(last, &block)?;
        }
    }

    /// Blocks as long as the tape: it is played as it is.
    fn is_whole(&self) -> bool {
        self.last_at - self.first_at <= self.recipe.block.nanos()
    }

    /// When a block ends that begins in a state.
    fn until(&mut self, place: usize) -> i64 {
        if self.is_whole() {
            return i64::MAX;
        }
        let length = self.rng.exponential(self.recipe.block.nanos().unsigned_abs());
        self.states[place].at.saturating_add(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// A state near an hour, where there is one.
    fn near(&mut self, hour: i64) -> usize {
        let count = self.states.len() as u64;
        for _ in 0..TRIES {
            let place = self.rng.below(count) as usize;
            if self.recipe.any_hour || is_near(self.states[place].hour(), hour) {
                return place;
            }
        }
        self.rng.below(count) as usize
    }

    /// The block that begins there: its rows, and the state at which it ends; none where it is the end of the remix.
    fn stretch(&self, begin: &Beginning, end: i64) -> (Block, Option<usize>) {
        let (from, at) =
            begin.state.map_or((0, self.first_at), |place| (self.states[place].row, self.states[place].at));
        let block = |to: u64| Block { from, to, at, later: begin.later, higher: begin.higher };
        let over = end.saturating_sub(begin.later);
        // The remix ends first: with the rows up to that moment, which the writer finds.
        if over <= begin.until && over <= self.last_at.saturating_add(1) {
            return (block(self.rows), None);
        }
        let last = self.last_of(begin);
        (block(self.states[last].row), Some(last))
    }

    /// The first state after a block's time, or the last of the tape.
    fn last_of(&self, begin: &Beginning) -> usize {
        let after = begin.state.map_or(0, |place| place + 1).min(self.states.len() - 1);
        let within = self.states[after..].partition_point(|state| state.at < begin.until);
        (after + within).min(self.states.len() - 1)
    }

    /// Where the next block begins after one that ended in `last`.
    fn join(&mut self, last: usize, block: &Block) -> Result<Beginning, RemixError> {
        let state = self.states[last];
        let now = state.at + block.later;
        for tries in 0..TRIES {
            let Some((place, is_loose)) = self.alike(&state, hour_of(now), last, tries) else { continue };
            let next = self.states[place];
            // Half ticks are cut off towards the lower price; with equal spreads there are none.
            let higher = (state.mid_x2 + 2 * block.higher - next.mid_x2).div_euclid(2);
            let begin = Beginning { state: Some(place), later: now - next.at, higher, until: self.until(place) };
            if self.stays_on_grid(place, &begin) {
                self.joins.loose += u64::from(is_loose);
                return Ok(begin);
            }
        }
        Err(RemixError::OffGrid { mid_ticks: state.mid_x2.div_euclid(2) + block.higher })
    }

    /// A state like this one, and whether it is so only in part. Later tries ask for less.
    fn alike(&mut self, state: &State, hour: i64, last: usize, tries: usize) -> Option<(usize, bool)> {
        if self.is_whole() {
            return Some((0, false));
        }
        let least = TRIES / 4;
        if tries < least && !self.recipe.any_hour {
            let near = [hour, (hour + 1) % 24, (hour + 23) % 24];
            let near = near[self.rng.below(3) as usize];
            return self.among((state.spread, state.bin, near), (state.spread, state.bin, near), last, false);
        }
        if tries < 2 * least {
            let is_loose = !self.recipe.any_hour;
            return self.among((state.spread, state.bin, 0), (state.spread, state.bin, 23), last, is_loose);
        }
        if tries < 3 * least {
            return self.among((state.spread, 0, 0), (state.spread, u8::MAX, 23), last, true);
        }
        Some((self.rng.below(self.states.len() as u64) as usize, true))
    }

    /// One of the states between two likenesses, at which a block can begin; not the last of the tape.
    fn among(&mut self, low: Likeness, high: Likeness, last: usize, is_loose: bool) -> Option<(usize, bool)> {
        let of = |place: &u32| likeness(&self.states[*place as usize]);
        let from = self.order.partition_point(|place| of(place) < low);
        let to = self.order.partition_point(|place| of(place) <= high);
        let count = (to - from) as u64;
        if count == 0 {
            return None;
        }
        let place = self.order[from + self.rng.below(count) as usize] as usize;
        (place != last && place + 1 < self.states.len()).then_some((place, is_loose))
    }

    /// Whether the prices of a block, shifted, are prices.
    fn stays_on_grid(&self, place: usize, begin: &Beginning) -> bool {
        let first = &self.states[place];
        let ends = (first.mid_x2 - first.spread, first.mid_x2 + first.spread);
        let ahead = &self.states[place + 1..=self.last_of(begin).max(place + 1).min(self.states.len() - 1)];
        let (low, high) = ahead
            .iter()
            .fold((ends.0 / 2, ends.1 / 2), |(low, high), state| (low.min(state.low), high.max(state.high)));
        1 <= low + begin.higher && high + begin.higher < HIGHEST
    }
}

/// Where a block begins, and until when on the tape's clock it goes; the beginning of the tape has no state.
struct Beginning {
    state: Option<usize>,
    later: i64,
    higher: i64,
    until: i64,
}

/// Within an hour, around midnight too.
fn is_near(a: i64, b: i64) -> bool {
    matches!((a - b).rem_euclid(24), 0 | 1 | 23)
}
