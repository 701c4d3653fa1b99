use super::message::Message;
use super::outbox::{Outbox, Record};
use super::sink::Sink;
use super::variables::Variable;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A delivery that could not be made, or not be noted.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process delivers the alerts of the same run.
    #[error("{path}: another delivery of this run is at work; wait for it")]
    Busy {
        /// The outbox.
        path: PathBuf,
    },
}

/// The world outside: its clock, waiting, where a log is written, and its environment. Handed in by `cli`.
pub struct Wall<'a> {
    /// Milliseconds since 1970 UTC.
    pub now_ms: &'a (dyn Fn() -> i64 + Sync),
    /// Waits.
    pub sleep: &'a (dyn Fn(Duration) + Sync),
    /// Writes a line of the log.
    pub log: &'a (dyn Fn(&str) -> Result<(), String> + Sync),
    /// Looks up a variable of the environment, for a sink that names one.
    pub variable: &'a Variable<'a>,
}

/// How often a delivery is tried, and how long is waited between two attempts: the first time, and twice as long each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Attempts a message.
    pub attempts: u32,
    /// The first wait.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Patience {
    fn wait(&self, attempts: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

/// What a delivery came to at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Name of the sink.
    pub sink: String,
    /// Messages delivered now.
    pub now: u64,
    /// Messages delivered before.
    pub before: u64,
    /// Messages that are outstanding still.
    pub outstanding: u64,
    /// Why.
    pub error: Option<String>,
}

/// Delivers to every sink what the outbox in `folder` does not call delivered, each sink apart from the others. A sink that has failed at
/// one message, all attempts over, is left alone until the next delivery.
///
/// # Errors
/// [`NotifyError`] when another delivery is at work, or the outbox cannot be written: then nothing more is delivered.
pub fn deliver(
    folder: &Path,
    messages: &[Message],
    sinks: &[Sink],
    (wall, patience): (&Wall<'_>, Patience),
) -> Result<Vec<Delivered>, NotifyError> {
    let outbox = Mutex::new(Outbox::open(folder)?);
    std::thread::scope(|scope| {
        let outbox = &outbox;
        let work = |sink| scope.spawn(move || work_off(sink, messages, outbox, (wall, patience)));
        let workers: Vec<_> = sinks.iter().map(work).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(delivered) => delivered,
            Err(panicked) => std::panic::resume_unwind(panicked),
        });
        ended.collect()
    })
}

fn work_off(
    sink: &Sink,
    messages: &[Message],
    outbox: &Mutex<Outbox>,
    (wall, patience): (&Wall<'_>, Patience),
) -> Result<Delivered, NotifyError> {
    let note = |record: Record| outbox.lock().unwrap_or_else(PoisonError::into_inner).add(&record);
    let todo: Vec<&Message> = {
        let outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let known = outbox.delivered(&sink.name);
        messages.iter().filter(|message| !known.contains(message.id.as_str())).collect()
    };
    let before = (messages.len() - todo.len()) as u64;
    let mut now = 0;
    for message in &todo {
        if let Err(error) = attempt(sink, message, (wall, patience), &note)? {
            let outstanding = todo.len() as u64 - now;
            return Ok(Delivered { sink: sink.name.clone(), now, before, outstanding, error: Some(error) });
        }
        now += 1;
    }
    Ok(Delivered { sink: sink.name.clone(), now, before, outstanding: 0, error: None })
}

/// Tries until the sink confirms or patience is over; the inner error is the last attempt's.
fn attempt(
    sink: &Sink,
    message: &Message,
    (wall, patience): (&Wall<'_>, Patience),
    note: &impl Fn(Record) -> Result<(), NotifyError>,
) -> Result<Result<(), String>, NotifyError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let done = sink.deliver(message, wall);
        note(Record {
            id: message.id.clone(),
            sink: sink.name.clone(),
            attempts,
            delivered_at_ms: done.is_ok().then(|| (wall.now_ms)()),
            error: done.clone().err(),
        })?;
        if done.is_ok() || patience.attempts <= attempts {
            return Ok(done);
        }
        (wall.sleep)(patience.wait(attempts));
    }
}
