//! The last heartbeat is at most so old; each mark is one until nobody watches.

use super::{Case, Figures, Turn};
use crate::audit::setup::Limits;
use crate::model::Command;
use crate::units::{Span, Timestamp};

/// What has been heard of whoever watches. It has to survive restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulse {
    last: Timestamp,
    is_silent: bool,
    has_tripped: bool,
}

impl Pulse {
    pub const fn open(&mut self, at: Timestamp) {
        self.last = at;
    }

    pub const fn told(&mut self, command: Command, at: Timestamp) {
        match command {
            Command::Silence => self.is_silent = true,
            Command::Heartbeat => (self.is_silent, self.last) = (false, at),
            _ => {}
        }
    }

    /// What had to happen at a mark.
    pub fn on_mark(&mut self, most: Span, at: Timestamp) -> Option<Turn> {
        if !self.is_silent {
            self.last = at;
        }
        let found = self.overdue(most, at);
        match (std::mem::replace(&mut self.has_tripped, found.is_some()), found) {
            (false, Some(figures)) => Some(Turn::Trips(figures)),
            (true, None) => Some(Turn::Opens),
            _ => None,
        }
    }

    fn overdue(&self, most: Span, now: Timestamp) -> Option<Figures> {
        let value = i128::from(now.nanos()) - i128::from(self.last.nanos());
        let limit = i128::from(most.nanos());
        (limit < value).then_some(Figures { value, limit })
    }
}

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::Heartbeat(most) = limits else { return None };
    case.memory.pulse.overdue(*most, case.now)
}
