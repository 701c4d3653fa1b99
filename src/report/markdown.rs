use super::input::ReportInput;
use super::table::{Cell, Table};
use super::text::markdown as safe;
use super::{alerts, believability, bots, connection, controls, kills, operation, peak, section, wire};

/// Verdict, findings, key figures, controls, data, and what was assumed or not tested, for a pull request.
pub fn document(input: &ReportInput) -> String {
    let mut parts = Vec::new();
    parts.extend(section::waivers(input).iter().map(|waiver| format!("> **Waiver:** {}", safe(waiver))));
    let glyph = section::verdict_tone(input.assessment.verdict).glyph();
    parts.push(format!("## {glyph} {}", safe(&input.assessment.headline())));
    parts.push(safe(&section::sentence(&input.assessment.reason())));
    parts.push(format!("{}  \n{}", safe(&section::scope(input)), safe(&section::period(input))));
    if input.assessment.blockers.len() > 1 {
        let lines = section::blockers(input);
        parts.push(lines.iter().map(|line| format!("* {}\n", safe(line))).collect::<String>().trim_end().to_owned());
    }
    parts.push("### Findings".to_owned());
    parts.push(table_or(&section::findings(input), "The scenario states no criteria."));
    parts.push("### Key figures".to_owned());
    parts.push(cards(input));
    parts.extend(titled("Each market", "", &section::markets(input)));
    parts.extend(titled("Bots of the user", &bots::line(input), &bots::table(input)));
    if !input.band.is_empty() {
        parts.push("### Fill assumptions".to_owned());
        parts.push(table(&section::band(input)));
        parts.push(section::PRESETS.to_owned());
    }
    parts.extend(titled("Believability", &believability::line(input), &believability::table(input)));
    parts.extend(titled("Believability of each market", "", &believability::markets(input)));
    parts.push("### Controls".to_owned());
    parts.push(table_or(&controls::table(input), "The run had no gates."));
    parts.push(safe(&controls::line(input)));
    let invariants = controls::invariants(input);
    if !invariants.is_empty() {
        parts.push(table(&invariants));
    }
    parts.extend(titled("How it ran day by day", operation::DEFINITIONS, &operation::table(input)));
    parts.extend(titled("Calls", operation::CALLS, &operation::endpoints(input)));
    parts.extend(titled("Recoveries", "", &operation::recoveries(input)));
    parts.extend(titled("How steady the connections were", connection::DEFINITIONS, &connection::table(input)));
    parts.extend(titled("On the wire", &wire::line(input), &wire::table(input)));
    parts.extend(titled("What the bot was told", "", &controls::commands(input)));
    parts.extend(titled("What moved the account without a fill", "", &controls::moved(input)));
    parts.push("### Kill drill".to_owned());
    parts.push(safe(&kills::line(input)));
    if input.peak_load.is_some() {
        parts.extend(titled("Peak load", &peak::line(input), &peak::table(input)));
    }
    push_alerts(&mut parts, input);
    parts.push("### Market data".to_owned());
    parts.push(tapes(input));
    parts.push("### Assumed".to_owned());
    parts.push(table_or(&section::assumptions(input), "Nothing."));
    parts.push("### Not tested".to_owned());
    parts.push(not_tested(input));
    parts.push(format!("Order gateway: {}.", safe(&input.run.gateway)));
    parts.push(format!("Repeatability: {}.", safe(&section::determinism(input))));
    parts.push(format!("Accounts: {}.", safe(&input.run.accounts.words())));
    parts.push(format!("```text\n{}\n```", fenced(&input.rerun)));
    parts.push(format!(
        "<sub>{} · run {} · digest {}</sub>",
        safe(&input.run.program),
        safe(&input.run.run_id),
        safe(&input.run.digest)
    ));
    parts.join("\n\n") + "\n"
}

/// A table under its title and perhaps a line of words; nothing where it has no rows.
fn titled(title: &str, line: &str, content: &Table) -> Vec<String> {
    if content.is_empty() {
        return Vec::new();
    }
    let line = Some(safe(line)).filter(|line| !line.is_empty());
    [format!("### {title}")].into_iter().chain(line).chain([table(content)]).collect()
}

/// What a person heard of, and whether that was right.
fn push_alerts(parts: &mut Vec<String>, input: &ReportInput) {
    parts.push("### Alerts".to_owned());
    parts.push(safe(&alerts::line(input)));
    let audit_line = alerts::audit_line(input);
    if !audit_line.is_empty() {
        parts.push(safe(&audit_line));
    }
    let audited = alerts::audited(input);
    if !audited.is_empty() {
        parts.push(table(&audited));
    }
    if input.alerts.said > 0 {
        parts.push(table(&alerts::table(input)));
        parts.push(table(&alerts::list(input)));
    }
}

fn cards(input: &ReportInput) -> String {
    let rows = section::cards(input).into_iter();
    let rows = rows.map(|card| format!("| {} | {} | {} |\n", safe(&card.label), safe(&card.value), safe(&card.note)));
    format!("| Figure | Value | |\n|---|---:|---|\n{}", rows.collect::<String>()).trim_end().to_owned()
}

fn tapes(input: &ReportInput) -> String {
    let line = |tape: &super::input::TapeFacts| {
        let forbids: Vec<String> = tape
            .findings
            .iter()
            .filter(|finding| !finding.forbids.is_empty())
            .map(|finding| {
                format!("\n  * {} ({}×) forbids: {}", safe(&finding.code), finding.count, safe(&finding.forbids))
            })
            .collect();
        let of = if input.tapes.len() > 1 { format!(" ({})", safe(&tape.symbol)) } else { String::new() };
        format!("* {}{of}: **{}**{}", safe(&tape.name), tape.grade.words(), forbids.concat())
    };
    let lines: Vec<String> = input.tapes.iter().map(line).collect();
    if lines.is_empty() { "No tape is on record.".to_owned() } else { lines.join("\n") }
}

fn not_tested(input: &ReportInput) -> String {
    let lines = input.not_tested.iter().map(|text| format!("* {}\n", safe(&section::sentence(text))));
    let lines: String = lines.collect();
    if lines.is_empty() { "No gaps are listed.".to_owned() } else { lines.trim_end().to_owned() }
}

/// A table, or words where it has no rows.
pub fn table_or(content: &Table, otherwise: &str) -> String {
    if content.is_empty() { otherwise.to_owned() } else { table(content) }
}

/// A table as Markdown.
pub fn table(content: &Table) -> String {
    let keep: Vec<bool> = content.columns.iter().map(|column| !column.title.is_empty()).collect();
    let columns = content.columns.iter().zip(&keep).filter(|(_, keep)| **keep);
    let (titles, rules): (Vec<String>, Vec<&str>) =
        columns.map(|(column, _)| (safe(&column.title), if column.is_number() { "---:" } else { "---" })).unzip();
    let row = |cells: &Vec<Cell>| {
        let cells = cells.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(cell, _)| self::cell(cell));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rows: String = content.rows.iter().map(row).collect();
    format!("| {} |\n|{}|\n{rows}", titles.join(" | "), rules.join("|")).trim_end().to_owned()
}

fn cell(cell: &Cell) -> String {
    let text = safe(&cell.signed_text());
    if cell.note.is_empty() { text } else { format!("{text}<br><sub>{}</sub>", safe(&cell.note)) }
}

/// Commands inside a fence: nothing in them can close it.
pub fn fenced(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| super::text::plain(line).replace("```", "'''")).collect();
    lines.join("\n")
}
