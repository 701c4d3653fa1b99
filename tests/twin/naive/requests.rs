//! New orders, cancels and amends, and the reasons to refuse them in the order of `RejectReason`.

use super::allows;
use super::order::{self, Order, Place, fires, immediate};
use super::settings::Market;
use super::state::Naive;
use seatrial::model::{
    Access, AmendOrder, CancelOrder, CancelReason, Intent, NewOrder, OrderType, RejectReason, ReportKind, Side,
    TimeInForce, TriggerSource,
};
use seatrial::units::{Price, Quantity, Timestamp};

impl Naive {
    pub fn take_order(&mut self, new: &NewOrder, at: Timestamp) {
        self.begin(at);
        self.price_opening();
        let intent = &new.intent;
        let id = intent.client_order_id.0;
        let original = intent.replaces.map(|original| original.0);
        let refusal = self.status_refusal(intent).or_else(|| self.refusal_without(original, intent));
        match refusal {
            Some(reason) => self.report_stranger(id, intent.side, ReportKind::Rejected(reason), new.sent_at),
            None => {
                if let Some(original) = original {
                    self.cause = Some((original, new.sent_at, at));
                    self.end(original, CancelReason::Replaced);
                }
                self.accept(new, at);
            }
        }
        self.highest = self.highest.max(Some(id));
    }

    /// A market that is halted takes nothing, one in a mode what the mode takes.
    fn status_refusal(&self, intent: &Intent) -> Option<RejectReason> {
        let status = self.status();
        let is_limit = matches!(intent.order_type, OrderType::Limit { .. });
        match status.access {
            _ if status.is_halted => Some(RejectReason::TradingHalted),
            Access::PostOnly if !intent.post_only => Some(RejectReason::PostOnlyMarket),
            Access::LimitOnly if !is_limit => Some(RejectReason::LimitOnlyMarket),
            Access::CancelOnly => Some(RejectReason::CancelOnlyMarket),
            _ => None,
        }
    }

    fn accept(&mut self, new: &NewOrder, at: Timestamp) {
        self.accepted += 1;
        let order = Order::new(new, self.accepted, at);
        let (id, waits, may_rest) = (order.id, order.trigger.is_some(), order.may_rest());
        self.orders.push(order);
        self.report(id, ReportKind::Accepted);
        if waits {
            self.order_mut(id).place = Place::Waiting;
        } else if self.settings.market == Market::Bars && !may_rest {
            self.order_mut(id).place = Place::Pending;
        } else {
            self.arrive(id);
        }
    }

    /// What a venue would say that does not have the order to be replaced; that one must be there, though.
    fn refusal_without(&self, original: Option<u64>, intent: &Intent) -> Option<RejectReason> {
        let Some(original) = original else { return self.refusal(intent) };
        let mut other = self.clone();
        other.orders.retain(|order| order.id != original);
        if other.orders.len() == self.orders.len() { Some(RejectReason::UnknownOrder) } else { other.refusal(intent) }
    }

    fn refusal(&self, intent: &Intent) -> Option<RejectReason> {
        let (side, quantity) = (intent.side, intent.quantity.steps());
        let (limit, trigger) = (order::limit(intent), order::trigger(intent));
        let reference = limit.or(trigger).or(self.quote(side));
        let market = intent.order_type == OrderType::Market;
        let wanted = if intent.reduce_only { quantity.min(self.reducible(side)) } else { quantity };
        if self.highest.is_some_and(|highest| intent.client_order_id.0 <= highest) {
            return Some(RejectReason::DuplicateClientOrderId);
        }
        if let Some(reason) = self.quantity_refusal(quantity) {
            return Some(reason);
        }
        if [limit, trigger].into_iter().flatten().any(|price| self.out_of_range(price)) {
            return Some(RejectReason::PriceOutOfRange);
        }
        if [limit, trigger].into_iter().flatten().any(|price| self.off_grid(price)) {
            return Some(RejectReason::PriceIncrement);
        }
        if self.makes_no_sense(intent) {
            return Some(RejectReason::InvalidCombination);
        }
        if reference.is_some_and(|price| self.too_small(price, quantity)) {
            return Some(RejectReason::MinNotional);
        }
        let may_stay = trigger.is_some() || (!market && !immediate(intent.time_in_force));
        let full = self.settings.filters.max_open_orders.is_some_and(|max| self.orders.len() >= max as usize);
        if full && may_stay {
            return Some(RejectReason::TooManyOrders);
        }
        if intent.reduce_only && self.reducible(side) == 0 {
            return Some(RejectReason::ReduceOnly);
        }
        if trigger.is_some_and(|trigger| self.has_passed(side, order::takes_profit(intent), trigger)) {
            return Some(RejectReason::WouldTriggerImmediately);
        }
        let walks = market && side == Side::Buy && self.settings.market == Market::Book;
        let price = reference.unwrap_or(0);
        let cost = if walks { self.cost(side, wanted) } else { self.worst_cost(side, price, wanted) };
        if !self.affords(side, price, wanted, cost, u64::MAX) {
            return Some(RejectReason::InsufficientBalance);
        }
        if intent.post_only && limit.is_some_and(|limit| self.would_take(side, limit)) {
            return Some(RejectReason::PostOnlyWouldTake);
        }
        let nobody = market && self.settings.market != Market::Bars && self.quote(side).is_none();
        nobody.then_some(RejectReason::NoLiquidity)
    }

    fn quantity_refusal(&self, steps: i64) -> Option<RejectReason> {
        let filters = &self.settings.filters;
        if steps <= 0 {
            Some(RejectReason::InvalidQuantity)
        } else if steps % filters.lot.steps().max(1) != 0 {
            Some(RejectReason::LotSize)
        } else if filters.min_quantity.is_some_and(|min| steps < min.steps()) {
            Some(RejectReason::QuantityTooSmall)
        } else if filters.max_quantity.is_some_and(|max| steps > max.steps()) {
            Some(RejectReason::QuantityTooLarge)
        } else {
            None
        }
    }

    fn out_of_range(&self, price: i64) -> bool {
        let filters = &self.settings.filters;
        let low = filters.min_price.map_or(i64::MIN, Price::ticks);
        let high = filters.max_price.map_or(i64::MAX, Price::ticks);
        price <= 0 || price < low || price > high
    }

    fn off_grid(&self, price: i64) -> bool {
        price.rem_euclid(self.status().price_increment) != 0
    }

    fn makes_no_sense(&self, intent: &Intent) -> bool {
        let plain_limit = matches!(intent.order_type, OrderType::Limit { .. });
        let post_only = intent.post_only && (!plain_limit || immediate(intent.time_in_force));
        let dated = match intent.time_in_force {
            TimeInForce::GoodTilDate(end) => intent.order_type == OrderType::Market || end <= self.now,
            _ => false,
        };
        post_only || dated
    }

    fn too_small(&self, price: i64, steps: i64) -> bool {
        self.settings.filters.min_notional.is_some_and(|min| self.notional(price, steps) < min)
    }

    fn has_passed(&self, side: Side, takes_profit: bool, trigger: i64) -> bool {
        let watched = match self.trigger_source() {
            TriggerSource::Last => self.last,
            TriggerSource::Best => self.book.best(side.opposite()),
        };
        watched.is_some_and(|price| fires(side, takes_profit, trigger, price))
    }

    fn would_take(&self, side: Side, limit: i64) -> bool {
        let own = self.front(side.opposite()).map(|own| own.1).filter(|_| self.settings.meet);
        [self.quote(side), own].into_iter().flatten().any(|price| allows(side, limit, price))
    }

    pub fn take_cancel(&mut self, request: &CancelOrder, at: Timestamp) {
        self.begin(at);
        let id = request.client_order_id.0;
        if self.is_unknown(id, request.sent_at) {
            return;
        }
        self.cause = Some((id, request.sent_at, at));
        self.end(id, CancelReason::Requested);
    }

    fn is_unknown(&mut self, id: u64, sent_at: Timestamp) -> bool {
        let unknown = self.orders.iter().all(|order| order.id != id);
        if unknown {
            let kind = ReportKind::RequestRejected(RejectReason::UnknownOrder);
            self.report_stranger(id, Side::Buy, kind, sent_at);
        }
        unknown
    }

    pub fn take_amend(&mut self, request: &AmendOrder, at: Timestamp) {
        self.begin(at);
        let id = request.client_order_id.0;
        let status = self.status();
        let found = self.orders.iter().find(|order| order.id == id);
        let barred = match status.access {
            _ if status.is_halted => Some(RejectReason::TradingHalted),
            Access::CancelOnly => Some(RejectReason::CancelOnlyMarket),
            Access::PostOnly if found.is_some_and(|order| !order.post_only) => Some(RejectReason::PostOnlyMarket),
            _ => None,
        };
        let barred = barred.map(ReportKind::RequestRejected);
        if let Some(barred) = barred.filter(|_| found.is_none()) {
            return self.report_stranger(id, Side::Buy, barred, request.sent_at);
        }
        if self.is_unknown(id, request.sent_at) {
            return;
        }
        self.cause = Some((id, request.sent_at, at));
        if let Some(barred) = barred {
            return self.report(id, barred);
        }
        let order = self.order(id).clone();
        let (price, total) = (request.price.map(Price::ticks), request.quantity.map(Quantity::steps));
        if total.is_some_and(|total| total > 0 && total <= order.executed) {
            return self.end(id, CancelReason::AmendedAway);
        }
        if let Some(reason) = self.amend_refusal(&order, price, total) {
            self.report(id, ReportKind::RequestRejected(reason));
            if reason == RejectReason::PostOnlyWouldTake && !self.settings.spare {
                self.end(id, CancelReason::Unfilled);
            }
            return;
        }
        let changed = amended(&order, price, total);
        let moves = order.place == Place::Resting && goes_back(&order, &changed);
        let (price, quantity) = (Price::new(changed.nominal()), Quantity::new(changed.total));
        *self.order_mut(id) = changed;
        self.report(id, ReportKind::Amended { price, quantity });
        if moves {
            self.arrive(id);
        }
    }

    fn amend_refusal(&self, order: &Order, price: Option<i64>, total: Option<i64>) -> Option<RejectReason> {
        if let Some(reason) = total.and_then(|total| self.quantity_refusal(total)) {
            return Some(reason);
        }
        if price.is_some_and(|price| self.out_of_range(price)) {
            return Some(RejectReason::PriceOutOfRange);
        }
        if price.is_some_and(|price| self.off_grid(price)) {
            return Some(RejectReason::PriceIncrement);
        }
        if price.is_some() && order.limit.is_none() {
            return Some(RejectReason::InvalidCombination);
        }
        let changed = amended(order, price, total);
        let known = changed.limit.or(changed.trigger);
        if known.is_some_and(|price| self.too_small(price, changed.total)) {
            return Some(RejectReason::MinNotional);
        }
        if goes_back(order, &changed) {
            let (side, price) = (order.side, changed.nominal());
            let most = if order.reduce_only { self.reducible(side) } else { i64::MAX };
            let open = changed.open().min(most);
            if !self.affords(side, price, open, self.worst_cost(side, price, open), order.id) {
                return Some(RejectReason::InsufficientBalance);
            }
        }
        let takes = changed.limit.is_some_and(|limit| self.would_take(order.side, limit));
        (order.post_only && goes_back(order, &changed) && takes).then_some(RejectReason::PostOnlyWouldTake)
    }

    /// Where triggers look: without a book there is only the last trade.
    pub fn trigger_source(&self) -> TriggerSource {
        if self.settings.market == Market::Book { self.settings.trigger } else { TriggerSource::Last }
    }

    /// A trigger has fired: the order is a new market or limit order.
    pub fn trigger(&mut self, id: u64) {
        self.order_mut(id).trigger = None;
        self.report(id, ReportKind::Triggered);
        self.release(id);
    }
}

/// The order as it is to be.
fn amended(order: &Order, price: Option<i64>, total: Option<i64>) -> Order {
    Order { limit: price.or(order.limit), total: total.unwrap_or(order.total), ..order.clone() }
}

/// A new price or a larger quantity goes to the back of the queue.
fn goes_back(order: &Order, changed: &Order) -> bool {
    changed.limit != order.limit || changed.total > order.total
}
