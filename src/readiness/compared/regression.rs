//! What is worse than is allowed.

use super::tolerance::loss;
use super::{Amount, ControlSide, MetricPair, Tolerance, TrialSide, pair};
use crate::readiness::{Outcome, Value, Verdict};
use std::fmt;

/// Something of the candidate that is worse than is allowed. Declaration order is the order they are told in.
#[derive(Debug, Clone, PartialEq)]
pub enum Regression {
    /// The verdict is worse.
    Verdict {
        /// The base's.
        base: Verdict,
        /// The candidate's.
        candidate: Verdict,
    },
    /// A criterion was met and is not.
    Criterion {
        /// Its name.
        name: String,
        /// What became of it: `not met`, `not measured`, `no longer demanded`.
        now: &'static str,
    },
    /// A control failed more often.
    Control {
        /// Its name.
        name: String,
        /// How: `missed`, `false`, `late`, `wrong figures`.
        how: &'static str,
        /// How often in the base.
        base: u64,
        /// How often in the candidate.
        candidate: u64,
    },
    /// A control was armed and is not.
    SwitchedOff {
        /// Its name.
        control: String,
    },
    /// A mandatory control was exercised and is not any more.
    NotExercised {
        /// Its name.
        control: String,
    },
    /// Something that holds whatever the limits are was broken more often.
    Invariant {
        /// Its name.
        name: String,
        /// How often in the base.
        base: u64,
        /// How often in the candidate.
        candidate: u64,
    },
    /// The base was audited and the candidate was not.
    NotAudited,
    /// A metric is worse than its limit allows.
    Metric {
        /// Its name.
        name: String,
        /// The base's figure.
        base: Value,
        /// By how much the candidate's is worse.
        worse: Value,
        /// How much is allowed.
        allowed: Amount,
    },
    /// A metric with a limit has no value any more.
    MetricGone {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Regression {
    /// Stable name for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Verdict { .. } => "verdict",
            Self::Criterion { .. } => "criterion",
            Self::Control { .. } => "control",
            Self::SwitchedOff { .. } => "switched-off",
            Self::NotExercised { .. } => "not-exercised",
            Self::Invariant { .. } => "invariant",
            Self::NotAudited => "not-audited",
            Self::Metric { .. } | Self::MetricGone { .. } => "metric",
        }
    }

    /// What it is about: the name of a criterion, a control, an invariant or a metric; else the code.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Criterion { name, .. }
            | Self::Control { name, .. }
            | Self::Invariant { name, .. }
            | Self::Metric { name, .. }
            | Self::MetricGone { name, .. }
            | Self::SwitchedOff { control: name }
            | Self::NotExercised { control: name } => name,
            Self::Verdict { .. } | Self::NotAudited => self.code(),
        }
    }
}

impl fmt::Display for Regression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verdict { base, candidate } => write!(f, "the verdict was {base} and is {candidate}"),
            Self::Criterion { name, now } => write!(f, "criterion “{name}” was met and is {now}"),
            Self::Control { name, how, base, candidate } => {
                write!(f, "control “{name}” {how}: {candidate}, where it was {base}")
            }
            Self::SwitchedOff { control } => write!(f, "control “{control}” was armed and is off"),
            Self::NotExercised { control } => write!(f, "mandatory control “{control}” is not exercised any more"),
            Self::Invariant { name, base, candidate } => {
                write!(f, "invariant “{name}” broken: {candidate}, where it was {base}")
            }
            Self::NotAudited => f.write_str("the candidate was not audited: nobody knows what its controls had to do"),
            Self::Metric { name, base, worse, allowed } => {
                write!(f, "metric “{name}” is worse by {worse} than the base’s {base}, allowed {allowed}")
            }
            Self::MetricGone { name, reason } => write!(f, "metric “{name}” has no value any more: {reason}"),
        }
    }
}

/// A limit that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unjudged {
    /// The metric.
    pub metric: String,
    /// Why not.
    pub reason: String,
}

/// Everything that is worse, and the limits that could not be judged.
pub(super) fn all(
    base: &TrialSide,
    candidate: &TrialSide,
    metrics: &[MetricPair],
    tolerances: &[Tolerance],
) -> (Vec<Regression>, Vec<Unjudged>) {
    let mut found: Vec<Regression> = verdict(base, candidate).into_iter().collect();
    found.extend(criteria(base, candidate));
    found.extend(controls(base, candidate));
    found.extend(not_exercised(base, candidate));
    let worse = pair::invariants(&base.invariants, &candidate.invariants).into_iter();
    let worse = worse.filter(|pair| pair.base < pair.candidate);
    found.extend(worse.map(|pair| Regression::Invariant {
        name: pair.name,
        base: pair.base,
        candidate: pair.candidate,
    }));
    found.extend((base.audited && !candidate.audited).then_some(Regression::NotAudited));
    let mut unjudged = Vec::new();
    for tolerance in tolerances {
        match metric(tolerance, metrics.iter().find(|pair| pair.name == tolerance.metric)) {
            Ok(regression) => found.extend(regression),
            Err(reason) => unjudged.push(Unjudged { metric: tolerance.metric.clone(), reason }),
        }
    }
    (found, unjudged)
}

fn verdict(base: &TrialSide, candidate: &TrialSide) -> Option<Regression> {
    let (base, candidate) = (base.verdict, candidate.verdict);
    let is_worse = base != candidate && Verdict::worst([base, candidate]) == candidate;
    is_worse.then_some(Regression::Verdict { base, candidate })
}

fn criteria(base: &TrialSide, candidate: &TrialSide) -> Vec<Regression> {
    let pairs = pair::findings(&base.findings, &candidate.findings).into_iter();
    let was_met = pairs.filter(|pair| pair.base.as_ref().is_some_and(|finding| finding.outcome == Outcome::Met));
    let lost = was_met.filter_map(|pair| {
        let now = match &pair.candidate {
            None => "no longer demanded",
            Some(finding) if finding.outcome == Outcome::Met => return None,
            Some(finding) => finding.outcome.words(),
        };
        Some(Regression::Criterion { name: pair.name, now })
    });
    lost.collect()
}

/// A way in which a control fails, and how often one did.
pub(super) type Failing = (&'static str, fn(&ControlSide) -> u64);

pub(super) const FAILINGS: [Failing; 4] = [
    ("missed", |side| side.missed),
    ("false", |side| side.false_alarms),
    ("late", |side| side.late),
    ("wrong figures", |side| side.wrong_figures),
];

fn controls(base: &TrialSide, candidate: &TrialSide) -> Vec<Regression> {
    let mut found = Vec::new();
    for pair in pair::controls(&base.controls, &candidate.controls) {
        let (was, now) = (pair.base.unwrap_or_default(), pair.candidate.unwrap_or_default());
        if was.armed && !now.armed {
            found.push(Regression::SwitchedOff { control: pair.name.clone() });
        }
        let worse = FAILINGS.iter().map(|(how, count)| (*how, count(&was), count(&now)));
        let worse = worse.filter(|(_, base, candidate)| base < candidate);
        let name = &pair.name;
        found.extend(worse.map(|(how, base, candidate)| Regression::Control {
            name: name.clone(),
            how,
            base,
            candidate,
        }));
    }
    found
}

fn not_exercised(base: &TrialSide, candidate: &TrialSide) -> Vec<Regression> {
    let lost = candidate.never_exercised.iter().filter(|control| !base.never_exercised.contains(control));
    lost.map(|control| Regression::NotExercised { control: control.clone() }).collect()
}

/// A metric with a limit. What is configured on both sides is compared like anything else; what the data of one forbid is not.
fn metric(tolerance: &Tolerance, pair: Option<&MetricPair>) -> Result<Option<Regression>, String> {
    let Some(pair) = pair else { return Err("neither run has a value of it".to_owned()) };
    if let Some(why) = &pair.forbidden {
        return Err(format!("the data allow no conclusion: {why}"));
    }
    let base = pair.base.clone().map_err(|reason| format!("the base has no value of it: {reason}"))?;
    let candidate = match &pair.candidate {
        Ok(candidate) => *candidate,
        Err(reason) => {
            return Ok(Some(Regression::MetricGone { name: pair.name.clone(), reason: reason.clone() }));
        }
    };
    let worse = loss(pair.direction, base, candidate);
    let is_worse = tolerance.amount.is_exceeded(worse, base);
    Ok(is_worse.then(|| Regression::Metric { name: pair.name.clone(), base, worse, allowed: tolerance.amount }))
}
