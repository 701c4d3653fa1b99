//! What market data do to own orders.

use super::order::{Place, fires};
use super::queue::{on_level, on_print};
use super::settings::{Crossing, Market};
use super::state::Naive;
use super::walk::Move;
use super::{allows, beats};
use seatrial::model::{Access, Liquidity, Side, TriggerSource};
use seatrial::units::Timestamp;

impl Naive {
    /// A level of the book holds `steps` now.
    pub fn take_level(&mut self, side: Side, price: i64, steps: i64, at: Timestamp) {
        let before = self.book.set(side, price, steps);
        self.begin(at);
        self.note_level(side, price, steps);
        let queue = self.settings.queue;
        for order in &mut self.orders {
            if order.place == Place::Resting && order.side == side && order.limit == Some(price) {
                on_level(order, before, steps, queue);
            }
        }
        let reached = self.front(side.opposite()).is_some_and(|own| allows(side.opposite(), own.1, price));
        if steps == 0 || !reached {
            return;
        }
        if self.status().is_halted {
            self.gained |= steps > before;
            return;
        }
        match self.settings.crossing {
            Crossing::Never => {}
            Crossing::Displayed | Crossing::Whole => self.gained |= steps > before,
            Crossing::WholeAtRow if self.book.best(side) == Some(price) => self.fill_reached(side.opposite(), price),
            Crossing::WholeAtRow => {}
        }
    }

    /// A loss of a level is first a loss of what was taken from it; a gain is new. A deleted level forgets.
    fn note_level(&mut self, side: Side, price: i64, steps: i64) {
        let list = &mut self.taken[side.index()];
        for taken in list.iter_mut().filter(|taken| taken.price == price) {
            let loss = (taken.displayed - steps).max(0);
            taken.steps = if steps == 0 { 0 } else { (taken.steps - loss).max(0) };
            taken.displayed = steps;
        }
        list.retain(|taken| taken.steps > 0);
    }

    /// Orders of `side` that may trade at `price` fill whole at their own prices.
    fn fill_reached(&mut self, side: Side, price: i64) {
        while let Some((id, own)) = self.front(side).filter(|own| allows(side, own.1, price)) {
            self.fill(id, own, i64::MAX, Liquidity::Maker);
        }
    }

    /// A public trade.
    pub fn take_trade(&mut self, aggressor: Side, price: i64, steps: i64, at: Timestamp) {
        self.begin(at);
        if self.status().is_halted {
            self.last = Some(price);
            return;
        }
        let side = aggressor.opposite();
        let passed = self.fill_passed(side, price);
        if self.settings.market == Market::Trades {
            self.fill_passed(aggressor, price);
        }
        let left = if self.settings.shared { (steps - passed).max(0) } else { steps };
        if self.settings.at_price {
            self.pass_along(side, price, steps, left);
        }
        self.last = Some(price);
        if self.trigger_source() == TriggerSource::Last && !self.sleeps() {
            self.fire([Some(price); 2]);
        }
    }

    /// Orders of `side` at better prices than a print fill whole at their own. Returns the steps.
    fn fill_passed(&mut self, side: Side, price: i64) -> i64 {
        let mut total = 0;
        while let Some((id, own)) = self.front(side).filter(|own| beats(side, own.1, price)) {
            total += self.fill(id, own, i64::MAX, Liquidity::Maker).0;
        }
        total
    }

    /// A print goes along the queue at its price.
    fn pass_along(&mut self, side: Side, price: i64, printed: i64, mut left: i64) {
        for id in self.queue(side) {
            if self.order(id).limit != Some(price) {
                continue;
            }
            let settings = self.settings.clone();
            let reached = on_print(self.order_mut(id), printed, left, &settings);
            if reached > 0 {
                let (filled, _) = self.fill(id, price, reached, Liquidity::Maker);
                if self.settings.shared {
                    left = (left - filled).max(0);
                }
            }
        }
    }

    /// The message is complete.
    pub fn end_message(&mut self, at: Timestamp) {
        self.begin(at);
        let best = Side::BOTH.map(|side| self.book.best(side));
        let moved = best != self.ended;
        self.ended = best;
        let gained = std::mem::take(&mut self.gained);
        if !moved && !gained {
            return;
        }
        if self.status().is_halted {
            self.gained = true;
            return;
        }
        if matches!(self.settings.crossing, Crossing::Displayed | Crossing::Whole) {
            self.sides_by_age().into_iter().for_each(|side| self.fill_crossed(side));
        }
        if self.settings.market == Market::Book && self.trigger_source() == TriggerSource::Best {
            if self.sleeps() {
                self.gained = self.orders.iter().any(|order| order.place == Place::Waiting);
                return;
            }
            self.fire(Side::BOTH.map(|side| self.book.best(side.opposite())));
        }
    }

    /// Stops wait for the end of a mode.
    fn sleeps(&self) -> bool {
        matches!(self.status().access, Access::PostOnly | Access::LimitOnly | Access::CancelOnly)
    }

    /// Orders of `side` that the opposite best price stands at or through, until one is left with a rest.
    fn fill_crossed(&mut self, side: Side) {
        while let Some((id, own)) = self.front(side) {
            if !self.book.best(side.opposite()).is_some_and(|best| allows(side, own, best)) {
                return;
            }
            let open = self.order(id).open();
            let (moves, offered) = self.walk(side, Some(own), open, false);
            if offered == 0 {
                return;
            }
            let steps = if self.settings.crossing == Crossing::Whole { open } else { offered };
            let (mut filled, gone) = self.fill(id, own, steps, Liquidity::Maker);
            for step in moves {
                if let Move::Take(price, steps) = step {
                    self.remember(side.opposite(), price, steps.min(filled));
                    filled -= steps.min(filled);
                }
            }
            if !gone {
                return;
            }
        }
    }

    /// Fires what the prices watched by buys and by sells have passed: the farther away, the earlier; then by age.
    pub fn fire(&mut self, watched: [Option<i64>; 2]) {
        let mut fired = Vec::new();
        for order in self.orders.iter().filter(|order| order.place == Place::Waiting) {
            let (Some(price), Some(trigger)) = (watched[order.side.index()], order.trigger) else { continue };
            if fires(order.side, order.takes_profit, trigger, price) {
                fired.push((-(price - trigger).abs(), order.number, order.id));
            }
        }
        fired.sort_unstable();
        fired.into_iter().for_each(|(_, _, id)| self.trigger(id));
    }
}
