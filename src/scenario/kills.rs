//! The kill drill: the scenario's own bot, on its own market, killed at many random moments.
//!
//! Every kill is a run of its own up to its moment and a while beyond; runs of neighbouring moments share one pass over the
//! market. What followed each kill is not taken from the gates' word: the audit recomputes it from the run's entries.
//! Order rule: kills are reported by their moment. Invariants: moments follow from the seed alone, results from the scenario,
//! whatever the number of threads. Known limits: the scenario's own commands are left out; the scenario's own fill preset alone; what a control needs the tapes for is not
//! audited here; where several markets share the run, each pass replays them whole.

use super::audit::{audit_event, audit_setup, wakes};
use super::market::{open_for, rows_within};
use super::trial::Trial;
use crate::audit::{
    AuditError, AuditEvent, AuditMarket, AuditSetup, AuditWire, FOLLOWED, Kill, KillDrill, Wakes, audit_entries,
};
use crate::engine::{self, EngineError, Scope, Script, Scripted, When};
use crate::journal::{Entry, EntrySink, HeardAt};
use crate::model::Command;
use crate::rng::Streams;
use crate::tape::{BatchSource, TapeError};
use crate::units::{Overflow, Span, Timestamp};
use rayon::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// Kills that share one pass over the market.
const TOGETHER: usize = 16;

/// A kill drill that could not be held.
#[derive(Debug, thiserror::Error)]
pub enum KillsError {
    /// The market cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// A run stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A run could not be audited.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The gates do not fit the instrument.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A lane could not be set up.
    #[error("{0}")]
    Setup(String),
    /// There is nothing to draw moments from, or nothing that could kill.
    #[error("{0}")]
    Impossible(String),
}

/// How a drill is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KillPlan {
    /// How many kills.
    pub count: u32,
    /// Seed of the moments.
    pub seed: u64,
    /// Each kill flattens as well.
    pub flatten: bool,
}

/// Holds a kill drill: kills in order of their moments.
///
/// # Errors
/// [`KillsError`] when the market cannot be read, a run stops, or the kill switch is off.
pub fn kills(trial: &Trial, plan: &KillPlan) -> Result<Vec<Kill>, KillsError> {
    let moments = check_kills(trial, plan)?;
    let passes: Vec<&[Timestamp]> = moments.chunks(TOGETHER).collect();
    let kills: Vec<Vec<Kill>> =
        passes.into_par_iter().map(|moments| pass(trial, plan, moments)).collect::<Result<_, _>>()?;
    Ok(kills.concat())
}

/// Whether a kill drill can be held: its moments, in order.
///
/// # Errors
/// [`KillsError`] when the market cannot be read or is too short, or the kill switch is off.
pub fn check_kills(trial: &Trial, plan: &KillPlan) -> Result<Vec<Timestamp>, KillsError> {
    if trial.scenario.file.gates.kill_switch.as_ref().is_none() {
        let text = "the scenario switches the gate `kill_switch` off: remove `kill_switch = \"off\"` from [gates]";
        return Err(KillsError::Impossible(text.to_owned()));
    }
    moments(trial, plan)
}

/// Holds a kill drill and sums it up, as a run's manifest keeps it.
///
/// # Errors
/// As [`kills`].
pub fn kill_drill(trial: &Trial, plan: &KillPlan) -> Result<KillDrill, KillsError> {
    Ok(KillDrill::of((plan.seed, plan.flatten), &kills(trial, plan)?))
}

/// Moments between the start of the market and as long before its end as a kill is followed, in order.
fn moments(trial: &Trial, plan: &KillPlan) -> Result<Vec<Timestamp>, KillsError> {
    let (start, end) = span(trial)?;
    let last = end.since(start).nanos() - FOLLOWED.nanos();
    if last <= 0 {
        let found = end.since(start);
        let text = format!("the market lasts {found}; a kill is followed for {FOLLOWED}, so give it a longer one");
        return Err(KillsError::Impossible(text));
    }
    let mut rng = Streams::new(plan.seed).stream("kill-drill");
    let mut moments: Vec<Timestamp> =
        (0..plan.count).map(|_| start.plus(Span::from_nanos(rng.range(1..=last)))).collect();
    moments.sort_unstable();
    Ok(moments)
}

/// First and last venue time of what the trial replays.
fn span(trial: &Trial) -> Result<(Timestamp, Timestamp), KillsError> {
    let (start, end) = trial.span();
    let Some(rows) = trial.engine_config().max_rows else { return Ok((start, end)) };
    let mut sources = open_for(trial)?;
    // The longest stretch whose rows are all replayed, to a second.
    let (mut within, mut beyond) = (0, end.since(start).nanos() / SECOND_NS + 1);
    while within + 1 < beyond {
        let middle = within + (beyond - within) / 2;
        let fits = rows_within(&mut sources, Span::from_nanos(middle * SECOND_NS))? <= rows;
        if fits { within = middle } else { beyond = middle }
    }
    Ok((start, start.plus(Span::from_nanos(within * SECOND_NS))))
}

const SECOND_NS: i64 = 1_000_000_000;

/// One pass over the market for all of `moments`.
fn pass(trial: &Trial, plan: &KillPlan, moments: &[Timestamp]) -> Result<Vec<Kill>, KillsError> {
    let mut sources = open_for(trial)?;
    let mut config = trial.engine_config();
    if let (Some(last), 1) = (moments.last(), sources.len()) {
        let until = last.plus(FOLLOWED).since(trial.span().0);
        let rows = rows_within(&mut sources, until)?.max(1);
        config.max_rows = Some(config.max_rows.map_or(rows, |most| most.min(rows)));
    }
    let records: Vec<Record> = moments.iter().map(|_| Record::default()).collect();
    let mut events = Vec::new();
    let lanes = moments.iter().zip(&records).map(|(at, record)| {
        let mut lane = trial.lane(trial.presets[0], Box::new(record.clone())).map_err(KillsError::Setup)?;
        // What venues charge happens all the same.
        events = lane.script.events.iter().map(audit_event).collect();
        lane.script = Script { events: lane.script.events, ..script(*at, plan.flatten) };
        Ok(lane)
    });
    let lanes = lanes.collect::<Result<Vec<_>, KillsError>>()?;
    let sources = sources.iter_mut().map(|source| source.as_mut() as &mut dyn BatchSource).collect();
    engine::run_merged(sources, &config, lanes, &mut |_| {})?;
    moments.iter().zip(records).map(|(at, record)| followed(trial, plan, (*at, &events), &record.take())).collect()
}

fn script(at: Timestamp, flatten: bool) -> Script {
    let commands = if flatten { vec![Command::Kill, Command::Flatten] } else { vec![Command::Kill] };
    Script {
        lines: vec![Scripted { when: When::At(at), scope: Scope::All, commands, gate: None, line: 1 }],
        ..Script::default()
    }
}

/// What the entries of a run say of the kill at `at`.
fn followed(
    trial: &Trial,
    plan: &KillPlan,
    (at, events): (Timestamp, &[AuditEvent]),
    entries: &[Entry],
) -> Result<Kill, KillsError> {
    // What the bot learned later it learned then, whatever is cut off behind it.
    let told = HeardAt::of_entries(entries).within(entries.iter().copied().map(Ok));
    let entries: Vec<Entry> = told.filter_map(Result::ok).collect();
    let until = at.plus(FOLLOWED);
    let length = entries.iter().position(|entry| until < entry.at()).unwrap_or(entries.len());
    let entries = &entries[..length];
    let market = |market: &super::TrialMarket| AuditMarket {
        instrument: market.header.instrument.clone(),
        opening_price: market.opening.at,
        rows: None,
    };
    let known = trial.subscriptions().map_or(Wakes::UNKNOWN, |subscriptions| wakes(&subscriptions));
    let hears = Wakes { by_reports: true, ..known };
    let setup = audit_setup(&trial.scenario.file.gates, trial.markets.iter().map(market).collect(), hears)?;
    let wire = |wire: AuditWire| AuditWire { loses_memory: wire.loses_memory, ..AuditWire::default() };
    let setup = AuditSetup { events: events.to_vec(), wire: trial.audit_wire().map(wire), ..setup };
    let audit = audit_entries(&setup, entries, None)?;
    let broken = |name: &str| audit.invariants.iter().find(|row| row.name == name).map_or(0, |row| row.broken);
    let (held, flat) = position(entries, at);
    Ok(Kill {
        at_ns: at.nanos(),
        added_risk: broken("stops-hold"),
        demanded: audit.stops.demanded,
        confirmed: audit.stops.confirmed,
        on_their_way: audit.stops.on_their_way,
        last_confirmed_ns: audit.stops.longest.nanos(),
        held,
        flat_after_ns: flat.filter(|_| plan.flatten).map(|flat| flat.since(at).nanos().max(0)),
        finding: audit.findings.first().map(ToString::to_string).unwrap_or_default(),
    })
}

/// Whether anything was held at `at` or later, and when the bot knew that nothing was any more.
fn position(entries: &[Entry], at: Timestamp) -> (bool, Option<Timestamp>) {
    let mut held: Vec<i128> = Vec::new();
    let (mut ever, mut flat) = (false, None);
    for entry in entries {
        match entry {
            Entry::Start { position, .. } => held.push(position.steps().into()),
            Entry::Venue(report) => {
                let change: i128 = report.kind.bookings(report.side).map(|booking| booking.signed()).sum();
                if change != 0
                    && let Some(here) = held.get_mut(report.market.index())
                {
                    *here += change;
                    let is_flat = held.iter().all(|steps| *steps == 0);
                    flat = report.told_at().filter(|_| is_flat);
                }
            }
            _ => {}
        }
        ever |= at <= entry.at() && held.iter().any(|steps| *steps != 0);
    }
    (ever, flat.filter(|_| ever))
}

/// A lane's entries, to be had back from the engine.
#[derive(Clone, Default)]
pub(super) struct Record(Rc<RefCell<Vec<Entry>>>);

impl Record {
    /// What was recorded.
    pub(super) fn take(&self) -> Vec<Entry> {
        self.0.take()
    }
}

impl EntrySink for Record {
    fn record(&mut self, entry: &Entry) {
        self.0.borrow_mut().push(*entry);
    }
}
