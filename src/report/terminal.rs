use super::input::ReportInput;
use super::table::{Table, Tone};
use super::text::plain;
use super::{alerts, believability, bots, controls, kills, peak, section, wire};
use comfy_table::{CellAlignment, ContentArrangement, presets};
use std::fmt::Write as _;

/// Whether the text carries colour codes. It reads the same without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI codes around the verdict.
    On,
    /// No codes at all.
    Off,
}

/// Columns of the text.
const WIDTH: u16 = 110;

/// What a person reads at the prompt after a run: waivers, verdict, findings, key figures, controls, data.
#[must_use]
pub fn terminal(input: &ReportInput, colour: Colour) -> String {
    let mut text = String::new();
    for waiver in section::waivers(input) {
        push(&mut text, &format!("waiver: {waiver}"));
    }
    let tone = section::verdict_tone(input.assessment.verdict);
    push(&mut text, &banner(tone, &input.assessment.headline(), colour));
    push(&mut text, &section::sentence(&input.assessment.reason()));
    if input.assessment.blockers.len() > 1 {
        section::blockers(input).iter().for_each(|blocker| push(&mut text, &format!("  - {blocker}")));
    }
    push(&mut text, "");
    push(&mut text, &section::scope(input));
    push(&mut text, &section::period(input));
    push(&mut text, "");
    push(&mut text, &table(&section::findings(input)));
    push(&mut text, "");
    for card in section::cards(input) {
        push(&mut text, &format!("  {:<24}{:>22}   {}", card.label, card.value, card.note));
    }
    tables(&mut text, input);
    push(&mut text, &format!("\nrun {}  digest {}", plain(&input.run.run_id), plain(&input.run.digest)));
    text
}

fn tables(text: &mut String, input: &ReportInput) {
    let (told, moved) = (controls::commands(input), controls::moved(input));
    for content in
        [section::markets(input), bots::table(input), section::band(input), controls::table(input), told, moved]
    {
        if !content.is_empty() {
            push(text, &format!("\n{}", table(&content)));
        }
    }
    if !input.band.is_empty() {
        push(text, section::PRESETS);
    }
    // Without a closed loop the table says little that the band has not said.
    if input.believability.as_ref().is_some_and(|found| found.split().is_some()) {
        let believed = [believability::table(input), believability::markets(input)];
        believed
            .iter()
            .filter(|content| !content.is_empty())
            .for_each(|content| push(text, &format!("\n{}", table(content))));
    }
    if input.believability.is_some() {
        push(text, &plain(&believability::line(input)));
    }
    push(text, &plain(&controls::line(input)));
    let wired = wire::brief(input);
    if !wired.is_empty() {
        push(text, &format!("\n{}", table(&wired)));
    }
    let wire_line = wire::line(input);
    if !wire_line.is_empty() {
        push(text, &plain(&format!("On the wire: {wire_line}")));
    }
    push(text, &plain(&kills::line(input)));
    if input.peak_load.is_some() {
        push(text, &plain(&peak::line(input)));
    }
    push(text, &plain(&alerts::line(input)));
    let (audit_line, audited) = (alerts::audit_line(input), alerts::audited(input));
    if !audit_line.is_empty() {
        push(text, &plain(&audit_line));
    }
    if !audited.is_empty() {
        push(text, &format!("\n{}", table(&audited)));
    }
    push(text, "");
    for tape in &input.tapes {
        let of = if input.tapes.len() > 1 { format!(" ({})", plain(&tape.symbol)) } else { String::new() };
        push(text, &format!("data {}{of}: {}", plain(&tape.name), tape.grade.words()));
        for finding in tape.findings.iter().filter(|finding| !finding.forbids.is_empty()) {
            let line = format!("  {} ({}×) forbids: {}", finding.code, finding.count, finding.forbids);
            push(text, &plain(&line));
        }
    }
}

/// Adds a line.
pub fn push(text: &mut String, line: &str) {
    let _ = writeln!(text, "{}", line.trim_end());
}

/// The verdict, in the colour of its tone.
pub fn banner(tone: Tone, headline: &str, colour: Colour) -> String {
    let line = format!(" {} {headline} ", tone.glyph());
    let code = match tone {
        Tone::Good => "1;30;42",
        Tone::Bad => "1;37;41",
        Tone::Doubt | Tone::Plain | Tone::Muted => "1;30;43",
    };
    match colour {
        Colour::On => format!("\u{1b}[{code}m{line}\u{1b}[0m"),
        Colour::Off => line.trim().to_owned(),
    }
}

/// A table between lines.
pub fn table(content: &Table) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    let keep: Vec<bool> = content.columns.iter().map(|column| !column.title.is_empty()).collect();
    let titles = content.columns.iter().filter(|column| !column.title.is_empty());
    table.set_header(titles.map(|column| aligned(column.title.to_string(), column.is_number())));
    for row in &content.rows {
        let cells = content.cells(row).zip(&keep).filter(|(_, keep)| **keep);
        table.add_row(cells.map(|((column, cell), _)| {
            let text = cell.signed_text();
            let text = if cell.note.is_empty() { text } else { format!("{text}\n{}", cell.note) };
            aligned(text, column.is_number())
        }));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>().trim_end().to_owned()
}

fn aligned(text: String, is_number: bool) -> comfy_table::Cell {
    let side = if is_number { CellAlignment::Right } else { CellAlignment::Left };
    comfy_table::Cell::new(text).set_alignment(side)
}
