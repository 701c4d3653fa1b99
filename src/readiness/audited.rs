use crate::audit::Audit;
use serde::{Deserialize, Serialize};

/// What the audit of a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum AuditEvidence {
    /// It was left out, or could not be made: nothing is known of what the controls had to do.
    NotAudited {
        /// Why.
        reason: String,
    },
    /// It was made.
    Audited {
        /// One a fill preset, this run's first.
        lanes: Vec<LaneAudit>,
        /// What was not checked, and why.
        unchecked: Vec<String>,
    },
}

/// The audit of one lane of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneAudit {
    /// Name of the fill preset.
    pub preset: String,
    /// What was found.
    #[serde(flatten)]
    pub audit: Audit,
}

impl AuditEvidence {
    /// The lanes; none when it was not made.
    #[must_use]
    pub fn lanes(&self) -> &[LaneAudit] {
        match self {
            Self::NotAudited { .. } => &[],
            Self::Audited { lanes, .. } => lanes,
        }
    }

    /// Everything that disagrees in each lane: control by control, then invariants, then alerts.
    pub fn disagreements(&self) -> impl Iterator<Item = Disagreement> {
        self.lanes().iter().flat_map(LaneAudit::disagreements)
    }

    /// What holds whatever the limits are, of which not everything was looked at although an audit was made, in any lane.
    #[must_use]
    pub fn invariants_not_audited(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.lanes().iter().flat_map(|lane| lane.audit.invariants_not_audited()).collect();
        names.dedup();
        names
    }

    /// Armed controls of which nothing is known although an audit was made, in the order in which they judge.
    #[must_use]
    pub fn without_oracle(&self) -> Vec<&str> {
        self.lanes().first().map(|lane| lane.audit.not_audited().collect()).unwrap_or_default()
    }
}

/// A control or an alert that did not do what it had to, or an invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Name of the control, of the invariant, or of the alert after the word `alert`.
    pub control: String,
    /// Name of the lane's fill preset.
    pub preset: String,
    /// How often.
    pub count: u64,
    /// The first finding with its place, where it was kept.
    pub first: String,
}

impl LaneAudit {
    fn disagreements(&self) -> impl Iterator<Item = Disagreement> {
        let controls = self.audit.controls.iter().map(|row| (&row.name, row.found()));
        let invariants = self.audit.invariants.iter().map(|row| (&row.name, row.broken));
        let controls = controls.map(|(name, count)| (name.clone(), count));
        let invariants = invariants.map(|(name, count)| (name.clone(), count));
        let alerts = self.audit.alerts.iter().map(|row| (row.finding_name(), row.found()));
        let wrong = controls.chain(invariants).chain(alerts).filter(|(_, count)| 0 < *count);
        wrong.map(|(name, count)| Disagreement {
            first: self.first(&name),
            control: name,
            preset: self.preset.clone(),
            count,
        })
    }

    fn first(&self, control: &str) -> String {
        let first = self.audit.findings.iter().find(|finding| finding.control == control);
        first.map_or_else(|| "none of the findings that were kept is about it".to_owned(), crate::audit::Finding::words)
    }
}
