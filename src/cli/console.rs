use super::exit::ExitStatus;
use super::failure::Failure;
use crate::scenario::Colour;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Writes `text` to stdout. A reader that has gone away (`| head`) is no error: the rest is dropped.
///
/// # Errors
/// [`Failure`] when stdout cannot be written for another reason: a full disk behind a redirection.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(ExitStatus::Write, format!("stdout: cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something on stderr; when even that fails there is nobody left to tell.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether stdout takes colour.
pub fn stdout_colour() -> Colour {
    colour(io::stdout().is_terminal())
}

/// Whether stderr takes colour.
pub fn stderr_colour() -> Colour {
    colour(io::stderr().is_terminal())
}

fn colour(is_terminal: bool) -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if is_terminal && !refused { Colour::On } else { Colour::Off }
}

/// A bar on stderr that fills up to `length`; it hides itself when stderr is no terminal.
pub fn progress_bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = "{msg} {wide_bar} {percent} % {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
