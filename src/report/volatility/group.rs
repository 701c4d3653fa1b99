//! Runs of one shock and one severity.

use super::input::{ShockFacts, VolatilityInput};
use crate::readiness::{Reading, VolatilityRun};

/// Runs with their places.
pub type Group<'a> = Vec<(usize, &'a VolatilityRun)>;

/// Calm runs.
pub fn calm<'a>(input: &VolatilityInput<'a>) -> Group<'a> {
    input.runs.iter().enumerate().filter(|(_, run)| run.shock.is_none()).collect()
}

/// Runs of a shock, at one severity or at all.
pub fn of<'a>(input: &VolatilityInput<'a>, shock: &str, severity: Option<f64>) -> Group<'a> {
    let is_at = |run: &VolatilityRun| severity.is_none_or(|severity| run.severity == severity);
    let numbered = input.runs.iter().enumerate();
    numbered.filter(|(_, run)| run.shock.as_deref() == Some(shock) && is_at(run)).collect()
}

/// Every severity of the scenario and of the runs, rising.
pub fn severities(input: &VolatilityInput) -> Vec<f64> {
    let of_runs = input.runs.iter().filter(|run| run.shock.is_some()).map(|run| run.severity);
    let mut all: Vec<f64> = input.severities.iter().copied().chain(of_runs).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// Every shock of the scenario, and after them those that only runs have.
pub fn shocks(input: &VolatilityInput) -> Vec<ShockFacts> {
    let mut shocks = input.shocks.clone();
    for name in input.runs.iter().filter_map(|run| run.shock.as_ref()) {
        if !shocks.iter().any(|shock| shock.name == *name) {
            let nothing = String::new;
            shocks.push(ShockFacts { name: name.clone(), about: nothing(), anchor: nothing(), source: nothing() });
        }
    }
    shocks
}

/// The severity of a shock's runs that is nearest to 1; none without runs.
pub fn nearest_to_one(input: &VolatilityInput, shock: &str) -> Option<f64> {
    let away = |severity: &f64| libm::fabs(severity - 1.0);
    let all = of(input, shock, None).into_iter().map(|(_, run)| run.severity);
    all.min_by(|one, other| away(one).total_cmp(&away(other)))
}

/// Mean of finite figures; none where there are none.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) =
        values.filter(|value| value.is_finite()).fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Largest of finite figures.
pub fn largest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.filter(|value| value.is_finite()).reduce(f64::max)
}

/// Runs that took the position beyond its limit, or whose audit found something.
pub fn breaches(group: &Group) -> usize {
    group
        .iter()
        .filter(|(_, run)| run.position_excess_orders.is_some_and(|excess| excess > 0.0) || run.audit_findings > 0)
        .count()
}

/// What a measure comes to over a group.
pub struct Spread {
    /// The middle one, a never being the largest of all; none where no run has the figure.
    pub middle: Option<Reading>,
    /// Largest figure.
    pub most: Option<f64>,
    /// Smallest figure.
    pub least: Option<f64>,
    /// Runs in which it never came.
    pub never: usize,
    /// Runs that have the figure, or in which it never came.
    pub runs: usize,
}

/// A measure over a group; figures that are not finite do not count.
pub fn spread(group: &Group, measure: &str) -> Spread {
    let readings: Vec<Reading> = group.iter().map(|(_, run)| run.reading(measure)).collect();
    let never = readings.iter().filter(|reading| **reading == Reading::Never).count();
    let numbers = readings.iter().filter_map(|reading| match reading {
        Reading::Number(value) if value.is_finite() => Some(*value),
        _ => None,
    });
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let runs = numbers.len() + never;
    // The lower of the two in the middle: a figure that a run had.
    let middle =
        (runs > 0).then(|| numbers.get((runs - 1) / 2).map_or(Reading::Never, |value| Reading::Number(*value)));
    Spread { middle, most: numbers.last().copied(), least: numbers.first().copied(), never, runs }
}
