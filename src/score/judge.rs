//! Rows, their verdicts, and the verdict of the whole.

use super::band::Band;
use super::bootstrap;
use super::class::MarketClass;
use super::facts::{self, Fact, Measure};
use super::figure::{Figure, rounded};
use super::observe::Observation;
use super::soundness::Precondition;

/// Share of the measured counted rows that must lie inside, in percent.
pub(super) const INSIDE_PERCENT: usize = 90;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowVerdict {
    /// In its band.
    Inside,
    /// Out of its band.
    Outside,
    /// The tape cannot give it.
    NotMeasured,
    /// Measured, and held against nothing: does not count.
    NoBand,
}

/// The same fact of the other tape.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Beside {
    /// Its value.
    pub value: Option<f64>,
    /// Why it has none.
    pub reason: Option<String>,
    /// Value less this one's, over this one's size.
    pub relative_difference: Option<f64>,
    /// True when this one's bootstrap interval is the band of the row.
    pub is_band: bool,
}

/// One fact of a tape.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Row {
    /// From 1.
    pub number: usize,
    /// Family of facts.
    pub family: &'static str,
    /// The statistic.
    pub name: &'static str,
    /// Its unit; empty for a plain number.
    pub unit: &'static str,
    /// How it is estimated.
    pub estimator: &'static str,
    /// What was measured.
    pub value: Option<f64>,
    /// Its standard error, where the estimator has one.
    pub standard_error: Option<f64>,
    /// Why nothing was measured.
    pub reason: Option<String>,
    /// Lower end of the band.
    pub low: Option<f64>,
    /// Upper end of the band.
    pub high: Option<f64>,
    /// Where the band comes from; empty without one.
    pub source: String,
    /// What became of it.
    pub verdict: RowVerdict,
    /// The other tape's.
    pub against: Option<Beside>,
}

/// What became of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreVerdict {
    /// It looks like a market.
    Real,
    /// A precondition is broken.
    Unsound,
    /// The 15-minute variance ratio is no market's.
    Trend,
    /// Too many rows lie outside.
    Unlike,
    /// Fewer than half of the rows could be measured.
    Insufficient,
}

/// The scorecard of a tape.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Score {
    /// The verdict.
    pub verdict: ScoreVerdict,
    /// In words, with figures.
    pub words: String,
    /// Rows that count.
    pub counted: usize,
    /// Of those, measured.
    pub measured: usize,
    /// Of those, inside.
    pub inside: usize,
    /// What must hold first.
    pub preconditions: Vec<Precondition>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Holds what was observed against the bands, or, where `against` has a bootstrap interval, against that.
#[must_use]
pub fn score(tape: &Observation, against: Option<&Observation>) -> Score {
    score_as(MarketClass::CryptoMajor, tape, against)
}

/// The same with the bands of another class of markets.
#[must_use]
pub fn score_as(class: MarketClass, tape: &Observation, against: Option<&Observation>) -> Score {
    let facts = facts::all();
    let intervals = against.map(|other| bootstrap::intervals(&other.cells, &facts));
    let interval = |index: usize| intervals.as_ref().and_then(|intervals| intervals[index]);
    let rows: Vec<Row> = facts
        .iter()
        .enumerate()
        .map(|(index, fact)| {
            row(index + 1, (fact, class.band(fact)), tape, against.map(|other| (other, interval(index))))
        })
        .collect();
    let is_trend = facts
        .iter()
        .zip(&rows)
        .any(|(fact, row)| matches!(fact.measure, Measure::Trend) && row.verdict == RowVerdict::Outside);
    judged(rows, tape.preconditions.clone(), is_trend)
}

type Other<'a> = (&'a Observation, Option<(f64, f64)>);

type Banded<'a> = (&'a Fact, Option<(Band, &'static str)>);

fn row(number: usize, (fact, band): Banded, tape: &Observation, other: Option<Other>) -> Row {
    let figure = fact.figure(tape);
    let interval = other.and_then(|(_, interval)| interval);
    let estimate = figure.as_ref().ok();
    let own = band.map_or((None, None), |(band, _)| band.limits(estimate));
    let (low, high) = interval.map_or(own, |(low, high)| (Some(low), Some(high)));
    let holds = estimate.and_then(|estimate| match interval {
        Some((low, high)) => Some((low..=high).contains(&estimate.value)),
        None => band.map(|(band, _)| band.holds(estimate)),
    });
    let source = match interval {
        Some(_) => "bootstrap of the other tape, 95 %".to_owned(),
        None => band.map_or_else(String::new, |(_, source)| source.to_owned()),
    };
    Row {
        number,
        family: fact.family,
        name: fact.name,
        unit: fact.unit,
        estimator: fact.estimator,
        value: value(&figure),
        standard_error: estimate.and_then(|estimate| estimate.error).map(rounded),
        reason: figure.as_ref().err().cloned(),
        low: low.map(rounded),
        high: high.map(rounded),
        source,
        verdict: verdict(estimate.is_some(), holds),
        against: other.map(|(other, interval)| beside(&fact.figure(other), &figure, interval.is_some())),
    }
}

fn value(figure: &Figure) -> Option<f64> {
    figure.as_ref().ok().map(|estimate| rounded(estimate.value))
}

fn verdict(is_measured: bool, holds: Option<bool>) -> RowVerdict {
    match (is_measured, holds) {
        (false, _) => RowVerdict::NotMeasured,
        (true, None) => RowVerdict::NoBand,
        (true, Some(true)) => RowVerdict::Inside,
        (true, Some(false)) => RowVerdict::Outside,
    }
}

fn beside(other: &Figure, own: &Figure, is_band: bool) -> Beside {
    let pair = value(own).zip(value(other)).filter(|(_, other)| *other != 0.0);
    Beside {
        value: value(other),
        reason: other.as_ref().err().cloned(),
        relative_difference: pair.map(|(own, other)| rounded((own - other) / other.abs())),
        is_band,
    }
}

fn judged(rows: Vec<Row>, preconditions: Vec<Precondition>, is_trend: bool) -> Score {
    let counts = |row: &&Row| !row.source.is_empty();
    let of = |verdict| rows.iter().filter(counts).filter(|row| row.verdict == verdict).count();
    let counted = rows.iter().filter(counts).count();
    let inside = of(RowVerdict::Inside);
    let measured = inside + of(RowVerdict::Outside);
    let broken: Vec<&str> = preconditions.iter().filter(|held| 0 < held.violations).map(|held| held.name).collect();
    let share = format!("{inside} of {measured} measured rows lie inside their bands, {counted} rows count");
    let (verdict, words) = if !broken.is_empty() {
        (ScoreVerdict::Unsound, format!("preconditions broken: {}; {share}", broken.join(", ")))
    } else if is_trend {
        (ScoreVerdict::Trend, format!("the 15-minute variance ratio is no market's; {share}"))
    } else if measured * 2 < counted {
        (ScoreVerdict::Insufficient, format!("fewer than half of the rows could be measured; {share}"))
    } else if inside * 100 < measured * INSIDE_PERCENT {
        (ScoreVerdict::Unlike, format!("fewer than {INSIDE_PERCENT} % inside; {share}"))
    } else {
        (ScoreVerdict::Real, share)
    };
    Score { verdict, words, counted, measured, inside, preconditions, rows }
}
