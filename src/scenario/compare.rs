//! Two finished runs side by side: settings, and the first entry in which the journals of a lane differ.

use super::manifest::Manifest;
use super::saved::{SavedError, open_journal, read_manifest};
use crate::journal::{Divergence, diff};
use std::path::Path;

/// What two runs differ in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Settings with other values: key, left, right; `-` where a run has no such key.
    pub settings: Vec<(String, String, String)>,
    /// First difference of the journals of each lane both runs have: preset, place.
    pub journals: Vec<(String, Divergence)>,
    /// Lanes that only one of them has.
    pub lanes: Vec<String>,
}

impl Difference {
    /// True when both did the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.journals.is_empty() && self.lanes.is_empty()
    }
}

/// Compares two finished runs.
///
/// # Errors
/// [`SavedError`] when one of them is missing or damaged.
pub fn compare(left: &Path, right: &Path) -> Result<Difference, SavedError> {
    let (first, second) = (read_manifest(left)?, read_manifest(right)?);
    let mut journals = Vec::new();
    for lane in &first.lanes {
        let Some(other) = second.lanes.iter().find(|other| other.preset == lane.preset) else { continue };
        let coarse = [&first, &second].into_iter().find(|manifest| !manifest.keeps_every_entry());
        if let Some(coarse) = coarse {
            if lane.digest != other.digest {
                let detail = coarse.journal_detail.name();
                return Err(SavedError::NotWhole { preset: lane.preset.clone(), detail });
            }
            continue;
        }
        if let Some(place) = diff(open_journal(left, lane)?, open_journal(right, other)?)? {
            journals.push((lane.preset.clone(), place));
        }
    }
    Ok(Difference { settings: changed_settings(&first, &second), journals, lanes: unpaired(&first, &second) })
}

fn unpaired(first: &Manifest, second: &Manifest) -> Vec<String> {
    let names = |manifest: &Manifest| manifest.lanes.iter().map(|lane| lane.preset.clone()).collect::<Vec<_>>();
    let (first, second) = (names(first), names(second));
    let only_first = first.iter().filter(|name| !second.contains(name));
    only_first.chain(second.iter().filter(|name| !first.contains(name))).cloned().collect()
}

fn changed_settings(first: &Manifest, second: &Manifest) -> Vec<(String, String, String)> {
    let value = |manifest: &Manifest, key: &str| {
        let found = manifest.settings.iter().find(|setting| setting.key == key);
        found.map_or_else(|| "-".to_owned(), |setting| setting.value.clone())
    };
    let keys = first.settings.iter().chain(&second.settings).map(|setting| setting.key.clone());
    let keys: std::collections::BTreeSet<String> = keys.collect();
    let rows = keys.into_iter().map(|key| (value(first, &key), value(second, &key), key));
    rows.filter(|(left, right, _)| left != right).map(|(left, right, key)| (key, left, right)).collect()
}
