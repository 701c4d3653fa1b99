use super::outcome::InvariantAudit;
use super::setup::AuditSetup;

/// Things that hold whatever the limits are. Declaration order is the order they are printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invariant {
    Clearance,
    Terms,
    StopsHold,
    Cancels,
    PositionLimit,
    Marks,
    Commands,
    Events,
    Statuses,
}

impl Invariant {
    pub const ALL: [Self; 9] = [
        Self::Clearance,
        Self::Terms,
        Self::StopsHold,
        Self::Cancels,
        Self::PositionLimit,
        Self::Marks,
        Self::Commands,
        Self::Events,
        Self::Statuses,
    ];

    /// What is looked at whatever the limits are; of events and statuses only where there are any.
    pub fn asked(setup: &AuditSetup) -> Vec<InvariantAudit> {
        let is_asked = |invariant: &&Self| match invariant {
            Self::Events => !setup.events.is_empty() || setup.reinvest.is_some(),
            Self::Statuses => setup.statuses.iter().any(|changes| !changes.is_empty()),
            _ => true,
        };
        Self::ALL.iter().filter(is_asked).map(|invariant| invariant.row()).collect()
    }

    /// Its place among `asked`, which of the first seven is always the same.
    pub fn place(self, asked: &[InvariantAudit]) -> Option<usize> {
        match self {
            Self::Events | Self::Statuses => asked.iter().position(|row| row.name == self.name()),
            always => Some(always as usize),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Clearance => "clearance",
            Self::Terms => "terms",
            Self::StopsHold => "stops-hold",
            Self::Cancels => "cancels",
            Self::PositionLimit => "position-limit",
            Self::Marks => "marks",
            Self::Commands => "commands",
            Self::Events => "events",
            Self::Statuses => "statuses",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Clearance => "every report is about an order or request that was sent, with its side and quantity",
            Self::Terms => "every fill is within the order's price, time in force and flags",
            Self::StopsHold => "nothing that may add risk is sent while a breaker or the kill switch is in force",
            Self::Cancels => "a trip cancels every order that may add risk",
            Self::PositionLimit => "no fill takes the position past a limit on its quantity",
            Self::Marks => "marks hold the position and the equity that fills add up to",
            Self::Commands => "a bot is what it was told to be, and a stopped one sends nothing of its own",
            Self::Events => {
                "what the scenario has happen to the account came at its time, with its amount, and nothing else did"
            }
            Self::Statuses => {
                "what a halt, a mode or a grid of prices forbids was refused and nothing else was for it, and nothing traded in a halt"
            }
        }
    }

    pub fn row(self) -> InvariantAudit {
        InvariantAudit {
            name: self.name().to_owned(),
            words: self.words().to_owned(),
            checked: 0,
            broken: 0,
            not_audited: None,
        }
    }
}
