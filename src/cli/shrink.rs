use super::console::{print, progress_bar, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::find_args::ShrinkRun;
use super::grid::grid;
use super::tape::{refuse_existing, write_whole};
use crate::scenario::{Registry, Replay, Shrunk, Step, shrink_run};
use crate::units::{MINUTE, SECOND, Span};

/// Shrinks a run that fails.
pub fn shrink(arguments: &ShrinkRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    refuse_existing(&arguments.out, arguments.force)?;
    let bar = progress_bar(u64::from(arguments.runs), "runs");
    let how = (arguments.out.as_path(), u64::from(arguments.runs), arguments.by.as_deref());
    let with = Replay { registry, tapes: &arguments.tapes };
    let shrunk = shrink_run(&arguments.run, with, how, &|made| bar.set_position(made));
    bar.finish_and_clear();
    let shrunk = shrunk?;
    write_whole(&arguments.out, &shrunk.text)?;
    if arguments.json {
        let object = serde_json::to_string(&shrunk).map_err(Failure::write)?;
        print(&format!("{object}\n"))?;
    } else {
        print(&text(&shrunk))?;
    }
    if shrunk.out_of_runs {
        say("no more runs may be made: something might be left that could go; --runs allows more");
    }
    say(&format!("wrote {0}; seatrial run {0} --no-drills fails the same way", arguments.out.display()));
    Ok(ExitStatus::Go)
}

/// A row a step, and what it comes to.
fn text(shrunk: &Shrunk) -> String {
    let row = |step: &Step| {
        let figures = [step.runs.to_string(), step.faults.to_string(), rough(step.length), step.markets.to_string()];
        std::iter::once(step.what.to_owned()).chain(figures).collect()
    };
    let rows: Vec<Vec<String>> = shrunk.steps.iter().map(row).collect();
    let mut text = format!("fails by {}, lane {}\n", shrunk.by, shrunk.preset);
    text.push_str(&grid(&["left out", "runs", "faults", "length", "markets"], &[1, 2, 3, 4], &rows));
    if !shrunk.same_digest {
        text.push_str("by script the run has another digest than by chance, and fails the same way\n");
    }
    if let (Some(first), Some(last)) = (shrunk.steps.first(), shrunk.steps.last()) {
        let (was, is) = (rough(first.length), rough(last.length));
        text.push_str(&format!("{} faults -> {}, {was} -> {is}, in {} runs\n", first.faults, last.faults, shrunk.runs));
    }
    text
}

/// A length for people: whole minutes and seconds.
fn rough(length: Span) -> String {
    let seconds = length.nanos() / SECOND.nanos();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) if seconds == 0 => format!("{minutes} min"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ if length.nanos() % MINUTE.times(60).nanos() < MINUTE.nanos() => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}
