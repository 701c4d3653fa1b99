//! No half-open stretch of the bot's clock as long as the window holds more messages than the budget less what is kept for cancels.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::units::Timestamp;
use std::collections::VecDeque;

/// When orders, amends and cancels were sent, oldest first; no more than the budget can ask for.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    sent: VecDeque<Timestamp>,
    most: usize,
}

impl Messages {
    pub fn holding(limits: Option<&Limits>) -> Self {
        Self { sent: VecDeque::new(), most: limits.and_then(usable).unwrap_or(0) as usize }
    }

    /// A request of whatever kind was sent.
    pub fn note(&mut self, at: Timestamp) {
        if self.most == self.sent.len() {
            self.sent.pop_front();
        }
        if 0 < self.most {
            self.sent.push_back(at);
        }
    }
}

/// What is left for orders.
fn usable(limits: &Limits) -> Option<u32> {
    match limits {
        Limits::MessageRate { messages, reserve, .. } => Some(messages.saturating_sub(*reserve).max(1)),
        _ => None,
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let (Limits::MessageRate { window, .. }, most) = (limits, usable(limits)?) else { return None };
    let sent = &case.memory.messages.sent;
    // As many as may be sent were, and the first of them is within the window still.
    let is_full = sent.len() == most as usize && sent.front().is_some_and(|first| case.now.since(*first) < *window);
    let limit = i128::from(most);
    is_full.then_some(Figures { value: limit + 1, limit })
}
