//! A bot's own log, as its journal tells of it: which orders were written down before they left.

use crate::model::{ClientOrderId, WireEvent};
use std::collections::BTreeMap;

/// The log of one market's gateway.
#[derive(Debug, Clone, Default)]
pub(super) struct LogLine {
    /// Orders that have not ended: whether their record is whole, or could not be written.
    records: BTreeMap<ClientOrderId, bool>,
    /// The last write has failed.
    is_down: bool,
}

impl LogLine {
    /// A record is whole, or could not be written.
    pub fn note(&mut self, id: ClientOrderId, event: WireEvent) {
        let is_whole = !matches!(event, WireEvent::LogFailed(_));
        self.is_down = !is_whole;
        if id != ClientOrderId(0) {
            *self.records.entry(id).or_default() |= is_whole;
        }
    }

    /// An order leaves for the venue: what is wrong with that. One that protects or reduces leaves where its record could not be written, too.
    pub fn leaves(&self, id: ClientOrderId, adds_risk: bool) -> Option<&'static str> {
        match self.records.get(&id) {
            None => Some("it left before its record was whole in the bot's own log"),
            Some(false) if adds_risk => Some("it left although its record could not be written to the bot's own log"),
            Some(_) if adds_risk && self.is_down => Some("it left while the bot's own log could not be written"),
            Some(_) => None,
        }
    }

    pub fn ends(&mut self, id: ClientOrderId) {
        self.records.remove(&id);
    }
}
