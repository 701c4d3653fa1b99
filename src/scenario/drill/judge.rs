use super::scene::Scene;
use super::script::Due;
use crate::gates::catalogue;
use crate::journal::Entry;
use crate::model::{ClientOrderId, GateId, RejectReason, ReportKind};
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// What one scene has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The control did what it had to, and nothing else.
    Shown,
    /// It did not: it missed, or acted where it must not.
    Wrong(String),
    /// Something else stood in the way; nothing is known of the control.
    Hidden(String),
}

/// What the journal of a scene says of one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub verdict: Verdict,
    /// Refusals and trips that the control had to make.
    pub due: u32,
    /// Those it made, wherever.
    pub acted: u32,
    /// Other gates that refused an order which the control had let pass.
    pub others: Vec<&'static str>,
}

/// What became of an order of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    Refused(GateId),
    /// The gates let it pass, and the venue said no.
    Rejected(RejectReason),
    /// It was never submitted: the run ended before.
    Missing,
}

/// Holds the entries of `scene` against what had to happen: order by order and trip by trip, from the journal alone.
pub(super) fn judge(scene: &Scene, control: GateId, entries: &[Entry]) -> Judgement {
    let fates = fates(scene, entries);
    let tripped = instants(entries, |entry| match entry {
        Entry::Tripped { at, refusal, .. } if refusal.gate == control => Some(*at),
        _ => None,
    });
    let cleared = instants(entries, |entry| match entry {
        Entry::Cleared { at, gate, .. } if *gate == control => Some(*at),
        _ => None,
    });
    let mut found = Findings { control, wrong: Vec::new(), hidden: Vec::new(), others: Vec::new() };
    for ((number, line), fate) in (1..).zip(&scene.script.lines).zip(&fates) {
        found.order(number, line.due, *fate);
    }
    found.instants("tripped", &tripped, &scene.trips);
    found.instants("opened again", &cleared, &scene.clears);
    let flat = scene.ends_flat && found.hidden.is_empty();
    found.wrong.extend(flat.then(|| left(entries)).flatten());
    let refusals = scene.script.lines.iter().filter(|line| line.due == Due::Refusal(control)).count();
    Judgement {
        due: (refusals + scene.trips.len()) as u32,
        acted: (refused_by(control, entries) + tripped.len()) as u32,
        verdict: match (found.wrong.into_iter().next(), found.hidden.into_iter().next()) {
            (Some(wrong), _) => Verdict::Wrong(wrong),
            (None, Some(hidden)) => Verdict::Hidden(hidden),
            (None, None) => Verdict::Shown,
        },
        others: found.others,
    }
}

impl Judgement {
    /// What is shown of a scene that could not be played.
    pub(super) const fn unplayed(why: String) -> Self {
        Self { verdict: Verdict::Hidden(why), due: 0, acted: 0, others: Vec::new() }
    }
}

struct Findings {
    control: GateId,
    wrong: Vec<String>,
    hidden: Vec<String>,
    others: Vec<&'static str>,
}

impl Findings {
    fn order(&mut self, number: u32, due: Due, fate: Fate) {
        match (due, fate) {
            (Due::Amend(_), _) | (Due::Pass | Due::Needed, Fate::Sent) | (Due::Rejection, Fate::Rejected(_)) => {}
            (Due::Refusal(gate), Fate::Refused(by)) if gate == by => {}
            (_, Fate::Missing) => self.hidden.push(format!("order {number} was never submitted")),
            // What went wrong before explains it.
            (Due::Pass | Due::Needed | Due::Rejection, Fate::Refused(by))
                if by == self.control && !self.hidden.is_empty() => {}
            (Due::Pass | Due::Needed | Due::Rejection, Fate::Refused(by)) if by == self.control => {
                self.wrong.push(format!("it refused order {number}, which is within the limit"));
            }
            (Due::Pass, Fate::Refused(by)) if place(self.control) < place(by) => self.others.push(name(by)),
            (Due::Rejection, Fate::Sent) => {
                self.hidden.push(format!("the venue took order {number}, which it was to reject"));
            }
            (Due::Needed | Due::Rejection, Fate::Refused(by)) => {
                self.hidden.push(format!("gate `{}` refused order {number}, without which nothing is shown", name(by)));
            }
            (_, Fate::Refused(by)) => {
                self.hidden.push(format!("gate `{}` stands in front and refused order {number}", name(by)));
            }
            (Due::Pass | Due::Needed, Fate::Rejected(reason)) => self.hidden.push(format!(
                "the venue rejected order {number} ({}): the fault is the drill's, not the control's",
                reason.words()
            )),
            // What went wrong before explains it.
            (Due::Refusal(_), Fate::Sent | Fate::Rejected(_)) if !self.hidden.is_empty() => {}
            (Due::Refusal(_), Fate::Sent | Fate::Rejected(_)) => self.wrong.push(format!("it let order {number} pass")),
        }
    }

    fn instants(&mut self, what: &str, found: &[Timestamp], expected: &[Timestamp]) {
        let is_explained = !self.hidden.is_empty() && found.iter().all(|at| expected.contains(at));
        if found != expected && !is_explained {
            let list = |instants: &[Timestamp]| match instants {
                [] => "never".to_owned(),
                some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            };
            self.wrong.push(format!("it {what} {}, expected {}", list(found), list(expected)));
        }
    }
}

/// One fate a line of the script. An order's reason is its line.
fn fates(scene: &Scene, entries: &[Entry]) -> Vec<Fate> {
    let mut fates = vec![Fate::Missing; scene.script.lines.len()];
    let mut lines: BTreeMap<ClientOrderId, u32> = BTreeMap::new();
    for entry in entries {
        let (line, fate) = match entry {
            Entry::OrderSent { intent, .. } => {
                lines.insert(intent.client_order_id, intent.reason);
                (Some(intent.reason), Fate::Sent)
            }
            Entry::OrderRefused { intent, refusal, .. } => (Some(intent.reason), Fate::Refused(refusal.gate)),
            Entry::Venue(report) => match report.kind {
                ReportKind::Rejected(reason) => (lines.get(&report.client_order_id).copied(), Fate::Rejected(reason)),
                _ => continue,
            },
            _ => continue,
        };
        if let Some(place) = line.and_then(|line| fates.get_mut(line as usize)) {
            *place = fate;
        }
    }
    fates
}

/// What is held or open at the last mark.
fn left(entries: &[Entry]) -> Option<String> {
    let last = entries.iter().rev().find_map(|entry| match entry {
        Entry::Mark(mark) => Some(mark),
        _ => None,
    });
    let Some(mark) = last else { return Some("nothing was marked".to_owned()) };
    let (position, open) = (mark.position.steps(), mark.open_orders);
    (position != 0 || open != 0).then(|| format!("{position} steps are held and {open} orders open at the end"))
}

fn refused_by(control: GateId, entries: &[Entry]) -> usize {
    let refused = |entry: &&Entry| match entry {
        Entry::OrderRefused { refusal, .. } | Entry::RequestRefused { refusal, .. } => refusal.gate == control,
        _ => false,
    };
    entries.iter().filter(refused).count()
}

fn instants(entries: &[Entry], of: impl Fn(&Entry) -> Option<Timestamp>) -> Vec<Timestamp> {
    entries.iter().filter_map(of).collect()
}

/// Place of a gate in the order in which they judge.
fn place(gate: GateId) -> Option<usize> {
    catalogue().iter().position(|spec| spec.id == gate)
}

fn name(gate: GateId) -> &'static str {
    catalogue().iter().find(|spec| spec.id == gate).map_or("unknown", |spec| spec.name)
}
