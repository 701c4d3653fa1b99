//! The ledger of a finished run, from its journals: reconciled, chained, as daily statements.

mod chain;
mod reconcile;
mod reinvest;
mod reinvested;
mod run;
mod statement;

pub use chain::{ChainedMarket, RunChain, chain_run, export_ledger, verify_copy};
pub(super) use reconcile::accounts_problem;
pub use reconcile::{
    AccountsRecord, LaneReconciliation, RunReconciliation, reconcile_entries, reconcile_run, reconcile_trial,
};
pub use reinvest::{DayReinvestment, RunReinvestment, reinvest_runs};
pub use reinvested::{Reinvested, reinvested_in_run};
pub use run::{FillProblem, LaneChoice, RunLedgerError};
pub(super) use run::{RunLedger, known_market, posted};
pub use statement::{Daily, MarketStatement, RunStatement, TimeOfDay, statement_entries, statement_of_run};
