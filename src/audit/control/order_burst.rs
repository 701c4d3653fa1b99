//! No half-open stretch of the bot's clock as long as the window holds more orders than the limit.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::Timestamp;
use std::collections::VecDeque;

/// When orders and amends were sent that count, oldest first; no more than the limit can ask for.
#[derive(Debug, Clone, Default)]
pub struct Burst {
    sent: VecDeque<Sent>,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Timestamp,
    /// False for an amend that counted or not, depending on what the bot knew.
    is_certain: bool,
}

impl Burst {
    pub fn holding(limits: Option<&Limits>) -> Self {
        let most = match limits {
            Some(Limits::OrderBurst { orders, .. }) => (*orders).max(1) as usize,
            _ => 0,
        };
        Self { sent: VecDeque::new(), most }
    }

    pub fn note(&mut self, at: Timestamp, is_certain: bool) {
        // Doubtful ones may not push out what is certain.
        let doubtful = self.sent.iter().filter(|sent| !sent.is_certain).count();
        if self.most + doubtful < self.sent.len() + 1 {
            self.sent.pop_front();
        }
        if self.most > 0 {
            self.sent.push_back(Sent { at, is_certain });
        }
    }

    /// Something within any window that ends at `now` may have counted or not.
    pub fn has_doubt(&self) -> bool {
        self.sent.iter().any(|sent| !sent.is_certain)
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::OrderBurst { orders, window } = limits else { return None };
    let sent = &case.memory.burst.sent;
    let first = sent.partition_point(|sent| *window <= case.now.since(sent.at));
    let counted = sent.range(first..).filter(|sent| sent.is_certain || case.doubtful_count).count();
    let limit = i128::from((*orders).max(1));
    (limit <= counted as i128).then_some(Figures { value: limit + 1, limit })
}
