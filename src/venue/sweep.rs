//! What a venue ends by itself: all orders of an account, or those that wait for their trigger.

use super::order::{Slot, Stage};
use super::state::Venue;
use super::step::Step;
use crate::book::Ladder;
use crate::model::{CancelReason, ExecutionReport};
use crate::units::Timestamp;

/// Which orders a venue ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// All that are open: a dead man's switch goes off.
    All,
    /// Those that wait for their trigger: they are lost in a restart.
    Waiting,
}

impl Venue {
    /// Ends open orders that nobody asked to end, the oldest first; each is reported.
    pub fn sweep(&mut self, swept: Swept, at: Timestamp, book: &mut Ladder, out: &mut Vec<ExecutionReport>) {
        let mut step = self.step(at, book, out);
        self.expire_due(&mut step);
        self.end_all(swept, &mut step);
    }

    /// The market is taken away: nothing is open any more.
    pub(super) fn close(&mut self, step: &mut Step<'_>) {
        self.expiries.closed();
        self.end_all(Swept::All, step);
    }

    fn end_all(&mut self, swept: Swept, step: &mut Step<'_>) {
        let is_meant = |stage: Stage| swept == Swept::All || stage == Stage::Waiting;
        let ids: Vec<_> =
            self.orders.iter().filter(|order| is_meant(order.stage)).map(|order| order.client_order_id).collect();
        let slots: Vec<Slot> = ids.into_iter().filter_map(|id| self.orders.find(id)).collect();
        slots.into_iter().for_each(|slot| self.end(slot, CancelReason::ByVenue, step));
    }
}
