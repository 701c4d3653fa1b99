//! The closed loop: a generated market that goes on as the bot acts in it.

use super::checkpoint::Keeper;
use super::disturbance::is_of_feed;
use super::execute::{RunError, execute};
use super::file::ScenarioFile;
use super::market::{open_for, relabelled};
use super::problem::Problem;
use super::shock::ShockFile;
use super::trial::{Trial, TrialMarket};
use super::wire::FaultsFile;
use crate::engine::{Checkpoints, EngineError, LaneSetup, Outcome, Progress, run_live_family, run_live_kept};
use crate::model::WireFault;
use crate::synth::{FamilyRecipe, FlowRecipe, LeftRecipe, LiveFamily, LiveMarket, LiveRecipe, OwnActions};
use crate::tape::{BatchSource, TapeHeader};
use crate::venue::FillPreset;

/// Why there is no band of fill presets in the closed loop.
pub(super) const NO_BAND: &str = "in the closed loop the queue is true";

const KEY: &str = "market.flow.closed_loop";
const FAMILY_KEY: &str = "family.closed_loop";

/// The markets that answer to a bot.
#[derive(Debug, Clone)]
pub enum ClosedLoop {
    /// One.
    Market(Box<FlowRecipe>),
    /// A family, and which of its members are traded.
    Family(FamilyRecipe, Vec<usize>),
}

/// What a bot did in the markets that answered to it, and how many rows of each the run asked for.
#[derive(Debug, Clone, Default)]
pub struct Done {
    actions: Vec<OwnActions>,
    rows: Vec<u64>,
}

/// The markets go on as the bot acts in them.
pub(super) fn is_closed(file: &ScenarioFile) -> bool {
    let market = file.market.flow.as_ref().is_some_and(|flow| flow.closed_loop);
    market || file.family.as_ref().is_some_and(|family| family.closed_loop)
}

/// What speaks against a closed loop, where one is asked for.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let is_closed = |flow: Option<&super::flow::FlowFile>| flow.is_some_and(|flow| flow.closed_loop);
    let several = file.markets.iter().position(|market| is_closed(market.flow.as_ref()));
    let mut found: Vec<Problem> = Vec::new();
    if let Some(place) = several {
        let problem =
            Problem::new(format!("markets[{place}].flow.closed_loop"), "`true` among several markets", "`false`");
        found.push(problem.hint("one market answers to one bot: make it the only one, as `[market.flow]`, or several that hang together a `[family]`"));
    }
    let key = match &file.family {
        Some(family) if family.closed_loop => FAMILY_KEY,
        _ if is_closed(file.market.flow.as_ref()) => KEY,
        _ => return found,
    };
    let mut refuse =
        |against: &str, hint: &str| found.push(Problem::new(key, format!("`true` {against}"), "`false`").hint(hint));
    if file.market.flow.as_ref().is_some_and(|flow| flow.bars.is_some()) {
        refuse("with `bars`", "bars have no orders: leave `bars` out");
    }
    if !file.bots.is_empty() {
        refuse("with `[[bots]]`", "bots in one book would see each other: give the scenario one bot");
    }
    if file.venue.fills == FillPreset::Hftbacktest || file.venue.rules != super::file::RulesFile::default() {
        refuse(
            "with fill rules of a tape",
            "nothing is estimated there: leave `venue.rules` and the preset `hftbacktest` out",
        );
    }
    if file.faults.as_ref().is_some_and(may_pause) {
        refuse(
            "with a process that pauses (`long-pause`)",
            "what a feed delivers later is not made yet: pause the bot in a market that is only read",
        );
    }
    if file.disturbances.iter().any(is_of_feed) {
        refuse(
            "with a feed that stalls",
            "what a stalled feed delivers later is not made yet: disturb the venue or the orders instead",
        );
    }
    found
}

/// The bot's process may not run for a while.
fn may_pause(faults: &FaultsFile) -> bool {
    let is_drawn = faults.rates.get(&WireFault::LongPause).is_some_and(|rate| 0 < *rate);
    is_drawn || faults.script.iter().any(|one| one.fault == WireFault::LongPause)
}

impl Trial {
    /// The markets that answer to the bot; `None` where markets are only read.
    #[must_use]
    pub fn closed_loop(&self) -> Option<ClosedLoop> {
        let file = &self.scenario.file;
        if let Some(family) = file.family.as_ref().filter(|family| family.closed_loop) {
            let recipe = family.recipe(&file.markets, file.seed);
            let traded = file.markets.iter().filter_map(|market| recipe.model.place(market.member.as_deref()?));
            let traded = traded.collect();
            return Some(ClosedLoop::Family(recipe, traded));
        }
        let flow = file.market.flow.as_ref().filter(|flow| flow.closed_loop)?;
        let shocks = file.market.shocks.iter().map(ShockFile::placed).collect();
        Some(ClosedLoop::Market(Box::new(flow.recipe(shocks, file.seed))))
    }
}

/// Runs the one lane of a closed loop. Returns what the bot did in its markets beside what the engine says.
///
/// # Errors
/// As [`run_live_kept`].
pub(super) fn run(
    trial: &Trial,
    closed: ClosedLoop,
    setups: Vec<LaneSetup>,
    keeper: Option<&mut Keeper<'_, '_>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Outcome, Done), EngineError> {
    let (length, config) = (trial.scenario.file.run.duration.map(|length| length.0), trial.engine_config());
    let (outcome, actions) = match closed {
        ClosedLoop::Market(recipe) => {
            let market = LiveMarket::new(*recipe);
            let market = match length {
                Some(length) => market.cut(length),
                None => market,
            };
            let (actions, header) = (market.actions(), &trial.markets[0].header);
            let checkpoints = keeper.map(|keeper| {
                keeper.note_actions(actions.clone());
                keeper as &mut dyn Checkpoints
            });
            (run_live_kept(market, header, &config, setups, checkpoints, progress)?, vec![actions])
        }
        ClosedLoop::Family(recipe, traded) => {
            let family = LiveFamily::new(&recipe, &traded, length);
            let actions = family.traded().iter().map(|market| market.borrow().actions()).collect();
            let headers: Vec<TapeHeader> = trial.markets.iter().map(|market| market.header.clone()).collect();
            (run_live_family(family, &headers, &config, setups, progress)?, actions)
        }
    };
    let rows = outcome.markets.iter().map(|market| market.rows).collect();
    Ok((outcome, Done { actions, rows }))
}

/// The markets of a trial that has run, as its bot has left them. Where what it did is not at hand the trial is run again.
///
/// # Errors
/// [`RunError`] when a market cannot be read, or the trial not be run.
pub(super) fn open_as_left(trial: &Trial, done: Option<&Done>) -> Result<Vec<Box<dyn BatchSource>>, RunError> {
    let Some(closed) = trial.closed_loop() else { return Ok(open_for(trial)?) };
    let done = match done {
        Some(done) => done.clone(),
        None => execute(trial, None, &mut |_| {})?.done.unwrap_or_default(),
    };
    let length = trial.scenario.file.run.duration.map(|length| length.0);
    let sources: Vec<Box<dyn BatchSource>> = match closed {
        ClosedLoop::Market(recipe) => {
            let actions = done.actions.into_iter().next().unwrap_or_default();
            let rows = trial.engine_config().max_rows;
            vec![Box::new(LiveRecipe { recipe: *recipe, actions, rows, length }.source())]
        }
        ClosedLoop::Family(recipe, traded) => {
            let left = LeftRecipe { recipe, traded, actions: done.actions, rows: done.rows, length };
            left.markets().into_iter().map(|market| Box::new(market) as Box<dyn BatchSource>).collect()
        }
    };
    let named = |(source, market): (Box<dyn BatchSource>, &TrialMarket)| relabelled(market.header.clone(), source);
    Ok(sources.into_iter().zip(&trial.markets).map(named).collect())
}
