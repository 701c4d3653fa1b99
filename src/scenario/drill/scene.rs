use super::rig::Rig;
use super::script::Script;
use super::stage::{Stage, StagedMarket};
use crate::alert::AlertConfig;
use crate::engine::{self, EngineConfig, LaneSetup, MarketSetup, Rebuild, Scripted, ViewMode, run_merged};
use crate::gates::Gates;
use crate::journal::{Entry, EntrySink};
use crate::ledger::Opening;
use crate::scenario::trial::gates_of;
use crate::tape::BatchSource;
use crate::units::{DAY, Money, Price, Quantity, Span, Timestamp};
use crate::venue::Latency;
use std::cell::RefCell;
use std::rc::Rc;

/// Why a control cannot be shown to act, or to hold still, with these limits on this instrument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Impossible(pub String);

/// Which of a drill's two kinds of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// Over the limit: the control has to act.
    Act,
    /// Just inside: it must not.
    Hold,
}

/// One run of a drill: what is staged, what the bot does, and what has to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// What it is about, in a few words.
    pub title: String,
    /// Whether the control has to act.
    pub must: Must,
    /// The market.
    pub stage: Stage,
    /// The bot.
    pub script: Script,
    /// Opening balance in the quote asset; there is no position.
    pub quote: Money,
    /// Distance of the risk clock's ticks.
    pub risk_clock: Span,
    /// Instants at which the control has to trip.
    pub trips: Vec<Timestamp>,
    /// Instants at which it has to open again.
    pub clears: Vec<Timestamp>,
    /// What the bot is told.
    pub commands: Vec<Scripted>,
    /// Nothing may be held or open at the end.
    pub ends_flat: bool,
    /// Markets of the run, each of them the stage once more with an account of its own.
    pub copies: u32,
}

impl Scene {
    /// A scene without trips, in which marks do not matter.
    pub(super) fn new(must: Must, title: impl Into<String>, stage: Stage, script: Script, quote: Money) -> Self {
        let title = title.into();
        Self {
            title,
            must,
            stage,
            script,
            quote,
            risk_clock: DAY,
            trips: Vec::new(),
            clears: Vec::new(),
            commands: Vec::new(),
            ends_flat: false,
            copies: 1,
        }
    }

    /// Plays it through the engine and returns the journal's entries.
    ///
    /// # Errors
    /// [`Impossible`] when an amount leaves its type on the way.
    pub(super) fn play(&self, rig: &Rig) -> Result<Vec<Entry>, Impossible> {
        let gates = gates_of(&rig.armed, &rig.instrument, rig.ignores_kill);
        let gates = gates.map_err(|overflow| Impossible(overflow.to_string()))?;
        self.play_with(rig, gates, Quantity::ZERO)
    }

    /// Price that an opening position is valued at.
    pub(super) fn opening_price(&self) -> Option<Price> {
        self.stage.moments.first().map(|moment| moment.bid)
    }

    /// Plays it with other gates, from an opening position.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub(super) fn play_with(&self, rig: &Rig, gates: Gates, position: Quantity) -> Result<Vec<Entry>, Impossible> {
        let entries = Rc::new(RefCell::new(Vec::new()));
        let market = |gates| MarketSetup {
            gates,
            venue: rig.venue,
            // Nothing travels: what is judged is the control, and every instant is the one written down.
            latency: Latency::constant(Span::ZERO, Span::ZERO),
            outages: Vec::new(),
            statuses: Vec::new(),
            wire: None,
            opening: Opening { quote: self.quote, position, at: self.opening_price().filter(|_| !position.is_zero()) },
        };
        let lane = LaneSetup {
            script: self.told(&gates),
            alerts: AlertConfig::off(),
            name: self.title.clone(),
            strategy: self.script.strategy(),
            markets: (0..self.copies).map(|_| market(gates.clone())).collect(),
            sink: Box::new(Shared(Rc::clone(&entries))),
        };
        let config = EngineConfig {
            view: ViewMode::Auto,
            risk_clock: self.risk_clock,
            markout_horizons: Vec::new(),
            max_rows: None,
        };
        let mut stages = self.markets(rig);
        let sources = stages.iter_mut().map(|stage| stage as &mut dyn BatchSource).collect();
        let outcome = run_merged(sources, &config, vec![lane], &mut |_| {});
        outcome.map_err(|error| Impossible(error.to_string()))?;
        Ok(entries.take())
    }

    /// Its markets.
    pub(super) fn markets(&self, rig: &Rig) -> Vec<StagedMarket> {
        (0..self.copies).map(|_| self.stage.market(&rig.instrument)).collect()
    }

    /// What the bot is told, and what a restart starts.
    fn told(&self, gates: &Gates) -> engine::Script {
        let (script, gates, copies) = (self.script.clone(), gates.clone(), self.copies as usize);
        let rebuild: Rebuild = Box::new(move || Ok((script.strategy(), vec![gates.clone(); copies])));
        engine::Script { lines: self.commands.clone(), rebuild: Some(rebuild), ..engine::Script::default() }
    }
}

/// The engine owns its sinks; this one's entries can be had back.
struct Shared(Rc<RefCell<Vec<Entry>>>);

impl EntrySink for Shared {
    fn record(&mut self, entry: &Entry) {
        self.0.borrow_mut().push(*entry);
    }
}
