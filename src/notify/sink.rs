use super::deliver::Wall;
use super::message::Message;
use super::variables::{self, Known};
use super::webhook;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// Its name in the outbox: what is delivered to a sink of another name is not delivered to this one.
    pub name: String,
    /// What it is.
    pub kind: SinkKind,
}

/// What a sink is, and when it has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkKind {
    /// A line on standard error; confirmed when it is written.
    Log,
    /// A line of JSON at the end of a file; confirmed when the disk has it.
    File {
        /// Which file.
        path: PathBuf,
    },
    /// A program that is run once an alert and reads it, a line of JSON, from its standard input; confirmed when it exits with 0.
    Command {
        /// Program and arguments, which may name variables of the environment as `${NAME}`; no shell reads them.
        program: Vec<String>,
        /// How long it may take.
        timeout: Duration,
    },
    /// A program of this machine that takes HTTP: a POST of JSON an alert; confirmed by a status of 200 to 299.
    Webhook {
        /// Where; `http`, on a loopback address. It may name variables of the environment as `${NAME}`.
        url: String,
        /// How long it may take.
        timeout: Duration,
    },
}

impl SinkKind {
    /// Why no alert may go to that URL; nothing when it stays on this machine.
    #[must_use]
    pub fn forbids(url: &str) -> Option<String> {
        webhook::loopback(url).err()
    }

    /// What is wrong with the variables of the environment that a text of a sink names; nothing where all is well.
    #[must_use]
    pub fn misnames(text: &str) -> Option<String> {
        variables::wrong(text)
    }
}

/// Longest file of alerts: 10 MB.
const BYTES_MAX: u64 = 10_000_000;

/// Between two looks whether a program has ended.
const POLL: Duration = Duration::from_millis(5);

impl Sink {
    /// Delivers one message and waits until that is confirmed.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(super) fn deliver(&self, message: &Message, wall: &Wall<'_>) -> Result<(), String> {
        match &self.kind {
            SinkKind::Log => (wall.log)(&logged(message)),
            SinkKind::File { path } => {
                append(path, &message.line()).map_err(|error| format!("{}: cannot append: {error}", path.display()))
            }
            SinkKind::Command { program, timeout } => {
                let mut known = Known::default();
                let program: Result<Vec<String>, String> =
                    program.iter().map(|part| known.fill(part, wall.variable)).collect();
                // What it says of its arguments, nobody else hears.
                let errors = || if known.is_empty() { Stdio::inherit() } else { Stdio::null() };
                program
                    .and_then(|program| run(&program, errors(), (*timeout, message), wall))
                    .map_err(|error| known.veil(error))
            }
            SinkKind::Webhook { url, timeout } => {
                let mut known = Known::default();
                let url = known.fill(url, wall.variable);
                url.and_then(|url| webhook::post(&url, *timeout, message)).map_err(|error| known.veil(error))
            }
        }
    }
}

/// A file that has no room for so many bytes more is called by the next free number from now on: `alerts.jsonl.1`, and so on. None is deleted.
fn make_room(path: &Path, bytes: u64) -> std::io::Result<()> {
    let is_full = |found: &std::fs::Metadata| found.is_file() && 0 < found.len() && BYTES_MAX < found.len() + bytes + 2;
    if !std::fs::metadata(path).is_ok_and(|found| is_full(&found)) {
        return Ok(());
    }
    let numbered = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(numbered).find(|name| std::fs::symlink_metadata(name).is_err());
    // A link is refused where somebody else has just taken the number, and then nothing is lost.
    free.map_or(Ok(()), |free| std::fs::hard_link(path, free).and_then(|()| std::fs::remove_file(path)))
}

/// Adds a line and waits until the disk has it. What an attempt that failed left half-written gets the end of its line first.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    // Whoever opens a pipe waits for its reader, for as long as that takes.
    #[cfg(unix)]
    if std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(std::io::Error::other("a pipe, not a file"));
    }
    make_room(path, line.len() as u64)?;
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let is_file = file.metadata()?.is_file();
    let mut last = [b'\n'];
    if is_file && file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let ended = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{ended}{line}\n").as_bytes())?;
    file.sync_all()
}

/// `key=value` pairs, as log collectors read them.
fn logged(message: &Message) -> String {
    let Message { id, alert, phase, severity, market, at, text, .. } = message;
    format!("alert={alert} phase={phase} severity={severity} market={market} at={at} id={id} text={text:?}")
}

fn run(
    program: &[String],
    errors: Stdio,
    (timeout, message): (Duration, &Message),
    wall: &Wall<'_>,
) -> Result<(), String> {
    let [name, arguments @ ..] = program else { return Err("no program".to_owned()) };
    let mut command = Command::new(name);
    let spawned = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(errors).spawn();
    let mut child = spawned.map_err(|error| format!("{name}: cannot run: {error}"))?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| writeln!(stdin, "{}", message.line()));
    // A program may end without reading: its exit status says what became of the alert.
    if let Err(error) = written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    {
        end(&mut child);
        return Err(format!("{name}: cannot write to its standard input: {error}"));
    }
    let since = (wall.now_ms)();
    let limit = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{name}: {status}")),
            Ok(None) if limit <= (wall.now_ms)().saturating_sub(since) => {
                end(&mut child);
                return Err(format!("{name}: ended after {limit} ms without an answer"));
            }
            Ok(None) => (wall.sleep)(POLL),
            Err(error) => {
                end(&mut child);
                return Err(format!("{name}: cannot wait for it: {error}"));
            }
        }
    }
}

/// Ends a program and waits until it has. What it had started itself goes on.
fn end(child: &mut Child) {
    // One that has ended by itself meanwhile cannot be ended, and need not be.
    let _ = child.kill();
    let _ = child.wait();
}
