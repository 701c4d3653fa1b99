//! Independent oracles: what each control had to do, recomputed from a run's journal and its tapes.
//!
//! Shares nothing with what it checks but `units`, `model` and the readers. From the journal it rebuilds what the bot knew of its
//! account (its own orders at their worst case, its position as told), from the tape what it could have heard of the market, and
//! says for every request and every mark which control had to fire, with which value and limit. Besides, it checks what holds
//! whatever the limits are: see the invariants of an [`Audit`].
//!
//! A control is one file below `control` and one row of its list. A gate that is armed and has no control there is *not audited*,
//! and never counts as fine.
//!
//! Order rule: entries as journalled; the tape in order of arrival. Where the order of events within one nanosecond cannot be told
//! from the journal (reports or messages that arrive together, each of which wakes the strategy), every order is tried; a decision
//! that one of them explains is right, and counted as ambiguous when another does not. Breakers hear of the reports of an instant after
//! its marks and commands, on bars before them (what the engine's documents say of the order of events).
//! Invariants: memory follows what is open, not the length of the run; a tape is read once for all lanes.
//! Known limits: the journal does not hold what a refused amend asked for, so that of those only is judged what does not depend on
//! it; the best prices in marks are the engine's word, as is whether a mark was made where a breaker's price was reached between
//! two ticks.

mod alerts;
mod breakers;
mod clearance;
mod control;
mod corrections;
mod desk;
mod diary;
mod events;
mod feed;
mod finding;
mod flattening;
mod fold;
mod ground;
mod hearing;
mod invariant;
mod kills;
#[cfg(test)]
mod lost_tests;
mod mind;
mod numbered;
mod orders;
mod others;
mod outcome;
mod pages;
mod posted;
mod purse;
mod reinvest;
mod replay;
mod request;
mod risky;
mod setup;
mod statuses;
mod stops;
mod text;
mod truth;
mod weight;
mod wire;

pub use alerts::{AlertAudit, AlertSetup, AuditAlert};
pub use finding::{Finding, FindingKind};
pub use kills::{FOLLOWED, Kill, KillDrill, KillFigures, Times};
pub use numbered::{HeldBy, NUMBERED, Numbered, numbers_of};
pub use others::SentByOthers;
pub use outcome::{Audit, ControlAudit, InvariantAudit, StopAudit};
pub use reinvest::{AuditBot, AuditReinvest};
pub use replay::{AuditError, Entries, Lane, audit, audit_entries, audit_entries_fed, audit_fed};
pub use setup::{
    Armed, AuditEvent, AuditFeed, AuditGate, AuditLine, AuditMarket, AuditSetup, AuditStall, AuditWire, Limits,
    LossLimits, TripLimits, Wakes,
};
