//! Drills: for each control a staged run that must make it act and a twin just inside the limit in which it must not.
//!
//! A drill puts the run's own gates, all of them, between a script and a staged market of the run's own instrument, and plays
//! both through the engine, with real matching. A *play* (one file a control) works out from the run's limits what is staged
//! and what has to happen: nothing of a limit is copied, so that a drill moves with it. What is judged is the journal: every
//! order that had to be refused was, by this control, at its instant; nothing else was.
//!
//! Order rule: controls in the order of the catalogue. Invariants: a drill follows from scenario, instrument and price alone,
//! whatever the number of threads; what could not be staged is never called passed; a control without a play is said to have
//! none. In the plays of other controls `stop_loss` closes no position and `period_collar` is off. Known limits: the first market's instrument stands for all; requests and reports travel in no time; an idea of the
//! limits that play and gate share is not found here (the plays compute them apart from the gates, by their documents).

mod book_state;
#[cfg(test)]
mod breaker_tests;
mod concurrent_positions;
mod consecutive_losses;
mod daily_loss;
mod daily_orders;
mod daily_turnover;
mod drawdown;
mod error_rate;
mod exposure;
mod extreme_move;
mod fall;
mod fee_coverage;
mod heartbeat;
mod idempotency;
mod judge;
mod kill_switch;
mod latched;
mod message_rate;
mod open_orders;
mod order_burst;
mod order_quantity;
mod order_value;
mod paper_mode;
mod period_collar;
mod position;
mod position_ramp;
mod price_collar;
mod prove;
mod record;
mod repeated_executions;
mod rig;
mod scene;
mod script;
mod self_trade;
mod single_trade_loss;
mod stage;
mod stale_data;
mod stop_loss;
#[cfg(test)]
mod tests;
mod timeline;
mod total_loss;
mod venue_filters;
mod words;

pub use judge::{Judgement, Verdict};
pub use prove::{Proof, ProofOutcome, prove};
pub(super) use record::again;
pub use record::{DrillRecord, drill_unexercised};
pub use rig::Rig;
pub use scene::{Impossible, Must, Scene};
pub use script::{Due, Line, Script};
pub use stage::{Moment, Stage};
pub use words::drill_table;

use crate::gates::{GateConfig, GateSpec, Gates, catalogue};
use crate::journal::{Entry, EntrySink, JournalError, JournalWriter};
use crate::model::GateId;
use crate::units::MILLISECOND;
use rayon::prelude::*;
use std::path::Path;

/// One scene, played.
#[derive(Debug, Clone)]
pub struct Played {
    /// What was staged.
    pub scene: Scene,
    /// What it has shown.
    pub judgement: Judgement,
    /// The journal.
    pub entries: Vec<Entry>,
}

/// What came of a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The control acted where it had to, and nowhere else.
    Passed,
    /// It did not.
    Failed(String),
    /// It could not be shown: the limits leave no such run, or something stood in the way.
    NotShown(String),
    /// Nobody has written a play for this control.
    NoPlay,
    /// The scenario switched the control off.
    NotArmed,
}

/// The drill of one control.
#[derive(Debug, Clone)]
pub struct Drill {
    /// The control.
    pub control: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// Its runs, over the limit first.
    pub played: Vec<Played>,
}

/// Names of all controls, in catalogue order.
#[must_use]
pub fn control_names() -> Vec<&'static str> {
    catalogue().iter().map(|spec| spec.name).collect()
}

/// Drills the controls of these names, in catalogue order; names that no gate has are the caller's to refuse.
#[must_use]
pub fn drill(rig: &Rig, names: &[&str]) -> Vec<Drill> {
    let specs: Vec<&GateSpec> = catalogue().iter().filter(|spec| names.contains(&spec.name)).collect();
    specs.into_par_iter().map(|spec| one(rig, spec)).collect()
}

fn one(rig: &Rig, spec: &GateSpec) -> Drill {
    let rig = &rig.staged_for(spec.name);
    let drilled = |outcome, played| Drill { control: spec.name, outcome, played };
    if !is_armed(rig, spec.id) {
        return drilled(Outcome::NotArmed, Vec::new());
    }
    match scenes(rig, spec) {
        None => drilled(Outcome::NoPlay, Vec::new()),
        Some(Err(Impossible(why))) => drilled(Outcome::NotShown(format!("not possible: {why}")), Vec::new()),
        Some(Ok(scenes)) => {
            let played: Vec<Played> = scenes.into_par_iter().map(|scene| play(rig, scene, spec.id)).collect();
            drilled(outcome(&played), played)
        }
    }
}

/// What a control's play stages; `None` without a play or with the control off.
fn scenes(rig: &Rig, spec: &GateSpec) -> Option<Result<Vec<Scene>, Impossible>> {
    let mut found = staged(rig, spec)?;
    // Marks are heartbeats: none of the other plays is about a bot that nobody watches.
    if let (Some(limits), Ok(scenes)) = (rig.gates.heartbeat.as_ref().filter(|_| spec.name != "heartbeat"), &mut found)
    {
        let most = MILLISECOND.times(i64::from(limits.max_silence_ms));
        scenes.iter_mut().for_each(|scene| scene.risk_clock = scene.risk_clock.min(most));
    }
    Some(found)
}

fn staged(rig: &Rig, spec: &GateSpec) -> Option<Result<Vec<Scene>, Impossible>> {
    let gates: &GateConfig = &rig.gates;
    let id = spec.id;
    match spec.name {
        "kill_switch" => gates.kill_switch.as_ref().map(|_| kill_switch::scenes(rig, id)),
        "stale_data" => gates.stale_data.as_ref().map(|limits| stale_data::scenes(rig, limits, id)),
        "daily_loss" => gates.daily_loss.as_ref().map(|limits| daily_loss::scenes(rig, limits, id)),
        "order_value" => gates.order_value.as_ref().map(|limits| order_value::scenes(rig, limits, id)),
        "position" => gates.position.as_ref().map(|limits| position::scenes(rig, limits, id)),
        "order_burst" => gates.order_burst.as_ref().map(|limits| order_burst::scenes(rig, limits, id)),
        "drawdown" => gates.drawdown.as_ref().map(|limits| drawdown::scenes(rig, limits, id)),
        "total_loss" => gates.total_loss.as_ref().map(|limits| total_loss::scenes(rig, limits, id)),
        "extreme_move" => gates.extreme_move.as_ref().map(|limits| extreme_move::scenes(rig, limits, id)),
        "consecutive_losses" => {
            gates.consecutive_losses.as_ref().map(|limits| consecutive_losses::scenes(rig, limits, id))
        }
        "single_trade_loss" => {
            gates.single_trade_loss.as_ref().map(|limits| single_trade_loss::scenes(rig, limits, id))
        }
        "stop_loss" => gates.stop_loss.as_ref().map(|limits| stop_loss::scenes(rig, limits, id)),
        "error_rate" => gates.error_rate.as_ref().map(|limits| error_rate::scenes(rig, limits, id)),
        "repeated_executions" => {
            gates.repeated_executions.as_ref().map(|limits| repeated_executions::scenes(rig, limits, id))
        }
        "daily_turnover" => gates.daily_turnover.as_ref().map(|limits| daily_turnover::scenes(rig, limits, id)),
        "idempotency" => gates.idempotency.as_ref().map(|_| idempotency::scenes(rig, id)),
        "book_state" => gates.book_state.as_ref().map(|_| book_state::scenes(rig, id)),
        "venue_filters" => gates.venue_filters.as_ref().map(|_| venue_filters::scenes(rig, id)),
        "price_collar" => gates.price_collar.as_ref().map(|limits| price_collar::scenes(rig, limits, id)),
        "position_ramp" => gates.position_ramp.as_ref().map(|limits| position_ramp::scenes(rig, limits, id)),
        "period_collar" => gates.period_collar.as_ref().map(|limits| period_collar::scenes(rig, limits, id)),
        "order_quantity" => gates.order_quantity.as_ref().map(|limits| order_quantity::scenes(rig, limits, id)),
        "fee_coverage" => gates.fee_coverage.as_ref().map(|limits| fee_coverage::scenes(rig, limits, id)),
        "exposure" => gates.exposure.as_ref().map(|limits| exposure::scenes(rig, limits.percent.ppb(), id)),
        "leverage" => gates.leverage.as_ref().map(|limits| exposure::scenes(rig, limits.max.ppb(), id)),
        "open_orders" => gates.open_orders.as_ref().map(|limits| open_orders::scenes(rig, limits, id)),
        "daily_orders" => gates.daily_orders.as_ref().map(|limits| daily_orders::scenes(rig, limits.max, id)),
        "message_rate" => gates.message_rate.as_ref().map(|limits| message_rate::scenes(rig, limits, id)),
        "self_trade" => gates.self_trade.as_ref().map(|_| self_trade::scenes(rig, id)),
        "concurrent_positions" => {
            gates.concurrent_positions.as_ref().map(|limits| concurrent_positions::scenes(rig, limits, id))
        }
        "paper_mode" => gates.paper_mode.as_ref().map(|_| paper_mode::scenes(rig, id)),
        "user_orders" => gates.user_orders.as_ref().map(|limits| daily_orders::scenes(rig, limits.max, id)),
        "heartbeat" => gates.heartbeat.as_ref().map(|limits| heartbeat::scenes(rig, limits, id)),
        _ => None,
    }
}

/// As the configuration says. What the gates themselves say is not asked: one that is not there would then be no fault.
fn is_armed(rig: &Rig, gate: GateId) -> bool {
    let gates = Gates::new(&rig.gates, &rig.instrument);
    gates.is_ok_and(|gates| gates.counters().iter().any(|counter| counter.id == gate && counter.armed))
}

fn play(rig: &Rig, scene: Scene, control: GateId) -> Played {
    match scene.play(rig) {
        Ok(entries) => Played { judgement: judge::judge(&scene, control, &entries), scene, entries },
        Err(Impossible(why)) => Played { judgement: Judgement::unplayed(why), scene, entries: Vec::new() },
    }
}

/// A drill is as good as its worst scene.
fn outcome(played: &[Played]) -> Outcome {
    let told = |played: &Played, why: &str| format!("{}: {why}", played.scene.title);
    let wrong = played.iter().find_map(|played| match &played.judgement.verdict {
        Verdict::Wrong(why) => Some(Outcome::Failed(told(played, why))),
        _ => None,
    });
    let hidden = || {
        played.iter().find_map(|played| match &played.judgement.verdict {
            Verdict::Hidden(why) => Some(Outcome::NotShown(told(played, why))),
            _ => None,
        })
    };
    wrong.or_else(hidden).unwrap_or(Outcome::Passed)
}

/// Writes the journal of every run into `folder`: `<control>-<number>-act.bin` or `-hold.bin`.
///
/// # Errors
/// [`JournalError`] when one cannot be written.
pub fn write_journals(drills: &[Drill], folder: &Path) -> Result<(), JournalError> {
    for drill in drills {
        for (number, played) in (1..).zip(&drill.played) {
            let kind = if played.scene.must == Must::Act { "act" } else { "hold" };
            let mut journal = JournalWriter::file(&folder.join(format!("{}-{number}-{kind}.bin", drill.control)))?;
            played.entries.iter().for_each(|entry| journal.record(entry));
            journal.finish()?;
        }
    }
    Ok(())
}

impl Drill {
    /// Refusals and trips that the control made, and that it had to make, in runs of one kind.
    #[must_use]
    pub fn acted(&self, must: Must) -> (u32, u32) {
        let runs = self.played.iter().filter(|played| played.scene.must == must);
        runs.fold((0, 0), |(acted, due), run| (acted + run.judgement.acted, due + run.judgement.due))
    }

    /// True when this is evidence that the control works.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}
