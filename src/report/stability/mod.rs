//! Renders how stable the conclusions on a bot are.

mod input;
mod json;
mod junit;
mod sheet;
mod tables;
mod words;

#[cfg(test)]
mod tests;

pub use input::{ProofFacts, ProofRow, StabilityInput};

use super::{Colour, Rendered, ReportError};
use sheet::Extent;

/// Version of the JSON report on stability. Fields may be added under the same number; none is removed or changes its meaning.
pub const STABILITY_SCHEMA_VERSION: u32 = 1;

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render_stability(input: &StabilityInput) -> Result<Rendered, ReportError> {
    let sheet = sheet::sheet(input, Extent::Whole)?;
    Ok(Rendered {
        html: sheet.html()?,
        markdown: sheet.markdown(),
        json: json::document(input)?,
        junit: junit::document(input)?,
    })
}

/// For people at a prompt.
///
/// # Errors
/// As [`render_stability`].
pub fn terminal_stability(input: &StabilityInput, colour: Colour) -> Result<String, ReportError> {
    let mut text = sheet::sheet(input, Extent::Short)?.terminal(colour);
    super::terminal::push(&mut text, &format!("\nrun {}  digest {}", input.run_id, input.digest));
    if !input.folder.is_empty() {
        super::terminal::push(&mut text, &format!("report {}", input.folder));
    }
    Ok(text)
}
