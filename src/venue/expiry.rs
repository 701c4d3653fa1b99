use super::order::{NOBODY, Order, Slot};
use crate::model::OrderId;
use crate::units::Timestamp;

/// Orders that end at an instant, earliest last; ties by age.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Expiries(Vec<(Timestamp, OrderId, Slot)>);

impl Expiries {
    fn place(&self, at: Timestamp, order_id: OrderId) -> usize {
        self.0.partition_point(|entry| (entry.0, entry.1) > (at, order_id))
    }

    #[inline]
    pub(super) fn insert(&mut self, order: &Order, slot: Slot) {
        if let Some(at) = order.expiry() {
            let place = self.place(at, order.order_id);
            self.0.insert(place, (at, order.order_id, slot));
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, order: &Order) {
        if let Some(at) = order.expiry() {
            let place = self.place(at, order.order_id);
            assert_eq!(self.0.get(place).map(|entry| entry.1), Some(order.order_id), "order that expires at {at}");
            self.0.remove(place);
        }
    }

    /// The market is taken away at `at`: [`due`](Self::due) has nobody's slot then, before what expires at the same instant.
    pub(super) fn close_at(&mut self, at: Timestamp) {
        let place = self.place(at, OrderId(0));
        self.0.insert(place, (at, OrderId(0), NOBODY));
    }

    /// The market has been taken away.
    pub(super) fn closed(&mut self) {
        self.0.retain(|entry| entry.2 != NOBODY);
    }

    /// The earliest, or the end of time.
    #[inline]
    pub(super) fn next(&self) -> Timestamp {
        self.0.last().map_or(Timestamp::MAX, |entry| entry.0)
    }

    /// The order that ends at or before `now`, if any.
    pub(super) fn due(&self, now: Timestamp) -> Option<(Timestamp, Slot)> {
        self.0.last().filter(|entry| entry.0 <= now).map(|entry| (entry.0, entry.2))
    }
}
