use super::checks::MEMBERS_MAX;
use super::coupling::Coupling;
use super::source::FamilyRecipe;
use crate::synth::flow::live::{LiveMarket, LiveRows, LiveStep};
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// A family whose markets go on as they are asked to, with a venue's orders in the books of those that are traded: with nothing done by the
/// venues their rows are those of [`FamilyMarket`](super::FamilyMarket).
#[derive(Debug)]
pub struct LiveFamily {
    markets: Vec<Rc<RefCell<LiveMarket>>>,
    /// By member, its place among those that are traded.
    traded: Vec<Option<usize>>,
    coupling: Coupling,
    /// When everybody hears next: the end of the first window in which anything has happened since the last time.
    hear_at: i64,
    /// What is made of a market that is not traded.
    unread: LiveRows,
}

/// Which market goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveTurn {
    /// The one at this place among those that are traded, up to and at this instant.
    Market(usize, Timestamp),
    /// Nothing more happens up to and at the limit.
    Limit,
    /// All have ended.
    End,
}

/// Where something happens first.
#[derive(Debug, Clone, Copy)]
struct First {
    member: usize,
    /// When, and from when on others hear of it.
    due: i64,
    heard: i64,
    /// Up to when nothing happens in another member.
    until: i64,
}

impl LiveFamily {
    /// The family of a recipe; `traded` are the members that somebody trades, in their order there. All end after `length`, where it says.
    ///
    /// # Panics
    /// When the recipe breaks a rule of families.
    #[must_use]
    pub fn new(recipe: &FamilyRecipe, traded: &[usize], length: Option<Span>) -> Self {
        recipe.assert_checked();
        let market = |(place, ties)| {
            let market = LiveMarket::tied(&recipe.market(place), ties, recipe.header(place));
            Rc::new(RefCell::new(match length {
                Some(length) => market.cut(length),
                None => market,
            }))
        };
        let ties = recipe.ties();
        Self {
            markets: ties.iter().enumerate().map(market).collect(),
            traded: (0..ties.len()).map(|member| traded.iter().position(|place| *place == member)).collect(),
            coupling: Coupling::new(recipe),
            hear_at: i64::MAX,
            unread: LiveRows::default(),
        }
    }

    /// The markets that are traded, in that order.
    #[must_use]
    pub fn traded(&self) -> Vec<Rc<RefCell<LiveMarket>>> {
        let mut places: Vec<(usize, usize)> =
            self.traded.iter().enumerate().filter_map(|(member, place)| Some(((*place)?, member))).collect();
        places.sort_unstable();
        places.into_iter().map(|(_, member)| Rc::clone(&self.markets[member])).collect()
    }

    /// Which market goes on next, unless that is after `limit`. Where all of a window has happened everybody hears of it.
    pub fn next(&mut self, limit: Timestamp) -> LiveTurn {
        loop {
            let Some(First { member, due, heard, until }) = self.first() else { return LiveTurn::End };
            // All that venues do at one instant is heard of at once, after it.
            let acted = self.markets.iter().filter_map(|market| market.borrow_mut().take_acted()).min();
            let window = self.coupling.window_end(acted.map_or(heard, |acted| heard.min(acted + 1)));
            self.hear_at = self.hear_at.min(window);
            if due.min(self.hear_at) > limit.nanos() {
                return LiveTurn::Limit;
            }
            if due > self.hear_at {
                self.exchange();
                continue;
            }
            let until = Timestamp::from_nanos(until.min(self.hear_at));
            match self.traded[member] {
                Some(place) => return LiveTurn::Market(place, until),
                None => self.run_unread(member, until.min(limit)),
            }
        }
    }

    /// The member in which something happens first. `None` when all have ended.
    fn first(&mut self) -> Option<First> {
        let mut first: Option<First> = None;
        for (member, market) in self.markets.iter().enumerate() {
            let Some((due, heard)) = market.borrow_mut().due() else { continue };
            first = Some(match first {
                // At one time the member before comes first, with all that it has at that time.
                Some(before) if before.due <= due => First { until: before.until.min(due), ..before },
                Some(before) => First { member, due, heard, until: before.due - 1 },
                None => First { member, due, heard, until: i64::MAX },
            });
        }
        first
    }

    fn run_unread(&mut self, member: usize, until: Timestamp) {
        let mut market = self.markets[member].borrow_mut();
        while market.step(until, &mut self.unread) == LiveStep::Message {
            self.unread.clear();
        }
    }

    /// Everybody hears what was learned since the last time.
    fn exchange(&mut self) {
        let mut learned = [(1.0, 1.0); MEMBERS_MAX];
        for (learned, market) in learned.iter_mut().zip(&self.markets) {
            *learned = market.borrow_mut().take_learned();
        }
        for (place, market) in self.markets.iter().enumerate() {
            let mut market = market.borrow_mut();
            if !market.has_ended() {
                market.hear(self.hear_at, self.coupling.factor(place, self.hear_at, &learned));
            }
        }
        self.hear_at = i64::MAX;
    }
}
