//! A bot over many violent markets: which runs, and what each comes to.

mod file;

pub use file::{Cell, RegimeFile, VolatilityFile, problems};
