use super::live::{LiveFamily, LiveTurn};
use super::shared::{FamilyMarket, Origin};
use super::source::FamilyRecipe;
use crate::synth::batches::{Batches, Row};
use crate::synth::flow::live::{LiveMarket, LiveRows, LiveStep, OwnActions};
use crate::units::{Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// A family as venues have left it: the recipe, and what was done in each market that was traded. The rows are those of the
/// [`LiveFamily`] that it is of.
#[derive(Debug, Clone)]
pub struct LeftRecipe {
    /// Which family.
    pub recipe: FamilyRecipe,
    /// The members that were traded.
    pub traded: Vec<usize>,
    /// What was done in each of them.
    pub actions: Vec<OwnActions>,
    /// How many rows the run asked of each of them: what was done later was done to markets that stood still.
    pub rows: Vec<u64>,
    /// The run asked for no more than this long.
    pub length: Option<Span>,
}

impl LeftRecipe {
    /// The markets that were traded, in that order.
    #[must_use]
    pub fn markets(&self) -> Vec<FamilyMarket> {
        let mut all: Vec<Option<FamilyMarket>> =
            FamilyMarket::all(&Origin::AsLeft(self.clone())).into_iter().map(Some).collect();
        self.traded.iter().filter_map(|place| all[*place].take()).collect()
    }
}

/// A family in which is done again what was done.
#[derive(Debug)]
pub(super) struct LeftRun {
    family: LiveFamily,
    markets: Vec<Again>,
    rows: LiveRows,
    message: Vec<Row>,
}

/// A market that was traded.
#[derive(Debug)]
struct Again {
    market: Rc<RefCell<LiveMarket>>,
    /// Its place in the family.
    member: usize,
    actions: OwnActions,
    next: usize,
    /// Rows that are still to come.
    left: u64,
}

impl LeftRun {
    pub(super) fn open(left: &LeftRecipe) -> Self {
        let family = LiveFamily::new(&left.recipe, &left.traded, left.length);
        let again = |(place, market): (usize, Rc<RefCell<LiveMarket>>)| Again {
            market,
            member: left.traded[place],
            actions: left.actions[place].clone(),
            next: 0,
            left: left.rows[place],
        };
        let markets = family.traded().into_iter().enumerate().map(again).collect();
        Self { family, markets, rows: LiveRows::default(), message: Vec::new() }
    }

    /// The next message of any market, or the next thing that was done. False at the end.
    pub(super) fn advance(&mut self, batches: &mut [Batches]) -> bool {
        if self.markets.iter().all(|market| market.left == 0) {
            return false;
        }
        let due = self.markets.iter().enumerate().filter_map(|(place, market)| Some((market.next_at()?, place))).min();
        let limit = due.map_or(Timestamp::MAX, |(at, _)| Timestamp::from_nanos(at));
        match (self.family.next(limit), due) {
            (LiveTurn::Market(place, until), _) => self.step(place, until.min(limit), batches),
            (LiveTurn::Limit, Some((_, place))) => self.markets[place].again(),
            (LiveTurn::Limit | LiveTurn::End, _) => return false,
        }
        true
    }

    fn step(&mut self, place: usize, until: Timestamp, batches: &mut [Batches]) {
        let again = &mut self.markets[place];
        let mut market = again.market.borrow_mut();
        if market.step(until, &mut self.rows) == LiveStep::Message {
            market.take_events(&mut Vec::new());
            let most = usize::try_from(again.left).unwrap_or(usize::MAX).min(self.rows.len());
            again.left -= most as u64;
            self.rows.send(most, &mut self.message, &mut batches[again.member]);
        }
    }

    /// Venue time of the last message of the member at `place`.
    pub(super) fn last_at(&self, place: usize) -> i64 {
        let market = self.markets.iter().find(|market| market.member == place);
        market.map_or(0, |market| market.market.borrow().last_at())
    }
}

impl Again {
    fn next_at(&self) -> Option<i64> {
        self.actions.at(self.next)
    }

    fn again(&mut self) {
        self.market.borrow_mut().do_again(&self.actions, self.next);
        self.next += 1;
    }
}
