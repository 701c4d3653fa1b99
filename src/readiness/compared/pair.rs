//! Figures, findings and controls in pairs.

use super::ControlSide;
use super::tolerance::loss;
use crate::readiness::{Direction, Finding, Measured, Measurements, Unit, Value, metric_row, metric_subjects};

/// How the candidate's figure stands to the base's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// The same.
    Same,
    /// Better.
    Better,
    /// Worse.
    Worse,
    /// Another one, and neither is better by itself.
    Other,
    /// One of them has none.
    Unknown,
}

/// A metric of both.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPair {
    /// Its subject in the catalogue.
    pub subject: String,
    /// Stable name.
    pub name: String,
    /// For people.
    pub label: String,
    /// Which way is better.
    pub direction: Direction,
    /// Unit of all figures of the pair.
    pub unit: Unit,
    /// The base's, or why there is none.
    pub base: Result<Value, String>,
    /// The candidate's, or why there is none.
    pub candidate: Result<Value, String>,
    /// Why the data of one side allow no conclusion from it.
    pub forbidden: Option<String>,
}

impl MetricPair {
    /// The values, where both have one.
    #[must_use]
    pub fn both(&self) -> Option<(Value, Value)> {
        Some((*self.base.as_ref().ok()?, *self.candidate.as_ref().ok()?))
    }

    /// Candidate minus base.
    #[must_use]
    pub fn difference(&self) -> Option<Value> {
        self.both().map(|(base, candidate)| candidate.less(base))
    }

    /// The difference as a part of the base's size; nothing where that is zero.
    #[must_use]
    pub fn relative(&self) -> Option<f64> {
        let (base, candidate) = self.both()?;
        let parts = candidate.less(base).to_f64() / base.to_f64().abs();
        parts.is_finite().then_some(parts)
    }

    /// Better or worse.
    #[must_use]
    pub fn sense(&self) -> Sense {
        let Some((base, candidate)) = self.both() else { return Sense::Unknown };
        let loss = loss(self.direction, base, candidate).to_f64();
        match self.direction {
            _ if loss == 0.0 => Sense::Same,
            Direction::Neither => Sense::Other,
            _ if loss > 0.0 => Sense::Worse,
            _ => Sense::Better,
        }
    }
}

/// Every metric that one of them has a value of.
pub(super) fn metrics(base: &Measurements, candidate: &Measurements) -> Vec<MetricPair> {
    let of_the_run = metric_subjects().flat_map(|(subject, names)| names.into_iter().map(move |name| (subject, name)));
    let of_the_run: Vec<(String, String)> =
        of_the_run.map(|(subject, name)| (subject.to_owned(), name.to_owned())).collect();
    let is_other = |name: &str| of_the_run.iter().all(|(_, known)| known != name);
    let mut others: Vec<&str> =
        base.iter().chain(candidate.iter()).map(|(name, _)| name).filter(|n| is_other(n)).collect();
    others.sort_unstable();
    others.dedup();
    let others = others.into_iter().map(|name| ("Each market".to_owned(), name.to_owned()));
    let pairs = of_the_run.iter().cloned().chain(others).filter_map(|names| metric(names, base, candidate));
    pairs.collect()
}

fn metric((subject, name): (String, String), base: &Measurements, candidate: &Measurements) -> Option<MetricPair> {
    let (left, right) = (base.get(&name), candidate.get(&name));
    let value = |side: Option<&Measured>| match side {
        Some(measured) => measured.value.clone(),
        None => Err("the run has no such metric".to_owned()),
    };
    let unit = |side: Option<&Measured>| side.filter(|measured| measured.value.is_ok()).map(|found| found.unit.clone());
    let pair = MetricPair {
        subject,
        label: metric_row(&name).map_or_else(|| name.clone(), |row| row.label.to_owned()),
        direction: Direction::of(&name),
        unit: unit(left).or_else(|| unit(right))?,
        base: value(left),
        candidate: value(right),
        forbidden: left.into_iter().chain(right).find_map(forbidden),
        name,
    };
    Some(pair)
}

fn forbidden(measured: &Measured) -> Option<String> {
    match &measured.quality {
        crate::readiness::Quality::Forbidden(why) => Some(why.clone()),
        _ => None,
    }
}

/// A criterion of both.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingPair {
    /// Its name.
    pub name: String,
    /// The base's; `None` where it has no such criterion.
    pub base: Option<Finding>,
    /// The candidate's.
    pub candidate: Option<Finding>,
}

pub(super) fn findings(base: &[Finding], candidate: &[Finding]) -> Vec<FindingPair> {
    let name = |finding: &Finding| finding.criterion.name.clone();
    let pairs = paired(base, candidate, name).into_iter();
    pairs.map(|(name, base, candidate)| FindingPair { name, base, candidate }).collect()
}

/// A control of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPair {
    /// Its name.
    pub name: String,
    /// The base's; `None` where it has no such control.
    pub base: Option<ControlSide>,
    /// The candidate's.
    pub candidate: Option<ControlSide>,
}

/// Controls that one side at least arms.
pub(super) fn controls(base: &[ControlSide], candidate: &[ControlSide]) -> Vec<ControlPair> {
    let pairs = paired(base, candidate, |control| control.name.clone()).into_iter();
    let pairs = pairs.map(|(name, base, candidate)| ControlPair { name, base, candidate });
    pairs.filter(|pair| pair.base.iter().chain(&pair.candidate).any(|side| side.armed)).collect()
}

/// How often something did not hold that holds whatever the limits are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InvariantPair {
    /// Its name.
    pub name: String,
    /// How often it was broken in the base.
    pub base: u64,
    /// How often it was broken in the candidate.
    pub candidate: u64,
}

/// Invariants that were broken on one side at least.
pub(super) fn invariants(base: &[(String, u64)], candidate: &[(String, u64)]) -> Vec<InvariantPair> {
    let pairs = paired(base, candidate, |(name, _)| name.clone()).into_iter();
    let count = |side: Option<(String, u64)>| side.map_or(0, |(_, count)| count);
    let pairs =
        pairs.map(|(name, base, candidate)| InvariantPair { name, base: count(base), candidate: count(candidate) });
    pairs.filter(|pair| pair.base + pair.candidate > 0).collect()
}

/// Things of one name together: in the order of the first list, then those of the second alone.
fn paired<T: Clone>(base: &[T], candidate: &[T], name: impl Fn(&T) -> String) -> Vec<(String, Option<T>, Option<T>)> {
    let find = |list: &[T], wanted: &str| list.iter().find(|item| name(item) == wanted).cloned();
    let mut names: Vec<String> = base.iter().map(&name).collect();
    let known = |name: &String| !names.contains(name);
    let more: Vec<String> = candidate.iter().map(&name).filter(known).collect();
    names.extend(more);
    names.into_iter().map(|name| (name.clone(), find(base, &name), find(candidate, &name))).collect()
}
