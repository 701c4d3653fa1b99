//! A model of a market, fitted to a recording.
//!
//! [`fit`] reads a tape once, estimates what the tape can tell of a [`FlowModel`](crate::synth::FlowModel), and takes the rest from
//! a preset. Each parameter says which it is: *identified*, with estimate, standard error, interval, number of observations
//! and estimator; or *prior*, with why the tape does not tell.
//!
//! Order rule: one pass over the tape; then volatility, season, memory, rates, sizes, in this order, each with what was found before;
//! last a market of the fitted model is generated and read by the same pass, and what the estimators get wrong about it is taken
//! off where no closed form does that.
//! Invariants: the model that comes out passes its own check; only what comes back from generated tapes within its interval is
//! called identified; memory grows with the minutes covered alone (some 20 bytes each); the same tape gives the same model on every machine.
//! Known limits: regimes last for weeks and are taken as one; half-lives, exponents, tails and all that providers do are
//! prior; a tape whose trades and level changes come in messages of their own says nothing about who came with which order.

mod depth;
mod estimate;
mod file;
mod flow;
mod histogram;
mod memory;
mod mend;
mod orders;
mod parameter;
mod pass;
mod reasons;
mod scale;
mod season;
mod signs;
mod sizes;
mod volatility;

#[cfg(test)]
mod tests;

pub use estimate::{FitError, Fitted, fit};
pub use file::model_file;
pub use parameter::{Figure, Mark, Parameter};
