use super::Bot;
use super::flatten::Flatten;
use super::gateway::OnLostMemory;
use super::lifecycle::add;
use crate::gates::{GateEvent, Gates, GatesState};
use crate::model::{BotStatus, ClientOrderId, Command, Mark, MarketId, Side};
use crate::strategy::Strategy;
use crate::units::Timestamp;

impl Bot {
    /// Carries out a command at one market, but for restarts, which concern the whole process. Returns what the bot is there
    /// afterwards; what gates say is appended to `out`. Cancels and orders that follow are had from
    /// [`cancel_all`](Self::cancel_all) and [`flatten`](Self::flatten).
    pub fn command(
        &mut self,
        market: MarketId,
        command: Command,
        at: Timestamp,
        out: &mut Vec<GateEvent>,
    ) -> BotStatus {
        let desk = &mut self.desks[market.index()];
        if command == Command::Flatten {
            desk.flatten = Some(Flatten::default());
        }
        let status = desk.gates.command(command, at, out);
        self.refresh_silence();
        status
    }

    /// What holds the bot at a market, apart from breakers.
    #[must_use]
    pub fn status(&self, market: MarketId) -> BotStatus {
        self.desks[market.index()].gates.status()
    }

    /// The process ends and comes back with the state it had saved: `strategy` and `gates`, built anew, take it over.
    ///
    /// # Errors
    /// A sentence when a state does not fit what it is given to.
    pub fn restart(&mut self, strategy: Box<dyn Strategy>, gates: Vec<Gates>) -> Result<(), String> {
        let saved = std::mem::replace(&mut self.strategy, strategy).save();
        self.strategy.restore(&saved)?;
        for (desk, fresh) in self.desks.iter_mut().zip(gates) {
            // Through bytes, as from one process to the next: what does not survive them is not saved.
            let saved = serde_json::to_vec(&desk.gates.save()).map_err(|error| error.to_string())?;
            let state: GatesState = serde_json::from_slice(&saved).map_err(|error| error.to_string())?;
            take_over(&mut desk.gates, fresh);
            desk.gates.restore(state);
        }
        self.refresh_silence();
        Ok(())
    }

    /// The process ends and comes back without its state. Strategy and gates begin anew, over the account as the venue shows it
    /// in `marks`, one a market; orders that the bot had sent count as open, those on their way too. What was being flattened
    /// is forgotten.
    pub fn restart_without_state(&mut self, strategy: Box<dyn Strategy>, gates: Vec<Gates>, marks: &[Mark]) {
        self.strategy = strategy;
        let mut forgotten = Vec::new();
        for ((desk, fresh), mark) in self.desks.iter_mut().zip(gates).zip(marks) {
            add(&mut forgotten, desk.gates.counters());
            take_over(&mut desk.gates, fresh);
            desk.gates.open(mark);
            desk.flatten = None;
        }
        add(&mut self.forgotten, forgotten);
        self.refresh_silence();
    }

    /// Its gateway at a market has ended with it. Returns the orders of unknown fate that are to be asked for.
    pub fn lose_gateway(&mut self, market: MarketId, on_lost_memory: OnLostMemory) -> Vec<(ClientOrderId, Side)> {
        let in_doubt = self.account.in_doubt(market);
        match on_lost_memory {
            OnLostMemory::Survives => return Vec::new(),
            OnLostMemory::Adopts => self.account.forget_cancels(market),
            OnLostMemory::Forgets => self.account.forget_orders(market),
        }
        in_doubt
    }

    /// A strategy is one for all markets: it is not called while every one of them is stopped. Nor while one is being flattened: it
    /// would send orders that reduce the position too, and these would have to be cancelled and waited for, over and over.
    pub(super) fn refresh_silence(&mut self) {
        let is_stopped = self.desks.iter().all(|desk| desk.gates.is_held(BotStatus::Stopped));
        self.is_silent = is_stopped || self.is_flattening();
    }
}

/// Puts `fresh` gates in the place of others. The user that those counted with did not end with the process.
fn take_over(gates: &mut Gates, mut fresh: Gates) {
    gates.user().iter().for_each(|user| fresh.join(user));
    *gates = fresh;
}
