use super::breakers::Breakers;
use super::clearance::{Breach, Clearances};
use super::control::{Case, Control, DailyOrders, Figures, verdict};
use super::desk::Desk;
use super::events::{Events, Moved, What};
use super::finding::{FindingKind, Place};
use super::flattening::{Flattening, claims, flattens};
use super::ground::{Ground, Possible, sums};
use super::hearing::{Heard, Hearing};
use super::invariant::Invariant;
use super::orders::Known;
use super::outcome::{Audit, ControlAudit};
use super::purse::Purse;
use super::request::{Effect, Request};
use super::setup::{Armed, AuditSetup, Limits, Worth};
use super::statuses::Statuses;
use crate::journal::Entry;
use crate::model::{
    BestPrices, BotStatus, ClientOrderId, Command, ExecutionReport, GateId, Mark, MarketId, Refusal, ReportKind,
    TradingStatus,
};
use crate::tape::TapeError;
use crate::units::{Money, Overflow, Quantity, Span, Timestamp};

/// What the bots could hear, market by market; none where the tapes are not at hand.
pub(super) type Ears<'s> = Option<Vec<Hearing<'s>>>;

/// The audit of one lane while its journal is read.
pub(super) struct Auditor {
    pub(super) setup: AuditSetup,
    pub(super) audit: Audit,
    desks: Vec<Desk>,
    clearances: Clearances,
    purse: Purse,
    sent_today: DailyOrders,
    /// How many orders the user's other bots can have sent on the day of the decision, by then.
    pub(super) sent_by_others: std::ops::RangeInclusive<u64>,
    breakers: Breakers,
    /// When and where a breaker that is not audited tripped last.
    unaudited_trip: Option<(Timestamp, MarketId)>,
    entry: u64,
    /// Instant of a tick of the risk clock all of whose marks have been read, and what followed has not.
    marked: Option<Timestamp>,
    /// Cancels that this tick demands and that were not sent yet.
    demanded: Option<(Timestamp, Vec<(MarketId, ClientOrderId)>)>,
    /// Markets whose flattening demands an order at this instant that was not sent yet.
    owed: Option<(Timestamp, Vec<MarketId>)>,
    /// Instant and market of the last command that re-enabled some breaker, where it is not known which.
    reenabled: Option<(Timestamp, MarketId)>,
    /// On bars reports of a close come before its marks and commands; on rows marks and commands of an instant come first.
    on_bars: bool,
    events: Events,
    statuses: Statuses,
    breaches: Vec<Breach>,
}

/// The smallest span there is.
const INSTANT: Span = Span::from_nanos(1);

impl Auditor {
    pub fn new(setup: &AuditSetup, has_tapes: bool, bar: Span) -> Result<Self, Overflow> {
        let worth = setup.markets.iter().map(|market| Worth::of(&market.instrument)).collect::<Result<Vec<_>, _>>()?;
        let desk = |worth: &Worth| Desk::new(worth, &setup.gates);
        let mut setup = setup.clone();
        let unchecked = if has_tapes { Vec::new() } else { setup.without_tapes() };
        Ok(Self {
            audit: Audit {
                controls: setup.gates.iter().map(ControlAudit::of).collect(),
                invariants: Invariant::asked(&setup),
                alerts: Vec::new(),
                stops: super::StopAudit::default(),
                found: 0,
                findings: Vec::new(),
                unchecked,
            },
            desks: worth.iter().map(desk).collect(),
            clearances: Clearances::new(worth.len(), bar),
            purse: Purse::new(&setup, &worth),
            sent_today: DailyOrders::default(),
            sent_by_others: 0..=0,
            breakers: Breakers::default(),
            unaudited_trip: None,
            entry: 0,
            marked: None,
            demanded: None,
            owed: None,
            reenabled: None,
            on_bars: bar != Span::ZERO,
            events: Events::new(&setup, bar),
            statuses: Statuses::new(&setup, bar),
            breaches: Vec::new(),
            setup,
        })
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry, ears: &mut Ears<'_>) -> Result<(), TapeError> {
        if matches!(entry, Entry::Alert { .. }) {
            // What people are told changes nothing, and is audited apart.
            self.entry += 1;
            return Ok(());
        }
        self.tell_gates(entry);
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
            Entry::Cleared { at, market, gate } => self.opened(at, market, gate),
            Entry::Command { at, market, command, status, line } => self.command((at, market), command, status, line),
            Entry::Charged { at, market, charge, amount, line } => {
                self.moved(&Moved { at, market, what: What::Charge(charge), amount, line });
            }
            Entry::Allocated { at, market, asked, amount, line } => {
                self.moved(&Moved { at, market, what: What::Allocation(asked), amount, line });
                self.desks.iter_mut().for_each(|desk| desk.memory.allocated(amount));
            }
            Entry::Status { at, market, status } => self.status(at, market, status),
            Entry::End { at, .. } => {
                let missed = self.events.missed_at_end(at);
                self.note_missed(at, missed);
                self.breaches.extend(self.statuses.missed(at).map(|text| (Invariant::Statuses, text)));
                self.note_breaches(self.place(at, MarketId::FIRST, None));
            }
            Entry::Quote { .. } | Entry::Alert { .. } | Entry::Ambiguous { .. } | Entry::Wire { .. } => {}
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

    /// Worth of a tick and a step in each market.
    pub fn worth(&self) -> Vec<Worth> {
        self.desks.iter().map(|desk| desk.worth).collect()
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
        let price = self.setup.markets[index].opening_price.map_or(0, |price| i128::from(price.ticks()));
        if !position.is_zero() && self.setup.markets[index].opening_price.is_none() {
            let unchecked = self.setup.without_costs();
            self.audit.unchecked.extend(unchecked);
            self.audit.controls = self.setup.gates.iter().map(ControlAudit::of).collect();
        }
        let worth = self.desks[index].worth;
        self.desks[index].memory.open(&mark, price, &worth);
        self.desks[index].mind.opens_with(position.steps().into());
        self.clearances.opens_with(MarketId(index as u8), position);
        self.events.open(at);
        self.purse.open(MarketId(index as u8), position.steps().into(), equity);
    }

    /// Brings what the bot knows up to `at`.
    fn listen(&mut self, index: usize, at: Timestamp) {
        self.desks[index].hear_before(at);
        let mind = &mut self.desks[index].mind;
        if self.setup.wakes.by_reports {
            mind.maybe_hear_at(at);
        } else {
            mind.hear_to(at);
        }
    }

    /// The same for the other markets, where a control looks at them.
    fn listen_elsewhere(&mut self, index: usize, at: Timestamp) {
        if self.looks_elsewhere() {
            (0..self.desks.len()).filter(|other| *other != index).for_each(|other| self.listen(other, at));
        }
    }

    fn looks_elsewhere(&self) -> bool {
        self.needs_equity() || self.counts_positions()
    }

    fn counts_positions(&self) -> bool {
        self.setup.gates.iter().any(|gate| matches!(gate.armed, Armed::With(Limits::ConcurrentPositions(_))))
    }

    fn needs_equity(&self) -> bool {
        self.setup.gates.iter().any(|gate| matches!(&gate.armed, Armed::With(limits) if limits.needs_equity()))
    }

    /// In how many other markets the bot can think it is: the fewest and the most.
    fn elsewhere(&self, index: usize) -> std::ops::RangeInclusive<i128> {
        if !self.counts_positions() {
            return 0..=0;
        }
        let others = || self.desks.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, desk)| &desk.mind);
        let fewest = others().filter(|mind| mind.states().all(Known::is_engaged)).count();
        let most = others().filter(|mind| mind.states().any(Known::is_engaged)).count();
        fewest as i128..=most as i128
    }

    /// What the bot can think it has but for the market of the request. One `None` where that cannot be told.
    fn funds(&self, index: usize, at: Timestamp, ears: &mut Ears<'_>) -> Result<Vec<Option<i128>>, TapeError> {
        let mut all = vec![self.purse.funds()];
        if !self.needs_equity() {
            return Ok(all);
        }
        for other in (0..self.desks.len()).filter(|other| *other != index) {
            let heard = self.heard(other, at, ears)?;
            let Desk { worth, mind, .. } = &self.desks[other];
            let here = heard
                .iter()
                .flat_map(|heard| mind.states().map(|known| known.brought(worth.tick_step, heard.best.mid_x2())));
            all = sums(&all, &here.collect::<Vec<_>>());
        }
        Ok(all)
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
        self.listen_elsewhere(index, at);
        let heard = self.heard(index, at, ears)?;
        let place = self.place(at, market, Some(request.id()));
        let by = refusal.map(|refusal| (refusal, self.setup.gates.iter().position(|gate| gate.id == refusal.gate)));
        if let Some((refusal, None)) = by {
            let text = format!("refused by gate {}, which the run does not have", refusal.gate.0);
            self.audit.note(place.finding(Invariant::Clearance.name(), FindingKind::Broken, text));
            return Ok(());
        }
        let by = by.and_then(|(refusal, gate)| Some((refusal, gate?)));
        let ground = Ground { at, heard, funds: self.funds(index, at, ears)? };
        let possible = self.possible(index, &request, &ground, by);
        let fits: Vec<bool> = possible.iter().map(|case| self.fits(case, by)).collect();
        self.judge(&possible, &fits, by, place);
        let mut keep = vec![false; self.desks[index].mind.states().len()];
        possible.iter().zip(&fits).for_each(|(case, fits)| keep[case.state] |= fits);
        self.desks[index].mind.keep(&keep);
        let is_own = self.is_own(index, at, &request, place);
        if refusal.is_none() {
            self.sent(index, is_own, &request, place);
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
        request: &Request,
        ground: &Ground,
        by: Option<(Refusal, usize)>,
    ) -> Vec<Possible> {
        let desk = &self.desks[index];
        let doubts: &[bool] = if desk.memory.burst.has_doubt() { &[true, false] } else { &[true] };
        let (elsewhere, own) = (self.elsewhere(index), self.sent_today.sent(ground.at));
        let elsewhere =
            || elsewhere.clone().flat_map(|number| self.sent_by_others.clone().map(move |sent| (number, sent)));
        let mut all = Vec::with_capacity(1);
        for (state, known) in desk.mind.states().enumerate() {
            for (heard, funds) in ground.each() {
                let brought = known.brought(desk.worth.tick_step, heard.best.mid_x2());
                for (doubtful_count, (elsewhere, others)) in
                    doubts.iter().flat_map(|doubt| elsewhere().map(move |numbers| (*doubt, numbers)))
                {
                    let case = Case {
                        now: ground.at,
                        seen: request.seen(known),
                        heard,
                        worth: desk.worth,
                        memory: &desk.memory,
                        doubtful_count,
                        elsewhere,
                        sent_today: own + others,
                        instrument: &self.setup.markets[index].instrument,
                        equity: funds.zip(brought).and_then(|(funds, brought)| funds.checked_add(brought)),
                        said: by.map(|(refusal, _)| figures(&refusal)),
                    };
                    all.push(self.weigh(state, &case, by.map(|(_, gate)| gate)));
                }
            }
        }
        all
    }

    /// What follows from a case, with the gate at place `by` refusing.
    fn weigh(&self, state: usize, case: &Case<'_>, by: Option<usize>) -> Possible {
        let said = |gate: usize| if by == Some(gate) { case.said } else { None };
        let verdict = |gate: usize| verdict(&self.setup.gates[gate], &Case { said: said(gate), ..*case });
        let last = by.map_or(self.setup.gates.len(), |gate| gate + 1);
        let first = (0..last).find_map(|gate| Some((gate, verdict(gate)?)));
        Possible { state, first, own: by.and_then(verdict) }
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
        let fits_one = fits.contains(&true);
        // Nobody is accused of what may follow from a state that is not kept apart.
        if fits_one || self.may_be_elsewhere(place.market) {
            if let Some((_, gate)) = by.filter(|(_, gate)| fits_one && self.audit.controls[*gate].audited) {
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

    /// A decision at a market can have come from a state that is not kept apart.
    fn may_be_elsewhere(&self, market: MarketId) -> bool {
        let own = self.index(market);
        let counts = |place: usize| place == own || self.looks_elsewhere();
        self.desks.iter().enumerate().any(|(place, desk)| counts(place) && desk.mind.has_others())
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
    fn sent(&mut self, index: usize, is_own: bool, request: &Request, place: Place) {
        let Place { at, market, .. } = place;
        let effects: Vec<Effect> = self.desks[index].mind.states().map(|known| request.seen(known).effect).collect();
        let (counts, always) = (
            effects.iter().any(|effect| *effect != Effect::Cancels),
            effects.iter().all(|effect| *effect != Effect::Cancels),
        );
        let desk = &mut self.desks[index];
        if counts {
            desk.memory.burst.note(at, always);
        }
        desk.memory.messages.note(at);
        let in_force = desk.stops.in_force();
        match *request {
            Request::New(intent) => {
                self.sent_today.note(at);
                let is_foreign = index != market.index();
                desk.mind.change(|known| known.sent(&intent, is_foreign));
                desk.memory.ordered(at, &intent);
                desk.stops.sent(intent.client_order_id);
                self.statuses.sent(&intent);
                desk.pushed.sent(intent.client_order_id, self.clearances.is_idle(), at);
                self.breaches.extend(self.clearances.sent(&intent));
            }
            Request::Amend { id, price, quantity } => {
                desk.mind.change(|known| known.amending(id, price, quantity));
                self.clearances.amend_sent(id, price, quantity);
                self.statuses.amending(market, id, price);
            }
        }
        self.checked(Invariant::Clearance);
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

    /// The strategy wants it. It is not called while anything is being flattened, whose own orders are told by what they are.
    fn is_own(&mut self, index: usize, at: Timestamp, request: &Request, place: Place) -> bool {
        let Request::New(intent) = request else { return false };
        let desk = &mut self.desks[index];
        if let Some(flattening) = desk.flattening.as_mut().filter(|_| claims(intent))
            && let Some(known) = desk.mind.states().find(|known| flattens(intent, known))
        {
            flattening.tried(at, known.position);
            return false;
        }
        for (place_of, market) in (0..self.desks.len()).zip((0..).map(MarketId)) {
            let Some(flattening) = self.desks[place_of].flattening.take() else { continue };
            self.checked(Invariant::Commands);
            self.listen(place_of, at);
            if !flattening.is_over(self.desks[place_of].mind.states()) {
                let text = format!("the strategy sent it while market {market} was to be flattened");
                self.breaches.push((Invariant::Commands, text));
            }
        }
        self.note_breaches(place);
        true
    }

    fn checked(&mut self, invariant: Invariant) {
        if let Some(place) = invariant.place(&self.audit.invariants) {
            self.audit.invariants[place].checked += 1;
        }
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
        desk.memory.messages.note(at);
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
        self.listen_elsewhere(index, at);
        let heard = self.heard(index, at, ears)?;
        let place = self.place(at, market, Some(id));
        let Some(gate) = self.setup.gates.iter().position(|gate| gate.id == refusal.gate) else { return Ok(()) };
        self.audit.controls[gate].fires(place.entry);
        self.audit.controls[gate].unseen += 1;
        let depends = matches!(&self.setup.gates[gate].armed, Armed::With(limits) if limits.weighs_amends());
        if depends || !self.audit.controls[gate].audited {
            return Ok(());
        }
        self.audit.controls[gate].had_to_fire += 1;
        // An amend that adds as much as can be: every gate that looks at amends looks at it.
        let most = Request::Amend { id, price: None, quantity: Some(Quantity::new(i64::MAX)) };
        let ground = Ground { at, heard, funds: vec![None] };
        let possible = self.possible(index, &most, &ground, Some((refusal, gate)));
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
        if self.statuses.are_asked() {
            self.checked(Invariant::Statuses);
            let wrong = self.statuses.wrong(report).or_else(|| self.clearances.adds_risk(report, &self.statuses));
            self.breaches.extend(wrong.map(|text| (Invariant::Statuses, text)));
        }
        if let ReportKind::Filled(_) = report.kind {
            self.checked(Invariant::Terms);
            self.within_position(before, report);
            self.events.filled(report);
        } else if report.kind.sets_right() {
            self.desks[report.market.index()].pushed.by(report);
            self.checked(Invariant::Events);
            let wrong = self.events.set_right(report, &self.setup.markets[report.market.index()]);
            self.breaches.extend(wrong.map(|text| (Invariant::Events, text)));
        }
        self.purse.report(report);
        let desk = &mut self.desks[report.market.index()];
        let overtakes = self.setup.wire.is_none() && report.reported_at < desk.told_at;
        if report.reported_at < report.matched_at || overtakes {
            self.breaches
                .push((Invariant::Clearance, "told before it happened, or before what happened first".to_owned()));
        }
        desk.told_at = desk.told_at.max(report.reported_at);
        desk.memory.matched(report, &desk.worth);
        desk.stops.report(report);
        desk.mind.on_its_way(report);
        super::mind::insert(&mut desk.due, report);
        self.note_breaches(place);
    }

    /// What was respected when every order was sent no fill can break; after a bust, by as much as that has moved the position.
    fn within_position(&mut self, before: i128, report: &ExecutionReport) {
        let market = report.market;
        let step = self.desks[market.index()].worth.step;
        let limit = self.setup.gates.iter().find_map(|gate| match gate.armed {
            Armed::With(Limits::Position { quantity, .. }) => quantity.map(|most| most.atto() / step),
            _ => None,
        });
        let Some(limit) = limit else { return };
        self.checked(Invariant::PositionLimit);
        let now = self.clearances.position(market);
        let limit = limit + self.desks[market.index()].pushed.beyond(report);
        if limit < now.abs() && before.abs() < now.abs() {
            self.breaches.push((Invariant::PositionLimit, format!("{now} steps held, limit {limit}")));
        }
    }

    /// The account was moved without a fill.
    fn moved(&mut self, moved: &Moved) {
        self.checked(Invariant::Events);
        let (purse, market) = (&self.purse, moved.market);
        let instrument = &self.setup.markets[self.index(market)].instrument;
        let (fees, free) = (instrument.fees, purse.free(instrument.kind, self.clearances.is_idle()));
        let wrong = self.events.moved(moved, |ppb| purse.funding(market, ppb, &fees), free);
        self.breaches.extend(wrong.map(|text| (Invariant::Events, text)));
        self.note_breaches(self.place(moved.at, market, None));
        self.purse.charge(moved.amount);
    }

    /// A market was halted, or opened, or takes other prices.
    fn status(&mut self, at: Timestamp, market: MarketId, status: TradingStatus) {
        self.checked(Invariant::Statuses);
        let left = (self.clearances.position(market), self.clearances.open_at(market));
        let wrong = self.statuses.told(at, market, status).into_iter().chain(Statuses::orphan(status, left));
        self.breaches.extend(wrong.map(|text| (Invariant::Statuses, text)));
        self.note_breaches(self.place(at, market, None));
    }

    fn note_missed(&mut self, at: Timestamp, missed: Option<String>) {
        if let Some(text) = missed {
            self.breaches.push((Invariant::Events, text));
            self.note_breaches(self.place(at, MarketId::FIRST, None));
        }
    }

    fn mark(&mut self, mark: &Mark) {
        let missed = self.events.missed(mark.at);
        self.note_missed(mark.at, missed);
        let index = self.index(mark.market);
        self.breakers.settle();
        self.checked(Invariant::Marks);
        let place = self.place(mark.at, mark.market, None);
        self.breaches.extend(self.purse.mark(mark).map(|text| (Invariant::Marks, text)));
        let turns = self.desks[index].memory.on_mark(&self.setup.gates, mark);
        self.breakers.demand(&turns, place, &self.setup, &mut self.audit);
        if self.desks[index].wants_closed && !mark.position.is_zero() {
            self.begin_flattening(index, mark.at);
        }
        self.marked = (index + 1 == self.desks.len()).then_some(mark.at);
        self.note_breaches(place);
    }

    /// Somebody told the bot something: what has to follow at once, as after a mark.
    fn command(&mut self, (at, market): (Timestamp, MarketId), command: Command, status: BotStatus, line: u32) {
        let (index, place) = (self.index(market), self.place(at, market, None));
        self.breakers.settle();
        let mut turns = self.desks[index].memory.told(&self.setup.gates, command, at);
        match command {
            Command::Flatten => self.desks[index].flattening = Some(Flattening::told(at)),
            Command::RestartWithoutState => {
                let loses_memory = self.setup.wire.is_some_and(|wire| wire.loses_memory);
                self.desks[index].forget(loses_memory);
            }
            _ => {}
        }
        if command == Command::Reenable {
            let named = self.setup.reenables.iter().find(|(number, _)| *number == line).map(|(_, gate)| *gate);
            turns.extend(named.and_then(|gate| self.desks[index].memory.reenable(&self.setup.gates, gate)));
            self.reenabled = named.is_none().then_some((at, market));
        }
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

    /// Lets gates hear of what the bot had heard before an entry was made. What one of them had to do at a report stands behind
    /// nothing but that report.
    fn tell_gates(&mut self, entry: &Entry) {
        let until = match *entry {
            Entry::Mark(Mark { at, .. }) | Entry::Command { at, .. } if self.on_bars => at.plus(INSTANT),
            Entry::Mark(Mark { at, .. })
            | Entry::Command { at, .. }
            | Entry::OrderSent { at, .. }
            | Entry::OrderRefused { at, .. }
            | Entry::CancelSent { at, .. }
            | Entry::AmendSent { at, .. }
            | Entry::RequestRefused { at, .. }
            | Entry::Tripped { at, .. }
            | Entry::Cleared { at, .. } => at,
            Entry::End { at, .. } => at.plus(INSTANT),
            Entry::Start { .. }
            | Entry::Venue(_)
            | Entry::Quote { .. }
            | Entry::Alert { .. }
            | Entry::Charged { .. }
            | Entry::Allocated { .. }
            | Entry::Status { .. }
            | Entry::Wire { .. }
            | Entry::Ambiguous { .. } => {
                return;
            }
        };
        for index in 0..self.desks.len() {
            // The last marks of a run come after the reports of their instant: what they opened was tripped until then.
            let is_late = |desk: &Desk| matches!(entry, Entry::End { at, .. } if desk.opened_at == Some(*at));
            while self.desks[index].due.front().is_some_and(|report| report.reported_at < until) {
                if is_late(&self.desks[index]) && self.desks[index].due[0].reported_at.plus(INSTANT) == until {
                    break;
                }
                self.breakers.settle();
                self.tell_next(index);
                self.breakers.settle();
            }
        }
    }

    /// Lets the gates of a market hear of the next report.
    fn tell_next(&mut self, index: usize) {
        let desk = &mut self.desks[index];
        if let Some(report) = desk.due.front().filter(|report| report.kind.sets_right()) {
            desk.hear_before(report.reported_at);
        }
        let Some(report) = desk.due.pop_front() else { return };
        desk.flattening.iter_mut().for_each(|flattening| flattening.heard(report.reported_at));
        let turns = desk.memory.on_report(&self.setup.gates, &report, &desk.worth);
        let place = self.place(report.reported_at, MarketId(index as u8), Some(report.client_order_id));
        self.breakers.demand(&turns, place, &self.setup, &mut self.audit);
    }

    /// A breaker has tripped on a report of this instant: which of them is the first that it had to trip on.
    fn tell_until_due(&mut self, index: usize, at: Timestamp, gate: GateId) {
        let is_of = |row: &super::AuditGate| row.id == gate;
        let hears = self
            .setup
            .gates
            .iter()
            .find(|row| is_of(row))
            .is_some_and(|row| matches!(&row.armed, Armed::With(limits) if limits.trips_on_reports()));
        let market = MarketId(index as u8);
        while hears
            && !self.breakers.awaits(market, gate)
            && self.desks[index].due.front().is_some_and(|report| report.reported_at <= at)
        {
            self.tell_next(index);
        }
    }

    /// A gate has opened.
    fn opened(&mut self, at: Timestamp, market: MarketId, gate: GateId) {
        let place = self.place(at, market, None);
        let index = self.index(market);
        self.desks[index].stops.opened(gate);
        if self.setup.closes_position(gate) {
            let desk = &mut self.desks[index];
            desk.wants_closed = false;
            desk.flattening = desk.flattening.and_then(|flattening| flattening.unwanted(at));
        }
        self.desks[index].opened_at = Some(at);
        if self.reenabled == Some((at, market)) {
            let turn = self.desks[index].memory.reenable(&self.setup.gates, gate);
            self.breakers.demand(turn.as_slice(), place, &self.setup, &mut self.audit);
        }
        self.breakers.opened(gate, place, &self.setup, &mut self.audit);
    }

    fn tripped(&mut self, at: Timestamp, market: MarketId, refusal: Refusal) {
        let place = self.place(at, market, None);
        let index = self.index(market);
        self.tell_until_due(index, at, refusal.gate);
        self.desks[index].stops.tripped(refusal.gate, at);
        self.desks[index].memory.tripped();
        if self.setup.closes_position(refusal.gate) {
            self.desks[index].wants_closed = true;
            self.begin_flattening(index, at);
        }
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
        // Its cancels come next, at a report as at a mark.
        self.marked = Some(at);
    }

    /// A gate wants what is held closed. What is being closed goes on being closed, for as long as the gate is tripped.
    fn begin_flattening(&mut self, index: usize, at: Timestamp) {
        let desk = &mut self.desks[index];
        let goes_on = desk.flattening.filter(|flattening| !flattening.is_over(desk.mind.states()));
        desk.flattening = Some(goes_on.unwrap_or_else(|| Flattening::told(at)).wanted(true));
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
            self.missing_orders(entry);
            return self.missing_cancels(entry);
        }
        self.breakers.settle();
        if let Some(at) = self.marked.take().filter(|_| !matches!(entry, Entry::End { .. })) {
            self.demand(at);
            self.owe(at);
        }
        self.missing_cancels(entry);
        self.missing_orders(entry);
    }

    /// Orders that flattenings demand at `at`.
    fn owe(&mut self, at: Timestamp) {
        let mut all = Vec::new();
        for (market, desk) in (0..).map(MarketId).zip(&self.desks) {
            let Some(flattening) = desk.flattening else { continue };
            let mut mind = desk.mind.clone();
            mind.hear_before(at);
            mind.maybe_hear_at(at);
            all.extend(flattening.owes(at, mind.states()).then_some(market));
        }
        if !all.is_empty() {
            self.checked(Invariant::Commands);
            self.owed = Some((at, all));
        }
    }

    /// As [`missing_cancels`](Self::missing_cancels), of the orders that flattenings demand.
    fn missing_orders(&mut self, entry: &Entry) {
        let Some((owed_at, left)) = &mut self.owed else { return };
        match entry {
            Entry::CancelSent { at, .. } if at == owed_at => {}
            Entry::OrderSent { at, intent } | Entry::OrderRefused { at, intent, .. }
                if at == owed_at && claims(intent) =>
            {
                left.retain(|market| *market != intent.market);
            }
            _ => {
                let (at, left) = (*owed_at, std::mem::take(left));
                self.owed = None;
                for market in left {
                    let text = "it was to be flattened, holds something, and nothing was sent".to_owned();
                    self.breaches.push((Invariant::Commands, text));
                    self.note_breaches(self.place(at, market, None));
                }
            }
        }
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
