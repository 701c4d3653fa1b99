use super::input::{DataGrade, ReportInput, TapeFacts};
use super::plot::{self, Plot};
use super::section::{self, Card};
use super::table::Table;
use super::text::plain;
use super::{ReportError, alerts, believability, bots, connection, controls, kills, number, operation, peak, wire};
use askama::Template;

/// The whole page. Texts are escaped by the template; only [`Plot::svg`] goes in as it is.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    description: String,
    verdict: Banner,
    waivers: Vec<String>,
    blockers: Vec<String>,
    scope: String,
    period: String,
    findings: Table,
    cards: Vec<Card>,
    conventions: String,
    plots: Vec<Plot>,
    profit: Table,
    profit_asset: String,
    markets: Table,
    bots: Table,
    bots_line: String,
    band: Table,
    believability: Table,
    believability_line: String,
    believability_has_loop: bool,
    believability_markets: Table,
    no_band_because: String,
    days: Table,
    operation: Table,
    operation_words: &'static str,
    endpoints: Table,
    recoveries: Table,
    connections: Table,
    connections_words: &'static str,
    calls_words: &'static str,
    is_observed: bool,
    days_left_out: usize,
    days_are_many: bool,
    orders: Table,
    markouts: Table,
    delays: Table,
    controls: Table,
    invariants: Table,
    wire: Table,
    wire_line: String,
    commands: Table,
    moved: Table,
    audit: String,
    kills: Table,
    kill_line: String,
    peak: Table,
    peak_line: String,
    alerts: Table,
    alert_list: Table,
    alert_line: String,
    alert_audit: Table,
    alert_audit_line: String,
    tapes: Vec<TapeView>,
    assumptions: Table,
    not_tested: Vec<String>,
    figures: Vec<(&'static str, Table)>,
    identity: Table,
    options: Table,
    rerun: String,
    digest: String,
    run_id: String,
    program: String,
}

struct Banner {
    headline: String,
    reason: String,
    class: &'static str,
    glyph: &'static str,
}

struct TapeView {
    name: String,
    grade: &'static str,
    class: &'static str,
    glyph: &'static str,
    is_fit: bool,
    facts: Table,
    findings: Table,
    sources: Table,
}

/// The page as one HTML document.
///
/// # Errors
/// [`ReportError`] when a plot or the template fails.
pub fn page(input: &ReportInput) -> Result<String, ReportError> {
    let days = section::days(input);
    let page = Page {
        title: plain(&format!("{} · {} · {}", input.assessment.verdict, input.bot.name, input.scenario.name)),
        description: plain(&input.scenario.description),
        verdict: banner(input),
        waivers: section::waivers(input),
        blockers: section::blockers(input),
        scope: section::scope(input),
        period: section::period(input),
        findings: section::findings(input),
        cards: section::cards(input),
        conventions: conventions(input),
        plots: plot::all(input)?,
        profit: section::profit(input),
        profit_asset: plain(&input.summary.conventions.quote),
        markets: section::markets(input),
        bots: bots::table(input),
        bots_line: plain(&bots::line(input)),
        band: section::band(input),
        believability: believability::table(input),
        believability_line: plain(&believability::line(input)),
        believability_has_loop: input.believability.as_ref().is_some_and(|found| found.split().is_some()),
        believability_markets: believability::markets(input),
        no_band_because: section::sentence(&input.no_band_because),
        days_are_many: days.rows.len() > section::DAYS_OPEN,
        days,
        operation: operation::table(input),
        operation_words: operation::DEFINITIONS,
        endpoints: operation::endpoints(input),
        recoveries: operation::recoveries(input),
        connections: connection::table(input),
        connections_words: connection::DEFINITIONS,
        calls_words: operation::CALLS,
        is_observed: input.options.iter().any(|option| option.key.starts_with("resources.")),
        days_left_out: section::days_left_out(input),
        orders: section::orders(input),
        markouts: section::markouts(input),
        delays: section::delays(input),
        controls: controls::table(input),
        invariants: controls::invariants(input),
        wire: wire::table(input),
        wire_line: plain(&wire::line(input)),
        commands: controls::commands(input),
        moved: controls::moved(input),
        audit: controls::line(input),
        kills: kills::table(input),
        kill_line: plain(&kills::line(input)),
        peak: peak::table(input),
        peak_line: plain(&peak::line(input)),
        alerts: alerts::table(input),
        alert_list: alerts::list(input),
        alert_line: alerts::line(input),
        alert_audit: alerts::audited(input),
        alert_audit_line: alerts::audit_line(input),
        tapes: input.tapes.iter().map(tape).collect(),
        assumptions: section::assumptions(input),
        not_tested: input.not_tested.iter().map(|text| section::sentence(text)).collect(),
        figures: section::figures_by_subject(input),
        identity: section::identity(input),
        options: section::options(input),
        rerun: input.rerun.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n"),
        digest: plain(&input.run.digest),
        run_id: plain(&input.run.run_id),
        program: plain(&input.run.program),
    };
    Ok(page.render()?)
}

fn banner(input: &ReportInput) -> Banner {
    let tone = section::verdict_tone(input.assessment.verdict);
    Banner {
        headline: input.assessment.headline(),
        reason: section::sentence(&input.assessment.reason()),
        class: tone.class(),
        glyph: tone.glyph(),
    }
}

fn conventions(input: &ReportInput) -> String {
    let conventions = &input.summary.conventions;
    let interval = number::metric(&conventions.mark_interval, number::duration);
    plain(&format!(
        "Returns are those of UTC days ({} a year, risk-free rate 0); equity is marked at mid, here every {interval} of venue \
         time; volatility with n − 1; Sortino about 0 with all days in the denominator; the first peak of a drawdown is the \
         equity at the start. Fees and rebates are included everywhere.",
        conventions.periods_per_year
    ))
}

fn tape(tape: &TapeFacts) -> TapeView {
    let tone = section::grade_tone(tape.grade);
    TapeView {
        name: plain(&tape.name),
        grade: tape.grade.words(),
        class: tone.class(),
        glyph: tone.glyph(),
        is_fit: tape.grade == DataGrade::Fit,
        facts: section::tape(tape),
        findings: section::data_findings(tape),
        sources: section::sources(tape),
    }
}
