use super::args::{ListShocks, MeasureShock, Shocks as Command};
use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use crate::readiness::MEASURES;
use crate::scenario::{model_called, read_shock, shock_called};
use crate::synth::{Measured, Multiple, PlacedShock, SHOCKS, ShockModel, ShockStart, measure};
use crate::units::{MINUTE, Span};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};

/// Prints what the catalogue of shocks says, or what they do.
pub fn shocks(command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::List(arguments) => list(arguments),
        Command::Explain(arguments) => {
            called(&arguments.name)?;
            let text = SHOCKS.iter().find(|(name, _)| *name == arguments.name).map_or("", |(_, text)| *text);
            print(text).map(|()| ExitStatus::Go)
        }
        Command::Measures(arguments) => measures(arguments),
        Command::Measure(arguments) => measure_all(arguments),
    }
}

fn called(name: &str) -> Result<ShockModel, Failure> {
    shock_called(name).map_err(|problem| {
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        Failure::usage(format!("{problem}{hint}"))
    })
}

fn all() -> Vec<ShockModel> {
    SHOCKS.iter().filter_map(|(name, _)| ShockModel::called(name)).collect()
}

fn list(arguments: &ListShocks) -> Result<ExitStatus, Failure> {
    let text = if arguments.json {
        let object = |shock: &ShockModel| {
            json!({ "name": shock.name, "anchor": shock.anchor, "lasts_minutes": shock.lasts_minutes,
                "about": shock.about, "source": shock.source })
        };
        format!("{}\n", Value::from_iter(all().iter().map(object)))
    } else {
        let row = |shock: &ShockModel| {
            vec![shock.name.clone(), shock.anchor.clone(), format!("{}", shock.lasts_minutes), shock.about.clone()]
        };
        let rows: Vec<Vec<String>> = all().iter().map(row).collect();
        grid(&["shock", "modelled on", "minutes", "what happens"], &[2], &rows)
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn measures(arguments: &ListShocks) -> Result<ExitStatus, Failure> {
    let text = if arguments.json {
        let object = |(name, unit, about): &(&str, &str, &str)| json!({ "name": name, "unit": unit, "about": about });
        format!("{}\n", Value::from_iter(MEASURES.iter().map(object)))
    } else {
        let row =
            |(name, unit, about): &(&str, &str, &str)| [name, unit, about].map(|word| (*word).to_owned()).to_vec();
        grid(&["measure", "unit", "what it is"], &[], &MEASURES.iter().map(row).collect::<Vec<_>>())
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn measure_all(arguments: &MeasureShock) -> Result<ExitStatus, Failure> {
    let model = model_called(&arguments.market).map_err(|problem| Failure::usage(problem.to_string()))?;
    let shocks = match &arguments.file {
        Some(path) => vec![read_shock(path).map_err(|problem| Failure::usage(problem.to_string()))?],
        None if arguments.names.is_empty() => all(),
        None => arguments.names.iter().map(|name| called(name)).collect::<Result<_, _>>()?,
    };
    let start = ShockStart::At(Span::ZERO);
    let placed = |shock: &ShockModel| PlacedShock { shock: shock.clone(), severity: arguments.severity, start };
    shocks.iter().try_for_each(|shock| placed(shock).check()).map_err(|error| Failure::usage(error.to_string()))?;
    let measured: Vec<(String, Vec<Measured>)> = shocks
        .par_iter()
        .map(|shock| (shock.name.clone(), measure(&model, shock, arguments.severity, arguments.seed)))
        .collect();
    let text = if arguments.json { as_json(&measured) } else { as_table(&measured) };
    print(&text).map(|()| ExitStatus::Go)
}

fn as_json(measured: &[(String, Vec<Measured>)]) -> String {
    let object = |shock: &str, row: &Measured| json!({ "shock": shock, "size": row.name, "named": row.named, "found": row.found });
    let rows = measured.iter().flat_map(|(shock, rows)| rows.iter().map(move |row| object(shock, row)));
    format!("{}\n", Value::from_iter(rows))
}

fn as_table(measured: &[(String, Vec<Measured>)]) -> String {
    let mut rows = Vec::new();
    for (shock, sizes) in measured {
        for (place, size) in sizes.iter().filter(|size| size.named.is_some()).enumerate() {
            let name = if place == 0 { shock.clone() } else { String::new() };
            let [named, found] = size.words();
            rows.push(vec![name, size.name.to_owned(), named, found]);
        }
    }
    grid(&["shock", "size", "named", "found"], &[2, 3], &rows)
}

/// Shocks of a market that lasts so long have to begin before it ends.
///
/// # Errors
/// The first that never comes, and what is allowed.
pub(super) fn in_time<'s>(shocks: impl IntoIterator<Item = &'s PlacedShock>, duration: Span) -> Result<(), Failure> {
    let late = shocks.into_iter().find(|shock| duration <= shock.latest_start());
    late.map_or(Ok(()), |late| {
        let (name, at) = (&late.shock.name, late.latest_start());
        Err(Failure::usage(format!(
            "--shock: `{name}` from {at} on, which never comes; expected a start before --days, {duration}"
        )))
    })
}

/// A shock as an argument: a name, a severity after `:x`, a start after `@`.
pub fn placed(argument: &str) -> Result<PlacedShock, Failure> {
    let misfit = |what: &str| Failure::usage(format!("--shock: found `{argument}`; expected {what}"));
    let (named, at) = argument.split_once('@').map_or((argument, None), |(named, at)| (named, Some(at)));
    let (name, severity) = named.split_once(":x").map_or((named, None), |(name, severity)| (name, Some(severity)));
    let shock = called(name)?;
    let severity = severity.map_or(Ok(Multiple::ONE), str::parse).map_err(|_| misfit("a number after `:x`"))?;
    let at: Span = at.map_or(Ok(MINUTE.times(10)), str::parse).map_err(|_| misfit("a span after `@`, as in `3h`"))?;
    let placed = PlacedShock { shock, severity, start: ShockStart::At(at) };
    placed.check().map_err(|error| Failure::usage(format!("--shock {argument}: {error}")))?;
    Ok(placed)
}
