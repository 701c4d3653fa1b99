//! Violent markets, scripted: what happens, how large it is, and when.

mod checks;
mod library;
mod measure;
mod model;
mod multiple;
mod ramp;
mod script;
mod seen;
#[cfg(test)]
mod tests;

pub use checks::ShockError;
pub use library::SHOCKS;
pub use measure::{Measured, measure, measure_absent, measure_beside};
pub use model::{
    Curve, FundingPhase, GridPhase, HaltPhase, LiquidityPhase, MovePhase, PacePhase, PlacedShock, ShockModel,
    ShockSides, ShockStart, SweepPhase,
};
pub use multiple::Multiple;
pub use script::{Moment, NamedSizes, Script, Sweep};
pub use seen::CalmMarket;
