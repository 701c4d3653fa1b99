//! Postings; positions, profit and loss, equity.
//!
//! Immutable double entry: an [`Entry`] is a handful of [`Posting`]s that sum to zero per asset, and nothing but entries
//! moves a balance. A fill is valued by two methods side by side, average cost (which the entries follow) and FIFO; they
//! cut the same cash into realised profit and remaining basis differently, and `realised - basis` is the same to the atto.
//!
//! Signs: a balance grows by what the account receives, so income stands negative in [`Account::Realized`]. A long
//! position has a positive basis, a short one a negative basis (what its sale brought in).
//! Order rule: fills are posted in the order of the journal; FIFO closes the oldest lot first.
//! Invariants: balances sum to zero per asset after every entry; an entry that overflows changes nothing; both methods
//! agree on `realised - basis`; a flat account has no basis and no lots.
//! Rounding: notionals are exact. The basis that a partial close releases is rounded toward zero to a whole atto and the
//! remainder stays in the basis, so nothing is ever lost. Equity at a half atto is rounded down.
//! Known limits: one instrument; fees in the quote asset; entries are handed out and not kept; FIFO keeps one lot for each
//! run of opening fills at one price, at most one a step of position.

mod account;
mod average;
mod book;
mod digest;
mod entry;
mod lots;
mod opening;

pub use account::{Account, Asset};
pub use book::{Ledger, Method};
pub use digest::{LedgerState, RestoreError};
pub use entry::{Entry, Posting};
pub use opening::Opening;

#[cfg(test)]
mod tests;
