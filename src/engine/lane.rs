use super::config::{Held, LaneSetup, MarketSetup};
use super::dispatch::Dispatch;
use super::error::EngineError;
use super::reinvest::Reinvesting;
use super::script::{Counts, Pending, Scripted, ScriptedEvent};
use super::site::{Place, Site};
use crate::alert::{AlertConfig, AlertMarket, Monitor, Sight};
use crate::book::Ladder;
use crate::bot::{Bot, BotMarket, MarketKnowledge, Wake};
use crate::checkpoint::kept;
use crate::fault::wire::{Pause, awake_at};
use crate::gates::{GateCounter, GateEvent, GateSpec};
use crate::journal::{Entry, EntrySink};
use crate::ledger::{Ledger, Method};
use crate::model::{
    AccountEvent, BestPrices, BotStatus, Charge, Command, ExecutionReport, GateId, Mark, MarketId, REINVESTMENT,
    Session, StatusChange,
};
use crate::strategy::{Description, Subscriptions};
use crate::units::{Money, Overflow, Span, Timestamp};
use crate::venue::{MarketKind, Venue};

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

/// What tells people, and what it has to know of the gates.
struct Watch {
    monitor: Monitor,
    kill_switch: GateId,
}

impl Watch {
    fn new(
        config: &AlertConfig,
        markets: &[AlertMarket<'_>],
        start: Timestamp,
        risk_clock: Span,
    ) -> Result<Option<Box<Self>>, Overflow> {
        let Some(kill_switch) = GateSpec::named("kill_switch").filter(|_| config.watches()) else { return Ok(None) };
        let monitor = Monitor::new(config, markets, start, risk_clock)?;
        Ok(Some(Box::new(Self { monitor, kill_switch: kill_switch.id })))
    }

    fn look(&mut self, mark: &Mark, mid_x2: i64, known: &MarketKnowledge<'_>, site: &Site) {
        self.monitor.look_at_market(&Sight {
            mark,
            mid_x2,
            heard: &known.best,
            heard_at: known.market_at,
            heard_latency: known.market_latency,
            waits_since: site.waits_since(mark.at),
        });
    }
}

/// A bot that listens to nothing, and is told nothing, has no book that could be odd.
fn alert_market<'a>(market: &MarketSetup, place: &Place<'a>, is_deaf: bool) -> AlertMarket<'a> {
    AlertMarket {
        instrument: place.instrument,
        opening: (market.opening.position, market.opening.at),
        has_book: place.kind == MarketKind::L2 && !is_deaf,
        on_bars: place.kind == MarketKind::Bars,
    }
}

/// What a tick of the risk clock has come to.
pub(super) struct Marked {
    /// The gates demand that orders be cancelled.
    pub(super) demanded: bool,
    /// A breaker trips at other mids than before: the row loop has to know.
    pub(super) trips_moved: bool,
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
    gate_events: Vec<GateEvent>,
    pub(super) script: Pending,
    /// Its part in reinvestments.
    pub(super) reinvesting: Option<Reinvesting>,
    /// It listens to nothing, and is told nothing.
    is_deaf: bool,
    /// Somebody watches the bot, whose heartbeat comes with every mark.
    is_watched: bool,
    /// What tells people; nothing where every rule is off.
    watch: Option<Box<Watch>>,
    /// When its process does not run.
    pauses: Vec<Pause>,
}

/// What all lanes hold.
#[cold]
pub(super) fn held<'a>(lanes: impl Iterator<Item = &'a Lane> + Clone) -> Held {
    let sites = || lanes.clone().flat_map(|lane| &lane.sites);
    let wires = || sites().filter_map(|site| site.wire.as_deref());
    Held {
        venue_orders: sites().map(|site| u64::from(site.venue.open_orders())).sum(),
        under_way: sites().map(|site| site.under_way() as u64).sum(),
        markouts: sites().map(|site| site.horizons.waiting() as u64).sum(),
        calls_open: wires().map(|wire| wire.gateway.pending() as u64).sum(),
    }
}

impl Lane {
    pub(super) fn new(
        mut setup: LaneSetup,
        places: &[Place<'_>],
        start: Timestamp,
        risk_clock: Span,
    ) -> Result<Self, Overflow> {
        let sites = setup.markets.iter().zip(places).map(|(market, place)| Site::new(market, place, start));
        let sites = sites.collect::<Result<Vec<_>, _>>()?;
        let is_deaf = setup.strategy.subscriptions() == Subscriptions::default() && setup.script.lines.is_empty();
        let statuses = |(market, place): (&MarketSetup, &Place<'_>)| {
            let id = place.id;
            market.statuses.iter().map(move |change| (id, *change)).collect::<Vec<_>>()
        };
        let statuses: Vec<_> = setup.markets.iter().zip(places).flat_map(statuses).collect();
        let alert_market = |(market, place)| alert_market(market, place, is_deaf);
        let alert_markets: Vec<AlertMarket<'_>> = setup.markets.iter().zip(places).map(alert_market).collect();
        let watch = Watch::new(&setup.alerts, &alert_markets, start, risk_clock)?;
        let pauses = setup.markets.iter().find_map(|market| Some(market.wire.as_ref()?.pauses.clone()));
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
            gate_events: Vec::new(),
            reinvesting: setup.script.reinvest.take(),
            script: Pending::new(setup.script, start),
            is_deaf,
            is_watched: true,
            watch,
            pauses: pauses.unwrap_or_default(),
        };
        lane.next_timer = lane.next_ring(lane.next_timer);
        lane.script.announce(statuses.into_iter());
        for market in lane.script.sets_right() {
            lane.sites[market.index()].keep_fills();
        }
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
            self.bot.gates_mut(market).connect(Session::Paper);
        }
        if let Some(watch) = &mut self.watch {
            watch.monitor.open(start, equity);
        }
        Ok(())
    }

    /// Equity of the whole account at the last mids marked.
    fn equity(&self) -> Result<Money, Overflow> {
        self.sites.iter().try_fold(Money::ZERO, |sum, site| sum.checked_add(site.equity()?))
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
        let here = &mut self.sites[site];
        act(&mut here.venue, here.reports.out())?;
        Ok(here.reports.has_fresh())
    }

    /// Takes in what a market's venue has just reported: it is posted, recorded, and on its way to the bot.
    pub(super) fn absorb_all(&mut self, site: usize, feed_latency: Span) -> Result<(), Overflow> {
        let fills = self.sites[site].absorb(feed_latency, self.sink.as_mut())?;
        if fills > 0 {
            self.fills += fills;
            self.refresh_trips(self.equity().ok());
        }
        Ok(())
    }

    /// Hands requests that arrive at a market up to and at `until` to its venue, which acts on them at `now`. True when there
    /// were any.
    #[inline]
    pub(super) fn arrivals(
        &mut self,
        site: usize,
        until: Timestamp,
        now: Timestamp,
        book: &mut Ladder,
        feed_latency: Span,
    ) -> Result<bool, Overflow> {
        let due = self.sites[site].request_due(until);
        if due {
            self.sites[site].arrivals(until, now, book, self.sink.as_mut())?;
            self.absorb_all(site, feed_latency)?;
        }
        Ok(due)
    }

    /// The bot may ever ask for the prices that it has heard: it listens, is told something, or has something to close.
    pub(super) fn wants_prices(&self) -> bool {
        let holds = self.sites.iter().any(|site| !site.ledger.position().is_zero());
        !self.is_deaf || holds
    }

    /// When a timer that is due at `at` rings: what is due while the process does not run is left out.
    pub(super) fn next_ring(&self, mut at: Timestamp) -> Timestamp {
        while let Some(until) = self.sleeps_until(at) {
            let period = self.bot.subscriptions().timer.map_or(i64::MAX, Span::nanos);
            let missed = until.since(at).nanos();
            let periods = missed / period + i64::from(missed % period > 0);
            at = at.plus(Span::from_nanos(periods.saturating_mul(period)));
        }
        at
    }

    /// The process does not run at `at`, and runs again then.
    #[inline]
    pub(super) fn sleeps_until(&self, at: Timestamp) -> Option<Timestamp> {
        if self.pauses.is_empty() {
            return None;
        }
        Some(awake_at(&self.pauses, at)).filter(|until| at < *until)
    }

    /// When the next report arrives at the bot.
    pub(super) fn next_report(&self) -> Timestamp {
        self.sites.iter().map(Site::next_at_bot).fold(Timestamp::MAX, Timestamp::min)
    }

    /// Nothing of this lane is open, on its way, or held: no market can concern it.
    pub(super) fn is_idle(&self) -> bool {
        self.sites.iter().all(Site::is_idle)
    }

    /// What arrives at `now` on wires that can lose messages goes through their gateways; what the bot hears of lies ready then.
    #[inline]
    pub(super) fn hear_wires(&mut self, now: Timestamp, feed_latency: &[Span]) {
        for (site, latency) in self.sites.iter_mut().zip(feed_latency) {
            site.hear_wire(&self.bot, now, *latency, self.sink.as_mut());
        }
    }

    /// Lets the bot learn of reports due at `now`, market by market, and wakes nobody. True when a breaker tripped on one.
    pub(super) fn learn(&mut self, now: Timestamp) -> Result<bool, Overflow> {
        let mut tripped = false;
        for site in 0..self.sites.len() {
            while self.learn_until_gates_speak(now, site)? {
                tripped |= self.record_all(now, site);
            }
        }
        self.record_alerts(now);
        Ok(tripped)
    }

    /// Lets the bot learn of reports due at `now` from one market, up to the first that makes a gate speak. True when one did.
    #[inline]
    fn learn_until_gates_speak(&mut self, now: Timestamp, site: usize) -> Result<bool, Overflow> {
        let Self { sites, bot, gate_events, watch, .. } = self;
        let reports = &mut sites[site].reports;
        while reports.next() <= now
            && gate_events.is_empty()
            && let Some(report) = reports.first()
        {
            bot.learn(report, gate_events)?;
            if let Some(watch) = watch {
                watch.monitor.heard(now, report);
            }
            reports.forget_first();
        }
        Ok(!gate_events.is_empty())
    }

    /// Delivers reports due at `now`, market by market. Where a breaker trips on one, the cancels that it demands go out before
    /// the strategy hears of it.
    pub(super) fn deliver(&mut self, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        let wakes = self.bot.subscriptions().reports;
        for site in 0..self.sites.len() {
            while self.sites[site].reports.next() <= now
                && let Some(report) = self.sites[site].reports.first()
            {
                self.bot.learn(report, &mut self.gate_events)?;
                if let Some(watch) = &mut self.watch {
                    watch.monitor.heard(now, report);
                }
                let report = wakes.then_some(*report);
                let tripped = self.record_gate_events(now, site);
                self.record_alerts(now);
                if tripped {
                    self.give_in(now, outlook)?;
                }
                if let Some(report) = report {
                    self.wake(Wake::Report(&report), now, outlook)?;
                }
                self.sites[site].reports.forget_first();
            }
        }
        Ok(())
    }

    /// Calls the strategy and sends off what the gates cleared.
    #[inline]
    pub(super) fn wake(&mut self, wake: Wake<'_>, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        let Self { bot, sites, sink, orders, .. } = self;
        let mut dispatch = Dispatch { sites, sink: sink.as_mut(), orders, now, feed_latency: outlook.feed_latency };
        bot.wake(wake, now, outlook.markets, |decision| dispatch.take(decision))
    }

    /// One tick of the risk clock: mark every market at its best prices, show the gates.
    pub(super) fn mark(
        &mut self,
        at: Timestamp,
        best: impl Fn(MarketId) -> BestPrices,
        known: &[MarketKnowledge<'_>],
        feed_latency: &[Span],
    ) -> Result<Marked, Overflow> {
        for site in &mut self.sites {
            site.best = best(site.id);
            site.mid_x2 = site.best.mid_x2().unwrap_or(site.mid_x2);
        }
        let equity = self.equity()?;
        for (site, latency) in feed_latency.iter().enumerate() {
            let mark = self.sites[site].mark(at, equity, latency.nanos());
            self.sink.record_mark(&mark);
            if self.is_watched {
                self.bot.gates_mut(mark.market).heartbeat(at, &mut self.gate_events);
            }
            self.show_gates(&mark, site);
            self.script.on_mark(&mark, Counts { orders: self.orders, fills: self.fills });
            if let Some(watch) = &mut self.watch {
                watch.look(&mark, self.sites[site].mid_x2, &known[site], &self.sites[site]);
            }
        }
        let trips_moved = self.refresh_trips(Some(equity));
        self.look_at_account(at, equity);
        Ok(Marked { demanded: self.demands_something(), trips_moved })
    }

    /// A tick between two of the risk clock, for whoever watches the lane: nothing is marked, and no gate is shown anything.
    pub(super) fn look(
        &mut self,
        at: Timestamp,
        best: impl Fn(MarketId) -> BestPrices,
        known: &[MarketKnowledge<'_>],
        feed_latency: &[Span],
    ) -> Result<(), Overflow> {
        let Some(watch) = &mut self.watch else { return Ok(()) };
        let seen = |site: &Site| {
            let best = best(site.id);
            (best, best.mid_x2().unwrap_or(site.mid_x2))
        };
        let worth = |sum: Money, site: &Site| sum.checked_add(site.ledger.equity(seen(site).1)?);
        let equity = self.sites.iter().try_fold(Money::ZERO, worth)?;
        for (place, site) in self.sites.iter().enumerate() {
            let (best, mid_x2) = seen(site);
            let mark = Mark { best, ..site.mark(at, equity, feed_latency[place].nanos()) };
            watch.look(&mark, mid_x2, &known[place], site);
        }
        self.look_at_account(at, equity);
        Ok(())
    }

    /// How often whoever watches the lane wants to look.
    pub(super) fn watch_clock(&self) -> Option<Span> {
        self.watch.as_ref().map(|watch| watch.monitor.clock())
    }

    fn look_at_account(&mut self, at: Timestamp, equity: Money) {
        if let Some(watch) = &mut self.watch {
            watch.monitor.look_at_account(at, equity);
            self.record_alerts(at);
        }
    }

    /// Journals what a person should hear of now.
    #[inline]
    fn record_alerts(&mut self, at: Timestamp) {
        if let Some(watch) = self.watch.as_mut().filter(|watch| watch.monitor.has_news()) {
            let alerts = watch.monitor.take();
            alerts.for_each(|(market, alert)| self.sink.record(&Entry::Alert { at, market, alert }));
        }
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
            self.sink.record_quote(at, market, &best);
        }
    }

    fn show_gates(&mut self, mark: &Mark, site: usize) {
        let gates = self.bot.gates_mut(mark.market);
        if gates.wants_entered_for() {
            gates.entered_for(self.sites[site].ledger.basis(Method::Average));
        }
        self.bot.on_mark(mark, &mut self.gate_events);
        self.record_gate_events(mark.at, site);
    }

    /// Journals what a market's gates have just made known. True when one of them tripped.
    #[inline]
    fn record_gate_events(&mut self, at: Timestamp, site: usize) -> bool {
        !self.gate_events.is_empty() && self.record_all(at, site)
    }

    #[inline(never)]
    fn record_all(&mut self, at: Timestamp, site: usize) -> bool {
        let (market, mut tripped) = (self.sites[site].id, false);
        for event in self.gate_events.drain(..) {
            let entry = match event {
                GateEvent::Tripped(refusal) => {
                    self.script.tripped(market, refusal.gate);
                    Entry::Tripped { at, market, refusal }
                }
                GateEvent::Cleared(gate) => Entry::Cleared { at, market, gate },
            };
            tripped |= matches!(event, GateEvent::Tripped(_));
            self.sink.record(&entry);
            if let Some(watch) = &mut self.watch {
                watch.monitor.gate(at, market, &event, watch.kill_switch);
            }
        }
        self.watch_kill_switch(at, site);
        tripped
    }

    /// The kill switch can be engaged or released by anything that gates do, and beside a pause without a word of theirs.
    fn watch_kill_switch(&mut self, at: Timestamp, site: usize) {
        if let Some(watch) = &mut self.watch {
            let market = self.sites[site].id;
            watch.monitor.kill_switch(at, market, self.bot.gates(market).is_held(BotStatus::Killed));
        }
    }

    /// True when gates demand that orders be cancelled, or a market is being flattened.
    pub(super) fn demands_something(&self) -> bool {
        self.sites.iter().any(|site| self.bot.gates(site.id).cancel_up_to().is_some()) || self.bot.is_flattening()
    }

    /// Sends off what brings a market that is being flattened to nothing. What gates demand they demand at marks and trips.
    pub(super) fn go_on_flattening(&mut self, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        self.send_off(now, outlook, false)
    }

    /// Sends off the cancels that the gates demand, and what brings a market that is being flattened to nothing.
    pub(super) fn give_in(&mut self, now: Timestamp, outlook: Outlook<'_>) -> Result<(), Overflow> {
        self.send_off(now, outlook, true)
    }

    fn send_off(&mut self, now: Timestamp, outlook: Outlook<'_>, demanded: bool) -> Result<(), Overflow> {
        let Self { bot, sites, sink, orders, .. } = self;
        let feed_latency = outlook.feed_latency;
        let mut dispatch = Dispatch { sites, sink: sink.as_mut(), orders, now, feed_latency };
        for (place, market) in (0..).zip(outlook.markets) {
            if demanded {
                bot.cancel_all(MarketId(place), now, market, |decision| dispatch.take(decision));
            }
            bot.flatten(MarketId(place), now, market, |decision| dispatch.take(decision))?;
        }
        Ok(())
    }

    /// Journals which markets are halted, or open again, or on another grid, and tells the bot of the grid: venues announce that.
    #[inline]
    pub(super) fn statuses(&mut self, now: Timestamp) {
        while let Some((market, StatusChange { at, status })) = self.script.take_status(now) {
            self.bot.announce(market, status.price_increment);
            self.sink.record(&Entry::Status { at, market, status });
        }
    }

    /// Posts what moves the account at `now` without a fill. True when there was any: equity is another, and so may be
    /// the mids at which a breaker trips. A breaker that it trips by itself does so at the next tick of the risk clock. Reports of what was
    /// set right are on their way then.
    pub(super) fn events(&mut self, now: Timestamp, feed_latency: &[Span]) -> Result<bool, Overflow> {
        self.statuses(now);
        let mut any = false;
        while let Some(event) = self.script.take_event(now) {
            match event.what {
                AccountEvent::Charge(charge, amount) => self.charge(now, &event, charge, amount)?,
                AccountEvent::FundingAt(rate) => {
                    let site = &self.sites[event.market.index()];
                    let amount = site.venue.funding(rate, site.mid_x2)?;
                    self.charge(now, &event, Charge::Funding, amount)?;
                }
                AccountEvent::Allocate(asked) => self.allocate(now, &event, asked)?,
                AccountEvent::Bust(_) | AccountEvent::Correct(..) => {
                    let place = event.market.index();
                    if self.sites[place].set_right(&event, now)? {
                        self.absorb_all(place, feed_latency[place])?;
                    }
                }
            }
            any = true;
        }
        if any {
            self.refresh_trips(self.equity().ok());
        }
        Ok(any)
    }

    fn charge(&mut self, at: Timestamp, event: &ScriptedEvent, charge: Charge, amount: Money) -> Result<(), Overflow> {
        let (market, line) = (event.market, event.line);
        let site = &mut self.sites[market.index()];
        site.venue.charge(amount)?;
        site.ledger.charge(charge, amount)?;
        self.bot.charge(market, charge, amount)?;
        self.sink.record(&Entry::Charged { at, market, charge, amount, line });
        Ok(())
    }

    /// The owner's money: no profit, so that whoever holds equity against an earlier one is told.
    fn allocate(&mut self, at: Timestamp, event: &ScriptedEvent, asked: Money) -> Result<(), Overflow> {
        let (market, line) = (event.market, event.line);
        let site = &mut self.sites[market.index()];
        let amount = site.venue.allocate(asked, site.mid_x2)?;
        self.allocated(at, (market, line), (asked, amount))
    }

    /// The venue has moved `amount` of the `asked`.
    fn allocated(
        &mut self,
        at: Timestamp,
        (market, line): (MarketId, u32),
        (asked, amount): (Money, Money),
    ) -> Result<(), Overflow> {
        self.sites[market.index()].ledger.allocate(amount)?;
        self.bot.allocate(market, amount)?;
        if let Some(watch) = &mut self.watch {
            watch.monitor.allocated(amount);
        }
        self.sink.record(&Entry::Allocated { at, market, asked, amount, line });
        Ok(())
    }

    /// True when the first market's venue can give up `asked`, where that is negative.
    pub(super) fn can_give(&self, asked: Money) -> Result<bool, Overflow> {
        let site = &self.sites[MarketId::FIRST.index()];
        site.venue.can_give(asked, site.mid_x2)
    }

    /// Its part of a reinvestment, at the first market: `asked`, or nothing where that was not free somewhere.
    pub(super) fn reinvest(&mut self, at: Timestamp, asked: Money, is_free: bool) -> Result<(), Overflow> {
        let amount = if is_free { asked } else { Money::ZERO };
        self.sites[MarketId::FIRST.index()].venue.charge(amount)?;
        self.allocated(at, (MarketId::FIRST, REINVESTMENT), (asked, amount))?;
        self.refresh_trips(self.equity().ok());
        Ok(())
    }

    /// Carries out the lines of the script that are due at `now`. True when there were any.
    ///
    /// # Errors
    /// [`EngineError`] when the bot cannot be built anew, or an amount leaves its range.
    pub(super) fn commands(&mut self, now: Timestamp) -> Result<bool, EngineError> {
        let mut any = false;
        while let Some(line) = self.script.take_due(now) {
            any = true;
            for command in &line.commands {
                self.command(*command, &line, now)?;
            }
        }
        Ok(any)
    }

    fn command(&mut self, command: Command, line: &Scripted, at: Timestamp) -> Result<(), EngineError> {
        match command {
            Command::RestartWithState | Command::RestartWithoutState => self.restart(command, at)?,
            Command::Silence => self.is_watched = false,
            Command::Heartbeat => self.is_watched = true,
            _ => {}
        }
        for site in 0..self.sites.len() {
            let market = self.sites[site].id;
            if line.scope.holds(market) {
                let status = self.bot.command(market, command, at, &mut self.gate_events);
                self.sink.record(&Entry::Command { at, market, command, status, line: line.line });
                if let Some(gate) = line.gate.filter(|_| command == Command::Reenable) {
                    self.bot.gates_mut(market).reenable(gate, at, &mut self.gate_events);
                }
                self.record_gate_events(at, site);
                self.watch_kill_switch(at, site);
            }
        }
        self.record_alerts(at);
        Ok(())
    }

    /// The bot's process ends and comes back at once: what travels goes on travelling. It connects as it did at the start.
    fn restart(&mut self, command: Command, at: Timestamp) -> Result<(), EngineError> {
        self.rebuild(command, at)?;
        let bot = &mut self.bot;
        self.sites.iter().for_each(|site| bot.gates_mut(site.id).connect(Session::Paper));
        Ok(())
    }

    fn rebuild(&mut self, command: Command, at: Timestamp) -> Result<(), EngineError> {
        let Some(rebuild) = self.script.rebuild() else {
            let lane = &self.name;
            let text = format!("lane `{lane}`: a restart, and nothing to build the bot anew with; give the script one");
            return Err(EngineError::Unsupported(text));
        };
        let (strategy, gates) = rebuild().map_err(EngineError::Unsupported)?;
        if command == Command::RestartWithState {
            return self.bot.restart(strategy, gates).map_err(EngineError::Unsupported);
        }
        let equity = self.equity().map_err(|source| self.error(at, source))?;
        let marks: Vec<Mark> = self.sites.iter().map(|site| site.mark(at, equity, 0)).collect();
        self.bot.restart_without_state(strategy, gates, &marks);
        let Self { sites, bot, sink, .. } = self;
        sites.iter_mut().for_each(|site| site.lose_memory(bot, at, sink.as_mut()));
        if let Some(watch) = &mut self.watch {
            watch.monitor.restarted(at);
        }
        Ok(())
    }

    /// Works out anew at which mids a breaker would trip: a fill or a mark has changed the account, whose equity is `here`.
    /// Nothing is watched where that overflows: the next mark says so. True when these are others than before.
    fn refresh_trips(&mut self, here: Option<Money>) -> bool {
        let is_alone = self.sites.len() == 1;
        let mut moved = false;
        for site in &mut self.sites {
            let before = site.trip;
            let trip = self.bot.gates(site.id).trip_equity();
            let elsewhere =
                |here: Money| if is_alone { Some(Money::ZERO) } else { here.checked_sub(site.equity().ok()?).ok() };
            match here.and_then(|here| Some((here, elsewhere(here)?))) {
                Some((here, elsewhere)) => site.watch_trip(here, elsewhere, trip),
                None => site.forget_trip(),
            }
            moved |= site.trip != before;
        }
        moved
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

impl AsMut<Self> for Lane {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// How often lanes are to be looked at; never less often than the risk clock does.
pub(super) fn watch_clock(lanes: &[Lane], risk_clock: Span) -> Span {
    lanes.iter().filter_map(Lane::watch_clock).fold(risk_clock, Span::min)
}

kept!(Lane {
    state: next_timer, orders, fills, is_watched;
    parts: bot, sites, script, watch;
    left: name, sink, gate_events, reinvesting, is_deaf, pauses;
});

kept!(Watch {
    state: ;
    parts: monitor;
    left: kill_switch;
});
