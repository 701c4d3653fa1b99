use crate::gates::{Cleared, on_its_way};
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, Intent, MarketId, NewOrder, Refusal};
use crate::units::Timestamp;

/// What every gate has cleared: on its way to the venue.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub enum Request {
    /// A new order.
    New(#[serde(with = "on_its_way")] Cleared<NewOrder>),
    /// The end of an order.
    Cancel(#[serde(with = "on_its_way")] Cleared<CancelOrder>),
    /// A change of a resting order.
    Amend(#[serde(with = "on_its_way")] Cleared<AmendOrder>),
}

impl Request {
    /// The order it is about.
    #[must_use]
    pub const fn client_order_id(&self) -> ClientOrderId {
        match self {
            Self::New(order) => order.get().intent.client_order_id,
            Self::Cancel(cancel) => cancel.get().client_order_id,
            Self::Amend(amend) => amend.get().client_order_id,
        }
    }

    /// When it was sent, local clock.
    #[must_use]
    pub const fn sent_at(&self) -> Timestamp {
        match self {
            Self::New(order) => order.get().sent_at,
            Self::Cancel(cancel) => cancel.get().sent_at,
            Self::Amend(amend) => amend.get().sent_at,
        }
    }
}

/// What became of one wish.
#[derive(Debug)]
pub enum Decision {
    /// On its way to the venue of a market.
    Send(MarketId, Request),
    /// A gate said no.
    OrderRefused(Intent, Refusal),
    /// A gate said no to a cancel or an amend.
    RequestRefused(MarketId, ClientOrderId, Refusal),
}
