use crate::model::{BestPrices, GateId, OrderType, Refusal, Side};
use crate::units::{Money, Price, Quantity, Timestamp};

/// What the gates know when they judge a request: the bot's own knowledge at one instant of its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskView {
    /// The bot's clock.
    pub now: Timestamp,
    /// Signed position in steps.
    pub position: Quantity,
    /// Steps that own buys may still execute, orders and amends in unknown state at their worst case. Never negative.
    pub open_buy: Quantity,
    /// Steps that own sells may still execute, orders and amends in unknown state at their worst case. Never negative.
    pub open_sell: Quantity,
    /// How many of `open_buy` belong to reduce-only orders, which the venue stops at a flat position.
    pub reduce_only_buy: Quantity,
    /// How many of `open_sell` belong to reduce-only orders.
    pub reduce_only_sell: Quantity,
    /// Own orders that may be open.
    pub open_orders: u32,
    /// Limit price nearest to the market that an own buy can have here, amends on their way included; `None` without one, and
    /// where no gate [asks](super::Gates::wants_own_prices).
    pub own_bid: Option<Price>,
    /// The same of own sells.
    pub own_ask: Option<Price>,
    /// Other markets of the bot in which it holds something, or in which an own order that is not reduce-only may execute; 0
    /// where no gate [asks](super::Gates::wants_other_positions).
    pub other_positions: u32,
    /// Best prices as last heard.
    pub best: BestPrices,
    /// Local time of the last market message; `None` before the first.
    pub market_at: Option<Timestamp>,
    /// Equity in the quote asset as the bot knows it.
    pub equity: Money,
}

impl RiskView {
    /// Steps that own orders of `side` may still execute.
    #[must_use]
    pub const fn open(&self, side: Side) -> Quantity {
        match side {
            Side::Buy => self.open_buy,
            Side::Sell => self.open_sell,
        }
    }
}

impl RiskView {
    /// Price nearest to the market that an own order of `side` can have.
    #[must_use]
    pub const fn own(&self, side: Side) -> Option<Price> {
        match side {
            Side::Buy => self.own_bid,
            Side::Sell => self.own_ask,
        }
    }

    /// How many steps of [`open`](Self::open) belong to reduce-only orders.
    #[must_use]
    pub const fn reduce_only(&self, side: Side) -> Quantity {
        match side {
            Side::Buy => self.reduce_only_buy,
            Side::Sell => self.reduce_only_sell,
        }
    }
}

/// An order that is to be amended, as the bot knows it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmendedOrder {
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue, with its present price.
    pub order_type: OrderType,
    /// Executed so far.
    pub executed: Quantity,
    /// Still open, as counted in [`RiskView::open`].
    pub open: Quantity,
    /// May only bring the position closer to zero.
    pub reduce_only: bool,
    /// Protects an open position.
    pub protective: bool,
}

/// What a fill did to the bot's books in its market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// Signed position before, in steps.
    pub before: Quantity,
    /// Signed position after, in steps.
    pub after: Quantity,
    /// Realised by the fill at average cost, its fee taken off (a rebate added), in the quote asset.
    pub result: Money,
}

impl Execution {
    /// True when the position is zero or of the other sign afterwards: what was held before is closed whole.
    #[must_use]
    pub const fn opens_anew(&self) -> bool {
        self.before.steps().signum() != self.after.steps().signum()
    }
}

/// A breaker or the kill switch changed its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateEvent {
    /// It closed: from now on the gate refuses what its row says.
    Tripped(Refusal),
    /// It opened again.
    Cleared(GateId),
}

/// What a gate has done so far in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct GateCounter {
    /// Number in the catalogue.
    #[serde(serialize_with = "number")]
    pub id: GateId,
    /// Name in the catalogue.
    pub name: &'static str,
    /// False when the configuration says `off`: the gate checks nothing.
    pub armed: bool,
    /// Requests held against the limit (exempt ones are not).
    pub evaluated: u64,
    /// Requests refused.
    pub refused: u64,
    /// Times it tripped.
    pub tripped: u64,
}

fn number<S: serde::Serializer>(id: &GateId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(id.0)
}
