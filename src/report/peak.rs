//! The busiest stretch of the market, faster.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::readiness::PeakLoad;
use crate::units::{SECOND, Span};

/// One row a figure; empty when it was not played.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![words("Peak load"), figures("In the market"), figures("As it was played")];
    Table::new(columns, input.peak_load.as_ref().map(rows).unwrap_or_default())
}

fn rows(peak: &PeakLoad) -> Vec<Vec<Cell>> {
    let pair = |words: &str, [before, after]: [String; 2]| vec![Cell::new(words), Cell::new(before), Cell::new(after)];
    let pace = i64::from(peak.pace.max(1));
    let lasts = [peak.lasts, Span::from_nanos(peak.lasts.nanos() / pace)];
    let rate = |span: Span| number::count(peak.messages / (span.nanos() / SECOND.nanos()).max(1).unsigned_abs());
    let mut rows = vec![
        pair("how long it lasts", lasts.map(number::duration)),
        pair("its messages a second on average", lasts.map(rate)),
        pair("messages in the busiest second of the market", peak.busiest_second.map(number::count)),
        pair("steps traded in the strongest second of the market", peak.most_traded.map(number::count)),
    ];
    rows.extend(peak.figures.iter().map(|(name, value)| {
        let shown =
            |value: &String| value.parse().map_or_else(|_| value.clone(), |value| number::significant(value, 4));
        let value = value.as_ref().map_or_else(|| NOTHING.to_owned(), shown);
        let name = format!("{}, warm-up included", name.replace('_', " "));
        vec![Cell::new(name), Cell::new(NOTHING), Cell::new(value)]
    }));
    rows.extend(peak.refused.iter().map(|(reason, count)| {
        vec![
            Cell::new(format!("orders refused, warm-up included: {reason}")),
            Cell::new(NOTHING),
            Cell::new(number::count(*count)),
        ]
    }));
    if let Some(failure) = &peak.failure {
        rows.push(vec![
            Cell::new("what does not hold"),
            Cell::new(NOTHING),
            Cell::new("found").tone(Tone::Bad).note(failure.clone()),
        ]);
    }
    rows
}

/// All of it in one line; empty where it was not played.
pub fn line(input: &ReportInput) -> String {
    let Some(peak) = &input.peak_load else { return String::new() };
    let result = match (&peak.failure, peak.shortfall()) {
        (Some(failure), _) => format!("FAILED: {failure}"),
        (None, Some(short)) => format!("shows too little: {short}"),
        (None, None) => "every row was played, the audit found nothing, and the criteria on rates hold".to_owned(),
    };
    format!(
        "Peak load: {} from {}, {} times as fast and with {} times the quantities, beyond {} times the market’s highest rates; {} with its warm-up, {} in it: {result}.",
        number::duration(peak.lasts),
        number::instant(peak.from),
        peak.pace,
        peak.quantity,
        peak.times,
        number::counted(peak.orders_sent, "order"),
        number::count(peak.orders_in_it)
    )
}
