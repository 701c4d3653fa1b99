use super::posted::Posted;
use crate::model::{ClientOrderId, ExecutionReport, Intent, OrderType, RejectReason, ReportKind, Side};
use crate::units::{Day, Price, Quantity};

/// An own order as the bot can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OwnOrder {
    pub id: ClientOrderId,
    /// An order for a market that the run does not have counts at the first one, where no trip cancels it.
    pub is_foreign: bool,
    pub side: Side,
    pub order_type: OrderType,
    /// Total quantity as told.
    pub total: i128,
    /// Largest total that requests on their way may have given it.
    pub total_max: i128,
    pub executed: i128,
    /// The limit price nearest to the market that amends on their way may have given it.
    pub nearest: Option<Price>,
    /// Amends without an answer.
    pub amends: u32,
    /// A cancel or a replacement is on its way.
    pub cancelling: bool,
    pub reduce_only: bool,
    pub protective: bool,
    pub replaces: Option<ClientOrderId>,
}

impl OwnOrder {
    /// Steps it may still execute, at worst.
    pub fn open(&self) -> i128 {
        self.total_max - self.executed
    }
}

/// What a bot knows of its account in one market.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// Signed position in steps, as told.
    pub position: i128,
    /// Orders that may be open, as sent.
    pub orders: Vec<OwnOrder>,
    /// What fills have come to on the day of the last of them.
    pub traded: DayTraded,
    /// What the fills it was told of come to: ticks x steps sold less those bought.
    pub sold: i128,
    /// Their fees, in atto of quote.
    pub fees: i128,
}

/// Ticks x steps traded on one UTC day of the venue's clock. A fill of an earlier day that is told of later counts here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct DayTraded {
    day: Option<Day>,
    tick_steps: i128,
}

impl DayTraded {
    /// What counts on `day`.
    pub fn on(self, day: Day) -> i128 {
        if Some(day) <= self.day { self.tick_steps } else { 0 }
    }

    fn add(&mut self, day: Day, tick_steps: i128) {
        let before = if self.day < Some(day) { 0 } else { self.tick_steps };
        *self = Self { day: self.day.max(Some(day)), tick_steps: before.saturating_add(tick_steps) };
    }
}

impl Known {
    pub fn order(&self, id: ClientOrderId) -> Option<&OwnOrder> {
        self.orders.iter().find(|order| order.id == id)
    }

    fn order_mut(&mut self, id: ClientOrderId) -> Option<&mut OwnOrder> {
        self.orders.iter_mut().find(|order| order.id == id)
    }

    /// Orders of `side`, but for one.
    pub fn others(&self, side: Side, but: Option<ClientOrderId>) -> impl Iterator<Item = &OwnOrder> {
        self.orders.iter().filter(move |order| order.side == side && Some(order.id) != but)
    }

    /// Steps that orders of `side` may still execute, but for one.
    pub fn open(&self, side: Side, but: Option<ClientOrderId>) -> i128 {
        self.others(side, but).map(|order| order.open().abs()).sum()
    }

    /// An order has been sent.
    pub fn sent(&mut self, intent: &Intent, is_foreign: bool) {
        let total = i128::from(intent.quantity.steps());
        self.orders.push(OwnOrder {
            id: intent.client_order_id,
            is_foreign,
            side: intent.side,
            order_type: intent.order_type,
            total,
            total_max: total,
            executed: 0,
            nearest: limit_of(intent.order_type),
            amends: 0,
            cancelling: false,
            reduce_only: intent.reduce_only,
            protective: intent.protective,
            replaces: intent.replaces,
        });
        if let Some(original) = intent.replaces {
            self.cancelling(original);
        }
    }

    /// A cancel has been sent.
    pub fn cancelling(&mut self, id: ClientOrderId) {
        self.order_mut(id).into_iter().for_each(|order| order.cancelling = true);
    }

    /// Nobody remembers which cancels were sent.
    pub fn forget_cancels(&mut self) {
        self.orders.iter_mut().for_each(|order| order.cancelling = false);
    }

    /// An amend has been sent: until none is on its way the order counts at the largest total it may have.
    pub fn amending(&mut self, id: ClientOrderId, price: Option<Price>, quantity: Option<Quantity>) {
        if let Some(order) = self.order_mut(id) {
            order.amends += 1;
            order.nearest = [order.nearest, price].into_iter().flatten().reduce(|one, other| order.nearer(one, other));
            order.total_max = quantity.map_or(order.total_max, |total| order.total_max.max(total.steps().into()));
        }
    }

    /// Own orders of `side` that rest, at the price nearest to the market that one of them can have.
    pub fn nearest(&self, side: Side) -> Option<Price> {
        let there = self.others(side, None).filter(|order| !order.is_foreign);
        there.filter_map(|order| order.nearest).reduce(|one, other| match side {
            Side::Buy => one.max(other),
            Side::Sell => one.min(other),
        })
    }

    /// Atto of quote that the market has brought, what is held at `mid_x2` included (half an atto is rounded down). `None` where
    /// something is held and no mid is known.
    pub fn brought(&self, tick_step: i128, mid_x2: Option<i64>) -> Option<i128> {
        let held = match (self.position, mid_x2) {
            (0, _) => 0,
            (position, mid_x2) => tick_step.checked_mul(i128::from(mid_x2?))?.checked_mul(position)? >> 1,
        };
        tick_step.checked_mul(self.sold)?.checked_sub(self.fees)?.checked_add(held)
    }

    /// Something is held, or may be: an order that the venue does not stop at a flat position is open.
    pub fn is_engaged(&self) -> bool {
        self.position != 0 || self.orders.iter().any(|order| !order.reduce_only && order.open() != 0)
    }

    /// A report has arrived.
    pub fn learn(&mut self, report: &ExecutionReport) {
        if let Some(posted) = Posted::of(report) {
            self.position += posted.steps;
            self.sold -= posted.tick_steps;
            self.fees += posted.fee;
            // What was traded was traded, whatever is taken back of it.
            if let ReportKind::Filled(_) = &report.kind {
                self.traded.add(report.matched_at.day(), posted.tick_steps.abs());
            }
        }
        let id = report.client_order_id;
        match report.kind {
            ReportKind::Accepted | ReportKind::Triggered | ReportKind::Busted(_) | ReportKind::Corrected(_) => {}
            // It is not said which request that was: a cancel may be sent again, an amend may still come.
            ReportKind::RequestRejected(
                RejectReason::Unavailable | RejectReason::NotPlaced | RejectReason::HalfDone,
            ) => {
                self.order_mut(id).into_iter().for_each(|order| order.cancelling = false);
            }
            ReportKind::RequestRejected(_) => self.order_mut(id).into_iter().for_each(OwnOrder::refused),
            ReportKind::Amended { price, quantity } => {
                self.order_mut(id).into_iter().for_each(|order| order.amended(price, quantity));
            }
            ReportKind::Filled(fill) => self.executed(id, fill.quantity, report.open.is_zero()),
            ReportKind::Rejected(_) => self.rejected(id),
            ReportKind::Ended(_) => self.forget(id),
        }
    }

    fn executed(&mut self, id: ClientOrderId, quantity: Quantity, is_whole: bool) {
        self.order_mut(id).into_iter().for_each(|order| order.executed += i128::from(quantity.steps()));
        if is_whole {
            self.forget(id);
        }
    }

    /// What it was to replace stays.
    fn rejected(&mut self, id: ClientOrderId) {
        if let Some(original) = self.order(id).and_then(|order| order.replaces) {
            self.order_mut(original).into_iter().for_each(|order| order.cancelling = false);
        }
        self.forget(id);
    }

    fn forget(&mut self, id: ClientOrderId) {
        self.orders.retain(|order| order.id != id);
    }
}

impl OwnOrder {
    /// With an amend on its way a refusal answers that; else it answers the cancel.
    fn refused(&mut self) {
        match self.amends {
            0 => self.cancelling = false,
            _ => self.answered(),
        }
    }

    fn answered(&mut self) {
        self.amends = self.amends.saturating_sub(1);
        if self.amends == 0 {
            self.nearest = limit_of(self.order_type);
        }
        if self.amends == 0 || self.total_max < self.total {
            self.total_max = self.total;
        }
    }

    fn amended(&mut self, price: Price, quantity: Quantity) {
        self.total = i128::from(quantity.steps());
        self.order_type = match self.order_type {
            OrderType::StopLimit { trigger, .. } => OrderType::StopLimit { trigger, price },
            OrderType::Limit { .. } => OrderType::Limit { price },
            other => other,
        };
        self.answered();
    }

    fn nearer(&self, one: Price, other: Price) -> Price {
        match self.side {
            Side::Buy => one.max(other),
            Side::Sell => one.min(other),
        }
    }

    /// It only guards `position`: it is against it, and can do no more than close it.
    pub fn guards(&self, position: i128) -> bool {
        let held = -i128::from(self.side.sign()) * position;
        0 < held && (self.reduce_only || (self.protective && self.open() <= held))
    }
}

/// The price at which an order rests, once it does.
const fn limit_of(order_type: OrderType) -> Option<Price> {
    match order_type {
        OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
        OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
    }
}
