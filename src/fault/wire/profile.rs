use crate::model::WireFault;

/// How bad a wire is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// No faults but those that are named.
    #[default]
    None,
    /// A good day: something happens once in a few thousand calls.
    Calm,
    /// A bad day: something happens in one call of a hundred.
    Rough,
    /// A day that no venue survives in the papers: something happens in one call of ten.
    Hostile,
}

impl Profile {
    /// Its word in scenarios.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Calm => "calm",
            Self::Rough => "rough",
            Self::Hostile => "hostile",
        }
    }

    /// Chance of a fault, a million occasions; of disconnects, a million seconds.
    ///
    /// Bans and revoked keys stop all trading for minutes or for good: the first are rare in every profile, the second are in none.
    #[must_use]
    pub const fn rate_ppm(self, fault: WireFault) -> u32 {
        let rough: u32 = match fault {
            WireFault::SequenceGap | WireFault::DuplicateMessage | WireFault::OutOfOrder => 50,
            WireFault::ChecksumMismatch | WireFault::CrossedBook | WireFault::BadTick => 20,
            WireFault::StaleSnapshot => 100_000,
            // One in two hours and more.
            WireFault::SlowFeed | WireFault::DepthLimit | WireFault::SlowConsumer | WireFault::ReconnectStorm => 120,
            // One in half an hour.
            WireFault::StreamDisconnect => 555,
            WireFault::RequestLost | WireFault::UnknownExecuted | WireFault::UnknownNotExecuted => 1_000,
            WireFault::RequestDelayed | WireFault::ReplyLost | WireFault::DuplicateReport => 2_000,
            WireFault::QueryLags => 200_000,
            WireFault::FillBeforeAck | WireFault::LateFill => 20_000,
            WireFault::RateLimit | WireFault::ClockSkew | WireFault::InvalidNonce => 300,
            WireFault::Ban => 5,
            WireFault::KeyRevoked => 0,
            WireFault::Firewall => 100,
            WireFault::Overload => 1_000,
            // In no profile: they are named, or scripted.
            WireFault::ReplaceNotPlaced
            | WireFault::ReplaceNotCancelled
            | WireFault::StopLost
            | WireFault::OrderBudget
            | WireFault::DeadMansSwitch
            | WireFault::LongPause
            | WireFault::TwoInstances
            | WireFault::SlowDisk
            | WireFault::FullDisk
            | WireFault::TornWrite => 0,
        };
        match self {
            Self::None => 0,
            Self::Calm => match fault {
                WireFault::Ban => 0,
                _ => rough.div_ceil(20),
            },
            Self::Rough => rough,
            Self::Hostile => match fault {
                WireFault::QueryLags => 500_000,
                WireFault::StaleSnapshot => 300_000,
                // One in five minutes.
                WireFault::StreamDisconnect => 3_333,
                WireFault::Ban => 20,
                _ => rough * 10,
            },
        }
    }
}
