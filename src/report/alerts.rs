//! What a person heard of while the bot traded, as tables.

use super::input::{AlertFacts, AlertItem, AlertRow, ReportInput};
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::model::AlertPhase;

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
