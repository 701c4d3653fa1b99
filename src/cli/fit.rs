use super::args::Fit;
use super::console::{print, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::tape::{refuse_existing, refuse_same, write_whole};
use crate::fit::{Figure, FitError, Fitted, Mark, Parameter, fit as fitted, model_file};
use crate::scenario::model_called;
use crate::tape::TapeReader;

/// Fits a model to a tape and writes it.
pub fn fit(arguments: &Fit) -> Result<ExitStatus, Failure> {
    refuse_existing(&arguments.out, arguments.force)?;
    refuse_same(std::iter::once(&arguments.tape), &arguments.out)?;
    let preset = model_called(&arguments.preset).map_err(|problem| Failure::usage(problem.to_string()))?;
    let mut reader = TapeReader::open(&arguments.tape)?;
    reader.verify()?;
    let name = arguments.tape.display();
    let found = fitted(&mut reader, &preset).map_err(|error| match error {
        FitError::Tape(error) => Failure::from(error),
        error => Failure::data(format!("{name}: {error}")),
    })?;
    write_whole(&arguments.out, &model_file(&found, &arguments.preset))?;
    say(&format!("wrote {}", arguments.out.display()));
    print(&if arguments.json { json(arguments, &found) } else { table(&found) })?;
    Ok(ExitStatus::Go)
}

fn json(arguments: &Fit, found: &Fitted) -> String {
    let object = serde_json::json!({
        "tape": arguments.tape.display().to_string(),
        "content": found.header.content_hash,
        "preset": arguments.preset,
        "minutes": found.minutes,
        "parameters": found.parameters,
    });
    format!("{object}\n")
}

fn table(found: &Fitted) -> String {
    let rows: Vec<Vec<String>> = found.parameters.iter().flat_map(rows).collect();
    let headings = ["parameter", "value", "mark", "s.e.", "95 % interval", "n", "estimator or reason"];
    grid(&headings, &[1, 3, 5], &rows)
}

/// One row a figure.
fn rows(parameter: &Parameter) -> Vec<Vec<String>> {
    let Parameter { key, value, mark } = parameter;
    let row = |key: String, value: String, mark: &str, rest: [String; 4]| {
        [key, value, mark.to_owned()].into_iter().chain(rest).collect()
    };
    match mark {
        Mark::Prior { reason } => {
            let none = String::new;
            vec![row(key.clone(), value.clone(), "prior", [none(), none(), none(), reason.clone()])]
        }
        Mark::Identified { figures, estimator, .. } if figures.is_empty() => {
            let none = String::new;
            vec![row(key.clone(), value.clone(), "identified", [none(), none(), none(), estimator.clone()])]
        }
        Mark::Identified { figures, observations, estimator } => {
            let of = |(place, figure): (usize, &Figure)| {
                let key = if figures.len() == 1 { key.clone() } else { format!("{key}[{place}]") };
                let said = if place == 0 { estimator.clone() } else { String::new() };
                let interval = format!("{} to {}", show_f64(figure.low), show_f64(figure.high));
                let rest = [show_f64(figure.standard_error), interval, observations.to_string(), said];
                row(key, show_f64(figure.estimate), "identified", rest)
            };
            figures.iter().enumerate().map(of).collect()
        }
    }
}

/// Four significant digits.
fn show_f64(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}
