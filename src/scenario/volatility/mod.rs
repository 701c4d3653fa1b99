//! A bot over many violent markets: which runs, and what each comes to.

mod file;
mod manifest;
mod run;

pub use file::{Cell, RegimeFile, VolatilityFile, problems};
pub use manifest::{RunRecord, VOLATILITY_FORMAT, VolatilityManifest, sampled, verify_volatility};
pub(super) use run::digest_over;
pub use run::{VolatilityError, VolatilityRuns, calm_market, run_volatility, scenario_hash};
