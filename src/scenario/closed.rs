//! The closed loop: a generated market that goes on as the bot acts in it.

use super::disturbance::is_of_feed;
use super::execute::{Executed, RunError, execute};
use super::file::ScenarioFile;
use super::market::{open_for, relabelled, rows_within};
use super::problem::Problem;
use super::shock::ShockFile;
use super::text::SpanText;
use super::trial::Trial;
use crate::engine::{EngineError, LaneSetup, Outcome, Progress, run_live};
use crate::metrics::{Believability, CLOSED_LOOP, ModeFigures};
use crate::synth::{FlowRecipe, LiveMarket, LiveRecipe, OwnActions};
use crate::tape::BatchSource;
use crate::units::Span;
use crate::venue::FillPreset;

/// Why there is no band of fill presets in the closed loop.
pub(super) const NO_BAND: &str = "in the closed loop the queue is true";

const KEY: &str = "market.flow.closed_loop";

/// What speaks against a closed loop, where one is asked for.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let is_closed = |flow: Option<&super::flow::FlowFile>| flow.is_some_and(|flow| flow.closed_loop);
    let several = file.markets.iter().position(|market| is_closed(market.flow.as_ref()));
    let mut found: Vec<Problem> = Vec::new();
    if let Some(place) = several {
        let problem =
            Problem::new(format!("markets[{place}].flow.closed_loop"), "`true` among several markets", "`false`");
        found.push(problem.hint("one market answers to one bot: make it the only one, as `[market.flow]`"));
    }
    if !is_closed(file.market.flow.as_ref()) {
        return found;
    }
    let mut refuse =
        |against: &str, hint: &str| found.push(Problem::new(KEY, format!("`true` {against}"), "`false`").hint(hint));
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
    if file.disturbances.iter().any(is_of_feed) {
        refuse(
            "with a feed that stalls",
            "what a stalled feed delivers later is not made yet: disturb the venue or the orders instead",
        );
    }
    found
}

impl Trial {
    /// The market that answers to the bot; `None` where markets are only read.
    #[must_use]
    pub fn closed_loop(&self) -> Option<FlowRecipe> {
        let file = &self.scenario.file;
        let flow = file.market.flow.as_ref().filter(|flow| flow.closed_loop)?;
        Some(flow.recipe(file.market.shocks.iter().map(ShockFile::placed).collect(), file.seed))
    }

    /// The same trial in the other way, the first `length` of its market.
    fn other_way(&self, closed_loop: bool, length: Span) -> Result<Self, RunError> {
        let mut trial = self.clone();
        trial.scenario.file.run.duration = Some(SpanText(length));
        if let Some(flow) = &mut trial.scenario.file.market.flow {
            flow.closed_loop = closed_loop;
        }
        trial.presets = if closed_loop { vec![self.presets[0]] } else { FillPreset::BAND.to_vec() };
        let rows = if closed_loop { None } else { Some(rows_within(&mut open_for(&trial)?, length)?) };
        trial.set_max_rows(rows);
        Ok(trial)
    }

    /// The scenario wants the closed loop beside tape modes, and its market can be had both ways.
    fn wants_believability(&self) -> bool {
        let mut file = self.scenario.file.clone();
        let Some(flow) = &mut file.market.flow else { return false };
        flow.closed_loop = true;
        let is_wanted = flow.believability;
        is_wanted && file.market.tape.is_none() && self.user.is_none() && problems(&file).is_empty()
    }
}

/// The same bot on the same generated market in the other way: read as a tape under each fill preset beside a closed loop, or in the closed
/// loop beside a tape. `None` where the scenario does not want it, or its market cannot be had both ways.
///
/// # Errors
/// As [`execute`].
pub fn believability(trial: &Trial, executed: &Executed) -> Result<Option<Believability>, RunError> {
    let length = executed.end.since(executed.start);
    if !trial.wants_believability() || length <= Span::ZERO {
        return Ok(None);
    }
    let other = execute(&trial.other_way(trial.closed_loop().is_none(), length)?, None, &mut |_| {})?;
    let (closed, tape) = if trial.closed_loop().is_some() { (executed, &other) } else { (&other, executed) };
    let closed = ModeFigures::of(CLOSED_LOOP, &closed.primary().summary);
    let tapes = tape.lanes.iter().map(|lane| ModeFigures::of(lane.preset, &lane.summary));
    Ok(Some(Believability { modes: std::iter::once(closed).chain(tapes).collect() }))
}

/// Runs the one lane of a closed loop. Returns what the bot did in the market beside what the engine says.
///
/// # Errors
/// As [`run_live`].
pub(super) fn run(
    trial: &Trial,
    recipe: FlowRecipe,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Outcome, OwnActions), EngineError> {
    let market = LiveMarket::new(recipe);
    let market = match trial.scenario.file.run.duration {
        Some(length) => market.cut(length.0),
        None => market,
    };
    let actions = market.actions();
    let outcome = run_live(market, &trial.markets[0].header, &trial.engine_config(), setups, progress)?;
    Ok((outcome, actions))
}

/// The markets of a trial that has run, as its bot has left them. Where what it did is not at hand the trial is run again.
///
/// # Errors
/// [`RunError`] when a market cannot be read, or the trial not be run.
pub(super) fn open_as_left(trial: &Trial, actions: Option<&OwnActions>) -> Result<Vec<Box<dyn BatchSource>>, RunError> {
    let Some(recipe) = trial.closed_loop() else { return Ok(open_for(trial)?) };
    let actions = match actions {
        Some(actions) => Some(actions.clone()),
        None => execute(trial, None, &mut |_| {})?.actions,
    };
    let source = LiveRecipe {
        recipe,
        actions: actions.unwrap_or_default(),
        rows: trial.engine_config().max_rows,
        length: trial.scenario.file.run.duration.map(|length| length.0),
    }
    .source();
    Ok(vec![relabelled(trial.markets[0].header.clone(), Box::new(source))])
}
