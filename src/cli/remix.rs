use super::args::Remix;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::synth::{length, told};
use super::tape::{header_text, refuse_existing, refuse_same};
use crate::synth::{AutoBlock, RemixError, RemixRecipe, auto_block, remix as mix};
use crate::tape::{TapeHeader, TapeKind, TapeReader};
use crate::units::{Span, Timestamp};

/// Writes a remix of a tape.
pub fn remix(arguments: &Remix) -> Result<ExitStatus, Failure> {
    refuse_existing(&arguments.out, arguments.force)?;
    refuse_same(std::iter::once(&arguments.tape), &arguments.out)?;
    let reader = TapeReader::open(&arguments.tape)?;
    reader.verify()?;
    let auto = if arguments.block == "auto" { Some(auto_of(arguments, &reader)?) } else { None };
    let recipe = recipe(arguments, reader.header(), auto)?;
    let start = reader.header().first_at;
    let bar = progress_bar(recipe.duration.nanos().unsigned_abs(), "remix");
    let mut passed = |passed: Timestamp| bar.set_position(passed.since(start).nanos().unsigned_abs());
    let written = mix(&reader, &recipe, &arguments.out, &mut passed);
    bar.finish_and_clear();
    let written = written.map_err(|error| failed(error, arguments))?;
    let block = auto.map_or_else(String::new, |auto| format!("block         {auto}\n"));
    let joins = format!("{} blocks, {} joined loosely", written.joins.blocks, written.joins.loose);
    print(&format!(
        "{}{block}joins         {joins}\nwrote         {}\n",
        header_text(&written.header),
        arguments.out.display()
    ))?;
    Ok(ExitStatus::Go)
}

fn failed(error: RemixError, arguments: &Remix) -> Failure {
    match error {
        RemixError::Tape(error) => told(error, &arguments.out),
        RemixError::Recipe { key, found, expected } => {
            Failure::usage(format!("--{key}: found {found}; expected {expected}"))
        }
        error => Failure::data(format!("{}: {error}", arguments.tape.display())),
    }
}

fn auto_of(arguments: &Remix, reader: &TapeReader) -> Result<AutoBlock, Failure> {
    if reader.header().kind != TapeKind::L2 {
        return Err(failed(RemixError::Kind, arguments));
    }
    auto_block(reader).map_err(|error| failed(error, arguments))
}

fn recipe(arguments: &Remix, header: &TapeHeader, auto: Option<AutoBlock>) -> Result<RemixRecipe, Failure> {
    let given = || arguments.block.parse().map_err(|error| Failure::usage(format!("--block: {error}; or `auto`")));
    let block: Span = auto.map_or_else(given, |auto| Ok(auto.block))?;
    // To the last row, which is the last instant of the tape.
    let whole = Span::from_nanos(header.last_at.since(header.first_at).nanos().saturating_add(1));
    Ok(RemixRecipe {
        duration: arguments.days.as_deref().map_or(Ok(whole), length)?,
        block,
        seed: arguments.seed,
        any_hour: arguments.any_hour,
    })
}
