use super::bots;
use super::command;
use super::delisting;
use super::disturbance::{outages, silences, slow, strangers};
use super::event;
use super::execute::metrics_options;
use super::feed;
use super::file::ScenarioFile;
use super::load::{Scenario, Setting, canonical};
use super::market::{FoundMarket, MarketPlan};
use super::mode;
use super::peak;
use super::problem::{Problem, Problems};
use super::registry::{Builder, ParamError, Parameters, Registry};
use super::shock;
use super::text::Decimal;
use super::wire::{self, Connection};
use crate::alert::AlertConfig;
use crate::audit::AuditWire;
use crate::engine::{
    EngineConfig, LaneSetup, MARKETS_MAX, MarketSetup, OrderBudget, Rebuild, Script, Scripted, ScriptedEvent, WireSetup,
};
use crate::gates::{Defect, GateConfig, GateSpec, Gates};
use crate::journal::EntrySink;
use crate::ledger::Opening;
use crate::model::{Command, ContractKind, FeeSchedule, Instrument, StatusChange};
use crate::strategy::{Description, Strategy, Subscriptions};
use crate::tape::{TapeHeader, TapeKind};
use crate::units::{Fixed, Overflow, Price, Quantity, Timestamp};
use crate::venue::{FillPreset, FillRules, VenueConfig};

/// Raised by hand whenever the same inputs lead to other behaviour. Part of every run id.
pub const SEMANTICS: u32 = 5;

/// A scenario bound to its markets: everything is known and in range, nothing has happened yet.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The scenario.
    pub scenario: Scenario,
    /// Its markets, in order; at least one.
    pub markets: Vec<TrialMarket>,
    /// Names scenario, markets, seed and semantics; 64 hexadecimal digits.
    pub run_id: String,
    /// The strategy with all its parameters.
    pub strategy: Description,
    /// Fill presets, the scenario's own first.
    pub presets: Vec<FillPreset>,
    /// Why there is no band; empty when there is one.
    pub no_band_because: String,
    pub(super) builder: Builder,
    /// Of several bots of one user, all of them.
    pub user: Option<UserTrials>,
    commands: Vec<Scripted>,
    pub(super) events: Vec<ScriptedEvent>,
    max_rows: Option<u64>,
    /// Place of the bot among those of its user.
    place: u64,
}

/// All bots of one user, each as a trial of its own, in the order of the scenario.
#[derive(Debug, Clone)]
pub struct UserTrials {
    /// Which of them is on trial.
    pub own: usize,
    /// The trials. Each knows of no other.
    pub bots: Vec<Trial>,
}

/// One market of a trial.
#[derive(Debug, Clone)]
pub struct TrialMarket {
    /// File name of the tape, or `synthetic`.
    pub name: String,
    /// What the market says about itself, the scenario's fees in place of its own.
    pub header: TapeHeader,
    /// What the account holds there at the start.
    pub opening: Opening,
    queue_ahead: Option<Quantity>,
}

impl TrialMarket {
    fn bind(scenario: &Scenario, plan: &MarketPlan, found: &FoundMarket, problems: &mut Vec<Problem>) -> Self {
        let mut header = found.header.clone();
        header.instrument.fees = fees(scenario, header.instrument.fees);
        let mut opening = opening(plan, &header.instrument, problems);
        opening.at = opening.at.or(found.first_price.filter(|_| !opening.position.is_zero()));
        let queue_ahead = scenario.file.venue.assumed_queue_ahead.map(|ahead| {
            Quantity::new(steps("venue.assumed_queue_ahead", ahead, header.instrument.step_size, problems))
        });
        if let Err(overflow) = Gates::new(&scenario.file.gates, &header.instrument) {
            problems.push(misfit("gates", overflow));
        }
        Self { name: plan.name(), header, opening, queue_ahead }
    }
}

impl Trial {
    /// Binds `scenario` to the markets that were found, in order; at most `max_rows` of their rows are replayed.
    ///
    /// # Errors
    /// Everything in the scenario that does not fit the markets' instruments, and several bots of which none is named.
    pub fn bind(
        scenario: &Scenario,
        registry: &Registry,
        found: &[FoundMarket],
        max_rows: Option<u64>,
    ) -> Result<Self, Problems> {
        let own = bots::own_place(&scenario.file);
        if scenario.is_of_several_bots() {
            let names: Vec<&str> = scenario.file.bots.iter().map(|bot| bot.name.as_str()).collect();
            let problem = Problem::new("run.bot", "nothing, of several bots", format!("one of {}", names.join(", ")));
            let hint = "`seatrial run` tries all of them together; for one of them add `--set run.bot=NAME`";
            return Err(Problems(vec![problem.hint(hint)]));
        }
        let one = |scenario: &Scenario, place: usize| {
            Self::bind_one(scenario, registry, found, max_rows).map(|trial| Self { place: place as u64, ..trial })
        };
        let Some(own) = own else { return one(scenario, 0) };
        let bots = scenario.bots().into_iter().enumerate().map(|(place, bot)| one(&bot, place));
        let bots = bots.collect::<Result<Vec<_>, _>>()?;
        let on_trial = bots[own].clone();
        Ok(Self { user: Some(UserTrials { own, bots }), ..on_trial })
    }

    /// Binds the bot on trial.
    fn bind_one(
        scenario: &Scenario,
        registry: &Registry,
        found: &[FoundMarket],
        max_rows: Option<u64>,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let plans = scenario.markets();
        assert_eq!(plans.len(), found.len(), "markets of the scenario and those found");
        let bound = plans.iter().zip(found);
        let markets: Vec<TrialMarket> =
            bound.map(|(plan, found)| TrialMarket::bind(scenario, plan, found, &mut problems)).collect();
        problems.extend(quote_misfit(&plans, &markets));
        let start = markets.iter().map(|market| market.header.first_at).min().unwrap_or_default();
        let commands = command::bind(&scenario.file, start, &instruments(&markets), &mut problems);
        let events = event::bind(&scenario.file, start, &instruments(&markets), &mut problems);
        problems.extend(unheard(scenario, &markets));
        let builder = registry.builder(&scenario.file.bot.strategy);
        let instruments = instruments(&markets);
        let strategy = builder.map(|builder| builder.build(&scenario.parameters(), &instruments));
        let ready = match (builder, strategy) {
            (Some(builder), Some(Ok(strategy))) => Some((builder, strategy.describe())),
            (_, Some(Err(ParamError(wrong)))) => {
                problems.extend(wrong);
                None
            }
            _ => None,
        };
        let (Some((builder, strategy)), []) = (ready, problems.as_slice()) else {
            let located = problems.into_iter().map(|problem| scenario.document.located(problem));
            return Err(Problems::sorted(located.collect()));
        };
        let (presets, no_band_because) = presets(&scenario.file);
        let hashes: Vec<&str> = markets.iter().map(|market| market.header.content_hash.as_str()).collect();
        let run_id = run_id(&scenario.settings(), &strategy, &hashes);
        let scenario = scenario.clone();
        let (user, place) = (None, 0);
        Ok(Self {
            scenario,
            markets,
            run_id,
            strategy,
            presets,
            no_band_because,
            builder,
            user,
            commands,
            events,
            max_rows,
            place,
        })
    }

    /// The first 12 digits of the run id.
    #[must_use]
    pub fn short_id(&self) -> &str {
        &self.run_id[..12]
    }

    /// Name of the bot among those of its user; empty for an only one.
    #[must_use]
    pub fn bot_name(&self) -> &str {
        self.scenario.file.run.bot.as_deref().unwrap_or_default()
    }

    /// Stops after so many rows.
    pub(super) fn set_max_rows(&mut self, max_rows: Option<u64>) {
        self.max_rows = max_rows;
    }

    /// What the engine needs beside market and lanes.
    #[must_use]
    pub fn engine_config(&self) -> EngineConfig {
        let run = &self.scenario.file.run;
        EngineConfig {
            view: run.view,
            risk_clock: run.risk_clock.0,
            markout_horizons: metrics_options(self.markets.iter().map(|market| &market.header)).markout_horizons,
            max_rows: self.max_rows,
        }
    }

    /// First and last venue time of all markets.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let headers = || self.markets.iter().map(|market| &market.header);
        let first = headers().map(|header| header.first_at).min();
        let last = headers().map(|header| header.last_at).max();
        (first.unwrap_or_default(), last.unwrap_or_default())
    }

    /// The instruments, in order.
    #[must_use]
    pub fn instruments(&self) -> Vec<Instrument> {
        instruments(&self.markets)
    }

    /// A fresh bot and account under the fill rules of `preset`, journalling to `sink`.
    ///
    /// # Errors
    /// A sentence, when a strategy that could be built before cannot be built again.
    pub fn lane(&self, preset: FillPreset, sink: Box<dyn EntrySink>) -> Result<LaneSetup, String> {
        let markets = (0..).zip(&self.markets).map(|(place, market)| self.market(preset, place, market));
        Ok(LaneSetup {
            name: preset_name(preset).to_owned(),
            strategy: self.strategy()?,
            markets: markets.collect::<Result<_, _>>()?,
            sink,
            script: self.script(),
            alerts: self.alerts(),
        })
    }

    /// Which alerts are raised, over what limits.
    #[must_use]
    pub fn alerts(&self) -> AlertConfig {
        self.scenario.file.alerts.as_ref().cloned().unwrap_or_else(AlertConfig::off)
    }

    /// What the bot is told to do, and what a restart starts.
    fn script(&self) -> Script {
        let is_restart =
            |command: &Command| matches!(command, Command::RestartWithState | Command::RestartWithoutState);
        let restarts = self.commands.iter().any(|line| line.commands.iter().any(is_restart));
        let rebuild = restarts.then(|| {
            let trial = self.clone();
            Box::new(move || Ok((trial.strategy()?, trial.gates()?))) as Rebuild
        });
        Script { lines: self.commands.clone(), events: self.events.clone(), reinvest: None, rebuild }
    }

    fn gates(&self) -> Result<Vec<Gates>, String> {
        self.markets.iter().map(|market| self.gates_of(market)).collect()
    }

    /// The gates of a market.
    fn gates_of(&self, market: &TrialMarket) -> Result<Gates, String> {
        let (file, instrument) = (&self.scenario.file, &market.header.instrument);
        gates_of(&file.gates, instrument, file.bot.ignores_kill).map_err(|overflow| overflow.to_string())
    }

    fn market(&self, preset: FillPreset, place: u64, market: &TrialMarket) -> Result<MarketSetup, String> {
        let file = &self.scenario.file;
        let gates = self.gates_of(market)?;
        let (wrong, symbol, start) = (&file.disturbances, &market.header.instrument.symbol, self.span().0);
        let index = place as usize;
        // Every bot has a connection of its own to every market, and so delays of its own.
        let place = self.place * MARKETS_MAX as u64 + place;
        let latency = file.venue.latency.build(file.seed.wrapping_add(place.wrapping_mul(MARKET_SEED)))?;
        Ok(MarketSetup {
            gates,
            venue: self.venue(preset, market),
            latency: latency.slowed(slow(wrong, symbol, start)).silenced(silences(wrong, symbol, start)),
            outages: outages(wrong, symbol, start),
            statuses: self.statuses().swap_remove(index),
            opening: market.opening,
            wire: self.wire((place, index), market.header.kind, start),
        })
    }

    /// The bot's connection to its market number `place`; nothing where requests and reports simply arrive.
    fn wire(&self, (place, market): (u64, usize), kind: TapeKind, start: Timestamp) -> Option<WireSetup> {
        let file = &self.scenario.file;
        match Connection::of(file, kind) {
            Connection::Plain | Connection::OnBars => return None,
            Connection::Sound => return Some(WireSetup::sound(file.seed, place.to_string())),
            Connection::Wired(_) => {}
        }
        Some(WireSetup {
            policy: file.gateway.clone().unwrap_or_default().policy(),
            plan: file.faults.clone().unwrap_or_default().plan(market, (start, self.ends_at())),
            pauses: wire::pauses(file, self.span()),
            order_budget: file
                .venue
                .order_budget
                .map(|budget| OrderBudget { orders: budget.orders, within: budget.within.0 }),
            seed: file.seed,
            name: place.to_string(),
            weighs: file.gateway.as_ref().is_some_and(|gateway| gateway.weighs),
            firings: None,
            is_sound: false,
        })
    }

    /// What stands between the bot's gates and its venue.
    #[must_use]
    pub fn connection(&self) -> Connection {
        let kind = self.markets.first().map_or(TapeKind::L2, |market| market.header.kind);
        Connection::of(&self.scenario.file, kind)
    }

    /// What an audit knows of the wires; nothing where no message can be lost.
    pub(super) fn audit_wire(&self) -> Option<AuditWire> {
        let (first, last) = self.span();
        wire::audit_wire(&self.scenario.file, first, last)
    }

    /// When what goes wrong on its wires heals.
    pub(super) fn heals_at(&self) -> Timestamp {
        let faults = self.scenario.file.faults.clone().unwrap_or_default();
        wire::heals_at(&faults, self.span().0, self.ends_at())
    }

    /// When the run ends at the latest, as far as is known before it.
    pub(super) fn ends_at(&self) -> Timestamp {
        let (start, end) = self.span();
        self.scenario.file.run.duration.map_or(end, |duration| end.min(start.plus(duration.0)))
    }

    /// When shocks halt each market, open it again, or have its venue take prices on another grid; and when a venue takes one away.
    #[must_use]
    pub fn statuses(&self) -> Vec<Vec<StatusChange>> {
        let (plans, start) = (MarketPlan::all(&self.scenario).into_iter(), self.span().0);
        let headers = self.markets.iter().map(|market| &market.header);
        let file = &self.scenario.file;
        let statuses = |(plan, header): (MarketPlan, &TapeHeader)| {
            let changes = plan.statuses(header.first_at);
            file.statuses(&header.instrument.symbol, start, changes)
        };
        plans.zip(headers).map(statuses).collect()
    }

    /// What wakes the strategy; `None` when it cannot be built.
    #[must_use]
    pub fn subscriptions(&self) -> Option<Subscriptions> {
        self.strategy().ok().map(|strategy| strategy.subscriptions())
    }

    fn strategy(&self) -> Result<Box<dyn Strategy>, String> {
        let parameters: Parameters = self.scenario.parameters();
        self.builder.build(&parameters, &self.instruments()).map_err(|error| error.to_string())
    }

    fn venue(&self, preset: FillPreset, market: &TrialMarket) -> VenueConfig {
        let venue = &self.scenario.file.venue;
        VenueConfig {
            fills: rules(preset, &venue.rules),
            trigger: venue.trigger,
            self_trade: venue.self_trade,
            assumed_half_spread_ticks: i64::from(venue.assumed_half_spread_ticks),
            assumed_queue_ahead: market.queue_ahead,
            bar_path: venue.bar_path,
            leverage_max: venue.leverage_max,
        }
    }
}

/// Distance of the seeds of two latencies.
const MARKET_SEED: u64 = 0x9E37_79B9_7F4A_7C15;

fn instruments(markets: &[TrialMarket]) -> Vec<Instrument> {
    markets.iter().map(|market| market.header.instrument.clone()).collect()
}

/// Disturbances at markets that are not there, or whose feed cannot stall.
fn unheard(scenario: &Scenario, markets: &[TrialMarket]) -> Vec<Problem> {
    let disturbances = &scenario.file.disturbances;
    let mut found = strangers(disturbances, &instruments(markets));
    let bars = |market: &&TrialMarket| market.header.kind == TapeKind::Bars;
    let stall = disturbances.iter().position(|disturbance| disturbance.kind.is_of_feed());
    if let (Some(place), Some(market)) = (stall, markets.iter().find(bars)) {
        let (kind, symbol) = (disturbances[place].kind.as_str(), &market.header.instrument.symbol);
        let text = format!("`{kind}` with `{symbol}`, a tape of bars");
        let problem =
            Problem::new(format!("disturbances[{place}].kind"), text, "another disturbance, or a tape of rows");
        found.push(problem.hint("a bar is heard of when it closes: it cannot be late"));
    }
    if let (true, Some(market)) = (wire::is_wired(&scenario.file), markets.iter().find(bars)) {
        let key = if scenario.file.faults.is_some() { "faults" } else { "gateway" };
        let text = format!("a wire that can lose messages with `{}`, a tape of bars", market.header.instrument.symbol);
        let problem = Problem::new(key, text, "a tape of rows");
        found.push(problem.hint("on bars a bot hears of things at closes only"));
    }
    let start = markets.iter().map(|market| market.header.first_at).min().unwrap_or_default();
    found.extend(delisting::problems(&scenario.file.delistings, &instruments(markets), start));
    found.extend(peak::misfit(&scenario.file, markets.iter().map(|market| market.header.kind)));
    let own = markets.iter().map(|market| &market.header);
    found.extend(mode::problems(&scenario.file.modes, &instruments(markets), own, start));
    found.extend(feed::unfed(&scenario.file, markets.iter().map(|market| &market.header)));
    let headers = || markets.iter().map(|market| &market.header);
    found.extend(shock::never(
        &scenario.file,
        &headers().map(|header| (header.first_at, header.last_at)).collect::<Vec<_>>(),
    ));
    if let Some(faults) = &scenario.file.faults {
        let start = headers().map(|header| header.first_at).min().unwrap_or_default();
        let last = headers().map(|header| header.last_at).max().unwrap_or_default();
        let end = scenario.file.run.duration.map_or(last, |duration| last.min(start.plus(duration.0)));
        found.extend(wire::never(faults, start, end));
        found.extend(feed::unasked_script(&scenario.file, start, end));
        found.extend(wire::elsewhere(faults, markets.len()));
    }
    found
}

/// One account has one quote asset.
fn quote_misfit(plans: &[MarketPlan], markets: &[TrialMarket]) -> Option<Problem> {
    let (first, others) = markets.split_first()?;
    let quote = |market: &TrialMarket| market.header.instrument.quote.clone();
    let place = others.iter().position(|other| quote(other) != quote(first))? + 1;
    let (own, symbol) = (&plans[place], &markets[place].header.instrument.symbol);
    let found = format!("`{symbol}` is quoted in {}", quote(&markets[place]));
    let allowed = format!("{}, as `{}`", quote(first), first.header.instrument.symbol);
    Some(
        Problem::new(own.key.clone(), found, allowed)
            .hint("the markets of one run share one account: give them one quote asset"),
    )
}

/// The preset's name, as in a scenario.
#[must_use]
pub const fn preset_name(preset: FillPreset) -> &'static str {
    match preset {
        FillPreset::Optimistic => "optimistic",
        FillPreset::Neutral => "neutral",
        FillPreset::Pessimistic => "pessimistic",
        FillPreset::Hftbacktest => "hftbacktest",
    }
}

/// The scenario's own preset, then the others of the band; or the one preset and why there is no band.
pub(super) fn presets(file: &ScenarioFile) -> (Vec<FillPreset>, String) {
    let own = file.venue.fills;
    let reason = if super::closed::is_closed(file) {
        super::closed::NO_BAND
    } else if !file.run.band {
        "switched off"
    } else if own.pessimism().is_none() {
        "the fill preset imitates a peer and has no place in the band"
    } else if file.venue.rules != super::file::RulesFile::default() {
        "the scenario departs from its fill preset"
    } else {
        let others = FillPreset::BAND.into_iter().filter(|preset| *preset != own);
        return (std::iter::once(own).chain(others).collect(), String::new());
    };
    (vec![own], reason.to_owned())
}

pub(super) fn rules(preset: FillPreset, departures: &super::file::RulesFile) -> FillRules {
    let rules = preset.rules();
    FillRules {
        queue: departures.queue.unwrap_or(rules.queue),
        at_price: departures.at_price.unwrap_or(rules.at_price),
        crossing: departures.crossing.unwrap_or(rules.crossing),
        touch_fills: departures.touch_fills.unwrap_or(rules.touch_fills),
        partial_fills: departures.partial_fills.unwrap_or(rules.partial_fills),
        liquidity_memory: departures.liquidity_memory.unwrap_or(rules.liquidity_memory),
        shared_prints: departures.shared_prints.unwrap_or(rules.shared_prints),
        own_orders_meet: departures.own_orders_meet.unwrap_or(rules.own_orders_meet),
        refused_amends_spare: departures.refused_amends_spare.unwrap_or(rules.refused_amends_spare),
        funds_checked: departures.funds_checked.unwrap_or(rules.funds_checked),
    }
}

/// The scenario's fees, or the instrument's own. Ranges were checked when the scenario was read.
fn fees(scenario: &Scenario, own: FeeSchedule) -> FeeSchedule {
    let Some(fees) = &scenario.file.venue.fees else { return own };
    let rate = |given: Decimal, own| given.rate().unwrap_or(own);
    FeeSchedule {
        maker: rate(fees.maker, own.maker),
        taker: rate(fees.taker, own.taker),
        rounding: fees.rounding,
        decimals: fees.decimals,
    }
}

/// What the account holds in a market at the start, as the scenario has it: without a price where it names none.
pub(super) fn opening(plan: &MarketPlan, instrument: &Instrument, problems: &mut Vec<Problem>) -> Opening {
    let (given, key) = (&plan.opening, &plan.opening_key);
    let position = steps(&format!("{key}.position"), given.position, instrument.step_size, problems);
    if instrument.kind == ContractKind::Spot && position < 0 {
        let problem = Problem::new(format!("{key}.position"), format!("found {}", given.position), "0 or more");
        problems.push(problem.hint("a spot account cannot be short"));
    }
    let ticks = given
        .position_price
        .map(|price| steps(&format!("{key}.position_price"), price, instrument.tick_size, problems));
    Opening {
        quote: given.quote.money().unwrap_or_default(),
        position: Quantity::new(position),
        at: ticks.map(Price::new),
    }
}

/// `value` in whole units; 0 and a problem when it is none.
fn steps(key: &str, value: Decimal, unit: Fixed, problems: &mut Vec<Problem>) -> i64 {
    value.multiple_of(unit).unwrap_or_else(|allowed| {
        problems
            .push(Problem::new(key, format!("found {value}"), allowed).hint("the instrument's scale is in its tape"));
        0
    })
}

fn misfit(key: &str, overflow: Overflow) -> Problem {
    Problem::new(key, overflow.to_string(), "limits that fit the instrument's scales")
}

/// The gates of a bot, in its run and in its drills: of one that ignores a kill the switch does nothing.
pub(super) fn gates_of(config: &GateConfig, instrument: &Instrument, ignores_kill: bool) -> Result<Gates, Overflow> {
    match GateSpec::named("kill_switch").filter(|_| ignores_kill) {
        Some(spec) => Gates::broken(config, instrument, spec.id, Defect::NeverFires),
        None => Gates::new(config, instrument),
    }
}

/// Names a run: hash of semantics, settings, strategy and markets in order; 64 hexadecimal digits.
#[must_use]
pub fn run_id(settings: &[Setting], strategy: &Description, content_hashes: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("seatrial run, semantics {SEMANTICS}\n").as_bytes());
    hasher.update(canonical(settings).as_bytes());
    for (name, value) in &strategy.parameters {
        hasher.update(format!("strategy {name} = {value}\n").as_bytes());
    }
    for content_hash in content_hashes {
        hasher.update(format!("market {content_hash}\n").as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
