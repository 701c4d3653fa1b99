use crate::tape::TapeError;
use std::fmt;
use std::path::{Path, PathBuf};

/// Most characters of a bad value that a message repeats.
const FOUND_MAX: usize = 80;

/// An input that cannot be imported. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried: `cannot open`, `cannot read`.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The file says something that this format does not allow.
    #[error("{0}")]
    Input(Box<InputError>),
    /// The tape could not be written.
    #[error(transparent)]
    Tape(#[from] TapeError),
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// Line number from 1.
    Line(u64),
    /// Line and byte column, both from 1.
    LineColumn(u64, u64),
    /// Row number from 1, for files without lines (Parquet).
    Row(u64),
}

/// A value that is not what the format wants, before anybody knows where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Column or key, if one is to blame.
    pub key: Option<String>,
    /// The value as found, clipped and escaped.
    pub found: String,
    /// What is allowed.
    pub expected: String,
    /// What to do next; empty when there is nothing to say.
    pub hint: String,
}

/// A [`Mismatch`] and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// Which file.
    pub file: PathBuf,
    /// Where in it.
    pub place: Place,
    /// What is wrong there.
    pub mismatch: Mismatch,
}

impl Mismatch {
    /// Found this, expected that. A long value is clipped; control characters are escaped.
    #[must_use]
    pub fn new(found: &str, expected: impl Into<String>) -> Self {
        let mut shown: String = found.chars().take(FOUND_MAX).map(shown).collect();
        if found.chars().nth(FOUND_MAX).is_some() {
            shown.push_str("..");
        }
        Self { key: None, found: shown, expected: expected.into(), hint: String::new() }
    }

    /// Names the column or key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Says where it stood.
    #[must_use]
    pub fn at(self, file: &Path, place: Place) -> IngestError {
        IngestError::Input(Box::new(InputError { file: file.to_owned(), place, mismatch: self }))
    }
}

/// Control characters, which a terminal would obey, as their code.
fn shown(character: char) -> String {
    if character.is_control() { character.escape_debug().to_string() } else { character.to_string() }
}

impl IngestError {
    /// An operating system error, to be used with `map_err`.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "`{key}`: ")?;
        }
        write!(f, "found `{}`, expected {}", self.found, self.expected)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
            Self::LineColumn(line, column) => write!(f, ":{line}:{column}"),
            Self::Row(row) => write!(f, ": row {row}"),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.file.display(), self.place, self.mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_file_place_key_value_and_expectation() {
        let error =
            Mismatch::new("NaN", "a decimal").key("p").hint("see the format").at(Path::new("a.gz"), Place::Line(7));
        assert_eq!(error.to_string(), "a.gz:7: `p`: found `NaN`, expected a decimal; see the format");
    }

    #[test]
    fn clips_and_escapes_hostile_values() {
        let mismatch = Mismatch::new(&format!("\x1b[31m{}", "x".repeat(500)), "text");
        assert!(mismatch.found.starts_with("\\u{1b}[31m") && mismatch.found.len() < 100, "{mismatch}");
    }
}
