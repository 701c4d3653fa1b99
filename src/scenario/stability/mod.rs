//! Many runs of one bot: over seeds, and with one thing moved at a time.

mod file;
mod kept;
mod manifest;
mod parameters;
mod plan;
mod proof;
mod run;

pub(super) use file::cut;
pub use file::{SkewText, StabilityFile, problems};
pub use kept::KeptRuns;
pub use manifest::{STABILITY_FORMAT, StabilityManifest, StabilityRecord, verify_stability};
pub use plan::{Plan, PlannedAxis, StabilityCell};
pub use proof::{Proofs, ProvedRun};
pub use run::{StabilityError, StabilityRun, StabilityRuns, run_stability, stability_plan};
