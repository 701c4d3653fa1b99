use super::exit::ExitStatus;
use crate::report::{ReportError, WriteError};
use crate::scenario::{
    BindError, CheckpointError, Colour, FolderError, Problems, RunAuditError, RunError, RunLedgerError, SavedError,
    ShrinkError, StandError,
};
use crate::tape::TapeError;

/// A command that ended early: the exit code, and what to say on stderr.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub status: ExitStatus,
    /// What went wrong, without `error:`. Empty when there is nothing to say.
    pub message: String,
}

impl Failure {
    /// A failure with something to say.
    pub fn new(status: ExitStatus, message: impl std::fmt::Display) -> Self {
        Self { status, message: message.to_string() }
    }

    /// Usage that the argument parser could not refuse.
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self::new(ExitStatus::Usage, message)
    }

    /// Data that cannot be read.
    pub fn data(message: impl std::fmt::Display) -> Self {
        Self::new(ExitStatus::Data, message)
    }

    /// Results that cannot be written.
    pub fn write(message: impl std::fmt::Display) -> Self {
        Self::new(ExitStatus::Write, message)
    }

    /// A scenario's problems, drawn.
    pub fn scenario(problems: &Problems, colour: Colour) -> Self {
        let count = problems.0.len();
        let things = if count == 1 { "problem" } else { "problems" };
        Self::usage(format!("{count} {things} in the scenario\n{}", problems.render(colour).trim_end()))
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let status = if matches!(error, FolderError::Stopped { .. }) { ExitStatus::Usage } else { ExitStatus::Write };
        Self::new(status, error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::write(error)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::write(error)
    }
}

impl From<SavedError> for Failure {
    fn from(error: SavedError) -> Self {
        let status = match error {
            SavedError::Unsound { .. } => ExitStatus::NoGo,
            _ => ExitStatus::Data,
        };
        Self::new(status, error)
    }
}

impl From<RunAuditError> for Failure {
    fn from(error: RunAuditError) -> Self {
        match error {
            RunAuditError::Saved(error) => error.into(),
            error => Self::data(error),
        }
    }
}

impl From<RunLedgerError> for Failure {
    fn from(error: RunLedgerError) -> Self {
        match error {
            RunLedgerError::Saved(error) => error.into(),
            error @ (RunLedgerError::Unknown { .. } | RunLedgerError::Reinvest(_)) => Self::usage(error),
            error => Self::data(error),
        }
    }
}

impl From<StandError> for Failure {
    fn from(error: StandError) -> Self {
        match error {
            StandError::Run(error) => error.into(),
            error @ StandError::Beyond(_) => Self::usage(error),
        }
    }
}

impl From<ShrinkError> for Failure {
    fn from(error: ShrinkError) -> Self {
        match error {
            ShrinkError::Saved(error) => error.into(),
            ShrinkError::Audit(error) => error.into(),
            ShrinkError::Run(error) => error.into(),
            ShrinkError::Bind(BindError::Tape(error)) => error.into(),
            error @ (ShrinkError::Scenario(_) | ShrinkError::Bind(_) | ShrinkError::Impossible(_)) => {
                Self::usage(error)
            }
        }
    }
}

impl From<TapeError> for Failure {
    fn from(error: TapeError) -> Self {
        Self::data(error)
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self::new(status_of(&error), error)
    }
}

const fn status_of(error: &CheckpointError) -> ExitStatus {
    match error {
        CheckpointError::Folder(_) => ExitStatus::Write,
        CheckpointError::Unreadable { .. } => ExitStatus::Data,
        CheckpointError::Nothing { .. } | CheckpointError::Foreign { .. } => ExitStatus::Usage,
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let status = match &error {
            RunError::Tape(_) => ExitStatus::Data,
            RunError::Journal(_) | RunError::Folder(_) => ExitStatus::Write,
            RunError::Checkpoint(error) => status_of(error),
            RunError::Engine(_)
            | RunError::Metrics(_)
            | RunError::Overflow(_)
            | RunError::Setup(_)
            | RunError::Threads(_) => ExitStatus::Usage,
        };
        Self::new(status, error)
    }
}
