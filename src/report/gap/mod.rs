//! Renders the gap between a real session and its simulation.

mod json;
mod sheet;
mod tables;

use super::compared::ComparedRun;
use super::junit::{failure, suite};
use super::{Colour, Rendered, ReportError};
use crate::metrics::{FillRate, Gap};
use crate::model::Instrument;
use crate::units::Span;
use quick_junit::{Report, TestCase, TestCaseStatus};
use serde::Serialize;

/// Version of the JSON document of a gap. Fields may be added under the same number; none is removed or changes its meaning.
pub const GAP_SCHEMA_VERSION: u32 = 1;

/// The log of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogFacts {
    /// Its file.
    pub file: String,
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// Rows of data.
    pub rows: u64,
    /// Rows of other symbols.
    pub of_other_symbols: u64,
    /// Rows that are neither orders nor fills.
    pub ignored: u64,
    /// Rows outside of the run.
    pub outside: u64,
}

/// The gap to the simulation under one fill preset.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetGap {
    /// Name of the preset.
    pub preset: String,
    /// The gap.
    pub gap: Gap,
}

/// Everything that is said of a session and its simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct GapInput {
    /// The run.
    pub run: ComparedRun,
    /// The log.
    pub log: LogFacts,
    /// The instrument.
    pub instrument: Instrument,
    /// One a fill preset, the run's own first.
    pub presets: Vec<PresetGap>,
    /// Why there is only the run's own; empty where there are all.
    pub one_because: String,
    /// Orders are matched by time within this.
    pub within: Span,
    /// The program and version that compared.
    pub program: String,
}

impl GapInput {
    /// The gap to the run's own preset.
    ///
    /// # Panics
    /// When there is none: whoever fills the input sees to it.
    fn own(&self) -> &PresetGap {
        assert!(!self.presets.is_empty(), "a run has {} lanes, expected 1 or more", self.presets.len());
        &self.presets[0]
    }

    /// The preset that comes closest; of equal ones the first.
    fn closest(&self) -> &PresetGap {
        let closest = self.presets.iter().min_by_key(|preset| preset.gap.distance);
        closest.unwrap_or_else(|| self.own())
    }

    /// Presets that are as close as the closest.
    fn equals(&self) -> Vec<&str> {
        let least = self.closest().gap.distance;
        let equal = self.presets.iter().filter(|preset| preset.gap.distance == least);
        equal.map(|preset| preset.preset.as_str()).collect()
    }

    /// An order of the log belongs to one of the run: there is something to compare.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        !self.own().gap.matching.pairs.is_empty()
    }
}

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render_gap(input: &GapInput) -> Result<Rendered, ReportError> {
    let sheet = sheet::sheet(input);
    Ok(Rendered { html: sheet.html()?, markdown: sheet.markdown(), json: json::document(input)?, junit: junit(input)? })
}

/// For people at a prompt.
#[must_use]
pub fn terminal_gap(input: &GapInput, colour: Colour) -> String {
    sheet::sheet(input).terminal(colour)
}

/// For build servers: the log could be set against the run. How wide the gap may be nobody has said.
fn junit(input: &GapInput) -> Result<String, ReportError> {
    let status = match input.is_comparable() {
        true => TestCaseStatus::success(),
        false => failure("not comparable", sheet::reason(input)),
    };
    let mut case = TestCase::new("orders of the log are orders of the run", status);
    case.set_classname("session");
    case.set_system_out(sheet::reason(input));
    let mut report = Report::new("compare");
    report.add_test_suite(suite("session", std::iter::once(case)));
    Ok(report.to_string()?)
}

/// The figures of one side with their names.
fn both(gap: &Gap) -> [(&'static str, &FillRate); 2] {
    [("log", &gap.log), ("simulation", &gap.simulation)]
}
