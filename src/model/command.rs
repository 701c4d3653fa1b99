use std::fmt;

/// What a person, a script or a supervisor tells a bot to do, apart from what its strategy wants.
///
/// | command | open orders | orders that add risk | strategy | taken back by |
/// |---|---|---|---|---|
/// | pause | cancelled, but for those that only guard the position | refused | goes on, may reduce | resume |
/// | stop | cancelled, but for those that only guard the position | refused | is called no more | start |
/// | kill | cancelled, but for those that only guard the position | refused | goes on, may reduce | release |
/// | flatten | all cancelled, then market orders until nothing is held | as before | is not called meanwhile | itself, when it is flat |
///
/// Each is taken back by its own command alone: a bot that is paused and killed is still paused when the kill is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Command {
    /// Add no more risk until told to resume.
    Pause,
    /// End a pause.
    Resume,
    /// End trading in good order: the strategy is called no more.
    Stop,
    /// End a stop.
    Start,
    /// Engage the kill switch.
    Kill,
    /// Release the kill switch. Wants a confirmation where a person or a script says it.
    Release,
    /// Cancel everything and bring the position to nothing.
    Flatten,
    /// The process ends and comes back with the state it had saved.
    RestartWithState,
    /// The process ends and comes back without its state: strategy and gates begin anew, and the bot asks the venue what it holds.
    RestartWithoutState,
    /// Re-enable a breaker that stays tripped until a person does.
    Reenable,
    /// The session is one at a paper venue.
    ConnectPaper,
    /// The session is one at a live venue, as far as anybody says; a run's venue is simulated all the same.
    ConnectLive,
    /// Nobody watches any more: the heartbeats end.
    Silence,
    /// Somebody watches again: a heartbeat, and more of them at every mark.
    Heartbeat,
}

impl Command {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Pause,
        Self::Resume,
        Self::Stop,
        Self::Start,
        Self::Kill,
        Self::Release,
        Self::Flatten,
        Self::RestartWithState,
        Self::RestartWithoutState,
        Self::Reenable,
        Self::ConnectPaper,
        Self::ConnectLive,
        Self::Silence,
        Self::Heartbeat,
    ];

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Kill => "kill",
            Self::Release => "release",
            Self::Flatten => "flatten",
            Self::RestartWithState => "restart-with-state",
            Self::RestartWithoutState => "restart-without-state",
            Self::Reenable => "reenable",
            Self::ConnectPaper => "connect-paper",
            Self::ConnectLive => "connect-live",
            Self::Silence => "silence",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What holds a bot at a market, from the weakest. Several can at once; the strongest is its status. A breaker that has tripped is
/// no status: it says for itself what opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BotStatus {
    /// It trades.
    #[default]
    Running,
    /// It adds no risk.
    Paused,
    /// Its strategy is not called.
    Stopped,
    /// Its kill switch is engaged.
    Killed,
}

impl BotStatus {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Running, Self::Paused, Self::Stopped, Self::Killed];

    /// Its word in journals and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Killed => "killed",
        }
    }
}

impl fmt::Display for BotStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a bot's session is connected to, as whoever connected it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum Session {
    /// A venue where nothing is at stake.
    Paper = 0,
    /// A real one.
    Live = 1,
    /// Nobody has said.
    #[default]
    Unknown = 2,
}
