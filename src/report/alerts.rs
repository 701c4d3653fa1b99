//! What a person heard of while the bot traded, as tables.

use super::input::{AlertFacts, AlertItem, AlertRow, ReportInput};
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::audit::AlertAudit;
use crate::model::AlertPhase;
use crate::readiness::{AuditEvidence, Disagreement};

/// Alerts listed one by one; a run can hold many more.
const SHOWN: usize = 50;

/// One row per rule that raised any, and one for all others together; empty where no rule is watched.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![
        words("Alert"),
        words("Limit"),
        figures("Raised"),
        figures("Repeated"),
        figures("Resolved"),
        figures("Longest delay"),
        words("First"),
        words("Last"),
    ];
    let watched: Vec<&AlertRow> = input.alerts.rules.iter().filter(|rule| rule.is_watched).collect();
    let (loud, silent): (Vec<&AlertRow>, Vec<&AlertRow>) = watched.iter().partition(|rule| 0 < rule.raised);
    let mut rows: Vec<Vec<Cell>> = loud.into_iter().map(|rule| row(rule, &input.alerts)).collect();
    if !silent.is_empty() {
        rows.push(padded(number::counted(silent.len() as u64, "other rule"), "never passed", columns.len()));
    }
    let off = input.alerts.rules.len() - watched.len();
    if 0 < off && !rows.is_empty() {
        rows.push(padded(number::counted(off as u64, "rule"), "off", columns.len()));
    }
    Table::new(columns, rows)
}

fn padded(first: String, second: &str, width: usize) -> Vec<Cell> {
    let mut row = vec![Cell::new(first).tone(Tone::Muted), Cell::new(second).tone(Tone::Muted)];
    row.extend((2..width).map(|_| Cell::new(NOTHING).tone(Tone::Muted)));
    row
}

fn row(rule: &AlertRow, facts: &AlertFacts) -> Vec<Cell> {
    let is_late = facts.within < rule.longest_delay;
    let allowed = format!("{} allowed", number::duration(facts.within));
    let delay = Cell::new(number::duration(rule.longest_delay)).note(allowed);
    let instant = |at| Cell::new(number::instant(at));
    vec![
        Cell::new(&rule.name).note(&rule.severity),
        Cell::new(if rule.limit.is_empty() { NOTHING } else { rule.limit.as_str() }),
        Cell::new(number::count(rule.raised)),
        Cell::new(number::count(rule.reminders)),
        Cell::new(number::count(rule.resolved)),
        if is_late { delay.tone(Tone::Bad) } else { delay },
        instant(rule.first_at),
        instant(rule.last_at),
    ]
}

/// What each alert had to do and did, those that nothing was of in one row; empty where nobody has recomputed them. Figures are
/// those of the run's own lane.
pub fn audited(input: &ReportInput) -> Table {
    let columns = vec![
        words("Alert"),
        words("Limit"),
        figures("Had to raise"),
        figures("Raised"),
        figures("Missed"),
        figures("False"),
        figures("Late"),
        words("Audit"),
    ];
    let own = input.audit.lanes().first().map_or(&[][..], |lane| &lane.audit.alerts);
    let found: Vec<Disagreement> = input.audit.disagreements().collect();
    let is_found = |row: &&AlertAudit| found.iter().any(|found| found.control == row.finding_name());
    let watched = own.iter().filter(|row| row.is_watched());
    let (shown, silent): (Vec<&AlertAudit>, Vec<&AlertAudit>) =
        watched.partition(|row| row.not_audited.is_some() || 0 < row.had_to_raise + row.raised || is_found(row));
    let mut rows: Vec<Vec<Cell>> = shown.into_iter().map(|row| audited_row(row, &found)).collect();
    if !silent.is_empty() {
        let others = number::counted(silent.len() as u64, "other alert");
        let mut row = padded(others, "never passed", columns.len() - 1);
        row.push(Cell::new("right").pill(Tone::Good));
        rows.push(row);
    }
    Table::new(columns, rows)
}

fn audited_row(row: &AlertAudit, found: &[Disagreement]) -> Vec<Cell> {
    let limit = if row.limit.is_empty() { NOTHING } else { row.limit.as_str() };
    let mut cells = vec![Cell::new(&row.name).note(&row.severity), Cell::new(limit)];
    cells.extend(audited_counts(row));
    cells.push(audited_cell(row, found));
    cells
}

/// Had to raise, raised, missed, false, late.
fn audited_counts(row: &AlertAudit) -> [Cell; 5] {
    let raised = Cell::new(number::count(row.raised)).note(evidence(row));
    if row.not_audited.is_some() {
        let nothing = || Cell::new(NOTHING).tone(Tone::Muted);
        return [nothing(), raised, nothing(), nothing(), nothing()];
    }
    let wrong = |count: u64| Cell::new(number::count(count)).tone(if count == 0 { Tone::Plain } else { Tone::Bad });
    let late = match row.late {
        0 => wrong(0),
        count => wrong(count).note(format!("by {} at most", number::duration(row.late_longest))),
    };
    [Cell::new(number::count(row.had_to_raise)), raised, wrong(row.missed), wrong(row.false_alarms), late]
}

/// The first entries of the journal that raised it.
fn evidence(row: &AlertAudit) -> String {
    let numbers: Vec<String> = row.first_entries.iter().map(u64::to_string).collect();
    let more = if (numbers.len() as u64) < row.raised { ", …" } else { "" };
    match numbers.len() {
        0 => String::new(),
        1 => format!("entry {}{more}", numbers[0]),
        _ => format!("entries {}{more}", numbers.join(", ")),
    }
}

fn audited_cell(row: &AlertAudit, found: &[Disagreement]) -> Cell {
    let name = row.finding_name();
    let found: Vec<&Disagreement> = found.iter().filter(|found| found.control == name).collect();
    if let Some(first) = found.first() {
        let lanes: Vec<&str> = found.iter().map(|found| found.preset.as_str()).collect();
        return Cell::new("wrong").pill(Tone::Bad).note(format!("lane {}: {}", lanes.join(", "), first.first));
    }
    match &row.not_audited {
        Some(why) => Cell::new("not audited").pill(Tone::Doubt).note(why),
        None if row.ambiguous == 0 => Cell::new("right").pill(Tone::Good),
        None => Cell::new("right").pill(Tone::Good).note(format!("{} ambiguous", number::count(row.ambiguous))),
    }
}

/// What recomputing them came to, in one sentence; nothing where none is watched.
pub fn audit_line(input: &ReportInput) -> String {
    if !input.alerts.rules.iter().any(|rule| rule.is_watched) {
        return String::new();
    }
    if let AuditEvidence::NotAudited { reason } = &input.audit {
        return format!("Nobody has recomputed the alerts: {reason}.");
    }
    let rows = || input.audit.lanes().iter().flat_map(|lane| &lane.audit.alerts).filter(|row| row.is_watched());
    let wrong: u64 = rows().map(AlertAudit::found).sum();
    let own = input.audit.lanes().first().map_or(&[][..], |lane| &lane.audit.alerts);
    let unknown = own.iter().filter(|row| row.is_watched() && row.not_audited.is_some()).count();
    let known = own.iter().filter(|row| row.not_audited.is_none()).count();
    let result = match wrong {
        0 => "nothing missed, false, late or wrong".to_owned(),
        wrong => format!("{} found", number::count(wrong)),
    };
    let lanes = number::counted(input.audit.lanes().len() as u64, "lane");
    let doubt = match unknown {
        0 => String::new(),
        unknown => format!("; {} not audited", number::counted(unknown as u64, "alert")),
    };
    format!("Recomputed from journal and tape, {} in {lanes}: {result}{doubt}.", number::counted(known as u64, "alert"))
}

/// The first alerts, in order; empty when there was none.
pub fn list(input: &ReportInput) -> Table {
    let columns = vec![
        words("At"),
        words("Alert"),
        words("Market"),
        words("What"),
        words("Value"),
        words("Limit"),
        figures("After its cause"),
    ];
    let mut rows: Vec<Vec<Cell>> = input.alerts.first.iter().take(SHOWN).map(item).collect();
    let shown = rows.len() as u64;
    if shown < input.alerts.said {
        let more = format!("and {} more", number::count(input.alerts.said - shown));
        rows.push(padded(more, NOTHING, columns.len()));
    }
    Table::new(columns, rows)
}

fn item(item: &AlertItem) -> Vec<Cell> {
    let delay = match item.phase {
        AlertPhase::Raised => number::duration(item.at.since(item.cause_at)),
        AlertPhase::Reminder | AlertPhase::Resolved => NOTHING.to_owned(),
    };
    let limit = if item.limit.is_empty() { NOTHING } else { item.limit.as_str() };
    let texts = [&item.rule, &item.market, item.phase.as_str(), &item.value, limit];
    let mut row = vec![Cell::new(number::instant(item.at))];
    row.extend(texts.into_iter().map(Cell::new));
    row.push(Cell::new(delay));
    row
}

/// All of it in one line.
pub fn line(input: &ReportInput) -> String {
    let facts = &input.alerts;
    if !facts.rules.iter().any(|rule| rule.is_watched) {
        return "Alerts: off.".to_owned();
    }
    let loud: Vec<&AlertRow> = facts.rules.iter().filter(|rule| 0 < rule.raised).collect();
    let Some(longest) = loud.iter().map(|rule| rule.longest_delay).max() else {
        return "Alerts: none was raised.".to_owned();
    };
    let each: Vec<String> = loud.iter().map(|rule| format!("{} {}", rule.name, number::count(rule.raised))).collect();
    format!(
        "Alerts: {} raised ({}), at most {} after the cause where {} is allowed.",
        number::count(loud.iter().map(|rule| rule.raised).sum()),
        each.join(", "),
        number::duration(longest),
        number::duration(facts.within)
    )
}
