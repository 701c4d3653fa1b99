use crate::gates::Cleared;
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, Intent, NewOrder, Refusal};

/// What became of one wish.
#[derive(Debug)]
pub enum Decision {
    /// On its way to the venue.
    Order(Cleared<NewOrder>),
    /// A gate said no.
    OrderRefused(Intent, Refusal),
    /// On its way to the venue.
    Cancel(Cleared<CancelOrder>),
    /// On its way to the venue.
    Amend(Cleared<AmendOrder>),
    /// A gate said no to a cancel or an amend.
    RequestRefused(ClientOrderId, Refusal),
}
