use crate::ingest::plural::counted;
use crate::tape::{FitnessFinding, Severity};
use crate::units::Timestamp;
use std::fmt;

/// A place in the data and its venue time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Number of the input file, `None` for a row of a tape.
    pub file: Option<usize>,
    /// Line from 1 of an input file, row from 0 of a tape.
    pub number: u64,
    /// Venue time.
    pub venue_at: Timestamp,
}

/// Counts one kind of flaw and remembers the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub first: Option<Spot>,
}

/// The words of a finding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub code: &'static str,
    pub severity: Severity,
    pub forbids: &'static str,
}

impl Spot {
    /// Row `number` of a tape.
    #[must_use]
    pub const fn row(number: u64, venue_at: i64) -> Self {
        Self { file: None, number, venue_at: Timestamp::from_nanos(venue_at) }
    }

    /// Line `number` of input file `file`.
    #[must_use]
    pub const fn line(file: usize, number: u64, venue_at: Timestamp) -> Self {
        Self { file: Some(file), number, venue_at }
    }
}

/// `row 17, 2024-08-08T23:54:15.030000000Z`. Whoever knows the names of the input files prints lines.
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.file.is_some() { "line" } else { "row" };
        write!(f, "{what} {}, {}", self.number, self.venue_at)
    }
}

impl Tally {
    pub fn add(&mut self, spot: Spot) {
        self.count += 1;
        self.first.get_or_insert(spot);
    }

    /// The finding, if there was anything to find; `detail` as for [`counted`].
    pub fn finding(&self, words: Words, detail: &str, name: &dyn Fn(Spot) -> String) -> Option<FitnessFinding> {
        (0 < self.count).then(|| FitnessFinding {
            code: words.code.to_owned(),
            severity: words.severity,
            count: self.count,
            first: self.first.map(name).unwrap_or_default(),
            detail: counted(detail, self.count),
            forbids: words.forbids.to_owned(),
        })
    }
}

impl Words {
    pub const fn note(code: &'static str) -> Self {
        Self { code, severity: Severity::Note, forbids: "" }
    }

    pub const fn finding(code: &'static str, forbids: &'static str) -> Self {
        Self { code, severity: Severity::Finding, forbids }
    }

    pub const fn unfit(code: &'static str, forbids: &'static str) -> Self {
        Self { code, severity: Severity::Unfit, forbids }
    }
}
