//! What the audit has to know of a run, as plain data: the limits that were in force, the alerts and the markets.

use super::bots::is_meant;
use super::closed::{Done, open_as_left};
use super::event;
use super::execute::RunError;
use super::feed;
use super::file::ScenarioFile;
use super::load::Scenario;
use super::manifest::{LaneRecord, Manifest};
use super::market::{MarketPlan, at_venues, open_again_for, open_feeds};
use super::other_journals::OtherJournals;
use super::problem::Problems;
use super::read_ahead::ReadAhead;
use super::registry::Registry;
use super::replay::{Replay, SCENARIO, bind, overrides};
use super::saved::{SavedError, foundation_problems, read_manifest};
use super::trial::Trial;
use super::user::{BotRecord, TOGETHER};
use super::wire;
use crate::alert::{AlertConfig, AlertRule, RULES};
use crate::audit::{
    AlertSetup, Armed, Audit, AuditAlert, AuditBot, AuditError, AuditEvent, AuditFeed, AuditGate, AuditMarket,
    AuditReinvest, AuditSetup, AuditWire, Entries, Lane, Limits, LossLimits, TripLimits, Wakes, audit_entries_fed,
    audit_fed,
};
use crate::engine::{FedMarket, ScriptedEvent};
use crate::gates::fee_coverage::WithoutEdge;
use crate::gates::{Amount, GateConfig, GateCounter, Gates, Percent, Setting, catalogue};
use crate::journal::{Entry, HeardAt, JournalReader};
use crate::model::{GateId, Instrument};
use crate::readiness::{AuditEvidence, LaneAudit};
use crate::strategy::Subscriptions;
use crate::tape::{BatchSource, TapeError, TapeHeader};
use crate::units::{MILLISECOND, MINUTE, Money, Overflow, Price, Span};
use serde::Serialize;
use std::path::Path;

/// The audit of a finished run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunAudit {
    /// Which run.
    pub run_id: String,
    /// Nothing was missed, false, late, wrong or broken in any lane.
    pub clean: bool,
    /// One a fill preset, as in the manifest.
    pub lanes: Vec<LaneAudit>,
    /// What was not checked, and why.
    pub unchecked: Vec<String>,
}

/// Told how many more journal entries were read.
pub type Heard<'a> = &'a dyn Fn(u64);

/// A run that could not be audited.
#[derive(Debug, thiserror::Error)]
pub enum RunAuditError {
    /// The folder holds no sound run.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The run's scenario cannot be read.
    #[error("the scenario of the run cannot be read: {0}")]
    Scenario(#[from] Problems),
    /// The journals were not kept whole.
    #[error(
        "the journals were kept at detail `{0}`, and an audit reads every entry; run again with `--set run.journal=full`"
    )]
    NotWhole(&'static str),
    /// A journal or a tape cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The market of a closed loop cannot be had again.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Audits the run in `folder` from its journals, and from its tapes where they are at hand.
///
/// # Errors
/// [`RunAuditError`] when the folder is no sound run with whole journals, or a file cannot be read.
pub fn audit_run(folder: &Path, with: Replay<'_>, heard: Heard<'_>) -> Result<RunAudit, RunAuditError> {
    let manifest = read_manifest(folder)?;
    let problems = foundation_problems(folder, &manifest);
    if !problems.is_empty() {
        return Err(SavedError::Unsound { folder: folder.to_path_buf(), problems }.into());
    }
    let (lanes, unchecked) = audit_saved(folder, &manifest, with, heard)?;
    let clean = lanes.iter().all(|lane| lane.audit.is_clean());
    Ok(RunAudit { run_id: manifest.run_id, clean, lanes, unchecked })
}

/// Audits of the lanes, and what was not checked.
type Audited = (Vec<LaneAudit>, Vec<String>);

/// Audits a run whose folder is sound.
pub(super) fn audit_saved(
    folder: &Path,
    manifest: &Manifest,
    with: Replay<'_>,
    heard: Heard<'_>,
) -> Result<Audited, RunAuditError> {
    let scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry)?;
    let markets = markets_of(&scenario, manifest, with.registry);
    audit_lanes(folder, manifest, (&scenario, with.registry), markets, heard)
}

/// Audits the run of `trial` whose journals are in `folder`, which need not be finished. A run whose journals were not kept whole
/// is not audited.
///
/// # Errors
/// [`RunAuditError`] when a journal or a tape cannot be read.
pub fn audit_trial(
    folder: &Path,
    manifest: &Manifest,
    with: (&Trial, &Registry),
    heard: Heard<'_>,
) -> Result<AuditEvidence, RunAuditError> {
    audit_played(folder, manifest, with, None, heard)
}

/// The same for a run that has just been played, and so knows what its bot did in a market that answers to it.
///
/// # Errors
/// As [`audit_trial`].
pub fn audit_played(
    folder: &Path,
    manifest: &Manifest,
    (trial, registry): (&Trial, &Registry),
    done: Option<&Done>,
    heard: Heard<'_>,
) -> Result<AuditEvidence, RunAuditError> {
    let opened = match trial.closed_loop() {
        Some(_) => open_as_left(trial, done)?,
        None => open_again_for(trial).map_err(AuditError::from)?,
    };
    let markets = Ok(Opened::of(opened, trial).map_err(AuditError::from)?);
    match audit_lanes(folder, manifest, (&trial.scenario, registry), markets, heard) {
        Ok((lanes, unchecked)) => Ok(AuditEvidence::Audited { lanes, unchecked }),
        Err(error @ RunAuditError::NotWhole(_)) => Ok(AuditEvidence::NotAudited { reason: error.to_string() }),
        Err(error) => Err(error),
    }
}

/// Audits the one lane of a run that was just played in memory, by its `entries` and its markets.
///
/// # Errors
/// As [`audit_trial`].
pub(super) fn audit_in_memory(
    (trial, registry): (&Trial, &Registry),
    manifest: &Manifest,
    done: Option<&Done>,
    entries: &[Entry],
) -> Result<Audit, RunAuditError> {
    let opened = match trial.closed_loop() {
        Some(_) => open_as_left(trial, done)?,
        None => open_again_for(trial).map_err(AuditError::from)?,
    };
    let Opened { mut tapes, mut venues, .. } = Opened::of(opened, trial).map_err(AuditError::from)?;
    let setup = setup_of(&trial.scenario, manifest, &opening_prices(trial), registry).map_err(AuditError::from)?;
    let tapes = tapes.iter_mut().map(|tape| tape.as_mut() as &mut dyn BatchSource).collect();
    Ok(audit_entries_fed(&setup, entries, Some(tapes), borrowed(&mut venues))?)
}

fn audit_lanes(
    folder: &Path,
    manifest: &Manifest,
    (scenario, registry): (&Scenario, &Registry),
    markets: Result<Opened, String>,
    heard: Heard<'_>,
) -> Result<Audited, RunAuditError> {
    if !manifest.keeps_every_entry() {
        return Err(RunAuditError::NotWhole(manifest.journal_detail.name()));
    }
    let (mut tapes, mut venues, opening_prices, user_prices, mut unchecked) = match markets {
        Ok(Opened { tapes, venues, prices, user }) => (Some(tapes), venues, prices, user, Vec::new()),
        Err(why) => {
            (None, Vec::new(), Vec::new(), Vec::new(), vec![format!("what the bots could hear of the markets: {why}")])
        }
    };
    let mut setup = setup_of(scenario, manifest, &opening_prices, registry).map_err(AuditError::from)?;
    setup.reinvest = audit_reinvest(scenario, manifest, &user_prices);
    let others = OtherJournals::of(folder, manifest, &scenario.file).unwrap_or_else(|why| {
        setup.reinvest.iter_mut().for_each(|reinvest| reinvest.unknown = Some(why.clone()));
        let counted = setup.gates.iter_mut().filter(|gate| gate.name == TOGETHER && gate.armed != Armed::Off);
        counted.for_each(|gate| gate.armed = Armed::NotAudited);
        unchecked.push(format!("what the user's bots did together: {why}"));
        None
    });
    let lanes = manifest.lanes.iter().enumerate();
    let lanes = lanes.map(|(place, lane)| {
        lane_of(folder, (place, lane), (others.as_ref(), setup.reinvest.is_some()), setup.wire.is_some(), heard)
    });
    let lanes = lanes.collect::<Result<_, _>>()?;
    let tapes =
        tapes.as_mut().map(|tapes| tapes.iter_mut().map(|tape| tape.as_mut() as &mut dyn BatchSource).collect());
    let audits = audit_fed(&setup, lanes, tapes, borrowed(&mut venues))?;
    let named = manifest.lanes.iter().zip(audits);
    Ok((named.map(|(lane, audit)| LaneAudit { preset: lane.preset.clone(), audit }).collect(), unchecked))
}

fn lane_of<'a>(
    folder: &Path,
    (place, lane): (usize, &LaneRecord),
    (others, reinvests): (Option<&OtherJournals>, bool),
    is_wired: bool,
    heard: Heard<'a>,
) -> Result<Lane<'a>, AuditError> {
    let path = folder.join(&lane.journal);
    let ahead = ReadAhead::new(JournalReader::open(&path)?, heard);
    let entries: Entries<'a> = match is_wired {
        true => Box::new(HeardAt::of(JournalReader::open(&path)?)?.within(ahead)),
        false => Box::new(ahead),
    };
    let beside = others.filter(|_| reinvests).map(|others| others.entries(place)).transpose()?.unwrap_or_default();
    Ok(Lane { entries, others: others.map(|others| others.sent(place)).transpose()?.flatten(), beside })
}

/// The markets of the run, and what opening positions there are valued at: those of the bot on trial, and of all of its user.
struct Opened {
    /// As the bots heard of them.
    tapes: Vec<Box<dyn BatchSource>>,
    /// As they were at their venues, where that is another matter.
    venues: Vec<Option<Box<dyn BatchSource>>>,
    prices: Vec<Option<Price>>,
    user: Vec<Vec<Option<Price>>>,
}

impl Opened {
    fn of(tapes: Vec<Box<dyn BatchSource>>, trial: &Trial) -> Result<Self, TapeError> {
        let user = trial.user.iter().flat_map(|user| &user.bots).map(opening_prices).collect();
        let feeds = open_feeds(trial, None)?;
        let is_fed = feeds.iter().any(Option::is_some);
        let venues = if is_fed { at_venues(trial)? } else { Vec::new() };
        let venues = venues.into_iter().zip(&feeds).map(|(venue, feed)| feed.as_ref().map(|_| venue)).collect();
        let heard = |(tape, feed): (Box<dyn BatchSource>, Option<FedMarket>)| match feed {
            Some(feed) => Box::new(feed) as Box<dyn BatchSource>,
            None => tape,
        };
        let tapes = tapes.into_iter().zip(feeds).map(heard).collect();
        Ok(Self { tapes, venues, prices: opening_prices(trial), user })
    }
}

fn borrowed(venues: &mut [Option<Box<dyn BatchSource>>]) -> Vec<Option<&mut dyn BatchSource>> {
    let mut borrowed: Vec<Option<&mut dyn BatchSource>> = Vec::with_capacity(venues.len());
    for venue in venues {
        borrowed.push(match venue {
            Some(venue) => Some(venue.as_mut()),
            None => None,
        });
    }
    borrowed
}

/// What moves money between the bots who ran together; `None` where nothing does.
fn audit_reinvest(scenario: &Scenario, manifest: &Manifest, prices: &[Vec<Option<Price>>]) -> Option<AuditReinvest> {
    let (_, user) = (scenario.file.reinvest.as_ref()?, manifest.user.as_ref()?);
    let read = RuleOfReinvestments::written(manifest);
    let unknown = read.is_none().then(|| "the rule is not written down as it should be".to_owned());
    let RuleOfReinvestments { at, threshold, top, percent } = read.unwrap_or_default();
    let bot = |(place, bot): (usize, &BotRecord)| AuditBot {
        name: bot.name.clone(),
        opening_prices: prices.get(place).cloned().unwrap_or_default(),
    };
    let bots = user.bots.iter().enumerate().map(bot).collect();
    Some(AuditReinvest { at, threshold, top, percent, own: user.own, bots, unknown })
}

/// The four values of `[reinvest]`, read here from what the run has written down of its scenario: by no line of what the engine was given.
#[derive(Default)]
struct RuleOfReinvestments {
    at: Span,
    threshold: Money,
    top: u32,
    percent: u8,
}

impl RuleOfReinvestments {
    fn written(manifest: &Manifest) -> Option<Self> {
        let value = |name: &str| manifest.value(&format!("reinvest.{name}"));
        let time = value("at");
        let (hours, minutes) = time.split_once(':')?;
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        Some(Self {
            at: MINUTE.times(60 * hours + minutes),
            threshold: Money::parse(&value("threshold")).ok()?,
            top: value("top").parse().ok()?,
            percent: value("percent").parse().ok()?,
        })
    }
}

/// The run's markets, if they are those that are found where the scenario has them.
fn markets_of(scenario: &Scenario, manifest: &Manifest, registry: &Registry) -> Result<Opened, String> {
    let trial =
        bind(scenario, registry).map_err(|error| format!("{error}; give the tape with --tape if it was moved"))?;
    if trial.run_id != manifest.run_id {
        return Err("the tapes found are not those of the run; give them with --tape".to_owned());
    }
    let tapes = open_as_left(&trial, None).map_err(|error| error.to_string())?;
    Opened::of(tapes, &trial).map_err(|error| error.to_string())
}

fn opening_prices(trial: &Trial) -> Vec<Option<Price>> {
    trial.markets.iter().map(|market| market.opening.at).collect()
}

fn setup_of(
    scenario: &Scenario,
    manifest: &Manifest,
    opening_prices: &[Option<Price>],
    registry: &Registry,
) -> Result<AuditSetup, Overflow> {
    let instruments: Vec<Instrument> = manifest.headers().map(|header| header.instrument.clone()).collect();
    let replayed: Vec<u64> = manifest.markets().map(|market| market.replayed).collect();
    let feed = audit_feed(&scenario.file, manifest);
    let is_fed = |place: usize| feed.as_ref().is_some_and(|feed| feed.supervised[place].is_some());
    let markets = instruments.iter().zip(replayed).enumerate().map(|(place, (instrument, rows))| AuditMarket {
        instrument: instrument.clone(),
        opening_price: opening_prices.get(place).copied().flatten(),
        // What a feed shows is not counted in the rows of the venue.
        rows: Some(rows).filter(|_| !is_fed(place)),
    });
    let markets = markets.collect();
    let setup = audit_setup(&scenario.file.gates, markets, wakes_of(scenario, registry, &instruments))?;
    let bar = manifest.headers().filter_map(|header| header.period).max().unwrap_or(Span::ZERO);
    let events = events(scenario, manifest, &instruments);
    let alerts = audit_alerts(&manifest.alerts(), scenario.file.run.risk_clock.0);
    let alerts = AlertSetup { is_deaf: is_deaf(scenario, registry, &instruments), ..alerts };
    let plans = MarketPlan::all(scenario).into_iter().zip(manifest.headers());
    let start = manifest.headers().map(|header| header.first_at).min().unwrap_or_default();
    let statuses = |(plan, header): (MarketPlan, &TapeHeader)| {
        let changes = plan.statuses(header.first_at);
        scenario.file.statuses(&header.instrument.symbol, start, changes)
    };
    let statuses = plans.map(statuses).collect();
    let wire = audit_wire(scenario, manifest);
    Ok(AuditSetup { bar, reenables: reenables(scenario), events, alerts, statuses, wire, feed, ..setup })
}

/// What an audit knows of the run's wires; nothing where no message can be lost.
fn audit_wire(scenario: &Scenario, manifest: &Manifest) -> Option<AuditWire> {
    let first = manifest.headers().map(|header| header.first_at).min().unwrap_or_default();
    let last = manifest.headers().map(|header| header.last_at).max().unwrap_or_default();
    wire::audit_wire(&scenario.file, first, last)
}

/// What an audit knows of the run's feeds; nothing where none is supervised.
fn audit_feed(file: &ScenarioFile, manifest: &Manifest) -> Option<AuditFeed> {
    let first = manifest.headers().map(|header| header.first_at).min().unwrap_or_default();
    let last = manifest.headers().map(|header| header.last_at).max().unwrap_or_default();
    feed::audit_feed(file, (manifest.headers(), (first, last)), wire::recovery(file, first, last))
}

/// What an audit expects of the alerts of a run with that risk clock.
#[must_use]
pub fn audit_alerts(config: &AlertConfig, risk_clock: Span) -> AlertSetup {
    let alert = |rule: &AlertRule| {
        let (name, severity) = (rule.name.to_owned(), rule.severity.as_str().to_owned());
        Some(AuditAlert { id: rule.id, name, severity, limit: config.limit(rule.id)? })
    };
    AlertSetup {
        alerts: RULES.iter().filter_map(alert).collect(),
        within: config.within(),
        remind_after: config.remind_after(),
        clock: config.clock(risk_clock),
        risk_clock,
        is_deaf: false,
    }
}

/// What the scenario has happen to the account. What is wrong with it was said when the run was bound.
fn events(scenario: &Scenario, manifest: &Manifest, instruments: &[Instrument]) -> Vec<AuditEvent> {
    let bound = event::bind(&scenario.file, manifest.replayed.start, instruments, &mut Vec::new());
    bound.iter().map(audit_event).collect()
}

/// What an audit expects of an event of a script.
#[must_use]
pub const fn audit_event(event: &ScriptedEvent) -> AuditEvent {
    let ScriptedEvent { at, every, market, what, line } = *event;
    AuditEvent { at, every, market, what, line }
}

/// Which breaker each command re-enables, by its number.
fn reenables(scenario: &Scenario) -> Vec<(u32, GateId)> {
    let named = |name: &str| catalogue().iter().find(|gate| gate.name == name).map(|gate| gate.id);
    let commands = (1..).zip(&scenario.file.commands);
    commands.filter_map(|(line, command)| Some((line, command.gate.as_deref().and_then(named)?))).collect()
}

/// The set-up of an audit of a run under `gates`, on rows and without commands.
///
/// # Errors
/// [`Overflow`] when the gates do not fit the first market's instrument.
pub fn audit_setup(gates: &GateConfig, markets: Vec<AuditMarket>, wakes: Wakes) -> Result<AuditSetup, Overflow> {
    let Some(first) = markets.first() else { return Ok(AuditSetup { wakes, ..AuditSetup::default() }) };
    let rows = Gates::new(gates, &first.instrument)?.counters();
    let gates = rows.iter().map(|row| AuditGate { id: row.id, name: row.name.to_owned(), armed: armed(row, gates) });
    Ok(AuditSetup { gates: gates.collect(), markets, wakes, ..AuditSetup::default() })
}

/// What wakes a strategy that subscribes to this.
#[must_use]
pub const fn wakes(subscriptions: &Subscriptions) -> Wakes {
    Wakes { by_reports: subscriptions.reports, by_feed: subscriptions.book || subscriptions.trades }
}

/// What the scenario's strategy subscribes to; `None` where it cannot be built.
fn subscriptions_of(scenario: &Scenario, registry: &Registry, instruments: &[Instrument]) -> Option<Subscriptions> {
    let builder = registry.builder(&scenario.file.bot.strategy)?;
    let strategy = builder.build(&scenario.parameters(), instruments).ok()?;
    Some(strategy.subscriptions())
}

/// The bot listens to nothing, and nobody tells it anything.
fn is_deaf(scenario: &Scenario, registry: &Registry, instruments: &[Instrument]) -> bool {
    let is_told = scenario.file.commands.iter().any(|command| is_meant(&scenario.file, command.bot.as_ref()));
    !is_told && subscriptions_of(scenario, registry, instruments) == Some(Subscriptions::default())
}

/// What wakes the scenario's strategy; where it cannot be built, everything may.
fn wakes_of(scenario: &Scenario, registry: &Registry, instruments: &[Instrument]) -> Wakes {
    let known = subscriptions_of(scenario, registry, instruments);
    let known = known.map_or(Wakes::UNKNOWN, |subscriptions| wakes(&subscriptions));
    // What a command sends goes out between reports of the same instant.
    Wakes { by_reports: known.by_reports || !scenario.file.commands.is_empty(), ..known }
}

fn armed(row: &GateCounter, gates: &GateConfig) -> Armed {
    match (row.armed, limits(row.name, gates)) {
        (false, _) => Armed::Off,
        (true, Some(limits)) => Armed::With(limits),
        (true, None) => Armed::NotAudited,
    }
}

/// The limits of a gate that has an oracle. One line a control.
fn limits(name: &str, gates: &GateConfig) -> Option<Limits> {
    let milliseconds = |count: u32| MILLISECOND.times(i64::from(count));
    let money = |setting: &Setting<Amount>| setting.as_ref().map(|amount| amount.money());
    Some(match name {
        "kill_switch" => Limits::KillSwitch,
        "stale_data" => Limits::StaleData(milliseconds(gates.stale_data.as_ref()?.max_age_ms)),
        "order_value" => Limits::OrderValue(gates.order_value.as_ref()?.max.money()),
        "position" => {
            let limits = gates.position.as_ref()?;
            Limits::Position { value: money(&limits.max_value), quantity: money(&limits.max_quantity) }
        }
        "position_ramp" => {
            let limits = gates.position_ramp.as_ref()?;
            let [initial, step, max] = [limits.initial, limits.step, limits.max].map(|amount| amount.money());
            Limits::PositionRamp { initial, step, days: limits.days, max }
        }
        "order_burst" => {
            let limits = gates.order_burst.as_ref()?;
            Limits::OrderBurst { orders: limits.orders, window: milliseconds(limits.window_ms) }
        }
        "order_quantity" => Limits::OrderQuantity(money(&gates.order_quantity.as_ref()?.max)?),
        "open_orders" => Limits::OpenOrders(gates.open_orders.as_ref()?.max),
        "book_state" => Limits::BookState,
        "idempotency" => Limits::Idempotency,
        "exposure" => Limits::Exposure(gates.exposure.as_ref()?.percent.ppb()),
        "leverage" => Limits::Leverage(gates.leverage.as_ref()?.max.ppb()),
        "fee_coverage" => {
            let limits = gates.fee_coverage.as_ref()?;
            let parts = [limits.min_edge_bps, limits.safety_bps, limits.slippage_bps];
            Limits::FeeCoverage {
                margin_ppb: parts.iter().map(|part| i128::from(part.ppb())).sum(),
                needs_edge: limits.without_edge == WithoutEdge::Refuse,
            }
        }
        "daily_orders" => Limits::DailyOrders(gates.daily_orders.as_ref()?.max),
        "message_rate" => {
            let limits = gates.message_rate.as_ref()?;
            let window = milliseconds(limits.window_ms);
            Limits::MessageRate { messages: limits.messages, reserve: limits.reserve, window }
        }
        "venue_filters" => Limits::VenueFilters,
        "price_collar" => Limits::PriceCollar(gates.price_collar.as_ref()?.percent.ppb()),
        "period_collar" => {
            let limits = gates.period_collar.as_ref()?;
            Limits::PeriodCollar {
                percent_ppb: limits.percent.ppb(),
                window: milliseconds(limits.window_ms),
                confirm_marks: limits.confirm_marks,
            }
        }
        "self_trade" => Limits::SelfTrade,
        "concurrent_positions" => Limits::ConcurrentPositions(gates.concurrent_positions.as_ref()?.max),
        "paper_mode" => Limits::PaperMode,
        "user_orders" => Limits::UserOrders(gates.user_orders.as_ref()?.max),
        "heartbeat" => Limits::Heartbeat(milliseconds(gates.heartbeat.as_ref()?.max_silence_ms)),
        _ => return breaker_limits(name, gates),
    })
}

/// The same of a breaker, and of what counts fills.
fn breaker_limits(name: &str, gates: &GateConfig) -> Option<Limits> {
    let milliseconds = |count: u32| MILLISECOND.times(i64::from(count));
    Some(match name {
        "daily_loss" => {
            let limits = gates.daily_loss.as_ref()?;
            let share = (&limits.percent, &limits.absolute);
            Limits::DailyLoss(loss(share, limits.confirm_marks, limits.engages_kill_switch))
        }
        "drawdown" => {
            let limits = gates.drawdown.as_ref()?;
            let share = (&limits.percent, &limits.absolute);
            Limits::Drawdown(loss(share, limits.confirm_marks, limits.engages_kill_switch))
        }
        "total_loss" => {
            let limits = gates.total_loss.as_ref()?;
            let share = (&limits.percent, &limits.absolute);
            Limits::TotalLoss(loss(share, limits.confirm_marks, limits.engages_kill_switch))
        }
        "extreme_move" => {
            let limits = gates.extreme_move.as_ref()?;
            Limits::ExtremeMove {
                percent_ppb: limits.percent.ppb(),
                window: milliseconds(limits.window_ms),
                confirm_marks: limits.confirm_marks,
                trip: trip(limits.pause_ms, limits.engages_kill_switch),
            }
        }
        "consecutive_losses" => {
            let limits = gates.consecutive_losses.as_ref()?;
            Limits::ConsecutiveLosses(limits.losses, trip(limits.pause_ms, limits.engages_kill_switch))
        }
        "single_trade_loss" => {
            let limits = gates.single_trade_loss.as_ref()?;
            Limits::SingleTradeLoss {
                percent_ppb: limits.percent.as_ref().map(|percent| percent.ppb()),
                absolute: limits.absolute.as_ref().map(|amount| amount.money()),
                trip: trip(limits.pause_ms, limits.engages_kill_switch),
            }
        }
        "stop_loss" => {
            let limits = gates.stop_loss.as_ref()?;
            Limits::StopLoss {
                percent_ppb: limits.percent.ppb(),
                confirm_marks: limits.confirm_marks,
                closes_position: limits.closes_position,
                trip: trip(limits.pause_ms, limits.engages_kill_switch),
            }
        }
        "error_rate" => {
            let limits = gates.error_rate.as_ref()?;
            Limits::ErrorRate {
                errors: limits.errors,
                window: milliseconds(limits.window_ms),
                trip: trip(limits.pause_ms, limits.engages_kill_switch),
            }
        }
        "repeated_executions" => {
            let limits = gates.repeated_executions.as_ref()?;
            Limits::RepeatedExecutions {
                executions: limits.executions,
                window: milliseconds(limits.window_ms),
                trip: trip(0, limits.engages_kill_switch),
            }
        }
        "daily_turnover" => Limits::DailyTurnover(gates.daily_turnover.as_ref()?.max.money()),
        _ => return None,
    })
}

/// Limits on what may be lost of a baseline.
fn loss(
    (percent, absolute): (&Setting<Percent>, &Setting<Amount>),
    confirm_marks: u32,
    engages_kill_switch: bool,
) -> LossLimits {
    LossLimits {
        percent_ppb: percent.as_ref().map(|percent| percent.ppb()),
        absolute: absolute.as_ref().map(|amount| amount.money()),
        confirm_marks,
        engages_kill_switch,
    }
}

/// What follows a trip: a pause, where 0 is none.
fn trip(pause_ms: u32, engages_kill_switch: bool) -> TripLimits {
    let pause = (pause_ms > 0).then(|| MILLISECOND.times(i64::from(pause_ms)));
    TripLimits { pause, engages_kill_switch }
}
