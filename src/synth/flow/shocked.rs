//! What shocks and forced orders do to a market.

use super::clock::MARKET;
use super::leverage::{Leverage, LeverageModel};
use super::market::{Flow, NANOS, weight};
use super::shocks::Stub;
use crate::book::QueuedOrder;
use crate::model::Side;
use crate::synth::flow::resting::Patience;
use crate::synth::shock::{Moment, Sweep};
use crate::units::{Price, Quantity};

/// How far a forced order walks: a twentieth of the price.
const FORCED_REACH: f64 = 0.05;
/// Near the best price: within 10 basis points of it.
const NEAR: f64 = 0.001;
/// Depth that is wrong by less is left as it is.
const SLACK: f64 = 0.03;
/// Most quotes of a side at once.
const QUOTES_MAX: u32 = 2_000;
/// The quote at the end of a sweep, in market orders of mean size.
const STUB: f64 = 5.0;

impl Flow {
    /// The script has come to something new.
    pub(super) fn shock(&mut self) {
        let before = *self.shocks.moment();
        let change = self.shocks.look(self.now);
        let after = *self.shocks.moment();
        if (before.volatility, before.orders, before.halted) != (after.volatility, after.orders, after.halted) {
            self.tell_pace();
        }
        if change.log_price != 0.0 {
            self.price.scripted(change.log_price);
            self.moved(false);
        }
        // An order through the book is a message of its own: what it takes is what was there.
        if let Some(stub) = self.shocks.due_stub(self.now) {
            return self.finish_sweep(stub);
        }
        if !after.halted
            && let Some(sweep) = self.shocks.due_sweep(self.now)
        {
            return self.sweep(sweep);
        }
        if !after.halted && after.grid != self.shocks.grid {
            self.shocks.grid = after.grid;
            self.orders.leave_grid(after.grid);
        }
        self.provide();
        self.open_accounts();
        self.see_margins();
    }

    /// Where shocks speak of depth or spread, providers quote as they say.
    pub(super) fn provide(&mut self) {
        let Moment { spread, halted, .. } = *self.shocks.moment();
        if halted {
            return;
        }
        for side in Side::BOTH {
            if spread > 1.0 {
                self.make_way(side);
            }
            if let Some(wanted) = self.shocks.wanted(side) {
                self.withdraw_above(side, wanted);
                self.quote_below(side, wanted);
            } else if let Some(least) = self.shocks.least(side, self.liquidity(side)) {
                self.quote_below(side, least);
            }
        }
    }

    /// How far from the best price is near, in ticks: one at least.
    fn near(&self) -> i64 {
        ((self.price.ticks() * NEAR) as i64).max(1)
    }

    /// What others have near the best price of each side, in steps.
    pub(super) fn depth_near(&self) -> [i64; 2] {
        let near = self.near();
        Side::BOTH.map(|side| self.orders.depth_within(side, near))
    }

    /// Orders of a side are cancelled until about as much rests near its best price as is wanted.
    fn withdraw_above(&mut self, side: Side, wanted: f64) {
        let have = self.depth_near()[side.index()] as f64;
        if have > wanted * (1.0 + SLACK) {
            let gone = (1.0 - wanted / have) * self.orders.count(side) as f64;
            (0..gone as usize).for_each(|_| self.orders.cancel_of(side, &mut self.shocks.quotes));
        }
    }

    /// Providers of a side quote where the price has gone, until about as much rests near its best price as is wanted.
    fn quote_below(&mut self, side: Side, wanted: f64) {
        let near = self.near();
        let have = self.depth_near()[side.index()] as f64;
        let mut missing = wanted * (1.0 - SLACK) - have;
        for _ in 0..QUOTES_MAX {
            if missing <= 0.0 {
                break;
            }
            let reach = self.reach.sample(&mut self.shocks.quotes) * self.model.book.depth_ticks;
            let size = self.limit_sizes.sample(&mut self.shocks.quotes).max(1);
            if reach as i64 <= near {
                let price = self.touch(side) - reach as i64 * side.sign();
                let quantity = size.min(missing as i64 + 1);
                let price = Price::new(self.on_grid(side, price));
                self.orders.rest(QueuedOrder { side, price, quantity: Quantity::new(quantity) }, Patience::Ordinary);
                missing -= quantity as f64;
            }
        }
    }

    /// Quotes nearer to the price than anybody quotes now are withdrawn.
    fn make_way(&mut self, side: Side) {
        let edge = self.edge() * side.sign() as f64;
        let allowed = self.price.ticks() - edge;
        while let Some(best) = self.orders.best_of_others(side)
            && (best.ticks() as f64 - allowed) * side.sign() as f64 > 0.0
        {
            self.orders.pull(side, best);
        }
    }

    /// One order takes everything up to a price. There stands the quote of somebody who never thought to trade.
    fn sweep(&mut self, sweep: Sweep) {
        let (side, other) = (sweep.side, sweep.side.opposite());
        let Some(best) = self.orders.best(other) else { return };
        let price = Price::new((libm::round(best.ticks() as f64 * sweep.to) as i64).max(1));
        self.clock.excite(MARKET);
        self.orders.take(side, Quantity::new(i64::MAX), price);
        let quantity = Quantity::new(((self.mean_market_size * STUB) as i64).max(1));
        self.shocks.leave(self.now, Stub { aggressor: side, price, quantity, rests: false });
    }

    /// What a sweep leaves over.
    fn finish_sweep(&mut self, stub: Stub) {
        let Stub { aggressor, price, quantity, rests } = stub;
        if rests {
            self.orders.take(aggressor, quantity, price);
        } else {
            let side = aggressor.opposite();
            let price = Price::new(self.on_grid(side, price.ticks()));
            self.orders.rest(QueuedOrder { side, price, quantity }, Patience::Long);
        }
    }

    fn open_accounts(&mut self) {
        while let Some((model, severity)) = self.shocks.due_accounts(self.now) {
            self.open_accounts_of(&model, severity);
        }
    }

    /// Accounts at the price that is now.
    pub(super) fn open_accounts_of(&mut self, model: &LeverageModel, severity: f64) {
        let hourly = self.model.orders.market_per_second * 3_600.0 * self.mean_market_size;
        let (ticks, piece) = (self.price.ticks(), self.mean_market_size);
        let accounts = Leverage::new(model, severity, ticks, hourly, piece, &mut self.shocks.accounts);
        self.shocks.leverage.push(accounts);
    }

    /// Whose margin is gone at the price that is now is closed from now on.
    pub(super) fn see_margins(&mut self) {
        let ticks = self.price.ticks();
        self.shocks.leverage.iter_mut().for_each(|leverage| leverage.see(ticks));
    }

    /// A forced order, of the first accounts that have one.
    pub(super) fn liquidate(&mut self) {
        let now = self.now as f64 / NANOS;
        let Self { shocks, orders, price, clock, .. } = self;
        let mut forced = shocks.leverage.iter_mut().filter_map(|leverage| {
            let next = leverage.next(now)?;
            Some((leverage, next))
        });
        let Some((leverage, (order, surprise))) = forced.next() else { return };
        clock.excite(MARKET);
        if let Some(best) = orders.best(order.side.opposite()) {
            let reach = (best.ticks() as f64 * FORCED_REACH) as i64;
            orders.take(order.side, order.quantity, best.offset(order.side.sign() * reach));
        }
        let (done, average) = orders.traded();
        leverage.settle(order, done, average);
        let weight = weight(done as f64, self.mean_market_size);
        if done > 0 {
            price.trade(order.side.sign() as f64 * surprise, weight, &self.at);
            self.moved(true);
            self.see_margins();
        }
    }
}
