use std::fmt;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every criterion held, and there was evidence for it.
    Go,
    /// Something that was demanded did not hold.
    NoGo,
    /// Nothing failed that was measured, but too little was measured to say GO.
    InsufficientEvidence,
}

impl Verdict {
    /// The process exit code: 0, 1 or 4.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::NoGo => 1,
            Self::InsufficientEvidence => 4,
        }
    }

    /// The worst of several; too little was seen where there are none.
    #[must_use]
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let rank = |verdict: &Self| match verdict {
            Self::Go => 0,
            Self::InsufficientEvidence => 1,
            Self::NoGo => 2,
        };
        verdicts.into_iter().max_by_key(rank).unwrap_or(Self::InsufficientEvidence)
    }

    /// `GO`, `NO-GO` or `INSUFFICIENT EVIDENCE`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::InsufficientEvidence => "INSUFFICIENT EVIDENCE",
        }
    }

    /// As in the JSON report: `go`, `no-go`, `insufficient-evidence`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
            Self::InsufficientEvidence => "insufficient-evidence",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// One thing that stands between a run and GO. Declaration order is the order they are reported in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// A criterion does not hold and nobody waived it.
    Unmet {
        /// Its name.
        criterion: String,
    },
    /// The same run, made again, ended elsewhere: what was seen once says nothing about the next time.
    NotRepeatable {
        /// Digest of the other run.
        digest: String,
    },
    /// Bot, ledger and venue do not have the same account: no figure of money can be believed.
    AccountsDiffer {
        /// The first difference.
        first: String,
    },
    /// After a kill something left that adds risk, or the audit found something.
    KillDrillFailed {
        /// What.
        reason: String,
    },
    /// Cancels or positions that a kill drill did not see the end of.
    KillDrillOpen {
        /// What.
        reason: String,
    },
    /// Something that holds in the run does not at its peak load.
    PeakLoadFailed {
        /// What.
        reason: String,
    },
    /// The peak load was none, or shows nothing.
    PeakLoadShort {
        /// Why.
        reason: String,
    },
    /// An alert was raised later after its cause than it may be.
    AlertLate {
        /// Which, and by how much.
        first: String,
    },
    /// A control did not act where it had to, or acted where it must not, in a drill with the run's configuration.
    DrillFailed {
        /// Name of the gate.
        control: String,
        /// What it did.
        reason: String,
    },
    /// The audit found that a control or an alert did not do what it had to, or that something does not hold that always has to.
    AuditFound {
        /// Name of the control, of the invariant, or of the alert after the word `alert`.
        control: String,
        /// Name of the lane's fill preset.
        preset: String,
        /// The first finding with its place.
        first: String,
        /// How many more there are.
        more: u64,
    },
    /// The run was not audited: nobody knows what the controls had to do.
    NotAudited {
        /// Why.
        reason: String,
    },
    /// The data are unfit for any conclusion.
    UnfitData {
        /// Why.
        reason: String,
    },
    /// The bot never traded.
    NoTrades,
    /// No criterion was met by measurement: there is nothing a GO could rest on.
    NothingShown {
        /// How many there are.
        criteria: usize,
    },
    /// A demand on how much was seen does not hold.
    TooLittle {
        /// Its name.
        criterion: String,
    },
    /// A mandatory criterion has no value.
    NotMeasured {
        /// Its name.
        criterion: String,
        /// Why there is none.
        reason: String,
    },
    /// A mandatory control did not act once.
    NeverExercised {
        /// Name of the gate.
        control: String,
        /// What was seen instead.
        reason: String,
    },
    /// A mandatory control was armed, and the audit does not know what it had to do.
    ControlNotAudited {
        /// Name of the gate.
        control: String,
    },
    /// The verdict depends on how fills are assumed.
    BandDisagrees {
        /// Preset and verdict, as in `optimistic GO, pessimistic NO-GO`.
        verdicts: String,
    },
}

impl Blocker {
    /// The verdict it leads to.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Unmet { .. }
            | Self::NotRepeatable { .. }
            | Self::AccountsDiffer { .. }
            | Self::KillDrillFailed { .. }
            | Self::PeakLoadFailed { .. }
            | Self::AlertLate { .. }
            | Self::DrillFailed { .. }
            | Self::AuditFound { .. } => Verdict::NoGo,
            _ => Verdict::InsufficientEvidence,
        }
    }

    /// Stable name for machines: `unmet`, `no-trades`, ...
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unmet { .. } => "unmet",
            Self::NotRepeatable { .. } => "not-repeatable",
            Self::AccountsDiffer { .. } => "accounts-differ",
            Self::KillDrillFailed { .. } => "kill-drill-failed",
            Self::KillDrillOpen { .. } => "kill-drill-open",
            Self::PeakLoadFailed { .. } => "peak-load-failed",
            Self::PeakLoadShort { .. } => "peak-load-short",
            Self::AlertLate { .. } => "alert-late",
            Self::DrillFailed { .. } => "drill-failed",
            Self::AuditFound { .. } => "audit-found",
            Self::NotAudited { .. } => "not-audited",
            Self::UnfitData { .. } => "unfit-data",
            Self::NoTrades => "no-trades",
            Self::NothingShown { .. } => "nothing-shown",
            Self::TooLittle { .. } => "too-little",
            Self::NotMeasured { .. } => "not-measured",
            Self::NeverExercised { .. } => "never-exercised",
            Self::ControlNotAudited { .. } => "control-not-audited",
            Self::BandDisagrees { .. } => "band-disagrees",
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet { criterion } => write!(f, "criterion “{criterion}” is not met"),
            Self::NotRepeatable { digest } => {
                write!(f, "the bot is not deterministic: the same run, made again, ended with digest {digest}")
            }
            Self::AccountsDiffer { first } => write!(f, "the accounts of the run differ: {first}"),
            Self::KillDrillFailed { reason } => write!(f, "the kill switch did not hold: {reason}"),
            Self::KillDrillOpen { reason } => write!(f, "the kill drill was not over: {reason}"),
            Self::PeakLoadFailed { reason } => write!(f, "at the peak load: {reason}"),
            Self::PeakLoadShort { reason } => write!(f, "the peak load shows too little: {reason}"),
            Self::AlertLate { first } => write!(f, "an alert came late: {first}"),
            Self::DrillFailed { control, reason } => write!(f, "control “{control}” failed its drill: {reason}"),
            Self::AuditFound { control, preset, first, more } => {
                write!(f, "“{control}” failed the audit of lane {preset}: {first}")?;
                if *more == 0 { Ok(()) } else { write!(f, "; and {more} more") }
            }
            Self::NotAudited { reason } => write!(f, "the run was not audited: {reason}"),
            Self::UnfitData { reason } => write!(f, "the market data are unfit: {reason}"),
            Self::NoTrades => f.write_str("the bot did not trade once"),
            Self::NothingShown { criteria: 0 } => f.write_str("there is no criterion that a GO could rest on"),
            Self::NothingShown { criteria: 1 } => f.write_str("the only criterion was not met by measurement"),
            Self::NothingShown { criteria } => write!(f, "none of the {criteria} criteria was met by measurement"),
            Self::TooLittle { criterion } => write!(f, "too little was seen: criterion “{criterion}” is not met"),
            Self::NotMeasured { criterion, reason } => {
                write!(f, "mandatory criterion “{criterion}” could not be measured: {reason}")
            }
            Self::NeverExercised { control, reason } => {
                write!(f, "mandatory control “{control}” was never exercised: {reason}")
            }
            Self::ControlNotAudited { control } => {
                write!(f, "mandatory control “{control}” was not audited: nobody knows what it had to do")
            }
            Self::BandDisagrees { verdicts } => write!(f, "the verdict depends on the fill assumption: {verdicts}"),
        }
    }
}
