use super::file::{Cell, RegimeFile};
use crate::audit::{Audit, AuditError, AuditMarket, AuditSetup, Wakes, audit_entries};
use crate::engine::{self, EngineError};
use crate::gates::catalogue;
use crate::journal::{Digest, Entry, EntrySink, JournalError, JournalWriter};
use crate::metrics::{
    Believability, BelievedRun, MetricsError, PositionLimit, RunFold, Stopped, ViolentFigures, ViolentFold,
};
use crate::model::{GateId, Instrument};
use crate::readiness::{StopFacts, Track, TrackPoint, VolatilityRun};
use crate::scenario::audit::{audit_event, audit_setup, wakes};
use crate::scenario::believability::Played;
use crate::scenario::closed;
use crate::scenario::execute::{RunError, metrics_options};
use crate::scenario::file::ScenarioFile;
use crate::scenario::kills::Record;
use crate::scenario::load::{Scenario, canonical};
use crate::scenario::market::open_for;
use crate::scenario::registry::Registry;
use crate::scenario::replay::{BindError, bind};
use crate::scenario::shock::ShockFile;
use crate::scenario::text::SpanText;
use crate::scenario::trial::{Trial, TrialMarket, preset_name};
use crate::strategy::Description;
use crate::synth::{RegimeModel, by_second};
use crate::tape::{BatchSource, TapeError};
use crate::units::{Overflow, Quantity, SECOND, Span, Timestamp};
use rayon::prelude::*;

/// Most points of a track: what a page of paper can show.
const POINTS_MAX: usize = 1_500;

/// A run over a violent market that ended without results.
#[derive(Debug, thiserror::Error)]
pub enum VolatilityError {
    /// The scenario does not fit a market.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A market could not be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A run could not be audited.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A digest could not be taken.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An amount of the instrument cannot be held.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The figures of a run could not be had.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// A market could not be had the other way, as a tape or in the closed loop.
    #[error(transparent)]
    OtherWay(#[from] RunError),
    /// A lane could not be set up.
    #[error("{0}")]
    Setup(String),
}

/// Everything that was run.
#[derive(Debug)]
pub struct VolatilityRuns {
    /// One a cell, in their order.
    pub runs: Vec<VolatilityRun>,
    /// One a shock.
    pub tracks: Vec<Track>,
    /// How far tapes are off, in the order of the runs: the first calm run of each regime, and the run of each shock that is shown in full.
    pub believability: Vec<BelievedRun>,
    /// What is traded.
    pub instrument: Instrument,
    /// First venue time of every run.
    pub start: Timestamp,
    /// Names scenario, markets, seeds and semantics.
    pub run_id: String,
    /// The strategy with all its parameters.
    pub strategy: Description,
    /// Name of the fill preset that every run is under.
    pub preset: &'static str,
    /// Digest over the digests of all runs, in their order.
    pub digest: String,
    /// What names the market of each run, in their order: the hash of its content, or of the recipe that makes it.
    pub markets: Vec<String>,
}

/// Runs the bot of `scenario` over every market of its `[volatility]`, as many at once as there are threads. `done` is told of
/// each that has ended.
///
/// # Errors
/// [`VolatilityError`] of the first run, in their order, that ended without results.
pub fn run_volatility(
    scenario: &Scenario,
    registry: &Registry,
    done: &(dyn Fn() + Sync),
) -> Result<VolatilityRuns, VolatilityError> {
    let Some(volatility) = &scenario.file.volatility else {
        return Err(VolatilityError::Setup("the scenario has no `[volatility]`".to_owned()));
    };
    let whole = bind(scenario, registry)?;
    check_regimes(scenario, &volatility.regimes)?;
    let cells = volatility.cells(scenario.file.seed);
    let (shown, believed) = (shown(&cells), believed(&cells));
    let one = |(place, cell): (usize, &Cell)| {
        let result = run_cell((scenario, registry), cell, (shown.contains(&place), believed.contains(&place)));
        done();
        result.map(|ran| Ran { track: ran.track.map(|track| Track { run: place, ..track }), ..ran })
    };
    let results: Vec<Result<_, VolatilityError>> = cells.par_iter().enumerate().map(one).collect();
    let (mut runs, mut tracks, mut markets, mut believability) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, result) in results.into_iter().enumerate() {
        let Ran { run, track, market, believed } = result?;
        runs.push(run);
        tracks.extend(track);
        markets.push(market);
        believability.extend(believed.map(|believability| BelievedRun { run: place, believability }));
    }
    let header = &whole.markets[0].header;
    Ok(VolatilityRuns {
        tracks,
        believability,
        instrument: header.instrument.clone(),
        start: header.first_at,
        preset: preset_name(whole.presets[0]),
        digest: digest_over(runs.iter().map(|run| run.digest.as_str())),
        markets,
        run_id: whole.run_id,
        strategy: whole.strategy,
        runs,
    })
}

/// One digest over those of all runs, in their order.
pub(in crate::scenario) fn digest_over<'a>(digests: impl Iterator<Item = &'a str>) -> String {
    let text: String = digests.map(|digest| format!("{digest}\n")).collect();
    Digest::of(text.as_bytes()).to_string()
}

/// What a run comes to that is had again by itself.
pub(super) struct Again {
    pub digest: String,
    pub market: String,
    pub believability: Option<Believability>,
}

/// The runs at these places alone.
pub(super) fn run_places(
    scenario: &Scenario,
    registry: &Registry,
    (cells, places): (&[Cell], &[usize]),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Again>, VolatilityError> {
    let believed = believed(cells);
    let one = |place: &usize| {
        let result = run_cell((scenario, registry), &cells[*place], (false, believed.contains(place)));
        done();
        result.map(|ran| Again { digest: ran.run.digest, market: ran.market, believability: ran.believed })
    };
    let results: Vec<Result<_, VolatilityError>> = places.par_iter().map(one).collect();
    results.into_iter().collect()
}

/// The market of the runs in the first regime as it is without a shock, for so long: what is scored.
pub fn calm_market(scenario: &Scenario, duration: Span) -> Option<Box<dyn BatchSource>> {
    let mut flow = scenario.file.market.flow.clone()?;
    flow.duration = SpanText(duration);
    let regime = scenario.file.volatility.as_ref().and_then(|volatility| volatility.regimes.first());
    let model = flow.model.as_mut().zip(regime);
    model.into_iter().for_each(|(model, regime)| set_regime(&mut model.pace.regimes, regime));
    Some(flow.market(Vec::new(), scenario.file.seed))
}

/// Of each shock the run that is shown in full: the first at severity 1, or at the one nearest to it.
fn shown(cells: &[Cell]) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    let severity = |place: usize| cells[place].shock.as_ref().map(|placed| placed.severity);
    let name = |place: usize| cells[place].shock.as_ref().map(|placed| placed.shock.name.as_str());
    for place in 0..cells.len() {
        let Some(found) = severity(place) else { continue };
        match shown.iter().position(|other| name(*other) == name(place)) {
            None => shown.push(place),
            Some(other) if severity(shown[other]).is_some_and(|shown| found.is_nearer_to_one(shown)) => {
                shown[other] = place;
            }
            Some(_) => {}
        }
    }
    shown
}

/// The runs whose market is had both ways: the first calm one of each regime, and those that are shown in full.
fn believed(cells: &[Cell]) -> Vec<usize> {
    let is_first = |place: &usize| {
        let is_same = |cell: &Cell| cell.shock.is_none() && cell.regime == cells[*place].regime;
        cells[*place].shock.is_none() && !cells[..*place].iter().any(is_same)
    };
    (0..cells.len()).filter(is_first).chain(shown(cells)).collect()
}

/// The scenario of one run.
fn cell_scenario(scenario: &Scenario, cell: &Cell) -> Scenario {
    let mut file: ScenarioFile = scenario.file.clone();
    file.volatility = None;
    file.seed = cell.seed;
    if let Some(flow) = &mut file.market.flow {
        flow.duration = SpanText(cell.duration);
        flow.model.iter_mut().for_each(|model| set_regime(&mut model.pace.regimes, &cell.regime));
    }
    file.market.shocks = cell.shock.iter().map(ShockFile::of).collect();
    Scenario { file, ..scenario.clone() }
}

/// Every regime makes a market of the model.
fn check_regimes(scenario: &Scenario, regimes: &[RegimeFile]) -> Result<(), VolatilityError> {
    let model = scenario.file.market.flow.as_ref().and_then(|flow| flow.model.clone());
    for (place, regime) in regimes.iter().enumerate() {
        let Some(mut model) = model.clone() else { continue };
        set_regime(&mut model.pace.regimes, regime);
        model.check().map_err(|error| {
            let text = format!("volatility.regimes[{place}]: `{}` makes no market of the model: {error}", regime.name);
            VolatilityError::Setup(text)
        })?;
    }
    Ok(())
}

/// One regime, for the whole run.
fn set_regime(regimes: &mut Vec<RegimeModel>, regime: &RegimeFile) {
    regimes.truncate(1);
    for model in regimes {
        model.name.clone_from(&regime.name);
        model.volatility = regime.volatility.0;
        model.weight = 1.0;
    }
}

/// What one run came to.
struct Ran {
    run: VolatilityRun,
    track: Option<Track>,
    market: String,
    believed: Option<Believability>,
}

fn run_cell(
    (scenario, registry): (&Scenario, &Registry),
    cell: &Cell,
    (is_shown, is_believed): (bool, bool),
) -> Result<Ran, VolatilityError> {
    let trial = bind(&cell_scenario(scenario, cell), registry)?;
    let entries = play(&trial)?;
    let instrument = trial.markets[0].header.instrument.clone();
    let since = cell.begins(trial.markets[0].header.first_at).unwrap_or(Timestamp::MIN);
    let mut fold = ViolentFold::new(&instrument, limit(&trial, &instrument)?, since, &equity_gates())?;
    let mut journal = JournalWriter::digest_only();
    for entry in &entries {
        fold.record(entry);
        journal.record(entry);
    }
    let figures = fold.finish();
    let audit = audited(&trial, &entries)?;
    let digest = journal.finish()?.digest.to_string();
    let run = of(cell, &figures, &audit, digest);
    let track = if is_shown { Some(track(&trial, &figures)?) } else { None };
    let market = trial.markets[0].header.content_hash.clone();
    let believed = if is_believed { both_ways(&trial, &entries, figures.span)? } else { None };
    Ok(Ran { run, track, market, believed })
}

/// How far tapes are off on the market of a run that has been played.
fn both_ways(
    trial: &Trial,
    entries: &[Entry],
    (start, end): (Timestamp, Timestamp),
) -> Result<Option<Believability>, VolatilityError> {
    let headers = || trial.markets.iter().map(|market| &market.header);
    let mut fold = RunFold::new(&trial.instruments(), &metrics_options(headers()))?;
    entries.iter().for_each(|entry| fold.record(entry));
    let summary = fold.finish()?;
    let played = Played {
        file: &trial.scenario.file,
        headers: headers().collect(),
        lanes: vec![(preset_name(trial.presets[0]), &summary)],
        length: end.since(start),
        no_band_because: &trial.no_band_because,
    };
    Ok(played.believability(&|| Ok(trial.clone()))?)
}

/// The entries of one run under the scenario's own fill preset.
fn play(trial: &Trial) -> Result<Vec<Entry>, VolatilityError> {
    let record = Record::default();
    let lane = trial.lane(trial.presets[0], Box::new(record.clone())).map_err(VolatilityError::Setup)?;
    if let Some(closed) = trial.closed_loop() {
        closed::run(trial, closed, vec![lane], None, &mut |_| {})?;
        return Ok(record.take());
    }
    let mut sources = open_for(trial)?;
    let sources = sources.iter_mut().map(|source| source.as_mut() as &mut dyn BatchSource).collect();
    engine::run_merged(sources, &trial.engine_config(), vec![lane], &mut |_| {})?;
    Ok(record.take())
}

fn limit(trial: &Trial, instrument: &Instrument) -> Result<PositionLimit, Overflow> {
    let Some(position) = trial.scenario.file.gates.position.as_ref() else { return Ok(PositionLimit::default()) };
    let step = instrument.base_amount(Quantity::new(1))?.atto().max(1);
    let quantity = position.max_quantity.as_ref().map(|amount| amount.money().atto() / step);
    Ok(PositionLimit {
        quantity: quantity.map(|steps| Quantity::new(i64::try_from(steps).unwrap_or(i64::MAX))),
        value: position.max_value.as_ref().map(|amount| amount.money()),
    })
}

/// What the audit finds in the entries; what it would need the market for is not looked at.
fn audited(trial: &Trial, entries: &[Entry]) -> Result<Audit, VolatilityError> {
    let market = |market: &TrialMarket| AuditMarket {
        instrument: market.header.instrument.clone(),
        opening_price: market.opening.at,
        rows: None,
    };
    let known = trial.subscriptions().map_or(Wakes::UNKNOWN, |subscriptions| wakes(&subscriptions));
    let setup = audit_setup(&trial.scenario.file.gates, trial.markets.iter().map(market).collect(), known)?;
    let events = trial.events.iter().map(audit_event).collect();
    Ok(audit_entries(
        &AuditSetup { events, statuses: trial.statuses(), wire: trial.audit_wire(), ..setup },
        entries,
        None,
    )?)
}

fn of(cell: &Cell, figures: &ViolentFigures, audit: &Audit, digest: String) -> VolatilityRun {
    let (opening, last) = figures.equity;
    let [market_low, market_high, _] = figures.mids;
    let [orders, refused, rejected, fills] = figures.counts;
    let [orders_per_second, rejects_per_second] = figures.in_a_second;
    let start = figures.span.0;
    VolatilityRun {
        regime: cell.regime.name.clone(),
        shock: cell.shock.as_ref().map(|placed| placed.shock.name.clone()),
        severity: cell.shock.as_ref().map_or(0.0, |placed| placed.severity.0),
        seed: cell.seed,
        start,
        end: figures.span.1,
        shock_at: cell.begins(start),
        realised_volatility: figures.realised_volatility,
        market_low,
        market_high,
        opening_equity: opening,
        profit: last - opening,
        buy_and_hold: figures.buy_and_hold,
        max_drawdown: figures.max_drawdown,
        max_position: figures.position.0,
        mean_position: figures.position.1,
        position_excess_orders: figures.position_excess_orders,
        orders,
        refused,
        rejected,
        fills,
        orders_per_second,
        rejects_per_second,
        worst_markout_bps: figures.worst_markout_bps,
        stop_slippage_bps: figures.stop_slippage_bps,
        stop: figures.stop.as_ref().map(stop_facts),
        audit_findings: audit.found,
        first_finding: audit.findings.first().map(ToString::to_string).unwrap_or_default(),
        digest,
    }
}

fn stop_facts(stop: &Stopped) -> StopFacts {
    let Stopped { gate, at, from_cause, to_last_cancel, to_flat, to_within_limit } = *stop;
    StopFacts { gate: gate_name(gate).to_owned(), at, from_cause, to_last_cancel, to_flat, to_within_limit }
}

/// Breakers whose figure is a fall of equity below a baseline.
fn equity_gates() -> Vec<GateId> {
    let is_one = |name: &str| matches!(name, "daily_loss" | "drawdown" | "total_loss");
    catalogue().iter().filter(|gate| is_one(gate.name)).map(|gate| gate.id).collect()
}

fn gate_name(id: GateId) -> &'static str {
    catalogue().iter().find(|gate| gate.id == id).map_or("a gate", |gate| gate.name)
}

/// The run by the second, thinned, with the depth of the market beside it.
fn track(trial: &Trial, figures: &ViolentFigures) -> Result<Track, VolatilityError> {
    let mut source = open_for(trial)?.swap_remove(0);
    let start = source.header().first_at;
    let seconds = by_second(source.as_mut(), &mut |_, _| {})?;
    let depth = |at: Timestamp| {
        let place = usize::try_from(at.since(start).nanos() / SECOND.nanos()).unwrap_or(0);
        let second = seconds.get(place.saturating_sub(1)).or(seconds.last()).copied().unwrap_or_default();
        second.depth.map(|steps| figures.in_base(steps))
    };
    let stride = figures.points.len().div_ceil(POINTS_MAX).max(1);
    let points = figures.points.iter().step_by(stride).map(|point| TrackPoint {
        at: point.at,
        mid: point.mid,
        spread_bps: point.spread_bps,
        depth: depth(point.at),
        position: point.position,
        equity: point.equity,
    });
    let words = |trips: bool| if trips { "stops the bot" } else { "lets it go on" };
    let turns = figures.turns.iter().map(|(at, gate, trips)| (*at, format!("{} {}", gate_name(*gate), words(*trips))));
    Ok(Track { run: 0, points: points.collect(), turns: turns.collect(), refusals: figures.refusals.clone() })
}

/// What names a scenario: a hash of every value that counts.
#[must_use]
pub fn scenario_hash(scenario: &Scenario) -> String {
    Digest::of(canonical(&scenario.settings()).as_bytes()).to_string()
}
