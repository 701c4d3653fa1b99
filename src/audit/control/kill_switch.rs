//! Once engaged nothing that may add risk passes, until somebody releases it by hand.

use super::{Case, Figures};
use crate::audit::setup::Limits;
use crate::model::GateId;

pub const ID: GateId = GateId(1);
pub const ENGAGED: Figures = Figures { value: 1, limit: 0 };

/// Whether it is engaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KillSwitch(bool);

impl KillSwitch {
    /// True when it was not engaged before.
    pub const fn engage(&mut self) -> bool {
        !std::mem::replace(&mut self.0, true)
    }
}

pub fn judge(_: &Limits, case: &Case<'_>) -> Option<Figures> {
    case.memory.kill_switch.0.then_some(ENGAGED)
}
