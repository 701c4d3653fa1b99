//! One row a criterion, and the lines above.

use super::group;
use super::input::VolatilityInput;
use super::words;
use crate::readiness::VolatilityFinding;
use crate::report::number::{self, NOTHING};
use crate::report::section::Card;
use crate::report::table::{Cell, Table, Tone, figures, words as column};
use crate::report::text::plain;

/// One row a criterion.
pub fn table(input: &VolatilityInput) -> Table {
    let columns = vec![
        column("Criterion"),
        column("Demanded"),
        figures("Runs"),
        figures("Held"),
        column("Worst"),
        column("Result"),
    ];
    Table::new(columns, input.result.findings.iter().map(|finding| row(finding, input)).collect())
}

fn row(finding: &VolatilityFinding, input: &VolatilityInput) -> Vec<Cell> {
    let criterion = &finding.criterion;
    let meaning = words::meaning(&criterion.measure);
    let held = match finding.runs {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        runs => Cell::new(number::count(finding.held as u64))
            .note(format!("{} %", words::plain_number(finding.held as f64 * 100.0 / runs as f64, 3))),
    };
    vec![
        Cell::new(&criterion.name).note(format!("{}: {meaning}", criterion.measure)),
        Cell::new(words::demand(criterion)),
        Cell::new(number::count(finding.runs as u64)),
        held,
        worst(finding, input),
        result(finding),
    ]
}

fn worst(finding: &VolatilityFinding, input: &VolatilityInput) -> Cell {
    let nothing = |why: &str| Cell::new(NOTHING).tone(Tone::Muted).note(why);
    let Some(run) = finding.worst.and_then(|place| input.runs.get(place)) else {
        return nothing("no run has the figure");
    };
    let measure = &finding.criterion.measure;
    let shown = words::reading(measure, run.reading(measure));
    let is_nothing = shown == NOTHING;
    let note = if is_nothing { format!("not a finite figure; {}", words::place(run)) } else { words::place(run) };
    Cell::new(shown).note(note)
}

/// Met or not, in words.
pub const fn outcome(finding: &VolatilityFinding) -> (&'static str, Tone) {
    match finding.met {
        Some(true) => ("met", Tone::Good),
        Some(false) => ("not met", Tone::Bad),
        None => ("no evidence", Tone::Doubt),
    }
}

fn result(finding: &VolatilityFinding) -> Cell {
    let (words, tone) = outcome(finding);
    Cell::new(words).pill(tone)
}

/// How much was run.
pub fn scope(input: &VolatilityInput) -> String {
    let hours: f64 = input.runs.iter().map(|run| run.end.since(run.start).nanos() as f64 / 3.6e12).sum();
    let some = |number: usize, one: &str| number::counted(number as u64, one);
    let severities: Vec<String> = group::severities(input).into_iter().map(words::severity).collect();
    plain(&format!(
        "{}, {} simulated: {} at {} ({}), {} ({}), {}",
        some(input.runs.len(), "run"),
        format_args!("{} h", words::plain_number(hours, 4)),
        some(group::shocks(input).len(), "shock"),
        many(severities.len(), "severity", "severities"),
        severities.join(", "),
        some(input.regimes.len(), "regime"),
        words::regimes(&input.regimes),
        number::counted(input.seeds, "seed"),
    ))
}

fn many(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// What was tried on what.
pub fn trial(input: &VolatilityInput) -> String {
    let market = &input.market;
    plain(&format!(
        "{} on {}, market {}, from {}",
        input.bot.name,
        market.symbol,
        market.model,
        number::instant(market.start)
    ))
}

/// Four key figures.
pub fn cards(input: &VolatilityInput) -> Vec<Card> {
    let runs = input.runs;
    let all: group::Group = runs.iter().enumerate().collect();
    let held = runs.len() - input.result.broken.len().min(runs.len());
    let worst = runs.iter().filter(|run| run.max_drawdown.is_finite());
    let worst = worst.max_by(|one, other| one.max_drawdown.total_cmp(&other.max_drawdown));
    let breaks = input.result.breaks.iter().filter_map(|point| Some((point.severity?, point)));
    let first = breaks.min_by(|(one, _), (other, _)| one.total_cmp(other));
    let breaches = group::breaches(&all);
    let audit = runs.iter().filter(|run| run.audit_findings > 0).count();
    let card = |label: &str, value: String, note: String| Card {
        label: plain(label),
        value: plain(&value),
        note: plain(&note),
    };
    let nothing = || NOTHING.to_owned();
    let of_all = |count: usize| format!("{} of {}", number::count(count as u64), number::count(runs.len() as u64));
    vec![
        card("Runs that broke no criterion", of_all(held), "at any severity".to_owned()),
        card(
            "Breaks first at severity",
            first.as_ref().map_or_else(|| "none".to_owned(), |(severity, _)| words::severity(*severity)),
            first.map_or_else(|| "no shock broke a criterion".to_owned(), |(_, point)| point.shock.clone()),
        ),
        card(
            "Largest drawdown",
            worst.map_or_else(nothing, |run| words::share(run.max_drawdown)),
            worst.map_or_else(|| "no run".to_owned(), words::place),
        ),
        card(
            "Runs with limit breaches",
            of_all(breaches),
            format!("of them {} with findings of the audit", number::count(audit as u64)),
        ),
    ]
}
