//! Shocks by severities: where the bot holds and where it breaks.

use super::group::{self, Group};
use super::input::VolatilityInput;
use super::words;
use crate::readiness::VolatilityRun;
use crate::report::number::{self, NOTHING};
use crate::report::table::{Cell, Table, Tone, figures_of, words as column};
use crate::report::text::plain;

/// What became of runs of one shock at one severity; a sign stands beside every colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatCell {
    pub class: &'static str,
    pub glyph: &'static str,
    pub headline: String,
    pub lines: Vec<String>,
}

/// One shock, or the calm market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatRow {
    pub name: String,
    /// Where its page is; empty without one.
    pub anchor: String,
    pub note: String,
    pub cells: Vec<HeatCell>,
    /// Columns that each cell covers.
    pub span: usize,
    pub break_at: String,
    pub break_note: String,
    pub break_class: &'static str,
}

/// Titles of the columns of cells.
pub fn titles(input: &VolatilityInput) -> Vec<String> {
    group::severities(input).into_iter().map(words::severity).collect()
}

/// The calm market first, then every shock.
pub fn rows(input: &VolatilityInput) -> Vec<HeatRow> {
    let severities = group::severities(input);
    let calm = group::calm(input);
    let calm_row = HeatRow {
        name: "Calm market".to_owned(),
        anchor: String::new(),
        note: "no shock".to_owned(),
        span: severities.len().max(1),
        break_at: String::new(),
        break_note: String::new(),
        break_class: "none",
        cells: vec![cell(&calm, input)],
    };
    let shocks = group::shocks(input);
    let rows = (1..).zip(&shocks).map(|(number, shock)| {
        let cells = severities.iter().map(|severity| cell(&group::of(input, &shock.name, Some(*severity)), input));
        let cells: Vec<HeatCell> = cells.collect();
        let (break_at, break_note, break_class) = break_point(&shock.name, input);
        HeatRow {
            name: plain(&shock.name),
            anchor: format!("shock-{number}"),
            note: plain(&shock.anchor),
            cells,
            span: 1,
            break_at,
            break_note,
            break_class,
        }
    });
    std::iter::once(calm_row).chain(rows).collect()
}

fn cell(group: &Group, input: &VolatilityInput) -> HeatCell {
    if group.is_empty() {
        let headline = "not run".to_owned();
        return HeatCell { class: "muted", glyph: NOTHING, headline, lines: Vec::new() };
    }
    let held = group.iter().filter(|(place, _)| !input.result.broken.contains(place)).count();
    let (class, glyph) = match held {
        0 => (Tone::Bad.class(), Tone::Bad.glyph()),
        held if held < group.len() => (Tone::Doubt.class(), "◐"),
        _ => (Tone::Good.class(), Tone::Good.glyph()),
    };
    let drawdown = group::largest(group.iter().map(|(_, run)| run.max_drawdown));
    let profit = group::mean(group.iter().map(|(_, run)| run.profit_share()));
    let breaches = group::breaches(group);
    let lines = vec![
        format!("drawdown {}", drawdown.map_or_else(|| NOTHING.to_owned(), words::short_share)),
        format!("profit {}", profit.map_or_else(|| NOTHING.to_owned(), words::signed_share)),
        if breaches == 1 { "1 breach".to_owned() } else { format!("{} breaches", number::count(breaches as u64)) },
    ];
    let headline = format!("{} of {}", number::count(held as u64), number::count(group.len() as u64));
    HeatCell { class, glyph, headline, lines }
}

/// Where a shock breaks the bot, which criteria, and a colour.
pub fn break_point(shock: &str, input: &VolatilityInput) -> (String, String, &'static str) {
    let runs = group::of(input, shock, None);
    let strongest = group::largest(runs.iter().map(|(_, run): &(usize, &VolatilityRun)| run.severity));
    let Some(strongest) = strongest else {
        return (NOTHING.to_owned(), "no run of this shock".to_owned(), Tone::Muted.class());
    };
    let point = input.result.breaks.iter().find(|point| point.shock == shock);
    match point.and_then(|point| Some((point.severity?, point))) {
        Some((severity, point)) => (words::severity(severity), plain(&point.criteria.join("; ")), Tone::Bad.class()),
        None => ("none".to_owned(), format!("up to {}", words::severity(strongest)), Tone::Good.class()),
    }
}

/// The same as a table for Markdown.
pub fn table(input: &VolatilityInput) -> Table {
    let titles = titles(input);
    let width = titles.len();
    let columns = [column("Shock")].into_iter().chain(titles.iter().map(|title| figures_of(title)));
    let columns = columns.chain([column("Break point")]).collect();
    let row = |row: HeatRow| {
        let cell = |cell: &HeatCell| {
            let lines = cell.lines.join(" · ");
            Cell::new(format!("{} {}", cell.glyph, cell.headline)).note(lines)
        };
        let mut cells = vec![Cell::new(&row.name).note(&row.note)];
        cells.extend(row.cells.iter().map(cell));
        cells.resize(width + 1, Cell::default());
        cells.push(Cell::new(&row.break_at).note(&row.break_note));
        cells
    };
    // A calm market stands in the first column, whatever that is; without any column it has no place.
    let rows = rows(input).into_iter().filter(|_| width > 0);
    Table::new(columns, rows.map(row).collect())
}
