//! Renders a judged run; decides nothing.
//!
//! [`ReportInput`] holds everything a report says; [`render`] turns it into one self-contained HTML page, Markdown for a
//! pull request, JSON for programs and JUnit XML for build servers; [`terminal()`] into a text for people at a prompt.
//! [`VolatilityInput`], [`render_volatility`] and [`terminal_volatility`] do the same for many runs over violent markets.
//! The only door to the file system is [`Rendered::write`].
//!
//! Order rule: waivers first, then the verdict, its reasons, the findings, and only then figures.
//! Invariants: the same input gives the same bytes (no clock, no environment); every text of a file or a scenario is
//! escaped for the format it goes into; the page has no script and needs no network; its size does not grow with the
//! run, only with the number of shocks.
//! Known limits: one light theme; plots are drawn for 1,100 px and scale from there.

mod alerts;
mod believability;
mod bots;
mod campaigns;
mod compared;
mod connection;
mod controls;
mod gap;
mod html;
mod input;
mod json;
mod junit;
mod kills;
mod markdown;
mod number;
mod operation;
mod peak;
mod plot;
mod reinvested;
mod resources;
mod score;
mod score_seeds;
mod section;
mod sheet;
mod stability;
mod table;
mod terminal;
mod text;
mod volatility;
mod wire;
mod write;

pub use bots::{BotRow, JudgedBot, UserFacts, UserReport};
pub use campaigns::{CAMPAIGNS_SCHEMA_VERSION, CampaignFacts, CampaignsInput, render_campaigns, terminal_campaigns};
pub use compared::{COMPARED_SCHEMA_VERSION, ComparedInput, ComparedRun, render_compared, terminal_compared};
pub use gap::{GAP_SCHEMA_VERSION, GapInput, LogFacts, PresetGap, render_gap, terminal_gap};
pub use input::{
    Accounts, AlertFacts, AlertItem, AlertRow, AnswerFacts, Assumption, BandRow, BotFacts, ClockFacts, DataFinding,
    DataGrade, Determinism, DrillResult, FaultAnswers, FindingSeverity, GateRow, OptionRow, OptionSource, ReportInput,
    RunFacts, ScenarioFacts, SourceFacts, TapeFacts, VenueAnswers,
};
pub use json::{SCHEMA_VERSION, run_object};
pub use reinvested::{ReinvestedBot, ReinvestedDay};
pub use resources::{ResourcesInput, resources_page};
pub use score::score_page;
pub use score_seeds::{SeedsFacts, seeds_page, verdict_words};
pub use stability::{
    ProofFacts, ProofRow, STABILITY_SCHEMA_VERSION, StabilityInput, render_stability, terminal_stability,
};
pub use terminal::{Colour, terminal};
pub use volatility::{
    MarketFacts, ShockFacts, VOLATILITY_SCHEMA_VERSION, VolatilityInput, render_volatility, terminal_volatility,
};
pub use write::WriteError;

/// A report that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page's template failed.
    #[error("cannot render the page: {0}")]
    Page(#[from] askama::Error),
    /// A plot failed.
    #[error("cannot draw {plot}: {reason}")]
    Plot {
        /// Which plot.
        plot: &'static str,
        /// What the drawing library said.
        reason: String,
    },
    /// The JSON document failed.
    #[error("cannot write the JSON document: {0}")]
    Json(#[from] serde_json::Error),
    /// The JUnit document failed.
    #[error("cannot write the JUnit document: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}

/// One report in four formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One self-contained page.
    pub html: String,
    /// For a pull request: verdict, findings, key figures.
    pub markdown: String,
    /// For programs; its schema has a version.
    pub json: String,
    /// For build servers: one test case per criterion, data fitness, controls, determinism.
    pub junit: String,
}

/// Renders all four formats.
///
/// # Errors
/// [`ReportError`] when a format's library fails; no input is known to make it.
pub fn render(input: &ReportInput) -> Result<Rendered, ReportError> {
    Ok(Rendered {
        html: html::page(input)?,
        markdown: markdown::document(input),
        json: json::document(input)?,
        junit: junit::document(input)?,
    })
}
