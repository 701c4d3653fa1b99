use super::execute::RunError;
use super::folder::RunFolder;

/// Where the frames of a run lie.
pub(super) const FRAMES_FOLDER: &str = "frames";

/// Writes the tables of a run's own journal as Parquet files and returns their names. A program built without the
/// feature `frames` writes none.
///
/// # Errors
/// [`RunError::Journal`] when journal or disk refuse, [`RunError::Folder`] when there is no place for them.
#[cfg(feature = "frames")]
pub fn write_frames(folder: &RunFolder, journal: &str) -> Result<Vec<String>, RunError> {
    let names = crate::journal::FRAMES.map(|name| format!("{FRAMES_FOLDER}/{name}.parquet"));
    let path = folder.path(&names[0])?;
    let Some(frames) = path.parent() else { return Ok(Vec::new()) };
    let entries = crate::journal::JournalReader::open(&folder.temporary().join(journal))?;
    crate::journal::write_frames(entries, frames)?;
    Ok(names.to_vec())
}

/// As above, built without the feature: no tables.
#[cfg(not(feature = "frames"))]
pub fn write_frames(_folder: &RunFolder, _journal: &str) -> Result<Vec<String>, RunError> {
    Ok(Vec::new())
}
