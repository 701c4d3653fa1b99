use super::order::{NOBODY, Order, Slot};
use crate::model::ClientOrderId;

/// Dead entries of the index that are tolerated before it is swept.
const SLACK: usize = 8;
/// The newest orders are asked for most: so many entries are looked at before the others are searched.
const NEAR: usize = 4;

/// All live orders: a slab, and an index by client order id. Memory follows the number of live orders, not of all.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Orders {
    slab: Vec<Order>,
    free: Vec<Slot>,
    /// Rising by id; entries of ended orders hold [`NOBODY`] until the next sweep.
    index: Vec<(ClientOrderId, Slot)>,
    dead: usize,
    highest: Option<ClientOrderId>,
    /// Ids below the highest that have not come yet, and may: their requests were lost on the way, and are sent again.
    late: Vec<ClientOrderId>,
}

impl Orders {
    /// True when an id at or above this one was seen: ids count up, so it was used before.
    pub(super) fn seen(&self, id: ClientOrderId) -> bool {
        self.highest.is_some_and(|highest| id <= highest) && !self.late.contains(&id)
    }

    /// An id that has not come, and may although later ones have.
    pub(super) fn admit_late(&mut self, id: ClientOrderId) {
        self.late.push(id);
    }

    /// Remembers that ids up to this one are used.
    pub(super) fn note(&mut self, id: ClientOrderId) {
        if !self.late.is_empty() {
            self.late.retain(|late| *late != id);
        }
        self.highest = self.highest.max(Some(id));
    }

    #[inline]
    pub(super) fn insert(&mut self, order: Order) -> Slot {
        let id = order.client_order_id;
        // Ids count up, but for those that were lost on the way.
        let place = match self.index.last() {
            Some(last) if id <= last.0 => self.index.partition_point(|entry| entry.0 < id),
            _ => self.index.len(),
        };
        let there = self.index.get(place).map(|entry| entry.0);
        assert!(there != Some(id), "client order id {id:?} beside {there:?}");
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slab[slot as usize] = order;
                slot
            }
            None => {
                self.slab.push(order);
                (self.slab.len() - 1) as Slot
            }
        };
        self.index.insert(place, (id, slot));
        slot
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        let id = self[slot].client_order_id;
        let place = self.place(id);
        assert!(place.is_some(), "order {id:?} in slot {slot} is not in the index");
        if let Some(place) = place {
            self.index[place].1 = NOBODY;
            self.dead += 1;
        }
        self.free.push(slot);
        self.tidy();
    }

    #[inline]
    fn tidy(&mut self) {
        while self.index.last().is_some_and(|entry| entry.1 == NOBODY) {
            self.index.pop();
            self.dead -= 1;
        }
        if self.dead > SLACK && self.dead * 2 > self.index.len() {
            self.index.retain(|entry| entry.1 != NOBODY);
            self.dead = 0;
        }
    }

    fn place(&self, id: ClientOrderId) -> Option<usize> {
        let (old, new) = self.index.split_at(self.index.len().saturating_sub(NEAR));
        let near = new.iter().rposition(|entry| entry.0 == id).map(|place| old.len() + place);
        let place = near.or_else(|| old.binary_search_by_key(&id, |entry| entry.0).ok())?;
        (self.index[place].1 != NOBODY).then_some(place)
    }

    pub(super) fn find(&self, id: ClientOrderId) -> Option<Slot> {
        self.place(id).map(|place| self.index[place].1)
    }

    pub(super) fn len(&self) -> usize {
        self.index.len() - self.dead
    }

    /// Live orders by rising client order id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.index.iter().filter(|entry| entry.1 != NOBODY).map(|entry| &self[entry.1])
    }

    pub(super) const fn highest(&self) -> Option<ClientOrderId> {
        self.highest
    }
}

impl std::ops::Index<Slot> for Orders {
    type Output = Order;
    fn index(&self, slot: Slot) -> &Order {
        &self.slab[slot as usize]
    }
}

impl std::ops::IndexMut<Slot> for Orders {
    fn index_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.slab[slot as usize]
    }
}
