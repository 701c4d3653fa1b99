//! How many orders an account may have sent within a while that nothing was filled of. Cancels give nothing back, first fills do.

use crate::model::ClientOrderId;
use crate::units::{Span, Timestamp};
use std::collections::VecDeque;

/// A venue's budget of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBudget {
    /// Most orders.
    pub orders: u32,
    /// Within so long.
    pub within: Span,
}

/// What of it is spent.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Spent {
    /// Orders that count, and when they came, oldest first.
    came: VecDeque<(Timestamp, ClientOrderId)>,
}

impl Spent {
    /// A new order comes: it counts, or the instant at which there is room again.
    pub fn spend(&mut self, budget: OrderBudget, id: ClientOrderId, now: Timestamp) -> Result<(), Timestamp> {
        while self.came.pop_front_if(|(at, _)| at.plus(budget.within) <= now).is_some() {}
        match self.came.front() {
            Some((oldest, _)) if budget.orders as usize <= self.came.len() => Err(oldest.plus(budget.within)),
            _ => {
                self.came.push_back((now, id));
                Ok(())
            }
        }
    }

    /// Something of an order was filled: it counts no more.
    pub fn give_back(&mut self, id: ClientOrderId) {
        if let Some(place) = self.came.iter().position(|(_, other)| *other == id) {
            self.came.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;
    use proptest::prelude::*;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(number))
    }

    proptest! {
        /// Against a list of everything that ever came: an order is taken where fewer than the budget came within the while and are unfilled.
        #[test]
        fn a_budget_is_what_a_list_of_all_orders_says(
            orders in 1_u32..5, within in 1_i64..20, steps in proptest::collection::vec((0_i64..4, any::<bool>(), 0_usize..6), 1..80),
        ) {
            let budget = OrderBudget { orders, within: SECOND.times(within) };
            let (mut spent, mut all, mut now) = (Spent::default(), Vec::<(i64, u64, bool)>::new(), 0);
            for (number, (later, is_fill, which)) in (1_u64..).zip(steps) {
                now += later;
                if is_fill {
                    if let Some((_, id, is_filled)) = all.iter_mut().rev().nth(which) {
                        *is_filled = true;
                        spent.give_back(ClientOrderId(*id));
                    }
                    continue;
                }
                let counts: Vec<i64> =
                    all.iter().filter(|(at, _, is_filled)| now < at + within && !is_filled).map(|(at, ..)| *at).collect();
                let has_room = counts.len() < orders as usize;
                let expected = if has_room { Ok(()) } else { Err(second(counts[0] + within)) };
                prop_assert_eq!(spent.spend(budget, ClientOrderId(number), second(now)), expected);
                if has_room {
                    all.push((now, number, false));
                }
            }
        }
    }
}
