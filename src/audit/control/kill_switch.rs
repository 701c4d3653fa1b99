//! Once engaged nothing that may add risk passes, until somebody releases it by hand. A bot that was paused or stopped is held in
//! the same way, until it is told to resume or to start.

use super::{Case, Figures, Turn};
use crate::audit::setup::Limits;
use crate::model::{BotStatus, Command, GateId};

pub const ID: GateId = GateId(1);
pub const ENGAGED: Figures = Figures { value: 1, limit: 0 };

/// What holds the bot, by [`BotStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KillSwitch([bool; 4]);

impl KillSwitch {
    /// True when it was not engaged before.
    pub const fn engage(&mut self) -> bool {
        !std::mem::replace(&mut self.0[BotStatus::Killed as usize], true)
    }

    /// What a command makes of it.
    pub fn told(&mut self, command: Command) -> Option<Turn> {
        let (status, holds) = match command {
            Command::Pause => (BotStatus::Paused, true),
            Command::Resume => (BotStatus::Paused, false),
            Command::Stop => (BotStatus::Stopped, true),
            Command::Start => (BotStatus::Stopped, false),
            Command::Kill => (BotStatus::Killed, true),
            Command::Release => (BotStatus::Killed, false),
            Command::Flatten | Command::RestartWithState | Command::RestartWithoutState | Command::Reenable => {
                return None;
            }
            Command::ConnectPaper | Command::ConnectLive | Command::Silence | Command::Heartbeat => return None,
        };
        let held = std::mem::replace(&mut self.0[status as usize], holds);
        match (held, holds) {
            (false, true) => Some(Turn::Trips(figures(status))),
            (true, false) if self.status() == BotStatus::Running => Some(Turn::Opens),
            _ => None,
        }
    }

    /// The strongest of what holds the bot.
    pub fn status(self) -> BotStatus {
        let holds = BotStatus::ALL.into_iter().zip(self.0).rev().find(|(_, holds)| *holds);
        holds.map_or(BotStatus::Running, |(status, _)| status)
    }

    pub const fn is_stopped(self) -> bool {
        self.0[BotStatus::Stopped as usize]
    }
}

const fn figures(status: BotStatus) -> Figures {
    let value = match status {
        BotStatus::Running => 0,
        BotStatus::Killed => ENGAGED.value,
        BotStatus::Paused => 2,
        BotStatus::Stopped => 3,
    };
    Figures { value, limit: 0 }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    let status = case.memory.kill_switch.status();
    (status != BotStatus::Running).then(|| figures(status))
}
