//! Markets that hang together, each to a tape of one folder.

use super::args::Synth;
use super::console::{print, progress_bar};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::shocks::{in_time, placed};
use super::synth::{length, told};
use super::tape::write_whole;
use crate::scenario::{day_start, family_called, read_family};
use crate::synth::{FamilyModel, FamilyMoves, FamilyRecipe, Moments, PlacedShock, write_family};
use crate::tape::{Provenance, TapeWriter};
use crate::units::{Rate, Timestamp};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The family that is named, where it is one.
///
/// # Errors
/// What is wrong with it.
pub fn family_of(arguments: &Synth) -> Result<Option<FamilyModel>, Failure> {
    let named = match (&arguments.model, &arguments.preset) {
        (Some(path), _) => read_family(path),
        (None, name) => name.as_deref().and_then(family_called),
    };
    named.transpose().map_err(|problem| Failure::usage(problem.to_string()))
}

/// Writes the markets of a family to tapes in a folder, which appears whole.
///
/// # Errors
/// Options that are of single markets, and what cannot be written.
pub fn synth_family(arguments: &Synth, model: FamilyModel) -> Result<ExitStatus, Failure> {
    if arguments.bars.is_some() {
        return Err(Failure::usage("--bars: a family is of orders; expected no --bars"));
    }
    if let Some(set) = arguments.set.first() {
        let text = format!("--set {set}: a family has several models; write it into a file of its own, for --model");
        return Err(Failure::usage(text));
    }
    let recipe = FamilyRecipe {
        shocks: shocks_of(&model, &arguments.shocks)?,
        model,
        start_at: day_start(&arguments.start).map_err(|error| Failure::usage(format!("--start: {error}")))?,
        duration: length(&arguments.days)?,
        seed: arguments.seed,
    };
    recipe.check_span().map_err(Failure::usage)?;
    in_time(recipe.shocks.iter().flatten(), recipe.duration)?;
    let out = &arguments.out;
    if arguments.force {
        return Err(Failure::usage("--force: a family is written to a new folder; expected no --force"));
    }
    if out.file_name().is_none() {
        return Err(Failure::usage(format!("--out: found `{}`; expected the name of a new folder", out.display())));
    }
    if out.symlink_metadata().is_ok() {
        let text = format!("{}: already there; a family is written to a new folder", out.display());
        return Err(Failure::write(text));
    }
    let partial = partial_folder(out);
    let refuse = |action: &str, error: std::io::Error| Failure::write(format!("{}: {action}: {error}", out.display()));
    std::fs::create_dir_all(&partial).map_err(|error| refuse("cannot make the folder", error))?;
    let moves = write(&recipe, &partial).inspect_err(|_| drop(std::fs::remove_dir_all(&partial)))?;
    std::fs::rename(&partial, out)
        .inspect_err(|_| drop(std::fs::remove_dir_all(&partial)))
        .map_err(|error| refuse("cannot name the folder", error))?;
    print(&text(&recipe, &moves, out))?;
    Ok(ExitStatus::Go)
}

/// Where a folder is written until it is whole.
fn partial_folder(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".partial-{}", std::process::id()));
    out.with_file_name(name)
}

/// `SYMBOL/NAME[:xSEVERITY][@SPAN]`, by member.
fn shocks_of(model: &FamilyModel, arguments: &[String]) -> Result<Vec<Vec<PlacedShock>>, Failure> {
    let mut shocks = vec![Vec::new(); model.members.len()];
    for argument in arguments {
        let of = argument.split_once('/').and_then(|(symbol, shock)| Some((model.place(symbol)?, shock)));
        let Some((place, shock)) = of else {
            let symbols: Vec<&str> = model.members.iter().map(|member| member.symbol()).collect();
            let text =
                format!("--shock: found `{argument}`; expected SYMBOL/NAME, SYMBOL one of {}", symbols.join(", "));
            return Err(Failure::usage(text));
        };
        shocks[place].push(placed(shock)?);
    }
    Ok(shocks)
}

fn write(recipe: &FamilyRecipe, folder: &Path) -> Result<FamilyMoves, Failure> {
    let tape = |symbol: &str| folder.join(format!("{symbol}.tape"));
    let specs = recipe.tape_specs();
    let writer = |spec: crate::tape::TapeSpec| {
        let path = tape(&spec.instrument.symbol);
        TapeWriter::create(&path, spec).map_err(|error| told(error, &path))
    };
    let mut writers: Vec<TapeWriter> = specs.into_iter().map(writer).collect::<Result<_, _>>()?;
    let bar = progress_bar(recipe.duration.nanos().unsigned_abs(), "generate");
    let mut passed = |at: Timestamp| bar.set_position(at.since(recipe.start_at).nanos().unsigned_abs());
    let moves = write_family(recipe, &mut writers, &mut passed);
    bar.finish_and_clear();
    let moves = moves.map_err(|error| told(error, folder))?;
    for writer in writers {
        writer.finish(Provenance::default()).map_err(|error| told(error, folder))?;
    }
    for (place, member) in recipe.model.members.iter().enumerate().filter(|(_, member)| member.perpetual.is_some()) {
        write_whole(&folder.join(format!("{}.funding.csv", member.symbol())), &funding_csv(recipe, place))?;
    }
    Ok(moves)
}

/// Funding as Binance's public archive has it: milliseconds since 1970, hours of the interval, rate.
fn funding_csv(recipe: &FamilyRecipe, place: usize) -> String {
    let hours = recipe.model.members[place].perpetual.as_ref().map_or(0, |perpetual| perpetual.funding_hours);
    let mut text = "calc_time,funding_interval_hours,last_funding_rate\n".to_owned();
    for charge in recipe.funding(place) {
        let _ = writeln!(text, "{},{hours},{}", charge.at.nanos() / 1_000_000, decimal(charge.rate));
    }
    text
}

/// A rate as a fraction with eight decimals.
fn decimal(rate: Rate) -> String {
    let parts = rate.ppb() / 10;
    let sign = if parts < 0 { "-" } else { "" };
    format!("{sign}{}.{:08}", parts.abs() / 100_000_000, parts.abs() % 100_000_000)
}

/// What was written: each market's moves as promised and as found, and how they go together.
fn text(recipe: &FamilyRecipe, moves: &FamilyMoves, out: &Path) -> String {
    let model = &recipe.model;
    let mut text = String::new();
    let day = libm::sqrt(1_440.0);
    let Some(promised) = Moments::of(model) else { return text };
    let _ = writeln!(text, "{:16} {:>8} {:>14} {:>14}", "market", "learns", "bps a day", "of minutes");
    for (place, member) in model.members.iter().enumerate() {
        let _ = writeln!(
            text,
            "{:16} {:>6.0} % {:>14.0} {:>14.0}",
            member.symbol(),
            100.0 * promised.own_shares[place],
            promised.volatilities_bps[place],
            day * moves.volatilities_bps[place],
        );
    }
    let _ = writeln!(text, "\n{:33} {:>8} {:>14}", "correlation", "promised", "of minutes");
    for (i, one) in model.members.iter().enumerate() {
        for (j, other) in model.members.iter().enumerate().skip(i + 1) {
            let found = moves.correlations[i][j].map_or("-".to_owned(), |found| format!("{found:.3}"));
            let promised = promised.correlations[i][j];
            let _ = writeln!(text, "{:16} {:16} {promised:>8.3} {found:>14}", one.symbol(), other.symbol());
        }
    }
    for (place, member) in model.members.iter().enumerate().filter(|(_, member)| member.perpetual.is_some()) {
        let charges = recipe.funding(place);
        let sum: i64 = charges.iter().map(|charge| charge.rate.ppb()).sum();
        let mean = sum.checked_div(charges.len() as i64).map_or("-".to_owned(), |mean| decimal(Rate::from_ppb(mean)));
        let _ = writeln!(text, "\nfunding of {}: {} times, {mean} on average", member.symbol(), charges.len());
    }
    let _ = writeln!(text, "\nwrote         {}, a tape for each", out.display());
    text
}
