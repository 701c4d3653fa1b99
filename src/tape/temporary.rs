//! Files that are written under a name of their own until they are whole.

use super::TapeError;
use super::fault::io_error;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file with a name of its own that goes away when it is not renamed.
#[derive(Debug)]
pub(super) struct Temporary(pub(super) PathBuf);

impl Temporary {
    /// Creates `.NAME.PROCESS-NUMBER.tmp` beside the target, a name that no other writer has.
    pub(super) fn create(target: &Path) -> Result<(Self, File), TapeError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let no_name = || std::io::Error::new(ErrorKind::InvalidInput, "the path does not end in a file name");
        let name = target.file_name().ok_or_else(|| io_error(target, "cannot create", no_name()))?;
        remove_left_behind(target, name);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let mut unique = beginning(name);
            unique.push(format!("{}-{number}{ENDING}", std::process::id()));
            let path = target.with_file_name(unique);
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    // Whoever is not sure whether this process lives, say in another container, asks for the lock.
                    let _ = file.try_lock();
                    return Ok((Self(path), file));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error(&path, "cannot create", error)),
            }
        }
    }
}

impl Drop for Temporary {
    /// After a rename there is nothing left to remove; an error is of no use to anyone here.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const ENDING: &str = ".tmp";

/// What the temporary names of a target begin with.
fn beginning(name: &OsStr) -> OsString {
    let mut beginning = OsString::from(".");
    beginning.push(name);
    beginning.push(".");
    beginning
}

/// Removes what writers of this target left that were killed. Best effort: what stays is in nobody's way.
fn remove_left_behind(target: &Path, name: &OsStr) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beginning = beginning(name);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if writer_of(&entry.file_name(), &beginning).is_some_and(is_gone) && is_left_alone(&entry.path()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The process that a temporary file is named after; `None` for every other name.
fn writer_of(name: &OsStr, beginning: &OsStr) -> Option<u32> {
    let rest = name.as_encoded_bytes().strip_prefix(beginning.as_encoded_bytes())?;
    let (process, number) = std::str::from_utf8(rest).ok()?.strip_suffix(ENDING)?.split_once('-')?;
    number.parse::<u64>().ok().and(process.parse().ok())
}

/// True where it is certain that no such process is there: on Linux only.
fn is_gone(process: u32) -> bool {
    let processes = Path::new("/proc");
    cfg!(target_os = "linux") && processes.join("self").exists() && !processes.join(process.to_string()).exists()
}

/// True for a file, reached by no link, that nobody has locked.
fn is_left_alone(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    is_file && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_writer() {
        let writer = |name: &str| writer_of(OsStr::new(name), &beginning(OsStr::new("a.tape")));
        assert_eq!(writer(".a.tape.12-3.tmp"), Some(12));
        for name in
            ["a.tape", ".a.tape.12.tmp", ".a.tape.x-3.tmp", ".a.tape.12-3.tmp~", ".b.tape.12-3.tmp", ".a.tape.12-x.tmp"]
        {
            assert_eq!(writer(name), None, "{name}");
        }
    }

    /// Process ids of Linux end far below that of the first file here.
    #[cfg(target_os = "linux")]
    #[test]
    fn only_what_nobody_writes_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, gone) = (folder.path().join("a.tape"), u32::MAX);
        let own = format!(".a.tape.{}-999999.tmp", std::process::id());
        let locked = format!(".a.tape.{gone}-1.tmp");
        let others = [own, locked.clone(), format!(".b.tape.{gone}-0.tmp"), ".a.tape.tmp".to_owned()];
        for name in others.iter().chain([&format!(".a.tape.{gone}-0.tmp")]) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let lock = File::open(folder.path().join(&locked)).unwrap();
        lock.lock().unwrap();
        drop(Temporary::create(&target).unwrap());
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        left.sort();
        let mut expected = others.to_vec();
        expected.sort();
        assert_eq!(left, expected);
    }
}
