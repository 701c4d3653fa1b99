use crate::checkpoint::StateError;
use crate::tape::TapeError;
use crate::units::{Overflow, Timestamp};

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The market could not be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// An amount left its range.
    #[error("lane `{lane}` at {at}: {source}; lower order sizes, limits or opening balances")]
    Overflow {
        /// Which lane.
        lane: String,
        /// Venue time.
        at: Timestamp,
        /// What overflowed.
        source: Overflow,
    },
    /// The strategy answers its own reports within one instant, over and over, because the latency is zero.
    #[error("lane `{lane}` at {at}: more than {limit} rounds of events in one instant; give the orders a latency")]
    Endless {
        /// Which lane.
        lane: String,
        /// Venue time.
        at: Timestamp,
        /// Rounds allowed.
        limit: u32,
    },
    /// A checkpoint could not be taken, or does not fit the run.
    #[error("checkpoint: {0}")]
    State(#[from] StateError),
    /// Whoever keeps the checkpoints could not.
    #[error("checkpoint: {0}")]
    NotKept(String),
    /// The run needs something the market does not hold.
    #[error("{0}")]
    Unsupported(String),
}
