use super::control::{Control, Figures, Turn, Unit};
use super::finding::{FindingKind, Place};
use super::outcome::{Audit, ControlAudit};
use super::setup::AuditSetup;
use crate::model::{GateId, MarketId};
use crate::units::Money;

/// Holds what breakers did against what they had to do at each mark, report and command.
#[derive(Debug, Clone, Default)]
pub(super) struct Breakers {
    /// What the last of these demands and the journal has not said yet.
    expected: Vec<Demand>,
    /// What an earlier one demanded.
    overdue: Vec<Demand>,
}

#[derive(Debug, Clone, Copy)]
struct Demand {
    market: MarketId,
    gate: GateId,
    turn: Turn,
    place: Place,
}

impl Breakers {
    /// These are demanded.
    pub fn demand(&mut self, turns: &[(GateId, Turn)], place: Place, setup: &AuditSetup, audit: &mut Audit) {
        for &(gate, turn) in turns {
            if let Some(control) = control(setup, audit, gate).filter(|_| turn != Turn::Opens) {
                control.had_to_fire += 1;
            }
            // What has never tripped need not open.
            let late = |demand: &Demand| (demand.market, demand.gate) == (place.market, gate);
            match self.overdue.iter().position(late) {
                Some(number) if turn == Turn::Opens => {
                    let demand = self.overdue.swap_remove(number);
                    demand.unmet(setup, audit);
                }
                _ => self.expected.push(Demand { market: place.market, gate, turn, place }),
            }
        }
    }

    /// Something else was journalled: what is expected still is overdue.
    pub fn settle(&mut self) {
        self.overdue.append(&mut self.expected);
    }

    /// A trip of that gate is expected, or overdue.
    pub fn awaits(&self, market: MarketId, gate: GateId) -> bool {
        let mut demands = self.expected.iter().chain(&self.overdue);
        demands.any(|demand| (demand.market, demand.gate) == (market, gate) && demand.turn != Turn::Opens)
    }

    pub fn tripped(&mut self, gate: GateId, found: Figures, place: Place, setup: &AuditSetup, audit: &mut Audit) {
        if let Some(control) = control(setup, audit, gate) {
            control.fires(place.entry);
            if !control.audited {
                return;
            }
        }
        let trips = |turn: Turn| turn != Turn::Opens;
        if let Some(demand) = take(&mut self.expected, place.market, gate, trips) {
            if demand.turn != Turn::Trips(found) {
                let text = format!("tripped at {}, expected {}", show(gate, found), demand.shown());
                audit.note(place.finding(name(setup, gate), FindingKind::WrongFigures, text));
            }
        } else if let Some(demand) = take(&mut self.overdue, place.market, gate, trips) {
            late(&demand, gate, found, place, setup, audit);
        } else {
            let text = format!("tripped at {}, had no reason to", show(gate, found));
            audit.note(place.finding(name(setup, gate), FindingKind::False, text));
        }
    }

    pub fn opened(&mut self, gate: GateId, place: Place, setup: &AuditSetup, audit: &mut Audit) {
        if control(setup, audit, gate).is_some_and(|control| !control.audited) {
            return;
        }
        let opens = |turn: Turn| turn == Turn::Opens;
        if take(&mut self.expected, place.market, gate, opens).is_some() {
            return;
        }
        let (kind, text) = match take(&mut self.overdue, place.market, gate, opens) {
            Some(demand) => (FindingKind::False, format!("opened late, it had to at {}", demand.place.at)),
            None => (FindingKind::Missed, "opened, had to stay tripped".to_owned()),
        };
        audit.note(place.finding(name(setup, gate), kind, text));
    }

    /// The journal has ended.
    pub fn finish(&mut self, setup: &AuditSetup, audit: &mut Audit) {
        self.overdue.drain(..).for_each(|demand| demand.unmet(setup, audit));
    }
}

impl Demand {
    fn shown(&self) -> String {
        match self.turn {
            Turn::Trips(figures) => show(self.gate, figures),
            Turn::Opens => "to open".to_owned(),
        }
    }

    fn unmet(self, setup: &AuditSetup, audit: &mut Audit) {
        let (kind, text) = match self.turn {
            Turn::Trips(_) => (FindingKind::Missed, format!("had to trip ({}), and did not", self.shown())),
            Turn::Opens => (FindingKind::False, "had to open here, and stayed tripped".to_owned()),
        };
        audit.note(self.place.finding(name(setup, self.gate), kind, text));
    }
}

fn late(demand: &Demand, gate: GateId, found: Figures, place: Place, setup: &AuditSetup, audit: &mut Audit) {
    let Turn::Trips(then) = demand.turn else { return };
    let delay = place.at.since(demand.place.at);
    let is_money = Control::of(gate).is_some_and(|control| control.unit == Unit::Quote);
    let more = Money::from_atto(if is_money { found.value.saturating_sub(then.value) } else { 0 });
    if let Some(control) = control(setup, audit, gate) {
        control.late_longest = control.late_longest.max(delay);
        control.late_money = control.late_money.max(more);
    }
    let text = format!(
        "tripped {delay} late at {}, had to at entry {} ({})",
        show(gate, found),
        demand.place.entry,
        demand.shown()
    );
    audit.note(place.finding(name(setup, gate), FindingKind::Late, text));
}

fn take(from: &mut Vec<Demand>, market: MarketId, gate: GateId, is: impl Fn(Turn) -> bool) -> Option<Demand> {
    let place = from.iter().position(|demand| demand.market == market && demand.gate == gate && is(demand.turn))?;
    Some(from.swap_remove(place))
}

fn show(gate: GateId, figures: Figures) -> String {
    Control::of(gate).map_or_else(String::new, |control| control.unit.figures(figures))
}

fn name(setup: &AuditSetup, gate: GateId) -> &str {
    setup.gates.iter().find(|row| row.id == gate).map_or("unknown gate", |row| &row.name)
}

fn control<'a>(setup: &AuditSetup, audit: &'a mut Audit, gate: GateId) -> Option<&'a mut ControlAudit> {
    let place = setup.gates.iter().position(|row| row.id == gate)?;
    Some(&mut audit.controls[place])
}
