use super::doctor::Spot;
use crate::tape::{FitnessFinding, Severity};

/// Counts one kind of irregularity and remembers where it was first met.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    code: &'static str,
    severity: Severity,
    forbids: &'static str,
    count: u64,
    first: Option<Spot>,
}

impl Tally {
    /// Nothing met yet. `forbids` names the conclusion that is lost; empty for a note.
    pub(super) const fn new(code: &'static str, severity: Severity, forbids: &'static str) -> Self {
        Self { code, severity, forbids, count: 0, first: None }
    }

    /// Met once more.
    pub(super) fn add(&mut self, spot: Spot) {
        self.count += 1;
        self.first.get_or_insert(spot);
    }

    /// As a finding, unless it was never met; `name` prints a place, `detail` takes the count.
    pub(super) fn finding(
        &self,
        name: &dyn Fn(Spot) -> String,
        detail: impl FnOnce(u64) -> String,
    ) -> Option<FitnessFinding> {
        (0 < self.count).then(|| FitnessFinding {
            code: self.code.to_owned(),
            severity: self.severity,
            count: self.count,
            first: self.first.map(name).unwrap_or_default(),
            detail: detail(self.count),
            forbids: self.forbids.to_owned(),
        })
    }
}
