//! A finished run read back from its folder, and the check that everything in it follows from scenario and journals.

use super::audit::audit_saved;
use super::believability;
use super::campaign::CAMPAIGN;
use super::derived::{journal_problems, market_problems, scenario_problems};
use super::evidence::judge;
use super::execute::metrics_options;
use super::folder::MANIFEST;
use super::frames::FRAMES_FOLDER;
use super::ledger::accounts_problem;
use super::load::Scenario;
use super::manifest::{Determinism, LaneRecord, MANIFEST_FORMAT, Manifest};
use super::peak;
use super::replay::{Replay, ReplayError, SCENARIO, overrides, replay};
use super::resources::is_observation;
use super::stability::StabilityManifest;
use super::trial::run_id;
use super::user::UserManifest;
use super::volatility::VolatilityManifest;
use crate::journal::{Detail, JournalError, JournalReader};
use crate::metrics::{MetricsError, RunFold, Summary};
use crate::model::Instrument;
use crate::readiness::{Assessment, AuditEvidence, Verdict};
use crate::units::Overflow;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

/// A folder that holds no whole run.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The operating system refused.
    #[error("{path}: cannot read: {source}; expected the folder of a finished run")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The manifest is none.
    #[error("{path}: line {line}, column {column}: {found}; expected a manifest of format {MANIFEST_FORMAT}")]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What is wrong there.
        found: String,
    },
    /// The results of several bots, of which none is named.
    #[error("{folder}: the results of several bots; name the folder of one of them: {bots}")]
    SeveralBots {
        /// Which folder.
        folder: PathBuf,
        /// Their folders.
        bots: String,
    },
    /// The results of many runs over violent markets.
    #[error(
        "{folder}: the results of many runs over violent markets, without journals; `verify` checks them, and their report is there"
    )]
    ManyMarkets {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder holds a report on stability.
    #[error(
        "{folder}: the results of a report on stability, without journals; `verify` checks them, and their report is there"
    )]
    ManySettings {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder holds what many seeds came to.
    #[error(
        "{folder}: what many seeds came to (`run --seeds`), without journals; run one of them by itself with `--seed N`"
    )]
    ManySeeds {
        /// Which folder.
        folder: PathBuf,
    },
    /// The figures of a campaign are none.
    #[error(
        "{path}: line {line}, column {column}: {found}; expected what `run --seeds` keeps of each seed; run it again with this seatrial"
    )]
    Figures {
        /// Which file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What is wrong there.
        found: String,
    },
    /// No figures can be had from a journal.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// An amount of the instrument cannot be held.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A journal is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journals were not kept whole, and the run cannot be had again.
    #[error("the journals were kept at detail `{detail}` and the run cannot be had again: {source}")]
    Replay {
        /// How much was kept.
        detail: &'static str,
        /// Why not.
        source: Box<ReplayError>,
    },
    /// The folder contradicts itself: it is no evidence.
    #[error("{folder} does not hold together\n{}", .problems.join("\n"))]
    Unsound {
        /// Which folder.
        folder: PathBuf,
        /// Everything that contradicts.
        problems: Vec<String>,
    },
    /// The journals were not kept whole, and the runs differ somewhere.
    #[error(
        "lane {preset}: digests differ, and a journal was kept at detail `{detail}`; run both with `run.journal = \"full\"` to find the entry"
    )]
    NotWhole {
        /// Name of the fill preset.
        preset: String,
        /// How much was kept.
        detail: &'static str,
    },
}

/// A finished run: its manifest, and everything else computed again from its journals.
#[derive(Debug)]
pub struct FinishedRun {
    /// The manifest.
    pub manifest: Manifest,
    /// Figures of each lane, in the manifest's order.
    pub summaries: Vec<Summary>,
    /// The verdict.
    pub assessment: Assessment,
}

impl FinishedRun {
    /// A run from its manifest and the figures of its lanes.
    #[must_use]
    pub fn new(manifest: Manifest, summaries: Vec<Summary>) -> Self {
        let assessment = judge(&manifest, &summaries);
        Self { manifest, summaries, assessment }
    }

    /// Reads the run in `folder`: figures and verdict are computed from the journals, not read; where the journals were not
    /// kept whole, by running the run again. What the manifest says must follow from scenario and journals.
    ///
    /// # Errors
    /// [`SavedError`] when a file is missing or damaged, the run cannot be had again, or the folder contradicts itself.
    pub fn load(folder: &Path, with: Replay<'_>) -> Result<Self, SavedError> {
        let manifest = read_manifest(folder)?;
        let mut problems = foundation_problems(folder, &manifest);
        if problems.is_empty() {
            let run = Self::computed(folder, manifest, with)?;
            problems = journal_problems(&run.manifest, &run.summaries);
            // Where an opening price is not known nobody can say; `verify` says that it was not checked.
            problems.extend(accounts_problem(folder, &run.manifest, with).ok().flatten());
            // What would have to be run for it only `verify` runs. Runs of programs that did not look at it have none.
            let not_now = Err("it was not run again".to_owned());
            let told = run.manifest.believability.as_ref();
            problems.extend(told.and_then(|_| believability_problem(folder, &run, (with, not_now)).ok().flatten()));
            if problems.is_empty() {
                return Ok(run);
            }
        }
        Err(SavedError::Unsound { folder: folder.to_path_buf(), problems })
    }

    /// The figures and the verdict of a manifest, which is believed.
    fn computed(folder: &Path, manifest: Manifest, with: Replay<'_>) -> Result<Self, SavedError> {
        if !manifest.keeps_every_entry() {
            let detail = manifest.journal_detail.name();
            let summaries = replay(folder, &manifest, with);
            let summaries = summaries.map_err(|source| SavedError::Replay { detail, source: Box::new(source) })?;
            return Ok(Self::new(manifest, summaries));
        }
        let summary = |lane: &LaneRecord| -> Result<Summary, SavedError> {
            let instruments: Vec<Instrument> = manifest.headers().map(|header| header.instrument.clone()).collect();
            let mut fold = RunFold::new(&instruments, &metrics_options(manifest.headers()))?;
            open_journal(folder, lane)?.replay(&mut fold)?;
            Ok(fold.finish()?)
        };
        let summaries = manifest.lanes.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(Self::new(manifest, summaries))
    }
}

/// Files of the folder of many runs that are not those that its manifest names. Nothing is opened that lies elsewhere.
pub(super) fn listed_problems(folder: &Path, files: &BTreeMap<String, String>) -> Vec<String> {
    let problem = |(name, hash): (&String, &String)| {
        if !is_inside(name) {
            return Some(format!("{MANIFEST}: file name `{name}` leads out of the folder"));
        }
        match own_file(folder, name) {
            Ok(()) => file_problem(folder, name, hash),
            Err(error) => Some(format!("{name}: cannot read: {error}")),
        }
    };
    let mut problems: Vec<String> = files.iter().filter_map(problem).collect();
    if !files.contains_key(SCENARIO) {
        problems.push(format!("{SCENARIO}: the manifest has no hash of it"));
    }
    problems
}

/// A verdict, and report files with their names, as they follow from many runs that were made again.
pub type JudgedAgain = (Verdict, Vec<(String, Vec<u8>)>);

/// What in `folder`, whose manifest says `said`, is not what follows from many runs that were all made again.
pub(super) fn rendered_problems(folder: &Path, said: Verdict, again: Result<JudgedAgain, String>) -> Vec<String> {
    let (verdict, files) = match again {
        Ok(rendered) => rendered,
        Err(error) => return vec![format!("the reports cannot be made again: {error}")],
    };
    let mut problems = Vec::new();
    if verdict != said {
        problems.push(format!("{MANIFEST}: verdict {said:?}, expected {verdict:?}"));
    }
    let differs = |(name, bytes): &(String, Vec<u8>)| {
        let found = std::fs::read(folder.join(name)).is_ok_and(|found| found == *bytes);
        (!found).then(|| format!("{name}: it does not say what follows from the runs"))
    };
    problems.extend(files.iter().filter_map(differs));
    problems
}

/// How one of many runs, called `name`, ended elsewhere than the manifest says: market and digest now, and as said.
pub(super) fn ended_elsewhere((number, name): (usize, &str), [now, said]: [(&str, &str); 2], more: usize) -> String {
    let what = match now.0 == said.0 {
        true => format!("it ended with digest {}, expected {} as in the manifest", now.1, said.1),
        false => format!("its market is {}, expected {} as in the manifest", now.0, said.0),
    };
    format!("run {number} ({name}): {what}; {more} more differ; use the seatrial that made the runs")
}

/// Reads the manifest in `folder`.
///
/// # Errors
/// [`SavedError`] when there is none, or it is damaged.
pub fn read_manifest(folder: &Path) -> Result<Manifest, SavedError> {
    let path = folder.join(MANIFEST);
    own_file(folder, MANIFEST).map_err(|source| SavedError::Io { path: path.clone(), source })?;
    let text = std::fs::read_to_string(&path).map_err(|source| SavedError::Io { path: path.clone(), source })?;
    if let Some(user) = UserManifest::read(folder) {
        let folders = user.folders(folder);
        let bots = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(SavedError::SeveralBots { folder: folder.to_path_buf(), bots });
    }
    if VolatilityManifest::read(folder).is_some() {
        return Err(SavedError::ManyMarkets { folder: folder.to_path_buf() });
    }
    if StabilityManifest::read(folder).is_some() {
        return Err(SavedError::ManySettings { folder: folder.to_path_buf() });
    }
    if folder.join(CAMPAIGN).is_file() {
        return Err(SavedError::ManySeeds { folder: folder.to_path_buf() });
    }
    let wrong = |line, column, found: String| SavedError::Manifest { path: path.clone(), line, column, found };
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| wrong(error.line(), error.column(), error.to_string()))?;
    match (manifest.format, manifest.lanes.is_empty(), stray_name(&manifest)) {
        (MANIFEST_FORMAT, false, None) => match strange_file(folder, &manifest) {
            Some((path, source)) => Err(SavedError::Io { path, source }),
            None => Ok(manifest),
        },
        (MANIFEST_FORMAT, false, Some(name)) => Err(wrong(1, 1, format!("file name `{name}` leads out of the folder"))),
        (MANIFEST_FORMAT, true, _) => Err(wrong(1, 1, "no lanes".to_owned())),
        (format, ..) => Err(wrong(1, 1, format!("format {format}"))),
    }
}

/// A file that would not lie in the run's own folder: whoever checks a stranger's run reads nothing else.
fn stray_name(manifest: &Manifest) -> Option<&str> {
    let journals = manifest.lanes.iter().map(|lane| &lane.journal);
    let mut names = manifest.files.keys().chain(journals);
    names.find(|name| !is_inside(name)).map(String::as_str)
}

/// A file of the run that is there and is none of its own: nothing is opened that waits for somebody or lies elsewhere.
fn strange_file(folder: &Path, manifest: &Manifest) -> Option<(PathBuf, std::io::Error)> {
    let journals = manifest.journals().map(str::to_owned);
    let mut names = manifest.files.keys().cloned().chain(journals).chain([SCENARIO.to_owned()]);
    names.find_map(|name| match own_file(folder, &name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Some((folder.join(&name), error)),
        _ => None,
    })
}

/// Makes sure that `name` is an ordinary file in the folder, reached by no link.
pub(super) fn own_file(folder: &Path, name: &str) -> std::io::Result<()> {
    let mut path = folder.to_path_buf();
    for component in Path::new(name).components() {
        path.push(component);
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_symlink() {
            return Err(std::io::Error::other("a link; expected the file itself"));
        }
        if !kind.is_dir() && !kind.is_file() {
            return Err(std::io::Error::other("a device or a pipe; expected a file"));
        }
    }
    Ok(())
}

/// Names in the folder that the manifest does not know.
pub(super) fn unlisted(folder: &Path, files: &BTreeMap<String, String>) -> Vec<String> {
    let known = |name: &str| files.keys().any(|file| file == name || file.starts_with(&format!("{name}/")));
    let there = |folder: &Path, prefix: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| format!("{prefix}{}", entry.file_name().to_string_lossy())).collect()
    };
    let frames = there(&folder.join(FRAMES_FOLDER), &format!("{FRAMES_FOLDER}/"));
    let mut names: Vec<String> = there(folder, "").into_iter().chain(frames).collect();
    names.retain(|name| name != MANIFEST && !known(name) && !is_observation(name));
    names.sort();
    names
}

/// True for a name that goes down from the folder and nowhere else.
pub(super) fn is_inside(name: &str) -> bool {
    let mut components = Path::new(name).components().peekable();
    components.peek().is_some() && components.all(|component| matches!(component, Component::Normal(_)))
}

/// Hash of a file, read piece by piece. What is no file, such as a device, is refused.
fn hash_of(path: &Path) -> std::io::Result<blake3::Hash> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(hasher.finalize())
}

/// What a check of a finished run found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Everything that does not hold together; empty for a sound run.
    pub problems: Vec<String>,
    /// What could not be checked, and so is the manifest's word.
    pub unchecked: Vec<String>,
}

/// Makes the report files of a run: name and content of each.
pub type Render<'a> = dyn Fn(&FinishedRun) -> Vec<(String, Vec<u8>)> + 'a;

/// Checks a finished run: hashes, chains, and that everything which follows from scenario and journals does. `render` makes
/// the report files, by name, from the run as computed again.
///
/// # Errors
/// [`SavedError`] when there is no manifest to check by.
pub fn verify(folder: &Path, with: Replay<'_>, render: &Render<'_>) -> Result<Verification, SavedError> {
    let manifest = read_manifest(folder)?;
    let mut unchecked = Vec::new();
    let mut problems: Vec<String> =
        manifest.files.iter().filter_map(|(name, hash)| file_problem(folder, name, hash)).collect();
    problems.extend(foundation_problems(folder, &manifest));
    for name in unlisted(folder, &manifest.files) {
        unchecked.push(format!("{name}: the manifest does not know it"));
    }
    match markets_at_hand(folder, &manifest, with) {
        Ok(found) => problems.extend(found),
        Err(why) => unchecked.push(format!("what the manifest says of the markets: {why}")),
    }
    match accounts_problem(folder, &manifest, with) {
        Ok(found) => problems.extend(found),
        Err(why) => unchecked.push(format!("that the accounts agree: {why}")),
    }
    match &manifest.determinism {
        Determinism::NotChecked => {}
        Determinism::Repeated | Determinism::Differs { .. } => {
            unchecked.push("that the run was repeated; `run --check-determinism` repeats it".to_owned());
        }
    }
    match audit_again(folder, &manifest, with) {
        Ok(found) => problems.extend(found),
        Err(why) => unchecked.push(format!("what the manifest says of the audit: {why}")),
    }
    match FinishedRun::computed(folder, manifest, with) {
        Ok(run) => {
            match believability_problem(folder, &run, (with, tapes_named(&run.manifest, with))) {
                Ok(found) => problems.extend(found),
                Err(why) => unchecked.push(format!("what the manifest says of believability: {why}")),
            }
            match peak_problem(folder, &run.manifest, with) {
                Ok(found) => problems.extend(found),
                Err(why) => unchecked.push(format!("what the manifest says of the peak load: {why}")),
            }
            problems.extend(journal_problems(&run.manifest, &run.summaries));
            problems.extend(report_problems(folder, &run, &render(&run)));
        }
        Err(error) => problems.push(format!("figures and verdict cannot be computed again: {error}")),
    }
    let mut seen = std::collections::BTreeSet::new();
    problems.retain(|problem| seen.insert(problem.clone()));
    Ok(Verification { problems, unchecked })
}

/// A file that is not the one the manifest names.
pub(super) fn file_problem(folder: &Path, name: &str, hash: &str) -> Option<String> {
    match hash_of(&folder.join(name)) {
        Ok(found) if found.to_hex().as_str() == hash => None,
        Ok(_) => Some(format!("{name}: the file was changed: its hash is not the manifest's")),
        Err(error) => Some(format!("{name}: cannot read: {error}")),
    }
}

/// What is wrong with all that figures and verdict are computed from: identity, scenario, journals.
pub(super) fn foundation_problems(folder: &Path, manifest: &Manifest) -> Vec<String> {
    let mut problems: Vec<String> = run_id_problem(manifest).into_iter().collect();
    problems.extend(scenario_problems(folder, manifest));
    for name in manifest.journals().chain([SCENARIO]) {
        problems.extend(match manifest.files.get(name) {
            Some(hash) => file_problem(folder, name, hash),
            None => Some(format!("{name}: the manifest has no hash of it")),
        });
    }
    if manifest.journal_detail != Detail::Digest {
        problems.extend(manifest.lanes.iter().filter_map(|lane| lane_problem(folder, lane)));
    }
    problems
}

/// A name that does not follow from what the manifest holds.
fn run_id_problem(manifest: &Manifest) -> Option<String> {
    let hashes: Vec<&str> = manifest.headers().map(|header| header.content_hash.as_str()).collect();
    let expected = run_id(&manifest.settings, &manifest.strategy, &hashes);
    let found = &manifest.run_id;
    (*found != expected).then(|| format!("{MANIFEST}: run id {found}, expected {expected}"))
}

/// What does not follow from the markets. The tapes that a stranger's scenario names are not opened unless the run has to be
/// had again from them; those that the caller names are.
fn markets_at_hand(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<Vec<String>, String> {
    tapes_named(manifest, with)?;
    market_problems(folder, manifest, with)
}

/// An error where a tape would have to be opened that only the folder names.
fn tapes_named(manifest: &Manifest, with: Replay<'_>) -> Result<(), String> {
    let recorded = manifest.settings.iter().any(|setting| setting.key.ends_with(".tape"));
    if recorded && with.tapes.is_empty() && manifest.keeps_every_entry() {
        return Err("give their tapes with --tape".to_owned());
    }
    Ok(())
}

/// An audit that does not come to the same when it is made again; an error says why it was not.
fn audit_again(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<Vec<String>, String> {
    let AuditEvidence::Audited { lanes, unchecked } = &manifest.audit else { return Ok(Vec::new()) };
    tapes_named(manifest, with)?;
    let again = audit_saved(folder, manifest, with, &|_| {}).map_err(|error| error.to_string())?;
    if let Some(why) = again.1.first().filter(|_| unchecked.is_empty()) {
        return Err(why.clone());
    }
    let (found, said) = ((&again.0, &again.1), (lanes, unchecked));
    Ok((found != said)
        .then(|| format!("{MANIFEST}: the audit does not follow from journals and tapes"))
        .into_iter()
        .collect())
}

/// A table of believability that does not come to the same when it is made again; an error says why it was not.
fn believability_problem(
    folder: &Path,
    run: &FinishedRun,
    with: (Replay<'_>, Result<(), String>),
) -> Result<Option<String>, String> {
    let again = believability::again(folder, &run.manifest, &run.summaries, with)?;
    let differs = again != run.manifest.believability;
    Ok(differs.then(|| format!("{MANIFEST}: believability does not follow from the market and the bot")))
}

/// A peak load that does not come to the same when it is made again; an error says why it was not.
fn peak_problem(folder: &Path, manifest: &Manifest, with: Replay<'_>) -> Result<Option<String>, String> {
    let Some(told) = &manifest.peak_load else { return Ok(None) };
    let scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry);
    let scenario = scenario.map_err(|problems| problems.to_string())?;
    let again = peak::again(&scenario, (&manifest.readiness, manifest.replayed.end), with.registry);
    let differs = again.map_err(|error| error.to_string())?.as_ref() != Some(told);
    Ok(differs.then(|| format!("{MANIFEST}: the peak load does not follow from the market and the bot")))
}

/// What is wrong with one journal: its chain, or that it is not the one the manifest names.
fn lane_problem(folder: &Path, lane: &LaneRecord) -> Option<String> {
    let read = open_journal(folder, lane).and_then(|journal| Ok(journal.check()?));
    let summary = match read {
        Ok(summary) => summary,
        Err(error) => return Some(error.to_string()),
    };
    let same = summary.digest == lane.digest && summary.head == lane.head && summary.entries == lane.entries;
    (!same).then(|| format!("{}: digest {}, expected {} as in the manifest", lane.journal, summary.digest, lane.digest))
}

/// Report files that are not those of the run.
fn report_problems(folder: &Path, run: &FinishedRun, files: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut problems = Vec::new();
    if files.is_empty() {
        problems.push("the report cannot be made again".to_owned());
    }
    for (name, expected) in files {
        if !run.manifest.files.contains_key(name) {
            problems.push(format!("{name}: the manifest has no hash of it"));
        }
        let Ok(found) = std::fs::read(folder.join(name)) else { continue };
        if let Some(line) = first_difference(&found, expected) {
            problems.push(format!("{name}: line {line} does not follow from the journals"));
        }
    }
    problems
}

/// Number of the first line in which two texts differ.
fn first_difference(left: &[u8], right: &[u8]) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    Some(left[..same].iter().filter(|&&byte| byte == b'\n').count() + 1)
}

pub(super) fn open_journal(folder: &Path, lane: &LaneRecord) -> Result<JournalReader<std::fs::File>, SavedError> {
    Ok(JournalReader::open(&folder.join(&lane.journal))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_the_folder_are_read() {
        for name in ["report.html", "frames/fills.parquet"] {
            assert!(is_inside(name), "{name}");
        }
        for name in ["", "/dev/zero", "../other/manifest.json", "frames/../../x", "."] {
            assert!(!is_inside(name), "{name}");
        }
    }

    #[test]
    fn a_device_is_no_file_to_hash() {
        let device = Path::new("/dev/zero");
        if device.exists() {
            assert_eq!(hash_of(device).unwrap_err().to_string(), "not a file");
        }
    }
}
