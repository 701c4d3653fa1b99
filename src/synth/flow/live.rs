//! A market that goes on as it is asked to, with a venue's orders in its queues.

use super::market::{Stepped, Ties};
use super::source::{Broadcast, FlowRecipe};
use crate::book::{QueuedOrder, SharedBook, SharedEvent};
use crate::model::{Instrument, OrderId, Side, row};
use crate::rng::{Rng, Streams};
use crate::synth::batches::{Row, Sink};
use crate::synth::source::{Generated, Market, Recipe};
use crate::tape::{BatchSource, IntColumn, RowBatch, TapeHeader};
use crate::units::{Price, Quantity, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// Rows that were made one message after the other, as columns.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LiveRows {
    /// Venue clock.
    pub venue_at: Vec<i64>,
    /// Local clock.
    pub local_at: Vec<i64>,
    /// In ticks.
    pub price: Vec<i32>,
    /// In steps.
    pub quantity: Vec<i64>,
    /// As on a tape.
    pub flags: Vec<u32>,
}

impl LiveRows {
    /// Number of rows.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// True when there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    fn write(&mut self, message: &mut Vec<Row>, (venue_at, local_at): (i64, i64)) {
        if let Some(last) = message.last_mut() {
            last.flags |= row::LAST;
        }
        for row in message.drain(..) {
            self.venue_at.push(venue_at);
            self.local_at.push(local_at);
            self.price.push(row.price as i32);
            self.quantity.push(row.quantity);
            self.flags.push(row.flags);
        }
    }

    /// Sends the first `most` rows, message by message, and forgets all.
    pub(super) fn send(&mut self, most: usize, message: &mut Vec<Row>, sink: &mut dyn Sink) {
        for index in 0..most {
            let (price, quantity) = (i64::from(self.price[index]), self.quantity[index]);
            message.push(Row { flags: self.flags[index], price, quantity });
            if self.flags[index] & row::LAST != 0 {
                sink.write(message, self.venue_at[index], self.local_at[index]);
            }
        }
        self.clear();
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.venue_at.clear();
        self.local_at.clear();
        self.price.clear();
        self.quantity.clear();
        self.flags.clear();
    }

    /// The rows of a batch that was [taken](Self::take).
    #[must_use]
    pub fn of(batch: &RowBatch) -> Self {
        let rows = 0..batch.len();
        Self {
            venue_at: batch.venue_at.to_vec(),
            local_at: batch.local_at.to_vec(),
            price: rows.clone().map(|row| batch.price.get(row) as i32).collect(),
            quantity: rows.map(|row| batch.quantity.get(row)).collect(),
            flags: batch.flags.to_vec(),
        }
    }

    /// Every row has a value in each column.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let rows = self.len();
        [self.venue_at.len(), self.local_at.len(), self.price.len(), self.quantity.len()].iter().all(|len| *len == rows)
    }

    /// All rows, as a batch of a tape; none are left.
    pub fn take(&mut self) -> RowBatch {
        fn all<T: Clone>(column: &mut Vec<T>) -> Vec<T> {
            let all = column.as_slice().to_vec();
            column.clear();
            all
        }
        RowBatch {
            venue_at: all(&mut self.venue_at).into(),
            local_at: all(&mut self.local_at).into(),
            price: IntColumn::Narrow(all(&mut self.price).into()),
            quantity: IntColumn::Wide(all(&mut self.quantity).into()),
            flags: all(&mut self.flags).into(),
            delivery: None,
        }
    }
}

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveStep {
    /// A message, or several of the venue's own doing.
    Message,
    /// Nothing more happens up to and at the limit.
    Limit,
    /// The market has ended.
    End,
}

/// What a venue did to a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum OwnAction {
    Rest(OrderId, QueuedOrder),
    Shrink(OrderId, Quantity),
    Withdraw(OrderId),
    Take(Side, Price, Quantity),
    Taken(Side, Quantity),
}

/// One thing that a venue did to a market, and when, nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DoneAction(i64, OwnAction);

/// Everything that a venue did to a market, in order: with it the market can be had again without the venue.
#[derive(Debug, Clone, Default)]
pub struct OwnActions(Rc<RefCell<Vec<DoneAction>>>);

impl OwnActions {
    /// What was done after the first `count` things.
    #[must_use]
    pub fn since(&self, count: usize) -> Vec<DoneAction> {
        self.0.borrow().get(count..).map(<[DoneAction]>::to_vec).unwrap_or_default()
    }

    /// What was done is this, and nothing else.
    pub fn put_back(&self, done: Vec<DoneAction>) {
        *self.0.borrow_mut() = done;
    }

    /// When the thing number `index` was done.
    pub(super) fn at(&self, index: usize) -> Option<i64> {
        self.0.borrow().get(index).map(|DoneAction(at, _)| *at)
    }
}

/// A market of single orders in which a venue's orders stand in the same queues as everybody's: with nothing done by the venue its rows
/// are those of [`FlowMarket`](super::FlowMarket).
///
/// Its rows never show the venue's orders. A trade is printed whole, whoever gave; a level holds what others have there.
#[derive(Debug)]
pub struct LiveMarket {
    header: TapeHeader,
    broadcast: Broadcast,
    /// Nothing was sent yet: the snapshot is first.
    is_new: bool,
    ended: bool,
    /// The last instant of which it tells.
    until: Timestamp,
    /// Rows of the venue's own doing, whole messages, still to be sent, and when they were made.
    waiting: Vec<Row>,
    waiting_at: i64,
    feed: Rng,
    /// What the venue did.
    done: OwnActions,
    /// When it did something first since somebody asked.
    acted: Option<i64>,
}

impl LiveMarket {
    /// The market of a recipe.
    ///
    /// # Panics
    /// As [`FlowMarket::new`](super::FlowMarket).
    #[must_use]
    pub fn new(recipe: FlowRecipe) -> Self {
        let header = super::FlowMarket::new(recipe.clone()).header().clone();
        Self::tied(&recipe, &Ties::NONE, header)
    }

    /// A market that hangs together with others. The recipe has been checked.
    pub(super) fn tied(recipe: &FlowRecipe, ties: &Ties, header: TapeHeader) -> Self {
        let streams = Streams::new(recipe.seed);
        let feed = streams.stream(&format!("synth/flow/{}/own-feed", recipe.model.instrument.symbol));
        Self {
            header,
            broadcast: Broadcast::open_tied(recipe, ties),
            acted: None,
            is_new: true,
            ended: false,
            until: Timestamp::MAX,
            waiting: Vec::new(),
            waiting_at: 0,
            feed,
            done: OwnActions::default(),
        }
    }

    /// The same, but it ends after `length`: what happens until then is what happens in the whole market.
    #[must_use]
    pub fn cut(mut self, length: Span) -> Self {
        self.until = self.header.first_at.plus(length).plus(Span::from_nanos(-1));
        self
    }

    /// What the market says of itself: as the tape that nobody has acted on.
    #[must_use]
    pub fn header(&self) -> &TapeHeader {
        &self.header
    }

    /// What the venue has done so far, and goes on to do: a handle, not a copy.
    #[must_use]
    pub fn actions(&self) -> OwnActions {
        self.done.clone()
    }

    /// A market that was not stepped yet is made up to and at `until`, with everything that was [done](OwnActions::put_back) in it done again. Returns how
    /// many rows that were.
    pub fn make_again(&mut self, until: Timestamp) -> u64 {
        let done = std::mem::take(&mut *self.done.0.borrow_mut());
        let (mut done, mut made, mut rows) = (done.into_iter().peekable(), 0, LiveRows::default());
        loop {
            // As the run went: nothing is drawn that was not drawn then.
            let limit = done.peek().map_or(until, |DoneAction(at, _)| Timestamp::from_nanos(*at));
            match (self.step(limit, &mut rows), done.peek()) {
                (LiveStep::Message, _) => {
                    made += rows.len() as u64;
                    rows.clear();
                    self.take_events(&mut Vec::new());
                }
                (LiveStep::Limit | LiveStep::End, Some(action)) => {
                    self.again(*action);
                    done.next();
                }
                (LiveStep::Limit | LiveStep::End, None) => return made,
            }
        }
    }

    /// Writes what happens next, unless that is after `limit`.
    #[inline]
    pub fn step(&mut self, limit: Timestamp, rows: &mut LiveRows) -> LiveStep {
        if self.is_new || !self.waiting.is_empty() {
            return self.send_waiting(rows);
        }
        if self.ended {
            return LiveStep::End;
        }
        let Broadcast { flow, message, .. } = &mut self.broadcast;
        match flow.step(limit.min(self.until).nanos(), message) {
            Stepped::Message => {
                let stamps = self.broadcast.stamps();
                rows.write(&mut self.broadcast.message, stamps);
                LiveStep::Message
            }
            Stepped::Limit if limit <= self.until => LiveStep::Limit,
            Stepped::Limit | Stepped::End => {
                self.ended = true;
                LiveStep::End
            }
        }
    }

    #[inline(never)]
    fn send_waiting(&mut self, rows: &mut LiveRows) -> LiveStep {
        if std::mem::take(&mut self.is_new) {
            let stamps = self.broadcast.stamps();
            rows.write(&mut self.broadcast.message, stamps);
        } else {
            // A delay for each message: two takes of one instant are two messages.
            while let Some(end) = self.waiting.iter().position(|row| row.flags & row::LAST != 0) {
                let stamps = self.broadcast.own_stamps(self.waiting_at, &mut self.feed);
                rows.write(&mut self.waiting.drain(..=end).collect(), stamps);
            }
            assert!(self.waiting.is_empty(), "{} rows without an end of their message", self.waiting.len());
        }
        LiveStep::Message
    }

    /// True when others did something to the venue's orders that was not handed over yet.
    #[inline]
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.broadcast.flow.resting().own.has_events()
    }

    /// Hands over what others did to the venue's orders, oldest first.
    pub fn take_events(&mut self, events: &mut Vec<SharedEvent>) {
        self.broadcast.flow.orders().own.hand_over(events);
    }

    /// When something happens next, no later than the next message, and from when on others hear of it; `None` at the end.
    pub(super) fn due(&mut self) -> Option<(i64, i64)> {
        if self.is_new {
            return Some((self.broadcast.flow.now(), self.broadcast.flow.now()));
        }
        if !self.waiting.is_empty() {
            // What the venue did at this instant others hear of after it.
            return Some((self.waiting_at, self.waiting_at + 1));
        }
        if self.ended {
            return None;
        }
        let due = self.broadcast.flow.due();
        self.ended = due > self.until.nanos();
        (!self.ended).then_some((due, due))
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// When the venue has acted first since this was asked last.
    pub(super) fn take_acted(&mut self) -> Option<i64> {
        self.acted.take()
    }

    /// By what factor the price has changed since this was asked last, by what was learned here; and the multiple of volatility.
    pub(super) fn take_learned(&mut self) -> (f64, f64) {
        self.broadcast.flow.take_learned()
    }

    /// At `at` the price changes by `factor`, as others have learned.
    pub(super) fn hear(&mut self, at: i64, factor: f64) {
        if factor != 1.0 {
            self.broadcast.flow.hear(at, factor);
        }
    }

    /// Best price of a side, own orders included.
    #[cfg(test)]
    pub(super) fn best(&self, side: Side) -> Price {
        self.broadcast.flow.resting().best(side).unwrap_or_default()
    }

    /// The efficient price in ticks.
    #[cfg(test)]
    pub(super) fn efficient_price(&self) -> f64 {
        self.broadcast.flow.efficient_price()
    }

    /// An order joins the end of a queue without anybody answering to it, and is not kept among what was done: for who only wants to know
    /// what becomes of it. False where it cannot.
    pub fn plant(&mut self, at: Timestamp, id: OrderId, order: QueuedOrder) -> bool {
        self.broadcast.flow.interrupt(at.nanos());
        self.broadcast.flow.orders().rest_own(id, order)
    }

    /// Multiples of volatility and of market orders now.
    #[cfg(test)]
    pub(super) fn pace(&self) -> (f64, f64) {
        let at = self.broadcast.flow.slow_layers().0;
        (at.volatility, at.market)
    }

    /// Steps of a market order of mean size now.
    #[cfg(test)]
    pub(super) fn mean_size(&self) -> f64 {
        self.broadcast.flow.mean_size()
    }

    /// Mean square of what a market order tells.
    #[cfg(test)]
    pub(super) fn unforeseen(&self) -> f64 {
        self.broadcast.flow.unforeseen()
    }

    fn act(&mut self, at: Timestamp, action: OwnAction) {
        self.done.0.borrow_mut().push(DoneAction(at.nanos(), action));
        self.acted.get_or_insert(at.nanos());
        self.broadcast.flow.interrupt(at.nanos());
    }

    /// What was done as number `index` is done again.
    pub(super) fn do_again(&mut self, actions: &OwnActions, index: usize) {
        let action = actions.0.borrow()[index];
        self.again(action);
    }

    /// Venue time of the last message, nanoseconds since 1970.
    pub(super) fn last_at(&self) -> i64 {
        self.broadcast.last_at
    }

    fn again(&mut self, DoneAction(at, action): DoneAction) {
        let at = Timestamp::from_nanos(at);
        match action {
            OwnAction::Rest(id, order) => {
                let _ = self.rest(at, id, order);
            }
            OwnAction::Shrink(id, left) => self.shrink(at, id, left),
            OwnAction::Withdraw(id) => self.withdraw(at, id),
            OwnAction::Take(side, price, quantity) => self.take(at, side, price, quantity),
            OwnAction::Taken(side, quantity) => self.taken(at, side, quantity),
        }
    }
}

impl SharedBook for LiveMarket {
    fn has_room(&self, order: QueuedOrder) -> bool {
        self.broadcast.flow.resting().has_room_for(order)
    }

    fn rest(&mut self, at: Timestamp, id: OrderId, order: QueuedOrder) -> bool {
        self.act(at, OwnAction::Rest(id, order));
        let rests = self.broadcast.flow.orders().rest_own(id, order);
        if rests {
            self.broadcast.flow.joined();
        }
        rests
    }

    fn ahead_of(&self, id: OrderId) -> Quantity {
        self.broadcast.flow.resting().ahead_of_own(id)
    }

    fn shrink(&mut self, at: Timestamp, id: OrderId, left: Quantity) {
        self.act(at, OwnAction::Shrink(id, left));
        self.broadcast.flow.orders().shrink_own(id, left);
    }

    fn withdraw(&mut self, at: Timestamp, id: OrderId) {
        self.act(at, OwnAction::Withdraw(id));
        self.broadcast.flow.orders().withdraw_own(id);
    }

    fn take(&mut self, at: Timestamp, side: Side, price: Price, quantity: Quantity) {
        self.act(at, OwnAction::Take(side, price, quantity));
        self.broadcast.flow.orders().take_others(side, price, quantity);
    }

    fn taken(&mut self, at: Timestamp, side: Side, quantity: Quantity) {
        self.act(at, OwnAction::Taken(side, quantity));
        let first = self.waiting.len();
        self.broadcast.flow.orders().hand_over(&mut self.waiting);
        if let Some(last) = self.waiting[first..].last_mut() {
            last.flags |= row::LAST;
        }
        self.waiting_at = at.nanos();
        if self.ended {
            // Nobody hears of it any more.
            self.waiting.clear();
        }
        self.broadcast.flow.taken(side, quantity);
    }
}

/// A market as a venue has left it: the recipe, and what the venue did. Its rows are those of the [`LiveMarket`] that they are of.
#[derive(Debug, Clone)]
pub struct LiveRecipe {
    /// Which market.
    pub recipe: FlowRecipe,
    /// What was done in it.
    pub actions: OwnActions,
    /// The run asked for no more than the message with this row: what was done later was done to a market that stood still.
    pub rows: Option<u64>,
    /// The run asked for no more than this long.
    pub length: Option<Span>,
}

impl LiveRecipe {
    /// The rows, as a tape has them.
    #[must_use]
    pub fn source(self) -> impl BatchSource {
        Generated::of(self)
    }
}

impl Recipe for LiveRecipe {
    type Market = Repeated;

    fn open(&self, sink: &mut dyn Sink) -> Repeated {
        sink.widen();
        let actions = self.actions.clone();
        let market = || LiveMarket::new(self.recipe.clone());
        Repeated {
            market: self.length.map_or_else(&market, |length| market().cut(length)),
            rows: LiveRows::default(),
            message: Vec::new(),
            actions,
            next: 0,
            left: self.rows.unwrap_or(u64::MAX),
        }
    }

    fn format(&self) -> &'static str {
        self.recipe.format()
    }

    fn version(&self) -> u32 {
        self.recipe.version()
    }

    fn instrument(&self) -> Instrument {
        self.recipe.instrument()
    }

    fn span(&self) -> (Timestamp, Span) {
        self.recipe.span()
    }

    fn words(&self) -> String {
        self.recipe.words()
    }
}

/// A market in which is done again what was done.
#[derive(Debug)]
pub struct Repeated {
    market: LiveMarket,
    rows: LiveRows,
    message: Vec<Row>,
    actions: OwnActions,
    next: usize,
    /// Rows that are still to come.
    left: u64,
}

impl Repeated {
    fn send(&mut self, sink: &mut dyn Sink) {
        self.left = self.left.saturating_sub(self.rows.len() as u64);
        let all = self.rows.len();
        self.rows.send(all, &mut self.message, sink);
    }
}

impl Market for Repeated {
    fn step(&mut self, sink: &mut dyn Sink) -> bool {
        loop {
            if self.left == 0 {
                return false;
            }
            let action = self.actions.0.borrow().get(self.next).copied();
            let limit = action.map_or(i64::MAX, |DoneAction(at, _)| at);
            let stepped = self.market.step(Timestamp::from_nanos(limit), &mut self.rows);
            match (stepped, action) {
                (LiveStep::Message, _) => {
                    self.market.take_events(&mut Vec::new());
                    self.send(sink);
                    return true;
                }
                (LiveStep::Limit, Some(action)) => {
                    self.next += 1;
                    self.market.again(action);
                }
                (LiveStep::Limit | LiveStep::End, _) => return false,
            }
        }
    }

    fn last_at(&self) -> i64 {
        self.market.broadcast.last_at()
    }
}
