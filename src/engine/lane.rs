use super::config::LaneSetup;
use super::error::EngineError;
use crate::book::Ladder;
use crate::bot::{Bot, Decision, MarketKnowledge, Wake};
use crate::gates::{Cleared, GateCounter, GateEvent};
use crate::journal::{Entry, EntrySink};
use crate::ledger::Ledger;
use crate::model::{
    AmendOrder, BestPrices, CancelOrder, ExecutionReport, Instrument, Mark, MarketId, NewOrder, ReportKind,
};
use crate::strategy::Description;
use crate::units::{Money, Overflow, Price, Span, Timestamp};
use crate::venue::{Funds, Latency, MarketKind, Venue};
use std::collections::VecDeque;

/// What is on its way to the venue.
pub(super) enum Request {
    New(Cleared<NewOrder>),
    Cancel(Cleared<CancelOrder>),
    Amend(Cleared<AmendOrder>),
}

/// What a lane has to show at the end of a run.
#[derive(Debug, Clone)]
pub struct LaneOutcome {
    /// Name given at set-up.
    pub name: String,
    /// The strategy.
    pub strategy: Description,
    /// One row a gate.
    pub gates: Vec<GateCounter>,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Equity at the last mid.
    pub equity: Money,
    /// The venue-side ledger.
    pub ledger: Ledger,
}

/// No mid trips anything.
const NEVER: (i64, i64) = (i64::MIN, i64::MAX);

/// The bar in progress: on bars a bot hears of things at closes only.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenBar {
    pub(super) close_at: Timestamp,
    pub(super) period: Span,
}

impl OpenBar {
    /// The first close at or after `at`, this bar's at the soonest.
    fn heard_at(self, at: Timestamp) -> Timestamp {
        let late = at.since(self.close_at).nanos().max(0);
        let bars = late.div_euclid(self.period.nanos()) + i64::from(late.rem_euclid(self.period.nanos()) > 0);
        self.close_at.plus(self.period.times(bars))
    }
}

/// One bot, its account at the venue, and what travels between them.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) bot: Bot,
    pub(super) venue: Venue,
    pub(super) ledger: Ledger,
    latency: Latency,
    sink: Box<dyn EntrySink>,
    requests: VecDeque<(Timestamp, Request)>,
    reports: VecDeque<ExecutionReport>,
    pub(super) next_timer: Timestamp,
    /// The bar in progress; none on other markets.
    pub(super) bar: Option<OpenBar>,
    orders: u64,
    fills: u64,
    mid_x2: i64,
    /// Doubled mids at or beyond which a breaker would trip, as of the last fill or mark.
    trip: (i64, i64),
    scratch: Vec<ExecutionReport>,
    decisions: Vec<Decision>,
    gate_events: Vec<GateEvent>,
}

impl Lane {
    pub(super) fn new(
        setup: LaneSetup,
        instrument: &Instrument,
        kind: MarketKind,
        start: Timestamp,
    ) -> Result<Self, Overflow> {
        let funds = Funds { quote: setup.opening.quote, position: setup.opening.position };
        let bot = Bot::new(setup.strategy, setup.gates, instrument, &setup.opening)?;
        let next_timer = bot.subscriptions().timer.map_or(Timestamp::MAX, |period| start.plus(period));
        let mut lane = Self {
            name: setup.name,
            bot,
            venue: Venue::new(instrument, &setup.venue, kind, &funds)?,
            ledger: Ledger::new(instrument, &setup.opening)?,
            latency: setup.latency,
            sink: setup.sink,
            requests: VecDeque::with_capacity(64),
            reports: VecDeque::with_capacity(64),
            next_timer,
            bar: None,
            orders: 0,
            fills: 0,
            mid_x2: setup.opening.at.map_or(0, |price| 2 * price.ticks()),
            trip: NEVER,
            scratch: Vec::with_capacity(64),
            decisions: Vec::with_capacity(64),
            gate_events: Vec::new(),
        };
        lane.open(start)?;
        Ok(lane)
    }

    /// Writes the first entry and shows the gates the equity that the first day's loss is held against.
    fn open(&mut self, start: Timestamp) -> Result<(), Overflow> {
        let (equity, position) = (self.ledger.equity(self.mid_x2)?, self.ledger.position());
        let market = MarketId::FIRST;
        self.sink.record(&Entry::Start { at: start, market, equity, position });
        let best = BestPrices::default();
        self.bot.gates_mut().open(&Mark {
            market,
            at: start,
            best,
            position,
            equity,
            open_orders: 0,
            feed_latency_ns: 0,
        });
        Ok(())
    }

    /// The soonest instant at which anything but market data can happen here.
    #[inline]
    pub(super) fn next_at(&self) -> Timestamp {
        let request = self.requests.front().map_or(Timestamp::MAX, |(at, _)| *at);
        let report = self.reports.front().map_or(Timestamp::MAX, |report| report.reported_at);
        request.min(report).min(self.next_timer).min(self.venue.next_expiry())
    }

    pub(super) fn error(&self, at: Timestamp, source: Overflow) -> EngineError {
        EngineError::Overflow { lane: self.name.clone(), at, source }
    }

    pub(super) fn record(&mut self, entry: &Entry) {
        self.sink.record(entry);
    }

    /// Calls the venue and takes in what it reports; true when that is anything.
    pub(super) fn at_venue(
        &mut self,
        feed_latency: Span,
        act: impl FnOnce(&mut Venue, &mut Vec<ExecutionReport>) -> Result<(), Overflow>,
    ) -> Result<bool, Overflow> {
        let mut reports = std::mem::take(&mut self.scratch);
        let acted = act(&mut self.venue, &mut reports);
        let any = !reports.is_empty();
        let absorbed = reports.drain(..).try_for_each(|report| self.absorb(report, feed_latency));
        self.scratch = reports;
        acted.and(absorbed).map(|()| any)
    }

    /// The venue did something: post it, record it, and send word to the bot.
    fn absorb(&mut self, mut report: ExecutionReport, feed_latency: Span) -> Result<(), Overflow> {
        report.reported_at = report.matched_at.plus(self.latency.response(report.matched_at, feed_latency));
        if let Some(bar) = self.bar {
            report.reported_at = bar.heard_at(report.reported_at);
        }
        if let Some(last) = self.reports.back() {
            report.reported_at = report.reported_at.max(last.reported_at);
        }
        if let ReportKind::Filled(fill) = &report.kind {
            self.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
            self.fills += 1;
            self.trip = self.trip_now();
        }
        self.sink.record(&Entry::Venue(report));
        self.reports.push_back(report);
        Ok(())
    }

    /// Tells the venue the last trade before requests that are due at `now` arrive: it hears only of trades that touch it.
    pub(super) fn tell_last_trade(&mut self, now: Timestamp, last_trade: Option<Price>) {
        if let Some(price) = last_trade.filter(|_| self.requests.front().is_some_and(|(at, _)| *at <= now)) {
            self.venue.set_last_trade(price);
        }
    }

    /// True when a report arrives at the bot up to and at `now`.
    #[inline]
    pub(super) fn report_due(&self, now: Timestamp) -> bool {
        self.reports.front().is_some_and(|report| report.reported_at <= now)
    }

    /// Hands requests that arrive up to and at `until` to the venue, which acts on them at `now`.
    pub(super) fn arrivals(
        &mut self,
        until: Timestamp,
        now: Timestamp,
        book: &mut Ladder,
        feed_latency: Span,
    ) -> Result<(), Overflow> {
        let due = |(at, _): &(Timestamp, Request)| *at <= until;
        if !self.requests.front().is_some_and(due) {
            return Ok(());
        }
        let mut requests = std::mem::take(&mut self.requests);
        let acted = self.at_venue(feed_latency, |venue, out| {
            while requests.front().is_some_and(due)
                && let Some((_, request)) = requests.pop_front()
            {
                match request {
                    Request::New(order) => venue.submit(order, now, book, out)?,
                    Request::Cancel(cancel) => venue.cancel(cancel, now, book, out),
                    Request::Amend(amend) => venue.amend(amend, now, book, out)?,
                }
            }
            Ok(())
        });
        self.requests = requests;
        acted.map(|_| ())
    }

    /// Nothing of this lane is open, on its way, or held: the market cannot concern it.
    pub(super) fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.reports.is_empty()
            && self.venue.open_orders() == 0
            && self.ledger.position().is_zero()
    }

    /// Delivers reports due at `now`.
    pub(super) fn deliver(
        &mut self,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        feed_latency: Span,
    ) -> Result<(), Overflow> {
        while self.report_due(now) {
            let Some(report) = self.reports.pop_front() else { break };
            self.bot.learn(&report)?;
            if self.bot.subscriptions().reports {
                self.wake(Wake::Report(&report), now, market, feed_latency)?;
            }
        }
        Ok(())
    }

    /// Calls the strategy and sends off what the gates cleared.
    pub(super) fn wake(
        &mut self,
        wake: Wake<'_>,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        feed_latency: Span,
    ) -> Result<(), Overflow> {
        let mut decisions = std::mem::take(&mut self.decisions);
        let woken = self.bot.wake(wake, now, market, &mut decisions);
        self.send(&mut decisions, now, feed_latency);
        self.decisions = decisions;
        woken
    }

    fn send(&mut self, decisions: &mut Vec<Decision>, now: Timestamp, feed_latency: Span) {
        let market = MarketId::FIRST;
        for decision in decisions.drain(..) {
            let request = match decision {
                Decision::Order(order) => {
                    self.sink.record(&Entry::OrderSent { at: now, intent: order.get().intent });
                    self.orders += 1;
                    Request::New(order)
                }
                Decision::Cancel(cancel) => {
                    let client_order_id = cancel.get().client_order_id;
                    self.sink.record(&Entry::CancelSent { at: now, market, client_order_id });
                    Request::Cancel(cancel)
                }
                Decision::Amend(amend) => {
                    let AmendOrder { client_order_id, price, quantity, .. } = *amend.get();
                    self.sink.record(&Entry::AmendSent { at: now, market, client_order_id, price, quantity });
                    Request::Amend(amend)
                }
                Decision::OrderRefused(intent, refusal) => {
                    self.sink.record(&Entry::OrderRefused { at: now, intent, refusal });
                    continue;
                }
                Decision::RequestRefused(client_order_id, refusal) => {
                    self.sink.record(&Entry::RequestRefused { at: now, market, client_order_id, refusal });
                    continue;
                }
            };
            let arrives = now.plus(self.latency.entry(now, feed_latency));
            let arrives = self.requests.back().map_or(arrives, |(last, _)| arrives.max(*last));
            self.requests.push_back((arrives, request));
        }
    }

    /// One tick of the risk clock: mark, show the gates. True when they demand that orders be cancelled.
    pub(super) fn mark(&mut self, at: Timestamp, best: BestPrices, feed_latency: Span) -> Result<bool, Overflow> {
        if let Some(mid_x2) = best.mid_x2() {
            self.mid_x2 = mid_x2;
        }
        let mark = Mark {
            market: MarketId::FIRST,
            at,
            best,
            position: self.ledger.position(),
            equity: self.ledger.equity(self.mid_x2)?,
            open_orders: self.venue.open_orders(),
            feed_latency_ns: feed_latency.nanos(),
        };
        self.sink.record(&Entry::Mark(mark));
        let mut events = std::mem::take(&mut self.gate_events);
        self.bot.on_mark(&mark, &mut events);
        for event in events.drain(..) {
            let entry = match event {
                GateEvent::Tripped(refusal) => Entry::Tripped { at, market: mark.market, refusal },
                GateEvent::Cleared(gate) => Entry::Cleared { at, market: mark.market, gate },
            };
            self.sink.record(&entry);
        }
        self.gate_events = events;
        self.trip = self.trip_now();
        Ok(self.bot.gates().cancel_up_to().is_some())
    }

    /// Sends off the cancels that the gates demand.
    pub(super) fn cancel_all(&mut self, at: Timestamp, market: &MarketKnowledge<'_>, feed_latency: Span) {
        let mut decisions = std::mem::take(&mut self.decisions);
        self.bot.cancel_all(at, market, &mut decisions);
        self.send(&mut decisions, at, feed_latency);
        self.decisions = decisions;
    }

    /// Doubled mids at or beyond which a breaker would trip: `(at or below, at or above)`.
    pub(super) const fn trip_mids(&self) -> (i64, i64) {
        self.trip
    }

    fn trip_now(&self) -> (i64, i64) {
        let steps = self.ledger.position().steps();
        let Some(trip) = self.bot.gates().trip_equity() else { return NEVER };
        let (Ok(here), Ok(next)) = (self.ledger.equity(self.mid_x2), self.ledger.equity(self.mid_x2 + 2)) else {
            return NEVER;
        };
        let per_tick = (next - here).atto();
        if steps == 0 || per_tick == 0 || here <= trip {
            return NEVER;
        }
        // Equity moves by `per_tick` for two half ticks; round towards the present mid, so that the stop comes early.
        let distance = 2 * (here - trip).atto() / per_tick.abs();
        let Ok(distance) = i64::try_from(distance) else { return NEVER };
        match steps > 0 {
            true => (self.mid_x2.saturating_sub(distance), i64::MAX),
            false => (i64::MIN, self.mid_x2.saturating_add(distance)),
        }
    }

    /// Closes the journal and says what there was.
    pub(super) fn finish(mut self, at: Timestamp, rows: u64, messages: u64) -> Result<LaneOutcome, EngineError> {
        self.sink.record(&Entry::End { at, rows, messages });
        self.ledger.check();
        let equity = self.ledger.equity(self.mid_x2).map_err(|source| self.error(at, source))?;
        Ok(LaneOutcome {
            name: self.name,
            strategy: self.bot.strategy().describe(),
            gates: self.bot.gates().counters(),
            orders: self.orders,
            fills: self.fills,
            equity,
            ledger: self.ledger,
        })
    }
}
