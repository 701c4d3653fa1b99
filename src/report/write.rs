use super::Rendered;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {action}: {source}")]
pub struct WriteError {
    /// Which file.
    pub path: PathBuf,
    /// What was tried.
    pub action: &'static str,
    /// Why not.
    pub source: io::Error,
}

impl Rendered {
    /// File names and contents, in the order they are written.
    #[must_use]
    pub fn files(&self) -> [(&'static str, &str); 4] {
        [
            ("report.html", &self.html),
            ("report.md", &self.markdown),
            ("report.json", &self.json),
            ("report.xml", &self.junit),
        ]
    }

    /// Writes `report.html`, `report.md`, `report.json` and `report.xml` (JUnit) into an existing folder: first all of
    /// them under temporary names, then renames them. Files of those names are replaced.
    ///
    /// # Errors
    /// [`WriteError`] names the file; temporary files are removed.
    pub fn write(&self, folder: &Path) -> Result<(), WriteError> {
        let result = self.write_all(folder);
        if result.is_err() {
            self.files().iter().for_each(|(name, _)| drop(fs::remove_file(temporary(folder, name))));
        }
        result
    }

    fn write_all(&self, folder: &Path) -> Result<(), WriteError> {
        for (name, content) in self.files() {
            let path = temporary(folder, name);
            fs::write(&path, content).map_err(|source| WriteError { path, action: "cannot write", source })?;
        }
        for (name, _) in self.files() {
            let path = folder.join(name);
            fs::rename(temporary(folder, name), &path).map_err(|source| WriteError {
                path,
                action: "cannot rename into place",
                source,
            })?;
        }
        Ok(())
    }
}

fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.partial"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Rendered {
        let text = text.to_owned();
        Rendered { html: text.clone(), markdown: text.clone(), json: text.clone(), junit: text }
    }

    #[test]
    fn files_appear_whole_and_replace_older_ones() {
        let folder = tempfile::tempdir().unwrap();
        rendered("old").write(folder.path()).unwrap();
        rendered("new").write(folder.path()).unwrap();
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["report.html", "report.json", "report.md", "report.xml"]);
        assert_eq!(fs::read_to_string(folder.path().join("report.md")).unwrap(), "new");
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("report.json")).unwrap();
        fs::write(folder.path().join("report.json").join("x"), "x").unwrap();
        let error = rendered("new").write(folder.path()).unwrap_err();
        assert!(error.to_string().contains("report.json: cannot rename into place"), "{error}");
        let partial = fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".partial"));
        assert_eq!(partial.count(), 0);
        assert!(rendered("x").write(&folder.path().join("absent")).is_err());
    }
}
