//! A new order that takes the place of an open one: both things happen, or neither.

use super::order::NOBODY;
use super::state::Venue;
use super::step::{Request, Step};
use crate::book::Ladder;
use crate::gates::Cleared;
use crate::model::{CancelReason, ClientOrderId, ExecutionReport, Intent, NewOrder, RejectReason, ReportKind};
use crate::units::{Overflow, Timestamp};

/// Which half of a replacement alone is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The old order ends, and the new one is not placed.
    Cancelled,
    /// The new order is placed, and the old one goes on.
    Placed,
}

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

    /// The order replaces one that is open, and nothing speaks against it: a venue could do half of it.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn would_replace(
        &mut self,
        order: &Cleared<NewOrder>,
        at: Timestamp,
        book: &mut Ladder,
    ) -> Result<bool, Overflow> {
        let Some(original) = order.get().intent.replaces else { return Ok(false) };
        let mut out = Vec::new();
        let mut step = self.step(at, book, &mut out);
        if self.is_down(at) || self.is_halted(at) || self.access_refusal(&order.get().intent).is_some() {
            return Ok(false);
        }
        Ok(self.replacement_refusal(original, &order.get().intent, &mut step)?.is_none())
    }

    /// Does half of a replacement that [would be done](Self::would_replace), and says of the other half that it was not.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn replace_half(
        &mut self,
        order: Cleared<NewOrder>,
        half: Half,
        at: Timestamp,
        book: &mut Ladder,
        out: &mut Vec<ExecutionReport>,
    ) -> Result<(), Overflow> {
        let NewOrder { intent, sent_at } = order.into_inner();
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        let request = Request { sent_at, arrived_at: at };
        let (id, original) = (intent.client_order_id, intent.replaces.and_then(|original| self.orders.find(original)));
        let refuse = |reason| ReportKind::Rejected(reason);
        match half {
            Half::Cancelled => {
                self.end_replaced(intent.replaces, request, &mut step);
                self.report_stranger(id, intent.side, refuse(RejectReason::HalfDone), request, &mut step);
            }
            // With the old one still there, something may speak against the new one after all.
            Half::Placed => match self.order_refusal(&intent, &step)? {
                Some(reason) => self.report_stranger(id, intent.side, refuse(reason), request, &mut step),
                None => {
                    step.cause = original.map(|slot| (slot, request));
                    let goes_on = ReportKind::RequestRejected(RejectReason::HalfDone);
                    original.into_iter().for_each(|slot| self.report(slot, goes_on, &mut step));
                    step.cause = None;
                    self.accept(&intent, sent_at, &mut step)?;
                }
            },
        }
        self.orders.note(id);
        Ok(())
    }

    /// Ends the order that an accepted one replaces; its report has the stamps of the request.
    pub(super) fn end_replaced(&mut self, original: Option<ClientOrderId>, request: Request, step: &mut Step<'_>) {
        let Some(slot) = original.and_then(|original| self.orders.find(original)) else { return };
        step.cause = Some((slot, request));
        self.end(slot, CancelReason::Replaced, step);
        step.cause = None;
    }
}
