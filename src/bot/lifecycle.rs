use super::{Account, Decision};
use crate::gates::{AmendedOrder, Gates, RiskView};
use crate::ledger::Opening;
use crate::model::{
    AmendOrder, Bar, BestPrices, ClientOrderId, ExecutionReport, Instrument, Intent, Mark, MarketId, OrderType, Side,
    Trade,
};
use crate::strategy::{Action, Actions, DepthView, OpenOrder, Strategy, Subscriptions, View};
use crate::units::{Money, Overflow, Price, Quantity, Timestamp};

/// Why the strategy is called.
#[derive(Debug, Clone, Copy)]
pub enum Wake<'a> {
    /// Its timer rang.
    Timer,
    /// A bar is complete.
    Bar(MarketId, &'a Bar),
    /// The best prices changed.
    Book(MarketId),
    /// A public trade arrived.
    Trade(MarketId, &'a Trade),
    /// An execution report arrived.
    Report(&'a ExecutionReport),
}

impl Wake<'_> {
    /// The market it comes from; a timer comes from none and says the first.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        match self {
            Self::Timer => MarketId::FIRST,
            Self::Bar(market, _) | Self::Trade(market, _) | Self::Book(market) => *market,
            Self::Report(report) => report.market,
        }
    }
}

/// What the market looks like from where the bot sits.
#[derive(Clone, Copy)]
pub struct MarketKnowledge<'a> {
    /// Best prices as last heard.
    pub best: BestPrices,
    /// When the last market message arrived.
    pub market_at: Option<Timestamp>,
    /// Last public trade heard of.
    pub last_trade: Option<Trade>,
    /// The bot's own book, if it keeps one.
    pub depth: Option<&'a dyn DepthView>,
}

/// The bot under test.
pub struct Bot {
    strategy: Box<dyn Strategy>,
    subscriptions: Subscriptions,
    gates: Gates,
    account: Account,
    actions: Actions,
    instrument: Instrument,
    /// Last mid heard, doubled; marks the bot's equity while a side of the book is empty.
    mid_x2: i64,
}

impl Bot {
    /// Puts strategy and gates together.
    ///
    /// # Errors
    /// [`Overflow`] when the opening position cannot be valued.
    pub fn new(
        strategy: Box<dyn Strategy>,
        gates: Gates,
        instrument: &Instrument,
        opening: &Opening,
    ) -> Result<Self, Overflow> {
        Ok(Self {
            subscriptions: strategy.subscriptions(),
            strategy,
            gates,
            account: Account::new(instrument, opening)?,
            actions: Actions::default(),
            instrument: instrument.clone(),
            mid_x2: opening.at.map_or(0, |price| 2 * price.ticks()),
        })
    }

    /// What wakes the strategy.
    #[must_use]
    pub const fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// What the bot believes of its account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The gates, for counters and digests.
    #[must_use]
    pub const fn gates(&self) -> &Gates {
        &self.gates
    }

    /// The gates, for the risk clock.
    pub const fn gates_mut(&mut self) -> &mut Gates {
        &mut self.gates
    }

    /// The strategy, for its description and its state.
    #[must_use]
    pub fn strategy(&self) -> &dyn Strategy {
        self.strategy.as_ref()
    }

    /// Takes a report into the account. Call before waking the strategy with it.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn learn(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        self.account.learn(report)
    }

    /// Calls the strategy and judges its wishes; decisions are appended to `out` in order.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its range.
    pub fn wake(
        &mut self,
        wake: Wake<'_>,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        out: &mut Vec<Decision>,
    ) -> Result<(), Overflow> {
        if let Some(mid_x2) = market.best.mid_x2() {
            self.mid_x2 = mid_x2;
        }
        let equity = self.account.ledger().equity(self.mid_x2)?;
        let view = View {
            now,
            woken: wake.market(),
            others: &[],
            instrument: &self.instrument,
            best: market.best,
            market_at: market.market_at,
            last_trade: market.last_trade,
            position: self.account.ledger().position(),
            average_cost: self.account.ledger().average_cost(),
            equity,
            orders: self.account.orders(),
            depth: market.depth,
        };
        let actions = &mut self.actions;
        actions.clear();
        match wake {
            Wake::Timer => self.strategy.on_timer(&view, actions),
            Wake::Bar(_, bar) => self.strategy.on_bar(bar, &view, actions),
            Wake::Book(_) => self.strategy.on_book(&view, actions),
            Wake::Trade(_, trade) => self.strategy.on_trade(trade, &view, actions),
            Wake::Report(report) => self.strategy.on_report(report, &view, actions),
        }
        self.judge(now, market, equity, out)
    }

    fn judge(
        &mut self,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        equity: Money,
        out: &mut Vec<Decision>,
    ) -> Result<(), Overflow> {
        for index in 0..self.actions.as_slice().len() {
            let action = self.actions.as_slice()[index];
            let risk = self.risk(now, market, equity);
            let decision = match action {
                Action::Submit(intent) => self.submit(intent, &risk)?,
                Action::Cancel(client_order_id) => self.cancel(client_order_id, &risk),
                Action::Amend { client_order_id, price, quantity } => {
                    self.amend(client_order_id, price, quantity, &risk)
                }
            };
            out.push(decision);
        }
        Ok(())
    }

    fn risk(&self, now: Timestamp, market: &MarketKnowledge<'_>, equity: Money) -> RiskView {
        RiskView {
            now,
            position: self.account.ledger().position(),
            open_buy: self.account.open(Side::Buy),
            open_sell: self.account.open(Side::Sell),
            open_orders: self.account.orders().len() as u32,
            best: market.best,
            market_at: market.market_at,
            equity,
        }
    }

    fn submit(&mut self, intent: Intent, risk: &RiskView) -> Result<Decision, Overflow> {
        match self.gates.clear_order(intent, risk) {
            Ok(cleared) => {
                self.account.sent(&cleared.get().intent)?;
                Ok(Decision::Order(cleared))
            }
            Err(refusal) => Ok(Decision::OrderRefused(intent, refusal)),
        }
    }

    fn cancel(&mut self, client_order_id: ClientOrderId, risk: &RiskView) -> Decision {
        match self.gates.clear_cancel(client_order_id, risk) {
            Ok(cleared) => {
                self.account.cancelling(client_order_id);
                Decision::Cancel(cleared)
            }
            Err(refusal) => Decision::RequestRefused(client_order_id, refusal),
        }
    }

    fn amend(
        &mut self,
        client_order_id: ClientOrderId,
        price: Option<Price>,
        quantity: Option<Quantity>,
        risk: &RiskView,
    ) -> Decision {
        let amend = AmendOrder { client_order_id, price, quantity, sent_at: risk.now };
        let order = amended(self.account.order(client_order_id));
        match self.gates.clear_amend(amend, &order, risk) {
            Ok(cleared) => Decision::Amend(cleared),
            Err(refusal) => Decision::RequestRefused(client_order_id, refusal),
        }
    }

    /// Shows the gates a tick of the risk clock.
    pub fn on_mark(&mut self, mark: &Mark, out: &mut Vec<crate::gates::GateEvent>) {
        self.gates.on_mark(mark, out);
    }

    /// When a gate demands it: a cancel for every order sent up to its trip that has none on its way.
    pub fn cancel_all(&mut self, now: Timestamp, market: &MarketKnowledge<'_>, out: &mut Vec<Decision>) {
        let Some(last) = self.gates.cancel_up_to() else { return };
        let risk = self.risk(now, market, Money::ZERO);
        let pending: Vec<ClientOrderId> = self
            .account
            .orders()
            .iter()
            .filter(|order| !order.cancelling && order.client_order_id <= last)
            .map(|order| order.client_order_id)
            .collect();
        out.extend(pending.into_iter().map(|client_order_id| self.cancel(client_order_id, &risk)));
    }
}

/// The order as the gates want to see it. One the bot does not know (any more) has nothing open; the venue will say so.
fn amended(known: Option<&OpenOrder>) -> AmendedOrder {
    match known {
        Some(order) => AmendedOrder {
            side: order.side,
            order_type: order.order_type,
            executed: order.executed,
            open: order.open(),
            reduce_only: order.reduce_only,
            protective: order.protective,
        },
        None => AmendedOrder {
            side: Side::Buy,
            order_type: OrderType::Market,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            reduce_only: true,
            protective: false,
        },
    }
}
