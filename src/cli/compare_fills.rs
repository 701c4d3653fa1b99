//! `compare --fills`: the log of a real session against a run of the same hours.

use super::compare::{begin_folder, compared_run, load, program, write};
use super::compare_args::Compare;
use super::console::{print, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::colour;
use super::failure::Failure;
use crate::ingest::order_log::{LogClock, LogMapping, OrderLog, read_order_log};
use crate::metrics::{Marks, gap};
use crate::report::{GapInput, LogFacts, PresetGap, render_gap, terminal_gap};
use crate::scenario::{
    Registry, Replay, SessionError, SimulatedLane, SimulatedSession, session_market, simulated_session,
};
use crate::units::Span;
use std::path::Path;

/// Sets a log against a run.
pub fn compare_fills(arguments: &Compare, fills: &Path, registry: &Registry) -> Result<ExitStatus, Failure> {
    let mapping = mapping(arguments)?;
    let within: Span = arguments.within.parse().map_err(|why| Failure::usage(format!("--within: {why}")))?;
    if within.nanos() < 0 {
        return Err(Failure::usage(format!("--within {}: expected a span of zero or more", arguments.within)));
    }
    let folder = arguments.out.as_deref().map(|out| begin_folder(out, arguments.force)).transpose()?;
    let with = Replay { registry, tapes: &arguments.tapes };
    let run = load(&arguments.base, with)?;
    let (_, instrument) = session_market(&run.manifest, mapping.symbol.as_deref())?;
    let replayed = run.manifest.replayed;
    let log = read_order_log(fills, &mapping, instrument, (replayed.start, replayed.end)).map_err(Failure::data)?;
    let choice = (mapping.symbol.as_deref(), mapping.clock == LogClock::Bot);
    let session = simulated_session((&arguments.base, &run), with, choice)?;
    let SimulatedSession { instrument, lanes, one_because } = session;
    let against = |lane: &SimulatedLane| -> Result<PresetGap, Failure> {
        let (bid, ask) = lane.best;
        let marks = Marks::new(bid, ask, log.final_twice, &instrument).map_err(Failure::data)?;
        let gap = gap(&log.record, &lane.record, &instrument, (marks, within)).map_err(Failure::data)?;
        Ok(PresetGap { preset: lane.preset.clone(), gap })
    };
    let presets = lanes.iter().map(against).collect::<Result<Vec<_>, _>>()?;
    let input = GapInput {
        run: compared_run(&arguments.base, &run.manifest),
        log: facts(fills, &log),
        presets,
        one_because,
        within,
        program: program(),
        instrument,
    };
    let rendered = render_gap(&input)?;
    let target = folder.map(|folder| write(folder, &rendered)).transpose()?;
    print(&if arguments.json { rendered.json } else { terminal_gap(&input, colour(stdout_colour())) })?;
    target.iter().for_each(|path| say(&format!("report {}", path.display())));
    Ok(if input.is_comparable() { ExitStatus::Go } else { ExitStatus::Insufficient })
}

/// The mapping of a file, with what the command line says over it.
fn mapping(arguments: &Compare) -> Result<LogMapping, Failure> {
    let mut mapping = match &arguments.map {
        Some(path) => LogMapping::read(path).map_err(Failure::usage)?,
        None => LogMapping::default(),
    };
    for text in &arguments.columns {
        mapping.set(text).map_err(|mismatch| Failure::usage(format!("--column: {mismatch}")))?;
    }
    Ok(mapping)
}

fn facts(path: &Path, log: &OrderLog) -> LogFacts {
    LogFacts {
        file: path.display().to_string(),
        sha256: log.sha256.clone(),
        rows: log.rows,
        of_other_symbols: log.of_other_symbols,
        ignored: log.ignored,
        outside: log.outside,
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            error @ SessionError::Symbol { .. } => Self::usage(error),
            error => Self::data(error),
        }
    }
}
