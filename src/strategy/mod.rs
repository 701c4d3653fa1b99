//! The bot's side: what a strategy sees, what it may wish for, and the built-in strategies.
//!
//! A strategy sees the market as its bot would: late. It cannot see the venue, the engine or the tape; there is no way
//! to look ahead or at the true book. It answers with values ([`Actions`]), never by calling the venue.

mod actions;
pub mod builtin;
mod view;

pub use actions::{Action, Actions, OrderSpec};
pub use view::{DepthView, MarketView, OpenOrder, View};

use crate::model::{Bar, ExecutionReport, Trade};
use crate::units::Span;

/// What wakes a strategy up. Nothing else calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subscriptions {
    /// Every so often, on the local clock, counted from the start of the run.
    pub timer: Option<Span>,
    /// When a bar of this length is complete: the tape's own bars, or bars built from trades. UTC-aligned.
    pub bars: Option<Span>,
    /// When a market message that changed the best prices arrives.
    pub book: bool,
    /// When a public trade arrives.
    pub trades: bool,
    /// When an execution report arrives.
    pub reports: bool,
    /// The strategy reads depth beyond the best prices: the run keeps the bot its own book.
    pub depth: bool,
    /// Bars, book and trades of every market of the run wake it, not those of the first alone. Reports always come from
    /// every market, and a [`View`] always shows all.
    pub all_markets: bool,
}

/// A trading strategy. Every method has an empty default but the first two: implement what you subscribe to.
///
/// A strategy is plain state: the same calls in the same order must lead to the same actions. It must not read clocks,
/// environment or entropy.
pub trait Strategy {
    /// Name and parameters, as they stand in the manifest.
    fn describe(&self) -> Description;

    /// What wakes it up. Asked once, before the run.
    fn subscriptions(&self) -> Subscriptions;

    /// The timer rang.
    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        let _ = (view, actions);
    }

    /// A bar is complete.
    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        let _ = (bar, view, actions);
    }

    /// The best prices changed.
    fn on_book(&mut self, view: &View<'_>, actions: &mut Actions) {
        let _ = (view, actions);
    }

    /// A public trade was seen.
    fn on_trade(&mut self, trade: &Trade, view: &View<'_>, actions: &mut Actions) {
        let _ = (trade, view, actions);
    }

    /// The venue reported on an own order.
    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        let _ = (report, view, actions);
    }

    /// All that the last call asked for is judged by the gates, and on its way or refused. Called after each call that asked for something. For who measures, not
    /// for decisions: nothing can be asked for here.
    fn on_judged(&mut self) {}

    /// The whole state, so that a run can stop here and go on elsewhere. `restore(save())` must change nothing.
    fn save(&self) -> serde_json::Value;

    /// Takes a state that [`save`](Self::save) gave.
    ///
    /// # Errors
    /// A message saying what does not fit.
    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String>;
}

/// Who a bot is: goes into the manifest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Description {
    /// Name.
    pub name: String,
    /// Parameters by name, as text, in a fixed order.
    pub parameters: Vec<(String, String)>,
}
