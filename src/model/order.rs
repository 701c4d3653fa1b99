use super::{MarketId, Side};
use crate::units::{Price, Quantity, Rate, Timestamp};

/// The bot's number of an order, unique within a run and counting up. FIX tag 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct ClientOrderId(pub u64);

/// The venue's number of an order, counting up in order of acceptance. FIX tag 37.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct OrderId(pub u64);

/// Names one wish of the strategy: the same wish sent twice, under whatever client order id, has one key. It is journalled; the gate
/// `idempotency`, where armed, refuses a second order of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct IntentKey(pub u64);

/// What an order does at the venue. Prices are ticks; a trigger fires at equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum OrderType {
    /// Takes what there is, at any price.
    Market,
    /// Trades at `price` or better, rests otherwise.
    Limit {
        /// Worst acceptable price.
        price: Price,
    },
    /// Becomes a market order when the market moves through `trigger` against the position it protects.
    Stop {
        /// Trigger price.
        trigger: Price,
    },
    /// Becomes a limit order at `price` when the market moves through `trigger`.
    StopLimit {
        /// Trigger price.
        trigger: Price,
        /// Worst acceptable price after that.
        price: Price,
    },
    /// Becomes a market order when the market reaches `trigger` in the favourable direction.
    TakeProfit {
        /// Trigger price.
        trigger: Price,
    },
}

/// How long an order works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TimeInForce {
    /// Until cancelled.
    GoodTilCancel,
    /// Fills what it can at once; the rest ends.
    ImmediateOrCancel,
    /// Fills whole at once or not at all.
    FillOrKill,
    /// Until an instant of venue time: at that instant it has ended, before any later match.
    GoodTilDate(Timestamp),
}

/// Which price fires a trigger.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerSource {
    /// The last trade.
    #[default]
    Last,
    /// The opposite best price: a buy stop watches the best ask, a sell stop the best bid.
    Best,
}

/// What happens when an order would trade with another one of the same account. The newest order's mode decides.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SelfTradePrevention {
    /// The incoming order ends.
    #[default]
    ExpireTaker,
    /// The resting order ends.
    ExpireMaker,
    /// Both end.
    ExpireBoth,
}

/// What the strategy wants to do: not yet an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Intent {
    /// Names the wish.
    pub intent_key: IntentKey,
    /// Number the order will have.
    pub client_order_id: ClientOrderId,
    /// Which market it is for.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// What it does at the venue.
    pub order_type: OrderType,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// The open order whose place it takes, all or nothing: either that one ends and this one is accepted, in one instant,
    /// or this one is rejected and that one stays as it is. FIX tag 41 (OrigClOrdID) of an OrderCancelReplaceRequest.
    pub replaces: Option<ClientOrderId>,
    /// How much, in steps. What a replaced order has executed does not count towards it.
    pub quantity: Quantity,
    /// Refuse instead of taking liquidity.
    pub post_only: bool,
    /// May only bring the position closer to zero.
    pub reduce_only: bool,
    /// Protects an open position (a stop): some gates let it pass where they stop others.
    pub protective: bool,
    /// Profit the strategy expects, as a fraction of notional before costs; `None` when it does not say.
    pub expected_edge: Option<Rate>,
    /// The strategy's own number for why.
    pub reason: u32,
}

/// An order as it travels to the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewOrder {
    /// The intent every gate has seen, unchanged.
    pub intent: Intent,
    /// When the bot sent it, local clock.
    pub sent_at: Timestamp,
}

/// A wish to end an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CancelOrder {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// When the bot sent it, local clock.
    pub sent_at: Timestamp,
}

/// A wish to change a resting order in place. A smaller quantity keeps priority; a new price or a larger quantity loses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AmendOrder {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// New limit price; `None` keeps it.
    pub price: Option<Price>,
    /// New total quantity, executed part included; `None` keeps it. At or below the executed part the rest is cancelled.
    pub quantity: Option<Quantity>,
    /// When the bot sent it, local clock.
    pub sent_at: Timestamp,
}
