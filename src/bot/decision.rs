use crate::gates::Cleared;
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, Intent, MarketId, NewOrder, Refusal};

/// What every gate has cleared: on its way to the venue.
#[derive(Debug)]
pub enum Request {
    /// A new order.
    New(Cleared<NewOrder>),
    /// The end of an order.
    Cancel(Cleared<CancelOrder>),
    /// A change of a resting order.
    Amend(Cleared<AmendOrder>),
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
