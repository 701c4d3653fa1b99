//! What a person had to hear of. An alert is its row in `rule`; what it measures is in `desk` (one market) and `account`; whether it
//! had to be said then is in `post`; `fold` reads the journal.
//!
//! Order rule: at a tick the markets in order, then the account; on rows reports of an instant come after its tick, on bars before it.
//! Invariants: an alert owes one word at a time; a word that the journal has nobody owed is false; what cannot be recomputed is
//! not audited, and says why.
//! Known limits: a trip and a command are taken at the journal's word, since they are audited as such; so are the best prices in marks, which nothing
//! audits. What two orders of events within one nanosecond make different may be said or not.

mod account;
mod desk;
mod fold;
mod outcome;
mod post;
mod prices;
mod rule;
mod setup;
mod trip;

pub(super) use fold::Alerts;
pub use outcome::AlertAudit;
pub use setup::{AlertSetup, AuditAlert};
