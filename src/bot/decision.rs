use crate::gates::Cleared;
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, Intent, MarketId, NewOrder, Refusal};

/// What became of one wish.
#[derive(Debug)]
pub enum Decision {
    /// On its way to the venue.
    Order(Cleared<NewOrder>),
    /// A gate said no.
    OrderRefused(Intent, Refusal),
    /// On its way to the venue of the order's market.
    Cancel(MarketId, Cleared<CancelOrder>),
    /// On its way to the venue of the order's market.
    Amend(MarketId, Cleared<AmendOrder>),
    /// A gate said no to a cancel or an amend.
    RequestRefused(MarketId, ClientOrderId, Refusal),
}
