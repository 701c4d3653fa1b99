use super::config::{LaneSetup, MarketSetup};
use super::error::EngineError;
use super::site::{Place, Site};
use crate::book::Ladder;
use crate::bot::{Bot, BotMarket, Decision, MarketKnowledge, Request, Wake};
use crate::gates::{GateCounter, GateEvent};
use crate::journal::{Entry, EntrySink};
use crate::ledger::Ledger;
use crate::model::{AmendOrder, BestPrices, ExecutionReport, Mark, MarketId, ReportKind};
use crate::strategy::Description;
use crate::units::{Money, Overflow, Span, Timestamp};
use crate::venue::Venue;

/// What bots are shown when they are called, and how long what they send will travel, market by market.
#[derive(Clone, Copy)]
pub(super) struct Outlook<'a> {
    pub(super) markets: &'a [MarketKnowledge<'a>],
    /// Latency of the last row that has happened.
    pub(super) feed_latency: &'a [Span],
}

/// What a lane has to show at the end of a run.
#[derive(Debug, Clone)]
pub struct LaneOutcome {
    /// Name given at set-up.
    pub name: String,
    /// The strategy.
    pub strategy: Description,
    /// One row a gate, all markets together.
    pub gates: Vec<GateCounter>,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Equity of the whole account at the last mids.
    pub equity: Money,
    /// The venue-side ledger of each market.
    pub ledgers: Vec<Ledger>,
}

/// One bot, its account at each market's venue, and what travels between them.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) bot: Bot,
    pub(super) sites: Vec<Site>,
    sink: Box<dyn EntrySink>,
    pub(super) next_timer: Timestamp,
    orders: u64,
    fills: u64,
    scratch: Vec<ExecutionReport>,
    decisions: Vec<Decision>,
    gate_events: Vec<GateEvent>,
}

impl Lane {
    pub(super) fn new(setup: LaneSetup, places: &[Place<'_>], start: Timestamp) -> Result<Self, Overflow> {
        let sites = setup.markets.iter().zip(places).map(|(market, place)| Site::new(market, place));
        let sites = sites.collect::<Result<Vec<_>, _>>()?;
        let bot_market = |(market, place): (MarketSetup, &Place<'_>)| BotMarket {
            instrument: place.instrument.clone(),
            gates: market.gates,
            opening: market.opening,
        };
        let bot = Bot::new(setup.strategy, setup.markets.into_iter().zip(places).map(bot_market).collect())?;
        let next_timer = bot.subscriptions().timer.map_or(Timestamp::MAX, |period| start.plus(period));
        let mut lane = Self {
            name: setup.name,
            bot,
            sites,
            sink: setup.sink,
            next_timer,
            orders: 0,
            fills: 0,
            scratch: Vec::with_capacity(64),
            decisions: Vec::with_capacity(64),
            gate_events: Vec::new(),
        };
        lane.open(start)?;
        Ok(lane)
    }

    /// Writes the first entries and shows the gates the equity that the first day's loss is held against.
    fn open(&mut self, start: Timestamp) -> Result<(), Overflow> {
        let (equity, best) = (self.equity()?, BestPrices::default());
        for site in &self.sites {
            let (market, position) = (site.id, site.ledger.position());
            self.sink.record(&Entry::Start { at: start, market, equity, position });
            let mark = Mark { market, at: start, best, position, equity, open_orders: 0, feed_latency_ns: 0 };
            self.bot.gates_mut(market).open(&mark);
        }
        Ok(())
    }

    /// Equity of the whole account at the last mids marked.
    fn equity(&self) -> Result<Money, Overflow> {
        self.sites.iter().try_fold(Money::ZERO, |sum, site| sum.checked_add(site.equity()?))
    }

    /// The soonest instant at which anything but market data can happen here.
    #[inline]
    pub(super) fn next_at(&self) -> Timestamp {
        self.sites.iter().fold(self.next_timer, |soonest, site| soonest.min(site.next_at()))
    }

    pub(super) fn error(&self, at: Timestamp, source: Overflow) -> EngineError {
        EngineError::Overflow { lane: self.name.clone(), at, source }
    }

    pub(super) fn record(&mut self, entry: &Entry) {
        self.sink.record(entry);
    }

    /// Calls a market's venue and takes in what it reports; true when that is anything.
    pub(super) fn at_venue(
        &mut self,
        site: usize,
        feed_latency: Span,
        act: impl FnOnce(&mut Venue, &mut Vec<ExecutionReport>) -> Result<(), Overflow>,
    ) -> Result<bool, Overflow> {
        let any = self.act(site, act)?;
        if any {
            self.absorb_all(site, feed_latency)?;
        }
        Ok(any)
    }

    /// Calls a market's venue; true when it reported anything, which [`absorb_all`](Self::absorb_all) takes in.
    #[inline]
    pub(super) fn act(
        &mut self,
        site: usize,
        act: impl FnOnce(&mut Venue, &mut Vec<ExecutionReport>) -> Result<(), Overflow>,
    ) -> Result<bool, Overflow> {
        act(&mut self.sites[site].venue, &mut self.scratch)?;
        Ok(!self.scratch.is_empty())
    }

    /// Takes in what a market's venue has just reported.
    pub(super) fn absorb_all(&mut self, site: usize, feed_latency: Span) -> Result<(), Overflow> {
        let mut reports = std::mem::take(&mut self.scratch);
        let absorbed = reports.iter_mut().try_for_each(|report| self.absorb(site, report, feed_latency));
        reports.clear();
        self.scratch = reports;
        absorbed
    }

    /// A venue did something: post it, record it, and send word to the bot.
    fn absorb(&mut self, site: usize, report: &mut ExecutionReport, feed_latency: Span) -> Result<(), Overflow> {
        let here = &mut self.sites[site];
        here.stamp(report, feed_latency);
        self.sink.record(&Entry::Venue(*report));
        here.report(report);
        if let ReportKind::Filled(fill) = &report.kind {
            here.ledger.fill(report.side, fill.price, fill.quantity, fill.fee)?;
            here.filled(report.matched_at);
            self.fills += 1;
            self.refresh_trips(self.equity());
        }
        Ok(())
    }

    /// True when a report arrives at the bot up to and at `now`.
    #[inline]
    pub(super) fn report_due(&self, now: Timestamp) -> bool {
        self.sites.iter().any(|site| site.report_due(now))
    }

    /// Hands requests that arrive at a market up to and at `until` to its venue, which acts on them at `now`. True when there
    /// were any.
    pub(super) fn arrivals(
        &mut self,
        site: usize,
        until: Timestamp,
        now: Timestamp,
        book: &mut Ladder,
        feed_latency: Span,
    ) -> Result<bool, Overflow> {
        let due = |(at, _): &(Timestamp, Request)| *at <= until;
        if !self.sites[site].requests.front().is_some_and(due) {
            return Ok(false);
        }
        let mut requests = std::mem::take(&mut self.sites[site].requests);
        let acted = self.at_venue(site, feed_latency, |venue, out| {
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
        self.sites[site].requests = requests;
        acted.map(|_| true)
    }

    /// Nothing of this lane is open, on its way, or held: no market can concern it.
    pub(super) fn is_idle(&self) -> bool {
        self.sites.iter().all(Site::is_idle)
    }

    /// Delivers reports due at `now`, market by market.
    pub(super) fn deliver(&mut self, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        for site in 0..self.sites.len() {
            while let Some(report) = self.sites[site].due_report(now) {
                self.bot.learn(report)?;
                if self.bot.subscriptions().reports {
                    let report = *report;
                    self.wake(Wake::Report(&report), now, outlook)?;
                }
                self.sites[site].forget_report();
            }
        }
        Ok(())
    }

    /// Calls the strategy and sends off what the gates cleared.
    pub(super) fn wake(&mut self, wake: Wake<'_>, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        let mut decisions = std::mem::take(&mut self.decisions);
        let woken = self.bot.wake(wake, now, outlook.markets, &mut decisions);
        self.send(&mut decisions, now, outlook.feed_latency);
        self.decisions = decisions;
        woken
    }

    fn send(&mut self, decisions: &mut Vec<Decision>, now: Timestamp, feed_latency: &[Span]) {
        for decision in decisions.drain(..) {
            let (market, request) = match decision {
                Decision::Send(market, request) => (market, request),
                Decision::OrderRefused(intent, refusal) => {
                    self.sink.record(&Entry::OrderRefused { at: now, intent, refusal });
                    continue;
                }
                Decision::RequestRefused(market, client_order_id, refusal) => {
                    self.sink.record(&Entry::RequestRefused { at: now, market, client_order_id, refusal });
                    continue;
                }
            };
            self.orders += u64::from(matches!(request, Request::New(_)));
            self.sink.record(&sent(market, &request, now));
            // An order for a market that the run does not have goes to the first, whose venue says so.
            let site = if market.index() < self.sites.len() { market.index() } else { 0 };
            self.sites[site].send(request, now, feed_latency[site]);
        }
    }

    /// One tick of the risk clock: mark every market at its best prices, show the gates. True when they demand that orders
    /// be cancelled.
    pub(super) fn mark(
        &mut self,
        at: Timestamp,
        best: impl Fn(MarketId) -> BestPrices,
        feed_latency: &[Span],
    ) -> Result<bool, Overflow> {
        for site in &mut self.sites {
            site.mid_x2 = best(site.id).mid_x2().unwrap_or(site.mid_x2);
        }
        let equity = self.equity()?;
        for (site, latency) in feed_latency.iter().enumerate() {
            let here = &self.sites[site];
            let mark = Mark {
                market: here.id,
                at,
                best: best(here.id),
                position: here.ledger.position(),
                equity,
                open_orders: here.venue.open_orders(),
                feed_latency_ns: latency.nanos(),
            };
            self.sink.record(&Entry::Mark(mark));
            self.show_gates(&mark);
        }
        self.refresh_trips(Ok(equity));
        Ok(self.sites.iter().any(|site| self.bot.gates(site.id).cancel_up_to().is_some()))
    }

    /// Journals a market's best prices as of `at`, if a markout's horizon has ended there, up to and at `until`.
    #[inline]
    pub(super) fn quote(&mut self, site: usize, until: Timestamp, at: Timestamp, best: impl Fn() -> BestPrices) {
        if self.sites[site].horizons.next() <= until {
            self.quote_now(site, until, at, best());
        }
    }

    #[inline(never)]
    fn quote_now(&mut self, site: usize, until: Timestamp, at: Timestamp, best: BestPrices) {
        let here = &mut self.sites[site];
        here.horizons.pass(until);
        let market = here.id;
        if best.mid_x2().is_some() {
            self.sink.record(&Entry::Quote { at, market, best });
        }
    }

    fn show_gates(&mut self, mark: &Mark) {
        let (at, market) = (mark.at, mark.market);
        let mut events = std::mem::take(&mut self.gate_events);
        self.bot.on_mark(mark, &mut events);
        for event in events.drain(..) {
            let entry = match event {
                GateEvent::Tripped(refusal) => Entry::Tripped { at, market, refusal },
                GateEvent::Cleared(gate) => Entry::Cleared { at, market, gate },
            };
            self.sink.record(&entry);
        }
        self.gate_events = events;
    }

    /// Sends off the cancels that the gates demand.
    pub(super) fn cancel_all(&mut self, at: Timestamp, outlook: Outlook<'_>) {
        let mut decisions = std::mem::take(&mut self.decisions);
        for (site, market) in self.sites.iter().zip(outlook.markets) {
            self.bot.cancel_all(site.id, at, market, &mut decisions);
        }
        self.send(&mut decisions, at, outlook.feed_latency);
        self.decisions = decisions;
    }

    /// Works out anew at which mids a breaker would trip: a fill or a mark has changed the account, whose equity is `here`.
    fn refresh_trips(&mut self, here: Result<Money, Overflow>) {
        let is_alone = self.sites.len() == 1;
        for site in &mut self.sites {
            let trip = self.bot.gates(site.id).trip_equity();
            let elsewhere = |here: Money| if is_alone { Ok(Money::ZERO) } else { here.checked_sub(site.equity()?) };
            match here.clone().and_then(|here| Ok((here, elsewhere(here)?))) {
                Ok((here, elsewhere)) => site.watch_trip(here, elsewhere, trip),
                Err(_) => site.forget_trip(),
            }
        }
    }

    /// Closes the journal and says what there was.
    pub(super) fn finish(mut self, at: Timestamp, rows: u64, messages: u64) -> Result<LaneOutcome, EngineError> {
        self.sink.record(&Entry::End { at, rows, messages });
        self.sites.iter().for_each(|site| site.ledger.check());
        let equity = self.equity().map_err(|source| self.error(at, source))?;
        Ok(LaneOutcome {
            name: self.name,
            strategy: self.bot.strategy().describe(),
            gates: self.bot.gate_counters(),
            orders: self.orders,
            fills: self.fills,
            equity,
            ledgers: self.sites.into_iter().map(|site| site.ledger).collect(),
        })
    }
}

/// The entry that says that a request is on its way.
fn sent(market: MarketId, request: &Request, at: Timestamp) -> Entry {
    match request {
        Request::New(order) => Entry::OrderSent { at, intent: order.get().intent },
        Request::Cancel(cancel) => Entry::CancelSent { at, market, client_order_id: cancel.get().client_order_id },
        Request::Amend(amend) => {
            let AmendOrder { client_order_id, price, quantity, .. } = *amend.get();
            Entry::AmendSent { at, market, client_order_id, price, quantity }
        }
    }
}
