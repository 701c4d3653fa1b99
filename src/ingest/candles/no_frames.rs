//! Stands in for the reader of Parquet and Feather in a build without it.

use crate::ingest::error::{IngestError, Mismatch, Place};
use crate::units::{Fixed, Timestamp};
use std::path::Path;

/// Names of the columns.
pub(super) const NUMBERS: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// There is none.
pub(super) enum Frame {}

impl Frame {
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let mismatch = Mismatch::new("a candle file", "a build with support for Parquet and Feather");
        Err(mismatch.hint("this build has none: build with the feature `frames`").at(path, Place::File))
    }

    pub(super) const fn symbols(&self) -> &[(String, String)] {
        match *self {}
    }

    pub(super) const fn len(&self) -> usize {
        match *self {}
    }

    pub(super) const fn stamp_name(&self) -> &str {
        match *self {}
    }

    pub(super) const fn stamp(&self, _: usize) -> Result<Timestamp, Mismatch> {
        match *self {}
    }

    pub(super) const fn number(&self, _: usize, _: usize) -> Result<Fixed, Mismatch> {
        match *self {}
    }
}
