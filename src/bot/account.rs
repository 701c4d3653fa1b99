use crate::ledger::{Ledger, Opening};
use crate::model::{
    Charge, ClientOrderId, ExecutionReport, Instrument, Intent, MarketId, OrderType, RejectReason, ReportKind, Side,
};
use crate::strategy::OpenOrder;
use crate::units::{Money, Overflow, Price, Quantity};

/// The bot's books: orders it believes open, and for each market the ledger of the fills it was told of.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// Oldest first; client order ids rise, so the list is sorted.
    orders: Vec<OpenOrder>,
    holdings: Vec<Holding>,
}

/// What the bot has in one market.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Holding {
    /// Steps that may still execute, by side.
    open: [Quantity; 2],
    /// Those of them that belong to reduce-only orders.
    reduce_only: [Quantity; 2],
    open_orders: u32,
    ledger: Ledger,
    /// The ledger's average cost: asked for at every call of the strategy, changed by fills alone.
    average_cost: Money,
}

impl Holding {
    /// An order of `side` that is not reduce-only may still execute.
    fn may_open(&self, side: Side) -> bool {
        self.reduce_only[side.index()] < self.open[side.index()]
    }

    /// Counts steps in (or, negative, out) that `order` may still execute.
    fn count(&mut self, order: &OpenOrder, steps: i64) -> Result<(), Overflow> {
        let (side, change) = (order.side.index(), Quantity::new(steps));
        self.open[side] = self.open[side].checked_add(change)?;
        if order.reduce_only {
            self.reduce_only[side] = self.reduce_only[side].checked_add(change)?;
        }
        Ok(())
    }
}

impl Account {
    /// An account with the opening balances of each market, and no orders.
    ///
    /// # Errors
    /// [`Overflow`] when an opening position cannot be valued.
    pub fn new<'a>(openings: impl IntoIterator<Item = (&'a Instrument, &'a Opening)>) -> Result<Self, Overflow> {
        let holding = |(instrument, opening)| {
            let (open, reduce_only) = ([Quantity::ZERO; 2], [Quantity::ZERO; 2]);
            let ledger = Ledger::new(instrument, opening)?;
            Ok(Holding { open, reduce_only, open_orders: 0, average_cost: ledger.average_cost(), ledger })
        };
        Ok(Self { orders: Vec::new(), holdings: openings.into_iter().map(holding).collect::<Result<_, _>>()? })
    }

    /// Orders believed open, oldest first.
    #[must_use]
    pub fn orders(&self) -> &[OpenOrder] {
        &self.orders
    }

    /// Quantity that may still execute on `side` of a market: an order counts from the moment it is sent until its end is
    /// reported, at the largest quantity that amends on their way may give it.
    #[must_use]
    pub fn open(&self, market: MarketId, side: Side) -> Quantity {
        self.holdings[self.place(market)].open[side.index()]
    }

    /// How much of [`open`](Self::open) belongs to reduce-only orders.
    #[must_use]
    pub fn reduce_only(&self, market: MarketId, side: Side) -> Quantity {
        self.holdings[self.place(market)].reduce_only[side.index()]
    }

    /// Orders believed open at a market.
    #[must_use]
    pub fn open_orders(&self, market: MarketId) -> u32 {
        self.holdings[self.place(market)].open_orders
    }

    /// The bot's ledger of a market.
    #[must_use]
    pub fn ledger(&self, market: MarketId) -> &Ledger {
        &self.holdings[self.place(market)].ledger
    }

    /// Average entry price of a market's position, as [`Ledger::average_cost`] has it.
    #[must_use]
    pub fn average_cost(&self, market: MarketId) -> Money {
        self.holdings[self.place(market)].average_cost
    }

    /// The limit price nearest to the market that own orders of `side` can have at a market, amends on their way included.
    #[must_use]
    pub fn price_nearest(&self, market: MarketId, side: Side) -> Option<Price> {
        let there = self.orders.iter().filter(|order| order.market == market && order.side == side);
        there.fold(None, |nearest, order| nearer(side, nearest, order.price_nearest))
    }

    /// True when something is held at a market, or an order that is not reduce-only may execute there.
    #[must_use]
    pub fn is_engaged(&self, market: MarketId) -> bool {
        let holding = &self.holdings[self.place(market)];
        !holding.ledger.position().is_zero() || Side::BOTH.iter().any(|side| holding.may_open(*side))
    }

    /// Where a market's books are. An order for a market that the run does not have counts at the first, whose venue
    /// will reject it.
    #[inline]
    fn place(&self, market: MarketId) -> usize {
        let place = market.index();
        if place < self.holdings.len() { place } else { 0 }
    }

    fn holding(&mut self, market: MarketId) -> &mut Holding {
        let place = self.place(market);
        &mut self.holdings[place]
    }

    /// The order with this number, if believed open.
    #[must_use]
    pub fn order(&self, client_order_id: ClientOrderId) -> Option<&OpenOrder> {
        self.find(client_order_id).map(|index| &self.orders[index])
    }

    /// An order has been sent. One that it is to replace counts beside it, as being cancelled, until the venue reports.
    ///
    /// # Errors
    /// [`Overflow`] when the open quantity leaves `i64`.
    pub fn sent(&mut self, intent: &Intent) -> Result<(), Overflow> {
        let mut order = OpenOrder {
            client_order_id: intent.client_order_id,
            market: intent.market,
            side: intent.side,
            order_type: intent.order_type,
            quantity: intent.quantity,
            executed: Quantity::ZERO,
            // A negative quantity, which the venue will refuse, counts as its size: it must make no room for other orders.
            quantity_max: Quantity::new(intent.quantity.steps().saturating_abs()),
            price_nearest: None,
            amends: 0,
            reduce_only: intent.reduce_only,
            protective: intent.protective,
            acknowledged: false,
            cancelling: false,
            replaces: intent.replaces,
        };
        order.price_nearest = order.limit_price();
        let holding = self.holding(intent.market);
        holding.count(&order, order.open_max().steps())?;
        holding.open_orders += 1;
        self.orders.push(order);
        if let Some(original) = intent.replaces {
            self.cancelling(original);
        }
        Ok(())
    }

    /// An amend has been sent: until it is answered the order counts at the larger quantity and at the price nearer to the market.
    ///
    /// # Errors
    /// [`Overflow`] when the open quantity leaves `i64`.
    pub fn amending(
        &mut self,
        client_order_id: ClientOrderId,
        price: Option<Price>,
        quantity: Option<Quantity>,
    ) -> Result<(), Overflow> {
        let Some(index) = self.find(client_order_id) else { return Ok(()) };
        let order = &mut self.orders[index];
        order.amends += 1;
        if order.price_nearest.is_some() {
            order.price_nearest = nearer(order.side, order.price_nearest, price);
        }
        let most = order.quantity_max;
        self.set_most(index, quantity.unwrap_or(most).max(most))
    }

    /// An amend has been answered. Without another one on its way the order has the quantity it is known by.
    fn answered(&mut self, index: usize) -> Result<(), Overflow> {
        let order = &mut self.orders[index];
        order.amends = order.amends.saturating_sub(1);
        let (amends, quantity, most) = (order.amends, order.quantity, order.quantity_max);
        if amends == 0 {
            order.price_nearest = order.limit_price();
        }
        self.set_most(index, if amends == 0 { quantity } else { most.max(quantity) })
    }

    fn set_most(&mut self, index: usize, most: Quantity) -> Result<(), Overflow> {
        let before = self.orders[index];
        let change = most.checked_sub(before.quantity_max)?;
        self.holding(before.market).count(&before, change.steps())?;
        self.orders[index].quantity_max = most;
        Ok(())
    }

    /// A cancel has been sent.
    pub fn cancelling(&mut self, client_order_id: ClientOrderId) {
        if let Some(index) = self.find(client_order_id) {
            self.orders[index].cancelling = true;
        }
    }

    /// Orders of a market with a request on its way, be it the order itself, oldest first: nobody but whoever sent it knows what becomes of it.
    #[must_use]
    pub fn in_doubt(&self, market: MarketId) -> Vec<(ClientOrderId, Side)> {
        let is_asked = |order: &OpenOrder| !order.acknowledged || order.cancelling || 0 < order.amends;
        let is_unknown = |order: &&OpenOrder| order.market == market && is_asked(order);
        self.orders.iter().filter(is_unknown).map(|order| (order.client_order_id, order.side)).collect()
    }

    /// Nobody remembers which cancels were sent at a market: they can be sent again.
    pub fn forget_cancels(&mut self, market: MarketId) {
        self.orders.iter_mut().filter(|order| order.market == market).for_each(|order| order.cancelling = false);
    }

    /// The orders of a market are forgotten, whatever they are at the venue.
    pub fn forget_orders(&mut self, market: MarketId) {
        let place = self.place(market);
        self.orders.retain(|order| order.market != market);
        let holding = &mut self.holdings[place];
        (holding.open, holding.reduce_only, holding.open_orders) = ([Quantity::ZERO; 2], [Quantity::ZERO; 2], 0);
    }

    /// The venue has moved quote of a market without a fill: received, or paid if negative.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn charge(&mut self, market: MarketId, charge: Charge, amount: Money) -> Result<(), Overflow> {
        self.holding(market).ledger.charge(charge, amount)
    }

    /// The owner has put quote in at a market, or taken it out if negative.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn allocate(&mut self, market: MarketId, amount: Money) -> Result<(), Overflow> {
        self.holding(market).ledger.allocate(amount)
    }

    /// Takes in what the venue reported.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn learn(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        if let ReportKind::Filled(fill) = &report.kind {
            let holding = self.holding(report.market);
            holding.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
            holding.average_cost = holding.ledger.average_cost();
        }
        let Some(index) = self.find(report.client_order_id) else { return self.set_right(report) };
        match report.kind {
            ReportKind::Accepted | ReportKind::Triggered => self.orders[index].acknowledged = true,
            // Nobody says which request the venue has not looked at. A cancel can be sent again; an amend counts as on its way, at
            // its worst, until another one is answered.
            ReportKind::RequestRejected(
                RejectReason::Unavailable | RejectReason::NotPlaced | RejectReason::HalfDone,
            ) => self.orders[index].cancelling = false,
            // A cancel of an order that lives is never refused: with an amend on its way, that is what this answers.
            ReportKind::RequestRejected(_) if self.orders[index].amends > 0 => self.answered(index)?,
            ReportKind::RequestRejected(_) => self.orders[index].cancelling = false,
            ReportKind::Amended { price, quantity } => self.amended(index, price, quantity)?,
            ReportKind::Filled(fill) => self.executed(index, fill.quantity, report.open)?,
            ReportKind::Rejected(_) => {
                self.stays(self.orders[index].replaces);
                self.remove(index)?;
            }
            ReportKind::Ended(_) => self.remove(index)?,
            ReportKind::Busted(_) | ReportKind::Corrected(_) => self.set_right(report)?,
        }
        Ok(())
    }

    /// A fill was set right, if one was: orders stay as they are.
    #[cold]
    #[inline(never)]
    fn set_right(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        if !report.kind.sets_right() {
            return Ok(());
        }
        let holding = self.holding(report.market);
        holding.ledger.take(report)?;
        holding.average_cost = holding.ledger.average_cost();
        Ok(())
    }

    /// The order that was to be replaced, if any, stays as it is.
    fn stays(&mut self, original: Option<ClientOrderId>) {
        if let Some(index) = original.and_then(|original| self.find(original)) {
            self.orders[index].cancelling = false;
        }
    }

    fn amended(&mut self, index: usize, price: Price, quantity: Quantity) -> Result<(), Overflow> {
        let order = &mut self.orders[index];
        order.quantity = quantity;
        order.order_type = match order.order_type {
            OrderType::StopLimit { trigger, .. } => OrderType::StopLimit { trigger, price },
            OrderType::Limit { .. } => OrderType::Limit { price },
            other => other,
        };
        self.answered(index)
    }

    fn executed(&mut self, index: usize, quantity: Quantity, open: Quantity) -> Result<(), Overflow> {
        let order = self.orders[index];
        self.orders[index].executed = order.executed + quantity;
        self.holding(order.market).count(&order, -quantity.steps())?;
        if open.is_zero() { self.remove(index) } else { Ok(()) }
    }

    fn remove(&mut self, index: usize) -> Result<(), Overflow> {
        let order = self.orders.remove(index);
        let holding = self.holding(order.market);
        holding.open_orders -= 1;
        holding.count(&order, -order.open_max().steps())
    }

    fn find(&self, client_order_id: ClientOrderId) -> Option<usize> {
        // Few orders are open as a rule, and the oldest are asked for most.
        if self.orders.len() <= 8 {
            return self.orders.iter().position(|order| order.client_order_id == client_order_id);
        }
        self.orders.binary_search_by_key(&client_order_id, |order| order.client_order_id).ok()
    }
}

/// The one of two prices with the better priority on `side`.
fn nearer(side: Side, one: Option<Price>, other: Option<Price>) -> Option<Price> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if side.improves(other, one) { other } else { one }),
        (one, other) => one.or(other),
    }
}
