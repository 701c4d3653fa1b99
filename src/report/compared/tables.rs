//! The tables of a comparison.

use super::ComparedInput;
use crate::readiness::{
    Amount, ControlPair, ControlSide, Direction, Finding, FindingPair, MetricPair, Outcome, Part, Sense,
    TrialDifference, Value,
};
use crate::report::number::{self, NOTHING};
use crate::report::section::verdict_tone;
use crate::report::table::{Bar, Cell, Table, Tone, figures, words};

/// What was tried, as far as it differs.
pub fn differences(differences: &[TrialDifference], part: Part) -> Table {
    let row = |difference: &TrialDifference| {
        vec![
            Cell::new(&difference.what).code(),
            Cell::new(&difference.base).code(),
            Cell::new(&difference.candidate).code(),
        ]
    };
    let rows = differences.iter().filter(|difference| difference.part == part).map(row);
    Table::new(vec![words("What"), words("Base"), words("Candidate")], rows.collect())
}

/// Which runs stand side by side.
pub fn runs(input: &ComparedInput) -> Table {
    let [base, candidate] = &input.runs;
    let row = |what: &str, of: &dyn Fn(&super::ComparedRun) -> Cell| vec![Cell::new(what), of(base), of(candidate)];
    let [left, right] = &input.sides;
    let verdict = |side: &crate::readiness::TrialSide| {
        Cell::new(&side.headline).pill(verdict_tone(side.verdict)).note(crate::report::section::sentence(&side.reason))
    };
    let rows = vec![
        vec![Cell::new("Verdict"), verdict(left), verdict(right)],
        row("Bot", &|run| {
            Cell::new(&run.bot).note(if run.is_dirty { "built with changes that no commit holds" } else { "" })
        }),
        row("Scenario", &|run| Cell::new(&run.scenario).note(format!("seed {}", run.seed))),
        row("Market", &|run| Cell::new(run.period())),
        row("Folder", &|run| Cell::new(&run.folder).code()),
        row("Run", &|run| Cell::new(&run.run_id).code()),
        row("Digest", &|run| Cell::new(&run.digest).code()),
    ];
    Table::new(vec![words("Run"), words("Base"), words("Candidate")], rows)
}

/// Criteria side by side.
pub fn findings(input: &ComparedInput) -> Table {
    let columns = vec![words("Criterion"), words("Demanded"), words("Base"), words("Candidate"), words("Change")];
    Table::new(columns, input.compared.findings.iter().map(finding).collect())
}

fn finding(pair: &FindingPair) -> Vec<Cell> {
    let of = pair.candidate.as_ref().or(pair.base.as_ref());
    let metric = of.map_or_else(String::new, |finding| finding.criterion.metric.clone());
    let demanded = |finding: &Finding| {
        let criterion = &finding.criterion;
        format!("{} {}", criterion.comparison.words(), number::threshold(criterion.threshold, &finding.unit))
    };
    let texts = [&pair.base, &pair.candidate].map(|side| side.as_ref().map_or_else(|| NOTHING.to_owned(), demanded));
    let demanded = if texts[0] == texts[1] { texts[0].clone() } else { format!("{} | {}", texts[0], texts[1]) };
    let met = |side: &Option<Finding>| side.as_ref().is_some_and(|finding| finding.outcome == Outcome::Met);
    let change = match (met(&pair.base), met(&pair.candidate)) {
        (true, false) => Cell::new("worse").pill(Tone::Bad),
        (false, true) => Cell::new("better").pill(Tone::Good),
        _ => Cell::new(""),
    };
    vec![Cell::new(&pair.name).note(metric), Cell::new(demanded), outcome(&pair.base), outcome(&pair.candidate), change]
}

fn outcome(side: &Option<Finding>) -> Cell {
    let Some(finding) = side else { return Cell::new("not demanded").tone(Tone::Muted) };
    let tone = match finding.outcome {
        Outcome::Met => Tone::Good,
        Outcome::NotMet if !finding.criterion.evidence => Tone::Bad,
        Outcome::NotMet | Outcome::NotMeasured(_) => Tone::Doubt,
    };
    let measured = finding.value.map_or_else(String::new, |value| number::value(value, &finding.unit));
    Cell::new(finding.outcome.words()).pill(tone).note(measured)
}

/// Controls side by side; without `is_whole` only those that differ or failed.
pub fn controls(input: &ComparedInput, is_whole: bool) -> Table {
    let columns = vec![words("Control"), words("What"), figures("Base"), figures("Candidate"), words("Change")];
    let pairs = input.compared.controls.iter().filter(|pair| is_whole || control_matters(pair));
    Table::new(columns, pairs.flat_map(control).collect())
}

fn control_matters(pair: &ControlPair) -> bool {
    pair.base != pair.candidate || failings(pair.base.as_ref()) + failings(pair.candidate.as_ref()) > 0
}

fn failings(side: Option<&ControlSide>) -> u64 {
    side.map_or(0, |side| side.missed + side.false_alarms + side.late + side.wrong_figures)
}

/// The counts of a control: name, whether a higher one is a failing, the count.
type Count = (&'static str, bool, fn(&ControlSide) -> u64);

const COUNTS: [Count; 6] = [
    ("had to fire", false, |side| side.had_to_fire),
    ("fired", false, |side| side.fired),
    ("missed", true, |side| side.missed),
    ("false", true, |side| side.false_alarms),
    ("late", true, |side| side.late),
    ("wrong figures", true, |side| side.wrong_figures),
];

/// The two first counts of a control, and every failing that there is.
fn control(pair: &ControlPair) -> Vec<Vec<Cell>> {
    let count = |side: &Option<ControlSide>, of: fn(&ControlSide) -> u64| side.as_ref().map_or(0, of);
    let armed = [&pair.base, &pair.candidate].map(|side| side.as_ref().is_some_and(|side| side.armed));
    let note = match armed {
        [true, false] => "armed in the base alone",
        [false, true] => "armed in the candidate alone",
        _ => "",
    };
    let rows = COUNTS
        .iter()
        .filter(|(_, is_failing, of)| !is_failing || count(&pair.base, *of) + count(&pair.candidate, *of) > 0);
    let rows = rows.enumerate().map(|(place, (name, is_failing, of))| {
        let (base, candidate) = (count(&pair.base, *of), count(&pair.candidate, *of));
        let change = match (is_failing, base.cmp(&candidate)) {
            (true, std::cmp::Ordering::Less) => Cell::new("worse").pill(Tone::Bad),
            (true, std::cmp::Ordering::Greater) => Cell::new("better").pill(Tone::Good),
            _ => Cell::new(""),
        };
        let head = if place == 0 { Cell::new(&pair.name).note(note) } else { Cell::new("") };
        vec![head, Cell::new(*name), Cell::new(number::count(base)), Cell::new(number::count(candidate)), change]
    });
    rows.collect()
}

/// Invariants that were broken.
pub fn invariants(input: &ComparedInput) -> Table {
    let rows = input.compared.invariants.iter().map(|pair| {
        let tone = if pair.base < pair.candidate { Tone::Bad } else { Tone::Plain };
        vec![
            Cell::new(&pair.name),
            Cell::new(number::count(pair.base)),
            Cell::new(number::count(pair.candidate)).tone(tone),
        ]
    });
    Table::new(vec![words("Broken"), figures("Base"), figures("Candidate")], rows.collect())
}

/// Metrics of one subject; without `is_whole` only those that differ or have a limit.
pub fn metrics(input: &ComparedInput, subject: &str, is_whole: bool) -> Table {
    let limit = |pair: &MetricPair| input.tolerances.iter().find(|limit| limit.metric == pair.name);
    let of_subject = input.compared.metrics.iter().filter(|pair| pair.subject == subject);
    let shown = of_subject.filter(|pair| is_whole || pair.sense() != Sense::Same || limit(pair).is_some());
    let columns = vec![
        words("Metric"),
        figures("Base"),
        figures("Candidate"),
        figures("Difference"),
        figures("Relative"),
        words("Direction"),
        words("Limit"),
    ];
    Table::new(columns, shown.map(|pair| metric(pair, limit(pair).map(|limit| limit.amount))).collect())
}

fn metric(pair: &MetricPair, limit: Option<Amount>) -> Vec<Cell> {
    let value = |value: &Result<Value, String>| match value {
        Ok(value) => Cell::new(number::value(*value, &pair.unit)),
        Err(reason) => Cell::new(NOTHING).tone(Tone::Muted).note(reason),
    };
    let tone = sense_tone(pair.sense());
    let difference = match pair.difference().filter(|_| pair.sense() != Sense::Same) {
        Some(difference) => Cell::new(number::signed_value(difference, &pair.unit)).tone(tone),
        None => Cell::new(NOTHING).tone(Tone::Muted),
    };
    vec![
        Cell::new(&pair.label).note(&pair.name),
        value(&pair.base),
        value(&pair.candidate),
        difference,
        relative(pair, tone),
        direction(pair),
        Cell::new(limit.map_or_else(String::new, |limit| limit.to_string())),
    ]
}

fn relative(pair: &MetricPair, tone: Tone) -> Cell {
    let Some(parts) = pair.relative().filter(|parts| *parts != 0.0) else {
        return Cell::new(NOTHING).tone(Tone::Muted);
    };
    let sign = if parts > 0.0 { "+" } else { "" };
    let end = 0.5 + parts.clamp(-1.0, 1.0) / 2.0;
    Cell::new(format!("{sign}{}", number::percent(parts))).bar(Bar { start: 0.5, end, origin: 0.5, tone })
}

fn direction(pair: &MetricPair) -> Cell {
    let way = match pair.direction {
        Direction::Higher => "higher is better",
        Direction::Lower => "lower is better",
        Direction::Neither => "",
    };
    let note = pair.forbidden.as_ref().map_or_else(|| way.to_owned(), |why| format!("no conclusion: {why}"));
    match pair.sense() {
        Sense::Better => Cell::new("better").pill(Tone::Good).note(note),
        Sense::Worse => Cell::new("worse").pill(Tone::Bad).note(note),
        Sense::Other => Cell::new("other").tone(Tone::Muted).note(note),
        Sense::Unknown => Cell::new("").note(note),
        Sense::Same => Cell::new("same").tone(Tone::Muted),
    }
}

const fn sense_tone(sense: Sense) -> Tone {
    match sense {
        Sense::Better => Tone::Good,
        Sense::Worse => Tone::Bad,
        Sense::Same | Sense::Other | Sense::Unknown => Tone::Plain,
    }
}
