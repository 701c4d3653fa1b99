use super::breakers::Breakers;
use super::clearance::{Breach, Clearances};
use super::control::{Burst, Case, Control, Figures, Memory, verdict};
use super::finding::{FindingKind, Place};
use super::hearing::{Heard, Hearing};
use super::invariant::Invariant;
use super::mind::Mind;
use super::outcome::{Audit, ControlAudit};
use super::purse::Purse;
use super::request::{Effect, Request};
use super::setup::{Armed, AuditSetup, Limits, Worth};
use super::stops::Stops;
use crate::journal::Entry;
use crate::model::{
    BestPrices, BotStatus, ClientOrderId, Command, ExecutionReport, GateId, Mark, MarketId, Refusal, ReportKind,
};
use crate::tape::TapeError;
use crate::units::{Money, Overflow, Quantity, Span, Timestamp};

/// Reason of the orders that bring a position to nothing at a command.
const FLATTENING: u32 = u32::MAX;

/// What the bots could hear, market by market; none where the tapes are not at hand.
pub(super) type Ears<'s> = Option<Vec<Hearing<'s>>>;

/// The audit of one lane while its journal is read.
pub(super) struct Auditor {
    pub(super) setup: AuditSetup,
    pub(super) audit: Audit,
    desks: Vec<Desk>,
    clearances: Clearances,
    purse: Purse,
    breakers: Breakers,
    /// When and where a breaker that is not audited tripped last.
    unaudited_trip: Option<(Timestamp, MarketId)>,
    entry: u64,
    /// Instant of a tick of the risk clock all of whose marks have been read, and what followed has not.
    marked: Option<Timestamp>,
    /// Cancels that this tick demands and that were not sent yet.
    demanded: Option<(Timestamp, Vec<(MarketId, ClientOrderId)>)>,
    breaches: Vec<Breach>,
}

/// One market.
struct Desk {
    worth: Worth,
    memory: Memory,
    mind: Mind,
    stops: Stops,
}

/// What a decision can have been based on: a state of the account and one of the market, and what they lead to.
struct Possible {
    state: usize,
    first: Option<(usize, Figures)>,
    /// What the gate that refused had to say.
    own: Option<Figures>,
}

impl Auditor {
    pub fn new(setup: &AuditSetup, has_tapes: bool, bar: Span) -> Result<Self, Overflow> {
        let worth = setup.markets.iter().map(|market| Worth::of(&market.instrument)).collect::<Result<Vec<_>, _>>()?;
        let limits = |gate: &super::AuditGate| match gate.armed {
            Armed::With(limits @ Limits::OrderBurst { .. }) => Some(limits),
            _ => None,
        };
        let burst = setup.gates.iter().find_map(limits);
        let desk = |worth: &Worth| Desk {
            worth: *worth,
            memory: Memory { burst: Burst::holding(burst.as_ref()), ..Memory::default() },
            mind: Mind::default(),
            stops: Stops::default(),
        };
        let mut setup = setup.clone();
        let unchecked = if has_tapes { Vec::new() } else { without_tapes(&mut setup) };
        Ok(Self {
            audit: Audit {
                controls: setup.gates.iter().map(control_row).collect(),
                invariants: Invariant::ALL.iter().map(|invariant| invariant.row()).collect(),
                stops: super::StopAudit::default(),
                found: 0,
                findings: Vec::new(),
                unchecked,
            },
            desks: worth.iter().map(desk).collect(),
            clearances: Clearances::new(worth.len(), bar),
            purse: Purse::new(&setup, &worth),
            breakers: Breakers::default(),
            unaudited_trip: None,
            entry: 0,
            marked: None,
            demanded: None,
            breaches: Vec::new(),
            setup,
        })
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        if matches!(entry, Entry::Alert { .. }) {
            // What people are told changes nothing and is looked at apart.
            self.entry += 1;
            return Ok(());
        }
        self.follow_marks(entry);
        match *entry {
            Entry::Start { at, market, equity, position } => self.start(at, market, equity, position),
            Entry::OrderSent { at, intent } => self.decide(at, intent.market, Request::New(intent), None, ears)?,
            Entry::OrderRefused { at, intent, refusal } => {
                self.decide(at, intent.market, Request::New(intent), Some(refusal), ears)?;
            }
            Entry::AmendSent { at, market, client_order_id: id, price, quantity } => {
                self.decide(at, market, Request::Amend { id, price, quantity }, None, ears)?;
            }
            Entry::CancelSent { at, market, client_order_id } => self.cancel(at, market, client_order_id),
            Entry::RequestRefused { at, market, client_order_id, refusal } => {
                self.refused_unseen(at, market, client_order_id, refusal, ears)?;
            }
            Entry::Venue(report) => self.report(&report),
            Entry::Mark(mark) => self.mark(&mark),
            Entry::Tripped { at, market, refusal } => self.tripped(at, market, refusal),
            Entry::Cleared { at, market, gate } => {
                let place = self.place(at, market, None);
                let index = self.index(market);
                self.desks[index].stops.opened(gate);
                self.breakers.opened(gate, place, &self.setup, &mut self.audit);
            }
            Entry::Command { at, market, command, status, .. } => self.command(at, market, command, status),
            Entry::Quote { .. } | Entry::Alert { .. } | Entry::Ambiguous { .. } | Entry::End { .. } => {}
        }
        self.entry += 1;
        Ok(())
    }

    /// What the journal comes to.
    pub fn finish(mut self) -> Audit {
        self.breakers.settle();
        self.breakers.finish(&self.setup, &mut self.audit);
        for desk in &self.desks {
            self.audit.stops.add(&desk.stops.outcome);
        }
        self.audit
    }

    fn index(&self, market: MarketId) -> usize {
        if market.index() < self.desks.len() { market.index() } else { 0 }
    }

    const fn place(&self, at: Timestamp, market: MarketId, id: Option<ClientOrderId>) -> Place {
        Place { entry: self.entry, at, market, id }
    }

    fn start(&mut self, at: Timestamp, market: MarketId, equity: Money, position: Quantity) {
        let index = self.index(market);
        let best = BestPrices::default();
        let mark = Mark { market, at, best, position, equity, open_orders: 0, feed_latency_ns: 0 };
        self.desks[index].memory.open(&mark);
        self.desks[index].mind.opens_with(position.steps().into());
        self.clearances.opens_with(MarketId(index as u8), position);
        self.purse.open(MarketId(index as u8), position.steps().into(), equity);
    }

    /// Brings what the bot knows up to `at`.
    fn listen(&mut self, index: usize, at: Timestamp) {
        let mind = &mut self.desks[index].mind;
        mind.hear_before(at);
        if self.setup.wakes.by_reports {
            mind.maybe_hear_at(at);
        } else {
            mind.hear_to(at);
        }
    }

    /// Judges a request that was sent, or refused.
    fn decide(
        &mut self,
        at: Timestamp,
        market: MarketId,
        request: Request,
        refusal: Option<Refusal>,
        ears: &mut Ears<'_>,
    ) -> Result<(), TapeError> {
        let index = self.index(market);
        self.listen(index, at);
        let heard = self.heard(index, at, ears)?;
        let place = self.place(at, market, Some(request.id()));
        let by = refusal.map(|refusal| (refusal, self.setup.gates.iter().position(|gate| gate.id == refusal.gate)));
        if let Some((refusal, None)) = by {
            let text = format!("refused by gate {}, which the run does not have", refusal.gate.0);
            self.audit.note(place.finding(Invariant::Clearance.name(), FindingKind::Broken, text));
            return Ok(());
        }
        let by = by.and_then(|(refusal, gate)| Some((refusal, gate?)));
        let possible = self.possible(index, at, &request, &heard, by.map(|(_, gate)| gate));
        let fits: Vec<bool> = possible.iter().map(|case| self.fits(case, by)).collect();
        self.judge(&possible, &fits, by, place);
        let mut keep = vec![false; self.desks[index].mind.states().len()];
        possible.iter().zip(&fits).for_each(|(case, fits)| keep[case.state] |= fits);
        self.desks[index].mind.keep(&keep);
        if refusal.is_none() {
            self.sent(index, at, market, &request, place);
        }
        Ok(())
    }

    /// What the bot can have heard of a market.
    fn heard(&self, index: usize, at: Timestamp, ears: &mut Ears<'_>) -> Result<Vec<Heard>, TapeError> {
        let Some(ears) = ears else { return Ok(vec![Heard::default()]) };
        let all = ears[index].at(at)?;
        let (first, last) = (all.first().copied().unwrap_or_default(), all.last().copied().unwrap_or_default());
        Ok(match self.setup.wakes {
            super::Wakes { by_feed: true, .. } => all.to_vec(),
            super::Wakes { by_reports: true, .. } if first != last => vec![first, last],
            _ => vec![last],
        })
    }

    /// Everything that the decision can have been based on; what is known last, last.
    fn possible(
        &self,
        index: usize,
        at: Timestamp,
        request: &Request,
        heard: &[Heard],
        by: Option<usize>,
    ) -> Vec<Possible> {
        let desk = &self.desks[index];
        let doubts: &[bool] = if desk.memory.burst.has_doubt() { &[true, false] } else { &[true] };
        let mut all = Vec::with_capacity(1);
        for (state, known) in desk.mind.states().enumerate() {
            let seen = request.seen(known);
            for (heard, doubtful_count) in
                heard.iter().flat_map(|heard| doubts.iter().map(move |doubt| (heard, *doubt)))
            {
                let case =
                    Case { now: at, seen, heard: *heard, worth: desk.worth, memory: &desk.memory, doubtful_count };
                let gates = &self.setup.gates[..by.map_or(self.setup.gates.len(), |gate| gate + 1)];
                let first = gates.iter().enumerate().find_map(|(gate, row)| Some((gate, verdict(row, &case)?)));
                let own = by.and_then(|gate| verdict(&self.setup.gates[gate], &case));
                all.push(Possible { state, first, own });
            }
        }
        all
    }

    /// True when the decision follows from the case.
    fn fits(&self, case: &Possible, by: Option<(Refusal, usize)>) -> bool {
        match by {
            None => case.first.is_none(),
            Some((_, gate)) if !self.audit.controls[gate].audited => case.first.is_none(),
            Some((refusal, gate)) => case.first == Some((gate, figures(&refusal))),
        }
    }

    fn judge(&mut self, possible: &[Possible], fits: &[bool], by: Option<(Refusal, usize)>, place: Place) {
        if let Some((_, gate)) = by {
            self.audit.controls[gate].fires(place.entry);
        }
        if fits.contains(&true) {
            if let Some((_, gate)) = by.filter(|(_, gate)| self.audit.controls[*gate].audited) {
                self.audit.controls[gate].had_to_fire += 1;
            }
            let other = possible.iter().zip(fits).find(|(_, fits)| !**fits).map(|(case, _)| case);
            let gate = other.and_then(|case| case.first.map(|(gate, _)| gate).or(by.map(|(_, gate)| gate)));
            gate.into_iter().for_each(|gate| self.audit.controls[gate].ambiguous += 1);
            return;
        }
        let Some(case) = possible.last() else { return };
        match by {
            None => self.missed(case.first, "and the request was sent", place),
            Some((refusal, gate)) => {
                let before = case.first.filter(|(first, _)| *first < gate);
                self.missed(before, "and a gate behind it refused", place);
                self.own_refusal(possible, &refusal, gate, place);
            }
        }
    }

    /// A control had to refuse first.
    fn missed(&mut self, first: Option<(usize, Figures)>, what: &str, place: Place) {
        let Some((gate, expected)) = first else { return };
        self.audit.controls[gate].had_to_fire += 1;
        let text = format!("had to refuse ({}), {what}", self.show(gate, expected));
        self.note(gate, FindingKind::Missed, text, place);
    }

    /// Whether the gate that refused had a reason by itself.
    fn own_refusal(&mut self, possible: &[Possible], refusal: &Refusal, gate: usize, place: Place) {
        let found = figures(refusal);
        if !self.audit.controls[gate].audited || possible.iter().any(|case| case.own == Some(found)) {
            return;
        }
        let (kind, expected) = match possible.last().and_then(|case| case.own) {
            None => (FindingKind::False, "had no reason to refuse".to_owned()),
            Some(own) => {
                self.audit.controls[gate].had_to_fire += 1;
                (FindingKind::WrongFigures, format!("expected {}", self.show(gate, own)))
            }
        };
        let text = format!("refused with {}, {expected}", self.show(gate, found));
        self.note(gate, kind, text, place);
    }

    fn show(&self, gate: usize, figures: Figures) -> String {
        let control = Control::of(self.setup.gates[gate].id);
        control.map_or_else(
            || format!("{}, limit {}", figures.value, figures.limit),
            |control| control.unit.figures(figures),
        )
    }

    fn note(&mut self, gate: usize, kind: FindingKind, text: String, place: Place) {
        let finding = place.finding(&self.setup.gates[gate].name, kind, text);
        self.audit.note(finding);
    }

    /// A request is on its way.
    fn sent(&mut self, index: usize, at: Timestamp, market: MarketId, request: &Request, place: Place) {
        let effects: Vec<Effect> = self.desks[index].mind.states().map(|known| request.seen(known).effect).collect();
        let (counts, always) = (
            effects.iter().any(|effect| *effect != Effect::Cancels),
            effects.iter().all(|effect| *effect != Effect::Cancels),
        );
        let desk = &mut self.desks[index];
        if counts {
            desk.memory.burst.note(at, always);
        }
        let in_force = desk.stops.in_force();
        match *request {
            Request::New(intent) => {
                let is_foreign = index != market.index();
                desk.mind.change(|known| known.sent(&intent, is_foreign));
                desk.stops.sent(intent.client_order_id);
                self.breaches.extend(self.clearances.sent(&intent));
            }
            Request::Amend { id, price, quantity } => {
                desk.mind.change(|known| known.amending(id, quantity));
                self.clearances.amend_sent(id, price, quantity);
            }
        }
        self.checked(Invariant::Clearance);
        let is_own = matches!(*request, Request::New(intent) if intent.reason != FLATTENING);
        let is_stopped = self.desks.iter().all(|desk| desk.memory.kill_switch.is_stopped());
        if is_stopped {
            self.checked(Invariant::Commands);
        }
        if is_own && is_stopped {
            self.breaches.push((Invariant::Commands, "it was sent by a bot that was stopped".to_owned()));
        }
        if in_force {
            self.checked(Invariant::StopsHold);
            if effects.iter().all(|effect| *effect == Effect::Increases) {
                self.breaches.push((Invariant::StopsHold, "it may add risk, and was sent after a trip".to_owned()));
            }
        }
        self.note_breaches(place);
    }

    fn checked(&mut self, invariant: Invariant) {
        self.audit.invariants[invariant as usize].checked += 1;
    }

    fn note_breaches(&mut self, place: Place) {
        for (invariant, text) in std::mem::take(&mut self.breaches) {
            self.audit.note(place.finding(invariant.name(), FindingKind::Broken, text));
        }
    }

    /// A cancel was sent. Those of a trip go out before the bot hears of reports that arrive at the instant, or on bars after.
    fn cancel(&mut self, at: Timestamp, market: MarketId, id: ClientOrderId) {
        let index = self.index(market);
        match self.demanded {
            Some((demanded_at, _)) if demanded_at == at => {
                self.desks[index].mind.hear_before(at);
                self.desks[index].mind.maybe_hear_at(at);
            }
            _ => self.listen(index, at),
        }
        let desk = &mut self.desks[index];
        desk.mind.change(|known| known.cancelling(id));
        desk.stops.cancelled(id, at);
        self.clearances.cancel_sent(id);
    }

    /// A cancel or an amend was refused. What it asked for is not journalled, so that only what does not depend on it is judged:
    /// no gate stops a cancel, and some refuse every amend with the same figures.
    fn refused_unseen(
        &mut self,
        at: Timestamp,
        market: MarketId,
        id: ClientOrderId,
        refusal: Refusal,
        ears: &mut Ears<'_>,
    ) -> Result<(), TapeError> {
        let index = self.index(market);
        self.listen(index, at);
        let heard = self.heard(index, at, ears)?;
        let place = self.place(at, market, Some(id));
        let Some(gate) = self.setup.gates.iter().position(|gate| gate.id == refusal.gate) else { return Ok(()) };
        self.audit.controls[gate].fires(place.entry);
        self.audit.controls[gate].unseen += 1;
        let depends =
            matches!(self.setup.gates[gate].armed, Armed::With(Limits::OrderValue(_) | Limits::Position { .. }));
        if depends || !self.audit.controls[gate].audited {
            return Ok(());
        }
        self.audit.controls[gate].had_to_fire += 1;
        // An amend that adds as much as can be: every gate that looks at amends looks at it.
        let most = Request::Amend { id, price: None, quantity: Some(Quantity::new(i64::MAX)) };
        let possible = self.possible(index, at, &most, &heard, Some(gate));
        self.own_refusal(&possible, &refusal, gate, place);
        Ok(())
    }

    fn report(&mut self, report: &ExecutionReport) {
        let place = self.place(report.matched_at, report.market, Some(report.client_order_id));
        if report.market.index() >= self.desks.len() {
            self.breaches.push((Invariant::Clearance, "reported by a market that the run does not have".to_owned()));
            return self.note_breaches(place);
        }
        let before = self.clearances.position(report.market);
        self.clearances.report(report, &mut self.breaches);
        self.checked(Invariant::Clearance);
        if let ReportKind::Filled(_) = report.kind {
            self.checked(Invariant::Terms);
            self.within_position(before, report.market);
        }
        self.purse.report(report);
        let desk = &mut self.desks[report.market.index()];
        desk.stops.report(report);
        desk.mind.on_its_way(report);
        self.note_breaches(place);
    }

    /// What was respected when every order was sent no fill can break.
    fn within_position(&mut self, before: i128, market: MarketId) {
        let step = self.desks[market.index()].worth.step;
        let limit = self.setup.gates.iter().find_map(|gate| match gate.armed {
            Armed::With(Limits::Position { quantity, .. }) => quantity.map(|most| most.atto() / step),
            _ => None,
        });
        let Some(limit) = limit else { return };
        self.checked(Invariant::PositionLimit);
        let now = self.clearances.position(market);
        if limit < now.abs() && before.abs() < now.abs() {
            self.breaches.push((Invariant::PositionLimit, format!("{now} steps held, limit {limit}")));
        }
    }

    fn mark(&mut self, mark: &Mark) {
        let index = self.index(mark.market);
        self.breakers.settle();
        self.checked(Invariant::Marks);
        let place = self.place(mark.at, mark.market, None);
        self.breaches.extend(self.purse.mark(mark).map(|text| (Invariant::Marks, text)));
        let turns = self.desks[index].memory.on_mark(&self.setup.gates, mark);
        self.breakers.demand(&turns, place, &self.setup, &mut self.audit);
        self.marked = (index + 1 == self.desks.len()).then_some(mark.at);
        self.note_breaches(place);
    }

    /// Somebody told the bot something: what has to follow at once, as after a mark.
    fn command(&mut self, at: Timestamp, market: MarketId, command: Command, status: BotStatus) {
        let (index, place) = (self.index(market), self.place(at, market, None));
        self.breakers.settle();
        let turns = self.desks[index].memory.told(&self.setup.gates, command);
        self.breakers.demand(&turns, place, &self.setup, &mut self.audit);
        self.checked(Invariant::Commands);
        let expected = self.desks[index].memory.kill_switch.status();
        if status != expected {
            let text = format!("after `{command}` it says it is {status}, expected {expected}");
            self.breaches.push((Invariant::Commands, text));
        }
        self.marked = Some(at);
        self.note_breaches(place);
    }

    fn tripped(&mut self, at: Timestamp, market: MarketId, refusal: Refusal) {
        let place = self.place(at, market, None);
        let index = self.index(market);
        self.desks[index].stops.tripped(refusal.gate, at);
        // A breaker that is not audited is taken at its word, and so is the kill switch that it engages.
        if self.unaudited_trip == Some((at, market))
            && let Some(turn) = self.desks[index].memory.killed(refusal.gate)
        {
            self.breakers.demand(&[turn], place, &self.setup, &mut self.audit);
        }
        if self.is_unaudited(refusal.gate) {
            self.unaudited_trip = Some((at, market));
        }
        self.breakers.tripped(refusal.gate, figures(&refusal), place, &self.setup, &mut self.audit);
    }

    fn is_unaudited(&self, gate: GateId) -> bool {
        let place = self.setup.gates.iter().position(|row| row.id == gate);
        place.is_some_and(|place| !self.audit.controls[place].audited)
    }

    /// After the marks of a tick come the cancels that trips demand, and nothing before them.
    fn follow_marks(&mut self, entry: &Entry) {
        let belongs =
            matches!(entry, Entry::Mark(_) | Entry::Tripped { .. } | Entry::Cleared { .. } | Entry::Command { .. });
        if belongs {
            return self.missing_cancels(entry);
        }
        self.breakers.settle();
        if let Some(at) = self.marked.take().filter(|_| !matches!(entry, Entry::End { .. })) {
            self.demand(at);
        }
        self.missing_cancels(entry);
    }

    fn demand(&mut self, at: Timestamp) {
        let mut all = Vec::new();
        for (market, desk) in (0..).map(MarketId).zip(&self.desks) {
            if !desk.stops.in_force() {
                continue;
            }
            let mut mind = desk.mind.clone();
            mind.hear_before(at);
            mind.maybe_hear_at(at);
            let states: Vec<_> = mind.states().cloned().collect();
            all.extend(desk.stops.demanded(&states).into_iter().map(|id| (market, id)));
        }
        if self.desks.iter().any(|desk| desk.stops.in_force()) {
            self.checked(Invariant::Cancels);
            self.demanded = Some((at, all));
        }
    }

    /// Takes a cancel off the list of those demanded; when anything else comes, what is left on it was forgotten.
    fn missing_cancels(&mut self, entry: &Entry) {
        let Some((demanded_at, left)) = &mut self.demanded else { return };
        match entry {
            Entry::CancelSent { at, client_order_id, .. } if at == demanded_at => {
                left.retain(|(_, id)| id != client_order_id);
            }
            _ => {
                let (at, left) = (*demanded_at, std::mem::take(left));
                self.demanded = None;
                for (market, id) in left {
                    let place = self.place(at, market, Some(id));
                    self.breaches.push((Invariant::Cancels, "no cancel of it was sent after the trip".to_owned()));
                    self.note_breaches(place);
                }
            }
        }
    }
}

const fn figures(refusal: &Refusal) -> Figures {
    Figures { value: refusal.value, limit: refusal.limit }
}

fn control_row(gate: &super::AuditGate) -> ControlAudit {
    let known = Control::of(gate.id).is_some();
    let limit = match &gate.armed {
        Armed::With(limits) if known => Some(limits.to_string()),
        _ => None,
    };
    ControlAudit {
        name: gate.name.clone(),
        armed: gate.armed != Armed::Off,
        audited: limit.is_some(),
        limit: limit.unwrap_or_default(),
        ..ControlAudit::default()
    }
}

/// Without the tapes nobody knows what the bot could hear: controls that depend on it are not audited.
fn without_tapes(setup: &mut AuditSetup) -> Vec<String> {
    let mut unchecked = Vec::new();
    for gate in &mut setup.gates {
        let hears = matches!(
            gate.armed,
            Armed::With(Limits::StaleData(_) | Limits::OrderValue(_) | Limits::Position { value: Some(_), .. })
        );
        if hears {
            gate.armed = Armed::NotAudited;
            unchecked.push(format!("{}: it depends on what the bot heard, and the tapes are not at hand", gate.name));
        }
    }
    unchecked
}
