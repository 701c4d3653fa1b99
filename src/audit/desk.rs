use super::control::Memory;
use super::corrections::Pushed;
use super::flattening::Flattening;
use super::mind::Mind;
use super::orders::Known;
use super::setup::{AuditGate, Worth};
use super::stops::Stops;
use crate::model::ExecutionReport;
use crate::units::Timestamp;
use std::collections::VecDeque;

/// One market.
pub(super) struct Desk {
    pub worth: Worth,
    pub memory: Memory,
    pub mind: Mind,
    pub stops: Stops,
    /// Reports that the gates have not heard of, in the order in which they will.
    pub due: VecDeque<ExecutionReport>,
    /// When a gate opened last.
    pub opened_at: Option<Timestamp>,
    /// It is being brought to nothing.
    pub flattening: Option<Flattening>,
    /// A gate that has tripped wants what is held here closed.
    pub wants_closed: bool,
    pub pushed: Pushed,
    /// When the bot hears of the last report: none overtakes another.
    pub told_at: Timestamp,
}

impl Desk {
    pub fn new(worth: &Worth, gates: &[AuditGate]) -> Self {
        Self {
            worth: *worth,
            memory: Memory::under(gates),
            mind: Mind::default(),
            stops: Stops::default(),
            due: VecDeque::new(),
            opened_at: None,
            flattening: None,
            wants_closed: false,
            pushed: Pushed::default(),
            told_at: Timestamp::MIN,
        }
    }

    /// The bot's process has ended without its state: the new one does not know that it was flattening, nor, where its gateway has ended with it, which
    /// cancels it has sent, so that a trip demands them again.
    pub fn forget(&mut self, loses_memory: bool) {
        (self.flattening, self.wants_closed) = (None, false);
        if loses_memory {
            self.mind.change(Known::forget_cancels);
        }
    }

    /// The bot has heard of everything that arrived before `at`. What it had brought to nothing by then is over, whatever it hears at `at` to have
    /// been taken back.
    pub fn hear_before(&mut self, at: Timestamp) {
        self.mind.hear_before(at);
        let mut arriving = self.due.iter().take_while(|report| report.reported_at <= at);
        if self.flattening.is_some() && arriving.any(|report| report.kind.sets_right()) {
            self.flattening = self.flattening.filter(|flattening| !flattening.is_over(self.mind.states()));
        }
    }
}
