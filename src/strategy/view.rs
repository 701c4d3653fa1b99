use crate::model::{BestPrices, ClientOrderId, Instrument, Level, OrderType, Side, Trade};
use crate::units::{Money, Price, Quantity, Timestamp};

/// An own order as the bot knows it: what it sent, and what reports have told it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOrder {
    /// The bot's number.
    pub client_order_id: ClientOrderId,
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue.
    pub order_type: OrderType,
    /// Original quantity.
    pub quantity: Quantity,
    /// Executed so far, as far as the bot knows.
    pub executed: Quantity,
    /// May only reduce the position.
    pub reduce_only: bool,
    /// Protects an open position.
    pub protective: bool,
    /// The venue has acknowledged it.
    pub acknowledged: bool,
    /// A cancel is on its way.
    pub cancelling: bool,
}

impl OpenOrder {
    /// Quantity still open, as far as the bot knows.
    #[must_use]
    pub fn open(&self) -> Quantity {
        self.quantity - self.executed
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

/// What the bot knows at one instant of its own clock. Own orders are never part of the market it shows.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The bot's clock.
    pub now: Timestamp,
    /// The instrument traded.
    pub instrument: &'a Instrument,
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
    /// Equity in the quote asset at the mid as last heard.
    pub equity: Money,
    /// Own open orders, oldest first.
    pub orders: &'a [OpenOrder],
    /// The bot's own book; `None` unless it subscribed to depth.
    pub depth: Option<&'a dyn DepthView>,
}

impl View<'_> {
    /// Own open orders of one side, oldest first.
    pub fn orders_of(&self, side: Side) -> impl Iterator<Item = &OpenOrder> {
        self.orders.iter().filter(move |order| order.side == side)
    }

    /// Own position plus everything that still may execute on `side`: the worst case of that side.
    #[must_use]
    pub fn worst_case(&self, side: Side) -> Quantity {
        let open: Quantity = self.orders_of(side).fold(Quantity::ZERO, |total, order| total + order.open());
        Quantity::new(self.position.steps() + side.sign() * open.steps())
    }
}
