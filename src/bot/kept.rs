//! What of a bot survives: its account, its gates, and what its strategy says of itself.

use super::Bot;
use super::lifecycle::Desk;
use crate::checkpoint::{Kept, Loader, Saver, StateError};
use crate::gates::{GateCounter, GatesState};
use crate::model::Session;

impl Kept for Bot {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        let (account, silent) = (&self.account, &self.is_silent);
        as_json("a strategy", &self.strategy.save(), to)?;
        to.put(account)?;
        to.put(&self.actions.last_id())?;
        to.put(silent)?;
        let counts = |counter: &GateCounter| (counter.evaluated, counter.refused, counter.tripped);
        to.put(&self.forgotten.iter().map(counts).collect::<Vec<_>>())?;
        self.desks.save(to)
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let state: serde_json::Value = of_json("a strategy", from)?;
        let unlike = |why: String| StateError::Unreadable { what: "a strategy", why };
        self.strategy.restore(&state).map_err(unlike)?;
        self.account = from.take()?;
        self.actions.go_on_from(from.take()?);
        self.is_silent = from.take()?;
        let counts: Vec<(u64, u64, u64)> = from.take()?;
        self.forgotten = match self.desks.first() {
            Some(desk) if !counts.is_empty() => counted(desk.gates.counters(), &counts)?,
            _ => Vec::new(),
        };
        self.desks.load(from)
    }
}

impl Kept for Desk {
    fn save(&self, to: &mut Saver) -> Result<(), StateError> {
        as_json("the gates", &self.gates.save(), to)?;
        to.put(&self.gates.session())?;
        to.put(&self.flatten)?;
        to.put(&self.heard())
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let gates: GatesState = of_json("the gates", from)?;
        self.gates.restore(gates);
        let session: Option<Session> = from.take()?;
        session.into_iter().for_each(|session| self.gates.connect(session));
        self.flatten = from.take()?;
        self.hear(from.take()?);
        Ok(())
    }
}

/// The counters of gates whose process has ended, as those of today with other numbers.
fn counted(mut gates: Vec<GateCounter>, counts: &[(u64, u64, u64)]) -> Result<Vec<GateCounter>, StateError> {
    if gates.len() != counts.len() {
        return Err(StateError::unlike("the gates' counters", counts.len(), gates.len()));
    }
    for (gate, (evaluated, refused, tripped)) in gates.iter_mut().zip(counts) {
        (gate.evaluated, gate.refused, gate.tripped) = (*evaluated, *refused, *tripped);
    }
    Ok(gates)
}

/// State whose form says itself what it is, and leaves out what is not there.
fn as_json<T: serde::Serialize>(what: &'static str, value: &T, to: &mut Saver) -> Result<(), StateError> {
    let text = serde_json::to_string(value);
    to.put(&text.map_err(|error| StateError::Unwritable { what, why: error.to_string() })?)
}

fn of_json<T: serde::de::DeserializeOwned>(what: &'static str, from: &mut Loader<'_>) -> Result<T, StateError> {
    let text: String = from.take()?;
    serde_json::from_str(&text).map_err(|error| StateError::Unreadable { what, why: error.to_string() })
}
