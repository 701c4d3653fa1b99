//! The page.

use super::heat::{self, HeatRow};
use super::input::VolatilityInput;
use super::scaling::{self, Figure};
use super::{SCHEMA_VERSION, believability, beside, criteria, shocks, words};
use crate::report::ReportError;
use crate::report::number;
use crate::report::score;
use crate::report::section::{self, Card};
use crate::report::table::{Cell, Table, words as column};
use crate::report::text::plain;
use askama::Template;

/// The whole page. Texts are escaped by the template; only pictures go in as they are.
#[derive(Template)]
#[template(path = "volatility.html")]
struct Page {
    title: String,
    headline: &'static str,
    class: &'static str,
    glyph: &'static str,
    reason: String,
    scope: String,
    trial: String,
    description: String,
    criteria: Table,
    cards: Vec<Card>,
    heat_titles: Vec<String>,
    heat: Vec<HeatRow>,
    exponents: Table,
    bands: Table,
    plots: Vec<Figure>,
    beside: Table,
    believability: Table,
    believability_line: String,
    believability_shocks: Table,
    shocks: Vec<shocks::Page>,
    score: Option<ScoreView>,
    fill_words: String,
    assumptions: Table,
    not_shown: Vec<String>,
    identity: Table,
    options: Table,
    rerun: String,
    run_id: String,
    digest: String,
    program: String,
    schema: u32,
}

struct ScoreView {
    verdict: &'static str,
    class: &'static str,
    glyph: &'static str,
    words: String,
    outside: Table,
}

/// The page as one HTML document.
///
/// # Errors
/// [`ReportError`] when a plot or the template fails.
pub fn page(input: &VolatilityInput) -> Result<String, ReportError> {
    let tone = section::verdict_tone(input.result.verdict);
    let page = Page {
        title: plain(&format!("{} · {} · {}", input.result.verdict, input.bot.name, input.scenario.name)),
        headline: input.result.verdict.words(),
        class: tone.class(),
        glyph: tone.glyph(),
        reason: section::sentence(&input.result.reason),
        scope: criteria::scope(input),
        trial: criteria::trial(input),
        description: plain(&input.scenario.description),
        criteria: criteria::table(input),
        cards: criteria::cards(input),
        heat_titles: heat::titles(input),
        heat: heat::rows(input),
        exponents: scaling::exponents(input),
        bands: scaling::bands(input),
        plots: scaling::plots(input)?,
        beside: beside::table(input),
        believability: believability::table(input),
        believability_line: plain(&believability::line(input)),
        believability_shocks: believability::shocks(input),
        shocks: shocks::pages(input)?,
        score: score_view(input),
        fill_words: section::sentence(&input.fill_words),
        assumptions: assumptions(input),
        not_shown: input.not_shown.iter().map(|text| section::sentence(text)).collect(),
        identity: identity(input),
        options: section::option_table(&input.options),
        rerun: input.rerun.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n"),
        run_id: plain(&input.run_id),
        digest: plain(&input.digest),
        program: plain(&input.program),
        schema: SCHEMA_VERSION,
    };
    Ok(page.render()?)
}

fn score_view(input: &VolatilityInput) -> Option<ScoreView> {
    let found = input.score?;
    let (verdict, tone) = score::verdict(found.verdict);
    Some(ScoreView {
        verdict,
        class: tone.class(),
        glyph: tone.glyph(),
        words: section::sentence(&found.words),
        outside: score::outside(found),
    })
}

/// What is assumed, with its value and why.
pub fn assumptions(input: &VolatilityInput) -> Table {
    let rows = input
        .assumptions
        .iter()
        .map(|assumed| vec![Cell::new(&assumed.what).note(&assumed.basis), Cell::new(&assumed.value)]);
    Table::new(vec![column("What"), column("Value")], rows.collect())
}

fn identity(input: &VolatilityInput) -> Table {
    let parameters = input.bot.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
    let parameters: Vec<String> = parameters.collect();
    let dirty = if input.bot.is_dirty { "built from sources with uncommitted changes" } else { "" };
    let market = &input.market;
    let severities: Vec<String> = input.severities.iter().map(|severity| words::severity(*severity)).collect();
    let rows = vec![
        vec![Cell::new("Bot"), Cell::new(&input.bot.name).note(parameters.join(", "))],
        vec![Cell::new("Build of the bot"), Cell::new(&input.bot.build_id).code().note(dirty)],
        vec![
            Cell::new("Market"),
            Cell::new(format!("{}, {}", market.model, market.symbol))
                .note(format!("every run starts at {}", number::instant(market.start))),
        ],
        vec![
            Cell::new("Regimes"),
            Cell::new(words::regimes(&input.regimes)).note("by what each multiplies the market’s volatility"),
        ],
        vec![Cell::new("Severities"), Cell::new(severities.join(", ")).note("×1 is as strong as the shock’s anchor")],
        vec![Cell::new("Seeds"), Cell::new(number::count(input.seeds)).note("of each regime, shock and severity")],
        vec![Cell::new("Scenario"), Cell::new(&input.scenario.name).note(&input.scenario.file)],
        vec![Cell::new("Scenario hash"), Cell::new(&input.scenario.hash).code()],
        vec![Cell::new("Run id"), Cell::new(&input.run_id).code()],
        vec![Cell::new("Digest of all runs"), Cell::new(&input.digest).code()],
        vec![
            Cell::new("Program"),
            Cell::new(&input.program).note(format!("build {}, semantics {}", input.build_id, input.semantics)),
        ],
        vec![Cell::new("JSON report"), Cell::new(format!("schema version {SCHEMA_VERSION}")).note("kind “volatility”")],
    ];
    Table::new(vec![column("Identity"), column("")], rows)
}
