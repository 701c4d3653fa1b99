//! The tables of two campaigns.

use super::{CampaignFacts, CampaignsInput};
use crate::readiness::{Direction, PairedMetric, Sense};
use crate::report::number::{self, NOTHING};
use crate::report::table::{Cell, Table, Tone, figures, words};

/// Verdicts over the pairs.
pub fn verdicts(input: &CampaignsInput) -> Table {
    let (base, candidate) = (input.paired.base, input.paired.candidate);
    let row = |what: &str, base: u64, candidate: u64| {
        vec![Cell::new(what), Cell::new(number::count(base)), Cell::new(number::count(candidate))]
    };
    let rows = vec![
        row("GO", base.go, candidate.go),
        row("INSUFFICIENT EVIDENCE", base.insufficient, candidate.insufficient),
        row("NO-GO", base.no_go, candidate.no_go),
    ];
    Table::new(vec![words("Verdict"), figures("Base"), figures("Candidate")], rows)
}

/// Which campaigns stand side by side.
pub fn campaigns(input: &CampaignsInput) -> Table {
    let [base, candidate] = &input.campaigns;
    let row = |what: &str, of: &dyn Fn(&CampaignFacts) -> Cell| vec![Cell::new(what), of(base), of(candidate)];
    let rows = vec![
        row("Bot", &|side| Cell::new(&side.bot)),
        row("Scenario", &|side| Cell::new(&side.scenario)),
        row("Market", &|side| Cell::new(&side.markets)),
        row("Seeds", &|side| Cell::new(number::count(side.seeds))),
        row("Folder", &|side| Cell::new(&side.folder).code()),
    ];
    Table::new(vec![words("Campaign"), words("Base"), words("Candidate")], rows)
}

/// Metrics of one subject; without `is_whole` only those that differ in any pair or have a limit.
pub fn metrics(input: &CampaignsInput, subject: &str, is_whole: bool) -> Table {
    let columns = vec![
        words("Metric"),
        figures("Base"),
        figures("Candidate"),
        figures("Difference"),
        figures("95 % interval"),
        figures("Better / worse"),
        words("Direction"),
        words("Limit"),
    ];
    let of_subject = input.paired.metrics.iter().filter(|metric| metric.subject == subject);
    let shown = of_subject.filter(|metric| is_whole || metric.sense() != Sense::Same || metric.limit.is_some());
    Table::new(columns, shown.map(metric).collect())
}

fn metric(metric: &PairedMetric) -> Vec<Cell> {
    let is_same = metric.sense() == Sense::Same;
    let nothing = || Cell::new(NOTHING).tone(Tone::Muted);
    let interval = match metric.interval {
        _ if is_same => nothing(),
        Some((low, high)) => {
            let [low, high] = [low, high].map(|value| number::signed_value(value, &metric.unit));
            Cell::new(low).note(format!("to {high}"))
        }
        None => nothing().note("fewer than six pairs"),
    };
    let p = metric.p.map_or_else(String::new, |p| format!("p = {}", number::significant(p, 2)));
    let limit = metric.limit.map_or_else(
        || Cell::new(""),
        |(amount, beyond)| Cell::new(amount.to_string()).note(format!("beyond it: {beyond} of {}", metric.pairs)),
    );
    vec![
        Cell::new(&metric.label).note(&metric.name),
        Cell::new(number::value(metric.base, &metric.unit)),
        Cell::new(number::value(metric.candidate, &metric.unit)),
        if is_same { nothing() } else { Cell::new(number::signed_value(metric.difference, &metric.unit)) },
        interval,
        if is_same { nothing() } else { Cell::new(format!("{} / {}", metric.better, metric.worse)).note(p) },
        direction(metric),
        limit,
    ]
}

fn direction(metric: &PairedMetric) -> Cell {
    let way = match metric.direction {
        Direction::Higher => "higher is better",
        Direction::Lower => "lower is better",
        Direction::Neither => "better: higher, worse: lower",
    };
    match metric.sense() {
        Sense::Better => Cell::new("better").pill(Tone::Good).note(way),
        Sense::Worse => Cell::new("worse").pill(Tone::Bad).note(way),
        Sense::Other if metric.direction == Direction::Neither => Cell::new("other").tone(Tone::Muted),
        Sense::Other | Sense::Unknown => Cell::new("not told apart").tone(Tone::Muted).note(way),
        Sense::Same => Cell::new("same").tone(Tone::Muted),
    }
}
