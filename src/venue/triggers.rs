use super::order::{Order, Slot};
use crate::model::{OrderId, Side};
use crate::units::Price;

/// One waiting order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Waiting {
    trigger: Price,
    order_id: OrderId,
    slot: Slot,
}

/// A trigger that fired.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fired {
    /// Ticks from the trigger to the price that fired it: the farther, the earlier the market passed it.
    pub distance: u64,
    pub order_id: OrderId,
    pub slot: Slot,
}

/// Waiting orders by the direction they wait for and by their side; nearest to firing last.
///
/// A trigger that waits for a rise is reached like a sell limit, one that waits for a fall like a buy limit: the direction
/// is written as that side.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Triggers {
    lists: [[Vec<Waiting>; 2]; 2],
    /// How many of them become limit orders.
    limits: usize,
    /// How many there are.
    waiting: usize,
}

impl Triggers {
    fn place(list: &[Waiting], like: Side, trigger: Price, order_id: OrderId) -> usize {
        list.partition_point(|entry| {
            like.improves(trigger, entry.trigger) || (entry.trigger == trigger && entry.order_id > order_id)
        })
    }

    pub(super) fn insert(&mut self, order: &Order, trigger: Price, slot: Slot) {
        let (like, order_id) = (order.waits_like(), order.order_id);
        let list = &mut self.lists[like.index()][order.side.index()];
        let place = Self::place(list, like, trigger, order_id);
        list.insert(place, Waiting { trigger, order_id, slot });
        self.limits += usize::from(order.limit.is_some());
        self.waiting += 1;
    }

    pub(super) fn remove(&mut self, order: &Order, trigger: Price) {
        let (like, order_id) = (order.waits_like(), order.order_id);
        let list = &mut self.lists[like.index()][order.side.index()];
        let place = Self::place(list, like, trigger, order_id);
        assert_eq!(list.get(place).map(|entry| entry.order_id), Some(order_id), "waiting order at {trigger:?}");
        list.remove(place);
        self.limits -= usize::from(order.limit.is_some());
        self.waiting -= 1;
    }

    /// Trigger that is reached first among those waiting like `like`, and its oldest order.
    pub(super) fn nearest(&self, like: Side) -> Option<(Price, Slot)> {
        let tips = Side::BOTH.map(|side| self.lists[like.index()][side.index()].last());
        let entry = match tips {
            [Some(a), Some(b)] if like.improves(a.trigger, b.trigger) => a,
            [Some(a), Some(b)] if a.trigger == b.trigger && a.order_id < b.order_id => a,
            [_, Some(b)] => b,
            [Some(a), None] => a,
            [None, None] => return None,
        };
        Some((entry.trigger, entry.slot))
    }

    /// Collects what `price` fires among the orders of `side`; they stay in the lists.
    pub(super) fn collect(&self, side: Side, price: Price, fired: &mut Vec<Fired>) {
        for like in Side::BOTH {
            let list = self.lists[like.index()][side.index()].iter().rev();
            fired.extend(list.take_while(|entry| like.accepts(entry.trigger, price)).map(|entry| Fired {
                distance: entry.trigger.ticks().abs_diff(price.ticks()),
                order_id: entry.order_id,
                slot: entry.slot,
            }));
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// True when a waiting order would become a limit order.
    pub(super) const fn any_limit(&self) -> bool {
        self.limits > 0
    }
}
