//! Changing an order in place.

use super::account::Exposure;
use super::order::{Order, Slot, Stage};
use super::state::Venue;
use super::step::{Request, Step};
use crate::book::Ladder;
use crate::gates::Cleared;
use crate::model::{Access, AmendOrder, CancelReason, ClientOrderId, ExecutionReport, RejectReason, ReportKind};
use crate::units::{Overflow, Price, Quantity, Timestamp};

/// Price and total quantity an order is to have.
#[derive(Debug, Clone, Copy)]
struct Change {
    limit: Option<Price>,
    quantity: Quantity,
}

impl Venue {
    /// Changes limit price or total quantity of an open order.
    ///
    /// A smaller quantity keeps priority; a new price or a larger quantity loses it and matches again, taking where it
    /// crosses. A total at or below the executed part ends the rest. A refused amend leaves the order as it was (a
    /// post-only order it would make take, only where the rules spare it). Triggers cannot be amended; an order that still
    /// waits changes in place. What stands at a price between those that are taken now may stay there: only a new price is asked for it.
    /// In a halt every amend is refused.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn amend(
        &mut self,
        request: Cleared<AmendOrder>,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let amend = request.into_inner();
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        let request = Request { sent_at: amend.sent_at, arrived_at: at };
        if self.is_down(at) {
            self.report_unseen(amend.client_order_id, RejectReason::Unavailable, request, &mut step);
            return Ok(());
        }
        if self.is_halted(at) {
            self.report_unseen(amend.client_order_id, RejectReason::TradingHalted, request, &mut step);
            return Ok(());
        }
        if let Some(reason) = self.access_refuses_amend(amend.client_order_id) {
            self.report_unseen(amend.client_order_id, reason, request, &mut step);
            return Ok(());
        }
        match self.orders.find(amend.client_order_id) {
            Some(slot) => {
                step.cause = Some((slot, request));
                self.amend_order(slot, &amend, &mut step)?;
            }
            None => self.report_unknown(amend.client_order_id, request, &mut step),
        }
        Ok(())
    }

    /// Why the market takes no amend of that order, whatever it says.
    fn access_refuses_amend(&self, id: ClientOrderId) -> Option<RejectReason> {
        let posts = || self.orders.find(id).is_none_or(|slot| self.orders[slot].post_only);
        match self.access() {
            Access::ReducesAlone => Some(RejectReason::ReducesAlone),
            Access::CancelOnly => Some(RejectReason::CancelOnlyMarket),
            Access::PostOnly if !posts() => Some(RejectReason::PostOnlyMarket),
            Access::PostOnly | Access::LimitOnly | Access::All | Access::Closed => None,
        }
    }

    fn amend_order(&mut self, slot: Slot, amend: &AmendOrder, step: &mut Step<'_>) -> Result<(), Overflow> {
        let order = self.orders[slot];
        let ends = amend.quantity.is_some_and(|total| Quantity::ZERO < total && total <= order.executed);
        if ends {
            self.end(slot, CancelReason::AmendedAway, step);
            return Ok(());
        }
        let change = Change {
            limit: order.limit.and(amend.price).or(order.limit),
            quantity: amend.quantity.unwrap_or(order.quantity),
        };
        if let Some(reason) = self.amend_refusal(slot, amend, change, step)? {
            self.report(slot, ReportKind::RequestRejected(reason), step);
            if reason == RejectReason::PostOnlyWouldTake && !self.config.fills.refused_amends_spare {
                self.end(slot, CancelReason::Unfilled, step);
            }
            return Ok(());
        }
        let loses = order.stage == Stage::Resting && loses_priority(&order, change);
        if loses {
            self.unlist(slot, step);
        } else {
            self.release(slot);
        }
        (self.orders[slot].limit, self.orders[slot].quantity) = (change.limit, change.quantity);
        if !loses {
            self.hold(slot)?;
            self.stand_with_less(slot, self.orders[slot].open(), step.at);
        }
        let price = self.orders[slot].nominal_price();
        self.report(slot, ReportKind::Amended { price, quantity: change.quantity }, step);
        if loses { self.arrive(slot, step) } else { Ok(()) }
    }

    /// The first reason to refuse, in the order of [`RejectReason`].
    fn amend_refusal(
        &mut self,
        slot: Slot,
        amend: &AmendOrder,
        change: Change,
        step: &Step<'_>,
    ) -> Result<Option<RejectReason>, Overflow> {
        let order = self.orders[slot];
        let no_limit = amend.price.filter(|_| order.limit.is_none());
        let moves = order.limit.filter(|_| order.stage == Stage::Resting && loses_priority(&order, change));
        let malformed = amend
            .quantity
            .and_then(|total| self.quantity_refusal(total))
            .or_else(|| self.price_refusal([amend.price, None]))
            .or_else(|| moves.and_then(|_| self.room_refusal(order.side, change.limit, change.quantity)))
            .or_else(|| self.grid_refusal([amend.price, None]))
            .or(no_limit.map(|_| RejectReason::InvalidCombination));
        if malformed.is_some() {
            return Ok(malformed);
        }
        let reference = change.limit.or(order.trigger);
        if self.below_min_notional(reference, change.quantity)? {
            return Ok(Some(RejectReason::MinNotional));
        }
        if !self.amend_affordable(slot, change, step)? {
            return Ok(Some(RejectReason::InsufficientBalance));
        }
        let again = order.post_only && loses_priority(&order, change);
        let takes = again && change.limit.is_some_and(|price| self.would_take(order.side, price, step));
        Ok(takes.then_some(RejectReason::PostOnlyWouldTake))
    }

    /// Whether the funds allow the order as changed; a change that asks for less always passes.
    fn amend_affordable(&mut self, slot: Slot, change: Change, step: &Step<'_>) -> Result<bool, Overflow> {
        let order = self.orders[slot];
        let more = change.quantity > order.quantity || change.limit != order.limit;
        if !more {
            return Ok(true);
        }
        let price = change.limit.unwrap_or_else(|| order.nominal_price());
        let open = change.quantity.checked_sub(order.executed)?;
        let quantity = self.may_trade(order.side, open, order.reduce_only);
        let wanted = Exposure { side: order.side, price, quantity };
        let mark_x2 = self.mark_x2(step);
        self.release(slot);
        let cost = self.account.worst_cost(wanted)?;
        let affords = self.account.affords(wanted, cost, mark_x2);
        self.hold(slot)?;
        affords
    }
}

/// A new price or a larger quantity goes to the back.
fn loses_priority(order: &Order, change: Change) -> bool {
    change.limit != order.limit || change.quantity > order.quantity
}
