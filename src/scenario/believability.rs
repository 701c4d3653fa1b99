//! How far tapes are off, for every generated market: the same bot in its queues where that can be had, and on its tape under each fill preset.

use super::closed;
use super::execute::{Executed, RunError, execute};
use super::file::{RulesFile, ScenarioFile};
use super::load::Scenario;
use super::manifest::Manifest;
use super::market::{open_for, rows_within};
use super::replay::{Replay, SCENARIO, bind, overrides};
use super::text::SpanText;
use super::trial::{Trial, preset_name};
use crate::metrics::{Believability, CLOSED_LOOP, Summary};
use crate::tape::TapeHeader;
use crate::units::Span;
use crate::venue::FillPreset;
use std::path::Path;

const SIMPLE: &str = "the simple generator has no single orders, and so no queue in which the bot could stand: for one take `[market.flow]`";
const ON_FILE: &str = "a tape goes on whatever the bot does, also one that a generator wrote: name the generator itself, as `[market.flow]` or `[family]`";
const RECORDED: &str = "a recording in another order or with a shock laid over it holds sums of orders a level and goes on whatever the bot does: \
     for a queue fit a model to the tape (`seatrial tape fit`) and run on that, as `[market.flow]`";
const SEVERAL: &str = "among several markets none answers to the bot: make it the only one, as `[market.flow]`, or several that hang together a `[family]`";

/// What was played of a trial.
pub(super) struct Played<'a> {
    pub file: &'a ScenarioFile,
    /// What the markets say about themselves.
    pub headers: Vec<&'a TapeHeader>,
    /// Fill preset and figures of each lane, the scenario's own first.
    pub lanes: Vec<(&'a str, &'a Summary)>,
    /// How long it went.
    pub length: Span,
    /// Why there is no band of presets; empty where there is one.
    pub no_band_because: &'a str,
}

/// The same bot on the same generated markets, both ways: read as a tape under each fill preset, and in the closed loop where there is one.
/// Lanes that have been run are not run again. `None` for markets that were recorded, and where the scenario does not want it.
///
/// # Errors
/// As [`execute`].
pub fn believability(trial: &Trial, executed: &Executed) -> Result<Option<Believability>, RunError> {
    let played = Played {
        file: &trial.scenario.file,
        headers: trial.markets.iter().map(|market| &market.header).collect(),
        lanes: executed.lanes.iter().map(|lane| (lane.preset, &lane.summary)).collect(),
        length: executed.end.since(executed.start),
        no_band_because: &trial.no_band_because,
    };
    played.believability(&|| Ok(trial.clone()))
}

/// What the manifest of a finished run should say, from the figures of its lanes.
///
/// # Errors
/// Why that cannot be said: the run cannot be had again, or `may_run` forbids it where it has to be.
pub(super) fn again(
    folder: &Path,
    manifest: &Manifest,
    summaries: &[Summary],
    (with, may_run): (Replay<'_>, Result<(), String>),
) -> Result<Option<Believability>, String> {
    let load = || Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry);
    let scenario = load().map_err(|problems| problems.to_string())?;
    let named = manifest.lanes.iter().zip(summaries);
    let played = Played {
        file: &scenario.file,
        headers: manifest.headers().collect(),
        lanes: named.map(|(lane, summary)| (lane.preset.as_str(), summary)).collect(),
        length: manifest.replayed.end.since(manifest.replayed.start),
        no_band_because: &manifest.no_band_because,
    };
    let trial = || {
        may_run.clone().map_err(RunError::Setup)?;
        bind(&scenario, with.registry).map_err(|error| RunError::Setup(error.to_string()))
    };
    played.believability(&trial).map_err(|error| error.to_string())
}

impl Played<'_> {
    /// See [`believability`]; `trial` is asked for where something has to be run.
    pub(super) fn believability(
        &self,
        trial: &dyn Fn() -> Result<Trial, RunError>,
    ) -> Result<Option<Believability>, RunError> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let no_loop_because = no_loop_because(self.file).unwrap_or_default();
        let has_loop = no_loop_because.is_empty();
        let missing = if closed::is_closed(self.file) { FillPreset::BAND.to_vec() } else { self.missing(has_loop) };
        let more = if missing.is_empty() { None } else { Some(self.on_tape(trial()?, missing)?) };
        let looped = if has_loop && !closed::is_closed(self.file) { Some(self.in_loop(trial()?)?) } else { None };
        let own = self.lanes.iter().enumerate().map(|(place, (preset, summary))| (self.mode(place, preset), *summary));
        let own = own.chain(more.iter().flat_map(|more| lanes(more, |preset| preset.to_owned())));
        let first = looped.iter().flat_map(|looped| lanes(looped, |_| CLOSED_LOOP.to_owned()));
        let modes: Vec<(String, &Summary)> = first.chain(own).collect();
        let modes: Vec<(&str, &Summary)> = modes.iter().map(|(mode, summary)| (mode.as_str(), *summary)).collect();
        let is_whole =
            FillPreset::BAND.iter().all(|preset| modes.iter().any(|(mode, _)| *mode == preset_name(*preset)));
        let left_out = if is_whole { String::new() } else { self.no_band_because.to_owned() };
        Ok(Some(Believability { no_loop_because, left_out, ..Believability::of(&modes) }))
    }

    /// A generator made a market, and the scenario does not say no.
    fn is_wanted(&self) -> bool {
        let flow = self.file.market.flow.as_ref().is_none_or(|flow| flow.believability);
        let family = self.file.family.as_ref().is_none_or(|family| family.believability);
        flow && family && Span::ZERO < self.length && self.headers.iter().any(|header| is_made(header))
    }

    /// What a lane of the run shows.
    fn mode(&self, place: usize, preset: &str) -> String {
        match (closed::is_closed(self.file), place, departs(self.file)) {
            (true, ..) => CLOSED_LOOP.to_owned(),
            (false, 0, true) => format!("{preset}, changed"),
            _ => preset.to_owned(),
        }
    }

    /// Presets of the band that the run of a tape has not shown. Where there is no closed loop to hold them against, whoever switched the
    /// band off does not pay for it; of several bots nobody is run again.
    fn missing(&self, has_loop: bool) -> Vec<FillPreset> {
        if !has_loop && (!self.file.run.band || !self.file.bots.is_empty()) {
            return Vec::new();
        }
        let shown: Vec<String> = self.lanes.iter().enumerate().map(|(place, lane)| self.mode(place, lane.0)).collect();
        FillPreset::BAND.into_iter().filter(|preset| !shown.iter().any(|mode| mode == preset_name(*preset))).collect()
    }

    /// As much of the market as was played: cut as the scenario says, or, where it counts rows, which depend on the bot, after as long.
    fn cut(&self, trial: &mut Trial) -> Option<Span> {
        let run = &mut trial.scenario.file.run;
        if run.max_rows.is_some() {
            run.duration = Some(SpanText(self.length));
        }
        run.duration.map(|duration| duration.0)
    }

    /// The market read as a tape, under these presets.
    fn on_tape(&self, mut trial: Trial, presets: Vec<FillPreset>) -> Result<Executed, RunError> {
        trial.presets = presets;
        trial.scenario.file.venue.rules = RulesFile::default();
        if closed::is_closed(&trial.scenario.file) {
            set_closed(&mut trial.scenario.file, false);
            let rows = match self.cut(&mut trial) {
                Some(length) => Some(rows_within(&mut open_for(&trial)?, length)?),
                None => None,
            };
            trial.set_max_rows(rows);
        }
        execute(&trial, None, &mut |_| {})
    }

    /// The market that answers to the bot.
    fn in_loop(&self, mut trial: Trial) -> Result<Executed, RunError> {
        make_closed(&mut trial.scenario.file);
        trial.presets = vec![trial.scenario.file.venue.fills];
        self.cut(&mut trial);
        trial.set_max_rows(None);
        execute(&trial, None, &mut |_| {})
    }
}

/// Figures of the lanes, each under a name.
fn lanes<'a>(
    executed: &'a Executed,
    name: impl Fn(&str) -> String + 'a,
) -> impl Iterator<Item = (String, &'a Summary)> + 'a {
    executed.lanes.iter().map(move |lane| (name(lane.preset), &lane.summary))
}

/// The scenario has fill rules of its own.
fn departs(file: &ScenarioFile) -> bool {
    file.venue.rules != RulesFile::default()
}

/// A generator made it, or it is a recording that chance or a shock has changed.
fn is_made(header: &TapeHeader) -> bool {
    let format = header.format.as_str();
    format.starts_with("synthetic") || format.starts_with("remix") || format.ends_with(", shocked")
}

fn set_closed(file: &mut ScenarioFile, closed_loop: bool) {
    file.market.flow.iter_mut().for_each(|flow| flow.closed_loop = closed_loop);
    file.family.iter_mut().for_each(|family| family.closed_loop = closed_loop);
}

/// The scenario in the closed loop, where no fill rule matters.
fn make_closed(file: &mut ScenarioFile) {
    set_closed(file, true);
    file.venue.rules = RulesFile::default();
    if file.venue.fills.pessimism().is_none() {
        file.venue.fills = FillPreset::Neutral;
    }
}

/// Why the markets of a scenario cannot answer to its bot, and what to do for it; `None` where they can.
fn no_loop_because(file: &ScenarioFile) -> Option<String> {
    let recorded = |tape: Option<&String>, is_shocked: bool| match (tape, is_shocked) {
        (Some(_), false) => ON_FILE,
        _ => RECORDED,
    };
    let market = &file.market;
    let words = if file.family.is_none() && !file.markets.is_empty() {
        SEVERAL
    } else if market.tape.is_some() || market.remix.is_some() {
        recorded(market.tape.as_ref(), !market.shocks.is_empty())
    } else if file.family.is_none() && market.flow.is_none() {
        SIMPLE
    } else {
        let mut file = file.clone();
        make_closed(&mut file);
        let problem = closed::problems(&file).into_iter().next()?;
        return Some(problem.hint.unwrap_or(problem.found));
    };
    Some(words.to_owned())
}
