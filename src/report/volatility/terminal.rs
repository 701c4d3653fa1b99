//! For people at a prompt.

use super::input::VolatilityInput;
use super::{believability, criteria, group, heat};
use crate::report::Colour;
use crate::report::section;
use crate::report::table::{Cell, Table, Tone, words as column};
use crate::report::terminal::{banner, push, table};
use crate::report::text::plain;

/// Verdict, criteria, break point of each shock, and where the report is.
#[must_use]
pub fn terminal_volatility(input: &VolatilityInput, colour: Colour) -> String {
    let mut text = String::new();
    let tone = section::verdict_tone(input.result.verdict);
    push(&mut text, &banner(tone, input.result.verdict.words(), colour));
    push(&mut text, &section::sentence(&input.result.reason));
    push(&mut text, "");
    push(&mut text, &criteria::scope(input));
    push(&mut text, &criteria::trial(input));
    let criteria = criteria::table(input);
    if !criteria.is_empty() {
        push(&mut text, &format!("\n{}", table(&criteria)));
    }
    let breaks = breaks(input);
    if !breaks.is_empty() {
        push(&mut text, &format!("\n{}", table(&breaks)));
    }
    let believed = believability::line(input);
    if !believed.is_empty() {
        push(&mut text, &format!("\n{}", plain(&believed)));
    }
    push(&mut text, &format!("\nrun {}  digest {}", plain(&input.run_id), plain(&input.digest)));
    if !input.folder.is_empty() {
        push(&mut text, &format!("report {}", plain(&input.folder)));
    }
    text
}

fn breaks(input: &VolatilityInput) -> Table {
    let row = |shock: super::ShockFacts| {
        let (severity, criteria, class) = heat::break_point(&shock.name, input);
        let tone = if class == Tone::Bad.class() { Tone::Bad } else { Tone::Plain };
        vec![Cell::new(&shock.name), Cell::new(severity).tone(tone), Cell::new(criteria)]
    };
    let columns = vec![column("Shock"), column("Breaks at"), column("Criteria")];
    Table::new(columns, group::shocks(input).into_iter().map(row).collect())
}
