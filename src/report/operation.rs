//! How a run was operated day by day: whether it could act, what it sent and what became of that, what went wrong around it.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::section::DAYS_MAX;
use super::table::{Cell, Table, Tone, figures, words};
use crate::metrics::{DaySummary, EndpointRow, RecoveryRow, Trouble};
use crate::units::Span;

/// What the columns mean, under the table.
pub const DEFINITIONS: &str = "Uptime is the time in which the bot could act (running, no breaker in force, its gateway sound) over the time in which venue and feed could be used \
(trading not halted, the stream of reports there, the book sound, no wait that the venue had asked for; of several markets, at all of them); idle is the rest of the latter. Success is orders accepted over orders sent, without those that were refused by injection: an outage, a halt, what the gateway gave up. \
Own errors are orders, cancels and amends that the venue refused for what they were. Faults are injected, and none of them is an error of the bot. Drawdown is from the day's highest equity, exposure the sum of positions at mid; both are seen at marks. Days are UTC.";

/// One row a day, and one for all of them; empty where there are not two.
pub fn table(input: &ReportInput) -> Table {
    let days = &input.summary.days;
    let columns = vec![
        words("Day"),
        figures("Uptime"),
        figures("Idle"),
        figures("Orders sent"),
        figures("Success"),
        figures("Own errors"),
        figures("Refused by gates"),
        figures("Fills"),
        figures("Faults"),
        figures("Reconnects"),
        figures("Book broken"),
        figures("Breakers tripped"),
        figures("Alerts"),
        figures("Profit"),
        figures("Drawdown"),
        figures("Exposure"),
    ];
    if days.len() < 2 {
        return Table::new(columns, Vec::new());
    }
    let amounts = days.iter().flat_map(|day| [day.profit, day.drawdown, day.exposure]);
    let decimals = number::decimals_of_column(amounts);
    let shown = days.len().saturating_sub(DAYS_MAX);
    let mut rows: Vec<Vec<Cell>> = days[shown..].iter().map(|day| row(Cell::new(date(day)), day, decimals)).collect();
    if let Ok(total) = DaySummary::total(days) {
        let traded = days.iter().filter(|day| 0 < day.fills).count();
        let name = Cell::new(number::counted(days.len() as u64, "day")).note(format!("{traded} with a fill"));
        rows.push(row(name, &total, decimals));
    }
    Table::new(columns, rows)
}

fn date(day: &DaySummary) -> String {
    let (year, month, date) = day.day.day().civil();
    format!("{year:04}-{month:02}-{date:02}")
}

fn row(name: Cell, day: &DaySummary, decimals: u8) -> Vec<Cell> {
    let count = |count: u64| match count {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        count => Cell::new(number::count(count)),
    };
    let share = |metric: crate::metrics::Metric<f64>| match metric.value() {
        Some(share) => Cell::new(number::percent(*share)),
        None => Cell::new(NOTHING).tone(Tone::Muted),
    };
    let idle = Span::from_nanos(day.usable.nanos() - day.able.nanos());
    let idle = match idle {
        Span::ZERO => Cell::new(NOTHING).tone(Tone::Muted),
        idle => Cell::new(number::duration(idle)),
    };
    let mut cells = vec![name, share(day.uptime()), idle, count(day.sent), share(day.success())];
    cells.push(count(day.rejected + day.requests_rejected));
    let counts = [day.refused, day.fills, day.faults, day.reconnects, day.feed_breaks, day.trips, day.alerts];
    cells.extend(counts.map(count));
    let tone = if day.profit < crate::units::Money::ZERO { Tone::Bad } else { Tone::Plain };
    cells.push(Cell::new(number::signed_amount(day.profit, decimals)).tone(tone));
    cells.extend([day.drawdown, day.exposure].map(|amount| Cell::new(number::amount(amount, decimals))));
    cells
}

/// What stands under the tables of calls and recoveries.
pub const CALLS: &str = "A call is one however often the gateway sent it. Own errors are those that the venue refused for what they were; too late are a post-only order that would have taken and a request for an order that had ended meanwhile; by injection are refusals by an outage, a halt or a request that \
was given up, and questions that had no answer. Where an amend and a cancel of one order are under way together, the first refusal counts for the amend.";

/// One row a kind of call; empty where nothing can be lost on the way.
pub fn endpoints(input: &ReportInput) -> Table {
    let columns = vec![
        words("Call"),
        figures("Calls"),
        figures("Own errors"),
        figures("Of all"),
        figures("Too late"),
        figures("By injection"),
    ];
    let rows = if is_worth_it(input) { &input.summary.operation.endpoints[..] } else { &[] };
    Table::new(columns, rows.iter().map(endpoint).collect())
}

fn endpoint(row: &EndpointRow) -> Vec<Cell> {
    let count = |count: u64| match count {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        count => Cell::new(number::count(count)),
    };
    let share = row.own_errors as f64 / row.calls.max(1) as f64;
    let name = super::section::sentence(row.endpoint.words());
    vec![
        Cell::new(name.trim_end_matches('.')),
        count(row.calls),
        count(row.own_errors),
        Cell::new(number::percent(share)).note(bound(row)),
        count(row.too_late),
        count(row.injected),
    ]
}

/// What a clean count shows: with none of n, three of n are the upper bound of 95 % ("rule of three").
fn bound(row: &EndpointRow) -> String {
    match row.own_errors {
        0 => format!("at most {} (95 %)", number::percent((3.0 / row.calls.max(1) as f64).min(1.0))),
        _ => String::new(),
    }
}

/// One row a kind of trouble that there was.
pub fn recoveries(input: &ReportInput) -> Table {
    let columns = vec![
        words("Trouble"),
        figures("Times"),
        figures("Half within"),
        figures("99 of 100 within"),
        figures("Longest"),
        figures("All together"),
        figures("Not over at the end"),
    ];
    let rows = if is_worth_it(input) { &input.summary.operation.recoveries[..] } else { &[] };
    Table::new(columns, rows.iter().map(recovery).collect())
}

fn recovery(row: &RecoveryRow) -> Vec<Cell> {
    let span = |span: Span| match row.times {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        _ => Cell::new(number::duration(span)),
    };
    let open = match row.open {
        0 => Cell::new(NOTHING).tone(Tone::Muted),
        open => Cell::new(number::count(open)).tone(if row.trouble == Trouble::Reconciling {
            Tone::Plain
        } else {
            Tone::Doubt
        }),
    };
    let name = super::section::sentence(row.trouble.words());
    vec![
        Cell::new(name.trim_end_matches('.')),
        Cell::new(number::count(row.times)),
        span(row.median),
        span(row.p99),
        span(row.longest),
        span(row.total),
        open,
    ]
}

/// Of a run of days, or one on which messages can be lost. Elsewhere the orders' own table says all.
fn is_worth_it(input: &ReportInput) -> bool {
    !input.summary.wire.is_empty() || input.summary.days.len() > 1
}
