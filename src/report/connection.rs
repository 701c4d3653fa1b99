//! How steady the ways to the venues were.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::section;
use super::table::{Cell, Table, Tone, figures, words};
use crate::metrics::ConnectionRow;
use crate::units::Span;

/// What the columns mean, under the table.
pub const DEFINITIONS: &str = "Execution reports are lost from when their stream ends until it is back, market data while the book is taken for broken and none is shown, new orders that add risk while the gateway lets none out: its circuit breaker is not closed, it waits as the venue has asked, or it has given up (looks for what was missed hold them up too, and stand under the recoveries). Available is the share of the \
run’s time in which the way was there, rounded down; between losses is that time over their number, the mean. Half of the outages were over within what the table says. An outage that is not over at the end counts up to there.";

/// One row a market and way; empty where nothing can be lost.
pub fn table(input: &ReportInput) -> Table {
    let rows = &input.summary.operation.connections;
    let has_several = input.tapes.len() > 1;
    let mut columns = vec![words("Way")];
    columns.extend(has_several.then(|| words("Market")));
    columns.extend([
        figures("Lost"),
        figures("Available"),
        figures("Between losses"),
        figures("Longest without"),
        figures("Half of outages"),
        figures("Longest outage"),
        figures("All outages"),
        words("At the end"),
    ]);
    let row = |row: &ConnectionRow| {
        let symbol = has_several.then(|| symbol(input, row));
        cells(row, symbol)
    };
    Table::new(columns, rows.iter().map(row).collect())
}

fn symbol(input: &ReportInput, row: &ConnectionRow) -> Cell {
    Cell::new(input.tapes.get(row.market.index()).map_or(NOTHING, |tape| tape.symbol.as_str()))
}

fn cells(row: &ConnectionRow, symbol: Option<Cell>) -> Vec<Cell> {
    let nothing = || Cell::new(NOTHING).tone(Tone::Muted);
    let outage = |span: Span| if row.losses == 0 { nothing() } else { Cell::new(number::duration(span)) };
    let name = section::sentence(row.link.words());
    let mut cells = vec![Cell::new(name.trim_end_matches('.'))];
    cells.extend(symbol);
    cells.push(if row.losses == 0 { nothing() } else { Cell::new(number::count(row.losses)) });
    cells.push(row.available().map_or_else(nothing, |share| Cell::new(available(share))));
    cells.push(row.between().map_or_else(nothing, |span| Cell::new(number::duration(span))));
    cells.push(Cell::new(number::duration(row.longest_up)));
    let most = || format!("99 of 100: {}", number::duration(row.p99));
    cells.push(if row.losses == 0 { nothing() } else { outage(row.median).note(most()) });
    cells.extend([row.longest, row.down].map(outage));
    cells.push(if row.is_down_at_end { Cell::new("lost").tone(Tone::Doubt) } else { Cell::new("there") });
    cells
}

/// To a millionth, rounded down: 100 % is only what was never lost.
fn available(share: f64) -> String {
    format!("{:.4} %", (share * 1e6).floor() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_never_a_hundred_percent() {
        let shown = [1.0, 0.999_999_9, 0.5, 0.0].map(available);
        assert_eq!(shown, ["100.0000 %", "99.9999 %", "50.0000 %", "0.0000 %"]);
    }
}
