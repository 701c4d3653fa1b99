//! Postings; positions, profit and loss, equity.
//!
//! Immutable double entry: an [`Entry`] is a handful of [`Posting`]s that sum to zero per asset, and nothing but entries
//! moves a balance. A fill is valued by two methods side by side, average cost (which the entries follow) and FIFO; they
//! cut the same cash into realised profit and remaining basis differently, and `realised - basis` is the same to the atto.
//!
//! Signs: a balance grows by what the account receives, so income stands negative in [`Account::Realized`]. A long
//! position has a positive basis, a short one a negative basis (what its sale brought in).
//! Order rule: fills are posted in the order of the journal; FIFO closes the oldest lot first, LIFO the newest.
//! Invariants: balances sum to zero per asset after every entry; an entry that overflows changes nothing; all methods
//! agree on `realised - basis`; a flat account has no basis and no lots; a record is never changed once it is written.
//! Rounding: notionals are exact. The basis that a partial close releases is rounded toward zero to a whole atto and the
//! remainder stays in the basis, so nothing is ever lost. Equity at a half atto is rounded down.
//!
//! A running account is a [`Ledger`]: fills and what a venue charges, no history. [`Books`] put LIFO beside it and what moves cash without a
//! fill; a [`Daybook`] keeps their records, tied to each other by hashes; a [`Statement`] makes rows of days of them. A
//! [`Reconciliation`] holds three accounts of one lane against each other.
//!
//! Known limits: one instrument; fees in the quote asset; FIFO keeps one lot for each run of opening fills at one price, at
//! most one a step of position; a bust undoes a fill's cash and position, not what a cost method made of later fills.

mod account;
mod average;
mod book;
mod books;
mod by_hand;
mod copy;
mod daybook;
mod digest;
mod entry;
mod lots;
mod opening;
mod reconcile;
mod record;
mod reinvest;
mod set_right;
mod statement;

/// A trade as the books take it.
pub use crate::model::Booking as Trade;
pub use account::{Account, Asset};
pub use book::{Ledger, Method};
pub use books::{Books, Cause, CostMethod};
pub use copy::{CopyProblem, check_copy, check_records};
pub use daybook::{Daybook, PostError};
pub use digest::{LedgerState, RestoreError};
pub use entry::{Entry, Posting};
pub use opening::Opening;
pub use reconcile::{Difference, EquityRow, Figure, FigureRow, MarketRow, OnTheWay, Reconciled, Reconciliation, View};
pub use record::{Event, Record};
pub use reinvest::{Candidate, Policy, ReinvestError, Reinvestment, Transfer, reinvest};
pub use statement::{DayRow, Statement};

#[cfg(test)]
mod tests;
