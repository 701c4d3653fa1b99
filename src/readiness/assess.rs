use super::{
    AuditEvidence, Blocker, Disagreement, Finding, Measurements, Outcome, Readiness, Verdict, judge, measurements,
};
use crate::metrics::Summary;

/// One fill preset's run.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneEvidence {
    /// Name of the fill preset.
    pub preset: String,
    /// Its metrics.
    pub measurements: Measurements,
    /// Its fills.
    pub fills: u64,
}

impl LaneEvidence {
    /// The evidence of one lane's summary, nothing forbidden yet.
    #[must_use]
    pub fn from_summary(preset: &str, summary: &Summary) -> Self {
        Self { preset: preset.to_owned(), measurements: measurements(summary), fills: summary.execution.fills }
    }
}

/// What the tape's fitness allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataEvidence {
    /// Fit, or fit with findings (whose forbidden metrics are marked in the measurements).
    Usable,
    /// No conclusion at all; says why.
    Unfit(String),
}

/// What one gate did in the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlEvidence {
    /// Name of the gate.
    pub name: String,
    /// False when the scenario switched it off.
    pub armed: bool,
    /// Requests it looked at.
    pub evaluated: u64,
    /// Requests it refused.
    pub refused: u64,
    /// Times it tripped.
    pub tripped: u64,
}

impl ControlEvidence {
    /// True when it refused or tripped at least once.
    #[must_use]
    pub const fn acted(&self) -> bool {
        self.refused + self.tripped > 0
    }
}

/// A drill of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillEvidence {
    /// Name of the gate.
    pub control: String,
    /// Name of the drill.
    pub drill: String,
    /// Hash of the gate configuration the drill ran with. Counts only when it is this run's.
    pub config_hash: String,
    /// Why the control failed it; `None` when it acted where it had to, and nowhere else.
    pub failure: Option<String>,
}

/// Everything a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The run itself.
    pub primary: LaneEvidence,
    /// The same run under the other fill presets; empty when the tape leaves no fill open or the band was switched off.
    pub band: Vec<LaneEvidence>,
    /// The tape's fitness.
    pub data: DataEvidence,
    /// The run's gates.
    pub controls: Vec<ControlEvidence>,
    /// What the audit of the run came to.
    pub audit: AuditEvidence,
    /// Earlier drills.
    pub drills: Vec<DrillEvidence>,
    /// Hash of this run's gate configuration.
    pub config_hash: String,
    /// Digest of another run of the same that ended elsewhere; `None` when there is no such.
    pub diverged: Option<String>,
    /// The first difference between the accounts of bot, ledger and venue; `None` when there is none, or nobody looked.
    pub unreconciled: Option<String>,
    /// Why the kill switch did not hold in the kill drill; `None` when it did, or nobody held one.
    pub kill_failed: Option<String>,
    /// What a kill drill left open; `None` when nothing.
    pub kill_open: Option<String>,
    /// What did not hold at the peak load; `None` when all did, or nobody looked.
    pub peak_failed: Option<String>,
    /// Why the peak load shows too little; `None` when it does not.
    pub peak_short: Option<String>,
    /// The first rule whose alert came late, in words; `None` when none did.
    pub late_alert: Option<String>,
    /// What a GO would hold within.
    pub bounds: Bounds,
}

/// What a verdict holds within: it does not stand against GO, and is said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Why only one fill assumption was tried; empty when the band was.
    pub no_band_because: String,
    /// Part of the market's time that was replayed, in thousandths, rounded down; 1000 for all of it.
    pub replayed_permille: u64,
}

impl Bounds {
    /// As in `under one fill assumption (switched off), on 3.4 % of the tape`; empty without bounds.
    #[must_use]
    pub fn words(&self) -> String {
        let one = format!("under one fill assumption ({})", self.no_band_because);
        let part = match self.replayed_permille {
            0 => "on less than 0.1 % of the tape".to_owned(),
            permille => format!("on {}.{} % of the tape", permille / 10, permille % 10),
        };
        let parts = [(!self.no_band_because.is_empty(), one), (self.replayed_permille < 1_000, part)];
        let parts: Vec<String> = parts.into_iter().filter(|(is_bound, _)| *is_bound).map(|(_, words)| words).collect();
        parts.join(", ")
    }
}

/// The verdict one fill preset would have had by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneVerdict {
    /// Name of the fill preset.
    pub preset: String,
    /// Verdict by criteria and trades alone.
    pub verdict: Verdict,
}

/// The verdict and everything it follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// What stands against GO, worst first; empty for GO.
    pub blockers: Vec<Blocker>,
    /// One per criterion, in the order written.
    pub findings: Vec<Finding>,
    /// One per fill preset, this run's first.
    pub lanes: Vec<LaneVerdict>,
    /// Hash of the criteria, as fixed before the run.
    pub criteria_hash: String,
    /// What a GO holds within.
    pub bounds: Bounds,
}

impl Assessment {
    /// Criteria that did not hold (or were not measured) and were set aside.
    #[must_use]
    pub fn waived(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_waived()).count()
    }

    /// `GO`, `GO with 1 waiver`, `GO, under one fill assumption (switched off)`, `NO-GO`, ...
    #[must_use]
    pub fn headline(&self) -> String {
        let verdict = match self.waived() {
            0 => self.verdict.words().to_owned(),
            1 => format!("{} with 1 waiver", self.verdict),
            count => format!("{} with {count} waivers", self.verdict),
        };
        self.bounded(verdict)
    }

    /// A GO says what it holds within.
    fn bounded(&self, words: String) -> String {
        let bounds = self.bounds.words();
        if self.verdict != Verdict::Go || bounds.is_empty() { words } else { format!("{words}, {bounds}") }
    }

    /// The verdict's reason in one sentence without the full stop.
    #[must_use]
    pub fn reason(&self) -> String {
        let same: Vec<&Blocker> = self.blockers.iter().filter(|blocker| blocker.verdict() == self.verdict).collect();
        match same.as_slice() {
            [] => self.bounded(self.reason_to_go()),
            [only] => only.to_string(),
            [first, rest @ ..] => {
                let things = if rest.len() == 1 { "one more reason" } else { "more reasons" };
                let count = if rest.len() == 1 { String::new() } else { format!("{} ", rest.len()) };
                format!("{first}; {count}{things} below")
            }
        }
    }

    fn reason_to_go(&self) -> String {
        let met = self.findings.iter().filter(|finding| finding.outcome == Outcome::Met).count();
        let all = self.findings.len();
        match (met == all, all) {
            (true, 1) => "the one criterion is met".to_owned(),
            (true, _) => format!("all {all} criteria are met"),
            (false, _) => format!("{met} of {all} criteria are met, {}", self.rest_in_words()),
        }
    }

    fn rest_in_words(&self) -> String {
        let waived = self.waived();
        let optional = self
            .findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::NotMeasured(_)) && !finding.is_waived());
        let parts = [(waived, "waived"), (optional.count(), "optional and not measured")];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
        parts.join(", ")
    }
}

/// Judges a run. NO-GO beats INSUFFICIENT EVIDENCE beats GO.
#[must_use]
pub fn assess(readiness: &Readiness, evidence: &Evidence) -> Assessment {
    let findings = judge_all(readiness, &evidence.primary.measurements);
    let lanes: Vec<LaneVerdict> =
        std::iter::once(&evidence.primary).chain(&evidence.band).map(|lane| lane_verdict(readiness, lane)).collect();
    let mut blockers = lane_blockers(&findings, evidence.primary.fills);
    blockers.extend(evidence.diverged.iter().map(|digest| Blocker::NotRepeatable { digest: digest.clone() }));
    blockers.extend(evidence.unreconciled.iter().map(|first| Blocker::AccountsDiffer { first: first.clone() }));
    blockers.extend(evidence.kill_failed.iter().map(|reason| Blocker::KillDrillFailed { reason: reason.clone() }));
    blockers.extend(evidence.kill_open.iter().map(|reason| Blocker::KillDrillOpen { reason: reason.clone() }));
    blockers.extend(evidence.peak_failed.iter().map(|reason| Blocker::PeakLoadFailed { reason: reason.clone() }));
    blockers.extend(evidence.peak_short.iter().map(|reason| Blocker::PeakLoadShort { reason: reason.clone() }));
    blockers.extend(evidence.late_alert.iter().map(|first| Blocker::AlertLate { first: first.clone() }));
    if let DataEvidence::Unfit(reason) = &evidence.data {
        blockers.push(Blocker::UnfitData { reason: reason.clone() });
    }
    blockers.extend(evidence.drills.iter().filter_map(|drill| failed(drill, evidence)));
    blockers.extend(audit_blockers(readiness, &evidence.audit));
    blockers.extend(readiness.mandatory_controls.iter().filter_map(|control| never_exercised(control, evidence)));
    blockers.extend(band_disagrees(&lanes));
    blockers.sort_by_key(rank);
    let bounds = evidence.bounds.clone();
    Assessment { verdict: worst(&blockers), blockers, findings, lanes, criteria_hash: readiness.hash(), bounds }
}

fn judge_all(readiness: &Readiness, measurements: &Measurements) -> Vec<Finding> {
    let judge = |criterion| judge(criterion, measurements, readiness.waiver(&criterion.name));
    readiness.criteria.iter().map(judge).collect()
}

fn lane_verdict(readiness: &Readiness, lane: &LaneEvidence) -> LaneVerdict {
    let findings = judge_all(readiness, &lane.measurements);
    LaneVerdict { preset: lane.preset.clone(), verdict: worst(&lane_blockers(&findings, lane.fills)) }
}

fn lane_blockers(findings: &[Finding], fills: u64) -> Vec<Blocker> {
    let mut blockers: Vec<Blocker> = findings.iter().filter_map(finding_blocker).collect();
    if fills == 0 {
        blockers.push(Blocker::NoTrades);
    }
    if !findings.iter().any(|finding| finding.outcome == Outcome::Met) {
        blockers.push(Blocker::NothingShown { criteria: findings.len() });
    }
    blockers
}

fn finding_blocker(finding: &Finding) -> Option<Blocker> {
    let criterion = finding.criterion.name.clone();
    if finding.is_failure() {
        let shows_little = finding.criterion.evidence;
        return Some(if shows_little { Blocker::TooLittle { criterion } } else { Blocker::Unmet { criterion } });
    }
    finding.gap().map(|missing| Blocker::NotMeasured { criterion, reason: missing.to_string() })
}

/// A control that failed a drill with this run's configuration would fail the run's bot as well.
fn failed(drill: &DrillEvidence, evidence: &Evidence) -> Option<Blocker> {
    let reason = drill.failure.clone().filter(|_| drill.config_hash == evidence.config_hash)?;
    Some(Blocker::DrillFailed { control: drill.control.clone(), reason })
}

/// What disagrees in any lane; that there is no audit; mandatory controls that it does not know.
fn audit_blockers(readiness: &Readiness, audit: &AuditEvidence) -> Vec<Blocker> {
    if let AuditEvidence::NotAudited { reason } = audit {
        return vec![Blocker::NotAudited { reason: reason.clone() }];
    }
    let found = audit.disagreements().map(|Disagreement { control, preset, count, first }| Blocker::AuditFound {
        control,
        preset,
        first,
        more: count - 1,
    });
    let unknown = audit.without_oracle();
    let mandatory = readiness.mandatory_controls.iter().filter(|control| unknown.contains(&control.as_str()));
    let mandatory = mandatory.map(String::as_str).chain(audit.invariants_not_audited());
    found.chain(mandatory.map(|control| Blocker::ControlNotAudited { control: control.to_owned() })).collect()
}

fn never_exercised(control: &str, evidence: &Evidence) -> Option<Blocker> {
    let in_run = evidence.controls.iter().find(|candidate| candidate.name == control);
    let drilled = evidence.drills.iter().filter(|drill| drill.control == control);
    let (same, other): (Vec<_>, Vec<_>) = drilled.partition(|drill| drill.config_hash == evidence.config_hash);
    if in_run.is_some_and(ControlEvidence::acted) || !same.is_empty() {
        return None;
    }
    let seen = match in_run {
        None => "the run has no such gate".to_owned(),
        Some(gate) if !gate.armed => "it was not armed".to_owned(),
        Some(gate) if gate.evaluated == 0 => "it was armed, and nothing reached it".to_owned(),
        Some(_) => "it was armed and never had to act".to_owned(),
    };
    let reason = match other.first() {
        None => seen,
        Some(drill) => format!("{seen}, and drill `{}` ran with another gate configuration", drill.drill),
    };
    Some(Blocker::NeverExercised { control: control.to_owned(), reason })
}

fn band_disagrees(lanes: &[LaneVerdict]) -> Option<Blocker> {
    let first = lanes.first()?.verdict;
    if lanes.iter().all(|lane| lane.verdict == first) {
        return None;
    }
    let verdicts: Vec<String> = lanes.iter().map(|lane| format!("{} {}", lane.preset, lane.verdict)).collect();
    Some(Blocker::BandDisagrees { verdicts: verdicts.join(", ") })
}

fn worst(blockers: &[Blocker]) -> Verdict {
    let has = |verdict| blockers.iter().any(|blocker| blocker.verdict() == verdict);
    match (has(Verdict::NoGo), has(Verdict::InsufficientEvidence)) {
        (true, _) => Verdict::NoGo,
        (false, true) => Verdict::InsufficientEvidence,
        (false, false) => Verdict::Go,
    }
}

/// Position of a blocker's kind; the sort is stable, so blockers of one kind keep their order.
fn rank(blocker: &Blocker) -> u8 {
    match blocker {
        Blocker::Unmet { .. } => 0,
        Blocker::NotRepeatable { .. } => 1,
        Blocker::AccountsDiffer { .. } => 2,
        Blocker::KillDrillFailed { .. } => 3,
        Blocker::AlertLate { .. } | Blocker::PeakLoadFailed { .. } => 4,
        Blocker::DrillFailed { .. } => 5,
        Blocker::AuditFound { .. } => 6,
        Blocker::NotAudited { .. } => 7,
        Blocker::UnfitData { .. } => 8,
        Blocker::NoTrades => 9,
        Blocker::NothingShown { .. } => 10,
        Blocker::TooLittle { .. } => 11,
        Blocker::NotMeasured { .. } => 12,
        Blocker::NeverExercised { .. } => 13,
        Blocker::ControlNotAudited { .. } => 14,
        Blocker::KillDrillOpen { .. } => 15,
        Blocker::PeakLoadShort { .. } => 16,
        Blocker::BandDisagrees { .. } => 17,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Audit, ControlAudit, FindingKind};
    use crate::readiness::{Comparison, Criterion, LaneAudit, Measured, Threshold, Unit, Value, Waiver};

    /// A small world: one mandatory criterion `a >= 1`, one optional `b >= 1`, both met; one control that acted.
    struct World {
        readiness: Readiness,
        evidence: Evidence,
    }

    fn criterion(name: &str, mandatory: bool) -> Criterion {
        Criterion {
            name: name.to_owned(),
            metric: name.to_owned(),
            comparison: Comparison::AtLeast,
            threshold: Threshold::parse("1").unwrap(),
            mandatory,
            evidence: false,
        }
    }

    fn lane(preset: &str, a: u64) -> LaneEvidence {
        let mut measurements = Measurements::new();
        measurements.set("a", Measured::observed(Value::Count(a), Unit::Count));
        measurements.set("b", Measured::observed(Value::Count(1), Unit::Count));
        LaneEvidence { preset: preset.to_owned(), measurements, fills: 10 }
    }

    fn world() -> World {
        let gate = ControlEvidence { name: "kill".to_owned(), armed: true, evaluated: 5, refused: 1, tripped: 0 };
        World {
            readiness: Readiness {
                checklists: vec![],
                criteria: vec![criterion("a", true), criterion("b", false)],
                mandatory_controls: vec!["kill".to_owned()],
                waivers: vec![],
            },
            evidence: Evidence {
                primary: lane("neutral", 1),
                band: vec![lane("pessimistic", 1), lane("optimistic", 1)],
                data: DataEvidence::Usable,
                controls: vec![gate],
                audit: audit(0, true),
                drills: vec![],
                config_hash: "h".to_owned(),
                diverged: None,
                unreconciled: None,
                kill_failed: None,
                kill_open: None,
                peak_failed: None,
                peak_short: None,
                late_alert: None,
                bounds: Bounds { no_band_because: String::new(), replayed_permille: 1_000 },
            },
        }
    }

    /// An audit of two lanes that found so much under the name of the control `kill` in the second.
    fn audit(missed: u64, audited: bool) -> AuditEvidence {
        let lane = |preset: &str, missed: u64| {
            let control =
                ControlAudit { name: "kill".to_owned(), armed: true, audited, missed, ..ControlAudit::default() };
            let finding = crate::audit::Finding {
                control: "kill".to_owned(),
                kind: FindingKind::Missed,
                entry: 7,
                at: crate::units::Timestamp::from_nanos(0),
                market: crate::model::MarketId::FIRST,
                client_order_id: Some(3),
                text: "had to refuse".to_owned(),
            };
            let audit = Audit {
                controls: vec![control],
                alerts: vec![],
                invariants: vec![],
                stops: crate::audit::StopAudit::default(),
                found: missed,
                findings: std::iter::repeat_n(finding, missed as usize).collect(),
                unchecked: vec![],
            };
            LaneAudit { preset: preset.to_owned(), audit }
        };
        AuditEvidence::Audited { lanes: vec![lane("neutral", 0), lane("pessimistic", missed)], unchecked: vec![] }
    }

    #[test]
    fn what_the_audit_finds_in_any_lane_is_no_go_with_name_and_place() {
        let start = "NO-GO: “kill” failed the audit of lane pessimistic: missed: entry 7 at 1970-01-01T00:00:00.000000000Z, market 0, \
                     order 3: had to refuse";
        check(|world| world.evidence.audit = audit(1, true), start);
        check(|world| world.evidence.audit = audit(3, true), &format!("{start}; and 2 more"));
    }

    #[test]
    fn what_was_not_audited_is_never_go() {
        check(
            |world| world.evidence.audit = AuditEvidence::NotAudited { reason: "left out".to_owned() },
            "INSUFFICIENT EVIDENCE: the run was not audited: left out",
        );
        let unknown = |world: &mut World| world.evidence.audit = audit(0, false);
        check(
            unknown,
            "INSUFFICIENT EVIDENCE: mandatory control “kill” was not audited: nobody knows what it had to do",
        );
        check(
            |world| {
                unknown(world);
                world.readiness.mandatory_controls.clear();
            },
            "GO: all 2 criteria are met",
        );
    }

    fn waive(world: &mut World, criterion: &str) {
        let waiver = Waiver { criterion: criterion.to_owned(), name: "Ada".to_owned(), reason: "known".to_owned() };
        world.readiness.waivers.push(waiver);
    }

    fn drill(world: &mut World, config_hash: &str) {
        world.evidence.controls[0].refused = 0;
        world.evidence.drills.push(DrillEvidence {
            control: "kill".to_owned(),
            drill: "kill-drill".to_owned(),
            config_hash: config_hash.to_owned(),
            failure: None,
        });
    }

    fn check(change: impl FnOnce(&mut World), expected: &str) {
        let mut world = world();
        change(&mut world);
        let assessment = assess(&world.readiness, &world.evidence);
        assert_eq!(format!("{}: {}", assessment.headline(), assessment.reason()), expected);
    }

    fn set(world: &mut World, metric: &str, measured: Measured) {
        let lanes = std::iter::once(&mut world.evidence.primary).chain(&mut world.evidence.band);
        lanes.for_each(|lane| lane.measurements.set(metric, measured.clone()));
    }

    #[test]
    fn all_met_is_go() {
        check(|_| {}, "GO: all 2 criteria are met");
    }

    #[test]
    fn an_unmet_criterion_is_no_go_mandatory_or_not() {
        let zero = || Measured::observed(Value::Count(0), Unit::Count);
        check(|world| set(world, "a", zero()), "NO-GO: criterion “a” is not met");
        check(|world| set(world, "b", zero()), "NO-GO: criterion “b” is not met");
    }

    #[test]
    fn no_go_beats_insufficient_evidence() {
        check(
            |world| {
                set(world, "a", Measured::observed(Value::Count(0), Unit::Count));
                world.evidence.primary.fills = 0;
                world.evidence.data = DataEvidence::Unfit("gaps".to_owned());
            },
            "NO-GO: criterion “a” is not met",
        );
    }

    #[test]
    fn no_trades_is_never_go() {
        check(
            |world| {
                world.evidence.primary.fills = 0;
                world.evidence.band.clear();
            },
            "INSUFFICIENT EVIDENCE: the bot did not trade once",
        );
    }

    #[test]
    fn a_demand_on_how_much_was_seen_is_no_fault_of_the_bot_and_never_go() {
        let unseen = |world: &mut World| {
            world.readiness.criteria[0].evidence = true;
            set(world, "a", Measured::observed(Value::Count(0), Unit::Count));
        };
        check(unseen, "INSUFFICIENT EVIDENCE: too little was seen: criterion “a” is not met");
        check(
            |world| {
                unseen(world);
                set(world, "b", Measured::observed(Value::Count(0), Unit::Count));
            },
            "NO-GO: criterion “b” is not met",
        );
        check(
            |world| {
                unseen(world);
                waive(world, "a");
            },
            "GO with 1 waiver: 1 of 2 criteria are met, 1 waived",
        );
    }

    #[test]
    fn unfit_data_is_never_go() {
        check(
            |world| world.evidence.data = DataEvidence::Unfit("off-tick prices".to_owned()),
            "INSUFFICIENT EVIDENCE: the market data are unfit: off-tick prices",
        );
    }

    #[test]
    fn a_go_says_what_it_holds_within() {
        let one = |world: &mut World| {
            world.evidence.band.clear();
            world.evidence.bounds.no_band_because = "switched off".to_owned();
        };
        let words = "under one fill assumption (switched off)";
        check(one, &format!("GO, {words}: all 2 criteria are met, {words}"));
        let cut = |world: &mut World| world.evidence.bounds.replayed_permille = 34;
        check(cut, "GO, on 3.4 % of the tape: all 2 criteria are met, on 3.4 % of the tape");
        check(
            |world| {
                one(world);
                world.evidence.primary.fills = 0;
            },
            "INSUFFICIENT EVIDENCE: the bot did not trade once",
        );
    }

    #[test]
    fn a_run_that_does_not_repeat_is_no_go() {
        check(
            |world| world.evidence.diverged = Some("d".to_owned()),
            "NO-GO: the bot is not deterministic: the same run, made again, ended with digest d",
        );
    }

    #[test]
    fn accounts_that_differ_are_no_go() {
        check(
            |world| world.evidence.unreconciled = Some("entry 7".to_owned()),
            "NO-GO: the accounts of the run differ: entry 7",
        );
    }

    #[test]
    fn an_alert_that_comes_late_is_no_go() {
        check(
            |world| world.evidence.late_alert = Some("“price_age” 6s after its cause".to_owned()),
            "NO-GO: an alert came late: “price_age” 6s after its cause",
        );
    }

    #[test]
    fn a_kill_drill_that_fails_is_no_go_and_one_that_leaves_something_open_is_too_little() {
        check(
            |world| world.evidence.kill_failed = Some("2 orders left".to_owned()),
            "NO-GO: the kill switch did not hold: 2 orders left",
        );
        check(
            |world| world.evidence.kill_open = Some("3 of 4 cancels confirmed".to_owned()),
            "INSUFFICIENT EVIDENCE: the kill drill was not over: 3 of 4 cancels confirmed",
        );
    }

    #[test]
    fn an_undefined_mandatory_metric_is_never_go_and_an_optional_one_is_shown() {
        let undefined = || Measured::undefined("no losses", Unit::Plain);
        check(
            |world| set(world, "a", undefined()),
            "INSUFFICIENT EVIDENCE: mandatory criterion “a” could not be measured: no losses",
        );
        check(|world| set(world, "b", undefined()), "GO: 1 of 2 criteria are met, 1 optional and not measured");
    }

    #[test]
    fn an_assumed_figure_satisfies_nothing() {
        check(
            |world| {
                let lanes = std::iter::once(&mut world.evidence.primary).chain(&mut world.evidence.band);
                lanes.for_each(|lane| lane.measurements.assume("a", "configured"));
            },
            "INSUFFICIENT EVIDENCE: mandatory criterion “a” could not be measured: assumed, not observed: configured",
        );
    }

    #[test]
    fn a_mandatory_control_that_never_acted_is_never_go() {
        let start = "INSUFFICIENT EVIDENCE: mandatory control “kill” was never exercised:";
        check(|world| world.evidence.controls[0].refused = 0, &format!("{start} it was armed and never had to act"));
        check(
            |world| {
                world.evidence.controls[0].refused = 0;
                world.evidence.controls[0].armed = false;
            },
            &format!("{start} it was not armed"),
        );
        check(|world| world.evidence.controls.clear(), &format!("{start} the run has no such gate"));
    }

    #[test]
    fn a_trip_or_a_drill_with_the_same_configuration_exercises_a_control() {
        check(
            |world| {
                world.evidence.controls[0].refused = 0;
                world.evidence.controls[0].tripped = 1;
            },
            "GO: all 2 criteria are met",
        );
        check(|world| drill(world, "h"), "GO: all 2 criteria are met");
        check(
            |world| drill(world, "other"),
            "INSUFFICIENT EVIDENCE: mandatory control “kill” was never exercised: it was armed and never had to act, \
             and drill `kill-drill` ran with another gate configuration",
        );
    }

    #[test]
    fn a_control_that_failed_its_drill_is_no_go_under_the_same_configuration() {
        let fails = |world: &mut World, config_hash: &str| {
            drill(world, config_hash);
            world.evidence.drills[0].failure = Some("it let order 1 pass".to_owned());
        };
        check(|world| fails(world, "h"), "NO-GO: control “kill” failed its drill: it let order 1 pass");
        check(
            |world| {
                fails(world, "other");
                world.evidence.controls[0].refused = 1;
            },
            "GO: all 2 criteria are met",
        );
    }

    #[test]
    fn a_band_that_disagrees_is_never_go() {
        check(
            |world| world.evidence.band[0] = lane("pessimistic", 0),
            "INSUFFICIENT EVIDENCE: the verdict depends on the fill assumption: neutral GO, pessimistic NO-GO, \
             optimistic GO",
        );
        check(
            |world| world.evidence.band[1].fills = 0,
            "INSUFFICIENT EVIDENCE: the verdict depends on the fill assumption: neutral GO, pessimistic GO, \
             optimistic INSUFFICIENT EVIDENCE",
        );
    }

    #[test]
    fn a_band_cannot_lift_a_no_go() {
        check(|world| world.evidence.primary = lane("neutral", 0), "NO-GO: criterion “a” is not met");
    }

    #[test]
    fn a_waiver_sets_aside_one_criterion_and_is_in_the_headline() {
        let zero = || Measured::observed(Value::Count(0), Unit::Count);
        check(
            |world| {
                set(world, "a", zero());
                waive(world, "a");
            },
            "GO with 1 waiver: 1 of 2 criteria are met, 1 waived",
        );
        check(
            |world| {
                set(world, "a", zero());
                set(world, "b", zero());
                waive(world, "a");
            },
            "NO-GO with 1 waiver: criterion “b” is not met",
        );
        check(|world| waive(world, "a"), "GO: all 2 criteria are met");
        check(
            |world| {
                set(world, "a", zero());
                waive(world, "a");
                world.evidence.controls.clear();
            },
            "INSUFFICIENT EVIDENCE with 1 waiver: mandatory control “kill” was never exercised: the run has no such gate",
        );
    }

    #[test]
    fn a_go_rests_on_at_least_one_met_criterion() {
        check(
            |world| world.readiness.criteria.clear(),
            "INSUFFICIENT EVIDENCE: there is no criterion that a GO could rest on",
        );
        check(
            |world| {
                world.readiness.criteria.truncate(1);
                set(world, "a", Measured::observed(Value::Count(0), Unit::Count));
                waive(world, "a");
            },
            "INSUFFICIENT EVIDENCE with 1 waiver: the only criterion was not met by measurement",
        );
    }

    #[test]
    fn several_reasons_are_counted() {
        check(
            |world| {
                world.evidence.primary.fills = 0;
                world.evidence.band.clear();
                world.evidence.controls.clear();
                world.evidence.data = DataEvidence::Unfit("gaps".to_owned());
            },
            "INSUFFICIENT EVIDENCE: the market data are unfit: gaps; 2 more reasons below",
        );
    }

    #[test]
    fn exit_codes() {
        let codes = [Verdict::Go, Verdict::NoGo, Verdict::InsufficientEvidence].map(Verdict::exit_code);
        assert_eq!(codes, [0, 1, 4]);
    }
}
