//! Runs in markets that answer to the bot.

use super::{Checkpoints, Engine, Outcome, build_lanes, check_together};
use crate::engine::config::{EngineConfig, LaneSetup, Progress};
use crate::engine::error::EngineError;
use crate::engine::live::Unmade;
use crate::synth::{LiveFamily, LiveMarket};
use crate::tape::{BatchSource, TapeHeader};
use std::cell::RefCell;
use std::rc::Rc;

/// Runs one lane in a market that is made as it goes on: the lane's orders stand in its book, and everybody answers to them. `header`
/// says what the market is called and which fees it has.
///
/// # Errors
/// [`EngineError`] as [`run`](fn@crate::engine::run), and when there is another number of lanes than one.
pub fn run_live(
    market: LiveMarket,
    header: &TapeHeader,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    run_live_kept(market, header, config, setups, None, progress)
}

/// As [`run_live`], with checkpoints on its way, or on from one: it ends as the run that was never stopped. What was done in the market until then has
/// to be [put back](crate::synth::OwnActions::put_back) when [`Checkpoints::resume`] has been called.
///
/// # Errors
/// As [`run_live`], and when a checkpoint does not fit or cannot be kept.
pub fn run_live_kept(
    market: LiveMarket,
    header: &TapeHeader,
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    checkpoints: Option<&mut dyn Checkpoints>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    check_one_lane(&setups)?;
    check_together(std::slice::from_ref(header), &setups)?;
    let start = header.first_at;
    let lanes =
        build_lanes(setups, std::slice::from_ref(header), (start, config.risk_clock), &config.markout_horizons)?;
    let (market, mut unmade) = (Rc::new(RefCell::new(market)), Unmade(header.clone()));
    let mut engine = Engine::new(vec![&mut unmade], vec![None], (start, config), lanes)?;
    engine.share(0, &market);
    engine.run(checkpoints, progress)
}

/// As [`run_live`], in several markets that hear of each other; `headers` are those of the ones that are traded, in order.
///
/// # Errors
/// As [`run_live`].
pub fn run_live_family(
    family: LiveFamily,
    headers: &[TapeHeader],
    config: &EngineConfig,
    setups: Vec<LaneSetup>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, EngineError> {
    check_one_lane(&setups)?;
    check_together(headers, &setups)?;
    let start = headers.iter().map(|header| header.first_at).min().unwrap_or_default();
    let lanes = build_lanes(setups, headers, (start, config.risk_clock), &config.markout_horizons)?;
    let mut unmade: Vec<Unmade> = headers.iter().cloned().map(Unmade).collect();
    let sources = unmade.iter_mut().map(|unmade| unmade as &mut dyn BatchSource).collect();
    let feeds = headers.iter().map(|_| None).collect();
    let mut engine = Engine::new(sources, feeds, (start, config), lanes)?;
    for (place, market) in family.traded().iter().enumerate() {
        engine.share(place, market);
    }
    engine.family = Some(Box::new(family));
    engine.run(None, progress)
}

fn check_one_lane(setups: &[LaneSetup]) -> Result<(), EngineError> {
    if setups.len() == 1 {
        return Ok(());
    }
    let text = format!(
        "{} lanes in one closed loop; bots in one book would see each other, so run them one by one",
        setups.len()
    );
    Err(EngineError::Unsupported(text))
}
