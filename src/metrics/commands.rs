use crate::model::{BotStatus, Command, MarketId};
use crate::units::Timestamp;
use serde::Serialize;

/// Something that a bot was told in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Told {
    /// When, venue clock.
    pub at: Timestamp,
    /// At which market.
    pub market: MarketId,
    /// What.
    #[serde(serialize_with = "command")]
    pub command: Command,
    /// What held the bot there afterwards.
    pub status: BotStatus,
    /// Which command of the scenario, from 1; 0 for one given by hand.
    pub line: u32,
}

fn command<S: serde::Serializer>(command: &Command, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(command.as_str())
}
