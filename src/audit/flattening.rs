use super::orders::Known;
use crate::model::{Intent, OrderType};
use crate::units::{SECOND, Span, Timestamp};

/// Reason that the orders of a flattening carry.
const REASON: u32 = u32::MAX;
/// Orders in a row that may change nothing until the bot may give up.
const TRIES: u32 = 20;
/// How long it may wait after an order that changed nothing.
const PATIENCE: Span = SECOND;

/// A market that somebody has said is to be brought to nothing: until it is, or twenty orders were in vain, the strategy is silent and
/// the bot sends one order after the other. One that a tripped gate wants goes on for as long as that is tripped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flattening {
    begun_at: Timestamp,
    /// The last order, or the last thing heard of the market.
    since: Timestamp,
    /// Orders in a row at one position.
    tries: u32,
    position: i128,
    /// A gate that has tripped wants it: orders in vain do not end it until that opens.
    for_good: bool,
}

impl Flattening {
    pub const fn told(at: Timestamp) -> Self {
        Self { begun_at: at, since: at, tries: 0, position: 0, for_good: false }
    }

    /// A gate wants it from now on, or does not any more.
    pub const fn wanted(self, for_good: bool) -> Self {
        Self { for_good, ..self }
    }

    /// The gate that wanted it opens. One that opens at the very mark that would have begun it wants nothing closed there.
    pub fn unwanted(self, at: Timestamp) -> Option<Self> {
        let never_began = self.for_good && self.begun_at == at && self.tries == 0;
        (!never_began).then_some(self.wanted(false))
    }

    const fn is_given_up(&self) -> bool {
        TRIES <= self.tries && !self.for_good
    }

    pub fn heard(&mut self, at: Timestamp) {
        self.since = self.since.max(at);
    }

    /// An order of it was sent, or refused.
    pub const fn tried(&mut self, at: Timestamp, position: i128) {
        self.tries = if position == self.position { self.tries + 1 } else { 1 };
        (self.since, self.position) = (at, position);
    }

    /// Nothing is held or open, in one of the states that the bot can be in; or it may give up.
    pub fn is_over<'a>(&self, mut states: impl Iterator<Item = &'a Known>) -> bool {
        self.is_given_up() || states.any(|known| known.position == 0 && known.orders.is_empty())
    }

    /// Something is held, nothing is open, and it has waited long enough: an order is due.
    pub fn owes<'a>(&self, at: Timestamp, mut states: impl Iterator<Item = &'a Known>) -> bool {
        let waits = |known: &Known| known.position != 0 && known.orders.is_empty();
        !self.is_given_up() && self.since.plus(PATIENCE) < at && states.all(waits)
    }
}

/// It says that it is an order of a flattening.
pub(super) const fn claims(intent: &Intent) -> bool {
    intent.reason == REASON
}

/// It is one: a market order against what is held, and no more than that.
pub(super) fn flattens(intent: &Intent, known: &Known) -> bool {
    let against = -i128::from(intent.side.sign()) * known.position;
    let size = i128::from(intent.quantity.steps());
    let is_such = intent.order_type == OrderType::Market && intent.reduce_only && intent.protective;
    is_such && known.orders.is_empty() && 0 < size && size <= against
}
