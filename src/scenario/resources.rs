//! What was observed of a run, as a file beside its report.
//!
//! It is no part of the manifest, which holds no clock and no machine: the same run has another record on another machine. It names the run that it is of.

use super::manifest::Manifest;
use crate::metrics::SAMPLES_MAX;
use crate::readiness::{Observed, ResourceFinding, ResourceLimits, Verdict, resource_verdict};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The record of what a run took.
pub const RESOURCES: &str = "resources.json";
/// Its page.
pub const RESOURCES_PAGE: &str = "resources.html";

/// Version of the record's own format.
const FORMAT: u32 = 2;
/// Longest record that is read: 512 samples take a tenth of it.
const BYTES_MAX: u64 = 4 << 20;

/// What a run took of its machine, and what it may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceRecord {
    /// Version of this format.
    pub format: u32,
    /// Names the run.
    pub run_id: String,
    /// Name of its scenario.
    pub scenario: String,
    /// Name of the strategy.
    pub strategy: String,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// What it may take.
    pub limits: ResourceLimits,
    /// What was observed.
    pub observed: Observed,
    /// The limits held against that: worked out anew when it is read.
    #[serde(skip)]
    pub findings: Vec<ResourceFinding>,
}

impl ResourceRecord {
    /// The record of the run that `manifest` is of.
    #[must_use]
    pub fn new(manifest: &Manifest, limits: ResourceLimits, observed: Observed) -> Self {
        let findings = limits.judge(&observed);
        Self {
            format: FORMAT,
            run_id: manifest.run_id.clone(),
            scenario: manifest.scenario.name.clone(),
            strategy: manifest.strategy.name.clone(),
            verdict: resource_verdict(&findings),
            limits,
            observed,
            findings,
        }
    }

    /// As a file.
    ///
    /// # Panics
    /// Never: it holds nothing that JSON has no words for.
    #[must_use]
    pub fn to_json(&self) -> String {
        match serde_json::to_string_pretty(self) {
            Ok(text) => text + "\n",
            Err(error) => panic!("a record of resources is no JSON: {error}"),
        }
    }

    /// The record in the folder of a run; `None` where there is none.
    ///
    /// # Errors
    /// What cannot be read, or is none.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(RESOURCES);
        let says = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(says(&error)),
            Ok(file) if file.len() > BYTES_MAX => return Err(says(&format!("longer than {BYTES_MAX} bytes"))),
            Ok(_) => {}
        }
        let text = fs::read_to_string(&path).map_err(|error| says(&error))?;
        let mut read: Self = serde_json::from_str(&text).map_err(|error| says(&error))?;
        if read.format != FORMAT {
            return Err(says(&format!("format {}, expected {FORMAT}", read.format)));
        }
        let samples = &read.observed.samples;
        let most = SAMPLES_MAX + 2;
        if samples.len() > most || samples.windows(2).any(|pair| pair[1].at < pair[0].at) {
            return Err(says(&format!("{} samples, expected at most {most} whose times do not fall", samples.len())));
        }
        read.findings = read.limits.judge(&read.observed);
        Ok(Some(read))
    }

    /// What does not fit the run that it lies beside, or itself.
    #[must_use]
    pub fn problems(&self, manifest: &Manifest) -> Vec<String> {
        let again = Self::new(manifest, self.limits, self.observed.clone());
        let pairs = [
            ("run", &self.run_id, &again.run_id),
            ("scenario", &self.scenario, &again.scenario),
            ("strategy", &self.strategy, &again.strategy),
        ];
        let differ = pairs.into_iter().filter(|(_, own, other)| own != other);
        let mut found: Vec<String> = differ
            .map(|(what, own, other)| format!("{RESOURCES}: of {what} {own}, the manifest has {other}"))
            .collect();
        if self.verdict != again.verdict {
            found.push(format!("{RESOURCES}: says {}, and what was observed says {}", self.verdict, again.verdict));
        }
        let limits = manifest.settings.iter().filter(|setting| setting.key.starts_with("resources."));
        let own =
            serde_json::to_value(self.limits).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
        for setting in limits {
            let key = setting.key.trim_start_matches("resources.");
            let held = own.get(key).map(ToString::to_string);
            if held.as_ref() != Some(&setting.value) {
                let held = held.unwrap_or_else(|| "nothing".to_owned());
                found.push(format!("{RESOURCES}: judged by {key} = {held}, the scenario has {}", setting.value));
            }
        }
        found
    }
}

/// A file of observations, of which the manifest knows nothing.
#[must_use]
pub(super) fn is_observation(name: &str) -> bool {
    [RESOURCES, RESOURCES_PAGE].contains(&name)
}
