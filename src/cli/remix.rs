use super::args::Remix;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::synth::{length, told};
use super::tape::{header_text, refuse_existing, refuse_same};
use crate::synth::{RemixError, RemixRecipe, remix as mix};
use crate::tape::{TapeHeader, TapeReader};
use crate::units::{Span, Timestamp};

/// Writes a remix of a tape.
pub fn remix(arguments: &Remix) -> Result<ExitStatus, Failure> {
    refuse_existing(&arguments.out, arguments.force)?;
    refuse_same(std::iter::once(&arguments.tape), &arguments.out)?;
    let reader = TapeReader::open(&arguments.tape)?;
    reader.verify()?;
    let recipe = recipe(arguments, reader.header())?;
    let start = reader.header().first_at;
    let bar = progress_bar(recipe.duration.nanos().unsigned_abs(), "remix");
    let mut passed = |passed: Timestamp| bar.set_position(passed.since(start).nanos().unsigned_abs());
    let written = mix(&reader, &recipe, &arguments.out, &mut passed);
    bar.finish_and_clear();
    let written = written.map_err(|error| match error {
        RemixError::Tape(error) => told(error, &arguments.out),
        RemixError::Recipe { key, found, expected } => {
            Failure::usage(format!("--{key}: found {found}; expected {expected}"))
        }
        error => Failure::data(format!("{}: {error}", arguments.tape.display())),
    })?;
    let joins = format!("{} blocks, {} joined loosely", written.joins.blocks, written.joins.loose);
    print(&format!(
        "{}joins         {joins}\nwrote         {}\n",
        header_text(&written.header),
        arguments.out.display()
    ))?;
    Ok(ExitStatus::Go)
}

fn recipe(arguments: &Remix, header: &TapeHeader) -> Result<RemixRecipe, Failure> {
    let block: Span = arguments.block.parse().map_err(|error| Failure::usage(format!("--block: {error}")))?;
    // To the last row, which is the last instant of the tape.
    let whole = Span::from_nanos(header.last_at.since(header.first_at).nanos().saturating_add(1));
    Ok(RemixRecipe {
        duration: arguments.days.as_deref().map_or(Ok(whole), length)?,
        block,
        seed: arguments.seed,
        any_hour: arguments.any_hour,
    })
}
