//! The busiest stretch of the market, faster.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::readiness::PeakLoad;

/// One row a figure; empty when it was not played.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![words("Peak load"), figures("In the market"), figures("As it was played")];
    Table::new(columns, input.peak_load.as_ref().map(rows).unwrap_or_default())
}

fn rows(peak: &PeakLoad) -> Vec<Vec<Cell>> {
    let pair = |words: &str, [before, after]: [String; 2]| vec![Cell::new(words), Cell::new(before), Cell::new(after)];
    let seconds = |times: u32| (peak.lasts.nanos() / i64::from(times).max(1) / 1_000_000_000).max(1).unsigned_abs();
    let rate = |times: u32| number::count(peak.messages / seconds(times));
    let lasts =
        |times: u32| number::duration(crate::units::Span::from_nanos(peak.lasts.nanos() / i64::from(times).max(1)));
    let mut rows = vec![
        pair("how long it lasts", [lasts(1), lasts(peak.times)]),
        pair("messages a second on average", [rate(1), rate(peak.times)]),
        pair("messages in the busiest second", peak.busiest_second.map(number::count)),
        pair("steps traded in the second with most", peak.most_traded.map(|steps| number::count(steps.unsigned_abs()))),
    ];
    rows.extend(peak.figures.iter().map(|(name, value)| {
        let value = value.clone().unwrap_or_else(|| NOTHING.to_owned());
        vec![Cell::new(name.replace('_', " ")), Cell::new(NOTHING), Cell::new(value)]
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

/// All of it in one line.
pub fn line(input: &ReportInput) -> String {
    let Some(peak) = &input.peak_load else {
        return "Peak load: not tried; a scenario with `[peak_load]` plays its busiest hour once more, faster."
            .to_owned();
    };
    let result = match (&peak.failure, peak.shortfall()) {
        (Some(failure), _) => format!("FAILED: {failure}"),
        (None, Some(short)) => format!("shows too little: {short}"),
        (None, None) => "every gate and invariant held, and so did the criteria on rates".to_owned(),
    };
    format!(
        "Peak load: {} from {} at {} times its pace and quantities, {}: {result}.",
        number::duration(peak.lasts),
        number::instant(peak.from),
        peak.times,
        number::counted(peak.orders_sent, "order")
    )
}
