use crate::ledger::{Ledger, Opening};
use crate::model::{ClientOrderId, ExecutionReport, Instrument, Intent, ReportKind, Side};
use crate::strategy::OpenOrder;
use crate::units::{Overflow, Quantity};

/// The bot's books: orders it believes open, and the ledger of the fills it was told of.
#[derive(Debug, Clone)]
pub struct Account {
    /// Oldest first; client order ids rise, so the list is sorted.
    orders: Vec<OpenOrder>,
    open: [Quantity; 2],
    ledger: Ledger,
}

impl Account {
    /// An account with its opening balances and no orders.
    ///
    /// # Errors
    /// [`Overflow`] when the opening position cannot be valued.
    pub fn new(instrument: &Instrument, opening: &Opening) -> Result<Self, Overflow> {
        Ok(Self { orders: Vec::new(), open: [Quantity::ZERO; 2], ledger: Ledger::new(instrument, opening)? })
    }

    /// Orders believed open, oldest first.
    #[must_use]
    pub fn orders(&self) -> &[OpenOrder] {
        &self.orders
    }

    /// Quantity believed open on `side`: an order counts from the moment it is sent until its end is reported.
    #[must_use]
    pub const fn open(&self, side: Side) -> Quantity {
        self.open[side.index()]
    }

    /// The bot's ledger.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The order with this number, if believed open.
    #[must_use]
    pub fn order(&self, client_order_id: ClientOrderId) -> Option<&OpenOrder> {
        self.find(client_order_id).map(|index| &self.orders[index])
    }

    /// An order has been sent.
    ///
    /// # Errors
    /// [`Overflow`] when the open quantity leaves `i64`.
    pub fn sent(&mut self, intent: &Intent) -> Result<(), Overflow> {
        let side = intent.side.index();
        self.open[side] = self.open[side].checked_add(intent.quantity)?;
        self.orders.push(OpenOrder {
            client_order_id: intent.client_order_id,
            market: intent.market,
            side: intent.side,
            order_type: intent.order_type,
            quantity: intent.quantity,
            executed: Quantity::ZERO,
            reduce_only: intent.reduce_only,
            protective: intent.protective,
            acknowledged: false,
            cancelling: false,
        });
        Ok(())
    }

    /// A cancel has been sent.
    pub fn cancelling(&mut self, client_order_id: ClientOrderId) {
        if let Some(index) = self.find(client_order_id) {
            self.orders[index].cancelling = true;
        }
    }

    /// Takes in what the venue reported.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn learn(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        if let ReportKind::Filled(fill) = &report.kind {
            self.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
        }
        let Some(index) = self.find(report.client_order_id) else { return Ok(()) };
        match report.kind {
            ReportKind::Accepted | ReportKind::Triggered => self.orders[index].acknowledged = true,
            ReportKind::RequestRejected(_) => self.orders[index].cancelling = false,
            ReportKind::Amended { price, quantity } => self.amended(index, price, quantity)?,
            ReportKind::Filled(fill) => self.executed(index, fill.quantity, report.open),
            ReportKind::Rejected(_) | ReportKind::Ended(_) => self.remove(index),
        }
        Ok(())
    }

    fn amended(&mut self, index: usize, price: crate::units::Price, quantity: Quantity) -> Result<(), Overflow> {
        use crate::model::OrderType;
        let order = &mut self.orders[index];
        let side = order.side.index();
        self.open[side] = self.open[side].checked_sub(order.quantity)?.checked_add(quantity)?;
        order.quantity = quantity;
        order.order_type = match order.order_type {
            OrderType::StopLimit { trigger, .. } => OrderType::StopLimit { trigger, price },
            OrderType::Limit { .. } => OrderType::Limit { price },
            other => other,
        };
        Ok(())
    }

    fn executed(&mut self, index: usize, quantity: Quantity, open: Quantity) {
        let order = &mut self.orders[index];
        order.executed = order.executed + quantity;
        let side = order.side.index();
        self.open[side] = self.open[side] - quantity;
        if open.is_zero() {
            self.remove(index);
        }
    }

    fn remove(&mut self, index: usize) {
        let order = self.orders.remove(index);
        let side = order.side.index();
        self.open[side] = self.open[side] - order.open();
    }

    fn find(&self, client_order_id: ClientOrderId) -> Option<usize> {
        // Few orders are open as a rule, and the oldest are asked for most.
        if self.orders.len() <= 8 {
            return self.orders.iter().position(|order| order.client_order_id == client_order_id);
        }
        self.orders.binary_search_by_key(&client_order_id, |order| order.client_order_id).ok()
    }
}
