use crate::units::{Money, Overflow};

/// A journal that no figures can be had from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// Nothing was recorded, or not the beginning.
    #[error("entry {entry}: found `{found}`; expected `start`, the first entry of a journal")]
    NoStart {
        /// Number of the entry, from 0.
        entry: u64,
        /// Kind of entry there, or `end of journal`.
        found: &'static str,
    },
    /// An entry of a market that the run does not have, or out of the markets' order.
    #[error("entry {entry}: found market {found}; expected market {expected}")]
    Market {
        /// Number of the entry, from 0.
        entry: u64,
        /// The market it names.
        found: u8,
        /// The market that should be there, or the last one of the run.
        expected: usize,
    },
    /// A sum left its type.
    #[error("entry {entry}: {source}")]
    Overflow {
        /// Number of the entry, from 0.
        entry: u64,
        /// Operation and operands.
        source: Overflow,
    },
    /// A mark does not agree with the fills before it: the journal contradicts itself.
    #[error("entry {entry}: equity {journalled} at this mark; expected {computed}, summed from fills, fees and mids")]
    Equity {
        /// Number of the entry, from 0.
        entry: u64,
        /// Equity in the mark.
        journalled: Money,
        /// Equity from the start equity, spread capture, inventory and fees.
        computed: Money,
    },
    /// A mark does not agree with the fills before it: the journal contradicts itself.
    #[error("entry {entry}: position {journalled} steps at this mark; expected {computed}, summed from fills")]
    Position {
        /// Number of the entry, from 0.
        entry: u64,
        /// Position in the mark.
        journalled: i64,
        /// Position from the fills.
        computed: i64,
    },
}
