use crate::audit::Finding;
use crate::readiness::{Assessment, AuditEvidence, Blocker, LaneAudit, Verdict};
use crate::units::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// By what a run fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum FailsBy {
    /// A control or an invariant that the audit found broken, the first in the order of the journal; an alert where nothing else is.
    First {
        /// Its name.
        name: String,
    },
    /// One that somebody named, whatever else is broken.
    Named {
        /// Its name.
        name: String,
    },
    /// Something else that stands against GO.
    Blocker {
        /// Its code, as in `report.json`.
        code: String,
        /// What it is about: a criterion's name; empty where it is about the whole run.
        name: String,
    },
}

impl fmt::Display for FailsBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First { name } => write!(f, "`{name}`, broken first"),
            Self::Named { name } => write!(f, "`{name}`, broken"),
            Self::Blocker { code, name } if name.is_empty() => f.write_str(code),
            Self::Blocker { code, name } => write!(f, "{code} `{name}`"),
        }
    }
}

impl FailsBy {
    /// It is about the control, the invariant or the criterion of that name.
    pub(super) fn is_of(&self, asked: &str) -> bool {
        let (Self::First { name } | Self::Named { name } | Self::Blocker { name, .. }) = self;
        name == asked
    }

    /// What the audit of a run found first, and in which lane; `None` where nothing is broken.
    pub(super) fn of_audit(audit: &AuditEvidence) -> Option<(Self, String)> {
        let lane = audit.lanes().iter().find(|lane| !lane.audit.is_clean())?;
        let (name, _) = first_of(lane)?;
        Some((Self::First { name }, lane.preset.clone()))
    }

    /// The control, alert or invariant of that name, and in which lane it is broken.
    ///
    /// # Errors
    /// The names that are broken, where this one is not.
    pub(super) fn named(name: &str, audit: &AuditEvidence) -> Result<(Self, String), String> {
        let lane = audit.lanes().iter().find(|lane| lane.audit.names(name));
        lane.map(|lane| (Self::Named { name: name.to_owned() }, lane.preset.clone())).ok_or_else(|| {
            let broken: BTreeSet<String> = audit.disagreements().map(|found| found.control).collect();
            let broken: Vec<String> = broken.into_iter().collect();
            let allowed = if broken.is_empty() { "nothing is broken".to_owned() } else { broken.join(", ") };
            format!("`{name}` is not broken in the run; broken: {allowed}")
        })
    }

    /// What stands first against GO; `None` for a run that is not NO-GO, and for what another lane than the first says.
    pub(super) fn of_verdict(assessment: &Assessment) -> Option<Self> {
        let is_no_go = |blocker: &&Blocker| blocker.verdict() == Verdict::NoGo;
        let is_of_run = |blocker: &&Blocker| {
            // What was not had from one run alone, or from the drills beside it, no shorter run shows.
            !matches!(
                blocker,
                Blocker::NotRepeatable { .. }
                    | Blocker::KillDrillFailed { .. }
                    | Blocker::PeakLoadFailed { .. }
                    | Blocker::DrillFailed { .. }
            )
        };
        assessment.blockers.iter().find(|blocker| is_no_go(blocker) && is_of_run(blocker)).map(Self::of_blocker)
    }

    fn of_blocker(blocker: &Blocker) -> Self {
        let name = match blocker {
            Blocker::Unmet { criterion } => criterion.clone(),
            _ => String::new(),
        };
        Self::Blocker { code: blocker.code().to_owned(), name }
    }

    /// Whether a run fails this way, and at which instant, as far as one is known: `None` for another failure, or none.
    pub(super) fn found_in(&self, audit: &LaneAudit, assessment: &Assessment) -> Option<Option<Timestamp>> {
        match self {
            Self::First { name } => first_of(audit).filter(|(first, _)| first == name).map(|(_, at)| Some(at)),
            Self::Named { name } => {
                let first =
                    audit.audit.findings.iter().filter(|found| found.control == *name).map(|found| found.at).min();
                audit.audit.names(name).then_some(first)
            }
            Self::Blocker { .. } => {
                assessment.blockers.iter().any(|blocker| Self::of_blocker(blocker) == *self).then_some(None)
            }
        }
    }
}

/// Name and instant of the first finding of a lane that was kept, by number of the entry. Alerts come last: what they say follows from
/// what else is wrong.
fn first_of(lane: &LaneAudit) -> Option<(String, Timestamp)> {
    let key = |finding: &&Finding| (finding.control.starts_with("alert "), finding.entry);
    let first = lane.audit.findings.iter().min_by_key(key);
    first.map(|finding| (finding.control.clone(), finding.at))
}
