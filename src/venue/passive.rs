//! What recorded market data do to own orders: prints and levels move queues, fill resting orders and fire triggers.

use super::config::MarketKind;
use super::order::{NOBODY, Slot};
use super::queue::{self, Print};
use super::rules::Crossing;
use super::state::Venue;
use super::step::Step;
use super::taking::{Move, Want};
use crate::book::{DepthChange, Ladder};
use crate::model::{ExecutionReport, Liquidity, ReportKind, Side, TriggerSource};
use crate::units::{Overflow, Price, Quantity, Timestamp};

impl Venue {
    /// A level of the tape changed; the book has it already. See [`Watch`](super::Watch) for the rows that must come here.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn on_depth(
        &mut self,
        change: &DepthChange,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        if self.next_expiry() <= at {
            self.expire(at, book, out);
        }
        let forgotten = self.memory.on_change(change.side, change.price, change.quantity.steps());
        if forgotten && self.kind == MarketKind::L2 {
            book.unmark(change.price);
        }
        self.move_queue(change);
        // Nearly every level ends here: it is not at or through an own order of the other side.
        if change.quantity.is_zero() || !self.reached(change.side.opposite(), change.price) {
            return Ok(());
        }
        let mut step = self.step(at, book, out);
        self.note_crossing(change, &mut step)
    }

    #[inline]
    fn move_queue(&mut self, change: &DepthChange) {
        let Some(level) = self.resting[change.side.index()].level(change.price) else { return };
        let mut slot = level.first;
        while slot != NOBODY {
            let order = &mut self.orders[slot];
            queue::after_change(order, change.previous.steps(), change.quantity.steps(), &self.config.fills);
            slot = order.next;
        }
    }

    /// A level at or through own orders of the other side: they fill now, or the end of the message must look.
    #[inline(never)]
    fn note_crossing(&mut self, change: &DepthChange, step: &mut Step<'_>) -> Result<(), Overflow> {
        let side = change.side.opposite();
        if self.is_halted(step.at) {
            self.message_end |= change.quantity > change.previous;
            return Ok(());
        }
        match self.config.fills.crossing {
            Crossing::Never => Ok(()),
            Crossing::Displayed | Crossing::Whole => {
                self.message_end |= change.quantity > change.previous;
                Ok(())
            }
            Crossing::WholeAtRow if step.best_price(change.side) == Some(change.price) => {
                while let Some((slot, price)) = self.front(side).filter(|own| side.accepts(own.1, change.price)) {
                    self.fill(slot, price, i64::MAX, Liquidity::Maker, step)?;
                }
                Ok(())
            }
            Crossing::WholeAtRow => Ok(()),
        }
    }

    /// The own order of `side` with the best priority, and its price.
    #[inline]
    pub(super) fn front(&self, side: Side) -> Option<(Slot, Price)> {
        self.resting[side.index()].best().map(|level| (level.first, level.price))
    }

    /// Both sides, first the one whose front order is older: neither is preferred.
    pub(super) fn sides_by_age(&self) -> [Side; 2] {
        let [buy, sell] = Side::BOTH.map(|side| self.front(side).map(|own| self.orders[own.0].order_id));
        if sell.is_some() && (buy.is_none() || sell < buy) { [Side::Sell, Side::Buy] } else { Side::BOTH }
    }

    #[inline]
    fn reached(&self, side: Side, price: Price) -> bool {
        self.front(side).is_some_and(|(_, own)| side.accepts(own, price))
    }

    /// A public trade. Resting orders first, by priority; then last-price triggers.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn on_trade(
        &mut self,
        price: Price,
        quantity: Quantity,
        aggressor: Side,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        if self.is_halted(at) {
            self.last = Some(price);
            return Ok(());
        }
        if self.shared.is_none() {
            self.fill_by_print((price, quantity, aggressor), &mut step)?;
        }
        self.last = Some(price);
        if !self.triggers.is_empty() && self.trigger_source() == TriggerSource::Last && !self.access().holds_triggers()
        {
            self.fire([Some(price); 2], &mut step)?;
        }
        Ok(())
    }

    /// Fills what a print proves to be filled.
    fn fill_by_print(
        &mut self,
        (price, quantity, aggressor): (Price, Quantity, Side),
        step: &mut Step<'_>,
    ) -> Result<(), Overflow> {
        let side = aggressor.opposite();
        let through = self.fill_through(side, price, step)?;
        if self.kind == MarketKind::Trades {
            // No book row will show that the market passed the other side, so the print itself does.
            self.fill_through(aggressor, price, step)?;
        }
        let shared = if self.config.fills.shared_prints { through } else { 0 };
        let steps = quantity.steps();
        self.fill_at(side, price, Print { steps, left: steps.saturating_sub(shared).max(0) }, step)
    }

    /// Own orders of `side` at better prices than a print were passed: they fill whole. Returns the steps filled.
    fn fill_through(&mut self, side: Side, price: Price, step: &mut Step<'_>) -> Result<i64, Overflow> {
        let mut total = 0_i64;
        while let Some((slot, own)) = self.front(side).filter(|own| side.improves(own.1, price)) {
            total = total.saturating_add(self.fill(slot, own, i64::MAX, Liquidity::Maker, step)?.steps);
        }
        Ok(total)
    }

    /// A print at the price of own orders passes along their queue.
    fn fill_at(&mut self, side: Side, price: Price, mut print: Print, step: &mut Step<'_>) -> Result<(), Overflow> {
        let rules = self.config.fills;
        let level = self.resting[side.index()].best().filter(|level| level.price == price && rules.at_price);
        let mut slot = level.map_or(NOBODY, |level| level.first);
        while slot != NOBODY {
            let lot = self.lot();
            let order = &mut self.orders[slot];
            let next = order.next;
            let reached = queue::after_trade(order, print, lot, &rules);
            if reached > 0 {
                let filled = self.fill(slot, price, reached, Liquidity::Maker, step)?;
                if rules.shared_prints {
                    print.left = print.left.saturating_sub(filled.steps).max(0);
                }
            }
            slot = next;
        }
        Ok(())
    }

    /// A message is complete. Own orders that the book stands at or through, then best-price triggers.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn on_message_end(
        &mut self,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        // The first message after a halt, or after a mode in which stops wait, has to look.
        let is_halted = self.is_halted(at);
        let stops_wait = self.access().holds_triggers() && self.best_triggers();
        self.message_end = is_halted || stops_wait;
        if is_halted {
            return Ok(());
        }
        if self.shared.is_none() && matches!(self.config.fills.crossing, Crossing::Displayed | Crossing::Whole) {
            for side in self.sides_by_age() {
                self.fill_crossed(side, &mut step)?;
            }
        }
        if self.best_triggers() && !stops_wait {
            let watched = Side::BOTH.map(|side| step.best_price(side.opposite()));
            self.fire(watched, &mut step)?;
        }
        Ok(())
    }

    /// Fills own orders of `side` whose price the opposite best price has reached, from what is on offer there.
    fn fill_crossed(&mut self, side: Side, step: &mut Step<'_>) -> Result<(), Overflow> {
        let whole = self.config.fills.crossing == Crossing::Whole;
        while let Some((slot, price)) = self.front(side) {
            let best = step.best_price(side.opposite());
            if !best.is_some_and(|best| side.accepts(price, best)) {
                break;
            }
            let open = self.orders[slot].open().steps();
            let offered = self.plan(Want { side, limit: Some(price), steps: open, meets: false }, step);
            if offered == 0 {
                break;
            }
            let steps = if whole { open } else { offered };
            let filled = self.fill(slot, price, steps, Liquidity::Maker, step)?;
            self.remember_plan(side.opposite(), filled.steps, step);
            if !filled.gone {
                break;
            }
        }
        Ok(())
    }

    /// Remembers that `steps` of the plan were had.
    fn remember_plan(&mut self, side: Side, mut steps: i64, step: &mut Step<'_>) {
        for index in 0..self.plan.len() {
            if let Move::Take { price, steps: offered } = self.plan[index] {
                let taken = offered.min(steps);
                steps -= taken;
                self.remember(side, price, taken, step);
            }
        }
    }

    /// Fires the triggers that the watched prices (of buys, of sells) have reached, the first passed first.
    pub(super) fn fire(&mut self, watched: [Option<Price>; 2], step: &mut Step<'_>) -> Result<(), Overflow> {
        if self.triggers.is_empty() {
            return Ok(());
        }
        let mut fired = std::mem::take(&mut self.fired);
        for side in Side::BOTH {
            if let Some(price) = watched[side.index()] {
                self.triggers.collect(side, price, &mut fired);
            }
        }
        fired.sort_unstable_by_key(|fired| (std::cmp::Reverse(fired.distance), fired.order_id));
        let result = fired.iter().try_for_each(|fired| self.trigger(fired.slot, step));
        fired.clear();
        self.fired = fired;
        result
    }

    /// A trigger fired: from here on the order is a new market or limit order.
    pub(super) fn trigger(&mut self, slot: Slot, step: &mut Step<'_>) -> Result<(), Overflow> {
        self.unlist(slot, step);
        self.orders[slot].trigger = None;
        self.report(slot, ReportKind::Triggered, step);
        self.release_into_market(slot, step)
    }
}
