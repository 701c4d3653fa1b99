//! Renders a candidate beside a base.

mod json;
mod junit;
mod sheet;
mod tables;

pub use sheet::tone;
pub use tables::differences as difference_table;

use super::{Rendered, ReportError};
use crate::readiness::{Compared, Tolerance, TrialDifference, TrialSide};
use crate::report::number;
use crate::units::Timestamp;
use serde::Serialize;

/// Version of the JSON document of a comparison. Fields may be added under the same number; none is removed or changes its meaning.
pub const COMPARED_SCHEMA_VERSION: u32 = 1;

/// Which run one side is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedRun {
    /// Its folder, as it was named.
    pub folder: String,
    /// Names the run.
    pub run_id: String,
    /// Digest of its journal.
    pub digest: String,
    /// The scenario.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
    /// The bot with its build.
    pub bot: String,
    /// Built from a source with changes that no commit holds.
    pub is_dirty: bool,
    /// Its markets.
    pub markets: String,
    /// First instant.
    pub start: Timestamp,
    /// Last instant.
    pub end: Timestamp,
    /// Fill preset of the run.
    pub preset: String,
}

impl ComparedRun {
    /// Markets, hours and fill preset, in words.
    pub(super) fn period(&self) -> String {
        let [start, end] = [self.start, self.end].map(number::instant);
        format!("{}, {start} to {end}, fill preset {}", self.markets, self.preset)
    }
}

/// Everything that is said of two runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedInput {
    /// Which runs, the base first.
    pub runs: [ComparedRun; 2],
    /// What they came to, the base first.
    pub sides: [TrialSide; 2],
    /// In what they differ.
    pub differences: Vec<TrialDifference>,
    /// Trials that are unlike were to be compared all the same.
    pub unlike_is_meant: bool,
    /// Limits that were set.
    pub tolerances: Vec<Tolerance>,
    /// The comparison.
    pub compared: Compared,
    /// The program and version that compared.
    pub program: String,
}

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render_compared(input: &ComparedInput) -> Result<Rendered, ReportError> {
    let sheet = sheet::sheet(input);
    Ok(Rendered {
        html: sheet.html()?,
        markdown: sheet.markdown(),
        json: json::document(input)?,
        junit: junit::document(input)?,
    })
}

/// For people at a prompt.
#[must_use]
pub fn terminal_compared(input: &ComparedInput, colour: super::Colour) -> String {
    sheet::short(input).terminal(colour)
}
