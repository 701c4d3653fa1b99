//! Orders that arrive at the market: what they take, what they meet, and what becomes of the rest.

use super::account::Exposure;
use super::config::MarketKind;
use super::order::Slot;
use super::orders::Orders;
use super::queue::whole_lots;
use super::resting::Resting;
use super::state::Venue;
use super::step::Step;
use crate::model::{CancelReason, Liquidity, SelfTradePrevention, Side, TimeInForce};
use crate::units::{Money, Overflow, Price, Quantity};

/// One thing an arriving order does, in order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    /// Takes from a level.
    Take { price: Price, steps: i64 },
    /// Meets an own order, which ends.
    EndMaker(Slot),
    /// Meets an own order and ends itself.
    EndTaker,
}

/// What an arriving order wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    pub side: Side,
    /// `None`: any price.
    pub limit: Option<Price>,
    pub steps: i64,
    /// Whether own orders on the other side are met.
    pub meets: bool,
}

impl Want {
    fn accepts(&self, price: Price) -> bool {
        self.limit.is_none_or(|limit| self.side.accepts(limit, price))
    }
}

impl Venue {
    /// Matches an order that has just arrived, was triggered or lost its place, then rests, waits or ends the rest.
    pub(super) fn arrive(&mut self, slot: Slot, step: &mut Step<'_>) -> Result<(), Overflow> {
        let order = &self.orders[slot];
        let (side, reduce_only) = (order.side, order.reduce_only);
        let resting_price = order.limit.filter(|_| !order.immediate());
        // Most orders come to rest away from the market: for them there is nothing to plan.
        let alone = resting_price.is_some_and(|price| !self.would_take(side, price, step));
        if !alone && self.take_on_arrival(slot, step)? {
            return Ok(());
        }
        if reduce_only && self.account.reducible(side) == 0 {
            self.end(slot, CancelReason::ReduceOnly, step);
            return Ok(());
        }
        match resting_price {
            Some(price) => self.rest(slot, price, step),
            None => {
                self.end(slot, CancelReason::Unfilled, step);
                Ok(())
            }
        }
    }

    /// Takes what an arriving order can have at once; true when the order is no more.
    fn take_on_arrival(&mut self, slot: Slot, step: &mut Step<'_>) -> Result<bool, Overflow> {
        let order = &self.orders[slot];
        let mut want = Want { side: order.side, limit: order.limit, steps: order.open().steps(), meets: true };
        if order.reduce_only {
            want.steps = want.steps.min(self.account.reducible(order.side));
        }
        let whole = order.time_in_force == TimeInForce::FillOrKill;
        let planned = self.plan(want, step);
        if whole && planned < want.steps {
            self.end(slot, CancelReason::Unfilled, step);
            return Ok(true);
        }
        let side = want.side;
        let gone = self.carry_out(slot, step)?;
        self.end_taking(side, step);
        Ok(gone)
    }

    /// Does what the plan says; true when the order is no more.
    fn carry_out(&mut self, slot: Slot, step: &mut Step<'_>) -> Result<bool, Overflow> {
        for index in 0..self.plan.len() {
            match self.plan[index] {
                Move::EndMaker(maker) => self.end(maker, CancelReason::SelfTrade, step),
                Move::EndTaker => {
                    self.end(slot, CancelReason::SelfTrade, step);
                    return Ok(true);
                }
                Move::Take { price, steps } => {
                    let side = self.orders[slot].side;
                    let filled = self.fill(slot, price, steps, Liquidity::Taker, step)?;
                    self.remember(side.opposite(), price, filled.steps, step);
                    if filled.gone {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Remembers what was taken from a level of the tape.
    pub(super) fn remember(&mut self, side: Side, price: Price, steps: i64, step: &mut Step<'_>) {
        if self.take_shared(side, price, steps, step) {
            return;
        }
        if steps == 0 || !self.config.fills.liquidity_memory || self.kind != MarketKind::L2 {
            return;
        }
        let displayed = step.displayed(side, price);
        if self.memory.take(side, price, steps, displayed) {
            step.mark(price);
            let Some(book) = &mut step.book else { return };
            let mut forgotten = Vec::new();
            self.memory.sweep(|side, price| book.quantity(side, price).steps(), |price| forgotten.push(price));
            forgotten.into_iter().for_each(|price| book.unmark(price));
        }
    }

    /// Works out what an arriving order would take and meet, without touching anything; returns the steps it would take.
    pub(super) fn plan(&mut self, want: Want, step: &Step<'_>) -> i64 {
        self.plan.clear();
        if want.meets {
            self.look_ahead(want.side.opposite(), want.limit);
        }
        let other = want.side.opposite();
        let rules = &self.config.fills;
        let meets = want.meets && rules.own_orders_meet;
        let planner = Planner {
            want,
            lot: self.filters.lot.steps(),
            mode: self.config.self_trade,
            orders: &self.orders,
            leaving: step.leaving,
            left: want.steps,
            stopped: false,
            plan: &mut self.plan,
        };
        let own = meets.then_some(&self.resting[other.index()]);
        match (&step.book, rules.partial_fills) {
            (Some(book), true) => {
                let memory = &self.memory;
                let supply = book
                    .levels(other)
                    .map(|level| (level.price, memory.available(other, level.price, level.quantity.steps())));
                planner.run(supply, own)
            }
            (Some(book), false) => planner.run(book.best_price(other).map(|price| (price, i64::MAX)).into_iter(), own),
            (None, _) => {
                let open = self.kind == MarketKind::Trades || self.in_bar;
                let quote = self
                    .last
                    .filter(|_| open)
                    .map(|last| (want.side.opposite().away(last, self.config.assumed_half_spread_ticks), i64::MAX));
                planner.run(quote.into_iter(), own)
            }
        }
    }

    /// The price an arriving order of `side` would meet first, own orders aside.
    #[inline]
    pub(super) fn opposite_quote(&self, side: Side, step: &Step<'_>) -> Option<Price> {
        match &step.book {
            Some(book) => book.best_price(side.opposite()),
            None => self.last.map(|last| side.opposite().away(last, self.config.assumed_half_spread_ticks)),
        }
    }

    /// Quote that the plan costs a spot buyer, fees included.
    pub(super) fn plan_cost(&self, side: Side) -> Result<Money, Overflow> {
        self.plan.iter().try_fold(Money::ZERO, |cost, planned| match *planned {
            Move::Take { price, steps } => {
                let take = Exposure { side, price, quantity: Quantity::new(steps) };
                cost.checked_add(self.account.worst_cost(take)?)
            }
            Move::EndMaker(_) | Move::EndTaker => Ok(cost),
        })
    }

    /// Takes the order out of where it waits and lets it arrive; a market order that its funds do not cover ends.
    pub(super) fn release_into_market(&mut self, slot: Slot, step: &mut Step<'_>) -> Result<(), Overflow> {
        self.unlist(slot, step);
        let order = self.orders[slot];
        if order.limit.is_none() && order.side == Side::Buy {
            let steps = order.open().steps();
            self.plan(Want { side: order.side, limit: None, steps, meets: true }, step);
            let cost = self.plan_cost(order.side)?;
            if cost > Money::ZERO && cost > self.account.cash().checked_sub(self.account.reserved())? {
                self.end(slot, CancelReason::Unfilled, step);
                return Ok(());
            }
        }
        self.arrive(slot, step)
    }

    /// True when an order of `side` at `price` would take, equality included.
    #[inline]
    pub(super) fn would_take(&self, side: Side, price: Price, step: &Step<'_>) -> bool {
        if self.opposite_quote(side, step).is_some_and(|quote| side.accepts(price, quote)) {
            return true;
        }
        let own = || self.resting[side.opposite().index()].best_price_without(step.leaving);
        self.config.fills.own_orders_meet && own().is_some_and(|own| side.accepts(price, own))
    }
}

/// Walks the levels on offer and the own orders among them.
struct Planner<'a> {
    want: Want,
    lot: i64,
    mode: SelfTradePrevention,
    orders: &'a Orders,
    /// Not met.
    leaving: Slot,
    left: i64,
    stopped: bool,
    plan: &'a mut Vec<Move>,
}

impl Planner<'_> {
    fn run(mut self, supply: impl Iterator<Item = (Price, i64)>, own: Option<&Resting>) -> i64 {
        let (orders, leaving) = (self.orders, self.leaving);
        let own = own.into_iter().flat_map(|own| own.queue(orders));
        let mut own = own.filter(|&maker| maker != leaving).peekable();
        for (price, mut available) in supply {
            if self.done() || !self.want.accepts(price) {
                break;
            }
            let mut passed = 0;
            while let Some(maker) = own.next_if(|&maker| !self.is_behind(maker, price)) {
                let taken = self.take(price, self.ahead_of(maker, price, passed).min(available));
                (passed, available) = (passed + taken, available - taken);
                self.meet(maker);
                if self.done() {
                    break;
                }
            }
            self.take(price, available);
        }
        while let Some(maker) = own.next().filter(|&maker| self.reaches(maker)) {
            self.meet(maker);
        }
        self.want.steps - self.left
    }

    const fn done(&self) -> bool {
        self.left == 0 || self.stopped
    }

    fn price(&self, maker: Slot) -> Price {
        self.orders[maker].limit.unwrap_or_default()
    }

    fn reaches(&self, maker: Slot) -> bool {
        !self.done() && self.want.accepts(self.price(maker))
    }

    /// True when the own order has a worse price than the level.
    fn is_behind(&self, maker: Slot, price: Price) -> bool {
        self.want.side.opposite().improves(price, self.price(maker))
    }

    /// Steps of a level that are ahead of the own order there, of which `passed` are taken already.
    fn ahead_of(&self, maker: Slot, price: Price, passed: i64) -> i64 {
        if self.price(maker) == price { (self.orders[maker].ahead - passed).max(0) } else { 0 }
    }

    fn take(&mut self, price: Price, available: i64) -> i64 {
        if self.stopped {
            return 0;
        }
        let steps = if available >= self.left { self.left } else { whole_lots(available, self.lot) };
        if steps <= 0 {
            return 0;
        }
        self.left -= steps;
        match self.plan.last_mut() {
            Some(Move::Take { price: last, steps: taken }) if *last == price => *taken += steps,
            _ => self.plan.push(Move::Take { price, steps }),
        }
        steps
    }

    fn meet(&mut self, maker: Slot) {
        if self.done() {
            return;
        }
        if self.mode != SelfTradePrevention::ExpireTaker {
            self.plan.push(Move::EndMaker(maker));
        }
        if self.mode != SelfTradePrevention::ExpireMaker {
            self.plan.push(Move::EndTaker);
            self.stopped = true;
        }
    }
}
