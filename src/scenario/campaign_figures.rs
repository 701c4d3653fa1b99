//! What a campaign keeps of each seed beside its outcome, so that two campaigns can be compared: metrics, criteria, controls.

use super::likeness::{Tried, trial_side};
use super::manifest::Manifest;
use super::saved::{FinishedRun, SavedError, own_file};
use crate::readiness::{ControlSide, Outcome, SeedSide, TrialSide, Unit, Value, Verdict};
use crate::units::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The file in the folder of a campaign that holds it.
pub const CAMPAIGN_FIGURES: &str = "figures.json";

/// Version of the file.
const FORMAT: u32 = 1;

/// A campaign as it is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFigures {
    /// Version of this format.
    pub format: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// What was tried, but for the seed.
    pub tried: Tried,
    /// Unit of each metric.
    pub units: BTreeMap<String, String>,
    /// By rising seed.
    pub seeds: Vec<SeedFigures>,
}

/// One seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFigures {
    /// The seed.
    pub seed: u64,
    /// Verdict of its run.
    pub verdict: Verdict,
    /// Hash of each market.
    pub markets: Vec<String>,
    /// Names of criteria, and whether each was met.
    pub criteria: Vec<(String, bool)>,
    /// Controls that are armed, over all fill presets.
    pub controls: Vec<ControlFigures>,
    /// Invariants that were broken, and how often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invariants: Vec<(String, u64)>,
    /// Mandatory controls that were never exercised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_exercised: Vec<String>,
    /// Values of metrics, exact decimals.
    pub metrics: BTreeMap<String, String>,
}

/// Counts of one control, as in an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlFigures {
    /// Name.
    pub name: String,
    /// Requests it had to refuse and trips it had to make.
    pub had_to_fire: u64,
    /// Requests it refused and trips it made.
    pub fired: u64,
    /// Those it had to make and did not.
    pub missed: u64,
    /// Those it made without a reason.
    #[serde(rename = "false")]
    pub false_alarms: u64,
    /// Trips made after they had to be.
    pub late: u64,
    /// Those made with another value or limit than there was.
    pub wrong_figures: u64,
}

impl SeedFigures {
    /// Those of a run, with the units of its metrics.
    pub(super) fn of(run: &FinishedRun) -> (Self, BTreeMap<String, String>) {
        let side = trial_side(run);
        let values = side
            .measurements
            .iter()
            .filter_map(|(name, measured)| Some((name, measured, measured.value.clone().ok()?)));
        let (mut metrics, mut units) = (BTreeMap::new(), BTreeMap::new());
        for (name, measured, value) in values {
            metrics.insert(name.to_owned(), value.to_string());
            units.insert(name.to_owned(), measured.unit.as_str().to_owned());
        }
        (Self::with(&run.manifest, &side, metrics), units)
    }

    fn with(manifest: &Manifest, side: &TrialSide, metrics: BTreeMap<String, String>) -> Self {
        let is_met = |outcome: &Outcome| *outcome == Outcome::Met;
        Self {
            seed: manifest.scenario.seed,
            verdict: side.verdict,
            markets: manifest.headers().map(|header| header.content_hash.clone()).collect(),
            criteria: side
                .findings
                .iter()
                .map(|finding| (finding.criterion.name.clone(), is_met(&finding.outcome)))
                .collect(),
            controls: side.controls.iter().filter(|control| control.armed).map(ControlFigures::of).collect(),
            invariants: side.invariants.iter().filter(|(_, broken)| 0 < *broken).cloned().collect(),
            never_exercised: side.never_exercised.clone(),
            metrics,
        }
    }

    /// As it is compared.
    fn side(&self, units: &BTreeMap<String, String>) -> SeedSide {
        let metric = |(name, text): (&String, &String)| {
            let unit = Unit::from_text(units.get(name)?);
            Some((name.clone(), (value(text, &unit)?, unit)))
        };
        SeedSide {
            seed: self.seed,
            verdict: self.verdict,
            criteria: self.criteria.clone(),
            controls: self.controls.iter().map(ControlFigures::side).collect(),
            invariants: self.invariants.clone(),
            never_exercised: self.never_exercised.clone(),
            metrics: self.metrics.iter().filter_map(metric).collect(),
        }
    }
}

/// A value as it was written: exact where the unit is counted or money, a statistic elsewhere.
fn value(text: &str, unit: &Unit) -> Option<Value> {
    match unit {
        Unit::Count => text.parse().ok().map(Value::Count),
        Unit::Asset(_) => Money::parse(text).ok().map(Value::Money).or_else(|| statistic_f64(text)),
        _ => statistic_f64(text),
    }
}

fn statistic_f64(text: &str) -> Option<Value> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Value::Real)
}

impl ControlFigures {
    fn of(side: &ControlSide) -> Self {
        Self {
            name: side.name.clone(),
            had_to_fire: side.had_to_fire,
            fired: side.fired,
            missed: side.missed,
            false_alarms: side.false_alarms,
            late: side.late,
            wrong_figures: side.wrong_figures,
        }
    }

    fn side(&self) -> ControlSide {
        ControlSide {
            name: self.name.clone(),
            armed: true,
            audited: true,
            had_to_fire: self.had_to_fire,
            fired: self.fired,
            missed: self.missed,
            false_alarms: self.false_alarms,
            late: self.late,
            wrong_figures: self.wrong_figures,
        }
    }
}

impl CampaignFigures {
    /// Those of seeds of one scenario.
    #[must_use]
    pub fn new(scenario: &str, tried: Tried, units: BTreeMap<String, String>, seeds: Vec<SeedFigures>) -> Self {
        Self { format: FORMAT, scenario: scenario.to_owned(), tried, units, seeds }
    }

    /// Every seed as it is compared.
    #[must_use]
    pub fn sides(&self) -> Vec<SeedSide> {
        self.seeds.iter().map(|seed| seed.side(&self.units)).collect()
    }

    /// Reads those in `folder`.
    ///
    /// # Errors
    /// [`SavedError`] when there are none, or they are damaged.
    pub fn read(folder: &Path) -> Result<Self, SavedError> {
        let path = folder.join(CAMPAIGN_FIGURES);
        own_file(folder, CAMPAIGN_FIGURES).map_err(|source| SavedError::Io { path: path.clone(), source })?;
        let text = std::fs::read_to_string(&path).map_err(|source| SavedError::Io { path: path.clone(), source })?;
        let wrong = |line, column, found: String| SavedError::Figures { path: path.clone(), line, column, found };
        let figures: Self =
            serde_json::from_str(&text).map_err(|error| wrong(error.line(), error.column(), error.to_string()))?;
        match figures.format {
            FORMAT => Ok(figures),
            other => Err(wrong(1, 1, format!("format {other}"))),
        }
    }

    /// As it stands in the file: one seed a line.
    ///
    /// # Errors
    /// The library's, which no figures are known to cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let whole = Self { seeds: Vec::new(), ..self.clone() };
        let text = serde_json::to_string(&whole)?;
        let head = text.strip_suffix("]}").unwrap_or(&text);
        let seeds = self.seeds.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{head}\n{}\n]}}\n", seeds.join(",\n")))
    }
}
