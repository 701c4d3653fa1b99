//! Checkpoints of a run: what lies in its folder while it goes on, and how one that was stopped is taken up.
//!
//! Beside the journals in the making lies a folder of its own: `run.json` says what was begun and by whom, two files hold the last two
//! checkpoints. A checkpoint is the state of the engine and how far each journal has come; figures are folded from the journals again. What a bot did in a market
//! that answers to it is a file that grows: with it the market is made again.
//! Known limits: see [`refusal`].

mod done;
mod keeping;
mod store;

pub use keeping::{Keeping, Recovery};
pub use store::{Begun, CHECKPOINTS, CheckpointError, Identity};

pub(super) use keeping::{Keeper, Record};

use super::closed::ClosedLoop;
use super::trial::Trial;
use crate::journal::Detail;
use crate::tape::TapeKind;

/// Why a run of these bots has no checkpoints; `None` where it has.
#[must_use]
pub fn refusal(trials: &[&Trial]) -> Option<String> {
    trials.iter().find_map(|trial| refusal_of(trial))
}

fn refusal_of(trial: &Trial) -> Option<String> {
    if let Some(ClosedLoop::Family(..)) = trial.closed_loop() {
        return Some("a family of markets that answers to the bot has no checkpoints yet; run it without".to_owned());
    }
    if trial.markets.iter().any(|market| market.header.kind == TapeKind::Bars) {
        return Some("a run on bars has no checkpoints yet; run it without".to_owned());
    }
    let detail = trial.scenario.file.run.journal;
    (detail != Detail::Full).then(|| {
        format!(
            "`run.journal` is `{}`: figures are folded from the journal again when a run goes on; set it to `full`",
            detail.name()
        )
    })
}
