use crate::readiness::Verdict;
use std::fmt;

/// How the program ends. The numbers are part of the command line's contract; they stand nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitStatus {
    /// GO; or, for commands without a verdict, done.
    Go = 0,
    /// NO-GO; or, for `verify` and `diff`, a difference.
    NoGo = 1,
    /// The command line or the scenario is wrong.
    Usage = 2,
    /// Data unfit or unreadable.
    Data = 3,
    /// INSUFFICIENT EVIDENCE.
    Insufficient = 4,
    /// Results could not be written.
    Write = 5,
    /// A bug in seatrial: a broken invariant. (Rust's own code for a panic.)
    Bug = 101,
}

impl ExitStatus {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Go, Self::NoGo, Self::Usage, Self::Data, Self::Insufficient, Self::Write, Self::Bug];

    /// The number the operating system sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// In words, for `--help` and the documents.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Usage => "usage or scenario error",
            Self::Data => "data unfit or unreadable",
            Self::Insufficient => "INSUFFICIENT EVIDENCE",
            Self::Write => "could not write results",
            Self::Bug => "a bug in seatrial",
        }
    }
}

impl From<Verdict> for ExitStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Go => Self::Go,
            Verdict::NoGo => Self::NoGo,
            Verdict::InsufficientEvidence => Self::Insufficient,
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

/// Number and words.
impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.words())
    }
}
