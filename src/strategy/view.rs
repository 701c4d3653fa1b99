use crate::model::{BestPrices, ClientOrderId, Instrument, Level, MarketId, OrderType, Side, Trade};
use crate::units::{Money, Price, Quantity, Timestamp};

/// An own order as the bot knows it: what it sent, and what reports have told it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenOrder {
    /// The bot's number.
    pub client_order_id: ClientOrderId,
    /// Which market it is at.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue.
    pub order_type: OrderType,
    /// Original quantity.
    pub quantity: Quantity,
    /// Executed so far, as far as the bot knows.
    pub executed: Quantity,
    /// The largest original quantity it can have at the venue: more than `quantity` while an amend to more is on its way.
    pub quantity_max: Quantity,
    /// The limit price nearest to the market that amends on their way may give it; `None` for an order without a limit price.
    pub price_nearest: Option<Price>,
    /// Amends on their way.
    pub amends: u32,
    /// May only reduce the position.
    pub reduce_only: bool,
    /// Protects an open position.
    pub protective: bool,
    /// The venue has acknowledged it.
    pub acknowledged: bool,
    /// A cancel is on its way, or an order that is to take its place.
    pub cancelling: bool,
    /// The order whose place it takes, if the venue accepts it.
    pub replaces: Option<ClientOrderId>,
}

impl OpenOrder {
    /// Quantity still open, as far as the bot knows.
    #[must_use]
    pub fn open(&self) -> Quantity {
        self.quantity - self.executed
    }

    /// Quantity that it may still execute at worst, amends on their way included.
    #[must_use]
    pub fn open_max(&self) -> Quantity {
        self.quantity_max - self.executed
    }

    /// Limit price, if the order type has one.
    #[must_use]
    pub const fn limit_price(&self) -> Option<Price> {
        match self.order_type {
            OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
            OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
        }
    }
}

/// Depth beyond the best prices, best level first. Implemented by the book the bot keeps when it subscribes to depth.
pub trait DepthView {
    /// Up to `levels.len()` levels of `side` from the best one on; returns how many were written.
    fn levels(&self, side: Side, levels: &mut [Level]) -> usize;
}

/// What the bot knows of one of its markets.
#[derive(Clone, Copy)]
pub struct MarketView<'a> {
    /// Which market.
    pub id: MarketId,
    /// The instrument traded.
    pub instrument: &'a Instrument,
    /// Ticks between two prices that the venue takes now, as it has announced; 1 until it says otherwise.
    pub price_increment: i64,
    /// Best prices as last heard.
    pub best: BestPrices,
    /// When the last market message arrived; `None` before the first.
    pub market_at: Option<Timestamp>,
    /// The last public trade heard of.
    pub last_trade: Option<Trade>,
    /// Signed position in steps of this instrument, from the reports received.
    pub position: Quantity,
    /// Average entry price of the position, in quote atto per step; zero when flat.
    pub average_cost: Money,
    /// The bot's own book; `None` unless it subscribed to depth.
    pub depth: Option<&'a dyn DepthView>,
}

/// What the bot knows at one instant of its own clock. Own orders are never part of the market it shows.
///
/// A run of several tapes has several markets. The fields that are about one market are about the first one, which is
/// the only one in most runs; [`market`](Self::market) shows any of them. Clock, equity and orders are those of all.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The bot's clock.
    pub now: Timestamp,
    /// The market whose event woke the strategy; the first when a timer did.
    pub woken: MarketId,
    /// The markets after the first, in order.
    pub others: &'a [MarketView<'a>],
    /// The instrument traded.
    pub instrument: &'a Instrument,
    /// Ticks between two prices that the venue takes now, as it has announced; 1 until it says otherwise.
    pub price_increment: i64,
    /// Best prices as last heard.
    pub best: BestPrices,
    /// When the last market message arrived; `None` before the first.
    pub market_at: Option<Timestamp>,
    /// The last public trade heard of.
    pub last_trade: Option<Trade>,
    /// Signed position in steps, from the reports received.
    pub position: Quantity,
    /// Average entry price of the position, in quote atto per step; zero when flat.
    pub average_cost: Money,
    /// Equity of the whole account in the quote asset, at the mids as last heard.
    pub equity: Money,
    /// Own open orders at all markets, oldest first.
    pub orders: &'a [OpenOrder],
    /// The bot's own book; `None` unless it subscribed to depth.
    pub depth: Option<&'a dyn DepthView>,
}

impl<'a> View<'a> {
    /// What is known of one market; `None` when the run has no such market.
    ///
    /// ```
    /// use seatrial::model::{MarketId, Side};
    /// use seatrial::strategy::{Actions, OrderSpec, View};
    /// use seatrial::units::Quantity;
    ///
    /// /// Buys in the first market when the second has risen above it (both have one tick size here).
    /// fn follow(view: &View<'_>, actions: &mut Actions) {
    ///     let Some(leader) = view.market(MarketId(1)) else { return };
    ///     let (Some(here), Some(there)) = (view.best.mid_x2(), leader.best.mid_x2()) else { return };
    ///     if there > here && view.position.is_zero() && view.orders_at(MarketId::FIRST).next().is_none() {
    ///         actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1)));
    ///     } else if there < here && leader.position.is_zero() {
    ///         actions.submit(OrderSpec::market(Side::Buy, Quantity::new(1)).on(leader.id));
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn market(&self, id: MarketId) -> Option<MarketView<'a>> {
        match id.index().checked_sub(1) {
            Some(other) => self.others.get(other).copied(),
            None => Some(self.first()),
        }
    }

    /// All markets of the run, in order.
    pub fn markets(&self) -> impl Iterator<Item = MarketView<'a>> + use<'a> {
        std::iter::once(self.first()).chain(self.others.iter().copied())
    }

    const fn first(&self) -> MarketView<'a> {
        MarketView {
            id: MarketId::FIRST,
            instrument: self.instrument,
            price_increment: self.price_increment,
            best: self.best,
            market_at: self.market_at,
            last_trade: self.last_trade,
            position: self.position,
            average_cost: self.average_cost,
            depth: self.depth,
        }
    }

    /// Own open orders of one side of the first market, oldest first.
    pub fn orders_of(&self, side: Side) -> impl Iterator<Item = &OpenOrder> {
        self.orders_at(MarketId::FIRST).filter(move |order| order.side == side)
    }

    /// Own open orders at one market, oldest first.
    pub fn orders_at(&self, market: MarketId) -> impl Iterator<Item = &OpenOrder> {
        self.orders.iter().filter(move |order| order.market == market)
    }

    /// Own position in the first market plus everything that still may execute on `side`: the worst case of that side.
    #[must_use]
    pub fn worst_case(&self, side: Side) -> Quantity {
        let open: Quantity = self.orders_of(side).fold(Quantity::ZERO, |total, order| total + order.open());
        Quantity::new(self.position.steps() + side.sign() * open.steps())
    }
}
