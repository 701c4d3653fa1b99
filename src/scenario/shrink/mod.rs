//! Shrinking a run that fails: fewer faults, less time, fewer lanes and markets, until nothing can go without the failure going too.
//!
//! The faults of the run are written down as a script first (which occasion, how long), so that nothing on the wire is left to
//! chance. Every candidate is run and audited in memory; what fails the same way takes the place of what it came from.
//! Order rule: the time behind the failure goes first, since that makes every later candidate cheaper; then families of faults, single
//! faults, what else is scripted, markets; then what is left of the faults fires sooner, and the run ends sooner. Invariants: the same run gives the same scenario, byte for byte; what is
//! handed out was read back from its text and failed the same way. Known limits: one bot; a failure that comes and goes as faults
//! are left out can leave more than the fewest; nothing but the wire, the script and the length is made smaller.

mod ddmin;
mod failure;
mod steps;
mod tried;

pub use failure::FailsBy;
pub use steps::{Shrunk, Step, shrink_run};
pub use tried::ShrinkError;
