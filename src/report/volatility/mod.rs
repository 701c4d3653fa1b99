//! Renders many runs over violent markets.

mod believability;
mod beside;
mod criteria;
mod group;
mod heat;
mod input;
mod json;
mod junit;
mod markdown;
mod page;
mod scaling;
mod shocks;
mod terminal;
mod words;

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod tests;

pub use input::{MarketFacts, ShockFacts, VolatilityInput};
pub use terminal::terminal_volatility;

use super::{Rendered, ReportError};

/// Version of the JSON report on violent markets. Fields may be added under the same number; none is removed or changes its meaning.
pub const VOLATILITY_SCHEMA_VERSION: u32 = 2;
use VOLATILITY_SCHEMA_VERSION as SCHEMA_VERSION;

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render_volatility(input: &VolatilityInput) -> Result<Rendered, ReportError> {
    Ok(Rendered {
        html: page::page(input)?,
        markdown: markdown::document(input),
        json: json::document(input)?,
        junit: junit::document(input)?,
    })
}
