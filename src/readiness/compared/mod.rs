//! A candidate beside a base: what was tried, figures, findings and controls in pairs, and what is worse.

mod pair;
mod paired;
mod regression;
mod sign;
mod tolerance;

pub use pair::{ControlPair, FindingPair, InvariantPair, MetricPair, Sense};
pub use paired::{PairedCampaigns, PairedMetric, PairedRegression, SeedSide, VerdictCounts, compare_campaigns};
pub use regression::{Regression, Unjudged};
pub use tolerance::{AMOUNT_EXPECTED, Amount, Tolerance};

pub(super) use sign::{median_interval, sign_test};

use crate::readiness::{Finding, Measurements, Verdict};

/// One run as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSide {
    /// How it ended.
    pub verdict: Verdict,
    /// The verdict with its waivers and bounds.
    pub headline: String,
    /// Why, in a sentence without the full stop.
    pub reason: String,
    /// Metrics of its own fill preset.
    pub measurements: Measurements,
    /// Its criteria.
    pub findings: Vec<Finding>,
    /// Its controls over all fill presets, in the order in which they judge.
    pub controls: Vec<ControlSide>,
    /// Names of what holds whatever the limits are, and how often it did not, over all fill presets.
    pub invariants: Vec<(String, u64)>,
    /// Its audit was made.
    pub audited: bool,
    /// Mandatory controls that were never exercised.
    pub never_exercised: Vec<String>,
}

/// What one control did against what it had to do, over all fill presets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ControlSide {
    /// Name.
    pub name: String,
    /// The configuration arms it.
    pub armed: bool,
    /// It was recomputed.
    pub audited: bool,
    /// Requests it had to refuse and trips it had to make.
    pub had_to_fire: u64,
    /// Requests it refused and trips it made.
    pub fired: u64,
    /// Those it had to make and did not.
    pub missed: u64,
    /// Those it made without a reason.
    pub false_alarms: u64,
    /// Those made with another value or limit than there was.
    pub wrong_figures: u64,
    /// Trips made after they had to be.
    pub late: u64,
}

/// What a difference between two trials is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// What the bot was tried on and held to: with another, figures say nothing of the bot.
    Trial,
    /// What was on trial: the bot, its parameters, its gateway, the build.
    Candidate,
}

/// Something in which two trials differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TrialDifference {
    /// What it is about.
    pub part: Part,
    /// A key of the scenario, or words.
    pub what: String,
    /// The base's; `-` where it has none.
    pub base: String,
    /// The candidate's.
    pub candidate: String,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComparedVerdict {
    /// Nothing is worse than is allowed.
    NoRegression,
    /// Something is.
    Regression,
    /// The trials are unlike, or a limit could not be judged.
    NotComparable,
}

impl ComparedVerdict {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoRegression => "NO REGRESSION",
            Self::Regression => "REGRESSION",
            Self::NotComparable => "NOT COMPARABLE",
        }
    }
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What it comes to.
    pub verdict: ComparedVerdict,
    /// What is worse than is allowed, the gravest first.
    pub regressions: Vec<Regression>,
    /// Limits that could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// Every metric that one of them has a value of, in the catalogue's order, then those of each market.
    pub metrics: Vec<MetricPair>,
    /// Criteria, in the base's order, then those of the candidate alone.
    pub findings: Vec<FindingPair>,
    /// Controls, in the base's order, then those of the candidate alone.
    pub controls: Vec<ControlPair>,
    /// Invariants that were broken on one side at least.
    pub invariants: Vec<InvariantPair>,
}

/// Holds a candidate against a base. Without `unlike_is_meant` trials that differ in what the bot was tried on are not comparable,
/// whatever the figures.
#[must_use]
pub fn compare(
    (base, candidate): (&TrialSide, &TrialSide),
    differences: &[TrialDifference],
    tolerances: &[Tolerance],
    unlike_is_meant: bool,
) -> Compared {
    let metrics = pair::metrics(&base.measurements, &candidate.measurements);
    let (regressions, unjudged) = regression::all(base, candidate, &metrics, tolerances);
    let is_unlike = differences.iter().any(|difference| difference.part == Part::Trial);
    let verdict = match (is_unlike && !unlike_is_meant, regressions.is_empty(), unjudged.is_empty()) {
        (true, ..) => ComparedVerdict::NotComparable,
        (_, false, _) => ComparedVerdict::Regression,
        (_, true, false) => ComparedVerdict::NotComparable,
        (_, true, true) => ComparedVerdict::NoRegression,
    };
    Compared {
        verdict,
        regressions,
        unjudged,
        metrics,
        findings: pair::findings(&base.findings, &candidate.findings),
        controls: pair::controls(&base.controls, &candidate.controls),
        invariants: pair::invariants(&base.invariants, &candidate.invariants),
    }
}

#[cfg(test)]
mod tests;
