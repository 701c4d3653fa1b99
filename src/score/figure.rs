//! A figure, or why there is none.

/// An estimate with its standard error, where the estimator has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub value: f64,
    pub error: Option<f64>,
}

/// An estimate, or the reason why the tape gives none.
pub(super) type Figure = Result<Estimate, String>;

impl Estimate {
    pub const fn with_error(value: f64, error: f64) -> Self {
        Self { value, error: Some(error) }
    }
}

/// A finite value as a figure; anything else is a sample without variation.
pub(super) fn figure(value: Option<f64>) -> Figure {
    let found = value.filter(|value| value.is_finite());
    found.map(|value| Estimate { value, error: None }).ok_or_else(|| "the sample does not vary".to_owned())
}

/// Refuses a sample that is too small: `needs 1440 returns of 1 min, found 12`.
pub(super) fn needs(least: u64, found: u64, what: &str) -> Result<(), String> {
    if least <= found { Ok(()) } else { Err(format!("needs {least} {what}, found {found}")) }
}

/// A value with six significant digits: what is printed, so that the last bits of a sum are nobody's business.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}
