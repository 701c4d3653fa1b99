use super::checkpoint::{Begun, CHECKPOINTS};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file that marks a folder as results of a run. Only such a folder is ever replaced.
pub const MANIFEST: &str = "manifest.json";
const LOCK: &str = "lock";

/// Results that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// There is something at the target already.
    #[error("{path}: already there; use --force to replace it, or another --out")]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// There is something at the target that is no run, and so is not replaced.
    #[error("{path}: not a folder of results (no {MANIFEST} in it), and so not replaced; use another --out")]
    Foreign {
        /// The target.
        path: PathBuf,
    },
    /// A run for that target was stopped, and can be gone on with.
    #[error(
        "{path}: a run for these results was stopped there and can be gone on with; `seatrial run --resume {target}` does, \
         --force begins anew"
    )]
    Stopped {
        /// Its temporary folder.
        path: PathBuf,
        /// The target.
        target: PathBuf,
    },
    /// Another process is writing the same results.
    #[error("{path}: another run is writing these results; wait for it, or use another --out")]
    Busy {
        /// Its temporary folder.
        path: PathBuf,
    },
}

/// What to do about results that are already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Keep,
    /// Replace them, if they are a run's: they are those of the same run. One that was stopped stays.
    Same,
    /// Replace them, if they are a run's, and forget one that was stopped.
    Replace,
}

/// A folder of results in the making: written under a temporary name beside the target, renamed when whole.
///
/// A process that dies leaves the temporary folder; its lock dies with it, and the next run of that name clears it away.
#[derive(Debug)]
pub struct RunFolder {
    temporary: PathBuf,
    target: PathBuf,
    lock: Option<File>,
    existing: Existing,
    /// A run that fails leaves it, to be gone on with.
    stays: bool,
}

impl RunFolder {
    /// Begins a folder for `target`.
    ///
    /// # Errors
    /// [`FolderError`] when the target is there and must stay, another run is writing it, or the disk refuses.
    pub fn begin(target: &Path, existing: Existing) -> Result<Self, FolderError> {
        check_target(target, existing)?;
        make_folder(&Self::temporary_of(target))?;
        let mut folder = Self::locked(target, existing)?;
        if existing != Existing::Replace && Begun::lies_in(&folder.temporary) {
            folder.stay();
            return Err(FolderError::Stopped { path: folder.temporary.clone(), target: target.to_path_buf() });
        }
        folder.clear_leftovers()?;
        Ok(folder)
    }

    /// Takes up the folder that a run for `target` has left when it was stopped, with everything in it.
    ///
    /// # Errors
    /// [`FolderError`] when there is none, the target is there and must stay, another process is writing it, or the disk refuses.
    pub fn take_up(target: &Path, existing: Existing) -> Result<Self, FolderError> {
        let mut folder = Self::locked(target, existing)?;
        folder.stay();
        check_target(target, existing)?;
        Ok(folder)
    }

    /// Removes what a run that was stopped just after its folder had got its name could not remove any more.
    ///
    /// # Errors
    /// [`FolderError`] when the disk refuses.
    pub fn tidy(target: &Path) -> Result<(), FolderError> {
        // The lock goes last; who holds it is about to do the rest.
        let Ok(lock) = File::open(target.join(LOCK)) else { return Ok(()) };
        if lock.try_lock().is_ok() { clear_done(&Self::temporary_of(target), target) } else { Ok(()) }
    }

    /// From now on what is there stays, should the run fail: it can be gone on with.
    pub const fn stay(&mut self) {
        self.stays = true;
    }

    /// Where results for `target` are until they are whole.
    #[must_use]
    pub fn temporary_of(target: &Path) -> PathBuf {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        target.parent().map_or_else(PathBuf::new, Path::to_path_buf).join(format!(".{name}.partial"))
    }

    /// Whose temporary folder `path` is; `path` itself where it is nobody's.
    #[must_use]
    pub fn target_of(path: &Path) -> PathBuf {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let of = name.strip_prefix('.').and_then(|name| name.strip_suffix(".partial"));
        of.map_or_else(|| path.to_path_buf(), |name| path.with_file_name(name))
    }

    /// Locks the temporary folder, which is there.
    fn locked(target: &Path, existing: Existing) -> Result<Self, FolderError> {
        let temporary = Self::temporary_of(target);
        let lock_path = temporary.join(LOCK);
        let lock = File::create(&lock_path).map_err(|source| refused(&lock_path, "cannot create", source))?;
        match lock.try_lock() {
            // Whoever held it may have given the folder its name since.
            Ok(()) if lock_path.exists() => {}
            Ok(()) | Err(TryLockError::WouldBlock) => return Err(FolderError::Busy { path: temporary }),
            Err(TryLockError::Error(source)) => return Err(refused(&lock_path, "cannot lock", source)),
        }
        Ok(Self { temporary, target: target.to_path_buf(), lock: Some(lock), existing, stays: false })
    }

    /// Where a file of this name is to be written now.
    ///
    /// # Errors
    /// [`FolderError::Io`] when a folder in `name` cannot be made.
    pub fn path(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.temporary.join(name);
        path.parent().map_or(Ok(()), make_folder)?;
        Ok(path)
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// [`FolderError::Io`] when the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path(name)?;
        let written = File::create(&path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        written.map_err(|source| refused(&path, "cannot write", source))
    }

    /// BLAKE3 of a file written before, hex.
    ///
    /// # Errors
    /// [`FolderError::Io`] when it cannot be read.
    pub fn hash(&self, name: &str) -> Result<String, FolderError> {
        let path = self.temporary.join(name);
        let mut hasher = blake3::Hasher::new();
        let read = File::open(&path).and_then(|file| hasher.update_reader(file).map(|_| ()));
        read.map_err(|source| refused(&path, "cannot read", source))?;
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// A folder within this one, which gets its name with it.
    ///
    /// # Errors
    /// [`FolderError::Io`] when it cannot be made.
    pub fn within(&self, name: &str) -> Result<Self, FolderError> {
        let temporary = self.temporary.join(name);
        make_folder(&temporary)?;
        Ok(Self { temporary, target: self.target.join(name), lock: None, existing: self.existing, stays: false })
    }

    /// Where the results will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the results are until then.
    #[must_use]
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Gives the folder its name. The lock is held until nothing is left to be done.
    ///
    /// # Errors
    /// [`FolderError`] when something else has come to stand there, or the disk refuses; nothing of the target has changed then, and what
    /// is whole stays under its temporary name.
    pub fn finish(mut self) -> Result<PathBuf, FolderError> {
        self.stay();
        check_target(&self.target, self.existing)?;
        let old = old_of(&self.temporary);
        if self.target.exists() {
            remove_folder(&old)?;
            rename(&self.target, &old)?;
        }
        rename(&self.temporary, &self.target)?;
        // What served to go on lies there until the folder has its name: a run that is stopped before goes on.
        clear_done(&self.temporary, &self.target)?;
        Ok(self.target.clone())
    }

    /// Removes what an earlier run of this name left behind.
    fn clear_leftovers(&self) -> Result<(), FolderError> {
        let entries =
            fs::read_dir(&self.temporary).map_err(|source| refused(&self.temporary, "cannot read", source))?;
        for entry in entries {
            let path = entry.map_err(|source| refused(&self.temporary, "cannot read", source))?.path();
            if path.is_dir() {
                fs::remove_dir_all(&path).map_err(|source| refused(&path, "cannot remove", source))?;
            } else if !path.ends_with(LOCK) {
                remove_file(&path)?;
            }
        }
        Ok(())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if self.lock.is_some() && !self.stays {
            // A run that failed leaves nothing; if even that fails, the next run of this name clears it away.
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// Removes what is of no use once `target` has its name: the results before it, checkpoints, and at last the lock.
fn clear_done(temporary: &Path, target: &Path) -> Result<(), FolderError> {
    remove_folder(&old_of(temporary))?;
    remove_folder(&target.join(CHECKPOINTS))?;
    remove_file(&target.join(LOCK))
}

/// Where the results that are replaced are meanwhile.
fn old_of(temporary: &Path) -> PathBuf {
    temporary.with_extension("old")
}

fn check_target(target: &Path, existing: Existing) -> Result<(), FolderError> {
    if !target.exists() {
        return Ok(());
    }
    let is_empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    match existing {
        _ if is_empty => Ok(()),
        Existing::Keep => Err(FolderError::Exists { path: target.to_path_buf() }),
        Existing::Same | Existing::Replace if target.join(MANIFEST).is_file() => Ok(()),
        Existing::Same | Existing::Replace => Err(FolderError::Foreign { path: target.to_path_buf() }),
    }
}

fn make_folder(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(|source| refused(path, "cannot make the folder", source))
}

fn remove_folder(path: &Path) -> Result<(), FolderError> {
    if !path.exists() {
        return Ok(());
    }
    fs::remove_dir_all(path).map_err(|source| refused(path, "cannot remove", source))
}

fn rename(from: &Path, to: &Path) -> Result<(), FolderError> {
    fs::rename(from, to).map_err(|source| refused(to, "cannot rename to", source))
}

fn remove_file(path: &Path) -> Result<(), FolderError> {
    fs::remove_file(path).map_err(|source| refused(path, "cannot remove", source))
}

fn refused(path: &Path, action: &'static str, source: io::Error) -> FolderError {
    FolderError::Io { path: path.to_path_buf(), action, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_in(home: &Path, existing: Existing, text: &str) -> Result<PathBuf, FolderError> {
        let folder = RunFolder::begin(&home.join("run"), existing)?;
        folder.write(MANIFEST, text.as_bytes())?;
        folder.write("inner/file", b"x")?;
        folder.finish()
    }

    fn names(home: &Path) -> Vec<String> {
        let names = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn appears_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let folder = RunFolder::begin(&home.path().join("run"), Existing::Keep).unwrap();
        folder.write("file", b"x").unwrap();
        assert_eq!(names(home.path()), [".run.partial"]);
        drop(folder);
        assert_eq!(names(home.path()), [] as [&str; 0]);
        let target = run_in(home.path(), Existing::Keep, "1").unwrap();
        assert_eq!(names(home.path()), ["run"]);
        assert_eq!(names(&target), ["inner", MANIFEST]);
    }

    #[test]
    fn results_are_replaced_only_on_demand_and_only_if_they_are_results() {
        let home = tempfile::tempdir().unwrap();
        let target = run_in(home.path(), Existing::Keep, "1").unwrap();
        assert!(matches!(run_in(home.path(), Existing::Keep, "2"), Err(FolderError::Exists { .. })));
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), "1");
        run_in(home.path(), Existing::Replace, "3").unwrap();
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), "3");
        assert_eq!(names(home.path()), ["run"]);
        fs::remove_file(target.join(MANIFEST)).unwrap();
        assert!(matches!(run_in(home.path(), Existing::Replace, "4"), Err(FolderError::Foreign { .. })));
    }

    #[test]
    fn a_leftover_is_cleared_and_a_running_one_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let leftover = home.path().join(".run.partial");
        fs::create_dir_all(leftover.join("deep")).unwrap();
        fs::write(leftover.join("deep/old"), "old").unwrap();
        fs::write(leftover.join(LOCK), "").unwrap();
        let folder = RunFolder::begin(&home.path().join("run"), Existing::Keep).unwrap();
        assert_eq!(names(&leftover), [LOCK]);
        let second = RunFolder::begin(&home.path().join("run"), Existing::Keep);
        assert!(matches!(second, Err(FolderError::Busy { .. })));
        let target = folder.finish().unwrap();
        assert_eq!(names(&target), [] as [&str; 0]);
    }

    #[test]
    fn what_came_to_stand_there_meanwhile_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        let folder = RunFolder::begin(&target, Existing::Keep).unwrap();
        folder.write(MANIFEST, b"1").unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("notes"), "mine").unwrap();
        assert!(matches!(folder.finish(), Err(FolderError::Exists { .. })));
        assert_eq!(fs::read_to_string(target.join("notes")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(home.path().join(".run.partial").join(MANIFEST)).unwrap(), "1");
    }

    #[test]
    fn what_a_run_that_was_stopped_at_its_very_end_left_is_removed_unless_it_is_still_at_it() {
        let home = tempfile::tempdir().unwrap();
        let target = run_in(home.path(), Existing::Keep, "1").unwrap();
        fs::create_dir(target.join(CHECKPOINTS)).unwrap();
        let lock = File::create(target.join(LOCK)).unwrap();
        lock.lock().unwrap();
        RunFolder::tidy(&target).unwrap();
        assert_eq!(names(&target), [CHECKPOINTS, "inner", LOCK, MANIFEST]);
        drop(lock);
        RunFolder::tidy(&target).unwrap();
        assert_eq!(names(&target), ["inner", MANIFEST]);
    }

    #[test]
    fn nothing_is_made_where_nothing_was_stopped() {
        let home = tempfile::tempdir().unwrap();
        assert!(RunFolder::take_up(&home.path().join("run"), Existing::Keep).is_err());
        assert_eq!(names(home.path()), [] as [&str; 0]);
    }
}
