use super::args::Synth;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::shocks::{in_time, placed};
use super::synth_family::{family_of, synth_family};
use super::tape::{header_text, refuse_existing};
use crate::scenario::{changed_model, day_start, model_called, read_model};
use crate::synth::{FlowBars, FlowMarket, FlowModel, FlowRecipe, Overlay};
use crate::tape::{Batch, BatchSource, Provenance, TapeError, TapeHeader, TapeWriter};
use crate::units::{DAY, Fixed, Span, Timestamp};
use std::path::Path;

/// Most days of a tape.
const DAYS_MAX: i128 = 3_660;
/// Parts of a day that are told apart: a tenth of a second, about.
const DAY_DECIMALS: u8 = 6;

/// Writes a market that never was to a tape.
pub fn synth(arguments: &Synth) -> Result<ExitStatus, Failure> {
    if let Some(family) = family_of(arguments)? {
        return synth_family(arguments, family);
    }
    refuse_existing(&arguments.out, arguments.force)?;
    let bars = arguments.bars.as_deref().map(period).transpose()?;
    let recipe = FlowRecipe {
        model: model_of(arguments.model.as_deref(), arguments.preset.as_deref(), &arguments.set)?,
        shocks: arguments.shocks.iter().map(|shock| placed(shock)).collect::<Result<_, _>>()?,
        start_at: day_start(&arguments.start).map_err(|error| Failure::usage(format!("--start: {error}")))?,
        duration: length(&arguments.days)?,
        seed: arguments.seed,
    };
    recipe.check_span().map_err(Failure::usage)?;
    in_time(&recipe.shocks, recipe.duration)?;
    if let Some(period) = bars.filter(|period| *period > recipe.duration) {
        return Err(Failure::usage(format!("--bars: bars of {period}; expected at most --days, {}", recipe.duration)));
    }
    let (start, length) = (recipe.start_at, recipe.duration.nanos());
    let bar = progress_bar(length.unsigned_abs(), "generate");
    let mut passed = |passed: Timestamp| bar.set_position(passed.since(start).nanos().unsigned_abs());
    let written = write(recipe, bars, &arguments.out, &mut passed);
    bar.finish_and_clear();
    let header = written.map_err(|error| told(error, &arguments.out))?;
    print(&format!("{}wrote         {}\n", header_text(&header), arguments.out.display()))?;
    Ok(ExitStatus::Go)
}

/// The model in a file or of a preset, with figures changed.
pub fn model_of(file: Option<&Path>, preset: Option<&str>, changes: &[String]) -> Result<FlowModel, Failure> {
    let model = match (file, preset) {
        (Some(path), _) => read_model(path),
        (None, preset) => model_called(preset.unwrap_or_default()),
    };
    let changed = model.and_then(|model| changed_model(&model, changes));
    changed.map_err(|problem| Failure::usage(problem.to_string()))
}

/// A number of days with decimals.
pub fn length(days: &str) -> Result<Span, Failure> {
    let misfit = || Failure::usage(format!("--days: found `{days}`; expected a number above 0, at most {DAYS_MAX}"));
    let parts = Fixed::parse_scaled(days, DAY_DECIMALS).map_err(|_| misfit())?;
    let unit = 10_i128.pow(u32::from(DAY_DECIMALS));
    if parts <= 0 || parts > DAYS_MAX * unit {
        return Err(misfit());
    }
    let nanos = i128::from(DAY.nanos()) * parts / unit;
    i64::try_from(nanos).map(Span::from_nanos).map_err(|_| misfit())
}

/// The length of bars.
fn period(text: &str) -> Result<Span, Failure> {
    let period: Span = text.parse().map_err(|error| Failure::usage(format!("--bars: {error}")))?;
    FlowBars::check_period(period)
        .map_err(|error| Failure::usage(format!("--bars: bars of {}; expected {}", error.found, error.expected)))?;
    Ok(period)
}

fn write(
    recipe: FlowRecipe,
    bars: Option<Span>,
    out: &Path,
    passed: &mut dyn FnMut(Timestamp),
) -> Result<TapeHeader, TapeError> {
    if let Some(period) = bars {
        let (shocks, seed) = (recipe.shocks.clone(), recipe.seed);
        let mut market = FlowBars::new(recipe, period);
        let mut writer = TapeWriter::create(out, market.tape_spec())?;
        if shocks.is_empty() {
            market.write_to(&mut writer, passed)?;
        } else {
            write_bars(&mut Overlay::new(Box::new(market), &shocks, seed), period, &mut writer)?;
        }
        return writer.finish(Provenance::default());
    }
    let mut market = FlowMarket::new(recipe);
    let mut writer = TapeWriter::create(out, market.tape_spec())?;
    market.write_to(&mut writer, passed)?;
    writer.finish(Provenance::default())
}

/// Bars with shocks laid over them.
fn write_bars(market: &mut Overlay, period: Span, writer: &mut TapeWriter) -> Result<(), TapeError> {
    for index in 0.. {
        let Some(Batch::Bars(batch)) = market.batch(index)? else { break };
        (0..batch.len()).try_for_each(|bar| writer.push_bar(&batch.bar(bar, period)))?;
    }
    Ok(())
}

/// Only the tape is written; where it is written until it is whole is nobody's business.
pub(super) fn told(error: TapeError, out: &Path) -> Failure {
    match error {
        TapeError::Io { action, source, .. } => Failure::write(format!("{}: {action}: {source}", out.display())),
        error => Failure::data(error),
    }
}
