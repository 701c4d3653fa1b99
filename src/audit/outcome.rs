use super::alerts::AlertAudit;
use super::control::Control;
use super::finding::{FINDINGS_KEPT, Finding, FindingKind};
use super::setup::{Armed, AuditGate};
use crate::units::{Money, Span};
use serde::{Deserialize, Serialize};

/// What one control did against what it had to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAudit {
    /// Name.
    pub name: String,
    /// Its limits in words; empty when it is off or not audited.
    pub limit: String,
    /// The configuration arms it.
    pub armed: bool,
    /// It was recomputed. False for a control that is armed and that no oracle covers: nothing is known of it then.
    pub audited: bool,
    /// Requests it had to refuse and trips it had to make.
    pub had_to_fire: u64,
    /// Requests it refused and trips it made.
    pub fired: u64,
    /// Those it had to make and did not.
    pub missed: u64,
    /// Those it made without a reason.
    pub false_alarms: u64,
    /// Those made with another value or limit than there was.
    pub wrong_figures: u64,
    /// Trips made after they had to be.
    pub late: u64,
    /// Longest such delay.
    pub late_longest: Span,
    /// Most that was lost meanwhile, in the quote asset.
    pub late_money: Money,
    /// Decisions of which either was right: what the bot knew depends on the order of events within one nanosecond.
    pub ambiguous: u64,
    /// Amends refused whose content the journal does not hold: only what does not depend on it was recomputed.
    pub unseen: u64,
    /// Numbers of the journal entries with which it fired first, at most three.
    pub first_entries: Vec<u64>,
}

/// Entries kept as evidence of what a control did.
const ENTRIES_KEPT: usize = 3;

impl ControlAudit {
    /// The row of a gate before anything has happened.
    pub(super) fn of(gate: &AuditGate) -> Self {
        let known = Control::of(gate.id).is_some();
        let limit = match &gate.armed {
            Armed::With(limits) if known => Some(limits.to_string()),
            _ => None,
        };
        Self {
            name: gate.name.clone(),
            armed: gate.armed != Armed::Off,
            audited: limit.is_some(),
            limit: limit.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// It fired, says the journal with that entry.
    pub(super) fn fires(&mut self, entry: u64) {
        self.fired += 1;
        if self.first_entries.len() < ENTRIES_KEPT {
            self.first_entries.push(entry);
        }
    }

    /// Nothing disagrees.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.found() == 0
    }

    /// How often it did not do what it had to.
    #[must_use]
    pub const fn found(&self) -> u64 {
        self.missed + self.false_alarms + self.wrong_figures + self.late
    }
}

/// One thing that holds whatever the limits are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvariantAudit {
    /// Name.
    pub name: String,
    /// What holds.
    pub words: String,
    /// How often it was looked at.
    pub checked: u64,
    /// How often it did not hold.
    pub broken: u64,
    /// Why a part of it was not looked at, if one was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_audited: Option<String>,
}

impl InvariantAudit {
    /// How often it held. One chance can be broken more than once, so that more can be broken than were checked.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.checked.saturating_sub(self.broken)
    }
}

/// What happened after breakers and the kill switch tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopAudit {
    /// Trips.
    pub trips: u64,
    /// Cancels that a trip demanded.
    pub demanded: u64,
    /// Orders among them whose end was confirmed.
    pub confirmed: u64,
    /// Longest time from a trip to the bot's knowledge of such an end.
    pub longest: Span,
    /// Orders that arrived at the venue after a trip and had been sent before it.
    pub on_their_way: u64,
    /// Orders sent after a trip, while it was in force: they can only have reduced risk, or another finding says so.
    pub sent_after: u64,
}

impl StopAudit {
    /// Takes in what followed the trips of another market.
    pub(super) fn add(&mut self, other: &Self) {
        self.trips += other.trips;
        self.demanded += other.demanded;
        self.confirmed += other.confirmed;
        self.longest = self.longest.max(other.longest);
        self.on_their_way += other.on_their_way;
        self.sent_after += other.sent_after;
    }
}

/// The audit of one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// One a gate, in the order in which they judge.
    pub controls: Vec<ControlAudit>,
    /// One an alert that was armed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertAudit>,
    /// One an invariant.
    pub invariants: Vec<InvariantAudit>,
    /// What followed the trips.
    pub stops: StopAudit,
    /// Findings in all.
    pub found: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// What was not checked, and why.
    pub unchecked: Vec<String>,
}

impl Audit {
    /// Nothing was missed, false, late, wrong or broken. What was not checked is not counted.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// Armed controls of which nothing is known.
    pub fn not_audited(&self) -> impl Iterator<Item = &str> {
        self.controls.iter().filter(|control| control.armed && !control.audited).map(|control| control.name.as_str())
    }

    /// Things that hold whatever the limits are, of which not everything could be looked at.
    pub fn invariants_not_audited(&self) -> impl Iterator<Item = &str> {
        self.invariants.iter().filter(|row| row.not_audited.is_some()).map(|row| row.name.as_str())
    }

    /// Armed alerts of which nothing is known, each reason once: `position_value, leverage: why`.
    pub(super) fn alerts_not_audited(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in &self.alerts {
            let Some(why) = row.not_audited.as_deref().filter(|_| row.is_watched()) else { continue };
            match reasons.iter_mut().find(|(other, _)| *other == why) {
                Some((_, names)) => names.push(&row.name),
                None => reasons.push((why, vec![&row.name])),
            }
        }
        let text = |(why, names): (&str, Vec<&str>)| match names.len() {
            1 => format!("alert {}: {why}", names[0]),
            _ => format!("alerts {}: {why}", names.join(", ")),
        };
        reasons.into_iter().map(text).collect()
    }

    /// Findings under a control's name, an invariant's, or an alert's after the word `alert`.
    #[must_use]
    pub fn names(&self, control: &str) -> bool {
        let control_wrong = self.controls.iter().any(|row| row.name == control && !row.is_clean());
        let alert_wrong = self.alerts.iter().any(|row| row.finding_name() == control && !row.is_clean());
        control_wrong || alert_wrong || self.invariants.iter().any(|row| row.name == control && row.broken > 0)
    }

    pub(super) fn note(&mut self, finding: Finding) {
        self.found += 1;
        if let Some(control) = self.controls.iter_mut().find(|control| control.name == finding.control) {
            *match finding.kind {
                FindingKind::Missed => &mut control.missed,
                FindingKind::False => &mut control.false_alarms,
                FindingKind::Late => &mut control.late,
                FindingKind::WrongFigures | FindingKind::Broken | FindingKind::Repeated | FindingKind::NotFollowed => {
                    &mut control.wrong_figures
                }
            } += 1;
        }
        if let Some(invariant) = self.invariants.iter_mut().find(|invariant| invariant.name == finding.control) {
            invariant.broken += 1;
        }
        // The first of each control is kept whatever came before.
        let is_first = self.findings.iter().all(|kept| kept.control != finding.control);
        if self.findings.len() < FINDINGS_KEPT || is_first {
            self.findings.push(finding);
        }
    }
}
