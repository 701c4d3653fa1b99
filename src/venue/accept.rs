//! The door of the venue: new orders, cancels, and every reason to refuse them in the order of precedence.

use super::account::Exposure;
use super::config::MarketKind;
use super::order::{NOBODY, Order, limit_of, trigger_of};
use super::state::Venue;
use super::step::{Request, Step};
use super::taking::Want;
use crate::book::Ladder;
use crate::gates::Cleared;
use crate::model::{
    Access, CancelOrder, CancelReason, ExecutionReport, Intent, NewOrder, OrderId, OrderType, RejectReason, ReportKind,
    Side, TimeInForce, TriggerSource,
};
use crate::units::{Overflow, Price, Quantity, Timestamp};

impl Venue {
    /// A new order arrives. It is accepted or rejected, and an accepted one is matched at once (on bars: at the next open).
    ///
    /// One that replaces another is accepted or rejected together with the other's end: see the module's header.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn submit(
        &mut self,
        order: Cleared<NewOrder>,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let NewOrder { intent, sent_at } = order.get();
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        if self.account.has_unpriced_opening()
            && let Some(mark_x2) = self.mark_x2(&step)
        {
            self.account.price_opening(mark_x2)?;
        }
        let request = Request { sent_at: *sent_at, arrived_at: at };
        if self.is_down(at) {
            let kind = ReportKind::Rejected(RejectReason::Unavailable);
            self.report_stranger(intent.client_order_id, intent.side, kind, request, &mut step);
            return Ok(());
        }
        match self.refusal(intent, &mut step)? {
            Some(reason) => {
                let kind = ReportKind::Rejected(reason);
                self.report_stranger(intent.client_order_id, intent.side, kind, request, &mut step);
            }
            None => {
                self.end_replaced(intent.replaces, request, &mut step);
                self.accept(intent, *sent_at, &mut step)?;
            }
        }
        self.orders.note(intent.client_order_id);
        Ok(())
    }

    #[inline]
    pub(super) fn accept(&mut self, intent: &Intent, sent_at: Timestamp, step: &mut Step<'_>) -> Result<(), Overflow> {
        self.accepted += 1;
        let slot = self.orders.insert(Order::new(intent, OrderId(self.accepted), sent_at, step.at));
        self.report(slot, ReportKind::Accepted, step);
        let order = &self.orders[slot];
        match (order.trigger, order.limit) {
            (Some(trigger), _) => self.wait(slot, trigger),
            // Had it to take, or nothing to reduce, it would have been refused; and nothing has traded since.
            (None, Some(price)) if order.post_only => {
                assert!(!order.immediate(), "{:?} is post-only and must not rest", order.client_order_id);
                self.rest(slot, price, step)
            }
            (None, _) if self.kind == MarketKind::Bars && order.immediate() => self.pend(slot),
            (None, _) => self.arrive(slot, step),
        }
    }

    /// Ends an order on request.
    pub fn cancel(
        &mut self,
        request: Cleared<CancelOrder>,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) {
        let CancelOrder { client_order_id, sent_at } = request.into_inner();
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        let request = Request { sent_at, arrived_at: at };
        if self.is_down(at) {
            return self.report_unseen(client_order_id, RejectReason::Unavailable, request, &mut step);
        }
        match self.orders.find(client_order_id) {
            Some(slot) => {
                step.cause = Some((slot, request));
                self.end(slot, CancelReason::Requested, &mut step);
            }
            None => self.report_unknown(client_order_id, request, &mut step),
        }
    }

    /// The first reason to refuse a new order, in the order of [`RejectReason`].
    fn refusal(&mut self, intent: &Intent, step: &mut Step<'_>) -> Result<Option<RejectReason>, Overflow> {
        if intent.market != self.market {
            return Ok(Some(RejectReason::UnknownMarket));
        }
        if self.is_halted(step.at) {
            return Ok(Some(RejectReason::TradingHalted));
        }
        if self.access() != Access::All
            && let Some(reason) = self.access_refusal(intent)
        {
            return Ok(Some(reason));
        }
        match intent.replaces {
            Some(original) => self.replacement_refusal(original, intent, step),
            None => self.order_refusal(intent, step),
        }
    }

    /// Reasons 22 to 26.
    #[cold]
    pub(super) fn access_refusal(&self, intent: &Intent) -> Option<RejectReason> {
        let (is_taken, reason) = match self.access() {
            Access::All => return None,
            Access::Closed => (false, RejectReason::Delisted),
            Access::ReducesAlone => {
                (intent.quantity.steps() <= self.account.reducible(intent.side), RejectReason::ReducesAlone)
            }
            Access::PostOnly => (intent.post_only, RejectReason::PostOnlyMarket),
            Access::LimitOnly => (matches!(intent.order_type, OrderType::Limit { .. }), RejectReason::LimitOnlyMarket),
            Access::CancelOnly => (false, RejectReason::CancelOnlyMarket),
        };
        (!is_taken).then_some(reason)
    }

    /// Reasons 2 to 15, and 19.
    pub(super) fn order_refusal(&mut self, intent: &Intent, step: &Step<'_>) -> Result<Option<RejectReason>, Overflow> {
        if self.orders.seen(intent.client_order_id) {
            return Ok(Some(RejectReason::DuplicateClientOrderId));
        }
        let (limit, trigger) = (limit_of(intent.order_type), trigger_of(intent.order_type));
        let malformed = self
            .quantity_refusal(intent.quantity)
            .or_else(|| self.price_refusal([trigger, limit]))
            .or_else(|| {
                self.room_refusal(intent.side, limit.filter(|_| trigger.is_none() && may_stay(intent)), intent.quantity)
            })
            .or_else(|| self.grid_refusal([trigger, limit]))
            .or_else(|| combination_refusal(intent, step.at));
        if malformed.is_some() {
            return Ok(malformed);
        }
        let reference = limit.or(trigger).or_else(|| self.opposite_quote(intent.side, step));
        if self.below_min_notional(reference, intent.quantity)? {
            return Ok(Some(RejectReason::MinNotional));
        }
        if let Some(reason) = self.state_refusal(intent, step) {
            return Ok(Some(reason));
        }
        if !self.affordable(intent, reference, step)? {
            return Ok(Some(RejectReason::InsufficientBalance));
        }
        Ok(self.market_refusal(intent, step))
    }

    /// Reasons 3 to 6.
    #[inline]
    pub(super) fn quantity_refusal(&self, quantity: Quantity) -> Option<RejectReason> {
        if self.bounds.hold_quantity(quantity) { None } else { self.broken_quantity(quantity) }
    }

    #[inline(never)]
    fn broken_quantity(&self, quantity: Quantity) -> Option<RejectReason> {
        let filters = &self.filters;
        let lot = self.lot();
        if quantity <= Quantity::ZERO {
            Some(RejectReason::InvalidQuantity)
        } else if lot > 1 && quantity.steps() % lot != 0 {
            Some(RejectReason::LotSize)
        } else if filters.min_quantity.is_some_and(|min| quantity < min) {
            Some(RejectReason::QuantityTooSmall)
        } else if filters.max_quantity.is_some_and(|max| max < quantity) {
            Some(RejectReason::QuantityTooLarge)
        } else {
            None
        }
    }

    /// Reason 7.
    #[inline]
    pub(super) fn price_refusal(&self, prices: [Option<Price>; 2]) -> Option<RejectReason> {
        let inside = prices.into_iter().all(|price| price.is_none_or(|price| self.bounds.hold_price(price)));
        (!inside).then_some(RejectReason::PriceOutOfRange)
    }

    /// Reason 19. The caller has brought the calendar up to now.
    #[inline]
    pub(super) fn grid_refusal(&self, prices: [Option<Price>; 2]) -> Option<RejectReason> {
        let status = &self.calendar.now;
        let on_grid = prices.into_iter().all(|price| price.is_none_or(|price| status.is_on_grid(price)));
        (!on_grid).then_some(RejectReason::PriceIncrement)
    }

    /// Reason 9. A market order counts at the opposite best price, and passes while there is none.
    pub(super) fn below_min_notional(&self, price: Option<Price>, quantity: Quantity) -> Result<bool, Overflow> {
        match (self.filters.min_notional, price) {
            (Some(min), Some(price)) => Ok(self.account.notional(price, quantity)? < min),
            _ => Ok(false),
        }
    }

    /// Reasons 10 to 12.
    fn state_refusal(&self, intent: &Intent, step: &Step<'_>) -> Option<RejectReason> {
        let open = self.open_orders() - u32::from(step.leaving != NOBODY);
        let full = self.filters.max_open_orders.is_some_and(|max| max <= open);
        if full && may_stay(intent) {
            Some(RejectReason::TooManyOrders)
        } else if intent.reduce_only && self.account.reducible(intent.side) == 0 {
            Some(RejectReason::ReduceOnly)
        } else if self.triggers_at_once(intent, step) {
            Some(RejectReason::WouldTriggerImmediately)
        } else {
            None
        }
    }

    fn triggers_at_once(&self, intent: &Intent, step: &Step<'_>) -> bool {
        let Some(trigger) = trigger_of(intent.order_type) else { return false };
        let takes_profit = matches!(intent.order_type, OrderType::TakeProfit { .. });
        let like = if takes_profit { intent.side } else { intent.side.opposite() };
        let watched = match self.trigger_source() {
            TriggerSource::Last => self.last,
            TriggerSource::Best => step.best_price(intent.side.opposite()),
        };
        watched.is_some_and(|price| like.accepts(trigger, price))
    }

    /// Reason 13.
    #[inline]
    fn affordable(&mut self, intent: &Intent, reference: Option<Price>, step: &Step<'_>) -> Result<bool, Overflow> {
        if self.account.is_checked() { self.affords(intent, reference, step) } else { Ok(true) }
    }

    #[inline(never)]
    fn affords(&mut self, intent: &Intent, reference: Option<Price>, step: &Step<'_>) -> Result<bool, Overflow> {
        let quantity = self.may_trade(intent.side, intent.quantity, intent.reduce_only);
        let order = Exposure { side: intent.side, price: reference.unwrap_or_default(), quantity };
        let cost = if intent.order_type == OrderType::Market && step.book.is_some() && intent.side == Side::Buy {
            self.plan(Want { side: intent.side, limit: None, steps: quantity.steps(), meets: true }, step);
            self.plan_cost(intent.side)?
        } else {
            self.account.worst_cost(order)?
        };
        self.account.affords(order, cost, self.mark_x2(step))
    }

    /// The part of `quantity` that can trade: a reduce-only order stops at a flat position.
    pub(super) fn may_trade(&self, side: Side, quantity: Quantity, reduce_only: bool) -> Quantity {
        if reduce_only { quantity.min(Quantity::new(self.account.reducible(side))) } else { quantity }
    }

    /// Reasons 14 and 15.
    fn market_refusal(&self, intent: &Intent, step: &Step<'_>) -> Option<RejectReason> {
        match intent.order_type {
            OrderType::Limit { price } if intent.post_only && self.would_take(intent.side, price, step) => {
                Some(RejectReason::PostOnlyWouldTake)
            }
            OrderType::Market if self.kind != MarketKind::Bars && self.opposite_quote(intent.side, step).is_none() => {
                Some(RejectReason::NoLiquidity)
            }
            _ => None,
        }
    }

    /// Twice the price that values the position, where a check needs it: the mid, without a book the last trade.
    pub(super) fn mark_x2(&self, step: &Step<'_>) -> Option<i64> {
        if !self.account.needs_mark() {
            return None;
        }
        match &step.book {
            Some(book) => {
                let [bid, ask] = Side::BOTH.map(|side| book.best_price(side).map(Price::ticks));
                Some(bid?.saturating_add(ask?))
            }
            None => self.last.map(|last| last.ticks().saturating_mul(2)),
        }
    }
}

/// Reason 8: post-only with anything but a limit order that may rest, a market order with an end date, a date that has passed.
fn combination_refusal(intent: &Intent, at: Timestamp) -> Option<RejectReason> {
    let immediate = matches!(intent.time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
    let limit = matches!(intent.order_type, OrderType::Limit { .. });
    let post_only = intent.post_only && (immediate || !limit);
    let date = match intent.time_in_force {
        TimeInForce::GoodTilDate(end) => end <= at || intent.order_type == OrderType::Market,
        _ => false,
    };
    (post_only || date).then_some(RejectReason::InvalidCombination)
}

/// True when the order can be open after it was matched.
fn may_stay(intent: &Intent) -> bool {
    let immediate = matches!(intent.time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
    trigger_of(intent.order_type).is_some() || (intent.order_type != OrderType::Market && !immediate)
}
