//! A new order that takes the place of an open one: both things happen, or neither.

use super::order::NOBODY;
use super::state::Venue;
use super::step::{Request, Step};
use crate::model::{CancelReason, ClientOrderId, Intent, RejectReason};
use crate::units::Overflow;

impl Venue {
    /// Reasons 1 to 15, and 19, for an order that replaces `original`: first that the venue does not have it (any more), then what
    /// would speak against the order if the original were gone. Changes nothing.
    pub(super) fn replacement_refusal(
        &mut self,
        original: ClientOrderId,
        intent: &Intent,
        step: &mut Step<'_>,
    ) -> Result<Option<RejectReason>, Overflow> {
        let Some(slot) = self.orders.find(original) else { return Ok(Some(RejectReason::UnknownOrder)) };
        self.release(slot);
        step.leaving = slot;
        let refusal = self.order_refusal(intent, step);
        step.leaving = NOBODY;
        self.hold(slot)?;
        refusal
    }

    /// Ends the order that an accepted one replaces; its report has the stamps of the request.
    pub(super) fn end_replaced(&mut self, original: Option<ClientOrderId>, request: Request, step: &mut Step<'_>) {
        let Some(slot) = original.and_then(|original| self.orders.find(original)) else { return };
        step.cause = Some((slot, request));
        self.end(slot, CancelReason::Replaced, step);
        step.cause = None;
    }
}
