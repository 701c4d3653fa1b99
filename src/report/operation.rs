//! How a run was operated day by day: whether it could act, what it sent and what became of that, what went wrong around it.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::section::DAYS_MAX;
use super::table::{Cell, Table, Tone, figures, words};
use crate::metrics::DaySummary;

/// What the columns mean, under the table.
pub const DEFINITIONS: &str = "Uptime is the time in which the bot could act (running, no breaker in force, its gateway sound) over the time in which venue and feed could be used \
(trading not halted, the stream of reports there, the book sound, no wait that the venue had asked for; of several markets, at all of them). Success is orders accepted over orders sent, without those that were refused by injection: an outage, a halt, what the gateway gave up. \
Own errors are orders, cancels and amends that the venue refused for what they were. Faults are injected, and none of them is an error of the bot. Drawdown is from the day's highest equity, exposure the sum of positions at mid; both are seen at marks. Days are UTC.";

/// One row a day, and one for all of them; empty where there are not two.
pub fn table(input: &ReportInput) -> Table {
    let days = &input.summary.days;
    let columns = vec![
        words("Day"),
        figures("Uptime"),
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
    let mut cells = vec![name, share(day.uptime()), count(day.sent), share(day.success())];
    cells.push(count(day.rejected + day.requests_rejected));
    let counts = [day.refused, day.fills, day.faults, day.reconnects, day.feed_breaks, day.trips, day.alerts];
    cells.extend(counts.map(count));
    let tone = if day.profit < crate::units::Money::ZERO { Tone::Bad } else { Tone::Plain };
    cells.push(Cell::new(number::signed_amount(day.profit, decimals)).tone(tone));
    cells.extend([day.drawdown, day.exposure].map(|amount| Cell::new(number::amount(amount, decimals))));
    cells
}
