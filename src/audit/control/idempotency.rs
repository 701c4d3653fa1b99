//! Every order has a number and a wish that are above those of every order sent before it, whatever became of these and whatever
//! happened to the process.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::model::Intent;

/// The highest number and the highest wish that were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used(Option<(u64, u64)>);

impl Used {
    pub fn note(&mut self, intent: &Intent) {
        let (id, key) = self.0.unwrap_or_default();
        self.0 = Some((id.max(intent.client_order_id.0), key.max(intent.intent_key.0)));
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    let (order, (id, key)) = (case.seen.order?, case.memory.used.0?);
    let all = [(order.client_order_id.0, id), (order.intent_key.0, key)];
    let used = all.into_iter().find(|(number, highest)| number <= highest);
    used.map(|(number, highest)| Figures { value: number.into(), limit: highest.into() })
}
