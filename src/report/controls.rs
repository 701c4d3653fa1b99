//! What the controls had to do and did, as tables.

use super::input::{DrillResult, GateRow, ReportInput};
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::audit::{Audit, ControlAudit, InvariantAudit, StopAudit, numbers_of};
use crate::metrics::{Moved, SetRight};
use crate::model::REINVESTMENT;
use crate::readiness::{AuditEvidence, Disagreement};
use crate::units::Money;

/// One row per gate that is armed or had to be, and one for all others together. Figures are those of the run's own lane.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![
        words("Control"),
        words("Limit"),
        figures("Had to fire"),
        figures("Fired"),
        figures("Missed"),
        figures("False"),
        figures("Late"),
        words("Audit"),
        words("Exercised"),
    ];
    let (shown, off): (Vec<&GateRow>, Vec<&GateRow>) =
        input.gates.iter().partition(|gate| gate.is_armed || gate.is_mandatory);
    let mut rows: Vec<Vec<Cell>> = shown.into_iter().map(|gate| row(gate, input)).collect();
    if !off.is_empty() {
        rows.push(off_row(&off));
    }
    Table::new(columns, rows)
}

fn off_row(off: &[&GateRow]) -> Vec<Cell> {
    let gates = number::counted(off.len() as u64, "other gate");
    let mut row = vec![Cell::new(gates), Cell::new("off, as the options say")];
    row.extend((0..6).map(|_| Cell::new(NOTHING).tone(Tone::Muted)));
    row.push(Cell::new("not armed").tone(Tone::Muted));
    row
}

fn row(gate: &GateRow, input: &ReportInput) -> Vec<Cell> {
    let audit = own(input).and_then(|audit| audit.controls.iter().find(|row| row.name == gate.name));
    let [had_to, missed, false_alarms, late] =
        counts(audit.filter(|row| row.audited), &input.summary.conventions.quote);
    let asked = format!("of {}", number::count(gate.evaluated));
    vec![
        Cell::new(&gate.name).note(if gate.is_mandatory { "mandatory" } else { "" }),
        Cell::new(limit(gate, audit)),
        had_to.note(if gate.is_armed { asked } else { String::new() }),
        Cell::new(number::count(gate.refused + gate.tripped)).note(evidence(gate, audit)),
        missed,
        false_alarms,
        late,
        audit_cell(gate, audit, input),
        exercised(gate),
    ]
}

/// As the audit says it; of a gate that it does not know, its settings.
fn limit<'a>(gate: &'a GateRow, audit: Option<&'a ControlAudit>) -> &'a str {
    let audited = audit.map_or("", |row| row.limit.as_str());
    let texts = [audited, gate.limit.as_str(), NOTHING];
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or(NOTHING)
}

/// The audit of the run's own lane.
fn own(input: &ReportInput) -> Option<&Audit> {
    input.audit.lanes().first().map(|lane| &lane.audit)
}

/// Had to fire, missed, false, late.
fn counts(audit: Option<&ControlAudit>, asset: &str) -> [Cell; 4] {
    let Some(audit) = audit else { return [(); 4].map(|()| Cell::new(NOTHING).tone(Tone::Muted)) };
    let wrong = |count: u64| Cell::new(number::count(count)).tone(if count == 0 { Tone::Plain } else { Tone::Bad });
    let false_alarms = wrong(audit.false_alarms);
    let false_alarms = match audit.wrong_figures {
        0 => false_alarms,
        more => false_alarms.tone(Tone::Bad).note(format!("{} with wrong figures", number::count(more))),
    };
    let late = match (audit.late, audit.late_money) {
        (0, _) => wrong(0),
        (count, Money::ZERO) => wrong(count).note(format!("by {}", number::duration(audit.late_longest))),
        (count, money) => {
            let by = (number::duration(audit.late_longest), number::money(money, asset));
            wrong(count).note(format!("by {} and {} at most", by.0, by.1))
        }
    };
    [Cell::new(number::count(audit.had_to_fire)), wrong(audit.missed), false_alarms, late]
}

/// What stands behind the number of times it fired: trips among them, and the first entries of the journal.
fn evidence(gate: &GateRow, audit: Option<&ControlAudit>) -> String {
    let trips = if gate.tripped == 0 { String::new() } else { number::counted(gate.tripped, "trip") };
    let numbers: Vec<String> = audit.iter().flat_map(|row| &row.first_entries).map(u64::to_string).collect();
    let more = if (numbers.len() as u64) < gate.refused + gate.tripped { ", …" } else { "" };
    let entries = match numbers.len() {
        0 => String::new(),
        1 => format!("entry {}{more}", numbers[0]),
        _ => format!("entries {}{more}", numbers.join(", ")),
    };
    [trips, entries].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn audit_cell(gate: &GateRow, audit: Option<&ControlAudit>, input: &ReportInput) -> Cell {
    let found: Vec<Disagreement> = input.audit.disagreements().filter(|found| found.control == gate.name).collect();
    if let Some(first) = found.first() {
        let lanes: Vec<&str> = found.iter().map(|found| found.preset.as_str()).collect();
        return Cell::new("wrong").pill(Tone::Bad).note(format!("lane {}: {}", lanes.join(", "), first.first));
    }
    match audit {
        _ if !gate.is_armed => Cell::new(NOTHING).tone(Tone::Muted),
        None => Cell::new("not audited").pill(Tone::Doubt),
        Some(row) if !row.audited => Cell::new("not audited").pill(Tone::Doubt).note("no oracle"),
        Some(row) => Cell::new("right").pill(Tone::Good).note(doubts(row)),
    }
}

/// What the audit could not tell.
fn doubts(row: &ControlAudit) -> String {
    let count =
        |count: u64, words: &str| if count == 0 { String::new() } else { format!("{} {words}", number::count(count)) };
    let parts = [count(row.ambiguous, "ambiguous"), count(row.unseen, "refused amends not seen whole")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn exercised(gate: &GateRow) -> Cell {
    match (gate.is_armed, gate.acted(), &gate.drill) {
        (false, ..) => Cell::new("not armed").pill(Tone::Bad),
        (true, _, Some(DrillResult::Failed(why))) => Cell::new("failed its drill").pill(Tone::Bad).note(why),
        (true, true, _) => Cell::new("in this run").pill(Tone::Good),
        (true, false, Some(DrillResult::Passed)) => Cell::new("in a drill").pill(Tone::Good),
        (true, false, Some(DrillResult::NotShown(why))) => Cell::new("not shown").pill(Tone::Doubt).note(why),
        (true, false, None) if gate.is_mandatory => Cell::new("not in this run").pill(Tone::Doubt),
        (true, false, None) => Cell::new("not in this run").tone(Tone::Muted),
    }
}

/// Commands shown; a run can hold many more.
const COMMANDS_SHOWN: usize = 50;

/// What the bot was told, in order; empty when nothing.
pub fn commands(input: &ReportInput) -> Table {
    let columns =
        vec![words("Told at"), words("What"), words("Market"), words("Afterwards"), figures("Scenario's command")];
    let told = &input.summary.commands;
    let rows = told.iter().take(COMMANDS_SHOWN).map(|told| {
        let symbol = input.tapes.get(told.market.index()).map_or(NOTHING, |tape| tape.symbol.as_str());
        let line = if told.line == 0 { "by hand".to_owned() } else { number::count(u64::from(told.line)) };
        let texts =
            [number::instant(told.at), told.command.to_string(), symbol.to_owned(), told.status.to_string(), line];
        texts.into_iter().map(Cell::new).collect()
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    if let Some(more) = told.len().checked_sub(COMMANDS_SHOWN).filter(|more| *more > 0) {
        let mut row = vec![Cell::new(format!("and {} more", number::count(more as u64))).tone(Tone::Muted)];
        row.extend((1..columns.len()).map(|_| Cell::new(NOTHING).tone(Tone::Muted)));
        rows.push(row);
    }
    Table::new(columns, rows)
}

/// What moved the account without a fill, the first and the last; empty when nothing did.
pub fn moved(input: &ReportInput) -> Table {
    let columns =
        vec![words("Moved at"), words("What"), words("Market"), figures("Received"), figures("Scenario's event")];
    let moved = &input.summary.moved;
    let row = |moved: &Moved| {
        let symbol = input.tapes.get(moved.market.index()).map_or(NOTHING, |tape| tape.symbol.as_str());
        let (at, amount) = (number::instant(moved.at), number::group(&moved.amount.to_string()));
        let line = if moved.line == REINVESTMENT { NOTHING.to_owned() } else { number::count(u64::from(moved.line)) };
        let texts = [at, moved.kind.to_owned(), symbol.to_owned(), amount, line];
        let mut cells: Vec<Cell> = texts.into_iter().map(Cell::new).collect();
        let refused =
            moved.refused.map(|asked| format!("{} refused: {}", number::group(&asked.to_string()), unfree(moved.line)));
        let fill = moved.fill.as_ref().map(set_right);
        let notes: Vec<&str> =
            refused.iter().chain(&fill).chain(input.event_reasons.get(&moved.line)).map(String::as_str).collect();
        if !notes.is_empty() {
            cells[1] = Cell::new(moved.kind).note(notes.join("; "));
        }
        cells
    };
    let mut rows: Vec<Vec<Cell>> = moved.first.iter().map(row).collect();
    let between = moved.count - (moved.first.len() + moved.last.len()) as u64;
    if between > 0 {
        let mut row = vec![Cell::new(format!("{} more in between", number::count(between))).tone(Tone::Muted)];
        row.extend((1..columns.len()).map(|_| Cell::new(NOTHING).tone(Tone::Muted)));
        rows.push(row);
    }
    rows.extend(moved.last.iter().map(row));
    Table::new(columns, rows)
}

/// Which fill was busted or corrected, in words.
fn set_right(fill: &SetRight) -> String {
    let SetRight { of, client_order_id, side, quantity, price, new_price } = fill;
    let now = new_price.as_ref().map(|price| format!(", now @ {price}")).unwrap_or_default();
    format!("fill {of}, of order {client_order_id}: {} {quantity} @ {price}{now}", side.as_str())
}

/// Why money was not moved.
const fn unfree(line: u32) -> &'static str {
    if line == REINVESTMENT { "what a bot had to give was not free" } else { "more than is free" }
}

/// One row per thing that holds whatever the limits are, over all lanes; empty without an audit.
pub fn invariants(input: &ReportInput) -> Table {
    let rows = own(input).into_iter().flat_map(|audit| &audit.invariants).map(|invariant| {
        let lanes = input.audit.lanes().iter().flat_map(|lane| &lane.audit.invariants);
        let same = lanes.filter(|other| other.name == invariant.name);
        let (checked, broken) =
            same.fold((0, 0), |(checked, broken), row| (checked + row.checked, broken + row.broken));
        let first = input.audit.disagreements().find(|found| found.control == invariant.name);
        let unaudited = invariant.not_audited.as_deref();
        let held = match (checked, broken) {
            (_, 0) if unaudited.is_some() => Cell::new("not audited").pill(Tone::Doubt),
            (0, 0) => Cell::new("nothing to check").tone(Tone::Muted),
            (_, 0) => Cell::new("held").pill(Tone::Good),
            (_, broken) => Cell::new(format!("broken {}", times(broken))).pill(Tone::Bad),
        };
        vec![
            Cell::new(&invariant.words).note(numbered(&invariant.name)),
            Cell::new(number::count(checked)),
            held.note(first.map_or_else(
                || unaudited.unwrap_or_default().to_owned(),
                |found| format!("lane {}: {}", found.preset, found.first),
            )),
        ]
    });
    Table::new(vec![words("Whatever the limits are"), figures("Checked"), words("Result")], rows.collect())
}

/// An invariant's name, and its numbers among those that hold of any bot.
fn numbered(name: &str) -> String {
    let numbers: Vec<String> = numbers_of(name).map(|number| format!("I{number}")).collect();
    if numbers.is_empty() { name.to_owned() } else { format!("{name}, {}", numbers.join(", ")) }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", number::count(count)) }
}

/// The audit in one line: what it came to, what followed the trips, what was not checked.
pub fn line(input: &ReportInput) -> String {
    let (lanes, unchecked) = match &input.audit {
        AuditEvidence::NotAudited { reason } => return format!("Not audited: {reason}."),
        AuditEvidence::Audited { lanes, unchecked } => (lanes, unchecked),
    };
    let found: u64 = lanes.iter().map(|lane| lane.audit.found).sum();
    let held: u64 = lanes.iter().flat_map(|lane| &lane.audit.invariants).map(InvariantAudit::held).sum();
    let result = match found {
        0 => "nothing missed, false, late or wrong".to_owned(),
        found => format!("{} found", number::count(found)),
    };
    let mut parts = vec![format!(
        "Audit of {}: {result}; invariants held {}",
        number::counted(lanes.len() as u64, "lane"),
        times(held)
    )];
    parts.extend(own(input).and_then(|audit| stops(&audit.stops)));
    let lane_gaps = lanes.iter().flat_map(|lane| lane.audit.unchecked.iter());
    parts.extend(unchecked.iter().chain(lane_gaps).map(|what| format!("not checked: {what}")));
    parts.dedup();
    parts.join("; ") + "."
}

/// What followed the trips; nothing without one.
fn stops(stops: &StopAudit) -> Option<String> {
    (0 < stops.trips).then(|| {
        format!(
            "after {}: {} cancelled, {} known to have ended, the last {} after its trip, {} sent before and arrived after",
            number::counted(stops.trips, "trip"),
            number::counted(stops.demanded, "order"),
            number::count(stops.confirmed),
            number::duration(stops.longest),
            number::counted(stops.on_their_way, "order"),
        )
    })
}
