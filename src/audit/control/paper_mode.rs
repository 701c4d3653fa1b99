//! Nothing but a cancel leaves while somebody has said that the session is a live one.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::model::Command;

/// The session is said to be live. A run begins in a paper one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Session {
    is_live: bool,
}

impl Session {
    /// A process that starts again connects as it did at the start.
    pub const fn told(&mut self, command: Command) {
        match command {
            Command::ConnectLive => self.is_live = true,
            Command::ConnectPaper | Command::RestartWithState | Command::RestartWithoutState => self.is_live = false,
            _ => {}
        }
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.session.is_live.then_some(Figures { value: 1, limit: 0 })
}
