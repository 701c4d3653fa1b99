//! Tests of the journal, over drawn entries that reach every field's extremes.

mod damage;
pub(crate) mod drawn;
mod round_trip;
mod windows;
