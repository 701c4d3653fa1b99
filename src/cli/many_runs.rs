//! What reports on many runs have in common at a prompt: their files, and a sample that is checked.

use super::failure::Failure;
use crate::report::Rendered;
use crate::scenario::{RunFolder, SCENARIO, Scenario};
use std::collections::BTreeMap;

/// Writes report files and scenario; their hashes by name, for the manifest.
pub fn write_report(
    folder: &RunFolder,
    scenario: &Scenario,
    rendered: &Rendered,
) -> Result<BTreeMap<String, String>, Failure> {
    rendered.write(folder.temporary())?;
    folder.write(SCENARIO, scenario.to_toml_in(folder.target()).as_bytes())?;
    let names = rendered.files().map(|(name, _)| name).into_iter().chain([SCENARIO]);
    names.map(|name| Ok((name.to_owned(), folder.hash(name)?))).collect()
}

/// Report files with their names.
pub fn files_of(rendered: &Rendered) -> Vec<(String, Vec<u8>)> {
    rendered.files().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}

/// How many runs of a sample are repeated, if not all are, and how many are repeated then.
pub fn sample_of(sample: Option<u64>, count: usize) -> Result<(Option<usize>, u64), Failure> {
    let sample = sample.map(|sample| usize::try_from(sample).unwrap_or(usize::MAX));
    if sample == Some(0) {
        return Err(Failure::usage("--sample: found 0, expected 1 or more"));
    }
    Ok((sample, sample.map_or(count, |sample| sample.min(count)) as u64))
}
