//! Proof that the audit bites: each control is broken in each way it can be, played through its drill's scenes on real matching,
//! and the audit has to say which control it was.

use super::rig::Rig;
use super::scene::{Impossible, Scene};
use super::scenes;
use crate::audit::{Audit, AuditMarket, AuditSetup, audit_entries};
use crate::gates::{Amount, Defect, GateSpec, Gates, Setting, catalogue, position_ramp};
use crate::journal::Entry;
use crate::scenario::audit::{audit_setup, wakes};
use crate::tape::BatchSource;
use crate::units::{Money, Quantity};
use rayon::prelude::*;

/// What one control, whole or broken, has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The control.
    pub control: &'static str,
    /// What is wrong with it; `None` for the control as it is.
    pub defect: Option<Defect>,
    /// What came of it.
    pub outcome: ProofOutcome,
    /// Runs that were played.
    pub runs: usize,
}

/// Whether the audit noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofOutcome {
    /// It named the control, and no other; this is the first finding.
    Caught(String),
    /// The control is whole, and nothing was found.
    Clean,
    /// The audit said nothing, or named another control, or found something of a control that is whole.
    Open(String),
    /// Every journal is that of the control as it is, to the entry: there is nothing to notice in these scenes under these limits. As a rule
    /// another one stands in front.
    NoTrace,
    /// The control cannot have the defect, and why.
    DoesNotApply(&'static str),
    /// There is no oracle for the control, or the scenario's limits leave no scene for it.
    NotShown(String),
}

impl Proof {
    /// True where the audit did not do what it had to.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.outcome, ProofOutcome::Open(_))
    }
}

/// Breaks the controls of these names in every way, in catalogue order; the control as it is comes first.
#[must_use]
pub fn prove(rig: &Rig, names: &[&str]) -> Vec<Proof> {
    let specs: Vec<&GateSpec> = catalogue().iter().filter(|spec| names.contains(&spec.name)).collect();
    specs.into_par_iter().flat_map_iter(|spec| control(rig, spec)).collect()
}

fn control(rig: &Rig, spec: &'static GateSpec) -> Vec<Proof> {
    let bench = match Bench::new(rig, spec) {
        Ok(bench) => bench,
        Err(why) => {
            let outcome = ProofOutcome::NotShown(why);
            return vec![Proof { control: spec.name, defect: None, outcome, runs: 0 }];
        }
    };
    let all: Vec<Option<Defect>> = std::iter::once(None).chain(Defect::ALL.map(Some)).collect();
    all.into_par_iter().map(|defect| bench.proof(defect)).collect()
}

/// One control and the scenes that it is tried in.
struct Bench {
    rig: Rig,
    spec: &'static GateSpec,
    /// Each from a flat start, and from a position of a lot, which tells entries from what adds to a position.
    takes: Vec<(Scene, Quantity)>,
}

impl Bench {
    fn new(rig: &Rig, spec: &'static GateSpec) -> Result<Self, String> {
        let mut rig = rig.staged_for(spec.name);
        arm(&mut rig, spec);
        let played = if spec.name == KILL_SWITCH { engaged_by_a_breaker(&mut rig)? } else { spec };
        let none = || "there is no oracle for it, or it is off".to_owned();
        if Defect::NeverFires.of(spec.name).is_err() {
            return Err(none());
        }
        let found = scenes(&rig, played).ok_or_else(none)?.map_err(|Impossible(why)| format!("not possible: {why}"))?;
        let held = [Quantity::ZERO, Quantity::new(i64::try_from(rig.lot()).unwrap_or(1))];
        let takes = found.into_iter().flat_map(|scene| held.map(|position| (scene.clone(), position))).collect();
        Ok(Self { rig, spec, takes })
    }

    fn proof(&self, defect: Option<Defect>) -> Proof {
        let name = self.spec.name;
        let proof = |outcome, runs| Proof { control: name, defect, outcome, runs };
        if let Some(Err(why)) = defect.map(|defect| defect.of(name)) {
            return proof(ProofOutcome::DoesNotApply(why), 0);
        }
        let audits: Result<Vec<Audit>, Impossible> =
            self.takes.iter().map(|(scene, position)| self.audited(scene, *position, defect)).collect();
        match audits {
            Err(Impossible(why)) => proof(ProofOutcome::NotShown(why), 0),
            Ok(audits) => {
                let outcome = judged(name, defect, &audits);
                let is_silent = defect.is_some() && audits.iter().all(|audit| audit.findings.is_empty());
                let outcome = if is_silent && self.leaves_no_trace(defect) { ProofOutcome::NoTrace } else { outcome };
                proof(outcome, audits.len())
            }
        }
    }

    /// The broken control has done, in every run, what it does as it is.
    fn leaves_no_trace(&self, defect: Option<Defect>) -> bool {
        self.takes.iter().all(|(scene, position)| {
            let played = |defect| self.played(scene, *position, defect);
            matches!((played(defect), played(None)), (Ok(broken), Ok(whole)) if broken == whole)
        })
    }

    fn played(&self, scene: &Scene, position: Quantity, defect: Option<Defect>) -> Result<Vec<Entry>, Impossible> {
        let Rig { armed, instrument, .. } = &self.rig;
        let gates = match defect {
            None => Gates::new(armed, instrument),
            Some(defect) => Gates::broken(armed, instrument, self.spec.id, defect),
        };
        scene.play_with(&self.rig, gates.map_err(|overflow| Impossible(overflow.to_string()))?, position)
    }

    /// Plays a scene and audits its journal.
    fn audited(&self, scene: &Scene, position: Quantity, defect: Option<Defect>) -> Result<Audit, Impossible> {
        let entries = self.played(scene, position, defect)?;
        let mut markets = scene.markets(&self.rig);
        let sources = markets.iter_mut().map(|market| market as &mut dyn BatchSource).collect();
        let audit = audit_entries(&self.setup(scene)?, &entries, Some(sources));
        audit.map_err(|error| Impossible(error.to_string()))
    }

    fn setup(&self, scene: &Scene) -> Result<AuditSetup, Impossible> {
        let instrument = self.rig.instrument.clone();
        let market = AuditMarket { instrument, opening_price: scene.opening_price(), rows: None };
        let wakes = wakes(&scene.script.strategy().subscriptions());
        let markets = vec![market; scene.copies as usize];
        let setup =
            audit_setup(&self.rig.gates, markets, wakes).map_err(|overflow| Impossible(overflow.to_string()))?;
        let reenables = scene.commands.iter().filter_map(|said| Some((said.line, said.gate?)));
        Ok(AuditSetup { reenables: reenables.collect(), ..setup })
    }
}

/// The audit of one broken control names it in one run at least, and no other control in any; that of a whole one is clean.
fn judged(control: &str, defect: Option<Defect>, audits: &[Audit]) -> ProofOutcome {
    let first = |name: &str| {
        let mut findings = audits.iter().flat_map(|audit| &audit.findings);
        findings.find(|finding| finding.control == name).map(|finding| finding.words())
    };
    let accused = |audit: &Audit| -> Vec<String> {
        let wrong = audit.controls.iter().filter(|row| !row.is_clean() && row.name != control);
        wrong.map(|row| row.name.clone()).collect()
    };
    let others: Vec<String> = audits.iter().flat_map(accused).collect();
    let found = audits.iter().flat_map(|audit| &audit.findings).next();
    match (defect, first(control), others.first(), found) {
        (None, None, None, None) => ProofOutcome::Clean,
        (None, _, _, found) => {
            let found = found.map_or_else(|| "something".to_owned(), ToString::to_string);
            ProofOutcome::Open(format!("it is whole, and the audit found {found}"))
        }
        (Some(_), Some(words), None, _) => ProofOutcome::Caught(words),
        (Some(_), _, Some(other), _) => {
            ProofOutcome::Open(format!("the audit accuses {other}: {}", first(other).unwrap_or_default()))
        }
        (Some(_), None, None, Some(found)) => ProofOutcome::Open(format!("the audit says {found} alone")),
        (Some(_), None, None, None) => ProofOutcome::Open("the audit found nothing".to_owned()),
    }
}

/// A control that has to be asked for is proved with its defaults where nobody has. One that the scenario has switched off is not.
fn arm(rig: &mut Rig, spec: &GateSpec) {
    if !spec.armed {
        let brings_a_ramp = spec.name == "position_ramp" && matches!(rig.gates.position_ramp, Setting::Off);
        rig.gates.arm(spec.name);
        limit_quantity(rig);
        if brings_a_ramp {
            limit_ramp(rig);
        }
        rig.armed = rig.gates.clone();
    }
}

/// No figure suits every instrument, so that this gate has no default: it gets a few of the venue's smallest orders.
fn limit_quantity(rig: &mut Rig) {
    let steps = rig.smallest(i128::from(rig.price.ticks())).unwrap_or(1).saturating_mul(SMALLEST_ORDERS);
    let most = rig.instrument.base_amount(Quantity::new(i64::try_from(steps).unwrap_or(1)));
    if let (Setting::On(limits), Ok(most)) = (&mut rig.gates.order_quantity, most)
        && limits.max == Setting::Off
    {
        limits.max = Setting::On(Amount::new(most));
    }
}

/// What an order's quantity is limited to where nobody has said so.
const SMALLEST_ORDERS: i128 = 4;

/// Its defaults are a few units of quote, which may be less than one order is worth: it begins with a few of the smallest orders instead.
fn limit_ramp(rig: &mut Rig) {
    let price = i128::from(rig.price.ticks());
    let steps = rig.smallest(price).unwrap_or(1);
    let worth = |orders: i128| Amount::new(rig.worth(price, steps.saturating_mul(orders)).unwrap_or(Money::ONE));
    let (initial, step, max) = (worth(SMALLEST_ORDERS), worth(1), worth(2 * SMALLEST_ORDERS));
    rig.gates.position_ramp = Setting::On(position_ramp::Limits { initial, step, days: 2, max });
}

const KILL_SWITCH: &str = "kill_switch";

/// The kill switch has no scene of its own: a breaker engages it in its own.
fn engaged_by_a_breaker(rig: &mut Rig) -> Result<&'static GateSpec, String> {
    let Setting::On(limits) = &mut rig.gates.daily_loss else {
        return Err("`daily_loss`, which is to engage it, is off".to_owned());
    };
    limits.engages_kill_switch = true;
    rig.armed = rig.gates.clone();
    let breaker = catalogue().iter().find(|spec| spec.name == "daily_loss");
    breaker.ok_or_else(|| "there is no gate `daily_loss`".to_owned())
}

impl Proof {
    /// Control, defect, what the audit says first, and what that comes to.
    #[must_use]
    pub fn row(&self) -> [String; 4] {
        let defect = self.defect.map_or("none: as it is", Defect::name);
        let (words, result) = match &self.outcome {
            ProofOutcome::Caught(words) => (words.clone(), "caught"),
            ProofOutcome::Clean => (format!("nothing in {} runs", self.runs), "clean"),
            ProofOutcome::Open(why) => (why.clone(), "OPEN"),
            ProofOutcome::NoTrace => (
                "nothing to notice: under these limits no scene shows it; another one may stand in front".to_owned(),
                "no trace",
            ),
            ProofOutcome::DoesNotApply(why) => (format!("cannot have it: {why}"), "-"),
            ProofOutcome::NotShown(why) => (why.clone(), "not shown"),
        };
        [self.control.to_owned(), defect.to_owned(), words, result.to_owned()]
    }

    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let [control, defect, words, result] = self.row();
        let does = self.defect.and_then(|defect| defect.of(self.control).ok());
        serde_json::json!({
            "control": control,
            "defect": self.defect.map(|_| defect),
            "what_it_does": does,
            "result": match result.as_str() {
                "-" => "does-not-apply".to_owned(),
                result => result.to_lowercase().replace(' ', "-"),
            },
            "audit": words,
            "runs": self.runs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{ControlAudit, StopAudit};

    /// An audit that found so much missed of each control.
    fn audit(missed: &[(&str, u64)]) -> Audit {
        let row = |&(name, missed): &(&str, u64)| ControlAudit {
            name: name.to_owned(),
            armed: true,
            audited: true,
            missed,
            ..ControlAudit::default()
        };
        let finding = |&(name, _): &(&str, u64)| crate::audit::Finding {
            control: name.to_owned(),
            kind: crate::audit::FindingKind::Missed,
            entry: 1,
            at: crate::units::Timestamp::from_nanos(0),
            market: crate::model::MarketId::FIRST,
            client_order_id: None,
            text: "why".to_owned(),
        };
        Audit {
            controls: missed.iter().map(row).collect(),
            alerts: vec![],
            invariants: vec![],
            stops: StopAudit::default(),
            found: missed.iter().map(|(_, missed)| missed).sum(),
            findings: missed.iter().filter(|(_, missed)| *missed > 0).map(finding).collect(),
            unchecked: vec![],
        }
    }

    /// What the audit overlooks, or blames another for, is open, and so is what it finds where nothing is wrong.
    #[test]
    fn only_the_right_name_and_no_other_is_a_proof() {
        let broken =
            |missed: &[(&str, u64)]| judged("position", Some(Defect::NeverFires), &[audit(&[]), audit(missed)]);
        let words = "missed: entry 1 at 1970-01-01T00:00:00.000000000Z, market 0: why";
        assert_eq!(broken(&[("position", 1)]), ProofOutcome::Caught(words.to_owned()));
        assert_eq!(broken(&[("position", 0)]), ProofOutcome::Open("the audit found nothing".to_owned()));
        let other = format!("the audit accuses order_value: {words}");
        assert_eq!(broken(&[("order_value", 1)]), ProofOutcome::Open(other.clone()));
        assert_eq!(broken(&[("position", 1), ("order_value", 1)]), ProofOutcome::Open(other));
        assert_eq!(judged("position", None, &[audit(&[("position", 0)])]), ProofOutcome::Clean);
        let whole = format!("it is whole, and the audit found position {words}");
        assert_eq!(judged("position", None, &[audit(&[("position", 1)])]), ProofOutcome::Open(whole));
    }
}
