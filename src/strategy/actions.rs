use crate::model::{ClientOrderId, Intent, IntentKey, MarketId, OrderType, Side, TimeInForce};
use crate::units::{Price, Quantity, Rate};

/// One wish of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send an order, if every gate clears it.
    Submit(Intent),
    /// End an order.
    Cancel(ClientOrderId),
    /// Change a resting order in place.
    Amend {
        /// Which order.
        client_order_id: ClientOrderId,
        /// New limit price; `None` keeps it.
        price: Option<Price>,
        /// New total quantity, executed part included; `None` keeps it.
        quantity: Option<Quantity>,
    },
}

/// What a strategy says of an order; the rest of the intent is filled in by [`Actions::submit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderSpec {
    /// Which market it is for; the first unless [`on`](Self::on) another.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue.
    pub order_type: OrderType,
    /// How much, in steps.
    pub quantity: Quantity,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// The open order whose place it takes, if any; see [`replacing`](Self::replacing).
    pub replaces: Option<ClientOrderId>,
    /// Refuse instead of taking liquidity.
    pub post_only: bool,
    /// May only bring the position closer to zero.
    pub reduce_only: bool,
    /// Protects an open position.
    pub protective: bool,
    /// Expected profit as a fraction of notional before costs.
    pub expected_edge: Option<Rate>,
    /// The strategy's own number for why.
    pub reason: u32,
}

impl OrderSpec {
    /// A limit order, good till cancelled.
    #[must_use]
    pub const fn limit(side: Side, price: Price, quantity: Quantity) -> Self {
        Self::new(side, OrderType::Limit { price }, quantity)
    }

    /// A market order.
    #[must_use]
    pub const fn market(side: Side, quantity: Quantity) -> Self {
        Self::new(side, OrderType::Market, quantity)
    }

    /// Any order type, good till cancelled, no flags.
    #[must_use]
    pub const fn new(side: Side, order_type: OrderType, quantity: Quantity) -> Self {
        Self {
            market: MarketId::FIRST,
            side,
            order_type,
            quantity,
            time_in_force: TimeInForce::GoodTilCancel,
            replaces: None,
            post_only: false,
            reduce_only: false,
            protective: false,
            expected_edge: None,
            reason: 0,
        }
    }

    /// The same for another market.
    #[must_use]
    pub const fn on(mut self, market: MarketId) -> Self {
        self.market = market;
        self
    }

    /// The same, refused rather than taking liquidity.
    #[must_use]
    pub const fn post_only(mut self) -> Self {
        self.post_only = true;
        self
    }

    /// The same, only ever reducing the position.
    #[must_use]
    pub const fn reduce_only(mut self) -> Self {
        self.reduce_only = true;
        self
    }

    /// The same, marked as protecting an open position.
    #[must_use]
    pub const fn protective(mut self) -> Self {
        self.protective = true;
        self
    }

    /// The same with another time in force.
    #[must_use]
    pub const fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// The same, taking the place of an open order at the same market (FIX OrderCancelReplaceRequest; Binance
    /// `cancelReplace` with `STOP_ON_FAILURE`).
    ///
    /// The venue decides at arrival, in one instant. Either the original ends as replaced and this order is accepted and
    /// matched, as the newest at its price and for its whole quantity, whatever the original has executed. Or this order is
    /// rejected and nothing else happens: as an unknown order when the original has filled or ended before, else for the
    /// reason it would have without the original, whose funds and place among the open orders count as free already.
    ///
    /// For the gates it is a new order like any other. Until the venue's reports tell, original and replacement both count
    /// as open: the original may fill up to its last step on the way.
    #[must_use]
    pub const fn replacing(mut self, original: ClientOrderId) -> Self {
        self.replaces = Some(original);
        self
    }

    /// The same with an expected edge.
    #[must_use]
    pub const fn expecting(mut self, edge: Rate) -> Self {
        self.expected_edge = Some(edge);
        self
    }

    /// The same with the strategy's number for why.
    #[must_use]
    pub const fn because(mut self, reason: u32) -> Self {
        self.reason = reason;
        self
    }
}

/// Collects a strategy's wishes during one call and hands out client order ids. Reused from call to call, so a
/// strategy that quotes all day allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Actions {
    wishes: Vec<Action>,
    last_id: u64,
}

impl Actions {
    /// Wishes for an order under a fresh client order id and intent key, and returns the id.
    pub fn submit(&mut self, order: OrderSpec) -> ClientOrderId {
        self.submit_as(IntentKey(self.last_id + 1), order)
    }

    /// Wishes for an order under the strategy's own intent key: the same key twice is the same wish. The journal shows it, and the
    /// gate `idempotency`, where armed, refuses the second one. That gate wants keys that count up: a strategy with keys of its own
    /// gives them to all of its orders.
    pub fn submit_as(&mut self, intent_key: IntentKey, order: OrderSpec) -> ClientOrderId {
        let intent = self.intent(intent_key, order);
        self.wishes.push(Action::Submit(intent));
        intent.client_order_id
    }

    /// The order as an intent under a fresh client order id, wished for by nobody yet.
    pub(crate) const fn intent(&mut self, intent_key: IntentKey, order: OrderSpec) -> Intent {
        self.last_id += 1;
        Intent {
            intent_key,
            client_order_id: ClientOrderId(self.last_id),
            market: order.market,
            side: order.side,
            order_type: order.order_type,
            time_in_force: order.time_in_force,
            replaces: order.replaces,
            quantity: order.quantity,
            post_only: order.post_only,
            reduce_only: order.reduce_only,
            protective: order.protective,
            expected_edge: order.expected_edge,
            reason: order.reason,
        }
    }

    /// Wishes for an order in place of an open one, all or nothing, and returns its id: see [`OrderSpec::replacing`].
    pub fn replace(&mut self, original: ClientOrderId, order: OrderSpec) -> ClientOrderId {
        self.submit(order.replacing(original))
    }

    /// Wishes an order to end.
    pub fn cancel(&mut self, client_order_id: ClientOrderId) {
        self.wishes.push(Action::Cancel(client_order_id));
    }

    /// Wishes a resting order changed in place.
    pub fn amend(&mut self, client_order_id: ClientOrderId, price: Option<Price>, quantity: Option<Quantity>) {
        self.wishes.push(Action::Amend { client_order_id, price, quantity });
    }

    /// The wishes so far, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Action] {
        &self.wishes
    }

    /// Takes the wishes out, for who judges them; [`give_back`](Self::give_back) returns the room they took.
    pub(crate) fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.wishes)
    }

    /// Takes back the list that [`take`](Self::take) gave.
    pub(crate) fn give_back(&mut self, wishes: Vec<Action>) {
        self.wishes = wishes;
    }

    /// Forgets the wishes, keeps the id counter.
    pub fn clear(&mut self) {
        self.wishes.clear();
    }

    /// Goes on behind a client order id, as a checkpoint kept it.
    pub const fn go_on_from(&mut self, last_id: u64) {
        self.last_id = last_id;
    }

    /// The last client order id handed out (a checkpoint keeps it).
    #[must_use]
    pub const fn last_id(&self) -> u64 {
        self.last_id
    }
}
