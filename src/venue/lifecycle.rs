//! What can happen to an accepted order: it is listed somewhere, filled, ended. Every report is made here.

use super::account::Exposure;
use super::config::MarketKind;
use super::order::{NOBODY, Order, Slot, Stage};
use super::rules::QueueModel;
use super::state::Venue;
use super::step::{Request, Step};
use crate::model::{
    CancelReason, ClientOrderId, ExecutionReport, Fill, Liquidity, OrderId, RejectReason, ReportKind, Side,
};
use crate::units::{Money, Overflow, Price, Quantity};

/// What a fill did to its order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    pub steps: i64,
    /// The order is no more.
    pub gone: bool,
}

impl Venue {
    #[inline]
    pub(super) fn report(&self, slot: Slot, kind: ReportKind, step: &mut Step<'_>) {
        let order = &self.orders[slot];
        let request = match step.cause {
            Some((cause, request)) if cause == slot => request,
            _ => Request { sent_at: order.sent_at, arrived_at: order.arrived_at },
        };
        let open = if matches!(kind, ReportKind::Ended(_)) { Quantity::ZERO } else { order.open() };
        step.out.push(ExecutionReport {
            market: self.market,
            client_order_id: order.client_order_id,
            order_id: order.order_id,
            side: order.side,
            kind,
            executed: order.executed,
            open,
            sent_at: request.sent_at,
            arrived_at: request.arrived_at,
            matched_at: step.at,
            reported_at: step.at,
        });
    }

    /// Refuses a request about an order the venue does not have; the side is that of nothing.
    pub(super) fn report_unknown(&self, id: ClientOrderId, request: Request, step: &mut Step<'_>) {
        let kind = ReportKind::RequestRejected(RejectReason::UnknownOrder);
        self.report_stranger(id, Side::Buy, kind, request, step);
    }

    /// Refuses a request that the venue does not look at.
    pub(super) fn report_unseen(&self, id: ClientOrderId, reason: RejectReason, request: Request, step: &mut Step<'_>) {
        let kind = ReportKind::RequestRejected(reason);
        match self.orders.find(id) {
            Some(slot) => {
                step.cause = Some((slot, request));
                self.report(slot, kind, step);
            }
            None => self.report_stranger(id, Side::Buy, kind, request, step),
        }
    }

    /// A report about an order that is not in the store.
    #[inline(never)]
    pub(super) fn report_stranger(
        &self,
        id: ClientOrderId,
        side: Side,
        kind: ReportKind,
        request: Request,
        step: &mut Step<'_>,
    ) {
        step.out.push(ExecutionReport {
            market: self.market,
            client_order_id: id,
            order_id: OrderId(0),
            side,
            kind,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: request.sent_at,
            arrived_at: request.arrived_at,
            matched_at: step.at,
            reported_at: step.at,
        });
    }

    /// Puts an arrived order where it waits: stage, expiry, reservation.
    fn list(&mut self, slot: Slot, stage: Stage) -> Result<(), Overflow> {
        self.orders[slot].stage = stage;
        self.expiries.insert(&self.orders[slot], slot);
        self.hold(slot)
    }

    #[inline]
    pub(super) fn hold(&mut self, slot: Slot) -> Result<(), Overflow> {
        if self.account.is_checked() {
            self.orders[slot].reserved = self.account.hold(exposure(&self.orders[slot]))?;
        }
        Ok(())
    }

    #[inline]
    pub(super) fn release(&mut self, slot: Slot) {
        if !self.account.is_checked() {
            return;
        }
        let order = &mut self.orders[slot];
        let reserved = std::mem::replace(&mut order.reserved, Money::ZERO);
        self.account.release(order.side, order.open(), reserved);
    }

    /// Rests at the limit price, behind everybody.
    pub(super) fn rest(&mut self, slot: Slot, price: Price, step: &mut Step<'_>) -> Result<(), Overflow> {
        if !self.join(slot, price, step.at) {
            self.end(slot, CancelReason::Unfilled, step);
            return Ok(());
        }
        let side = self.orders[slot].side;
        if self.resting[side.index()].push(price, slot, &mut self.orders) {
            step.mark(price);
        }
        let ahead = self.ahead_at_entry(side, price, step);
        let order = &mut self.orders[slot];
        (order.ahead, order.traded, order.bars_before) = (ahead, 0, self.bars);
        self.list(slot, Stage::Resting)
    }

    fn ahead_at_entry(&self, side: Side, price: Price, step: &Step<'_>) -> i64 {
        match (self.config.fills.queue, self.kind) {
            (QueueModel::Front, _) | (_, MarketKind::Bars) => 0,
            (_, MarketKind::L2) => step.displayed(side, price),
            (_, MarketKind::Trades) => self.config.assumed_queue_ahead.map_or(i64::MAX, Quantity::steps),
        }
    }

    pub(super) fn wait(&mut self, slot: Slot, trigger: Price) -> Result<(), Overflow> {
        self.triggers.insert(&self.orders[slot], trigger, slot);
        self.list(slot, Stage::Waiting)
    }

    pub(super) fn pend(&mut self, slot: Slot) -> Result<(), Overflow> {
        self.pending.push(slot);
        self.list(slot, Stage::Pending)
    }

    /// Takes an order out of every list; it stays in the store.
    pub(super) fn unlist(&mut self, slot: Slot, step: &mut Step<'_>) {
        let order = &self.orders[slot];
        match order.stage {
            Stage::Arriving => return,
            Stage::Waiting => self.triggers.remove(order, order.trigger.unwrap_or_default()),
            Stage::Pending => self.pending.retain(|&pending| pending != slot),
            Stage::Resting => {
                let (side, price) = (order.side, order.limit.unwrap_or_default());
                self.leave(slot, step.at);
                if self.resting[side.index()].remove(price, slot, &mut self.orders) {
                    step.unmark(price);
                }
            }
        }
        self.expiries.remove(&self.orders[slot]);
        self.release(slot);
        self.orders[slot].stage = Stage::Arriving;
    }

    /// Ends an order's open rest.
    pub(super) fn end(&mut self, slot: Slot, reason: CancelReason, step: &mut Step<'_>) {
        self.unlist(slot, step);
        self.report(slot, ReportKind::Ended(reason), step);
        self.orders.remove(slot);
    }

    #[inline]
    pub(super) fn expire_due(&mut self, step: &mut Step<'_>) {
        if self.expiries.next() <= step.at {
            self.end_due(step);
        }
    }

    #[inline(never)]
    fn end_due(&mut self, step: &mut Step<'_>) {
        let now = step.at;
        while let Some((at, slot)) = self.expiries.due(now) {
            step.at = at;
            match slot {
                NOBODY => self.close(step),
                slot => self.end(slot, CancelReason::Expired, step),
            }
        }
        step.at = now;
    }

    /// Fills up to `steps` of an order; a reduce-only order stops at a flat position and ends there.
    pub(super) fn fill(
        &mut self,
        slot: Slot,
        price: Price,
        steps: i64,
        liquidity: Liquidity,
        step: &mut Step<'_>,
    ) -> Result<Filled, Overflow> {
        let order = &self.orders[slot];
        let (side, reduce_only) = (order.side, order.reduce_only);
        let reducible = if reduce_only { self.account.reducible(side) } else { i64::MAX };
        let steps = steps.min(order.open().steps()).min(reducible);
        if steps > 0 {
            self.execute(slot, Exposure { side, price, quantity: Quantity::new(steps) }, liquidity, step)?;
        }
        if self.orders[slot].open().is_zero() {
            self.unlist(slot, step);
            self.orders.remove(slot);
            return Ok(Filled { steps, gone: true });
        }
        let gone = reduce_only && self.account.reducible(side) == 0;
        if gone {
            self.end(slot, CancelReason::ReduceOnly, step);
        }
        Ok(Filled { steps, gone })
    }

    fn execute(
        &mut self,
        slot: Slot,
        fill: Exposure,
        liquidity: Liquidity,
        step: &mut Step<'_>,
    ) -> Result<(), Overflow> {
        let best = step.best();
        let fee = self.account.post(fill, liquidity)?;
        let held = self.account.is_checked() && self.orders[slot].stage != Stage::Arriving;
        if held {
            self.release(slot);
        }
        let order = &mut self.orders[slot];
        order.executed = order.executed + fill.quantity;
        if held {
            self.hold(slot)?;
        }
        let fill = Fill { price: fill.price, quantity: fill.quantity, liquidity, fee, best };
        self.report(slot, ReportKind::Filled(fill), step);
        Ok(())
    }
}

/// What an open order may still trade, at the price it is known by.
pub(super) fn exposure(order: &Order) -> Exposure {
    Exposure { side: order.side, price: order.nominal_price(), quantity: order.open() }
}
