//! Alerts on their way out of a finished run: to a log, a file, a program or a webhook on this machine, each delivery confirmed.
//!
//! What is to be said comes from the journal, as [`Message`]s with ids that never change. What became of each is kept in an *outbox*, a file
//! of JSON lines in the folder of the run to which lines are only ever added. A [`delivery`](deliver) works off what the outbox does not call
//! delivered; a program that is killed in the middle delivers the message again that it could not note, so a receiver drops ids that it has.
//!
//! Order rule: each sink is told in the order of the journal. Invariants: a message counts as delivered only once its sink has confirmed it
//! and the outbox holds that on disk; a sink that fails or hangs holds up no other sink and loses nothing; one delivery a run at a time.
//! Known limits: nothing of this is part of the simulation, a digest or a run id. Time and waiting are handed in by `cli`.

mod deliver;
mod message;
mod outbox;
mod sink;
mod variables;
mod webhook;

pub use deliver::{Delivered, NotifyError, Patience, Wall, deliver};
pub use message::{Message, messages};
pub use outbox::{OUTBOX, Outbox, Record};
pub use sink::{Sink, SinkKind};
pub use variables::Variable;

#[cfg(test)]
mod tests;
