//! What an arriving order takes and meets on its way.

use super::order::{Place, immediate};
use super::queue::whole_lots;
use super::settings::Market;
use super::state::{Naive, Taken};
use super::{allows, beats};
use seatrial::model::{CancelReason, Liquidity, SelfTradePrevention, Side, TimeInForce};
use seatrial::units::Money;

/// One thing that happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Takes steps at a price.
    Take(i64, i64),
    /// Meets this own order, which ends.
    EndMaker(u64),
    /// Meets an own order and ends.
    EndTaker,
}

/// An order on its way.
struct Walk {
    lot: i64,
    mode: SelfTradePrevention,
    left: i64,
    moves: Vec<Move>,
}

impl Walk {
    fn over(&self) -> bool {
        self.left == 0 || self.moves.last() == Some(&Move::EndTaker)
    }

    fn take(&mut self, price: i64, steps: i64) -> i64 {
        let steps = if steps >= self.left { self.left } else { whole_lots(steps, self.lot) };
        if self.over() || steps <= 0 {
            return 0;
        }
        self.left -= steps;
        match self.moves.last_mut() {
            Some(Move::Take(last, taken)) if *last == price => *taken += steps,
            _ => self.moves.push(Move::Take(price, steps)),
        }
        steps
    }

    fn meet(&mut self, maker: u64) {
        if matches!(self.mode, SelfTradePrevention::ExpireMaker | SelfTradePrevention::ExpireBoth) {
            self.moves.push(Move::EndMaker(maker));
        }
        if matches!(self.mode, SelfTradePrevention::ExpireTaker | SelfTradePrevention::ExpireBoth) {
            self.moves.push(Move::EndTaker);
        }
    }
}

impl Naive {
    /// What is to be had by `side`, best first: price and steps.
    fn supply(&self, side: Side) -> Vec<(i64, i64)> {
        let other = side.opposite();
        match self.settings.market {
            Market::Book if self.settings.partial => {
                let shown = self.book.shown(other).into_iter();
                shown.map(|(price, steps)| (price, (steps - self.taken_at(other, price)).max(0))).collect()
            }
            Market::Book => self.book.best(other).map(|price| (price, i64::MAX)).into_iter().collect(),
            Market::Bars if !self.in_bar => Vec::new(),
            Market::Trades | Market::Bars => self.quote(side).map(|price| (price, i64::MAX)).into_iter().collect(),
        }
    }

    /// The first price that `side` would pay, own orders aside.
    pub fn quote(&self, side: Side) -> Option<i64> {
        match self.settings.market {
            Market::Book => self.book.best(side.opposite()),
            Market::Trades | Market::Bars => self.last.map(|last| last + side.sign() * self.settings.half_spread),
        }
    }

    /// Where an order of `side` for `steps` would get, without touching anything. `meets`: own orders are in its way.
    pub fn walk(&self, side: Side, limit: Option<i64>, steps: i64, meets: bool) -> (Vec<Move>, i64) {
        let (lot, mode) = (self.settings.filters.lot.steps(), self.settings.self_trade);
        let mut walk = Walk { lot, mode, left: steps, moves: Vec::new() };
        let within = |price: i64| limit.is_none_or(|limit| allows(side, limit, price));
        let other = side.opposite();
        let mut own = if meets && self.settings.meet { self.queue(other) } else { Vec::new() };
        own.retain(|&id| within(self.order(id).nominal()));
        own.reverse();
        for (price, available) in self.supply(side).into_iter().filter(|level| within(level.0)) {
            let mut had = 0;
            while let Some(&maker) = own.last() {
                let (resting, ahead) = (self.order(maker).nominal(), self.order(maker).ahead);
                if walk.over() || beats(other, price, resting) {
                    break;
                }
                if resting == price {
                    had += walk.take(price, (ahead - had).max(0).min(available - had));
                }
                if !walk.over() {
                    walk.meet(maker);
                }
                own.pop();
            }
            walk.take(price, available - had);
        }
        while let Some(maker) = own.pop().filter(|_| !walk.over()) {
            walk.meet(maker);
        }
        (walk.moves, steps - walk.left)
    }

    /// Matches an order, then rests or ends what is left of it.
    pub fn arrive(&mut self, id: u64) {
        self.order_mut(id).place = Place::Arriving;
        let order = self.order(id).clone();
        let mut wanted = order.open();
        if order.reduce_only {
            wanted = wanted.min(self.reducible(order.side));
        }
        let (moves, planned) = self.walk(order.side, order.limit, wanted, true);
        if order.time_in_force == TimeInForce::FillOrKill && planned < wanted {
            return self.end(id, CancelReason::Unfilled);
        }
        for step in moves {
            match step {
                Move::EndMaker(maker) => self.end(maker, CancelReason::SelfTrade),
                Move::EndTaker => return self.end(id, CancelReason::SelfTrade),
                Move::Take(price, steps) => {
                    let (steps, gone) = self.fill(id, price, steps, Liquidity::Taker);
                    self.remember(order.side.opposite(), price, steps);
                    if gone {
                        return;
                    }
                }
            }
        }
        if order.reduce_only && self.reducible(order.side) == 0 {
            self.end(id, CancelReason::ReduceOnly);
        } else if order.limit.is_none() || immediate(order.time_in_force) {
            self.end(id, CancelReason::Unfilled);
        } else {
            self.rest(id);
        }
    }

    /// Goes to the end of the queue at its limit.
    fn rest(&mut self, id: u64) {
        use super::settings::Queue;
        let order = self.order(id);
        let ahead = match (self.settings.market, self.settings.queue) {
            (_, Queue::Front) | (Market::Bars, _) => 0,
            (Market::Book, _) => self.book.quantity(order.side, order.nominal()),
            (Market::Trades, _) => self.settings.assumed_ahead.unwrap_or(i64::MAX),
        };
        self.entries += 1;
        let (since, bars_before) = (self.entries, self.bars);
        let order = self.order_mut(id);
        order.place = Place::Resting;
        (order.ahead, order.traded, order.since, order.bars_before) = (ahead, 0, since, bars_before);
    }

    /// Leaves where it waited and arrives; a market buy that its funds do not cover ends.
    pub fn release(&mut self, id: u64) {
        self.order_mut(id).place = Place::Arriving;
        let order = self.order(id);
        if order.limit.is_none() && order.side == Side::Buy {
            let cost = self.cost(order.side, order.open());
            if cost > Money::ZERO && cost > self.cash - self.reserved(id) {
                return self.end(id, CancelReason::Unfilled);
            }
        }
        self.arrive(id);
    }

    /// Quote that a market order would cost at worst.
    pub fn cost(&self, side: Side, steps: i64) -> Money {
        let cost = |step: &Move| match *step {
            Move::Take(price, steps) => self.worst_cost(side, price, steps),
            Move::EndMaker(_) | Move::EndTaker => Money::ZERO,
        };
        self.walk(side, None, steps, true).0.iter().map(cost).sum()
    }

    fn taken_at(&self, side: Side, price: i64) -> i64 {
        self.taken[side.index()].iter().find(|taken| taken.price == price).map_or(0, |taken| taken.steps)
    }

    /// Remembers that steps were taken from a level of the market.
    pub fn remember(&mut self, side: Side, price: i64, steps: i64) {
        if steps == 0 || !self.settings.memory || self.settings.market != Market::Book {
            return;
        }
        let displayed = self.book.quantity(side, price);
        let list = &mut self.taken[side.index()];
        match list.iter_mut().find(|taken| taken.price == price) {
            Some(taken) => taken.steps += steps,
            None => {
                list.push(Taken { price, steps, displayed });
                list.sort_by_key(|taken| taken.price);
            }
        }
    }
}
