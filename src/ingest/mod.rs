//! Vendor formats to tapes; data fitness.
//!
//! An importer reads files of one format, which in the given order are one recording of one instrument, and writes one
//! tape with everything that is wrong with the data in its header. Decimal texts become ticks and steps exactly.
//!
//! Order rule: rows go to the tape in order of arrival; the tape sorts them into venue order.
//! Invariants: an error names file, place, column, value and expectation; nothing is left half-written; memory does not
//! grow with the files; nothing is repaired silently.
//! Known limits: one instrument a tape; contracts are spot or linear.

pub mod archive;
mod bar_series;
pub mod binance_ws;
pub mod candles;
pub mod clock;
pub mod doctor;
mod error;
mod grid;
mod import;
mod infer;
mod instrument_file;
pub mod order_log;
mod plural;
mod source;
mod source_file;
mod stamp;
mod symbols;
mod tally;
#[cfg(test)]
mod testing;

pub use error::{IngestError, InputError, Mismatch, Place};
pub use grid::Grid;
pub use import::{Check, Format, ImportOptions, ImportReport, import};
pub use infer::{GridProbe, Product, ScaleProbe, split_symbol};
pub use instrument_file::InstrumentFile;
pub use source::Lines;
