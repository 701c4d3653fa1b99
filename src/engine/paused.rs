//! The bot's process does not run for a while: what one connection makes of it.

use crate::bot::Request;
use crate::checkpoint::kept;
use crate::fault::wire::{Pause, awake_at};
use crate::units::{Span, Timestamp};

/// The pauses of the process, and what waits for the end of one.
#[derive(Debug, Default)]
pub(super) struct Paused {
    /// In order of time, apart from each other.
    all: Vec<Pause>,
    /// How many have begun, and how many are over.
    begun: usize,
    over: usize,
    /// What gates and commands made the bot want to send meanwhile.
    held: Vec<Request>,
    /// Whether the stream of reports came back or was lost, turn by turn.
    turns: Vec<bool>,
}

/// What a pause has kept back.
pub(super) struct Woken {
    pub(super) requests: Vec<Request>,
    pub(super) turns: Vec<bool>,
    /// A pause has just ended.
    pub(super) has_slept: bool,
}

impl Paused {
    pub fn new(all: Vec<Pause>) -> Self {
        Self { all, ..Self::default() }
    }

    /// When one begins or ends.
    pub fn next(&self) -> Timestamp {
        match self.all.get(self.over) {
            Some(pause) if self.over < self.begun => pause.until,
            Some(pause) => pause.from,
            None => Timestamp::MAX,
        }
    }

    /// When what arrives at `at` is heard.
    pub fn awake_at(&self, at: Timestamp) -> Timestamp {
        awake_at(&self.all, at)
    }

    pub const fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// The process sleeps: it has neither heard nor sent anything since one began.
    const fn sleeps(&self) -> bool {
        self.over < self.begun
    }

    /// A pause begins, if one does by `now`: how long it is.
    pub fn begin(&mut self, now: Timestamp) -> Option<Span> {
        let pause = self.all.get(self.begun).filter(|pause| !self.sleeps() && pause.from <= now)?;
        self.begun += 1;
        Some(pause.until.since(pause.from))
    }

    /// Keeps a request back where the process sleeps; hands it back where it does not.
    pub fn hold(&mut self, request: Request) -> Option<Request> {
        if !self.sleeps() {
            return Some(request);
        }
        self.held.push(request);
        None
    }

    /// The stream has turned.
    pub fn turned(&mut self, is_back: bool) {
        self.turns.push(is_back);
    }

    /// What lies ready for a process that runs; nothing for one that does not.
    pub fn wake(&mut self, now: Timestamp) -> Option<Woken> {
        let has_slept = self.sleeps();
        if has_slept && self.all.get(self.over).is_some_and(|pause| now < pause.until) {
            return None;
        }
        self.over = self.begun;
        let (requests, turns) = (std::mem::take(&mut self.held), std::mem::take(&mut self.turns));
        Some(Woken { requests, turns, has_slept })
    }
}

kept!(Paused {
    state: begun, over, held, turns;
    parts: ;
    left: all;
});
