//! The last heartbeat is at most so old; each mark is one until nobody watches.

use super::{Case, Figures, Turn};
use crate::audit::setup::Limits;
use crate::model::{Command, GateId};
use crate::units::{Span, Timestamp};

pub const ID: GateId = GateId(29);

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

    /// What a command makes of it.
    pub fn told(&mut self, command: Command, at: Timestamp) -> Option<Turn> {
        match command {
            Command::Silence => self.is_silent = true,
            Command::Heartbeat => {
                (self.is_silent, self.last) = (false, at);
                return std::mem::replace(&mut self.has_tripped, false).then_some(Turn::Opens);
            }
            _ => {}
        }
        None
    }

    /// What had to happen at a mark.
    pub fn on_mark(&mut self, most: Span, at: Timestamp) -> Option<Turn> {
        if !self.is_silent {
            self.last = at;
        }
        let figures = self.overdue(most, at).filter(|_| !self.has_tripped)?;
        self.has_tripped = true;
        Some(Turn::Trips(figures))
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
